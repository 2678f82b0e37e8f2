package storagetest

import (
	"testing"

	"github.com/betterprofile/betterprofile/interview"
)

// isolationTests call every method with another user's ids.
func isolationTests(t *testing.T, test tester) {
	yes, title := true, "Stolen"
	methods := map[string]func(s *setup, turn interview.Turn) error{
		"GetConversation": func(s *setup, _ interview.Turn) error {
			_, err := s.db.GetConversation(s.t.Context(), s.other, s.conv, 10)
			return err
		},
		"UpdateConversation": func(s *setup, _ interview.Turn) error {
			_, err := s.db.UpdateConversation(s.t.Context(), s.other, s.conv, interview.ConversationPatch{Title: &title, Pinned: &yes, Archived: &yes})
			return err
		},
		"DeleteConversation": func(s *setup, _ interview.Turn) error {
			return s.db.DeleteConversation(s.t.Context(), s.other, s.conv)
		},
		"ListMessages": func(s *setup, _ interview.Turn) error {
			_, err := s.db.ListMessages(s.t.Context(), s.other, s.conv, interview.MessageQuery{})
			return err
		},
		"EachMessage": func(s *setup, _ interview.Turn) error {
			return s.db.EachMessage(s.t.Context(), s.other, s.conv, func(interview.Message) error { s.t.Error("called"); return nil })
		},
		"ForkConversation": func(s *setup, turn interview.Turn) error {
			_, err := s.db.ForkConversation(s.t.Context(), s.other, s.conv, interview.ForkInput{MessageID: turn.Message.ID, Content: "x"})
			return err
		},
		"BeginTurn": func(s *setup, turn interview.Turn) error {
			_, _, err := s.db.BeginTurn(s.t.Context(), s.other, s.conv, interview.TurnInput{ID: turn.Message.ID, Content: "Hello"}, lease("a"))
			return err
		},
		"BeginTurn with an id of its own": func(s *setup, _ interview.Turn) error {
			_, _, err := s.db.BeginTurn(s.t.Context(), s.other, s.conv, interview.TurnInput{Content: "Hello"}, lease("a"))
			return err
		},
		"RetryTurn": func(s *setup, turn interview.Turn) error {
			_, err := s.db.RetryTurn(s.t.Context(), s.other, s.conv, turn.Message.ID, lease("a"))
			return err
		},
		"GetTurn": func(s *setup, turn interview.Turn) error {
			_, err := s.db.GetTurn(s.t.Context(), s.other, s.conv, turn.Message.ID)
			return err
		},
		"LoadTurn": func(s *setup, turn interview.Turn) error {
			_, err := s.db.LoadTurn(s.t.Context(), s.other, s.conv, turn.Message.ID, 10)
			return err
		},
		"CancelTurn": func(s *setup, turn interview.Turn) error {
			return s.db.CancelTurn(s.t.Context(), s.other, s.conv, turn.Message.ID)
		},
		"FinishTurn": func(s *setup, turn interview.Turn) error {
			end := s.end(turn, interview.TurnCompleted, "Hi")
			end.Learned.Facts = []interview.Fact{factIn(s.t, "Hello", turn.Message)}
			_, err := s.db.FinishTurn(s.t.Context(), s.other, end)
			return err
		},
		"LoadState": func(s *setup, _ interview.Turn) error {
			_, _, err := s.db.LoadState(s.t.Context(), s.other, s.conv, 10)
			return err
		},
		"LoadBlock": func(s *setup, _ interview.Turn) error {
			_, err := s.db.LoadBlock(s.t.Context(), s.other, s.conv, 10)
			return err
		},
		"Forget": func(s *setup, turn interview.Turn) error {
			_, err := s.db.Forget(s.t.Context(), s.other, interview.ForgetInput{MessageIDs: []string{turn.Message.ID}})
			return err
		},
	}
	for _, status := range []interview.TurnStatus{interview.TurnRunning, interview.TurnFailed} {
		test(t, "ids of another user are not found and nothing changes, turn "+string(status), func(t *testing.T, s *setup) {
			turn := s.begin("Hello", lease("a"))
			if status == interview.TurnFailed {
				turn = s.finish(s.end(turn, status, "H"))
			}
			was := s.conversation()
			for name, call := range methods {
				if code := interview.ErrorCode(call(s, turn)); code != interview.CodeNotFound {
					t.Errorf("%s returned the code %q", name, code)
				}
				same(t, s.conversation(), was)
				same(t, s.turn(turn.Message.ID), turn)
			}
			if status == interview.TurnRunning {
				same(t, get(s.db.Checkpoint(t.Context(), lease("a"), []interview.TurnProgress{{MessageID: turn.Message.ID, Attempt: 1}})).or(t),
					[]interview.TurnSignal{{MessageID: turn.Message.ID}})
			}
		})
	}
	test(t, "ids of another conversation of the same user are not found", func(t *testing.T, s *setup) {
		turn := s.begin("Hello", lease("a"))
		s.conv = s.create().ID
		_, err := s.db.GetTurn(t.Context(), s.user, s.conv, turn.Message.ID)
		refused(t, err, interview.CodeNotFound)
		_, err = s.db.LoadTurn(t.Context(), s.user, s.conv, turn.Message.ID, 10)
		refused(t, err, interview.CodeNotFound)
		refused(t, s.db.CancelTurn(t.Context(), s.user, s.conv, turn.Message.ID), interview.CodeNotFound)
		end := s.end(turn, interview.TurnCompleted, "Hi")
		end.ConversationID = s.conv
		_, err = s.db.FinishTurn(t.Context(), s.user, end)
		refused(t, err, interview.CodeNotFound)
	})
	test(t, "lists, searches and counts hold the user's own only", func(t *testing.T, s *setup) {
		s.create("a secret")
		for _, q := range []interview.ConversationQuery{{}, {Archived: true}, {Text: "secret"}} {
			same(t, len(get(s.db.ListConversations(t.Context(), s.other, q)).or(t).Conversations), 0)
		}
		same(t, get(s.db.CountConversations(t.Context(), s.other, 10)).or(t), 0)
		same(t, len(get(s.db.Search(t.Context(), s.other, interview.SearchQuery{Text: "secret"})).or(t).Results), 0)
		same(t, len(s.exported(s.other)), 0)
		same(t, sizes(s.memoryOf(s.other, interview.MemoryVersion{})), [4]int{})
		same(t, s.memoryOf(s.other, interview.MemoryVersion{}).Conversations, 0)
	})
}
