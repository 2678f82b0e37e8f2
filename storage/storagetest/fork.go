package storagetest

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/betterprofile/betterprofile/interview"
)

func eachTests(t *testing.T, test tester) {
	test(t, "EachMessage gives all messages, oldest first, with their turns", func(t *testing.T, s *setup) {
		same(t, len(s.each()), 0)
		for _, n := range []int{1, 99, 100, 101, 200} { // around the size of a batch
			s.conv = s.create(numbered(n)...).ID
			same(t, contents(s.each()), numbered(n))
		}
		s.ended(interview.TurnFailed, "Hi")
		messages := s.each()
		same(t, messages[len(messages)-2].Turn.Status, interview.TurnFailed)
	})
	test(t, "EachMessage ends with the first error of its function", func(t *testing.T, s *setup) {
		id := s.create(numbered(3)...).ID
		stop, calls := errors.New("stop"), 0
		err := s.db.EachMessage(t.Context(), s.user, id, func(interview.Message) error { calls++; return stop })
		if !errors.Is(err, stop) || calls != 1 {
			t.Fatalf("%d calls, error %v", calls, err)
		}
	})
	test(t, "EachMessage of an unknown conversation is not found, also when it goes meanwhile", func(t *testing.T, s *setup) {
		for _, id := range []string{interview.NewID(), "x"} {
			refused(t, s.db.EachMessage(t.Context(), s.user, id, func(interview.Message) error { return nil }), interview.CodeNotFound)
		}
		id := s.create(numbered(150)...).ID
		refused(t, s.db.EachMessage(t.Context(), s.user, id, func(m interview.Message) error {
			if m.Content != "message 0" {
				return nil
			}
			return s.db.DeleteConversation(t.Context(), s.user, id)
		}), interview.CodeNotFound)
	})
}

func (s *setup) each() []interview.Message {
	s.t.Helper()
	messages := []interview.Message{}
	err := s.db.EachMessage(s.t.Context(), s.user, s.conv, func(m interview.Message) error {
		messages = append(messages, m)
		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return messages
}

func (s *setup) fork(in interview.ForkInput) interview.Conversation {
	s.t.Helper()
	return get(s.db.ForkConversation(s.t.Context(), s.user, s.conv, in)).or(s.t)
}

func forkTests(t *testing.T, test tester) {
	test(t, "ForkConversation copies what comes before the message, title and times too", func(t *testing.T, s *setup) {
		for _, n := range []int{1, 128, 130} { // around the size of a batch
			original := s.create(numbered(n + 2)...)
			s.conv = original.ID
			title := "A title"
			s.update(s.conv, interview.ConversationPatch{Title: &title})
			c := s.fork(interview.ForkInput{ID: interview.NewID(), MessageID: strings.ToUpper(original.Messages[n].ID)})
			same(t, c.Title, title)
			same(t, *c.ForkedFrom(), interview.Fork{ConversationID: original.ID, MessageID: original.Messages[n].ID})
			same(t, c.Messages, get(s.db.GetConversation(t.Context(), s.user, c.ID, interview.MaxLimit)).or(t).Conversation.Messages)
			ordered(t, c.Messages)
			same(t, len(c.Messages), n)
			for i, m := range c.Messages {
				was := original.Messages[i]
				if m.ID == was.ID || m.ConversationID != c.ID || m.Role != was.Role || m.Content != was.Content || !m.CreatedAt.Equal(was.CreatedAt.Time) {
					t.Fatalf("message %d is %+v, was %+v", i, m, was)
				}
			}
			same(t, contents(s.messages()), numbered(n+2))
			if c.UpdatedAt.Before(c.Messages[n-1].CreatedAt.Time) {
				t.Fatalf("updated at %v, the newest message is at %v", c.UpdatedAt, c.Messages[n-1].CreatedAt)
			}
		}
	})
	test(t, "ForkConversation keeps metadata, with the texts that a regenerated reply had", func(t *testing.T, s *setup) {
		turn := s.ended(interview.TurnCompleted, "Hi")
		again := get(s.db.RetryTurn(t.Context(), s.user, s.conv, turn.Message.ID, lease("a"))).or(t)
		reply := s.finish(s.end(again, interview.TurnCompleted, "Hello to you")).Reply
		next := s.ended(interview.TurnCompleted, "Yes")
		c := s.fork(interview.ForkInput{MessageID: next.Message.ID})
		same(t, inspect(t, c.Messages[1].Metadata), inspect(t, reply.Metadata))
		same(t, c.Messages[1].ReplyMetadata().Previous, []string{"Hi"})
		if c.Messages[0].Turn != nil {
			t.Fatalf("the copy has the turn %+v", c.Messages[0].Turn)
		}
	})
	test(t, "ForkConversation does not copy the planner's state", func(t *testing.T, s *setup) {
		end := s.end(s.begin("Hello", lease("a")), interview.TurnCompleted, "Hi")
		end.State = []byte(`{"asked":["q1"]}`)
		s.finish(end)
		s.conv = s.fork(interview.ForkInput{MessageID: end.MessageID, Content: "Hello again"}).ID
		tc := get(s.db.LoadTurn(t.Context(), s.user, s.conv, s.messages()[0].ID, 10)).or(t)
		same(t, string(tc.State), "")
	})
	test(t, "ForkConversation with content ends with that message, whose turn RetryTurn begins", func(t *testing.T, s *setup) {
		before := s.ended(interview.TurnCompleted, "Hi")
		turn := s.ended(interview.TurnCompleted, "I see")
		s.conv = s.fork(interview.ForkInput{MessageID: turn.Message.ID, Content: "\nSomething else\n"}).ID
		messages := s.messages()
		same(t, contents(messages), []string{before.Message.Content, "Hi", "Something else"})
		ordered(t, messages)
		last := messages[2]
		if last.Turn == nil || last.Turn.Status != interview.TurnFailed || last.Turn.Error.Code != interview.CodeInterrupted {
			t.Fatalf("the last message has the turn %+v", last.Turn)
		}
		again := get(s.db.RetryTurn(t.Context(), s.user, s.conv, last.ID, lease("a"))).or(t)
		same(t, again.Status, interview.TurnRunning)
		s.finish(s.end(again, interview.TurnCompleted, "Oh"))
		same(t, contents(s.messages()), []string{before.Message.Content, "Hi", "Something else", "Oh"})
		s.begin("On it goes", lease("a"))
	})
	test(t, "ForkConversation at the first message is empty", func(t *testing.T, s *setup) {
		s.conv = s.create("one", "two").ID
		first := s.messages()[0].ID
		c := s.fork(interview.ForkInput{MessageID: first})
		if c.Messages == nil || len(c.Messages) != 0 {
			t.Fatalf("messages %v", c.Messages)
		}
		same(t, contents(s.fork(interview.ForkInput{MessageID: first, Content: "uno"}).Messages), []string{"uno"})
	})
	test(t, "ForkConversation keeps the times apart that others wrote", func(t *testing.T, s *setup) {
		at := interview.ExactTime{Time: time.Date(2026, 5, 6, 7, 8, 9, 123_456_000, time.UTC)}
		s.conv = s.stored(at, at, at)
		messages := s.messages()
		c := s.fork(interview.ForkInput{MessageID: messages[2].ID, Content: "x"})
		same(t, contents(c.Messages), []string{messages[0].Content, messages[1].Content, "x"})
		for i, m := range c.Messages[1:] {
			if m.CreatedAt.Sub(c.Messages[i].CreatedAt.Time) < time.Millisecond {
				t.Fatalf("message %d at %v, the one before at %v", i+1, m.CreatedAt.Time, c.Messages[i].CreatedAt.Time)
			}
		}
	})
	test(t, "ForkConversation with a known id returns that conversation as it stands", func(t *testing.T, s *setup) {
		s.conv = s.create("one", "two").ID
		in := interview.ForkInput{ID: interview.NewID(), MessageID: s.messages()[1].ID}
		c := s.fork(in)
		in.ID, in.MessageID = strings.ToUpper(in.ID), s.messages()[0].ID
		same(t, s.fork(in), c)
		if err := s.db.DeleteConversation(t.Context(), s.user, s.conv); err != nil {
			t.Fatal(err)
		}
		same(t, s.fork(in), c)
		s.user = s.other
		s.conv = s.create("mine").ID
		in.MessageID = s.messages()[0].ID
		_, err := s.db.ForkConversation(t.Context(), s.user, s.conv, in)
		refused(t, err, interview.CodeConflict)
	})
	test(t, "ForkConversation refuses what it cannot do and makes nothing", func(t *testing.T, s *setup) {
		s.conv = s.create("one", "two").ID
		messages := s.messages()
		for name, c := range map[string]struct {
			conversation string
			in           interview.ForkInput
			code         interview.Code
			field        string
		}{
			"unknown conversation":     {interview.NewID(), interview.ForkInput{MessageID: messages[0].ID}, interview.CodeNotFound, ""},
			"malformed conversation":   {"x", interview.ForkInput{MessageID: messages[0].ID}, interview.CodeNotFound, ""},
			"unknown message":          {s.conv, interview.ForkInput{MessageID: interview.NewID()}, interview.CodeNotFound, ""},
			"message of another":       {s.create("other").ID, interview.ForkInput{MessageID: messages[0].ID}, interview.CodeNotFound, ""},
			"the interviewer's":        {s.conv, interview.ForkInput{MessageID: messages[1].ID, Content: "x"}, interview.CodeInvalid, "messageId"},
			"malformed message":        {s.conv, interview.ForkInput{MessageID: "x"}, interview.CodeInvalid, "messageId"},
			"no message":               {s.conv, interview.ForkInput{}, interview.CodeInvalid, "messageId"},
			"malformed id":             {s.conv, interview.ForkInput{ID: "x", MessageID: messages[0].ID}, interview.CodeInvalid, "id"},
			"blank content":            {s.conv, interview.ForkInput{MessageID: messages[0].ID, Content: " \n"}, interview.CodeInvalid, "content"},
			"content with NUL":         {s.conv, interview.ForkInput{MessageID: messages[0].ID, Content: "\x00"}, interview.CodeInvalid, "content"},
			"content that is too long": {s.conv, interview.ForkInput{MessageID: messages[0].ID, Content: strings.Repeat("é", interview.MaxContentRunes+1)}, interview.CodeInvalid, "content"},
		} {
			before := len(s.list(interview.ConversationQuery{}).Conversations)
			_, err := s.db.ForkConversation(t.Context(), s.user, c.conversation, c.in)
			if e := interview.AsError(err); e == nil || e.Code != c.code || e.Details.Field != c.field {
				t.Errorf("%s: %v", name, err)
			}
			same(t, len(s.list(interview.ConversationQuery{}).Conversations), before)
		}
	})
	test(t, "CreateConversation keeps the conversation's metadata", func(t *testing.T, s *setup) {
		c := get(s.db.CreateConversation(t.Context(), s.user, interview.Conversation{ID: interview.NewID(), Metadata: json.RawMessage(`{"x":{"y":[1]}}`)})).or(t)
		same(t, inspect(t, c.Metadata), any(map[string]any{"x": map[string]any{"y": []any{1.0}}}))
		for _, listed := range s.list(interview.ConversationQuery{}).Conversations {
			if listed.ID == c.ID {
				same(t, inspect(t, listed.Metadata), inspect(t, c.Metadata))
			}
		}
	})
}
