// Package api is the HTTP server: routes, the sign-in check, limits, JSON shapes, error codes as statuses, and turns as Server-Sent
// Events. It decides nothing about conversations: plain reads and edits go to the [interview.Store], turns to the
// [interview.Service]. The document openapi.yaml says what it speaks, and its tests hold it to that.
package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/betterprofile/betterprofile/api/betterauth"
	"github.com/betterprofile/betterprofile/interview"
)

// DefaultMaxBody is the size limit of a request's body unless Options say otherwise, in bytes: room for a message of
// [interview.MaxContentRunes] characters of four bytes, escaped.
const DefaultMaxBody = 1 << 20

// DefaultMaxImport is the size limit of an import unless Options say otherwise, in bytes: of some hundred thousand messages.
const DefaultMaxImport = 256 << 20

// Options say what the server serves. Store, Service and Auth are needed; zero values of the others mean their defaults.
type Options struct {
	Store   interview.Store
	Service *interview.Service
	Auth    interview.Authenticator // of bearer tokens; not asked when there is an Identity
	Version string                  // of the program, as told to clients

	// Identity is the identity service, with sign-in by cookie and password. Its Remote, Audit, Log and Clock are ours. Nil for none.
	Identity *betterauth.Options

	// Erase removes a user with all that is theirs. Default: the API erases nobody. Errors: not_found.
	Erase func(ctx context.Context, userID string) error

	Log                *slog.Logger         // one line per request, never with text, tokens or queries; default discards
	Heartbeat          time.Duration        // the longest silence of a stream; default 15 s
	WriteTimeout       time.Duration        // for each write to a stream; default 10 s
	MessagesPerMinute  int                  // how many messages a user may send; 0 for no limit
	Burst              int                  // how many of them at once; default half of MessagesPerMinute
	RequestsPerMinute  int                  // how many requests of any kind a user may make, half of them at once; 0 for no limit
	StrangersPerMinute int                  // how many requests with a token that is nobody's an address may make, half of them at once; 0 for no limit
	StreamsPerUser     int                  // how many streams a user may have open at once with this server; 0 for no limit
	Rates              interview.RateStore  // counts messages, requests and unknown tokens for all replicas; default each server for itself
	TrustedProxies     []string             // addresses or CIDR ranges whose X-Forwarded-For is believed; default none
	PublicURL          string               // the server's address for clients, told by the OpenAPI document; default the one that it was asked at
	HSTS               bool                 // tells browsers to come by HTTPS only, for a year
	MaxBody            int64                // size limit of a request's body, in bytes; default DefaultMaxBody
	MaxImport          int64                // size limit of an import, in bytes; default DefaultMaxImport
	BodyTime           time.Duration        // for a request's body to arrive, but an import's; default 30 s
	TransferTime       time.Duration        // for a whole export or import, however fast the client; default 15 min
	Metrics            *prometheus.Registry // where the metrics of /metrics are kept; default a new one
	Now                func() time.Time     // the clock of the limit, of sign-ins and of exports; default time.Now
}

func (o Options) withDefaults() Options {
	o.Heartbeat = cmp.Or(o.Heartbeat, 15*time.Second)
	o.WriteTimeout = cmp.Or(o.WriteTimeout, 10*time.Second)
	o.MaxBody = cmp.Or(o.MaxBody, DefaultMaxBody)
	o.MaxImport = cmp.Or(o.MaxImport, DefaultMaxImport)
	o.BodyTime = cmp.Or(o.BodyTime, 30*time.Second)
	o.TransferTime = cmp.Or(o.TransferTime, 15*time.Minute)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Metrics == nil {
		o.Metrics = prometheus.NewRegistry()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// Server answers the HTTP API. It keeps nothing between requests but counters, and for a few seconds who is signed in: any number of servers
// share one database.
type Server struct {
	opts      Options
	log       *slog.Logger
	identity  *betterauth.Handler // nil for none
	signIns   *signIns
	messages  *limiter
	requests  *limiter
	strangers *strangers
	places    *places
	metrics   *metrics
	buffers   buffers
	engine    *gin.Engine
}

// New makes a Server. It starts nothing: the caller serves its Handler, with a ReadHeaderTimeout and an IdleTimeout of its own.
// Errors: a missing option; a TrustedProxies entry that is no address, invalid with field TrustedProxies; those of the
// Identity; a registry that has such metrics already.
func New(opts Options) (*Server, error) {
	if opts.Store == nil || opts.Service == nil || opts.Auth == nil {
		return nil, errors.New("api: Store, Service and Auth are needed")
	}
	opts = opts.withDefaults()
	m, err := newMetrics(opts.Metrics)
	if err != nil {
		return nil, fmt.Errorf("registering metrics: %w", err)
	}
	s := &Server{
		opts: opts, log: opts.Log, metrics: m,
		messages:  newLimiter("messages", opts.MessagesPerMinute, opts.Burst, opts.Rates, opts.Now),
		requests:  newLimiter("requests", opts.RequestsPerMinute, 0, opts.Rates, opts.Now),
		strangers: newStrangers(newLimiter("strangers", opts.StrangersPerMinute, 0, opts.Rates, opts.Now)),
		places:    newPlaces(opts.StreamsPerUser),
	}
	s.signIns = newSignIns(s.lookUpSession, opts.Now)
	s.signIns.ahead = s.opts.Identity == nil
	if s.identity, err = s.newIdentity(); err != nil {
		return nil, err
	}
	s.engine, err = s.newEngine()
	return s, err
}

// Handler returns the whole API, from the root.
func (s *Server) Handler() http.Handler { return s.engine }

// newEngine sets gin up without any of what it would do by itself: no redirects, no trust in proxies, no pages of its own.
func (s *Server) newEngine() (*gin.Engine, error) {
	gin.SetMode(gin.ReleaseMode) // or gin writes warnings and every route to stdout; there is no such switch per engine
	r := gin.New()
	r.RedirectTrailingSlash = false
	r.RedirectFixedPath = false
	r.HandleMethodNotAllowed = true
	if err := r.SetTrustedProxies(s.opts.TrustedProxies); err != nil {
		return nil, interview.Invalid("TrustedProxies", "Trusted proxies must be IP addresses or CIDR ranges: %v.", err)
	}
	r.Use(s.observe, s.recover, s.headers, s.boundHeader, s.boundBody, s.shareOrigins)
	r.NoRoute(s.handle(route{open: true, handler: noRoute}))
	r.NoMethod(s.handle(route{open: true, handler: noMethod}))
	for _, rt := range s.routes() {
		for _, method := range rt.methods() {
			r.Handle(method, rt.path, s.handle(rt))
		}
	}
	for _, m := range s.mounts() {
		r.Any(m.path, m.serve)
	}
	return r, nil
}
