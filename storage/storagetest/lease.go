package storagetest

import (
	"testing"

	"github.com/betterprofile/betterprofile/interview"
)

// checkpoint stores how far a turn is, and reports whether the owner still holds it.
func (s *setup) checkpoint(l interview.Lease, turn interview.Turn, partial string) bool {
	s.t.Helper()
	progress := []interview.TurnProgress{{MessageID: turn.Message.ID, Attempt: turn.Attempt, Partial: partial}}
	return len(get(s.db.Checkpoint(s.t.Context(), l, progress)).or(s.t)) == 1
}

func (s *setup) take(l interview.Lease) []interview.Turn {
	s.t.Helper()
	return get(s.db.TakeTurns(s.t.Context(), l, 10)).or(s.t)
}

func leaseTests(t *testing.T, test tester) {
	test(t, "Checkpoint stores many replies and answers for those still held", func(t *testing.T, s *setup) {
		var turns []interview.Turn
		var progress []interview.TurnProgress
		for i, owner := range []string{"a", "a", "b", "a"} {
			s.conv = s.create().ID
			turn := s.begin("Hello", lease(owner))
			turns = append(turns, turn)
			progress = append(progress, interview.TurnProgress{MessageID: turn.Message.ID, Attempt: i + 1, Partial: "né \"{,}\\😀\n" + owner})
		}
		s.finish(s.end(turns[3], interview.TurnCompleted, "Hi"))
		signals := get(s.db.Checkpoint(t.Context(), lease("a"), progress)).or(t)
		same(t, len(signals), 2)
		for i, turn := range turns[:3] {
			stored := get(s.db.GetTurn(t.Context(), s.user, turn.Message.ConversationID, turn.Message.ID)).or(t)
			want := progress[i]
			if i == 2 {
				want.Attempt, want.Partial = 1, ""
			}
			if stored.Attempt != want.Attempt || stored.Partial != want.Partial {
				t.Fatalf("turn %d is at attempt %d, %q", i, stored.Attempt, stored.Partial)
			}
		}
	})
	test(t, "Checkpoint of nothing is nothing", func(t *testing.T, s *setup) {
		same(t, len(get(s.db.Checkpoint(t.Context(), lease("a"), nil)).or(t)), 0)
	})
	test(t, "Checkpoint renews the lease", func(t *testing.T, s *setup) {
		turn := s.begin("Hello", lost("a"))
		same(t, s.checkpoint(lease("a"), turn, "H"), true)
		same(t, len(s.take(lease("b"))), 0)
	})
	test(t, "TakeTurns takes turns whose lease has run out, with the part that was there", func(t *testing.T, s *setup) {
		turn := s.begin("Hello", lost("a"))
		same(t, s.checkpoint(lost("a"), turn, "Hel"), true)
		taken := s.take(lease("b"))
		same(t, len(taken), 1)
		if got := taken[0]; got.Attempt != 2 || got.Takeovers != 1 || got.Partial != "Hel" || got.UserID != s.user || got.Message.Content != "Hello" {
			t.Fatalf("taken: %+v", got)
		}
		stored := s.turn(turn.Message.ID)
		if stored.Attempt != 2 || stored.Takeovers != 1 || stored.Partial != "" || stored.Status != interview.TurnRunning {
			t.Fatalf("stored: %+v", stored)
		}
		same(t, s.checkpoint(lease("a"), turn, "Hello"), false)
		_, err := s.db.FinishTurn(t.Context(), s.user, s.end(turn, interview.TurnCompleted, "Hi"))
		refusedIn(t, err, interview.TurnRunning)
		same(t, s.checkpoint(lease("b"), stored, "H"), true)
		same(t, len(s.take(lease("c"))), 0)
	})
	test(t, "TakeTurns leaves leases that run, held turns and ended ones", func(t *testing.T, s *setup) {
		s.ended(interview.TurnCompleted, "Hi")
		s.begin("Hello", lease("a"))
		s.conv = s.create().ID
		turn := s.begin("Hello", lost("b"))
		same(t, len(get(s.db.TakeTurns(t.Context(), lease("b"), 10, turn.Message.ID)).or(t)), 0)
		taken := s.take(lease("b"))
		same(t, len(taken), 1)
		same(t, get(s.db.GetTurn(t.Context(), s.user, s.conv, turn.Message.ID)).or(t).Owner, "b")
	})
	test(t, "TakeTurns counts a takeover only when the attempt before had spoken", func(t *testing.T, s *setup) {
		turn := s.begin("Hello", lost("a"))
		taken := s.take(lost("b"))[0]
		same(t, []int{taken.Attempt, taken.Takeovers}, []int{2, 0})
		s.checkpoint(lost("b"), taken, "H")
		taken = s.take(lost("c"))[0]
		same(t, []int{taken.Attempt, taken.Takeovers}, []int{3, 1})
		taken = s.take(lost("d"))[0]
		same(t, []int{taken.Attempt, taken.Takeovers}, []int{4, 1})
		end := s.end(taken, interview.TurnFailed, "")
		end.Owner = "d"
		s.finish(end)
		same(t, s.again(turn, true).Takeovers, 0)
	})
	test(t, "TakeTurns takes the longest lost first, at most limit", func(t *testing.T, s *setup) {
		var want []string
		for range 3 {
			s.conv = s.create().ID
			want = append(want, s.begin("Hello", lost("a")).Message.ID)
		}
		var got []string
		for range 2 {
			for _, turn := range get(s.db.TakeTurns(t.Context(), lease("b"), 2)).or(t) {
				got = append(got, turn.Message.ID)
			}
		}
		same(t, got, want)
	})
	test(t, "a turn that was to be cancelled still is after a takeover", func(t *testing.T, s *setup) {
		turn := s.begin("Hello", lost("a"))
		if err := s.db.CancelTurn(t.Context(), s.user, s.conv, turn.Message.ID); err != nil {
			t.Fatal(err)
		}
		taken := s.take(lease("b"))[0]
		signals := get(s.db.Checkpoint(t.Context(), lease("b"), []interview.TurnProgress{{MessageID: turn.Message.ID, Attempt: taken.Attempt}})).or(t)
		same(t, signals, []interview.TurnSignal{{MessageID: turn.Message.ID, Cancel: true}})
	})
	test(t, "ReleaseTurns lets others take turns at once, without counting a takeover", func(t *testing.T, s *setup) {
		turn := s.begin("Hello", lease("node#1"))
		s.checkpoint(lease("node#1"), turn, "Hel")
		s.conv = s.create().ID
		s.begin("Hello", lease("node2#1"))
		for prefix, want := range map[string]int{"": 0, "node3#": 0, "%": 0, "ode": 0, "NODE#": 0} {
			same(t, get(s.db.ReleaseTurns(t.Context(), prefix)).or(t), want)
		}
		same(t, len(s.take(lease("b"))), 0)
		same(t, get(s.db.ReleaseTurns(t.Context(), "node#")).or(t), 1)
		same(t, s.checkpoint(lease("node#1"), turn, "Hello"), false)
		taken := s.take(lease("b"))
		same(t, len(taken), 1)
		if got := taken[0]; got.Attempt != 2 || got.Takeovers != 0 || got.Partial != "Hel" {
			t.Fatalf("taken: %+v", got)
		}
		same(t, get(s.db.ReleaseTurns(t.Context(), "node#")).or(t), 0)
	})
}
