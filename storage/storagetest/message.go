package storagetest

import (
	"testing"

	"github.com/betterprofile/betterprofile/interview"
)

func messageTests(t *testing.T, test tester) {
	test(t, "GetConversation has the newest messages, oldest first, and leads to older ones", func(t *testing.T, s *setup) {
		s.conv = s.create(numbered(5)...).ID
		view := get(s.db.GetConversation(t.Context(), s.user, s.conv, 2)).or(t)
		same(t, contents(view.Conversation.Messages), []string{"message 3", "message 4"})
		page := get(s.db.ListMessages(t.Context(), s.user, s.conv, interview.MessageQuery{Limit: 2, Cursor: view.NextCursor})).or(t)
		same(t, contents(page.Messages), []string{"message 1", "message 2"})
		page = get(s.db.ListMessages(t.Context(), s.user, s.conv, interview.MessageQuery{Limit: 2, Cursor: page.NextCursor})).or(t)
		same(t, contents(page.Messages), []string{"message 0"})
		same(t, page.NextCursor, "")
	})
	test(t, "a page that holds exactly all messages leads nowhere", func(t *testing.T, s *setup) {
		s.conv = s.create(numbered(3)...).ID
		same(t, get(s.db.GetConversation(t.Context(), s.user, s.conv, 3)).or(t).NextCursor, "")
	})
	test(t, "an empty conversation has an empty list of messages, not null", func(t *testing.T, s *setup) {
		view := get(s.db.GetConversation(t.Context(), s.user, s.conv, 3)).or(t)
		page := get(s.db.ListMessages(t.Context(), s.user, s.conv, interview.MessageQuery{})).or(t)
		if view.Conversation.Messages == nil || page.Messages == nil || len(page.Messages) > 0 {
			t.Fatalf("messages are %v and %v", view.Conversation.Messages, page.Messages)
		}
	})
	test(t, "GetConversation and ListMessages refuse a bad limit or cursor", func(t *testing.T, s *setup) {
		_, err := s.db.GetConversation(t.Context(), s.user, s.conv, interview.MaxLimit+1)
		refused(t, err, interview.CodeInvalid)
		_, err = s.db.ListMessages(t.Context(), s.user, s.conv, interview.MessageQuery{Cursor: "%"})
		refused(t, err, interview.CodeInvalid)
	})
	test(t, "user messages whose turn is not completed carry it", func(t *testing.T, s *setup) {
		s.ended(interview.TurnCompleted, "Hi")
		failed := s.ended(interview.TurnFailed, "H")
		s.ended(interview.TurnCancelled, "")
		running := s.begin("Hello?", lease("a"))
		get(s.db.Checkpoint(t.Context(), lease("a"), []interview.TurnProgress{{MessageID: running.Message.ID, Attempt: 1, Partial: "He"}})).or(t)
		var states []*interview.TurnState
		for _, m := range s.messages() {
			states = append(states, m.Turn)
		}
		same(t, states, []*interview.TurnState{
			nil, nil,
			{Status: interview.TurnFailed, Attempt: 1, Error: failed.Error},
			nil,
			{Status: interview.TurnCancelled, Attempt: 1},
			{Status: interview.TurnRunning, Attempt: 1, Partial: "He"},
		})
		same(t, s.conversation().Messages, s.messages())
	})
	test(t, "user messages that others wrote carry a turn when nobody answered", func(t *testing.T, s *setup) {
		c := get(s.db.CreateConversation(t.Context(), s.user, interview.Conversation{ID: interview.NewID(), Messages: []interview.Message{
			{ID: interview.NewID(), Role: interview.RoleUser, Content: "asked"},
			{ID: interview.NewID(), Role: interview.RoleAssistant, Content: "answered"},
			{ID: interview.NewID(), Role: interview.RoleUser, Content: "asked again"},
			{ID: interview.NewID(), Role: interview.RoleUser, Content: "and again"},
		}})).or(t)
		for i, m := range c.Messages {
			if unanswered := i > 1; unanswered != (m.Turn != nil) || unanswered && m.Turn.Error.Code != interview.CodeInterrupted {
				t.Fatalf("message %d has the turn %+v", i, m.Turn)
			}
		}
	})
}
