package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/sse"
)

// turn is what a turn's events came to.
type turn struct {
	kinds string // of the events, in order, runs of delta as one
	text  string // the reply, put together by the rule
	last  interview.Event
	err   error
}

func follow(events func(func(interview.Event, error) bool)) turn {
	var got turn
	var kinds []string
	for ev, err := range events {
		if err != nil {
			got.err = err
			break
		}
		if len(kinds) == 0 || kinds[len(kinds)-1] != string(ev.Kind) {
			kinds = append(kinds, string(ev.Kind))
		}
		switch ev.Kind {
		case interview.EventDelta:
			got.text += ev.Text
		case interview.EventReplace:
			got.text = ev.Text
		}
		got.last = ev
	}
	got.kinds = strings.Join(kinds, " ")
	return got
}

func (got turn) check(t *testing.T, kinds, text string) {
	t.Helper()
	if got.err != nil || got.kinds != kinds || got.text != text {
		t.Errorf("got %q %q %v, want %q %q", got.kinds, got.text, got.err, kinds, text)
	}
}

// stream is an open answer of events, read line by line.
type stream struct {
	t     *testing.T
	resp  *http.Response
	lines *bufio.Scanner
}

func (e *env) stream(method, path, body string, header ...string) *stream {
	e.t.Helper()
	req, err := http.NewRequestWithContext(e.t.Context(), method, e.url+path, strings.NewReader(body))
	if err != nil {
		e.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+e.token)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", sse.ContentType)
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		e.t.Fatal(err)
	}
	s := &stream{t: e.t, resp: resp, lines: bufio.NewScanner(resp.Body)}
	e.t.Cleanup(s.close)
	return s
}

func (s *stream) close() { _ = s.resp.Body.Close() }

// until reads up to the next line that begins with prefix and returns it.
func (s *stream) until(prefix string) string {
	s.t.Helper()
	for s.lines.Scan() {
		if strings.HasPrefix(s.lines.Text(), prefix) {
			return s.lines.Text()
		}
	}
	s.t.Fatalf("the stream ended before %q: %v", prefix, s.lines.Err())
	return ""
}

func TestSend_StreamsEventsWithIDsOnDeltasOnly(t *testing.T) {
	t.Parallel()
	e := setup(t)
	id := interview.NewID()
	s := e.stream("POST", "/api/v1/conversations/"+e.conversation()+"/messages", `{"id":"`+id+`","content":"Grüße"}`)
	if s.resp.StatusCode != http.StatusOK || s.resp.Header.Get("Content-Type") != sse.ContentType ||
		s.resp.Header.Get("X-Accel-Buffering") != "no" || s.resp.Header.Get("Cache-Control") != "no-cache" {
		t.Errorf("%s %v", s.resp.Status, s.resp.Header)
	}
	all, err := io.ReadAll(s.resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var text string
	for record := range strings.SplitSeq(strings.TrimSuffix(string(all), "\n\n"), "\n\n") {
		name := record[strings.Index(record, "event: ")+len("event: "):]
		name = name[:strings.IndexByte(name, '\n')]
		if (name == "delta") != strings.HasPrefix(record, "id: 1.") {
			t.Errorf("id on the wrong event: %q", record)
		}
		if name == "delta" {
			var ev interview.Event
			if err := json.Unmarshal([]byte(record[strings.Index(record, "data: ")+6:]), &ev); err != nil {
				t.Fatal(err)
			}
			text += ev.Text
			if want := fmt.Sprintf("id: 1.%d\n", len(text)); !strings.HasPrefix(record, want) {
				t.Errorf("want %q in %q", want, record)
			}
		}
	}
	if text != "Noted." || !strings.HasPrefix(string(all), "event: started\ndata: {") || !strings.Contains(string(all), "\nevent: completed\n") {
		t.Errorf("%s", all)
	}
}

func TestSend_ThroughTheClient(t *testing.T) {
	t.Parallel()
	e := setup(t)
	c := e.conversation()
	in := interview.TurnInput{ID: interview.NewID(), Content: "I am a nurse."}
	got := follow(e.Send(t.Context(), c, in))
	got.check(t, "started delta completed", "Noted.")
	last := got.last
	if last.Message.Content != "Noted." || last.Message.Role != interview.RoleAssistant || last.UserMessage.ID != in.ID ||
		last.UserMessage.Content != in.Content || last.ConversationID != c || last.Title != "A title" || last.Usage == nil {
		t.Errorf("%+v", last)
	}
	again := follow(e.Send(t.Context(), c, in))
	again.check(t, "started delta completed", "Noted.")
	if again.last.Message.ID != last.Message.ID {
		t.Error("the same message again has another reply")
	}
	other := follow(e.Send(t.Context(), c, interview.TurnInput{ID: in.ID, Content: "Other words."}))
	if interview.ErrorCode(other.err) != interview.CodeConflict {
		t.Errorf("same id, other content: %v", other.err)
	}
	joined := follow(e.Events(t.Context(), c, in.ID, nil))
	joined.check(t, "started delta completed", "Noted.")
}

func TestSend_AsJSONWaitsForTheEnd(t *testing.T) {
	t.Parallel()
	e := setup(t)
	c := e.conversation()
	got := e.raw("POST", "/api/v1/conversations/"+c+"/messages", `{"content":"I am a nurse."}`)
	var body map[string]json.RawMessage
	if err := json.Unmarshal([]byte(got.body), &body); err != nil || got.status != http.StatusOK {
		t.Fatalf("%d %s", got.status, got.body)
	}
	for _, name := range []string{"message", "conversationId", "userMessage", "usage", "title"} {
		if body[name] == nil {
			t.Errorf("no %s in %s", name, got.body)
		}
		delete(body, name)
	}
	if len(body) > 0 {
		t.Errorf("unexpected: %v", body)
	}
}

func TestSend_GoesOnWithoutItsReader(t *testing.T) {
	t.Parallel()
	g := newGate("one ", "two ", "three")
	e := setup(t, func(o *options) { o.agent.reply = g.reply })
	c, id := e.conversation(), interview.NewID()
	s := e.stream("POST", "/api/v1/conversations/"+c+"/messages", `{"id":"`+id+`","content":"x"}`)
	g.pass(1)
	s.until("id: 1.4")
	s.close()
	g.pass(3)
	got := follow(e.Events(t.Context(), c, id, &interview.EventID{Attempt: 1, Offset: 4}))
	got.check(t, "delta completed", "two three")
	if got.last.Message.Content != "one two three" {
		t.Errorf("stored %q", got.last.Message.Content)
	}
}

func TestSend_SecondTurnIsTurnInProgress(t *testing.T) {
	t.Parallel()
	g := newGate("x")
	e := setup(t, func(o *options) { o.agent.reply = g.reply })
	c := e.conversation()
	s := e.stream("POST", "/api/v1/conversations/"+c+"/messages", `{"content":"x"}`)
	s.until("event: started")
	got := e.raw("POST", "/api/v1/conversations/"+c+"/messages", `{"content":"y"}`)
	checkRefused(t, got, refused{interview.CodeTurnInProgress, ""})
	g.pass(2)
	s.until("event: completed")
}

func TestSend_TwentyParallelSendsOfOneIDAreOneTurn(t *testing.T) {
	t.Parallel()
	e := setup(t)
	c := e.conversation()
	in := interview.TurnInput{ID: interview.NewID(), Content: "once"}
	replies := make([]turn, 20)
	var wg sync.WaitGroup
	for i := range replies {
		wg.Go(func() { replies[i] = follow(e.Send(t.Context(), c, in)) })
	}
	wg.Wait()
	for _, got := range replies {
		got.check(t, "started delta completed", "Noted.")
		if got.last.Message == nil || got.last.Message.ID != replies[0].last.Message.ID {
			t.Errorf("%+v", got.last)
		}
	}
	view, err := e.GetConversation(t.Context(), c, 0)
	if err != nil || len(view.Conversation.Messages) != 2 {
		t.Errorf("%d messages, %v", len(view.Conversation.Messages), err)
	}
}

func TestStream_KeepsQuietConnectionsAwake(t *testing.T) {
	t.Parallel()
	g := newGate("x")
	e := setup(t, func(o *options) {
		o.agent.reply = g.reply
		o.api.Heartbeat = time.Millisecond
	})
	c, id := e.conversation(), interview.NewID()
	s := e.stream("POST", "/api/v1/conversations/"+c+"/messages", `{"id":"`+id+`","content":"x"}`)
	s.until("event: started")
	s.until(": keep-alive")
	s.until(": keep-alive")
	g.pass(1)
	s.until("id: 1.1")
	s.until(": keep-alive")
	// A reader who is up to date hears that it is connected before there is an event.
	joined := e.stream("GET", "/api/v1/conversations/"+c+"/messages/"+id+"/events", "", "Last-Event-ID", "1.1")
	joined.until(": keep-alive")
	g.pass(1)
	s.until("event: completed")
	joined.until("event: completed")
}

func TestEvents_Resume(t *testing.T) {
	t.Parallel()
	e := setup(t)
	c, id := e.conversation(), interview.NewID()
	follow(e.Send(t.Context(), c, interview.TurnInput{ID: id, Content: "x"})).check(t, "started delta completed", "Noted.")
	events := "/api/v1/conversations/" + c + "/messages/" + id + "/events"
	for last, want := range map[string]struct{ kinds, text string }{
		"1.0": {"delta completed", "Noted."},
		"1.3": {"delta completed", "ed."},
		"1.6": {"completed", ""},
		"1.7": {"replace completed", "Noted."}, // ahead of the reply
		"2.0": {"replace completed", "Noted."}, // of an attempt there never was
	} {
		after, err := interview.ParseEventID(last)
		if err != nil {
			t.Fatal(err)
		}
		follow(e.Events(t.Context(), c, id, &after)).check(t, want.kinds, want.text)
	}
	for _, last := range []string{"x", "1", "1.", ".1", "-1.0", "0.5", "1.-1", "1.0.0", "1.99999999999", " 1.0x", "1,5"} {
		got := e.raw("GET", events, "", "Last-Event-ID", last)
		checkRefused(t, got, invalid("Last-Event-ID"))
	}
}

func TestEvents_CutsNoCharacterInTwo(t *testing.T) {
	t.Parallel()
	e := setup(t, func(o *options) {
		o.agent.reply = func(_ context.Context, _ interview.ReplyRequest, emit func(interview.Delta) error) (interview.Reply, error) {
			return say(emit, "ä€😀")
		}
	})
	c, id := e.conversation(), interview.NewID()
	follow(e.Send(t.Context(), c, interview.TurnInput{ID: id, Content: "x"})).check(t, "started delta completed", "ä€😀")
	for offset := range len("ä€😀") {
		got := follow(e.Events(t.Context(), c, id, &interview.EventID{Attempt: 1, Offset: offset}))
		whole := "ä€😀"[:offset] + got.text
		if strings.HasPrefix(got.kinds, "replace") {
			whole = got.text
		}
		if got.err != nil || whole != "ä€😀" {
			t.Errorf("from %d: %q %q %v", offset, got.kinds, got.text, got.err)
		}
	}
}

func TestCancel_StopsTheReplyAndKeepsItsPart(t *testing.T) {
	t.Parallel()
	g := newGate("one ", "two")
	e := setup(t, func(o *options) { o.agent.reply = g.reply })
	c, id := e.conversation(), interview.NewID()
	done := make(chan answer, 1)
	go func() {
		done <- e.raw("POST", "/api/v1/conversations/"+c+"/messages", `{"id":"`+id+`","content":"x"}`)
	}()
	g.pass(1) // the turn has begun
	reader := make(chan turn, 1)
	s := e.stream("GET", "/api/v1/conversations/"+c+"/messages/"+id+"/events", "")
	s.until("id: 1.4")
	go func() { reader <- follow(e.Events(t.Context(), c, id, nil)) }()
	message, err := e.Cancel(t.Context(), c, id)
	if err != nil || message.ID != id || message.Turn == nil || message.Turn.Status != interview.TurnCancelled {
		t.Errorf("%+v, %v", message, err)
	}
	s.until("event: cancelled")
	(<-reader).check(t, "started delta cancelled", "one ")
	got := <-done
	checkRefused(t, got, refused{interview.CodeConflict, ""})
	if !strings.Contains(got.body, `"status":"cancelled"`) {
		t.Errorf("%s", got.body)
	}
	_, err = e.Cancel(t.Context(), c, id)
	if e := interview.AsError(err); e == nil || e.Code != interview.CodeConflict || e.Details.Status != "cancelled" {
		t.Errorf("cancel again: %v", err)
	}
}

func TestRetry_RunsAgainAndKeepsTheOldText(t *testing.T) {
	t.Parallel()
	agent := func(_ context.Context, in interview.ReplyRequest, emit func(interview.Delta) error) (interview.Reply, error) {
		return say(emit, "Try it.")
	}
	e := setup(t, func(o *options) { o.agent.reply = agent })
	c, id := e.conversation(), interview.NewID()
	first := follow(e.Send(t.Context(), c, interview.TurnInput{ID: id, Content: "x"}))
	got := follow(e.Retry(t.Context(), c, id))
	got.check(t, "started delta completed", "Try it.")
	if got.last.Message.ID != first.last.Message.ID || got.last.Message.ReplyMetadata().Previous[0] != "Try it." {
		t.Errorf("%+v", got.last.Message)
	}
	json := e.raw("POST", "/api/v1/conversations/"+c+"/messages/"+id+"/retry", "{}")
	if json.status != http.StatusOK {
		t.Errorf("%d %s", json.status, json.body)
	}
	follow(e.Send(t.Context(), c, interview.TurnInput{Content: "later"})).check(t, "started delta completed", "Try it.")
	old := follow(e.Retry(t.Context(), c, id))
	if e := interview.AsError(old.err); e == nil || e.Code != interview.CodeConflict || e.Details.Status != "completed" {
		t.Errorf("retry of a turn that is not the newest: %v", old.err)
	}
}

func TestTurn_FailureHasItsCode(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		err  error
		want interview.Error
	}{
		{"bad key", &interview.Error{
			Code: interview.CodeModelUnavailable, Message: "No key.", Details: interview.Details{Reason: interview.ReasonBadKey},
		}, interview.Error{Code: interview.CodeModelUnavailable, Message: "No key."}},
		{"timeout", interview.Errorf(interview.CodeModelTimeout, "Too slow."), interview.Error{Code: interview.CodeModelTimeout, Message: "Too slow."}},
		{"defect", errors.New("pointer is nil"), interview.Error{Code: interview.CodeInternal, Message: "Something went wrong on our side."}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var fails atomic.Bool
			fails.Store(true)
			e := setup(t, func(o *options) {
				o.agent.reply = func(_ context.Context, _ interview.ReplyRequest, emit func(interview.Delta) error) (interview.Reply, error) {
					if !fails.Load() {
						return say(emit, "fine")
					}
					_, _ = say(emit, "part")
					return interview.Reply{}, c.err
				}
			})
			conversation, id := e.conversation(), interview.NewID()
			got := follow(e.Send(t.Context(), conversation, interview.TurnInput{ID: id, Content: "kept"}))
			got.check(t, "started delta failed", "part")
			if e := got.last.Error; e.Code != c.want.Code || e.Message != c.want.Message || got.last.Message.Content != "part" {
				t.Errorf("%+v", got.last)
			}
			if (got.last.Error.Details.RequestID != "") != (c.want.Code == interview.CodeInternal) {
				t.Errorf("request id %q", got.last.Error.Details.RequestID)
			}
			json := e.raw("POST", "/api/v1/conversations/"+conversation+"/messages", `{"id":"`+id+`","content":"kept"}`)
			checkRefused(t, json, refused{c.want.Code, ""})
			page, err := e.ListMessages(t.Context(), conversation, interview.MessageQuery{})
			if err != nil || page.Messages[0].Content != "kept" || page.Messages[0].Turn.Status != interview.TurnFailed {
				t.Errorf("%+v %v", page, err)
			}
			fails.Store(false)
			follow(e.Send(t.Context(), conversation, interview.TurnInput{ID: id, Content: "kept"})).check(t, "started delta completed", "fine")
		})
	}
}

func TestShutdown_RefusesTurnsAndEndsStreams(t *testing.T) {
	t.Parallel()
	g := newGate("part", "rest")
	e := setup(t, func(o *options) { o.agent.reply = g.reply })
	c, id := e.conversation(), interview.NewID()
	s := e.stream("POST", "/api/v1/conversations/"+c+"/messages", `{"id":"`+id+`","content":"x"}`)
	g.pass(1)
	s.until("id: 1.4")
	s.until("data: ")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	e.service.Close(ctx)
	for s.lines.Scan() { // the stream ends, and without a last event: it can be resumed elsewhere
		if text := s.lines.Text(); strings.HasPrefix(text, "event: ") {
			t.Errorf("after the end: %s", text)
		}
	}
	for _, path := range []string{"/readyz", "/api/v1/conversations/" + c + "/messages"} {
		method, body := "GET", ""
		if path != "/readyz" {
			method, body = "POST", `{"content":"x"}`
		}
		got := e.raw(method, path, body)
		checkRefused(t, got, refused{interview.CodeUnavailable, ""})
		if got.header.Get("Retry-After") == "" || !strings.Contains(got.body, `"retryAfterSeconds":1`) {
			t.Errorf("%v %s", got.header, got.body)
		}
	}
	// Reading goes on, and a reader of the released turn is refused before a stream begins.
	if _, err := e.ListMessages(t.Context(), c, interview.MessageQuery{}); err != nil {
		t.Error(err)
	}
	got := e.raw("GET", "/api/v1/conversations/"+c+"/messages/"+id+"/events", "", "Last-Event-ID", "1.4")
	checkRefused(t, got, refused{interview.CodeUnavailable, ""})
}
