package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/betterprofile/betterprofile/api"
	"github.com/betterprofile/betterprofile/api/betterauth"
	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/storage"
	"github.com/betterprofile/betterprofile/storage/storagetest"
)

// anyone is an Authenticator that asks nobody.
type anyone struct{ user interview.User }

func (a anyone) Authenticate(context.Context, string) (interview.User, error) { return a.user, nil }

// BenchmarkList lists conversations for 64 at a time on PostgreSQL: without a check of the session, with it (asked once in five seconds), with it asked for
// every request, and by cookie.
func BenchmarkList(b *testing.B) {
	db := storagetest.PostgresDB(b)
	user, err := db.CreateUser(b.Context(), interview.User{Name: "Ada", Email: "ada@example.org"})
	if err != nil {
		b.Fatal(err)
	}
	session, err := db.CreateSession(b.Context(), user.ID, 10*365*24*time.Hour)
	if err != nil {
		b.Fatal(err)
	}
	for range 50 {
		_, err := db.CreateConversation(b.Context(), user.ID, interview.Conversation{ID: interview.NewID(), UserID: user.ID, Title: "A talk"})
		if err != nil {
			b.Fatal(err)
		}
	}
	var calls atomic.Int64
	hurried := func() time.Time { return time.Now().Add(time.Duration(calls.Add(1)) * 6 * time.Second) }
	bearer := map[string]string{"Authorization": "Bearer " + session.Token}
	for _, c := range []struct {
		name   string
		auth   interview.Authenticator
		now    func() time.Time
		header map[string]string
	}{
		{"unchecked", anyone{user}, time.Now, bearer},
		{"checked", nil, time.Now, bearer},
		{"looked-up-each-time", nil, hurried, bearer},
		{"cookie", nil, time.Now, map[string]string{"Cookie": cookie(session.Token)}},
	} {
		b.Run(c.name, func(b *testing.B) { listConcurrently(b, db, c.auth, c.now, c.header) })
	}
}

func listConcurrently(b *testing.B, db *storage.DB, auth interview.Authenticator, now func() time.Time, header map[string]string) {
	b.Helper()
	service := interview.NewService(db, &script{}, interview.Options{})
	b.Cleanup(func() { service.Close(context.Background()) })
	o := api.Options{Store: db, Service: service, Auth: auth, Now: now}
	if auth == nil {
		o.Auth, o.Identity = db, &betterauth.Options{Accounts: db, Secrets: []string{secret}, BaseURL: ownOrigin}
	}
	server, err := api.New(o)
	if err != nil {
		b.Fatal(err)
	}
	handler := server.Handler()
	b.SetParallelism(max(1, 64/runtime.GOMAXPROCS(0)))
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			r := httptest.NewRequest(http.MethodGet, "/api/v1/conversations", http.NoBody)
			for name, value := range header {
				r.Header.Set(name, value)
			}
			w := httptest.NewRecorder()
			if handler.ServeHTTP(w, r); w.Code != http.StatusOK {
				b.Errorf("%d %s", w.Code, w.Body)
				return
			}
		}
	})
}

// BenchmarkHistory asks for pages of 50 messages out of 5,000, of which each second one has a turn, on PostgreSQL: over a connection, as a client does.
func BenchmarkHistory(b *testing.B) {
	db := storagetest.PostgresDB(b)
	user := storagetest.User(b, db)
	id := interview.NewID()
	if err := importHistory(b.Context(), db, user.ID, id, 5000); err != nil {
		b.Fatal(err)
	}
	service := interview.NewService(db, &script{}, interview.Options{})
	b.Cleanup(func() { service.Close(context.Background()) })
	server, err := api.New(api.Options{Store: db, Service: service, Auth: anyone{user}})
	if err != nil {
		b.Fatal(err)
	}
	ts := httptest.NewServer(server.Handler())
	b.Cleanup(ts.Close)
	get := func() error {
		r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, ts.URL+"/api/v1/conversations/"+id+"/messages", http.NoBody)
		if err != nil {
			return err
		}
		r.Header.Set("Authorization", "Bearer token")
		res, err := ts.Client().Do(r)
		if err != nil {
			return err
		}
		defer res.Body.Close()
		if n, err := io.Copy(io.Discard, res.Body); err != nil || n < 10_000 {
			return fmt.Errorf("%s, %d bytes: %w", res.Status, n, err)
		}
		return nil
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := get(); err != nil {
			b.Fatal(err)
		}
	}
}

// importHistory makes a conversation with so many messages.
func importHistory(ctx context.Context, db *storage.DB, userID, id string, messages int) error {
	at := func(i int) interview.ExactTime {
		return interview.ExactTime{Time: time.Date(2026, 1, 1, 0, 0, i, 0, time.UTC)}
	}
	_, err := db.Import(ctx, userID, func(yield func(interview.ExportRecord, error) bool) {
		yield(interview.ExportRecord{Conversation: &interview.ConversationRecord{ID: id, CreatedAt: at(0), UpdatedAt: at(messages)}}, nil)
		var turns []interview.TurnRecord
		for i := range messages {
			m := interview.MessageRecord{
				ID: interview.NewID(), ConversationID: id, Role: interview.RoleUser, CreatedAt: at(i),
				Content: strings.Repeat("we rebuilt the handover on our ward. ", 5),
			}
			if i%2 == 1 {
				m.Role, m.Metadata = interview.RoleAssistant, json.RawMessage(`{"engine":"openai","model":"gpt-4o-mini"}`)
				turns[i/2].ReplyID = m.ID
			} else {
				turns = append(turns, interview.TurnRecord{
					MessageID: m.ID, ConversationID: id, Status: interview.TurnCompleted, Attempt: 1, Engine: "openai", CreatedAt: at(i), UpdatedAt: at(i),
				})
			}
			yield(interview.ExportRecord{Message: &m}, nil)
		}
		for _, turn := range turns {
			yield(interview.ExportRecord{Turn: &turn}, nil)
		}
	})
	return err
}
