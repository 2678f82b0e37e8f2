// Package openaitest is an endpoint that speaks OpenAI's Chat Completions, for tests, benchmarks and runs by hand. It says what it is
// told to, misbehaves on request, and remembers what it was asked. It answers POST /v1/chat/completions, streamed or not, and GET
// /v1/models and /v1/models/{model}.
package openaitest

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// maxBody is the most that is read of a request, in bytes.
const maxBody = 8 << 20

// Option changes a server.
type Option func(*Server)

// Replies answers the first streamed chat requests with these, in order, and later ones with the default.
func Replies(replies ...Reply) Option {
	return func(s *Server) { s.replies = append(s.replies, replies...) }
}

// Default answers the chat requests for which no reply was set; by default with [Interviewer]. It is called from many goroutines.
func Default(reply func(Request) Reply) Option {
	return func(s *Server) { s.fallback = reply }
}

// Completions answers the chat requests that want their answer in one piece; by default those that want JSON get an object with nothing in it,
// and others what Default says. It is called from many goroutines.
func Completions(reply func(Request) Reply) Option {
	return func(s *Server) { s.completions = reply }
}

// Directives lets streamed requests choose by themselves: a user's message that holds "[fake:NAME]", or a model called "fake:NAME", has the reply
// of that name (see [Named]); "[fake:NAME*3]" for the first three requests with that very message, so that the next one succeeds.
func Directives() Option {
	return func(s *Server) { s.directives = true }
}

// Models lists the models that there are; requests for others are answered with 404. By default there is every model.
func Models(names ...string) Option {
	return func(s *Server) { s.models = names }
}

// ModelList answers every GET below /v1/models with this status and body.
func ModelList(reply Reply) Option {
	return func(s *Server) { s.modelList = &reply }
}

// Key is the API key that is needed; others are answered with 401. By default none is.
func Key(key string) Option {
	return func(s *Server) { s.key = key }
}

// Unrecorded keeps no requests, for a server that runs long.
func Unrecorded() Option {
	return func(s *Server) { s.unrecorded = true }
}

// InMemory connects by pipes in memory instead of the network, for tests in a testing/synctest bubble. Only HTTPClient reaches such a server.
func InMemory() Option {
	return func(s *Server) { s.listener = newPipes() }
}

// Server is the endpoint. It is an http.Handler as well.
type Server struct {
	replies     []Reply
	fallback    func(Request) Reply
	completions func(Request) Reply
	directives  bool
	models      []string
	modelList   *Reply
	key         string
	unrecorded  bool

	listener net.Listener
	http     *http.Server
	served   chan struct{}
	client   *http.Client

	mu       sync.Mutex
	requests []Request
	chats    int
	repeats  map[string]int // of directives with a count
}

// NewHandler makes an endpoint that is served by the caller.
func NewHandler(opts ...Option) *Server {
	s := &Server{fallback: func(r Request) Reply { return Say(Interviewer(r)) }, repeats: map[string]int{}, client: &http.Client{}}
	for _, opt := range opts {
		opt(s)
	}
	return s
}

// Start serves an endpoint on the address, such as "127.0.0.1:0", until Close.
func Start(addr string, opts ...Option) (*Server, error) {
	s := NewHandler(opts...)
	transport := &http.Transport{}
	if memory, ok := s.listener.(*pipes); ok {
		transport.DialContext = memory.dial
	} else {
		listener, err := net.Listen("tcp", addr)
		if err != nil {
			return nil, err
		}
		s.listener = listener
	}
	s.client.Transport = transport
	s.http = &http.Server{Handler: s, ReadHeaderTimeout: time.Minute}
	s.served = make(chan struct{})
	go func() {
		defer close(s.served)
		_ = s.http.Serve(s.listener) // until Close
	}()
	return s, nil
}

// New starts an endpoint on loopback for the length of a test.
func New(t testing.TB, opts ...Option) *Server {
	t.Helper()
	s, err := Start("127.0.0.1:0", opts...)
	if err != nil {
		t.Fatalf("starting the fake endpoint: %v", err)
	}
	t.Cleanup(s.Close)
	return s
}

// URL is the base URL, with /v1 at its end: the value for OPENAI_BASE_URL.
func (s *Server) URL() string { return "http://" + s.listener.Addr().String() + "/v1" }

// HTTPClient reaches the server, with connections of its own that Close ends.
func (s *Server) HTTPClient() *http.Client { return s.client }

// Close ends all connections, and returns when the server has stopped listening. Requests still running end as soon as they see that their
// client is gone.
func (s *Server) Close() {
	s.client.CloseIdleConnections()
	_ = s.http.Close()
	<-s.served
}

// Request is what a client asked.
type Request struct {
	Method, Path string
	Header       http.Header // without Authorization
	HasKey       bool        // there was a bearer token
	Body         []byte

	// What the body of a chat request holds.
	Model       string
	Messages    []Message
	Stream      bool
	Usage       bool // stream_options.include_usage
	User        string
	Temperature *float64
	MaxTokens   int    // max_tokens or max_completion_tokens
	Format      string // response_format.type; empty for text
}

// Message is an entry of a prompt.
type Message struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

// LastUser is the newest message of the user.
func (r Request) LastUser() string {
	for _, m := range slices.Backward(r.Messages) {
		if m.Role == "user" {
			return m.Content
		}
	}
	return ""
}

// Requests are the requests so far, of all kinds, in the order of their arrival.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Chats are the chat requests so far.
func (s *Server) Chats() []Request {
	return slices.DeleteFunc(s.Requests(), func(r Request) bool { return !r.isChat() })
}

// Forget empties Requests.
func (s *Server) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = nil
}

func (r Request) isChat() bool {
	return r.Method == http.MethodPost && strings.HasSuffix(r.Path, "/chat/completions")
}

// ServeHTTP answers a request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	req, err := s.note(r)
	name, isModel := strings.CutPrefix(r.URL.Path, "/v1/models/")
	switch {
	case s.key != "" && r.Header.Get("Authorization") != "Bearer "+s.key:
		Fail(http.StatusUnauthorized).fail(w, req.Model)
	case err != nil:
		Reply{Status: http.StatusBadRequest, Code: "invalid_json", Message: "We could not parse the JSON body of your request."}.fail(w, "")
	case req.isChat() && r.URL.Path == "/v1/chat/completions":
		s.chat(w, r, req)
	case s.modelList != nil && strings.HasPrefix(r.URL.Path, "/v1/models"):
		s.modelList.fail(w, name)
	case r.Method == http.MethodGet && r.URL.Path == "/v1/models":
		s.listModels(w)
	case r.Method == http.MethodGet && isModel && s.has(name):
		writeJSON(w, model(name))
	case r.Method == http.MethodGet && isModel:
		Fail(http.StatusNotFound).fail(w, name)
	default:
		http.NotFound(w, r)
	}
}

// note reads a request and remembers it. Errors: of the body's JSON, or of reading it.
func (s *Server) note(r *http.Request) (Request, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	req := Request{Method: r.Method, Path: r.URL.Path, Header: r.Header.Clone(), Body: body}
	req.HasKey = strings.HasPrefix(req.Header.Get("Authorization"), "Bearer ")
	req.Header.Del("Authorization")
	if req.isChat() {
		err = errors.Join(err, req.parse())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.unrecorded {
		s.requests = append(s.requests, req)
	}
	return req, err
}

func (r *Request) parse() error {
	var body struct {
		Model               string    `json:"model"`
		Messages            []Message `json:"messages"`
		Stream              bool      `json:"stream"`
		User                string    `json:"user"`
		Temperature         *float64  `json:"temperature"`
		MaxTokens           int       `json:"max_tokens"`
		MaxCompletionTokens int       `json:"max_completion_tokens"`
		StreamOptions       struct {
			IncludeUsage bool `json:"include_usage"`
		} `json:"stream_options"`
		ResponseFormat struct {
			Type string `json:"type"`
		} `json:"response_format"`
	}
	err := json.Unmarshal(r.Body, &body)
	r.Model, r.Messages, r.Stream, r.User, r.Temperature = body.Model, body.Messages, body.Stream, body.User, body.Temperature
	r.MaxTokens, r.Usage = max(body.MaxTokens, body.MaxCompletionTokens), body.StreamOptions.IncludeUsage
	r.Format = body.ResponseFormat.Type
	return err
}

func (s *Server) has(model string) bool { return s.models == nil || slices.Contains(s.models, model) }

// chat answers a chat request by directive, by the list of replies or by default.
func (s *Server) chat(w http.ResponseWriter, r *http.Request, req Request) {
	if !s.has(req.Model) {
		Fail(http.StatusNotFound).fail(w, req.Model)
		return
	}
	reply := s.choose(req)
	switch {
	case reply.Status != 0:
		reply.fail(w, req.Model)
	case !req.Stream || reply.Style.Whole:
		reply.whole(r.Context(), w, req)
	default:
		reply.stream(r.Context(), w, req)
	}
}

func (s *Server) choose(req Request) Reply {
	const probe = 1 // so many tokens are enough to see whether a model answers
	if !req.Stream && req.MaxTokens != probe {
		return s.completion(req)
	}
	if reply, ok := s.directed(req); ok {
		return reply
	}
	s.mu.Lock()
	n := s.chats
	s.chats++
	s.mu.Unlock()
	if n < len(s.replies) {
		return s.replies[n]
	}
	return s.fallback(req)
}

// completion chooses the answer in one piece.
func (s *Server) completion(req Request) Reply {
	switch {
	case s.completions != nil:
		return s.completions(req)
	case s.directives && strings.HasPrefix(req.Model, "fake:"):
		reply, _ := s.directed(req)
		return reply
	case req.Format != "":
		return Say(`{"experiences":[],"facts":[],"threads":[]}`)
	}
	return s.fallback(req)
}

func (s *Server) listModels(w http.ResponseWriter) {
	names := s.models
	if names == nil {
		names = []string{"gpt-4o-mini"}
	}
	list := make([]any, len(names))
	for i, name := range names {
		list[i] = model(name)
	}
	writeJSON(w, map[string]any{"object": "list", "data": list})
}

func model(name string) map[string]any {
	return map[string]any{"id": name, "object": "model", "created": created, "owned_by": "betterprofile"}
}

// pipes is a listener for connections in memory.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
	close func()
}

func newPipes() *pipes {
	p := &pipes{conns: make(chan net.Conn), done: make(chan struct{})}
	p.close = sync.OnceFunc(func() { close(p.done) })
	return p
}

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case p.conns <- theirs:
		return ours, nil
	case <-p.done:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept waits for a connection.
func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

// Close ends Accept.
func (p *pipes) Close() error {
	p.close()
	return nil
}

// Addr is made up: nobody can connect to it.
func (p *pipes) Addr() net.Addr { return pipeAddr{} }

type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return "fake.invalid" }
