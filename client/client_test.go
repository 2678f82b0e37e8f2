package client_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/betterprofile/betterprofile/api"
	"github.com/betterprofile/betterprofile/client"
	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/storage"
	"github.com/betterprofile/betterprofile/storage/storagetest"
)

// replyText is what the interviewer says in these tests: of characters of every length.
const replyText = "What changed? Größe, 変化, 😀."

// env is a server with trouble between it and the client.
type env struct {
	*client.Client
	t       *testing.T
	db      *storage.DB
	trouble *trouble
	sleeps  *sleeps
	url     string
	token   string
}

func setup(t *testing.T, changes ...func(*client.Options)) *env {
	t.Helper()
	e := &env{t: t, db: storagetest.SQLite(t), trouble: &trouble{}, sleeps: &sleeps{}}
	e.trouble.next = e.newServer(speaker{})
	h := httptest.NewServer(e.trouble)
	t.Cleanup(h.Close)
	e.url = h.URL
	user := storagetest.User(t, e.db)
	session, err := e.db.CreateSession(t.Context(), user.ID, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	e.token = session.Token
	e.Client = e.newClient(e.url, changes...)
	return e
}

// newServer makes a server of the database, with a service of its own.
func (e *env) newServer(agent interview.Agent) http.Handler {
	e.t.Helper()
	service := interview.NewService(e.db, agent, interview.Options{
		CheckpointEvery: 5 * time.Millisecond, PollEvery: 5 * time.Millisecond,
	})
	e.t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		service.Close(ctx)
	})
	server, err := api.New(api.Options{Store: e.db, Auth: e.db, Service: service})
	if err != nil {
		e.t.Fatal(err)
	}
	return server.Handler()
}

func (e *env) newClient(url string, changes ...func(*client.Options)) *client.Client {
	e.t.Helper()
	opts := client.Options{Sleep: e.sleeps.sleep, Random: func() float64 { return 0 }}
	for _, change := range changes {
		change(&opts)
	}
	c, err := client.New(url, e.token, opts)
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

// sleeps notes what a client would have slept.
type sleeps struct {
	mu  sync.Mutex
	all []time.Duration
}

func (s *sleeps) sleep(ctx context.Context, d time.Duration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, d)
	return ctx.Err()
}

func (s *sleeps) take() []time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.all
	s.all = nil
	return all
}

// trouble stands before a server and does something to each request in turn; without anything to do it lets them pass.
type trouble struct {
	mu    sync.Mutex
	next  http.Handler
	plan  []func(next http.Handler) http.Handler // for the requests to come
	every func(next http.Handler) http.Handler   // for those after them
	seen  []string                               // "METHOD path-after-the-conversation Last-Event-ID"
}

func (tr *trouble) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	tr.mu.Lock()
	next := tr.next
	change := tr.every
	if len(tr.plan) > 0 {
		change, tr.plan = tr.plan[0], tr.plan[1:]
	}
	seen := r.Method + " " + r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
	if last := r.Header.Get("Last-Event-ID"); last != "" {
		seen += " " + last
	}
	tr.seen = append(tr.seen, seen)
	tr.mu.Unlock()
	if change != nil {
		next = change(next)
	}
	next.ServeHTTP(w, r)
}

// expect sets what happens to the next requests, and forgets what was seen.
func (tr *trouble) expect(plan ...func(http.Handler) http.Handler) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.plan, tr.seen = plan, nil
}

func (tr *trouble) requests() []string {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return append([]string(nil), tr.seen...)
}

// pass lets a request pass.
func pass(next http.Handler) http.Handler { return next }

// cutAt cuts the connection after n bytes of the answer's body.
func cutAt(n int) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(&cutter{ResponseWriter: w, left: n}, r)
		})
	}
}

// cutter is an answer that is cut. It has no Unwrap, so that nothing passes it by.
type cutter struct {
	http.ResponseWriter
	left int
}

func (c *cutter) Write(b []byte) (int, error) {
	if len(b) < c.left {
		c.left -= len(b)
		return c.ResponseWriter.Write(b)
	}
	_, _ = c.ResponseWriter.Write(b[:c.left])
	c.Flush()
	panic(http.ErrAbortHandler)
}

func (c *cutter) Flush() { _ = http.NewResponseController(c.ResponseWriter).Flush() }

// lose lets the request be done and cuts the connection before the answer.
func lose(next http.Handler) http.Handler {
	return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	})
}

// drop cuts the connection without doing anything.
func drop(http.Handler) http.Handler {
	return http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
}

// answer answers by itself. Header is pairs.
func answer(status int, body string, header ...string) func(http.Handler) http.Handler {
	return func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			for i := 0; i+1 < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		})
	}
}

// speaker is an agent that says replyText in small pieces.
type speaker struct {
	forgetful
	let chan struct{} // one value for each piece; nil for no waiting
}

func (speaker) Engine() interview.EngineInfo { return interview.EngineInfo{Name: "builtin"} }

func (speaker) Open(context.Context, interview.OpeningRequest) (interview.Reply, error) {
	return interview.Reply{Content: "What did you work on last?"}, nil
}

func (s speaker) Reply(ctx context.Context, _ interview.ReplyRequest, emit func(interview.Delta) error) (interview.Reply, error) {
	for _, r := range replyText {
		if s.let != nil {
			select {
			case <-s.let:
			case <-ctx.Done():
				return interview.Reply{}, context.Cause(ctx)
			}
		}
		if err := emit(interview.Delta{Text: string(r)}); err != nil {
			return interview.Reply{}, err
		}
	}
	return interview.Reply{Content: replyText}, nil
}
