package orpc_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/betterprofile/betterprofile/api/orpc"
	"github.com/betterprofile/betterprofile/interview"
)

// readCloser is a body.
type readCloser struct{ io.Reader }

func (readCloser) Close() error { return nil }

// do makes a request as it is.
func (e *env) do(req *http.Request) answer {
	e.t.Helper()
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		e.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		e.t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, string(body)}
}

// open begins a stream and returns a reader of its events.
func (e *env) open(input string) (*bufio.Reader, *http.Response) {
	e.t.Helper()
	resp, err := http.DefaultTransport.RoundTrip(e.request("POST", "/rpc/chat/streamMessage", input))
	if err != nil {
		e.t.Fatal(err)
	}
	e.t.Cleanup(func() { _ = resp.Body.Close() })
	return bufio.NewReader(resp.Body), resp
}

// ended waits for the end of a conversation's first turn and returns the messages.
func (e *env) ended(conversation string) []interview.Message {
	e.t.Helper()
	all, err := e.service.Follow(e.t.Context(), e.user.ID, conversation, e.messages(e.user, conversation)[0].ID, nil)
	if err != nil {
		e.t.Fatal(err)
	}
	for _, err := range all {
		if err != nil {
			e.t.Fatal(err)
		}
	}
	return e.messages(e.user, conversation)
}

// only returns the one conversation of the user, as stored.
func (e *env) only() interview.Conversation {
	e.t.Helper()
	page, err := e.db.ListConversations(e.t.Context(), e.user.ID, interview.ConversationQuery{})
	if err != nil || len(page.Conversations) != 1 {
		e.t.Fatalf("%+v, %v", page, err)
	}
	return page.Conversations[0]
}

func TestSendMessage_BeginsAConversationWithoutAnOpening(t *testing.T) {
	t.Parallel()
	e := setup(t, nil)
	got := e.call("sendMessage", `{"json":{"message":"\n  I lead a team. \n"}}`)
	c := e.only()
	messages := e.messages(e.user, c.ID)
	if got.status != 200 || c.Title != "A title" || len(messages) != 2 {
		t.Fatalf("%d %s, %+v, %+v", got.status, got.body, c, messages)
	}
	if messages[0].Content != "I lead a team." || messages[1].Content != "Noted." {
		t.Errorf("stored are %+v", messages)
	}
	for _, want := range []string{
		`"conversationId":"` + c.ID + `","message":{`, `"content":"Noted."`, `"role":"assistant"`, `"id":"` + messages[1].ID + `"`,
		`"meta":[[1,"message","createdAt"]]}`,
	} {
		if !strings.Contains(got.body, want) {
			t.Errorf("%s is not in %s", want, got.body)
		}
	}
	longest := strings.Repeat("😀", 10_000)
	if got := e.call("sendMessage", `{"json":{"message":"  `+longest+`  ","conversationId":"`+c.ID+`"}}`); got.status != 200 {
		t.Errorf("the longest message: %d %s", got.status, got.body)
	}
	if messages := e.messages(e.user, c.ID); len(messages) != 4 || messages[2].Content != longest {
		t.Errorf("there are %d messages", len(messages))
	}
}

func TestSendMessage_SaysWhyThereIsNoReply(t *testing.T) {
	t.Parallel()
	for code, want := range map[interview.Code]struct {
		status int
		code   string
	}{
		interview.CodeModelUnavailable: {502, "BAD_GATEWAY"}, interview.CodeModelTimeout: {504, "GATEWAY_TIMEOUT"},
		interview.CodeInternal: {500, "INTERNAL_SERVER_ERROR"},
	} {
		e := setup(t, func(context.Context, interview.ReplyRequest, func(interview.Delta) error) (interview.Reply, error) {
			return interview.Reply{}, &interview.Error{Code: code, Message: "Because.", Err: errors.New("a secret")}
		})
		got := e.call("sendMessage", `{"json":{"message":"Hello"}}`)
		got.refused(t, want.status, want.code)
		if messages := e.messages(e.user, e.only().ID); len(messages) != 1 || strings.Contains(got.body, "secret") {
			t.Errorf("%s: %s, %+v", code, got.body, messages)
		}
		if logged := strings.Contains(e.log.String(), "internal error"); logged != (want.status == 500) || strings.Contains(e.log.String(), "Hello") {
			t.Errorf("%s: the log is %q", code, e.log)
		}
	}
}

func TestSendMessage_LeavesNothingWhenItCannotBegin(t *testing.T) {
	t.Parallel()
	limited := true
	e := setup(t, nil, func(o *orpc.Options) {
		o.Limit = func(*http.Request, interview.User) error {
			if !limited {
				return nil
			}
			return &interview.Error{Code: interview.CodeRateLimited, Message: "Slower.", Details: interview.Details{RetryAfterSeconds: 7}}
		}
	})
	for _, procedure := range []string{"sendMessage", "streamMessage"} {
		got := e.call(procedure, `{"json":{"message":"Hello"}}`)
		got.refused(t, 429, "TOO_MANY_REQUESTS")
		if got.header.Get("Retry-After") != "7" || !strings.Contains(got.body, `"data":{"retryAfter":7}`) {
			t.Errorf("%v %s", got.header, got.body)
		}
	}
	limited = false
	e.stop()
	for _, procedure := range []string{"sendMessage", "streamMessage"} {
		got := e.call(procedure, `{"json":{"message":"Hello"}}`)
		got.refused(t, 503, "SERVICE_UNAVAILABLE")
		if got.header.Get("Retry-After") == "" {
			t.Error("no Retry-After")
		}
	}
	if n, err := e.db.CountConversations(t.Context(), e.user.ID, 10); n != 0 || err != nil {
		t.Errorf("%d conversations are left, %v", n, err)
	}
}

func TestStreamMessage_IsTheStoredReplyInChunks(t *testing.T) {
	t.Parallel()
	reply, _, open := gated("Tell <me>\n", "é more.")
	e := setup(t, reply)
	r, resp := e.open(`{"json":{"message":"Hello"}}`)
	for name, want := range map[string]string{
		"Content-Type": "text/event-stream", "Cache-Control": "no-cache", "X-Accel-Buffering": "no", "Content-Disposition": "", "Content-Encoding": "",
	} {
		if got := resp.Header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	var all []event
	for { // what comes while the agent waits was flushed
		ev, err := next(r)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, ev)
		if strings.Contains(ev.data, "text-delta") {
			break
		}
	}
	open()
	rest, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	all = append(all, eventsOf(t, ": \n\n"+string(rest))...)
	if all[0].name != comment {
		t.Errorf("the stream begins with %+v", all[0])
	}
	values := all[1:]
	c := e.only()
	stored := e.messages(e.user, c.ID)[1]
	if got := text(t, values); got != stored.Content || got != "Tell <me>\né more." {
		t.Errorf("the deltas make %q", got)
	}
	var types []string
	for _, ev := range values {
		types = append(types, ev.chunk(t).JSON.Type)
	}
	end := values[len(values)-1]
	if got := strings.Join(types, " "); got != "start text-start text-delta text-delta text-end finish " || end != (event{"done", "{}"}) {
		t.Errorf("the chunks are %s, then %+v", got, end)
	}
	first, last := values[0].chunk(t), values[len(values)-2].chunk(t)
	if first.JSON.MessageMetadata.ConversationID != c.ID || last.JSON.MessageMetadata.MessageID != stored.ID ||
		last.JSON.MessageMetadata.ConversationID != c.ID || string(last.Meta) != `[[1,"messageMetadata","createdAt"]]` {
		t.Errorf("%+v, %+v", first, last)
	}
}

// A model that begins again is followed when what it says next goes on from what was sent, and is an error when it does not.
func TestStreamMessage_WhenTheReplyIsBegunAnew(t *testing.T) {
	t.Parallel()
	for again, want := range map[string]string{"Tell me more.": "done", "Something else.": "error"} {
		said, gate := make(chan struct{}, 1), make(chan struct{})
		e := setup(t, func(_ context.Context, _ interview.ReplyRequest, emit func(interview.Delta) error) (interview.Reply, error) {
			if err := emit(interview.Delta{Text: "Tell me"}); err != nil {
				return interview.Reply{}, err
			}
			said <- struct{}{}
			<-gate
			return interview.Reply{Content: again}, emit(interview.Delta{Text: again, Replace: true})
		})
		r, _ := e.open(`{"json":{"message":"Hello"}}`)
		var b strings.Builder
		for <-said; !strings.Contains(b.String(), "text-delta"); {
			line, err := r.ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			b.WriteString(line)
		}
		close(gate)
		rest, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		all := eventsOf(t, b.String()+string(rest))
		last := all[len(all)-1]
		if last.name != want {
			t.Errorf("%q ends with %+v", again, last)
		}
		if want == "done" && text(t, all) != again {
			t.Errorf("%q is sent as %q", again, text(t, all))
		}
		if want == "error" && last.chunk(t).JSON.Code != "BAD_GATEWAY" {
			t.Errorf("the error is %+v", last)
		}
		if stored := e.ended(e.only().ID); len(stored) != 2 || stored[1].Content != again {
			t.Errorf("%q is stored as %+v", again, stored)
		}
	}
}

// The reply goes on when its reader has gone, and the next message waits for its end.
func TestStreamMessage_ReaderGoesAndTheConversationStaysUsable(t *testing.T) {
	t.Parallel()
	reply, spoke, open := gated("One ", "two.")
	left := make(chan struct{})
	e := setup(t, reply, func(o *orpc.Options) {
		o.Hold = func(*http.Request, interview.User) (func(), error) { return func() { left <- struct{}{} }, nil }
	})
	id := e.conversation(e.user)
	input := `{"json":{"message":"Hello","conversationId":"` + id + `"}}`
	ctx, cancel := context.WithCancel(t.Context())
	resp, err := http.DefaultTransport.RoundTrip(e.request("POST", "/rpc/chat/streamMessage", input).WithContext(ctx))
	if err != nil {
		t.Fatal(err)
	}
	<-spoke
	cancel()
	_ = resp.Body.Close()
	<-left // the handler has ended, the turn has not
	if running := e.messages(e.user, id); running[0].Turn == nil || running[0].Turn.Status != interview.TurnRunning {
		t.Fatalf("the turn is %+v", running)
	}
	answers := make(chan answer, 2)
	for range 2 { // which wait for one another too
		go func() { answers <- e.do(e.request("POST", "/rpc/chat/sendMessage", input)) }()
	}
	open()
	for range 2 {
		if got := <-answers; got.status != 200 {
			t.Errorf("%d %s", got.status, got.body)
		}
	}
	messages := e.messages(e.user, id)
	if len(messages) != 6 || messages[1].Content != "One two." || messages[3].Content != "One two." {
		t.Errorf("stored are %+v", messages)
	}
	if e.log.String() != "" {
		t.Errorf("the log is %q", e.log)
	}
}

func TestSendMessage_WaitsForARunningTurnOnlySoLong(t *testing.T) {
	t.Parallel()
	reply, spoke, open := gated("One ", "two.")
	e := setup(t, reply, func(o *orpc.Options) { o.Patience = 30 * time.Millisecond })
	id := e.conversation(e.user)
	input := `{"json":{"message":"Hello","conversationId":"` + id + `"}}`
	first := make(chan answer, 1)
	go func() { first <- e.do(e.request("POST", "/rpc/chat/sendMessage", input)) }()
	<-spoke
	e.call("sendMessage", input).refused(t, 409, "CONFLICT")
	e.call("streamMessage", input).refused(t, 409, "CONFLICT")
	open()
	if got := <-first; got.status != 200 || len(e.messages(e.user, id)) != 2 {
		t.Errorf("%d %s", got.status, got.body)
	}
}

// A router's writer hides the server's own: what is written is sent off all the same, and the router knows of it.
func TestHandler_BehindARouter(t *testing.T) {
	t.Parallel()
	reply, _, open := gated("One ", "two.")
	e := setup(t, reply)
	gin.SetMode(gin.ReleaseMode)
	router := gin.New()
	statuses := make(chan int, 2)
	router.Use(func(c *gin.Context) {
		c.Next()
		statuses <- c.Writer.Status()
	})
	router.Any("/rpc/*procedure", gin.WrapH(e.handler))
	server := httptest.NewServer(router)
	defer server.Close()
	e.url = server.URL
	e.call("none", "").refused(t, 404, "NOT_FOUND")
	r, resp := e.open(`{"json":{"message":"Hello"}}`)
	for ev := (event{}); !strings.Contains(ev.data, "text-delta"); {
		var err error
		if ev, err = next(r); err != nil {
			t.Fatal(err)
		}
	}
	open()
	if rest, err := io.ReadAll(r); err != nil || resp.StatusCode != 200 || !strings.HasSuffix(string(rest), "event: done\ndata: {}\n\n") {
		t.Errorf("%s, %v", rest, err)
	}
	if a, b := <-statuses, <-statuses; a != 404 || b != 200 {
		t.Errorf("the router saw %d and %d", a, b)
	}
}

func TestStreamMessage_CancelledElsewhereIsAnError(t *testing.T) {
	t.Parallel()
	reply, spoke, _ := gated("One ", "two.")
	e := setup(t, reply)
	r, _ := e.open(`{"json":{"message":"Hello"}}`)
	<-spoke
	id := e.only().ID
	if _, err := e.service.Cancel(t.Context(), e.user.ID, id, e.messages(e.user, id)[0].ID); err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(r)
	if err != nil || !strings.Contains(string(body), "event: error\ndata: "+`{"json":{"code":"CONFLICT","defined":false,`) {
		t.Errorf("%s, %v", body, err)
	}
}

func TestStreamMessage_OverTheLimitOfStreamsIsAPlainError(t *testing.T) {
	t.Parallel()
	e := setup(t, nil, func(o *orpc.Options) {
		o.Hold = func(*http.Request, interview.User) (func(), error) {
			return nil, interview.Errorf(interview.CodeRateLimited, "Too many streams.")
		}
	})
	e.call("streamMessage", `{"json":{"message":"Hello"}}`).refused(t, 429, "TOO_MANY_REQUESTS")
}

func TestPanic_IsAnInternalErrorWithoutDetail(t *testing.T) {
	t.Parallel()
	e := setup(t, nil, func(o *orpc.Options) {
		o.Limit = func(*http.Request, interview.User) error { panic("a secret") }
	})
	for _, procedure := range []string{"sendMessage", "streamMessage"} {
		got := e.call(procedure, `{"json":{"message":"Hello"}}`)
		got.refused(t, 500, "INTERNAL_SERVER_ERROR")
		if strings.Contains(got.body+e.log.String(), "secret") || !strings.Contains(e.log.String(), "panic: string") {
			t.Errorf("%s, log %q", got.body, e.log)
		}
	}
}
