package api_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/betterprofile/betterprofile/api"
	"github.com/betterprofile/betterprofile/api/betterauth"
	"github.com/betterprofile/betterprofile/api/logtest"
	"github.com/betterprofile/betterprofile/client"
	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/storage"
	"github.com/betterprofile/betterprofile/storage/storagetest"
)

// env is a whole server on a database of its own, with one user signed in.
type env struct {
	*client.Client
	t       *testing.T
	db      *storage.DB
	service *interview.Service
	server  *api.Server
	url     string
	user    interview.User
	token   string
}

// The secret of the identity service, and the server's address as browsers are told.
const (
	secret    = "a secret of the tests, long enough"
	ownOrigin = "http://profile.example"
)

// options change what setup makes.
type options struct {
	api     api.Options
	service interview.Options
	agent   script
	db      *storage.DB // default a new one, SQLite
	tokens  bool        // sign-in by bearer token alone, without identity service
	limited bool        // sign-ins are
	bare    bool        // without the contract check, for requests that are no HTTP

	around func(http.Handler) http.Handler // wraps the whole server
}

func setup(t *testing.T, changes ...func(*options)) *env {
	t.Helper()
	e := serve(t, changes...)
	e.user, e.token = e.newUser("Ada", "ada@example.org")
	e.Client = e.signIn(e.token)
	return e
}

// serve is setup without a user.
func serve(t *testing.T, changes ...func(*options)) *env {
	t.Helper()
	o := options{api: api.Options{Version: "test"}, service: interview.Options{DirectBytes: 1 << 10}}
	for _, change := range changes {
		change(&o)
	}
	e := &env{t: t, db: o.db}
	if e.db == nil {
		e.db = storagetest.SQLite(t)
	}
	watch := logtest.New(t)
	o.api.Log, o.service.Log = watch.Logger(o.api.Log), watch.Logger(o.service.Log)
	e.service = interview.NewService(e.db, &o.agent, o.service)
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel() // running turns are released at once
		e.service.Close(ctx)
	})
	o.api.Service = e.service
	if o.api.Store == nil {
		o.api.Store = e.db
	}
	if o.api.Auth == nil {
		o.api.Auth = e.db
	}
	if o.api.Erase == nil {
		o.api.Erase = e.db.EraseUser
	}
	if !o.tokens {
		o.api.Identity = &betterauth.Options{
			Accounts: e.db, Secrets: []string{secret}, BaseURL: ownOrigin, TrustedOrigins: []string{"https://app.example.com"}, NoLimits: !o.limited,
		}
	}
	var err error
	if e.server, err = api.New(o.api); err != nil {
		t.Fatal(err)
	}
	handler := watch.Handler(e.server.Handler())
	if !o.bare {
		handler = checked(t, handler)
	}
	if o.around != nil {
		handler = o.around(handler)
	}
	h := httptest.NewServer(handler)
	t.Cleanup(h.Close)
	e.url = h.URL
	return e
}

func (e *env) newUser(name, email string) (interview.User, string) {
	e.t.Helper()
	user, err := e.db.CreateUser(e.t.Context(), interview.User{Name: name, Email: email})
	if err != nil {
		e.t.Fatal(err)
	}
	session, err := e.db.CreateSession(e.t.Context(), user.ID, time.Hour)
	if err != nil {
		e.t.Fatal(err)
	}
	return user, session.Token
}

// signIn returns a client that does not repeat requests, so that a test sees each answer.
func (e *env) signIn(token string) *client.Client {
	e.t.Helper()
	c, err := client.New(e.url, token, client.Options{Tries: 1, Resumes: -1})
	if err != nil {
		e.t.Fatal(err)
	}
	return c
}

// conversation makes an empty conversation and returns its id.
func (e *env) conversation() string {
	e.t.Helper()
	quiet := false
	c, err := e.CreateConversation(e.t.Context(), interview.ConversationInput{Opening: &quiet})
	if err != nil {
		e.t.Fatal(err)
	}
	return c.ID
}

// answer is what came back for a raw request.
type answer struct {
	status int
	header http.Header
	body   string
}

// raw makes a request as written. Header is pairs; Authorization is added unless it is among them.
func (e *env) raw(method, path, body string, header ...string) answer {
	e.t.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	req, err := http.NewRequestWithContext(e.t.Context(), method, e.url+path, reader)
	if err != nil {
		e.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+e.token)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Del(header[i])
		if header[i+1] != "" {
			req.Header.Set(header[i], header[i+1])
		}
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		e.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		e.t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, string(data)}
}

// script is an agent that says what a test wants; without reply it says "Noted." in two pieces.
type script struct {
	forgetful
	reply func(ctx context.Context, in interview.ReplyRequest, emit func(interview.Delta) error) (interview.Reply, error)
	calls atomic.Int32
}

func (s *script) Engine() interview.EngineInfo { return interview.EngineInfo{Name: "builtin"} }

func (s *script) Open(context.Context, interview.OpeningRequest) (interview.Reply, error) {
	return interview.Reply{Content: "What did you work on last?", Metadata: interview.ReplyMetadata{Engine: "builtin"}}, nil
}

func (s *script) Reply(ctx context.Context, in interview.ReplyRequest, emit func(interview.Delta) error) (interview.Reply, error) {
	s.calls.Add(1)
	if s.reply != nil {
		return s.reply(ctx, in, emit)
	}
	return say(emit, "Not", "ed.")
}

// say emits the pieces and returns the whole.
func say(emit func(interview.Delta) error, pieces ...string) (interview.Reply, error) {
	for _, piece := range pieces {
		if err := emit(interview.Delta{Text: piece}); err != nil {
			return interview.Reply{}, err
		}
	}
	return interview.Reply{
		Content: strings.Join(pieces, ""), Metadata: interview.ReplyMetadata{Engine: "builtin"}, Title: "A title",
	}, nil
}

// gate is an agent's reply that says its pieces one by one, when it is let. Whoever waits for a piece is at the gate.
type gate struct {
	pieces []string
	let    chan struct{}
}

func newGate(pieces ...string) *gate { return &gate{pieces: pieces, let: make(chan struct{})} }

// pass lets one more piece through, or at last the end.
func (g *gate) pass(n int) {
	for range n {
		g.let <- struct{}{}
	}
}

func (g *gate) reply(ctx context.Context, _ interview.ReplyRequest, emit func(interview.Delta) error) (interview.Reply, error) {
	for _, piece := range g.pieces {
		select {
		case <-g.let:
		case <-ctx.Done():
			return interview.Reply{}, context.Cause(ctx)
		}
		if _, err := say(emit, piece); err != nil {
			return interview.Reply{}, err
		}
	}
	select {
	case <-g.let:
	case <-ctx.Done():
		return interview.Reply{}, context.Cause(ctx)
	}
	return interview.Reply{Content: strings.Join(g.pieces, ""), Metadata: interview.ReplyMetadata{Engine: "builtin"}}, nil
}
