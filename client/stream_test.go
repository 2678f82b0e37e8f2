package client_test

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/betterprofile/betterprofile/client"
	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/sse"
)

// turn is what the events of a turn came to.
type turn struct {
	text  string // put together by the rule
	count map[interview.EventKind]int
	last  interview.Event
	err   error
}

func follow(events iter.Seq2[interview.Event, error]) turn {
	got := turn{count: map[interview.EventKind]int{}}
	for ev, err := range events {
		if err != nil {
			got.err = err
			continue
		}
		got.count[ev.Kind]++
		switch ev.Kind {
		case interview.EventDelta:
			got.text += ev.Text
		case interview.EventReplace:
			got.text = ev.Text
		}
		got.last = ev
	}
	return got
}

// check holds a turn against the rules of every whole one.
func (got turn) check(t *testing.T, what string, text string) {
	t.Helper()
	if got.err != nil || got.text != text || got.last.Kind != interview.EventCompleted || got.count[interview.EventCompleted] != 1 ||
		got.last.Message.Content != replyText {
		t.Errorf("%s: %+v", what, got)
	}
}

func TestStream_CutAtEveryByteIsResumed(t *testing.T) {
	t.Parallel()
	e := setup(t)
	c, id := e.conversation(), interview.NewID()
	follow(e.Send(t.Context(), c, interview.TurnInput{ID: id, Content: "x"})).check(t, "sent", replyText)
	n := 0
	for ; ; n++ {
		e.trouble.expect(cutAt(n))
		got := follow(e.Events(t.Context(), c, id, nil))
		got.check(t, fmt.Sprintf("cut at byte %d", n), replyText)
		if got.count[interview.EventStarted] != 1 {
			t.Errorf("cut at byte %d: started %d times", n, got.count[interview.EventStarted])
		}
		if len(e.trouble.requests()) == 1 { // the end had been read before the cut
			break
		}
		if got.count[interview.EventReconnecting] != 1 {
			t.Errorf("cut at byte %d: %v", n, got.count)
		}
		if t.Failed() {
			break
		}
	}
	if n < 500 {
		t.Errorf("only %d places were tried", n)
	}
}

func TestStream_SendCutAnywhereIsOneTurn(t *testing.T) {
	t.Parallel()
	e := setup(t)
	c := e.conversation()
	const step = 61
	turns := 0
	for n := 0; n < 1500; n += step {
		e.trouble.expect(cutAt(n))
		id := interview.NewID()
		got := follow(e.Send(t.Context(), c, interview.TurnInput{ID: id, Content: fmt.Sprint("cut at ", n)}))
		got.check(t, fmt.Sprintf("cut at byte %d", n), replyText)
		turns++
	}
	page, err := e.ListMessages(t.Context(), c, interview.MessageQuery{Limit: interview.MaxLimit})
	if err != nil || len(page.Messages) != 2*turns {
		t.Errorf("%d messages of %d turns, %v", len(page.Messages), turns, err)
	}
}

func TestStream_CutAgainAndAgainGoesOnWhileSomethingNewComes(t *testing.T) {
	t.Parallel()
	let := make(chan struct{})
	e := setup(t)
	e.trouble.next = e.newServer(speaker{let: let})
	c, id := e.conversation(), interview.NewID()
	e.trouble.expect()
	e.trouble.mu.Lock()
	e.trouble.every = func(next http.Handler) http.Handler { // cut after the second record of each connection
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(&recordCutter{cutter{ResponseWriter: w}, 2}, r)
		})
	}
	e.trouble.mu.Unlock()
	pieces := len([]rune(replyText))
	go func() {
		for range pieces {
			let <- struct{}{}
		}
	}()
	got := follow(e.Send(t.Context(), c, interview.TurnInput{ID: id, Content: "x"}))
	got.check(t, "cut after every two records", replyText)
	if got.count[interview.EventStarted] != 1 {
		t.Errorf("%v", got.count)
	}
}

// recordCutter cuts after a number of records.
type recordCutter struct {
	cutter
	records int
}

func (c *recordCutter) Write(b []byte) (int, error) {
	text := string(b)
	for i := range text {
		if strings.HasPrefix(text[i:], "\n\n") {
			if c.records--; c.records == 0 {
				c.left = i + 2
				return c.cutter.Write(b)
			}
		}
	}
	c.left = len(b) + 1
	return c.cutter.Write(b)
}

func TestStream_LostBeforeStartedIsSentAgain(t *testing.T) {
	t.Parallel()
	e := setup(t)
	c := e.conversation()
	for name, first := range map[string]func(http.Handler) http.Handler{
		"dropped": drop, "answer lost": lose, "cut at once": cutAt(0), "cut in started": cutAt(30),
	} {
		e.trouble.expect(first)
		id := interview.NewID()
		got := follow(e.Send(t.Context(), c, interview.TurnInput{ID: id, Content: name}))
		got.check(t, name, replyText)
		if got.count[interview.EventReconnecting] != 0 || !slices.Equal(e.trouble.requests(), []string{"POST messages", "POST messages"}) {
			t.Errorf("%s: %v %q", name, got.count, e.trouble.requests())
		}
	}
	page, err := e.ListMessages(t.Context(), c, interview.MessageQuery{})
	if err != nil || len(page.Messages) != 8 {
		t.Errorf("%d messages, %v", len(page.Messages), err)
	}
}

func TestStream_RetryIsNotDoneTwice(t *testing.T) {
	t.Parallel()
	e := setup(t)
	c, id := e.conversation(), interview.NewID()
	follow(e.Send(t.Context(), c, interview.TurnInput{ID: id, Content: "x"})).check(t, "sent", replyText)
	for _, n := range []int{0, 30, 600} {
		e.trouble.expect(cutAt(n))
		got := follow(e.Retry(t.Context(), c, id))
		got.check(t, fmt.Sprintf("cut at byte %d", n), replyText)
		if seen := e.trouble.requests(); seen[0] != "POST retry" || slices.Contains(seen[1:], "POST retry") {
			t.Errorf("%q", seen)
		}
	}
	page, err := e.ListMessages(t.Context(), c, interview.MessageQuery{})
	if err != nil || len(page.Messages) != 2 || len(page.Messages[1].ReplyMetadata().Previous) != 3 {
		t.Errorf("%+v %v", page, err)
	}
}

func TestStream_GivesUpWhenNothingNewComes(t *testing.T) {
	t.Parallel()
	unavailable := answer(503, `{"error":{"code":"unavailable","message":"Stopping."}}`)
	for _, c := range []struct {
		name  string
		every func(http.Handler) http.Handler
		want  interview.Code
	}{
		{"cut", cutAt(40), interview.CodeInterrupted},
		{"dropped", drop, interview.CodeUnavailable},
		{"refused", unavailable, interview.CodeUnavailable},
		{"not ours", answer(200, "<html>", "Content-Type", "text/html"), interview.CodeUnavailable},
		{"malformed", answer(200, "event: delta\nid: 1.1\ndata: {\n\n", "Content-Type", sse.ContentType), interview.CodeInterrupted},
		{"without id", answer(200, "event: delta\ndata: {\"text\":\"x\"}\n\n", "Content-Type", sse.ContentType), interview.CodeInterrupted},
		{"only comments", answer(200, ": keep-alive\n\n", "Content-Type", sse.ContentType), interview.CodeInterrupted},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			e := setup(t, func(o *client.Options) { o.Resumes = 5 })
			conversation, id := e.conversation(), interview.NewID()
			e.trouble.expect(cutAt(400))
			e.trouble.mu.Lock()
			e.trouble.every = c.every
			e.trouble.mu.Unlock()
			e.sleeps.take()
			got := follow(e.Send(t.Context(), conversation, interview.TurnInput{ID: id, Content: "x"}))
			if interview.ErrorCode(got.err) != c.want || got.count[interview.EventStarted] != 1 || got.count[interview.EventReconnecting] != 1 {
				t.Errorf("%+v", got)
			}
			if n := len(e.trouble.requests()); n != 6 || len(e.sleeps.take()) != 5 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

func TestStream_GivesUpBeforeStarted(t *testing.T) {
	t.Parallel()
	e := setup(t)
	c := e.conversation()
	e.trouble.expect(cutAt(20), cutAt(20), cutAt(20), cutAt(20))
	got := follow(e.Send(t.Context(), c, interview.TurnInput{Content: "x"}))
	if interview.ErrorCode(got.err) != interview.CodeUnavailable || len(got.count) != 0 {
		t.Errorf("%+v", got)
	}
}

func TestStream_StopsAtAnAnswer(t *testing.T) {
	t.Parallel()
	e := setup(t)
	c, id := e.conversation(), interview.NewID()
	gone := answer(404, `{"error":{"code":"not_found","message":"Message not found."}}`)
	e.trouble.expect(cutAt(400), gone)
	got := follow(e.Send(t.Context(), c, interview.TurnInput{ID: id, Content: "x"}))
	if interview.ErrorCode(got.err) != interview.CodeNotFound || len(e.trouble.requests()) != 2 {
		t.Errorf("%+v %q", got, e.trouble.requests())
	}
	got = follow(e.Send(t.Context(), c, interview.TurnInput{ID: id, Content: "other words"}))
	if interview.ErrorCode(got.err) != interview.CodeConflict {
		t.Errorf("%+v", got)
	}
}

func TestStream_SilenceIsACut(t *testing.T) {
	t.Parallel()
	e := setup(t, func(o *client.Options) { o.Silence = 300 * time.Millisecond })
	c, id := e.conversation(), interview.NewID()
	mute := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			sse.Headers(w.Header())
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		})
	}
	e.trouble.expect(pass, mute, mute)
	follow(e.Send(t.Context(), c, interview.TurnInput{ID: id, Content: "x"})).check(t, "sent", replyText)
	follow(e.Events(t.Context(), c, id, nil)).check(t, "after silence", replyText)
	if n := len(e.trouble.requests()); n < 4 { // more when the machine was slow to answer
		t.Errorf("%d requests", n)
	}
}

func TestStream_LeavingTheLoopEndsTheRequest(t *testing.T) {
	t.Parallel()
	let := make(chan struct{}, 1)
	e := setup(t)
	e.trouble.next = e.newServer(speaker{let: let})
	left := make(chan struct{})
	e.trouble.expect(pass, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(w, r)
			close(left)
		})
	})
	c := e.conversation()
	let <- struct{}{}
	for ev, err := range e.Send(t.Context(), c, interview.TurnInput{Content: "x"}) {
		if err != nil || ev.Kind == interview.EventDelta {
			break
		}
	}
	<-left
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	e.trouble.expect()
	page, err := e.ListMessages(t.Context(), c, interview.MessageQuery{})
	if err != nil {
		t.Fatal(err)
	}
	var last error
	for ev, err := range e.Events(ctx, c, page.Messages[0].ID, nil) {
		if ev.Kind == interview.EventDelta {
			cancel()
		}
		last = err
	}
	if last != context.Canceled {
		t.Errorf("%v", last)
	}
}

func TestStream_UnknownEventsAreSkipped(t *testing.T) {
	t.Parallel()
	e := setup(t)
	message := `{"id":"m","conversationId":"c","role":"assistant","content":"` + replyText + `","createdAt":"2026-11-23T09:00:00.000Z"}`
	e.trouble.expect(answer(200, "event: thinking\ndata: {\"about\":\"you\"}\n\ndata: 1\n\n"+
		"id: 1.33\nevent: delta\ndata: {\"text\":\""+replyText+"\",\"mood\":1}\n\n"+
		"event: completed\ndata: {\"message\":"+message+",\"more\":[]}\n\n", "Content-Type", "text/event-stream; charset=utf-8"))
	got := follow(e.Events(t.Context(), "c", "m", nil))
	got.check(t, "with unknown events", replyText)
}

// TestStream_ResumesOnAnotherServer has one server make the reply, while all readers are at another one of the same database.
func TestStream_ResumesOnAnotherServer(t *testing.T) {
	t.Parallel()
	let := make(chan struct{})
	e := setup(t)
	owner, other := e.newServer(speaker{let: let}), e.newServer(speaker{})
	c, id := e.conversation(), interview.NewID()
	e.trouble.mu.Lock()
	e.trouble.next = other
	e.trouble.mu.Unlock()
	say := func(pieces int) {
		for range pieces {
			let <- struct{}{}
		}
	}
	e.trouble.expect(func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			owner.ServeHTTP(&recordCutter{cutter{ResponseWriter: w}, 2}, r) // started and a delta
		})
	}, func(next http.Handler) http.Handler {
		go say(len([]rune(replyText)) - 1) // the rest, once the reader is at the other server
		return next
	})
	go say(1)
	got := follow(e.Send(t.Context(), c, interview.TurnInput{ID: id, Content: "x"}))
	got.check(t, "on two servers", replyText)
	seen := e.trouble.requests()
	if len(seen) != 2 || !strings.HasPrefix(seen[1], "GET events 1.") || got.count[interview.EventReplace] != 0 {
		t.Errorf("%q %v", seen, got.count)
	}
}

func TestSend_TwentyParallelSendsOfOneID(t *testing.T) {
	t.Parallel()
	e := setup(t)
	c := e.conversation()
	in := interview.TurnInput{ID: interview.NewID(), Content: "once"}
	e.trouble.expect(cutAt(10), lose, drop, cutAt(300), cutAt(450), drop)
	replies := make([]turn, 20)
	var wg sync.WaitGroup
	for i := range replies {
		wg.Go(func() { replies[i] = follow(e.Send(t.Context(), c, in)) })
	}
	wg.Wait()
	for i, got := range replies {
		got.check(t, fmt.Sprint("send ", i), replyText)
		if got.last.Message.ID != replies[0].last.Message.ID {
			t.Errorf("%+v", got.last)
		}
	}
	page, err := e.ListMessages(t.Context(), c, interview.MessageQuery{})
	if err != nil || len(page.Messages) != 2 {
		t.Errorf("%d messages, %v", len(page.Messages), err)
	}
}
