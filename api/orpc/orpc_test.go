package orpc_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/betterprofile/betterprofile/api/logtest"
	"github.com/betterprofile/betterprofile/api/orpc"
	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/storage"
	"github.com/betterprofile/betterprofile/storage/storagetest"
)

// env is a server on a database of its own with two users.
type env struct {
	t           *testing.T
	db          *storage.DB
	service     *interview.Service
	handler     http.Handler
	url         string
	log         *buffer
	user, other interview.User
}

// setup makes one whose agent does as said, and says "Noted." in two pieces where nothing is.
func setup(t *testing.T, reply replyFunc, changes ...func(*orpc.Options)) *env {
	t.Helper()
	e := &env{t: t, db: storagetest.SQLite(t), log: &buffer{}}
	e.user, e.other = storagetest.User(t, e.db), storagetest.User(t, e.db)
	if reply == nil {
		reply = says("Not", "ed.")
	}
	e.service = interview.NewService(e.db, &script{reply: reply}, interview.Options{PollEvery: 10 * time.Millisecond, DirectBytes: 1 << 10})
	t.Cleanup(e.stop)
	o := orpc.Options{
		Service: e.service, Store: e.db, SignIn: e.signIn, CheckOrigin: checkOrigin, Log: slog.New(slog.NewTextHandler(e.log, nil)),
	}
	for _, change := range changes {
		change(&o)
	}
	watch := logtest.New(t)
	o.Log = watch.Logger(o.Log)
	e.handler = watch.Handler(orpc.New(o))
	server := httptest.NewServer(e.handler)
	t.Cleanup(server.Close)
	e.url = server.URL
	return e
}

// stop closes the service without waiting for its turns.
func (e *env) stop() {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	e.service.Close(ctx)
}

// signIn takes a user's id for a token.
func (e *env) signIn(_ http.ResponseWriter, r *http.Request) (interview.User, error) {
	for _, u := range []interview.User{e.user, e.other} {
		if r.Header.Get("Authorization") == "Bearer "+u.ID {
			return u, nil
		}
	}
	return interview.User{}, interview.Errorf(interview.CodeUnauthenticated, "Sign in first.")
}

func checkOrigin(r *http.Request) error {
	if r.Header.Get("Cookie") != "" && r.Header.Get("Origin") != "https://ours.example" {
		return interview.Errorf(interview.CodeForbidden, "Invalid origin")
	}
	return nil
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

// request makes a request of the user's, unless the pairs of headers say otherwise.
func (e *env) request(method, path, body string, header ...string) *http.Request {
	e.t.Helper()
	req, err := http.NewRequestWithContext(e.t.Context(), method, e.url+path, strings.NewReader(body))
	if err != nil {
		e.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+e.user.ID)
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
		if header[i+1] == "" {
			req.Header.Del(header[i])
		}
	}
	return req
}

func (e *env) raw(method, path, body string, header ...string) answer {
	e.t.Helper()
	resp, err := http.DefaultTransport.RoundTrip(e.request(method, path, body, header...))
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

// call calls a procedure.
func (e *env) call(procedure, input string, header ...string) answer {
	e.t.Helper()
	return e.raw("POST", "/rpc/chat/"+procedure, input, header...)
}

// conversation makes a conversation with these messages, the user's first, and returns its id.
func (e *env) conversation(owner interview.User, contents ...string) string {
	e.t.Helper()
	c := interview.Conversation{ID: interview.NewID()}
	for i, content := range contents {
		role := []interview.Role{interview.RoleUser, interview.RoleAssistant}[i%2]
		c.Messages = append(c.Messages, interview.Message{ID: interview.NewID(), Role: role, Content: content})
	}
	if _, err := e.db.CreateConversation(e.t.Context(), owner.ID, c); err != nil {
		e.t.Fatal(err)
	}
	return c.ID
}

// messages are those of a conversation.
func (e *env) messages(owner interview.User, conversation string) []interview.Message {
	e.t.Helper()
	page, err := e.db.ListMessages(e.t.Context(), owner.ID, conversation, interview.MessageQuery{Limit: interview.MaxLimit})
	if err != nil {
		e.t.Fatal(err)
	}
	return page.Messages
}

// output is what a call answers, of any procedure or none.
type output struct {
	JSON struct {
		Code, Message  string
		Status         int
		Data           json.RawMessage
		ConversationID string
		Conversation   interview.Conversation
		Conversations  []interview.Conversation
		NextCursor     *string
	}
	Meta []json.RawMessage
}

func (a answer) output(t *testing.T) output {
	t.Helper()
	var o output
	if err := json.Unmarshal([]byte(a.body), &o); err != nil {
		message := map[string]any{} // sendMessage and errors have members of one name and two types
		if json.Unmarshal([]byte(a.body), &message) != nil {
			t.Fatalf("%d %s: %v", a.status, a.body, err)
		}
	}
	return o
}

// refused checks that an answer is an error as oRPC's client knows one.
func (a answer) refused(t *testing.T, status int, code string) {
	t.Helper()
	var body map[string]map[string]any
	if err := json.Unmarshal([]byte(a.body), &body); err != nil || len(body) != 1 {
		t.Fatalf("%d %s: %v", a.status, a.body, err)
	}
	e := body["json"]
	for key := range e {
		if !strings.Contains(" defined code status message data ", " "+key+" ") {
			t.Errorf("an error with %q is none for the client: %s", key, a.body)
		}
	}
	if a.status != status || e["code"] != code || e["status"] != float64(status) || e["defined"] != false || e["message"] == "" {
		t.Errorf("%d %s, want %d %s", a.status, a.body, status, code)
	}
	if got := a.header.Get("Content-Type"); got != "application/json" {
		t.Errorf("the error is %s", got)
	}
}

// event is one event of an event stream.
type event struct{ name, data string }

// comment is the name under which comments are among the events.
const comment = ":"

// next reads an event or a comment; io.EOF at the end.
func next(r *bufio.Reader) (event, error) {
	var e event
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return e, err
		}
		line = strings.TrimSuffix(line, "\n")
		name, value, _ := strings.Cut(line, ": ")
		switch {
		case line == "":
			return e, nil
		case line == ": ":
			e.name = comment
		case name == "event":
			e.name = value
		case name == "data" && e.data == "":
			e.data = value
		default:
			return e, errors.New("unexpected line " + line)
		}
	}
}

// eventsOf are those of a body but its first comment, which must be there.
func eventsOf(t *testing.T, body string) []event {
	t.Helper()
	r := bufio.NewReader(strings.NewReader(body))
	if first, err := next(r); err != nil || first.name != comment {
		t.Fatalf("the stream begins with %+v, %v", first, err)
	}
	var all []event
	for {
		e, err := next(r)
		if errors.Is(err, io.EOF) && e == (event{}) {
			return all
		}
		if err != nil {
			t.Fatalf("%v in %q", err, body)
		}
		if e.name != comment {
			all = append(all, e)
		}
	}
}

// chunk is a value of chat.streamMessage.
type chunk struct {
	JSON struct {
		Type, ID, Delta string
		MessageMetadata struct{ ConversationID, MessageID, CreatedAt string }
		Code            string
	}
	Meta json.RawMessage
}

func (e event) chunk(t *testing.T) chunk {
	t.Helper()
	var c chunk
	if err := json.Unmarshal([]byte(e.data), &c); err != nil {
		t.Fatalf("%+v: %v", e, err)
	}
	return c
}

// text is what the deltas of a stream make together.
func text(t *testing.T, all []event) string {
	t.Helper()
	var b strings.Builder
	for _, e := range all {
		b.WriteString(e.chunk(t).JSON.Delta)
	}
	return b.String()
}

// replyFunc is an agent's Reply.
type replyFunc func(ctx context.Context, in interview.ReplyRequest, emit func(interview.Delta) error) (interview.Reply, error)

// says is an agent that gives the pieces one by one.
func says(pieces ...string) replyFunc {
	return func(_ context.Context, _ interview.ReplyRequest, emit func(interview.Delta) error) (interview.Reply, error) {
		for _, piece := range pieces {
			if err := emit(interview.Delta{Text: piece}); err != nil {
				return interview.Reply{}, err
			}
		}
		return interview.Reply{Content: strings.Join(pieces, ""), Title: "A title"}, nil
	}
}

// gated says the first piece, a value comes from spoke, and after the gate has opened the rest.
func gated(first, rest string) (reply replyFunc, spoke <-chan struct{}, open func()) {
	said, gate := make(chan struct{}, 10), make(chan struct{})
	return func(ctx context.Context, in interview.ReplyRequest, emit func(interview.Delta) error) (interview.Reply, error) {
		if _, err := says(first)(ctx, in, emit); err != nil {
			return interview.Reply{}, err
		}
		said <- struct{}{}
		select {
		case <-gate:
		case <-ctx.Done():
			return interview.Reply{}, context.Cause(ctx)
		}
		_, err := says(rest)(ctx, in, emit)
		return interview.Reply{Content: first + rest}, err
	}, said, func() { close(gate) }
}

// script is an agent that does as a test says.
type script struct {
	reply replyFunc
}

func (s *script) Engine() interview.EngineInfo { return interview.EngineInfo{Name: "builtin"} }

func (s *script) Open(context.Context, interview.OpeningRequest) (interview.Reply, error) {
	return interview.Reply{Content: "Nobody asked for an opening."}, nil
}

func (s *script) Reply(ctx context.Context, in interview.ReplyRequest, emit func(interview.Delta) error) (interview.Reply, error) {
	return s.reply(ctx, in, emit)
}

func (*script) Prepare(interview.ReplyRequest) any { return nil }

func (*script) NeedsHistory(interview.ReplyRequest) bool { return false }

func (*script) Summarise(context.Context, interview.SummaryRequest) (string, error) { return "", nil }

func (*script) Extract(context.Context, interview.ExtractRequest) (interview.Learned, error) {
	return interview.Learned{}, nil
}

func (*script) Title(context.Context, interview.TitleRequest) (string, error) { return "", nil }

func (*script) Coverage(*interview.Memory, interview.Time) interview.CoverageReport {
	return interview.CoverageReport{}
}

func (*script) Agenda(interview.AgendaRequest) []interview.AgendaItem { return nil }

// buffer is a log.
type buffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
