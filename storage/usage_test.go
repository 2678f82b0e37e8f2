package storage_test

import (
	"testing"
	"time"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/storage"
	"github.com/betterprofile/betterprofile/storage/storagetest"
)

func TestTokensSince_AddsUpAUsersTurns(t *testing.T) {
	t.Parallel()
	storagetest.Backends(t, func(t *testing.T, open func(testing.TB) *storage.DB) {
		db := open(t)
		ada, eve := storagetest.User(t, db), storagetest.User(t, db)
		before := interview.At(time.Now().Add(-time.Minute))
		for _, user := range []interview.User{ada, ada, eve} {
			c, err := db.CreateConversation(t.Context(), user.ID, interview.Conversation{ID: interview.NewID()})
			if err != nil {
				t.Fatal(err)
			}
			in := interview.TurnInput{ID: interview.NewID(), Content: "x"}
			turn, _, err := db.BeginTurn(t.Context(), user.ID, c.ID, in, interview.Lease{Owner: "test", For: time.Minute})
			if err != nil {
				t.Fatal(err)
			}
			_, err = db.FinishTurn(t.Context(), user.ID, interview.TurnEnd{
				ConversationID: c.ID, MessageID: in.ID, Message: turn.Message, Owner: "test", ReplyID: interview.NewID(), Attempt: turn.Attempt,
				Status: interview.TurnCompleted, ReplyContent: "y", Engine: "openai", Usage: interview.Usage{InputTokens: 100, OutputTokens: 7},
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		for _, c := range []struct {
			user  string
			since interview.Time
			want  int
		}{
			{ada.ID, before, 214},
			{eve.ID, before, 107},
			{ada.ID, interview.At(time.Now().Add(time.Minute)), 0},
			{"nobody", before, 0},
		} {
			if got, err := db.TokensSince(t.Context(), c.user, c.since); err != nil || got != c.want {
				t.Errorf("%s since %s: %d, %v, want %d", c.user, c.since, got, err, c.want)
			}
		}
	})
}
