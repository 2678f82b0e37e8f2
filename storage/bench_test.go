package storage_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
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
			ConversationID: id, MessageID: turn.Message.ID, Message: turn.Message, Owner: "a", Attempt: 1, Status: interview.TurnCompleted,
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

// sealedBackends is backends with everything encrypted.
func sealedBackends(b *testing.B, f func(b *testing.B, db *storage.DB)) {
	_, keys := newKeys(b, "k1")
	b.Run("sqlite", func(b *testing.B) {
		f(b, open(b, storage.Options{URL: "sqlite:" + filepath.Join(b.TempDir(), "x.db"), Keys: keys}))
	})
	b.Run("postgres", func(b *testing.B) { f(b, open(b, storage.Options{URL: storagetest.Migrated(b), Keys: keys})) })
}

// fillMessages imports conversations of the user with messages of about 300 characters, a minute apart, and a turn for each second one.
func fillMessages(b *testing.B, db *storage.DB, userID string, conversations, messages int) {
	b.Helper()
	at := time.Now().UTC().Truncate(time.Second).Add(-time.Duration(conversations*messages) * time.Minute)
	text := strings.Repeat("On the ward we rebuilt the handover between night and day, which took eleven weeks. ", 4)
	_, err := db.Import(b.Context(), userID, func(yield func(interview.ExportRecord, error) bool) {
		for range conversations {
			id := interview.NewID()
			yield(interview.ExportRecord{Conversation: &interview.ConversationRecord{ID: id, CreatedAt: interview.ExactTime{Time: at}, UpdatedAt: interview.ExactTime{Time: at}}}, nil)
			var turns []interview.TurnRecord
			for i := range messages {
				at = at.Add(time.Minute)
				m := interview.MessageRecord{ID: interview.NewID(), ConversationID: id, Role: interview.RoleUser, Content: text + fmt.Sprint(i), CreatedAt: interview.ExactTime{Time: at}}
				if i%2 == 1 {
					m.Role = interview.RoleAssistant
					turns[i/2].ReplyID = m.ID
				} else {
					turns = append(turns, interview.TurnRecord{
						MessageID: m.ID, ConversationID: id, Status: interview.TurnCompleted, Attempt: 1, Engine: "builtin", CreatedAt: m.CreatedAt, UpdatedAt: m.CreatedAt,
					})
				}
				yield(interview.ExportRecord{Message: &m}, nil)
			}
			for _, turn := range turns {
				yield(interview.ExportRecord{Turn: &turn}, nil)
			}
		}
	})
	if err != nil {
		b.Fatal(err)
	}
}

// A search that looks at all of 20,000 encrypted messages, in one conversation and in a thousand; and one that is soon done.
func BenchmarkSearch(b *testing.B) {
	for _, shape := range []struct{ conversations, messages int }{{1, 20_000}, {1000, 20}} {
		sealedBackends(b, func(b *testing.B, db *storage.DB) {
			user := storagetest.User(b, db)
			fillMessages(b, db, user.ID, shape.conversations, shape.messages)
			for name, text := range map[string]string{"all": "nowhere night", "first": "handover"} {
				b.Run(fmt.Sprintf("%s/%dx%d", name, shape.conversations, shape.messages), func(b *testing.B) {
					for b.Loop() {
						if page, err := db.Search(b.Context(), user.ID, interview.SearchQuery{Text: text}); err != nil || name == "all" && page.NextCursor != "" {
							b.Fatal(page, err)
						}
					}
				})
			}
		})
	}
}

// The whole way of 20,000 messages with 10,000 turns, encrypted in the database: out to a file, and in again.
func BenchmarkExportImport(b *testing.B) {
	sealedBackends(b, func(b *testing.B, db *storage.DB) {
		user := storagetest.User(b, db)
		fillMessages(b, db, user.ID, 10, 2000)
		var file bytes.Buffer
		b.Run("export", func(b *testing.B) {
			for b.Loop() {
				file.Reset()
				exportTo(b, db, user, &file)
			}
		})
		b.Run("import", func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				c, err := db.ListConversations(b.Context(), user.ID, interview.ConversationQuery{})
				for _, c := range c.Conversations {
					err = errors.Join(err, db.DeleteConversation(b.Context(), user.ID, c.ID))
				}
				b.StartTimer()
				result, err2 := db.Import(b.Context(), user.ID, interview.ReadExport(bytes.NewReader(file.Bytes())))
				if err != nil || err2 != nil || result.Messages != 20_000 {
					b.Fatal(result, err, err2)
				}
			}
		})
	})
}

// exportTo writes all of a user as an export.
func exportTo(t testing.TB, db *storage.DB, user interview.User, w io.Writer) {
	t.Helper()
	out, err := interview.NewExportWriter(w, user, time.Now())
	if err == nil {
		err = db.Export(t.Context(), user.ID, out.Write)
	}
	if err = errors.Join(err, out.Close()); err != nil {
		t.Fatal(err)
	}
}
