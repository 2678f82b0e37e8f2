package storagetest

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/betterprofile/betterprofile/interview"
)

func finishTests(t *testing.T, test tester) {
	test(t, "FinishTurn stores reply, status, state, title and usage", func(t *testing.T, s *setup) {
		turn := s.begin("Hello", lease("a"))
		end := s.end(turn, interview.TurnCompleted, "Hi")
		end.Metadata = interview.ReplyMetadata{Engine: "openai", Model: "m", Question: "q1", Cut: true}
		end.Engine, end.Model, end.Usage = "openai", "m", interview.Usage{InputTokens: 10, OutputTokens: 2}
		end.Title, end.Attempt = "Greetings", 3
		done := s.finish(end)
		if done.Status != interview.TurnCompleted || done.Attempt != 3 || done.Engine != "openai" || done.Model != "m" ||
			done.Usage != end.Usage || done.Title != "Greetings" || done.Partial != "" || done.Error != nil || done.UserID != s.user {
			t.Fatalf("finished as %+v", done)
		}
		same(t, done.Reply.ReplyMetadata(), end.Metadata)
		same(t, done.Reply.ID, end.ReplyID)
		same(t, done.Message.Turn, nil)
		same(t, s.turn(turn.Message.ID), done)
		c := s.conversation()
		same(t, c.Messages, []interview.Message{done.Message, *done.Reply})
		ordered(t, c.Messages)
		same(t, c.Title, "Greetings")
		same(t, c.UpdatedAt, done.Reply.CreatedAt)
	})
	test(t, "FinishTurn keeps the part of a reply that was there, and the error", func(t *testing.T, s *setup) {
		for _, status := range []interview.TurnStatus{interview.TurnFailed, interview.TurnCancelled} {
			end := s.end(s.begin("Hello", lease("a")), status, "H")
			if status == interview.TurnFailed {
				end.Error = interview.Errorf(interview.CodeModelUnavailable, "No \x00 key \xff.")
				end.Error.Details.Reason = interview.ReasonBadKey
			}
			done := s.finish(end)
			same(t, done.Status, status)
			same(t, done.Reply.Content, "H")
			same(t, done.Reply.ReplyMetadata().Status, string(status))
			same(t, s.turn(done.Message.ID), done)
			if status == interview.TurnFailed && (done.Error.Code != end.Error.Code || done.Error.Details != end.Error.Details) {
				t.Fatalf("the error is stored as %+v", done.Error)
			}
		}
	})
	test(t, "FinishTurn without content stores no reply", func(t *testing.T, s *setup) {
		was := s.begin("Hello", lease("a"))
		done := s.finish(s.end(was, interview.TurnFailed, ""))
		if done.Reply != nil || len(s.messages()) != 1 || done.Error.Code != interview.CodeModelTimeout {
			t.Fatalf("finished as %+v", done)
		}
		same(t, s.conversation().UpdatedAt, was.Message.CreatedAt)
	})
	test(t, "FinishTurn gives a title only to a conversation without one", func(t *testing.T, s *setup) {
		title := "Mine"
		turn := s.begin("Hello", lease("a"))
		s.update(s.conv, interview.ConversationPatch{Title: &title})
		end := s.end(turn, interview.TurnCompleted, "Hi")
		end.Title = "Proposed"
		same(t, s.finish(end).Title, title)
		same(t, s.conversation().Title, title)
	})
	test(t, "FinishTurn leaves the state when it is given none", func(t *testing.T, s *setup) {
		end := s.end(s.begin("Hello", lease("a")), interview.TurnCompleted, "Hi")
		end.State = []byte(`{"n":1}`)
		s.finish(end)
		s.ended(interview.TurnFailed, "")
		turn := s.begin("And?", lease("a"))
		state := get(s.db.LoadTurn(t.Context(), s.user, s.conv, turn.Message.ID, 0)).or(t).State
		same(t, json.RawMessage(state), json.RawMessage(`{"n":1}`))
	})
	test(t, "FinishTurn is a conflict when the turn is not running under the owner", func(t *testing.T, s *setup) {
		turn := s.begin("Hello", lease("a"))
		end := s.end(turn, interview.TurnCompleted, "Hi")
		end.Owner = "b"
		_, err := s.db.FinishTurn(t.Context(), s.user, end)
		refusedIn(t, err, interview.TurnRunning)
		same(t, s.turn(turn.Message.ID).Status, interview.TurnRunning)
		end.Owner = "a"
		s.finish(end)
		_, err = s.db.FinishTurn(t.Context(), s.user, end)
		refusedIn(t, err, interview.TurnCompleted)
		same(t, len(s.messages()), 2)
	})
	test(t, "FinishTurn after the lease has run out still ends a turn that nobody took", func(t *testing.T, s *setup) {
		s.finish(s.end(s.begin("Hello", lost("a")), interview.TurnCompleted, "Hi"))
	})
}

func regenerateTests(t *testing.T, test tester) {
	test(t, "a new reply takes the place of a complete one and keeps its text", func(t *testing.T, s *setup) {
		turn := s.ended(interview.TurnCompleted, "reply 0")
		first := turn.Reply
		for i := 1; i <= interview.MaxPrevious+2; i++ {
			again := get(s.db.RetryTurn(t.Context(), s.user, s.conv, turn.Message.ID, lease("a"))).or(t)
			turn = s.finish(s.end(again, interview.TurnCompleted, fmt.Sprintf("reply %d", i)))
		}
		same(t, turn.Reply.Content, "reply 7")
		same(t, turn.Reply.ReplyMetadata().Previous, []string{"reply 6", "reply 5", "reply 4", "reply 3", "reply 2"})
		if turn.Reply.ID != first.ID || turn.Reply.CreatedAt != first.CreatedAt || turn.Attempt != interview.MaxPrevious+3 {
			t.Fatalf("the reply %+v became %+v", first, turn.Reply)
		}
		same(t, s.turn(turn.Message.ID), turn)
		same(t, len(s.messages()), 2)
	})
	test(t, "a new reply takes the place of a part, which is not kept", func(t *testing.T, s *setup) {
		part := s.ended(interview.TurnFailed, "Hel")
		turn := s.finish(s.end(s.again(part, true), interview.TurnCompleted, "Hello to you"))
		same(t, turn.Reply.ID, part.Reply.ID)
		same(t, turn.Reply.ReplyMetadata(), interview.ReplyMetadata{Engine: "builtin"})
		same(t, contents(s.messages()), []string{"Hello", "Hello to you"})
	})
	test(t, "a complete reply is left alone when the next attempt fails or is cancelled", func(t *testing.T, s *setup) {
		turn := s.ended(interview.TurnCompleted, "Hi")
		for _, status := range []interview.TurnStatus{interview.TurnFailed, interview.TurnCancelled} {
			for _, content := range []string{"", "H"} {
				again := get(s.db.RetryTurn(t.Context(), s.user, s.conv, turn.Message.ID, lease("a"))).or(t)
				done := s.finish(s.end(again, status, content))
				same(t, done.Status, interview.TurnCompleted)
				same(t, done.Reply, turn.Reply)
				same(t, done.Engine, turn.Engine)
				same(t, done.Error, nil)
				same(t, s.turn(turn.Message.ID), done)
			}
		}
	})
	test(t, "a part is left when the next attempt says nothing", func(t *testing.T, s *setup) {
		part := s.ended(interview.TurnFailed, "Hel")
		done := s.finish(s.end(s.again(part, true), interview.TurnFailed, ""))
		same(t, done.Status, interview.TurnFailed)
		same(t, done.Reply, part.Reply)
	})
	test(t, "metadata keys of others survive a new reply", func(t *testing.T, s *setup) {
		c := get(s.db.CreateConversation(t.Context(), s.user, interview.Conversation{ID: interview.NewID(), Messages: []interview.Message{
			{ID: interview.NewID(), Role: interview.RoleUser, Content: "Hello"},
			{ID: interview.NewID(), Role: interview.RoleAssistant, Content: "Hi", Metadata: json.RawMessage(`{"platform":{"v":1},"qid":"q1"}`)},
		}})).or(t)
		s.conv = c.ID
		again := get(s.db.RetryTurn(t.Context(), s.user, s.conv, c.Messages[0].ID, lease("a"))).or(t)
		done := s.finish(s.end(again, interview.TurnCompleted, "Hey"))
		same(t, done.Reply.Metadata, json.RawMessage(`{"platform":{"v":1},"engine":"builtin","previous":["Hi"]}`))
	})
}
