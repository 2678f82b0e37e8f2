package storage_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/storage"
	"github.com/betterprofile/betterprofile/storage/storagetest"
)

// backends runs a benchmark for each database. PostgreSQL does not sync here; see storagetest.Options.
func backends(b *testing.B, f func(b *testing.B, db *storage.DB)) {
	b.Run("sqlite", func(b *testing.B) { f(b, storagetest.SQLite(b)) })
	b.Run("postgres", func(b *testing.B) { f(b, storagetest.PostgresDB(b)) })
}

func newConversation(b *testing.B, db *storage.DB, userID string, messages int) string {
	b.Helper()
	c := interview.Conversation{ID: interview.NewID()}
	for i := range messages {
		c.Messages = append(c.Messages, interview.Message{
			ID: interview.NewID(), Role: []interview.Role{interview.RoleUser, interview.RoleAssistant}[i%2], Content: fmt.Sprintf("message %d", i),
		})
	}
	if _, err := db.CreateConversation(b.Context(), userID, c); err != nil {
		b.Fatal(err)
	}
	return c.ID
}

// A turn without the model: begin, load, finish.
func BenchmarkTurn(b *testing.B) {
	backends(b, func(b *testing.B, db *storage.DB) {
		user := storagetest.User(b, db)
		id := newConversation(b, db, user.ID, 0)
		for b.Loop() {
			exchange(b, db, user.ID, id)
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "turns/s")
	})
}

func BenchmarkTurn_Parallel(b *testing.B) {
	backends(b, func(b *testing.B, db *storage.DB) {
		user := storagetest.User(b, db)
		b.SetParallelism(8)
		b.RunParallel(func(pb *testing.PB) {
			id := newConversation(b, db, user.ID, 0)
			for pb.Next() {
				exchange(b, db, user.ID, id)
			}
		})
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "turns/s")
	})
}

func exchange(b *testing.B, db *storage.DB, userID, id string) {
	turn, _, err := db.BeginTurn(b.Context(), userID, id, interview.TurnInput{Content: "Hello"}, interview.Lease{Owner: "a", For: time.Hour})
	if err == nil {
		_, err = db.FinishTurn(b.Context(), userID, interview.TurnEnd{
			ConversationID: id, MessageID: turn.Message.ID, Owner: "a", Attempt: 1, Status: interview.TurnCompleted,
			ReplyID: interview.NewID(), ReplyContent: "Hello to you", Metadata: interview.ReplyMetadata{Engine: "builtin"}, State: []byte(`{"n":1}`),
		})
	}
	if err != nil {
		b.Error(err)
	}
}

func BenchmarkCheckpoint(b *testing.B) {
	backends(b, func(b *testing.B, db *storage.DB) {
		user := storagetest.User(b, db)
		lease := interview.Lease{Owner: "a", For: time.Hour}
		var progress []interview.TurnProgress
		for range 100 {
			turn, _, err := db.BeginTurn(b.Context(), user.ID, newConversation(b, db, user.ID, 0), interview.TurnInput{Content: "Hello"}, lease)
			if err != nil {
				b.Fatal(err)
			}
			progress = append(progress, interview.TurnProgress{MessageID: turn.Message.ID, Attempt: 1, Partial: "What was the hardest part of it?"})
		}
		for b.Loop() {
			if signals, err := db.Checkpoint(b.Context(), lease, progress); err != nil || len(signals) != 100 {
				b.Fatal(len(signals), err)
			}
		}
	})
}

// Pages cost the same however much there is beside them.
func BenchmarkPages(b *testing.B) {
	for _, size := range []int{10_000, 100_000} {
		backends(b, func(b *testing.B, db *storage.DB) {
			user := storagetest.User(b, db)
			id := newConversation(b, db, user.ID, size/2)
			for range size / 100 {
				newConversation(b, db, user.ID, 50)
			}
			b.Run(fmt.Sprintf("list/%d", size), func(b *testing.B) {
				for b.Loop() {
					if _, err := db.ListConversations(b.Context(), user.ID, interview.ConversationQuery{}); err != nil {
						b.Fatal(err)
					}
				}
			})
			b.Run(fmt.Sprintf("messages/%d", size), func(b *testing.B) {
				for b.Loop() {
					if _, err := db.GetConversation(b.Context(), user.ID, id, 50); err != nil {
						b.Fatal(err)
					}
				}
			})
		})
	}
}

// BenchmarkOpen opens a file, asks one thing and closes it.
func BenchmarkOpen(b *testing.B) {
	openAndAsk := func(b *testing.B, path string) {
		db, err := storage.Open(b.Context(), storage.Options{URL: "sqlite:" + path})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := db.CountConversations(b.Context(), "local", 1); err != nil {
			b.Fatal(err)
		}
		if err := db.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("fresh", func(b *testing.B) {
		dir := b.TempDir()
		for i := 0; b.Loop(); i++ {
			openAndAsk(b, filepath.Join(dir, fmt.Sprint(i)))
		}
	})
	b.Run("existing", func(b *testing.B) {
		path := filepath.Join(b.TempDir(), "test.db")
		for b.Loop() {
			openAndAsk(b, path)
		}
	})
}
