package storagetest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/betterprofile/betterprofile/interview"
)

func beginTests(t *testing.T, test tester) {
	test(t, "BeginTurn stores the message and a running turn", func(t *testing.T, s *setup) {
		was := s.conversation()
		turn := s.begin("Hello", lease("a"))
		m := turn.Message
		if turn.UserID != s.user || turn.Status != interview.TurnRunning || turn.Attempt != 1 || turn.Takeovers != 0 || turn.Reply != nil {
			t.Fatalf("began %+v", turn)
		}
		same(t, m.Turn, &interview.TurnState{Status: interview.TurnRunning, Attempt: 1})
		c := s.conversation()
		same(t, c.Messages, []interview.Message{m})
		same(t, c.UpdatedAt, m.CreatedAt)
		if m.CreatedAt.Sub(was.UpdatedAt.Time) < time.Millisecond {
			t.Fatalf("the message is at %v, the conversation was at %v", m.CreatedAt, was.UpdatedAt)
		}
		same(t, s.turn(m.ID), turn)
	})
	test(t, "BeginTurn returns the same input's turn as it stands", func(t *testing.T, s *setup) {
		turn := s.begin("Hello", lease("a"))
		s.again(turn, false)
		done := s.finish(s.end(turn, interview.TurnCompleted, "Hi"))
		same(t, s.again(turn, false), done)
		same(t, contents(s.messages()), []string{"Hello", "Hi"})
	})
	test(t, "BeginTurn begins one again that failed or was cancelled", func(t *testing.T, s *setup) {
		for _, status := range []interview.TurnStatus{interview.TurnFailed, interview.TurnCancelled} {
			turn := s.ended(status, "")
			again := s.again(turn, true)
			if again.Status != interview.TurnRunning || again.Attempt != 2 || again.Takeovers != 0 || again.Error != nil || again.Engine != "" {
				t.Fatalf("after %s: %+v", status, again)
			}
			same(t, s.turn(turn.Message.ID), again)
			s.finish(s.end(again, interview.TurnCompleted, "Hi"))
		}
	})
	test(t, "BeginTurn says that a known conversation is unchanged only when it is", func(t *testing.T, s *setup) {
		var known interview.TurnContext // at the revision
		revision := ""
		for n, between := range []func(){
			func() {}, func() {}, func() {},
			func() { s.ended(interview.TurnCompleted, "Elsewhere") },
			func() {},
			func() { s.forget(interview.ForgetInput{Matching: "Number 1"}) },
			func() {},
			func() { s.update(s.conv, interview.ConversationPatch{Title: new("Mine")}) },
			func() { s.ended(interview.TurnFailed, "") },
		} {
			between()
			in := interview.TurnInput{Content: fmt.Sprint("Number ", n), Window: 40, Known: revision}
			turn, began, err := s.db.BeginTurn(t.Context(), s.user, s.conv, in, lease("a"))
			if err != nil {
				t.Fatal(err)
			}
			loaded := get(s.db.LoadTurn(t.Context(), s.user, s.conv, turn.Message.ID, 40)).or(t)
			if got := turn.Context; !began || got != nil && got.Unchanged && len(got.Recent) > 0 {
				t.Fatalf("turn %d: %+v, want all of it or that it is unchanged", n, turn)
			} else if got != nil && got.Unchanged {
				got.State, got.Recent, got.Unchanged = known.State, known.Recent, false
				same(t, plain(*got), plain(loaded))
			} else if got != nil {
				same(t, *got, loaded)
			}
			end := s.end(turn, interview.TurnCompleted, "Go on.")
			end.Revision, end.State = turn.Revision, fmt.Appendf(nil, `{"n": %d}`, n)
			done := s.finish(end)
			revision = done.Revision
			known = interview.TurnContext{State: end.State, Recent: append(slices.Clone(loaded.Recent), done.Message, *done.Reply)}
		}
	})
	test(t, "BeginTurn of a conversation that the user has not is not found", func(t *testing.T, s *setup) {
		_, _, err := s.db.BeginTurn(t.Context(), s.user, interview.NewID(), interview.TurnInput{Content: "Hello"}, lease("a"))
		refused(t, err, interview.CodeNotFound)
	})
	test(t, "BeginTurn refuses an id known with other content", func(t *testing.T, s *setup) {
		turn := s.begin("Hello", lease("a"))
		_, _, err := s.db.BeginTurn(t.Context(), s.user, s.conv, interview.TurnInput{ID: turn.Message.ID, Content: "Good-bye"}, lease("a"))
		refused(t, err, interview.CodeConflict)
		same(t, contents(s.messages()), []string{"Hello"})
	})
	test(t, "BeginTurn refuses the id of a message of the interviewer", func(t *testing.T, s *setup) {
		c := s.create("Hello", "Hi")
		_, _, err := s.db.BeginTurn(t.Context(), s.user, c.ID, interview.TurnInput{ID: c.Messages[1].ID, Content: "Hi"}, lease("a"))
		refused(t, err, interview.CodeConflict)
	})
	test(t, "BeginTurn refuses an id known in another conversation, own or foreign, alike", func(t *testing.T, s *setup) {
		turn := s.begin("Hello", lease("a"))
		input := interview.TurnInput{ID: turn.Message.ID, Content: "Hello"}
		_, _, own := s.db.BeginTurn(t.Context(), s.user, s.create().ID, input, lease("a"))
		foreign := get(s.db.CreateConversation(t.Context(), s.other, interview.Conversation{ID: interview.NewID()})).or(t)
		_, _, others := s.db.BeginTurn(t.Context(), s.other, foreign.ID, input, lease("a"))
		refused(t, own, interview.CodeConflict)
		same(t, interview.AsError(others), interview.AsError(own))
	})
	test(t, "BeginTurn refuses while another turn is running", func(t *testing.T, s *setup) {
		turn := s.begin("Hello", lease("a"))
		_, _, err := s.db.BeginTurn(t.Context(), s.user, s.conv, interview.TurnInput{Content: "Are you there?"}, lease("a"))
		refused(t, err, interview.CodeTurnInProgress)
		same(t, len(s.messages()), 1)
		s.finish(s.end(turn, interview.TurnCompleted, "Yes"))
		s.begin("Good", lease("a"))
	})
	test(t, "BeginTurn refuses to begin an old turn again while another is running", func(t *testing.T, s *setup) {
		failed := s.ended(interview.TurnFailed, "")
		s.begin("Next", lease("a"))
		_, _, err := s.db.BeginTurn(t.Context(), s.user, s.conv, interview.TurnInput{ID: failed.Message.ID, Content: "Hello"}, lease("a"))
		refused(t, err, interview.CodeTurnInProgress)
	})
	test(t, "BeginTurn goes on with a message that others wrote and nobody answered", func(t *testing.T, s *setup) {
		c := s.create("Hello")
		s.conv = c.ID
		turn := s.again(interview.Turn{Message: c.Messages[0]}, true)
		same(t, turn.Attempt, 2)
		done := s.finish(s.end(turn, interview.TurnCompleted, "Hi"))
		same(t, s.turn(turn.Message.ID), done)
		same(t, contents(s.messages()), []string{"Hello", "Hi"})
	})
	test(t, "BeginTurn refuses empty content", func(t *testing.T, s *setup) {
		_, _, err := s.db.BeginTurn(t.Context(), s.user, s.conv, interview.TurnInput{Content: " \n"}, lease("a"))
		refused(t, err, interview.CodeInvalid)
	})
}

// again sends a turn's message again, and checks whether the turn began.
func (s *setup) again(turn interview.Turn, want bool) interview.Turn {
	s.t.Helper()
	again, began, err := s.db.BeginTurn(s.t.Context(), s.user, s.conv,
		interview.TurnInput{ID: strings.ToUpper(turn.Message.ID), Content: turn.Message.Content}, lease("a"))
	if err != nil || began != want {
		s.t.Fatalf("began %v, want %v; error %v", began, want, err)
	}
	return again
}

func retryTests(t *testing.T, test tester) {
	retry := func(s *setup, turn interview.Turn) (interview.Turn, error) {
		return s.db.RetryTurn(s.t.Context(), s.user, s.conv, turn.Message.ID, lease("a"))
	}
	test(t, "RetryTurn begins a failed or cancelled turn again", func(t *testing.T, s *setup) {
		for _, status := range []interview.TurnStatus{interview.TurnFailed, interview.TurnCancelled} {
			turn := s.ended(status, "")
			again := get(retry(s, turn)).or(t)
			if again.Status != interview.TurnRunning || again.Attempt != 2 {
				t.Fatalf("after %s: %+v", status, again)
			}
			same(t, s.turn(turn.Message.ID), again)
			s.finish(s.end(again, interview.TurnCompleted, "Hi"))
		}
	})
	test(t, "RetryTurn of the newest completed turn leaves its reply until there is a new one", func(t *testing.T, s *setup) {
		turn := s.ended(interview.TurnCompleted, "Hi")
		again := get(retry(s, turn)).or(t)
		same(t, again.Attempt, 2)
		same(t, again.Reply, turn.Reply)
		same(t, contents(s.messages()), []string{"Hello", "Hi"})
	})
	test(t, "RetryTurn of a completed turn that is not the newest is a conflict", func(t *testing.T, s *setup) {
		turn := s.ended(interview.TurnCompleted, "Hi")
		s.ended(interview.TurnFailed, "")
		_, err := retry(s, turn)
		refusedIn(t, err, interview.TurnCompleted)
	})
	test(t, "RetryTurn of a running turn is a conflict", func(t *testing.T, s *setup) {
		_, err := retry(s, s.begin("Hello", lease("a")))
		refusedIn(t, err, interview.TurnRunning)
	})
	test(t, "RetryTurn refuses while another turn is running", func(t *testing.T, s *setup) {
		turn := s.ended(interview.TurnFailed, "")
		s.begin("Next", lease("a"))
		_, err := retry(s, turn)
		refused(t, err, interview.CodeTurnInProgress)
	})
	test(t, "RetryTurn of an unknown turn is not found", func(t *testing.T, s *setup) {
		_, err := retry(s, interview.Turn{Message: interview.Message{ID: interview.NewID()}})
		refused(t, err, interview.CodeNotFound)
	})
	test(t, "RetryTurn makes a new reply to a message that others wrote and answered", func(t *testing.T, s *setup) {
		c := s.create("Hello", "Hi")
		s.conv = c.ID
		turn := get(retry(s, interview.Turn{Message: c.Messages[0]})).or(t)
		same(t, turn.Reply.Content, "Hi")
		done := s.finish(s.end(turn, interview.TurnCompleted, "Hi again"))
		same(t, done.Reply.ID, c.Messages[1].ID)
		same(t, contents(s.messages()), []string{"Hello", "Hi again"})
	})
}

func turnTests(t *testing.T, test tester) {
	test(t, "GetTurn of a message that others wrote is completed with what comes right after it", func(t *testing.T, s *setup) {
		c := s.create("Hello", "Hi", "Bye")
		s.conv = c.ID
		turn := s.turn(c.Messages[0].ID)
		if turn.Status != interview.TurnCompleted || turn.Reply == nil || turn.Reply.Content != "Hi" || turn.UserID != s.user || turn.Error != nil {
			t.Fatalf("answered: %+v", turn)
		}
		turn = s.turn(c.Messages[2].ID)
		if turn.Status != interview.TurnFailed || turn.Reply != nil || turn.Error.Code != interview.CodeInterrupted || turn.Message.Turn == nil {
			t.Fatalf("not answered: %+v", turn)
		}
	})
	test(t, "GetTurn of a message of the interviewer is not found", func(t *testing.T, s *setup) {
		c := s.create("Hello", "Hi")
		_, err := s.db.GetTurn(t.Context(), s.user, c.ID, c.Messages[1].ID)
		refused(t, err, interview.CodeNotFound)
	})
	test(t, "GetTurn has the conversation's title", func(t *testing.T, s *setup) {
		title := "A title"
		turn := s.begin("Hello", lease("a"))
		s.update(s.conv, interview.ConversationPatch{Title: &title})
		same(t, s.turn(turn.Message.ID).Title, title)
	})
	test(t, "LoadTurn reads the newest messages before the turn's own, oldest first", func(t *testing.T, s *setup) {
		s.conv = s.create(numbered(4)...).ID
		turn := s.begin("Hello", lease("a"))
		for limit, want := range map[int][]string{0: {}, 2: {"message 2", "message 3"}, 100: numbered(4)} {
			tc := get(s.db.LoadTurn(t.Context(), s.user, s.conv, turn.Message.ID, limit)).or(t)
			same(t, contents(tc.Recent), want)
			if tc.Title != "" || tc.State != nil {
				t.Fatalf("a new conversation has the title %q and the state %q", tc.Title, tc.State)
			}
		}
	})
	test(t, "LoadTurn has title and state", func(t *testing.T, s *setup) {
		end := s.end(s.begin("Hello", lease("a")), interview.TurnCompleted, "Hi")
		end.State, end.Title = []byte(`{"asked":["q1"]}`), "A title"
		s.finish(end)
		turn := s.begin("And?", lease("a"))
		tc := get(s.db.LoadTurn(t.Context(), s.user, s.conv, turn.Message.ID, 10)).or(t)
		same(t, strings.ReplaceAll(string(tc.State), " ", ""), `{"asked":["q1"]}`)
		same(t, tc.Title, "A title")
		same(t, contents(tc.Recent), []string{"Hello", "Hi"})
		_, err := s.db.LoadTurn(t.Context(), s.user, s.conv, interview.NewID(), 10)
		refused(t, err, interview.CodeNotFound)
	})
	test(t, "what BeginTurn reads in passing is what LoadTurn reads", func(t *testing.T, s *setup) {
		end := s.end(s.begin("Hello", lease("a")), interview.TurnCompleted, "Hi")
		end.State, end.Title = []byte(`{"asked":["q1"]}`), "A title"
		s.finish(end)
		for _, window := range []int{0, 1, 10} {
			turn, _, err := s.db.BeginTurn(t.Context(), s.user, s.conv, interview.TurnInput{Content: "And?", Window: window}, lease("a"))
			if err != nil {
				t.Fatal(err)
			}
			if tc := turn.Context; tc != nil {
				same(t, *tc, get(s.db.LoadTurn(t.Context(), s.user, s.conv, turn.Message.ID, window)).or(t))
			}
			s.finish(s.end(turn, interview.TurnCompleted, "Then"))
		}
	})
	test(t, "CancelTurn tells the owner at the next checkpoint", func(t *testing.T, s *setup) {
		turn := s.begin("Hello", lease("a"))
		progress := []interview.TurnProgress{{MessageID: turn.Message.ID, Attempt: 1, Partial: "H"}}
		want := interview.TurnSignal{MessageID: turn.Message.ID}
		same(t, get(s.db.Checkpoint(t.Context(), lease("a"), progress)).or(t), []interview.TurnSignal{want})
		if err := s.db.CancelTurn(t.Context(), s.user, s.conv, turn.Message.ID); err != nil {
			t.Fatal(err)
		}
		want.Cancel = true
		same(t, get(s.db.Checkpoint(t.Context(), lease("a"), progress)).or(t), []interview.TurnSignal{want})
	})
	test(t, "a turn that was cancelled and is begun again is not cancelled", func(t *testing.T, s *setup) {
		turn := s.begin("Hello", lease("a"))
		if err := s.db.CancelTurn(t.Context(), s.user, s.conv, turn.Message.ID); err != nil {
			t.Fatal(err)
		}
		again := s.again(s.finish(s.end(turn, interview.TurnCancelled, "")), true)
		signals := get(s.db.Checkpoint(t.Context(), lease("a"), []interview.TurnProgress{{MessageID: again.Message.ID, Attempt: 2}})).or(t)
		same(t, signals, []interview.TurnSignal{{MessageID: again.Message.ID}})
	})
	test(t, "CancelTurn of a turn that is not running is a conflict", func(t *testing.T, s *setup) {
		for _, status := range []interview.TurnStatus{interview.TurnCompleted, interview.TurnFailed, interview.TurnCancelled} {
			turn := s.ended(status, "Hi")
			refusedIn(t, s.db.CancelTurn(t.Context(), s.user, s.conv, turn.Message.ID), status)
		}
		refused(t, s.db.CancelTurn(t.Context(), s.user, s.conv, interview.NewID()), interview.CodeNotFound)
	})
}

// plain is a context with metadata in one form: a database may keep it in one of its own.
func plain(tc interview.TurnContext) interview.TurnContext {
	tc.Recent = slices.Clone(tc.Recent)
	for i := range tc.Recent {
		var value any
		if json.Unmarshal(tc.Recent[i].Metadata, &value) == nil {
			tc.Recent[i].Metadata, _ = json.Marshal(value) // as it was read
		}
	}
	return tc
}
