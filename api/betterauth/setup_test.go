package betterauth_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/betterprofile/betterprofile/api/betterauth"
	"github.com/betterprofile/betterprofile/api/logtest"
	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/storage"
	"github.com/betterprofile/betterprofile/storage/storagetest"
)

const (
	ownOrigin = "http://127.0.0.1:4101"
	password  = "correct horse 1"
)

// setup is a handler with one user, Ada, whose password is password.
type setup struct {
	*testing.T
	*betterauth.Handler
	watch *logtest.Watch
	clock *clock
	store *storage.DB
	url   string // of the database
	ada   interview.Account

	mu     sync.Mutex
	events []betterauth.Event
}

// start makes a setup. Change may set further options.
func start(t *testing.T, change ...func(*betterauth.Options)) *setup {
	t.Helper()
	s := &setup{T: t, watch: logtest.New(t), clock: newClock(), url: storagetest.SQLiteURL(t)}
	s.store = openStore(t, s.url, s.clock.now)
	o := betterauth.Options{
		Accounts: s.store, Secrets: []string{recordedSecret}, BaseURL: ownOrigin, NoLimits: true, Clock: s.clock.now,
		TrustedOrigins: []string{"https://app.example.com", "https://*.preview.example.com"},
		Audit: func(_ context.Context, e betterauth.Event) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.events = append(s.events, e)
		},
	}
	for _, f := range change {
		f(&o)
	}
	o.Log = s.watch.Logger(o.Log)
	s.Handler = newHandler(t, o)
	betterauth.Derive(s.Handler, betterauth.Quick)
	var err error
	s.ada, err = s.store.CreateAccount(t.Context(), interview.NewAccount{
		Name: "Ada", Email: "ada@example.com", PasswordHash: betterauth.QuickHash(password),
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// signedIn makes a session of Ada's and returns its token.
func (s *setup) signedIn() string {
	s.Helper()
	in, err := s.store.StartSession(s.Context(), interview.NewSignIn{UserID: s.ada.ID, For: 7 * 24 * time.Hour})
	if err != nil {
		s.Fatal(err)
	}
	return in.Token
}

// change executes a statement.
func (s *setup) change(statement string, args ...any) {
	s.Helper()
	db, err := sql.Open("sqlite", strings.TrimPrefix(s.url, "sqlite:"))
	if err != nil {
		s.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(s.Context(), statement, args...); err != nil {
		s.Fatal(err)
	}
}

// session returns one.
func (s *setup) session(token string) interview.SignIn {
	s.Helper()
	in, _, err := s.store.FindSession(s.Context(), token)
	if err != nil {
		s.Fatal(err)
	}
	return in
}

// account is Ada's as it is stored.
func (s *setup) account() interview.Account {
	s.Helper()
	account, _, err := s.store.AccountByID(s.Context(), s.ada.ID)
	if err != nil {
		s.Fatal(err)
	}
	return account
}

// answer is what came back, read.
type answer struct {
	*http.Response
	text string
}

// object is the body as a JSON object.
func (a answer) object(t *testing.T) map[string]any {
	t.Helper()
	var object map[string]any
	if err := json.Unmarshal([]byte(a.text), &object); err != nil {
		t.Fatalf("%q is no JSON object: %v", a.text, err)
	}
	return object
}

// do sends a request with headers in pairs of name and value.
func (s *setup) do(method, path, body string, headers ...string) answer {
	s.Helper()
	var reader io.Reader = http.NoBody
	if body != "" {
		reader = strings.NewReader(body)
	}
	r := httptest.NewRequestWithContext(s.Context(), method, path, reader)
	if strings.HasPrefix(body, "{") {
		r.Header.Set("Content-Type", "application/json")
	} else if body != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.watch.Handler(s.Handler).ServeHTTP(w, r)
	result := w.Result()
	text, _ := io.ReadAll(result.Body)
	return answer{result, string(text)}
}

// refused wants an answer with the status and the code, or OAuth's error.
func refused(t *testing.T, a answer, status int, code string) {
	t.Helper()
	if a.StatusCode != status {
		t.Errorf("status %d %s, want %d", a.StatusCode, a.text, status)
	}
	object := a.object(t)
	if object["code"] != code && object["error"] != code {
		t.Errorf("answered %s, want the code %s", a.text, code)
	}
}

// cookie is the Cookie header of a session, as the handler would have set it.
func cookie(token string) string {
	return "better-auth.session_token=" + escape(signed(token))
}
