package interview_test

import (
	"context"
	"errors"
	"io"
	"iter"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/storage"
	"github.com/betterprofile/betterprofile/storage/storagetest"
)

// script is an agent that does as a test says.
type script struct {
	forgetful
	calls atomic.Int32
	reply func(ctx context.Context, in interview.ReplyRequest, emit func(interview.Delta) error) (interview.Reply, error)
}

func (*script) Engine() interview.EngineInfo { return interview.EngineInfo{Name: "script", Model: "m"} }

func (*script) Open(context.Context, interview.OpeningRequest) (interview.Reply, error) {
	return interview.Reply{Content: "Welcome. What did you do last?", Metadata: interview.ReplyMetadata{Engine: "script"}}, nil
}

func (s *script) Reply(ctx context.Context, in interview.ReplyRequest, emit func(interview.Delta) error) (interview.Reply, error) {
	s.calls.Add(1)
	return s.reply(ctx, in, emit)
}

// says is an agent that gives the pieces one by one.
func says(pieces ...string) *script {
	return &script{reply: func(_ context.Context, _ interview.ReplyRequest, emit func(interview.Delta) error) (interview.Reply, error) {
		for _, piece := range pieces {
			if err := emit(interview.Delta{Text: piece}); err != nil {
				return interview.Reply{}, err
			}
		}
		return finished(strings.Join(pieces, "")), nil
	}}
}

func finished(content string) interview.Reply {
	return interview.Reply{
		Content: content, Metadata: interview.ReplyMetadata{Engine: "script", Model: "m"}, State: []byte(`{"v":1}`), Title: "A title",
		Usage: interview.Usage{InputTokens: 3, OutputTokens: 2},
	}
}

// held is an agent that says a part, then waits: for the gate (and then finishes with the rest), or for the end of its context.
type held struct {
	script
	spoke chan struct{} // a value for each call that has said its part
	gate  chan struct{}
}

func holds(part, rest string) *held {
	h := &held{spoke: make(chan struct{}, 100), gate: make(chan struct{})}
	h.reply = func(ctx context.Context, _ interview.ReplyRequest, emit func(interview.Delta) error) (interview.Reply, error) {
		if err := emit(interview.Delta{Text: part}); err != nil {
			return interview.Reply{}, err
		}
		h.spoke <- struct{}{}
		select {
		case <-h.gate:
		case <-ctx.Done():
			return interview.Reply{}, context.Cause(ctx)
		}
		if err := emit(interview.Delta{Text: rest}); err != nil {
			return interview.Reply{}, err
		}
		return finished(part + rest), nil
	}
	return h
}

// world is a store with a user and a conversation.
type world struct {
	*storage.DB
	user, conversation string
}

func newWorld(t *testing.T) world {
	t.Helper()
	return worldIn(t, storagetest.SQLite(t))
}

// worldIn is a new user's world in a database.
func worldIn(t *testing.T, db *storage.DB) world {
	t.Helper()
	user := storagetest.User(t, db)
	c, err := db.CreateConversation(t.Context(), user.ID, interview.Conversation{ID: interview.NewID()})
	if err != nil {
		t.Fatal(err)
	}
	return world{DB: db, user: user.ID, conversation: c.ID}
}

// serve starts a Service that ends with the test. The times are short, so that nothing waits for long.
func (w world) serve(t *testing.T, agent interview.Agent, change ...func(*interview.Options)) *interview.Service {
	t.Helper()
	opts := interview.Options{
		CheckpointEvery: 10 * time.Millisecond, TouchEvery: 20 * time.Millisecond, ScanEvery: 10 * time.Millisecond, PollEvery: 10 * time.Millisecond,
	}
	for _, f := range change {
		f(&opts)
	}
	s := interview.NewService(w.DB, agent, opts)
	t.Cleanup(func() { closeNow(s) })
	return s
}

// closeNow ends a Service without waiting for its turns.
func closeNow(s *interview.Service) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	s.Close(ctx)
}

func (w world) send(t *testing.T, s *interview.Service, in interview.TurnInput) iter.Seq2[interview.Event, error] {
	t.Helper()
	events, err := s.Send(t.Context(), w.user, w.conversation, in)
	if err != nil {
		t.Fatalf("send: %v", err)
	}
	return events
}

// outcome is what a reader of a stream ends up with.
type outcome struct {
	text  string
	kinds []interview.EventKind
	last  interview.Event
	err   error
}

// collect reads a stream to its end.
func collect(events iter.Seq2[interview.Event, error]) outcome {
	var o outcome
	for ev, err := range events {
		if err != nil {
			o.err = err
			return o
		}
		o.kinds, o.last = append(o.kinds, ev.Kind), ev
		switch ev.Kind {
		case interview.EventDelta:
			o.text += ev.Text
		case interview.EventReplace:
			o.text = ev.Text
		}
	}
	return o
}

func (w world) stored(t *testing.T) []interview.Message {
	t.Helper()
	view, err := w.GetConversation(t.Context(), w.user, w.conversation, 200)
	if err != nil {
		t.Fatal(err)
	}
	return view.Conversation.Messages
}

func hello() interview.TurnInput {
	return interview.TurnInput{ID: interview.NewID(), Content: "hello"}
}

func TestSend_QuestionIsStoredBeforeTheAgentIsAsked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var before []interview.Message
	agent := says("What ", "then?")
	inner := agent.reply
	agent.reply = func(ctx context.Context, in interview.ReplyRequest, emit func(interview.Delta) error) (interview.Reply, error) {
		before = w.stored(t)
		return inner(ctx, in, emit)
	}
	in := hello()
	got := collect(w.send(t, w.serve(t, agent), in))
	if got.err != nil || got.last.Kind != interview.EventCompleted || got.kinds[0] != interview.EventStarted {
		t.Fatalf("got %+v", got)
	}
	if len(before) != 1 || before[0].ID != in.ID || before[0].Turn == nil || before[0].Turn.Status != interview.TurnRunning {
		t.Errorf("when the agent was asked, the store held %+v", before)
	}
	stored := w.stored(t)
	if len(stored) != 2 || stored[0].Content != "hello" || stored[0].Turn != nil || stored[1].Content != "What then?" {
		t.Errorf("stored: %+v", stored)
	}
	if got.text != "What then?" || got.last.Message.ID != stored[1].ID || got.last.UserMessage.ID != in.ID || got.last.Title != "A title" {
		t.Errorf("got %+v", got)
	}
	if meta := stored[1].ReplyMetadata(); meta.Engine != "script" || meta.Model != "m" {
		t.Errorf("metadata %+v", meta)
	}
}

func TestSend_ReplyIsFinishedWhenTheReaderGoes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	agent := holds("part", " and rest")
	s := w.serve(t, agent)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	in := hello()
	events, err := s.Send(ctx, w.user, w.conversation, in)
	if err != nil {
		t.Fatal(err)
	}
	for ev, err := range events {
		if err != nil {
			break
		}
		if ev.Kind == interview.EventDelta {
			cancel() // the reader leaves in mid-reply
		}
	}
	close(agent.gate)
	followed, err := s.Follow(t.Context(), w.user, w.conversation, in.ID, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := collect(followed); got.text != "part and rest" || got.last.Kind != interview.EventCompleted {
		t.Errorf("got %+v", got)
	}
}

func TestSend_ParallelSendsOfOneMessageAreOneTurn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	agent := says("once")
	s, in := w.serve(t, agent), hello()
	var wg sync.WaitGroup
	got := make([]outcome, 20)
	for i := range got {
		wg.Go(func() {
			events, err := s.Send(t.Context(), w.user, w.conversation, in)
			if err != nil {
				got[i].err = err
				return
			}
			got[i] = collect(events)
		})
	}
	wg.Wait()
	for i, o := range got {
		if o.err != nil || o.text != "once" || o.last.Kind != interview.EventCompleted || o.last.Message.ID != got[0].last.Message.ID {
			t.Errorf("sender %d got %+v", i, o)
		}
	}
	if n := agent.calls.Load(); n != 1 || len(w.stored(t)) != 2 {
		t.Errorf("%d calls, stored %+v", n, w.stored(t))
	}
}

func TestSend_OtherTurnsAreRefusedByTheirReason(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	agent := holds("a", "b")
	s, in := w.serve(t, agent), hello()
	w.send(t, s, in)
	<-agent.spoke
	for want, send := range map[interview.Code]func() (iter.Seq2[interview.Event, error], error){
		interview.CodeTurnInProgress: func() (iter.Seq2[interview.Event, error], error) {
			return s.Send(t.Context(), w.user, w.conversation, hello())
		},
		interview.CodeConflict: func() (iter.Seq2[interview.Event, error], error) {
			return s.Send(t.Context(), w.user, w.conversation, interview.TurnInput{ID: in.ID, Content: "other"})
		},
		interview.CodeNotFound: func() (iter.Seq2[interview.Event, error], error) {
			return s.Send(t.Context(), "somebody", w.conversation, hello())
		},
		interview.CodeInvalid: func() (iter.Seq2[interview.Event, error], error) {
			return s.Send(t.Context(), w.user, w.conversation, interview.TurnInput{Content: " "})
		},
	} {
		if _, err := send(); interview.ErrorCode(err) != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	close(agent.gate)
}

func TestSend_AFailedTurnKeepsWhatWasSaidAndRunsAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	agent := says("all of it")
	whole := agent.reply
	agent.reply = func(_ context.Context, _ interview.ReplyRequest, emit func(interview.Delta) error) (interview.Reply, error) {
		_ = emit(interview.Delta{Text: "half"})
		return interview.Reply{}, &interview.Error{Code: interview.CodeModelUnavailable, Message: "Down.", Details: interview.Details{Reason: "cut"}}
	}
	s, in := w.serve(t, agent), hello()
	got := collect(w.send(t, s, in))
	if got.last.Kind != interview.EventFailed || got.last.Error.Code != interview.CodeModelUnavailable || got.last.Message.Content != "half" {
		t.Fatalf("got %+v", got)
	}
	stored := w.stored(t)
	if turn := stored[0].Turn; len(stored) != 2 || turn == nil || turn.Status != interview.TurnFailed || turn.Error.Details.Reason != "cut" {
		t.Errorf("stored %+v", stored)
	}
	if stored[1].ReplyMetadata().Status != "failed" {
		t.Errorf("the part is not marked: %s", stored[1].Metadata)
	}
	agent.reply = whole
	again := collect(w.send(t, s, in))
	stored = w.stored(t)
	if again.last.Kind != interview.EventCompleted || len(stored) != 2 || stored[1].Content != "all of it" || stored[0].Turn != nil {
		t.Errorf("again: %+v, stored %+v", again, stored)
	}
	if stored[1].ReplyMetadata().Status != "" {
		t.Errorf("the complete reply is still marked: %s", stored[1].Metadata)
	}
}

func TestSend_APanicEndsTheTurnNotTheServer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	agent := &script{reply: func(context.Context, interview.ReplyRequest, func(interview.Delta) error) (interview.Reply, error) {
		panic("boom")
	}}
	got := collect(w.send(t, w.serve(t, agent), hello()))
	if got.last.Kind != interview.EventFailed || got.last.Error.Code != interview.CodeInternal || strings.Contains(got.last.Error.Message, "boom") {
		t.Errorf("got %+v", got)
	}
}

func TestSend_ATooLongReplyIsCutWithAMark(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.serve(t, says("12345", "67890", "never"), func(o *interview.Options) { o.MaxReplyRunes = 8 })
	got := collect(w.send(t, s, hello()))
	if got.last.Kind != interview.EventCompleted || got.text != "12345678\n\n[…]" || got.last.Message.Content != got.text {
		t.Errorf("got %+v", got)
	}
	if !got.last.Message.ReplyMetadata().Cut {
		t.Errorf("metadata %s does not say that it was cut", got.last.Message.Metadata)
	}
}

func TestSend_AReplacedReplyIsReplacedForReadersToo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	agent := &script{reply: func(_ context.Context, _ interview.ReplyRequest, emit func(interview.Delta) error) (interview.Reply, error) {
		_ = emit(interview.Delta{Text: "wrong"})
		_ = emit(interview.Delta{Text: "right", Replace: true})
		return finished("right"), nil
	}}
	got := collect(w.send(t, w.serve(t, agent), hello()))
	if got.text != "right" || got.last.Message.Content != "right" {
		t.Errorf("got %+v", got)
	}
}

// The number of an attempt is in the database before a reader has it: another server that took the turn over counts up to the same.
func TestSend_AReplacedReplyIsNotShownByAServerThatLostTheTurn(t *testing.T) {
	t.Parallel()
	for name, replace := range map[string]func(emit func(interview.Delta) error) (interview.Reply, error){
		"in the middle": func(emit func(interview.Delta) error) (interview.Reply, error) {
			err := emit(interview.Delta{Text: "other words", Replace: true})
			return finished("other words"), err
		},
		"at the end": func(func(interview.Delta) error) (interview.Reply, error) { return finished("other words"), nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			gate, spoke := make(chan struct{}), make(chan struct{})
			agent := &script{reply: func(_ context.Context, _ interview.ReplyRequest, emit func(interview.Delta) error) (interview.Reply, error) {
				if err := emit(interview.Delta{Text: "first words"}); err != nil {
					return interview.Reply{}, err
				}
				close(spoke)
				<-gate
				return replace(emit)
			}}
			frozen := w.serve(t, agent, func(o *interview.Options) { o.LeaseFor, o.CheckpointEvery = 50*time.Millisecond, -1 })
			in := hello()
			events := w.send(t, frozen, in)
			<-spoke
			w.take(t, interview.Lease{Owner: "other", For: time.Hour})
			close(gate)
			shown := make(chan outcome, 1)
			go func() { shown <- collect(events) }()
			turn, err := w.GetTurn(t.Context(), w.user, w.conversation, in.ID)
			if err != nil {
				t.Fatal(err)
			}
			_, err = w.FinishTurn(t.Context(), w.user, interview.TurnEnd{
				ConversationID: w.conversation, MessageID: in.ID, Message: turn.Message, Owner: "other", Attempt: turn.Attempt, Status: interview.TurnCompleted,
				ReplyID: interview.NewID(), ReplyContent: "OTHER words, and more of them",
			})
			if err != nil {
				t.Fatal(err)
			}
			if got := <-shown; got.text != "OTHER words, and more of them" || got.last.Kind != interview.EventCompleted {
				t.Errorf("the reader got %+v", got)
			}
		})
	}
}

func TestCancel_KeepsThePartAndFreesTheConversation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	agent := holds("part", "rest")
	s, in := w.serve(t, agent), hello()
	events := w.send(t, s, in)
	<-agent.spoke
	turn, err := s.Cancel(t.Context(), w.user, w.conversation, in.ID)
	if err != nil || turn.Status != interview.TurnCancelled || turn.Reply == nil || turn.Reply.Content != "part" {
		t.Fatalf("got %+v, %v", turn, err)
	}
	if got := collect(events); got.last.Kind != interview.EventCancelled || got.last.Message.Content != "part" {
		t.Errorf("the reader got %+v", got)
	}
	if _, err := s.Cancel(t.Context(), w.user, w.conversation, in.ID); interview.ErrorCode(err) != interview.CodeConflict || interview.AsError(err).Details.Status != "cancelled" {
		t.Errorf("cancelling again: %v", err)
	}
	close(agent.gate)
	if got := collect(w.send(t, s, hello())); got.last.Kind != interview.EventCompleted {
		t.Errorf("the next message: %+v", got)
	}
}

func TestCancel_ReachesATurnOnAnotherServer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	agent := holds("part", "rest")
	owner, other, in := w.serve(t, agent), w.serve(t, says()), hello()
	w.send(t, owner, in)
	<-agent.spoke
	turn, err := other.Cancel(t.Context(), w.user, w.conversation, in.ID)
	if err != nil || turn.Status != interview.TurnCancelled || turn.Reply.Content != "part" {
		t.Fatalf("got %+v, %v", turn, err)
	}
}

func TestRetry_MakesANewReplyInThePlaceOfTheOld(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	agent := says("first")
	s, in := w.serve(t, agent), hello()
	first := collect(w.send(t, s, in))
	agent.reply = says("second").reply
	events, err := s.Retry(t.Context(), w.user, w.conversation, in.ID)
	if err != nil {
		t.Fatal(err)
	}
	second := collect(events)
	stored := w.stored(t)
	if second.text != "second" || len(stored) != 2 || stored[1].ID != first.last.Message.ID || stored[1].Content != "second" {
		t.Fatalf("got %+v, stored %+v", second, stored)
	}
	if previous := stored[1].ReplyMetadata().Previous; len(previous) != 1 || previous[0] != "first" {
		t.Errorf("previous %q", previous)
	}
	agent.reply = func(_ context.Context, _ interview.ReplyRequest, emit func(interview.Delta) error) (interview.Reply, error) {
		_ = emit(interview.Delta{Text: "thi"})
		return interview.Reply{}, errors.New("down")
	}
	events, err = s.Retry(t.Context(), w.user, w.conversation, in.ID)
	if err != nil {
		t.Fatal(err)
	}
	third := collect(events)
	if stored := w.stored(t); third.last.Kind != interview.EventFailed || stored[1].Content != "second" || stored[0].Turn != nil {
		t.Errorf("a failed new reply: %+v, stored %+v", third, stored)
	}
}

func TestRetry_AReaderWhoComesLateGetsTheEndOfTheNewReply(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	agent := says("first")
	s, in := w.serve(t, agent), hello()
	collect(w.send(t, s, in))
	failed := make(chan struct{})
	agent.reply = func(context.Context, interview.ReplyRequest, func(interview.Delta) error) (interview.Reply, error) {
		defer close(failed)
		return interview.Reply{}, errors.New("down")
	}
	events, err := s.Retry(t.Context(), w.user, w.conversation, in.ID)
	if err != nil {
		t.Fatal(err)
	}
	<-failed
	until(t, func() bool {
		turn, err := w.GetTurn(t.Context(), w.user, w.conversation, in.ID)
		return err == nil && turn.Status == interview.TurnCompleted
	})
	if got := collect(events); got.last.Kind != interview.EventFailed || got.last.Message.Content != "first" {
		t.Errorf("got %+v", got)
	}
}

// onTurnEnded is a log that calls f when a turn's end is stored and its readers do not know of it yet.
type onTurnEnded struct {
	slog.Handler
	f func()
}

func (l onTurnEnded) Handle(ctx context.Context, record slog.Record) error {
	if record.Message == "turn ended" {
		l.f()
	}
	return l.Handler.Handle(ctx, record)
}

func TestRetry_BeforeTheFirstReplysGoroutineHasEnded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	agent, in := holds("part", " and rest"), hello()
	first := agent.reply
	agent.reply = says("first").reply
	var s *interview.Service
	var events iter.Seq2[interview.Event, error]
	retry := sync.OnceFunc(func() {
		agent.reply = first
		var err error
		if events, err = s.Retry(t.Context(), w.user, w.conversation, in.ID); err != nil {
			t.Error(err)
		}
	})
	s = w.serve(t, agent, func(o *interview.Options) { o.Log = slog.New(onTurnEnded{slog.NewTextHandler(io.Discard, nil), retry}) })
	if got := collect(w.send(t, s, in)); got.text != "first" || got.last.Kind != interview.EventCompleted {
		t.Fatalf("the first reply: %+v", got)
	}
	<-agent.spoke
	until(t, func() bool { // the new reply is looked after like any other
		turn, err := w.GetTurn(t.Context(), w.user, w.conversation, in.ID)
		return err == nil && turn.Partial == "part"
	})
	close(agent.gate)
	if got := collect(events); got.text != "part and rest" || got.last.Kind != interview.EventCompleted {
		t.Errorf("the new reply: %+v", got)
	}
}

func TestFollow_AnotherServerGivesTheSameReply(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	agent := holds("The first half → ", "and the second.")
	owner, other, in := w.serve(t, agent), w.serve(t, says()), hello()
	w.send(t, owner, in)
	<-agent.spoke
	for _, offset := range []int{0, 4, 15, 16, 17, 19, 400} { // 15 to 17 are inside the arrow
		events, err := other.Follow(t.Context(), w.user, w.conversation, in.ID, &interview.EventID{Attempt: 1, Offset: offset})
		if err != nil {
			t.Fatal(err)
		}
		whole := "The first half → and the second."
		t.Run("", func(t *testing.T) {
			t.Parallel()
			got := outcome{text: whole[:min(offset, len(whole))]}
			for ev, err := range events {
				switch {
				case err != nil:
					t.Fatal(err)
				case ev.Kind == interview.EventDelta:
					got.text += ev.Text
				case ev.Kind == interview.EventReplace:
					got.text = ev.Text
				}
				got.last = ev
			}
			if got.text != whole || got.last.Kind != interview.EventCompleted {
				t.Errorf("from %d: %+v", offset, got)
			}
		})
	}
	close(agent.gate)
}

func TestTakeover_AnotherServerFinishesTheTurnOfADeadOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	agent := holds("lost ", "never")
	dead := w.serve(t, agent, func(o *interview.Options) {
		o.LeaseFor, o.CheckpointEvery = 50*time.Millisecond, -1 // it never says that it lives
	})
	in := hello()
	events := w.send(t, dead, in)
	<-agent.spoke
	w.serve(t, says("found"))
	followed, err := w.serve(t, says("not asked")).Follow(t.Context(), w.user, w.conversation, in.ID, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := collect(followed); got.text != "found" && got.text != "not asked" {
		t.Fatalf("got %+v", got)
	}
	close(agent.gate) // the dead one wakes up, and must not do harm
	got := collect(events)
	if got.last.Kind != interview.EventCompleted || got.text == "lost never" {
		t.Errorf("its reader got %+v", got)
	}
	if stored := w.stored(t); len(stored) != 2 || stored[1].Content != got.text {
		t.Errorf("stored %+v, the reader has %q", stored, got.text)
	}
}

func TestClose_HandsRunningTurnsOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	agent := holds("part", "rest")
	s, in := w.serve(t, agent), hello()
	events := w.send(t, s, in)
	<-agent.spoke
	closeNow(s)
	if got := collect(events); interview.ErrorCode(got.err) != interview.CodeUnavailable {
		t.Errorf("the reader got %+v", got)
	}
	if _, err := s.Send(t.Context(), w.user, w.conversation, hello()); interview.ErrorCode(err) != interview.CodeUnavailable {
		t.Errorf("sending to a closed server: %v", err)
	}
	turn, err := w.GetTurn(t.Context(), w.user, w.conversation, in.ID)
	if err != nil || turn.Status != interview.TurnRunning || turn.Partial != "part" {
		t.Errorf("left behind: %+v, %v", turn, err)
	}
	next := w.serve(t, says("new"))
	followed, err := next.Follow(t.Context(), w.user, w.conversation, in.ID, &interview.EventID{Attempt: 1, Offset: 4})
	if err != nil {
		t.Fatal(err)
	}
	if got := collect(followed); got.text != "new" || got.last.Kind != interview.EventCompleted {
		t.Errorf("on the next server: %+v", got)
	}
}

func TestClose_WaitsForRunningTurnsWithinItsTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	agent := holds("part ", "rest")
	s := w.serve(t, agent)
	events := w.send(t, s, hello())
	<-agent.spoke
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		s.Close(context.Background())
	}()
	until(t, s.Closing)
	close(agent.gate)
	<-closed
	if got := collect(events); got.text != "part rest" || got.last.Kind != interview.EventCompleted {
		t.Errorf("got %+v", got)
	}
}

func TestClose_LeavesNoGoroutine(t *testing.T) {
	w := newWorld(t)
	before := goleak.IgnoreCurrent()
	agent := holds("a", "b")
	s := interview.NewService(w.DB, agent, interview.Options{})
	w.send(t, s, hello())
	<-agent.spoke
	closeNow(s)
	goleak.VerifyNone(t, before)
	if n := w.Stats().InUse; n != 0 {
		t.Errorf("%d connections are still in use", n)
	}
}

func TestTakeover_EndsAfterThreeCutReplies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := hello()
	lease := interview.Lease{Owner: "dead#1", For: time.Microsecond}
	if _, _, err := w.BeginTurn(t.Context(), w.user, w.conversation, in, lease); err != nil {
		t.Fatal(err)
	}
	for attempt := 1; attempt <= 3; attempt++ {
		p := interview.TurnProgress{MessageID: in.ID, Attempt: attempt, Partial: "so far"}
		if _, err := w.Checkpoint(t.Context(), lease, []interview.TurnProgress{p}); err != nil {
			t.Fatal(err)
		}
		if attempt == 3 {
			break
		}
		lease.Owner += "x"
		w.take(t, lease)
	}
	agent := says("never")
	followed, err := w.serve(t, agent).Follow(t.Context(), w.user, w.conversation, in.ID, nil)
	if err != nil {
		t.Fatal(err)
	}
	got := collect(followed)
	if got.last.Kind != interview.EventFailed || got.last.Error.Code != interview.CodeInterrupted || got.last.Message.Content != "so far" {
		t.Errorf("got %+v", got)
	}
	if agent.calls.Load() != 0 {
		t.Error("the agent was asked a fourth time")
	}
}

// late is a store that answers a begin only when abandoned turns have been looked for some times since.
type late struct {
	interview.Store
	scans chan struct{}
}

func (l *late) BeginTurn(
	ctx context.Context, userID, conversationID string, in interview.TurnInput, lease interview.Lease,
) (interview.Turn, bool, error) {
	turn, began, err := l.Store.BeginTurn(ctx, userID, conversationID, in, lease)
	for range 10 {
		<-l.scans
	}
	return turn, began, err
}

func (l *late) TakeTurns(ctx context.Context, lease interview.Lease, limit int, held ...string) ([]interview.Turn, error) {
	turns, err := l.Store.TakeTurns(ctx, lease, limit, held...)
	select {
	case l.scans <- struct{}{}:
	default:
	}
	return turns, err
}

// A turn whose lease runs out while it is being begun, because the program stood still, is not abandoned.
func TestTakeover_LeavesWhatIsJustBeginning(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	agent := says("Hi.")
	s := interview.NewService(&late{w.DB, make(chan struct{})}, agent, interview.Options{LeaseFor: time.Millisecond, ScanEvery: 2 * time.Millisecond, CheckpointEvery: -1})
	t.Cleanup(func() { closeNow(s) })
	got := collect(w.send(t, s, hello()))
	if got.text != "Hi." || got.last.Kind != interview.EventCompleted || agent.calls.Load() != 1 {
		t.Errorf("%+v after %d calls", got, agent.calls.Load())
	}
}

// take takes over the one abandoned turn, as soon as its lease has run out.
func (w world) take(t *testing.T, lease interview.Lease) {
	t.Helper()
	until(t, func() bool {
		turns, err := w.TakeTurns(t.Context(), lease, 10)
		if err != nil {
			t.Fatal(err)
		}
		return len(turns) == 1
	})
}

// until looks again and again until a condition holds.
func until(t *testing.T, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-t.Context().Done():
			t.Fatal("it never came to hold")
		}
	}
}

func TestCreateConversation_OpensUnlessToldNotTo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s, no := w.serve(t, says()), false
	opened, err := s.CreateConversation(t.Context(), w.user, interview.ConversationInput{})
	if err != nil || len(opened.Messages) != 1 || opened.Messages[0].Role != interview.RoleAssistant {
		t.Errorf("got %+v, %v", opened, err)
	}
	in := interview.ConversationInput{ID: interview.NewID(), Title: " Ward ", Opening: &no}
	silent, err := s.CreateConversation(t.Context(), w.user, in)
	if err != nil || silent.Messages == nil || len(silent.Messages) != 0 || silent.ID != in.ID || silent.Title != "Ward" {
		t.Errorf("got %+v, %v", silent, err)
	}
	again, err := s.CreateConversation(t.Context(), w.user, in)
	if err != nil || again.ID != silent.ID || !again.CreatedAt.Equal(silent.CreatedAt.Time) {
		t.Errorf("again: %+v, %v", again, err)
	}
}
