package api_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"runtime"
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
