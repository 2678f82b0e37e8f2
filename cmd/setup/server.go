package setup

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/betterprofile/betterprofile/agent"
	"github.com/betterprofile/betterprofile/agent/builtin"
	"github.com/betterprofile/betterprofile/agent/openai"
	"github.com/betterprofile/betterprofile/api"
	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/storage"
)

// localLease is how long a turn of a dead local process stays claimed. The database is on the same machine, so it can be short.
const localLease = 5 * time.Second

// directBytes is as much as a connection takes without waiting for its reader: Linux gives it room for ten full segments and more, and others for more than that
// (tcp(7), tcp_wmem). It is most replies.
const directBytes = 16 << 10

// strangersPerMinute is how often an address may come with a token that is nobody's.
const strangersPerMinute = 60

// Server is a running server: store, interviewer, HTTP.
type Server struct {
	URL     string // http://127.0.0.1:8080, with the port that was really taken
	DB      *storage.DB
	Service *interview.Service

	http   *http.Server
	served chan error
	grace  time.Duration
}

// Options are what the two programs set apart from the Config.
type Options struct {
	Version string
	Log     *slog.Logger
	Local   bool                    // one user, the one who started the program
	Auth    interview.Authenticator // who may use it; nil for the session table

	// Derive makes the keys of passwords, see [DeriveApart]; nil for the process itself.
	Derive func(password, salt string) ([]byte, error)
}

// Start opens and migrates the database, begins to look after turns and serves HTTP on the configured address. Close ends it. An error is one
// line that says what to do.
func Start(ctx context.Context, c Config, o Options) (*Server, error) {
	if c.Keys == nil && c.Encryption != "off" && !o.Local {
		return nil, errors.New("there is no key to encrypt what people write: set BETTERPROFILE_ENCRYPTION_KEYS to what " +
			"\"betterprofile-server keys new main\" prints, or BETTERPROFILE_ENCRYPTION=off to store it readable")
	}
	engine, err := NewAgent(c, o.Log)
	if err != nil {
		return nil, err
	}
	db, err := storage.Open(ctx, storage.Options{URL: c.DatabaseURL, MaxConns: c.DBMaxConns, Keys: c.Keys, Log: o.Log})
	if err != nil {
		return nil, err
	}
	s := &Server{DB: db, served: make(chan error, 1), grace: c.ShutdownGrace}
	if err := s.start(ctx, c, o, engine); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return s, nil
}

func (s *Server) start(ctx context.Context, c Config, o Options, interviewer *agent.Interviewer) error {
	if o.Local {
		if err := s.DB.EnsureUser(ctx, interview.LocalUser()); err != nil {
			return err
		}
	}
	if o.Auth == nil {
		o.Auth = s.DB
	}
	tlsConfig, err := c.tlsConfig(o.Log)
	if err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", c.Addr)
	if err != nil {
		return fmt.Errorf("cannot listen on %s (BETTERPROFILE_ADDR): %w", c.Addr, errors.Unwrap(err))
	}
	s.URL = "http://" + reachable(listener.Addr())
	if tlsConfig != nil {
		s.URL = "https://" + reachable(listener.Addr())
	}
	s.http = &http.Server{ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, TLSConfig: tlsConfig}
	handler, err := s.handler(c, o, interviewer)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	s.serve(listener, handler, o.Log)
	return nil
}

// handler makes the service and the API upon it.
func (s *Server) handler(c Config, o Options, interviewer *agent.Interviewer) (http.Handler, error) {
	trouble, registry := newTrouble(interviewer.Stats), prometheus.NewRegistry()
	if err := registry.Register(trouble); err != nil {
		return nil, err
	}
	turns := interview.Options{
		Instance: c.Instance, DirectBytes: directBytes, MaxReplyRunes: c.MaxReplyRunes, TokensPerDay: c.TokensPerDay, Usage: s.DB, Rejected: trouble.reject, Log: o.Log,
	}
	if o.Local {
		turns.LeaseFor, turns.TokensPerDay = localLease, 0
	}
	s.Service = interview.NewService(s.DB, interviewer, turns)
	answers := api.Options{
		Store: s.DB, Service: s.Service, Auth: o.Auth, Version: o.Version, PublicURL: c.PublicURL, Log: o.Log, Heartbeat: c.Heartbeat,
		TrustedProxies: c.TrustedProxies, Metrics: registry, Erase: s.DB.EraseUser,
	}
	if o.Local {
		answers.Erase = s.eraseLocal
	} else {
		s.open(&answers, c, o)
	}
	handler, err := api.New(answers)
	if err != nil {
		stopped, cancel := context.WithCancel(context.Background())
		cancel()
		s.Service.Close(stopped)
		return nil, err
	}
	return handler.Handler(), nil
}

// open adds what a server of many users needs: people who sign in, and limits.
func (s *Server) open(answers *api.Options, c Config, o Options) {
	if answers.Identity = c.identity(s.DB, s.URL); answers.Identity != nil {
		answers.Identity.Derive = o.Derive
	}
	answers.HSTS = c.HTTPS() || strings.HasPrefix(c.PublicURL, "https:")
	answers.StrangersPerMinute = strangersPerMinute
	answers.MessagesPerMinute, answers.RequestsPerMinute, answers.StreamsPerUser = c.RatePerMinute, c.RequestsPerMin, c.StreamsPerUser
	if shared(s.DB) {
		answers.Rates = s.DB
	}
	for _, warning := range c.warn() {
		o.Log.Warn(warning)
	}
}

// eraseLocal removes all that is there of the one user of local mode, who stays.
func (s *Server) eraseLocal(ctx context.Context, userID string) error {
	return errors.Join(s.DB.EraseUser(ctx, userID), s.DB.EnsureUser(ctx, interview.LocalUser()))
}

func (s *Server) serve(listener net.Listener, handler http.Handler, log *slog.Logger) {
	s.http.Handler = handler
	s.http.ErrorLog = slog.NewLogLogger(log.Handler(), slog.LevelDebug)
	serve := s.http.Serve
	if s.http.TLSConfig != nil {
		serve = func(l net.Listener) error { return s.http.ServeTLS(l, "", "") }
	}
	go func() { s.served <- serve(listener) }()
}

// Failed is answered if the server stops serving by itself.
func (s *Server) Failed() <-chan error { return s.served }

// Close stops the server: no new turns, running ones get the grace period, or until ctx ends, then are handed over; requests end, the
// database is closed.
func (s *Server) Close(ctx context.Context) error {
	graceful, cancel := context.WithTimeout(ctx, s.grace)
	defer cancel()
	s.Service.Close(graceful) // ends every stream, so that no request is left waiting
	last, cancelLast := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancelLast()
	if err := s.http.Shutdown(last); err != nil {
		_ = s.http.Close() // those that do not go are cut
	}
	return s.DB.Close()
}

// NewAgent makes the interviewer that the settings call for.
func NewAgent(c Config, log *slog.Logger) (*agent.Interviewer, error) {
	local := builtin.NewWith(builtin.Options{CrisisLines: c.CrisisLines})
	if !c.UsesModel() {
		return agent.New(agent.Options{Engine: local, Builtin: local, Log: log}), nil
	}
	model, err := NewModel(c, log)
	if err != nil {
		return nil, err
	}
	return agent.New(agent.Options{Engine: model, Builtin: local, NoFallback: c.Engine == "openai", Log: log}), nil
}

// NewModel makes the engine that asks the configured endpoint.
func NewModel(c Config, log *slog.Logger) (*openai.Engine, error) {
	return openai.New(openai.Options{
		APIKey: c.OpenAIKey, BaseURL: c.OpenAIBaseURL, Model: c.Model, Temperature: c.Temperature, MaxTokens: c.MaxTokens,
		FirstToken: c.UpstreamTimeout, BetweenTokens: c.UpstreamTimeout, Total: 20 * c.UpstreamTimeout, Log: log,
	})
}

// Logger writes log lines to w as configured. Lines never hold message text, tokens or keys.
func (c Config) Logger(w interface{ Write([]byte) (int, error) }) *slog.Logger {
	options := &slog.HandlerOptions{Level: c.LogLevel}
	if c.LogFormat == "text" {
		return slog.New(slog.NewTextHandler(w, options))
	}
	return slog.New(slog.NewJSONHandler(w, options))
}

// reachable turns an address listened on into one to connect to.
func reachable(a net.Addr) string {
	tcp, ok := a.(*net.TCPAddr)
	if !ok || !tcp.IP.IsUnspecified() {
		return a.String()
	}
	return net.JoinHostPort("127.0.0.1", fmt.Sprint(tcp.Port))
}
