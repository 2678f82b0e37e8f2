package storagetest

import (
	"strings"
	"testing"
	"time"

	"github.com/betterprofile/betterprofile/interview"
)

func conversationTests(t *testing.T, test tester) {
	test(t, "CreateConversation stores messages in order and sets times", func(t *testing.T, s *setup) {
		before := interview.At(time.Now())
		c := s.create("one", "two", "three")
		same(t, contents(c.Messages), []string{"one", "two", "three"})
		ordered(t, c.Messages)
		if c.CreatedAt.Before(before.Time) || c.UpdatedAt.Before(c.Messages[2].CreatedAt.Time) || c.UserID != s.user {
			t.Fatalf("created at %v, updated at %v, of %s", c.CreatedAt, c.UpdatedAt, c.UserID)
		}
		same(t, get(s.db.GetConversation(t.Context(), s.user, c.ID, 10)).or(t).Conversation, c)
	})
	test(t, "CreateConversation keeps title and metadata", func(t *testing.T, s *setup) {
		meta := interview.ReplyMetadata{Engine: "builtin", Question: "q1"}.JSON()
		c := get(s.db.CreateConversation(t.Context(), s.user, interview.Conversation{
			ID: interview.NewID(), Title: "A title", Messages: []interview.Message{
				{ID: interview.NewID(), Role: interview.RoleAssistant, Content: "Hello", Metadata: meta},
			},
		})).or(t)
		if c.Title != "A title" || c.Messages[0].ReplyMetadata().Question != "q1" {
			t.Fatalf("stored as %+v", c)
		}
	})
	test(t, "CreateConversation returns a known one as it stands", func(t *testing.T, s *setup) {
		c := s.create("one", "two")
		again := get(s.db.CreateConversation(t.Context(), s.user, interview.Conversation{
			ID: strings.ToUpper(c.ID), Title: "Other", Messages: []interview.Message{{ID: interview.NewID(), Role: interview.RoleUser, Content: "x"}},
		})).or(t)
		same(t, again, c)
	})
	test(t, "CreateConversation refuses an id of somebody else", func(t *testing.T, s *setup) {
		_, err := s.db.CreateConversation(t.Context(), s.other, interview.Conversation{ID: s.conv, Title: "Mine now"})
		refused(t, err, interview.CodeConflict)
		same(t, s.conversation().Title, "")
	})
	test(t, "CreateConversation refuses a known message id and stores nothing", func(t *testing.T, s *setup) {
		known := s.create("one").Messages[0].ID
		c := interview.Conversation{ID: interview.NewID(), Messages: []interview.Message{{ID: known, Role: interview.RoleUser, Content: "two"}}}
		_, err := s.db.CreateConversation(t.Context(), s.user, c)
		refused(t, err, interview.CodeConflict)
		_, err = s.db.GetConversation(t.Context(), s.user, c.ID, 10)
		refused(t, err, interview.CodeNotFound)
	})
	test(t, "CreateConversation of an unknown user is not found", func(t *testing.T, s *setup) {
		_, err := s.db.CreateConversation(t.Context(), "nobody", interview.Conversation{ID: interview.NewID()})
		refused(t, err, interview.CodeNotFound)
	})
	test(t, "CountConversations counts up to the limit, archived ones too", func(t *testing.T, s *setup) {
		archived := true
		s.update(s.create().ID, interview.ConversationPatch{Archived: &archived})
		s.create()
		for limit, want := range map[int]int{0: 0, 1: 1, 2: 2, 3: 3, 100: 3} {
			same(t, get(s.db.CountConversations(t.Context(), s.user, limit)).or(t), want)
		}
		same(t, get(s.db.CountConversations(t.Context(), s.other, 10)).or(t), 0)
	})
}

func (s *setup) update(id string, p interview.ConversationPatch) interview.Conversation {
	s.t.Helper()
	return get(s.db.UpdateConversation(s.t.Context(), s.user, id, p)).or(s.t)
}

func updateTests(t *testing.T, test tester) {
	test(t, "UpdateConversation changes what is named, and UpdatedAt only with the title", func(t *testing.T, s *setup) {
		yes, no, title := true, false, "A title"
		was := s.conversation()
		c := s.update(s.conv, interview.ConversationPatch{Pinned: &yes})
		if !c.Pinned || c.Archived || !c.UpdatedAt.Equal(was.UpdatedAt.Time) || c.Messages != nil {
			t.Fatalf("pinned: %+v", c)
		}
		c = s.update(s.conv, interview.ConversationPatch{Archived: &yes})
		if !c.Pinned || !c.Archived || !c.UpdatedAt.Equal(was.UpdatedAt.Time) {
			t.Fatalf("archived: %+v", c)
		}
		c = s.update(s.conv, interview.ConversationPatch{Title: &title, Pinned: &no})
		if c.Pinned || !c.Archived || c.Title != title || c.UpdatedAt.Sub(was.UpdatedAt.Time) < time.Millisecond {
			t.Fatalf("renamed: %+v, before %+v", c, was)
		}
	})
	test(t, "UpdateConversation refuses what is invalid and finds nothing unknown", func(t *testing.T, s *setup) {
		empty, yes := "", true
		_, err := s.db.UpdateConversation(t.Context(), s.user, s.conv, interview.ConversationPatch{})
		refused(t, err, interview.CodeInvalid)
		_, err = s.db.UpdateConversation(t.Context(), s.user, s.conv, interview.ConversationPatch{Title: &empty})
		refused(t, err, interview.CodeInvalid)
		_, err = s.db.UpdateConversation(t.Context(), s.user, interview.NewID(), interview.ConversationPatch{Pinned: &yes})
		refused(t, err, interview.CodeNotFound)
	})
}

func deleteTests(t *testing.T, test tester) {
	test(t, "DeleteConversation removes all that hangs on it", func(t *testing.T, s *setup) {
		turn := s.begin("Hello", lost("a"))
		if err := s.db.DeleteConversation(t.Context(), s.user, s.conv); err != nil {
			t.Fatal(err)
		}
		_, err := s.db.GetConversation(t.Context(), s.user, s.conv, 10)
		refused(t, err, interview.CodeNotFound)
		_, err = s.db.ListMessages(t.Context(), s.user, s.conv, interview.MessageQuery{})
		refused(t, err, interview.CodeNotFound)
		_, err = s.db.GetTurn(t.Context(), s.user, s.conv, turn.Message.ID)
		refused(t, err, interview.CodeNotFound)
		_, err = s.db.FinishTurn(t.Context(), s.user, s.end(turn, interview.TurnCompleted, "Hi"))
		refused(t, err, interview.CodeNotFound)
		same(t, len(get(s.db.Checkpoint(t.Context(), lease("a"), []interview.TurnProgress{{MessageID: turn.Message.ID, Attempt: 1}})).or(t)), 0)
		same(t, len(get(s.db.TakeTurns(t.Context(), lease("b"), 10)).or(t)), 0)
		refused(t, s.db.DeleteConversation(t.Context(), s.user, s.conv), interview.CodeNotFound)
	})
	test(t, "a malformed id is not found", func(t *testing.T, s *setup) {
		for _, id := range []string{"", "x", "0", "../etc/passwd", s.conv + "0", strings.Repeat("g", 36), "' or 1=1 --", "\x00", "\xff"} {
			_, err := s.db.GetConversation(t.Context(), s.user, id, 1)
			refused(t, err, interview.CodeNotFound)
			_, err = s.db.ListMessages(t.Context(), s.user, id, interview.MessageQuery{})
			refused(t, err, interview.CodeNotFound)
			refused(t, s.db.DeleteConversation(t.Context(), s.user, id), interview.CodeNotFound)
			refused(t, s.db.CancelTurn(t.Context(), s.user, s.conv, id), interview.CodeNotFound)
			_, err = s.db.GetTurn(t.Context(), s.user, id, id)
			refused(t, err, interview.CodeNotFound)
			_, err = s.db.RetryTurn(t.Context(), s.user, s.conv, id, lease("a"))
			refused(t, err, interview.CodeNotFound)
			_, _, err = s.db.BeginTurn(t.Context(), s.user, id, interview.TurnInput{Content: "Hello"}, lease("a"))
			refused(t, err, interview.CodeNotFound)
			_, err = s.db.LoadTurn(t.Context(), s.user, s.conv, id, 1)
			refused(t, err, interview.CodeNotFound)
		}
	})
	test(t, "an id is the same in upper case", func(t *testing.T, s *setup) {
		c := get(s.db.GetConversation(t.Context(), s.user, strings.ToUpper(s.conv), 1)).or(t)
		same(t, c.Conversation.ID, s.conv)
	})
}
