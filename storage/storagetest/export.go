package storagetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"testing"
	"time"

	"github.com/betterprofile/betterprofile/interview"
)

// stored imports a conversation with messages at the times, in any order, and returns its id.
func (s *setup) stored(times ...interview.ExactTime) string {
	s.t.Helper()
	c := interview.ConversationRecord{ID: interview.NewID(), CreatedAt: times[0], UpdatedAt: times[0]}
	records := []interview.ExportRecord{{Conversation: &c}}
	for i, at := range times {
		records = append(records, interview.ExportRecord{Message: &interview.MessageRecord{
			ID: interview.NewID(), ConversationID: c.ID, Role: interview.RoleUser, Content: fmt.Sprintf("message %d", i), CreatedAt: at,
		}})
	}
	get(s.db.Import(s.t.Context(), s.user, sequence(records...))).or(s.t)
	return c.ID
}

// sequence yields the records, on lines of their own.
func sequence(records ...interview.ExportRecord) iter.Seq2[interview.ExportRecord, error] {
	return func(yield func(interview.ExportRecord, error) bool) {
		for i, r := range records {
			if r.Line = i + 2; !yield(r, nil) {
				return
			}
		}
	}
}

// exported is all of a user.
func (s *setup) exported(userID string) []interview.ExportRecord {
	s.t.Helper()
	records := []interview.ExportRecord{}
	err := s.db.Export(s.t.Context(), userID, func(r interview.ExportRecord) error {
		records = append(records, r)
		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return records
}

// kinds counts records: conversations, messages, turns.
func kinds(records []interview.ExportRecord) (n [3]int) {
	for _, r := range records {
		switch {
		case r.Conversation != nil:
			n[0]++
		case r.Message != nil:
			n[1]++
		default:
			n[2]++
		}
	}
	return n
}

func exportTests(t *testing.T, test tester) {
	test(t, "Export has each conversation, then its messages, then its turns", func(t *testing.T, s *setup) {
		yes, title := true, "A title"
		end := s.end(s.begin("Hello", lease("a")), interview.TurnCompleted, "Hi")
		end.State, end.Model, end.Usage = []byte(`{"asked":["q1"]}`), "m", interview.Usage{InputTokens: 3, OutputTokens: 2}
		done := s.finish(end)
		failed := s.ended(interview.TurnFailed, "")
		c := s.update(s.conv, interview.ConversationPatch{Title: &title, Pinned: &yes, Archived: &yes})
		records := s.exported(s.user)
		same(t, kinds(records), [3]int{1, 3, 2})
		got := *records[0].Conversation
		if got.ID != c.ID || got.Title != title || got.PinnedAt == nil || got.ArchivedAt == nil || !got.UpdatedAt.Equal(c.UpdatedAt.Time) {
			t.Fatalf("conversation %+v", got)
		}
		same(t, inspect(t, got.State), inspect(t, json.RawMessage(`{"asked":["q1"]}`)))
		same(t, records[2].Message.Content, "Hi")
		same(t, inspect(t, records[2].Message.Metadata), inspect(t, done.Reply.Metadata))
		first, second := *records[4].Turn, *records[5].Turn
		same(t, first, interview.TurnRecord{
			MessageID: done.Message.ID, ConversationID: s.conv, Status: interview.TurnCompleted, Attempt: 1, ReplyID: done.Reply.ID, Engine: "builtin",
			Model: "m", Usage: end.Usage, CreatedAt: first.CreatedAt, UpdatedAt: first.UpdatedAt,
		})
		same(t, second.Status, interview.TurnFailed)
		same(t, second.Error, failed.Error)
	})
	test(t, "Export shows a running turn as failed, or completed where an earlier reply stands", func(t *testing.T, s *setup) {
		turn := s.begin("Hello", lease("a"))
		last := func() interview.TurnRecord {
			records := s.exported(s.user)
			return *records[len(records)-1].Turn
		}
		if got := last(); got.Status != interview.TurnFailed || got.Error.Code != interview.CodeInterrupted {
			t.Fatalf("running: %+v", got)
		}
		s.finish(s.end(turn, interview.TurnCompleted, "Hi"))
		get(s.db.RetryTurn(t.Context(), s.user, s.conv, turn.Message.ID, lease("a"))).or(t)
		if got := last(); got.Status != interview.TurnCompleted || got.Error != nil || got.ReplyID == "" {
			t.Fatalf("running again: %+v", got)
		}
	})
	test(t, "Export is of one moment", func(t *testing.T, s *setup) {
		second := s.create("two", "three")
		s.conv = s.create("four").ID
		turn := s.begin("Hello", lease("a"))
		want := s.exported(s.user)
		got := []interview.ExportRecord{}
		err := s.db.Export(t.Context(), s.user, func(r interview.ExportRecord) error {
			if got = append(got, r); len(got) > 1 {
				return nil
			}
			s.finish(s.end(turn, interview.TurnCompleted, "Hi")) // between its first line and the others
			return s.db.DeleteConversation(t.Context(), s.user, second.ID)
		})
		if err != nil {
			t.Fatal(err)
		}
		same(t, got, want)
		same(t, kinds(s.exported(s.user)), [3]int{2, 3, 1})
	})
	test(t, "Export ends with the first error of its function, and of a user without anything is empty", func(t *testing.T, s *setup) {
		stop := errors.New("stop")
		if err := s.db.Export(t.Context(), s.user, func(interview.ExportRecord) error { return stop }); !errors.Is(err, stop) {
			t.Fatalf("error %v", err)
		}
		same(t, len(s.exported(s.other)), 0)
	})
}

func importTests(t *testing.T, test tester) {
	test(t, "Import stores what Export gave, for another user of an empty database too", func(t *testing.T, s *setup) {
		s.ended(interview.TurnCompleted, "Hi")
		s.ended(interview.TurnCancelled, "H")
		s.create(numbered(300)...)
		records := s.exported(s.user)
		if err := s.db.DeleteConversation(t.Context(), s.user, s.conv); err != nil {
			t.Fatal(err)
		}
		result := get(s.db.Import(t.Context(), s.user, sequence(records...))).or(t)
		same(t, result, interview.ImportResult{Conversations: 1, Messages: 4, Turns: 2, Skipped: 1})
		same(t, s.exported(s.user), records)
	})
	test(t, "Import of the same again changes nothing", func(t *testing.T, s *setup) {
		s.ended(interview.TurnCompleted, "Hi")
		records := s.exported(s.user)
		title := "Renamed since"
		s.update(s.conv, interview.ConversationPatch{Title: &title})
		s.ended(interview.TurnCompleted, "Hi again")
		want := s.exported(s.user)
		same(t, get(s.db.Import(t.Context(), s.user, sequence(records...))).or(t), interview.ImportResult{Skipped: 1})
		same(t, s.exported(s.user), want)
	})
	test(t, "an imported conversation goes on", func(t *testing.T, s *setup) {
		turn := s.ended(interview.TurnFailed, "")
		records := s.exported(s.user)
		if err := s.db.DeleteConversation(t.Context(), s.user, s.conv); err != nil {
			t.Fatal(err)
		}
		get(s.db.Import(t.Context(), s.user, sequence(records...))).or(t)
		again := get(s.db.RetryTurn(t.Context(), s.user, s.conv, turn.Message.ID, lease("a"))).or(t)
		same(t, again.Attempt, 2)
		s.finish(s.end(again, interview.TurnCompleted, "Hi"))
		s.ended(interview.TurnCompleted, "More")
		same(t, contents(s.messages()), []string{"Hello", "Hi", "Hello", "More"})
	})
	test(t, "Import refuses ids that are taken, with their line, and stores nothing", func(t *testing.T, s *setup) {
		s.ended(interview.TurnCompleted, "Hi")
		records := s.exported(s.user)
		_, err := s.db.Import(t.Context(), s.other, sequence(records...))
		takenAt(t, err, 2)
		c, m := *records[0].Conversation, *records[2].Message
		c.ID = interview.NewID()
		m.ConversationID = c.ID
		fresh := interview.MessageRecord{ID: interview.NewID(), ConversationID: c.ID, Role: interview.RoleUser, Content: "x", CreatedAt: c.CreatedAt}
		for _, user := range []string{s.user, s.other} {
			before := s.exported(user)
			_, err = s.db.Import(t.Context(), user, sequence(interview.ExportRecord{Conversation: &c}, interview.ExportRecord{Message: &fresh}, interview.ExportRecord{Message: &m}))
			takenAt(t, err, 4)
			same(t, s.exported(user), before)
		}
	})
	test(t, "Import ends with the records' error and stores nothing", func(t *testing.T, s *setup) {
		c := interview.ConversationRecord{ID: interview.NewID(), CreatedAt: interview.ExactTime{Time: time.Now().UTC()}}
		bad := interview.Invalid("role", "role must be something else.")
		_, err := s.db.Import(t.Context(), s.user, func(yield func(interview.ExportRecord, error) bool) {
			if yield(interview.ExportRecord{Conversation: &c}, nil) {
				yield(interview.ExportRecord{}, bad)
			}
		})
		if !errors.Is(err, bad) {
			t.Fatalf("error %v", err)
		}
		same(t, kinds(s.exported(s.user)), [3]int{1, 0, 0})
	})
	test(t, "Import for an unknown user is not found", func(t *testing.T, s *setup) {
		c := interview.ConversationRecord{ID: interview.NewID()}
		_, err := s.db.Import(t.Context(), "nobody", sequence(interview.ExportRecord{Conversation: &c}))
		refused(t, err, interview.CodeNotFound)
	})
}

// takenAt checks that an error is the conflict about the id in a line.
func takenAt(t testing.TB, err error, line int) {
	t.Helper()
	refused(t, err, interview.CodeConflict)
	if e := interview.AsError(err); e.Details.Line != line || e.Details.Field != "id" {
		t.Fatalf("the conflict is at %+v, want line %d", e.Details, line)
	}
}
