package storagetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/betterprofile/betterprofile/interview"
)

// atOnce calls f from n goroutines.
func atOnce(n int, f func(i int)) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			f(i)
		})
	}
	close(start)
	wg.Wait()
}

func concurrencyTests(t *testing.T, test tester) {
	test(t, "learning, forgetting and deleting at once leave no fact without its words", func(t *testing.T, s *setup) {
		shared := s.say("I built the ledger at Brightpost.")
		atOnce(8, func(i int) {
			worker := *s
			for n := range 6 {
				worker.muddle(i+n, shared)
			}
		})
		known := s.memory()
		for _, f := range known.Facts {
			ids := []string{}
			for _, source := range f.Sources {
				ids = append(ids, source.MessageID)
			}
			contents := get(s.db.LoadContents(t.Context(), s.user, ids)).or(t)
			if err := interview.CheckFact(f, contents); err != nil {
				t.Errorf("the fact %+v of %q: %v", f, contents, err)
			}
		}
		if len(known.Facts) == 0 {
			t.Error("nothing is known")
		}
	})
	test(t, "of many BeginTurn with one id, one begins", func(t *testing.T, s *setup) {
		id := interview.NewID()
		turns, began, errs := make([]interview.Turn, 20), make([]bool, 20), make([]error, 20)
		atOnce(20, func(i int) {
			turns[i], began[i], errs[i] = s.db.BeginTurn(t.Context(), s.user, s.conv, interview.TurnInput{ID: id, Content: "Hello"}, lease("a"))
		})
		same(t, count(began), 1)
		for i, err := range errs {
			if err != nil {
				t.Fatal(err)
			}
			same(t, turns[i], turns[0])
		}
		same(t, len(s.messages()), 1)
	})
	test(t, "of many BeginTurn with different ids, one begins", func(t *testing.T, s *setup) {
		began, errs := make([]bool, 20), make([]error, 20)
		atOnce(20, func(i int) {
			_, began[i], errs[i] = s.db.BeginTurn(t.Context(), s.user, s.conv, interview.TurnInput{Content: fmt.Sprint(i)}, lease("a"))
		})
		same(t, count(began), 1)
		for i, err := range errs {
			if !began[i] {
				refused(t, err, interview.CodeTurnInProgress)
			}
		}
		same(t, len(s.messages()), 1)
	})
	test(t, "of many BeginTurn with one id in different conversations, one begins", func(t *testing.T, s *setup) {
		id, convs, began := interview.NewID(), make([]string, 10), make([]bool, 10)
		for i := range convs {
			convs[i] = s.create().ID
		}
		errs := make([]error, 10)
		atOnce(10, func(i int) {
			_, began[i], errs[i] = s.db.BeginTurn(t.Context(), s.user, convs[i], interview.TurnInput{ID: id, Content: "Hello"}, lease("a"))
		})
		same(t, count(began), 1)
		for i, err := range errs {
			if !began[i] {
				refused(t, err, interview.CodeConflict)
			}
		}
	})
	test(t, "messages stay in order while many turns begin and end at once", func(t *testing.T, s *setup) {
		atOnce(5, func(i int) {
			for n := range 6 {
				if err := s.exchange(t.Context(), fmt.Sprintf("%d.%d", i, n)); err != nil {
					t.Errorf("turn %d.%d: %v", i, n, err)
				}
			}
		})
		messages := s.messages()
		same(t, len(messages), 60)
		ordered(t, messages)
		for i := 0; i+1 < len(messages); i += 2 {
			same(t, messages[i+1].Content, "reply to "+messages[i].Content)
		}
		same(t, s.conversation().UpdatedAt, messages[59].CreatedAt)
	})
	test(t, "of many RetryTurn, one begins", func(t *testing.T, s *setup) {
		turn := s.ended(interview.TurnFailed, "H")
		errs := make([]error, 10)
		atOnce(10, func(i int) {
			_, errs[i] = s.db.RetryTurn(t.Context(), s.user, s.conv, turn.Message.ID, lease("a"))
		})
		began := 0
		for _, err := range errs {
			if err == nil {
				began++
				continue
			}
			refusedIn(t, err, interview.TurnRunning)
		}
		same(t, began, 1)
		same(t, s.turn(turn.Message.ID).Attempt, 2)
	})
	test(t, "of many TakeTurns, one gets each turn", func(t *testing.T, s *setup) {
		for range 5 {
			s.conv = s.create().ID
			s.begin("Hello", lost("a"))
		}
		got := make([]int, 8)
		atOnce(8, func(i int) {
			turns, err := s.db.TakeTurns(t.Context(), lease(fmt.Sprint(i)), 10)
			if err != nil {
				t.Errorf("take turns: %v", err)
			}
			got[i] = len(turns)
		})
		sum := 0
		for _, n := range got {
			sum += n
		}
		same(t, sum, 5)
	})
	test(t, "of many CreateConversation with one id, all return the one", func(t *testing.T, s *setup) {
		id, all, errs := interview.NewID(), make([]interview.Conversation, 10), make([]error, 10)
		atOnce(10, func(i int) {
			all[i], errs[i] = s.db.CreateConversation(t.Context(), s.user, interview.Conversation{ID: id, Messages: []interview.Message{
				{ID: interview.NewID(), Role: interview.RoleAssistant, Content: fmt.Sprint(i)},
			}})
		})
		for i, err := range errs {
			if err != nil {
				t.Fatal(err)
			}
			same(t, all[i], all[0])
		}
	})
	test(t, "a cancelled context is its own error", func(t *testing.T, s *setup) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := s.db.GetConversation(ctx, s.user, s.conv, 1)
		_, _, err2 := s.db.BeginTurn(ctx, s.user, s.conv, interview.TurnInput{Content: "Hello"}, lease("a"))
		for _, err := range []error{err, err2, s.db.Ping(ctx)} {
			if !errors.Is(err, context.Canceled) || interview.ErrorCode(err) == interview.CodeUnavailable {
				t.Fatalf("error %v", err)
			}
		}
	})
	test(t, "a context whose time is over is unavailable", func(t *testing.T, s *setup) {
		ctx, cancel := context.WithTimeout(t.Context(), 0)
		defer cancel()
		_, err := s.db.GetConversation(ctx, s.user, s.conv, 1)
		refused(t, err, interview.CodeUnavailable)
		same(t, interview.AsError(err).Details.RetryAfterSeconds, 1)
	})
}

// exchange begins a turn as soon as it can and ends it.
func (s *setup) exchange(ctx context.Context, content string) error {
	for {
		turn, _, err := s.db.BeginTurn(ctx, s.user, s.conv, interview.TurnInput{Content: content}, lease("a"))
		if interview.ErrorCode(err) == interview.CodeTurnInProgress {
			continue
		}
		if err != nil {
			return err
		}
		_, err = s.db.FinishTurn(ctx, s.user, s.end(turn, interview.TurnCompleted, "reply to "+content))
		return err
	}
}

func count(flags []bool) int {
	n := 0
	for _, flag := range flags {
		if flag {
			n++
		}
	}
	return n
}

// muddle does one of the things that change what is known, in a way that others may be in the way of. No turn may be lost by it.
func (s *setup) muddle(what int, shared interview.Message) {
	ctx := s.t.Context()
	c, err := s.db.CreateConversation(ctx, s.user, interview.Conversation{ID: interview.NewID()})
	turn, _, err2 := s.db.BeginTurn(ctx, s.user, c.ID, interview.TurnInput{ID: interview.NewID(), Content: "The ledger was big."}, lease("a"))
	if err != nil || err2 != nil {
		s.t.Errorf("begin: %v, %v", err, err2)
		return
	}
	fact := factIn(s.t, "ledger", turn.Message, shared)
	end := s.end(turn, interview.TurnCompleted, "Big?")
	end.Learned = interview.Learned{Facts: []interview.Fact{fact}, Threads: []interview.Thread{threadIn(s.t, "was big", turn.Message)}}
	if _, err := s.db.FinishTurn(ctx, s.user, end); err != nil {
		s.t.Errorf("finish: %v", err)
	}
	switch what % 4 {
	case 0:
		err = s.db.DeleteConversation(ctx, s.user, c.ID)
	case 1:
		_, err = s.db.Forget(ctx, s.user, interview.ForgetInput{MessageIDs: []string{turn.Message.ID}})
		if interview.ErrorCode(err) == interview.CodeTurnInProgress {
			err = nil
		}
	case 2:
		fact.Status = interview.FactConfirmed
		_, _, err = s.db.Learn(ctx, s.user, s.memory().Version.Epoch, interview.Learned{Facts: []interview.Fact{fact}})
	default:
		e := interview.Episode{ID: interview.NewID(), ConversationID: c.ID, From: 1, To: 2, LastMessage: turn.Message.ID, Text: "A ledger."}
		_, err = s.db.AddEpisode(ctx, s.user, 0, e, "")
	}
	if err != nil {
		s.t.Errorf("%d: %v", what%4, err)
	}
}
