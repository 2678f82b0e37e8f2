package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/storage"
	"github.com/betterprofile/betterprofile/storage/storagetest"
)

// probe says how to ask an operation of the document about something of a user's.
type probe struct {
	body        string // with CONVERSATION, MESSAGE and FACT in it for ids, as the path has them in braces
	query       string
	contentType string // default JSON
	own         int    // the status of asking about one's own; default 200
}

// probes has a row for each operation that needs a session. A new one without a row fails TestIsolation.
func probes() map[string]probe {
	return map[string]probe{
		"getMe":     {},
		"eraseUser": {own: 204},

		"exportUser":         {},
		"importUser":         {contentType: interview.ExportType, own: 400},
		"search":             {query: "?q=MARK"},
		"getProfile":         {},
		"getResume":          {},
		"getResumeMarkdown":  {},
		"getResumeHTML":      {},
		"listFacts":          {},
		"updateFact":         {body: `{"status":"confirmed"}`},
		"getCoverage":        {},
		"getAgenda":          {},
		"forget":             {body: `{"messageIds":["MESSAGE"]}`},
		"createConversation": {body: `{}`, own: 201},
		"listConversations":  {},
		"getConversation":    {},
		"updateConversation": {body: `{"title":"New"}`},
		"deleteConversation": {own: 204},
		"forkConversation":   {body: `{"messageId":"MESSAGE"}`, own: 201},
		"exportConversation": {},
		"listMessages":       {},
		"sendMessage":        {body: `{"content":"x"}`},
		"followTurn":         {},
		"cancelTurn":         {own: 409}, // it has ended
		"retryTurn":          {},
	}
}

// operation is one of the document that needs a session.
type operation struct {
	id, method, path string
	probe
}

// operations reads the document.
func operations(t *testing.T) []operation {
	t.Helper()
	c, err := loadContract()
	if err != nil {
		t.Fatal(err)
	}
	rows := probes()
	var all []operation
	for path, item := range c.doc.Paths.Map() {
		for method, op := range item.Operations() {
			if op.Security != nil && len(*op.Security) == 0 {
				continue // for anybody
			}
			row, known := rows[op.OperationID]
			if !known {
				t.Errorf("%s %s (%s) has no isolation test: add a row to probes", method, path, op.OperationID)
			}
			delete(rows, op.OperationID)
			for _, status := range []string{"401", "403", "429"} {
				if op.Responses.Value(status) == nil {
					t.Errorf("%s: the document does not say that it may answer %s", op.OperationID, status)
				}
			}
			all = append(all, operation{op.OperationID, method, path, row})
		}
	}
	for id := range rows {
		t.Errorf("there is no operation %s in the document", id)
	}
	return all
}

// things are what a user has, by id.
type things struct{ conversation, message, fact string }

// asks reports whether the operation is about a thing.
func (o operation) asks() bool {
	return strings.Contains(o.path, "{") || strings.Contains(o.body, "MESSAGE")
}

// about fills in the ids.
func (o operation) about(of things) (path, body string) {
	path = strings.NewReplacer("{conversation}", of.conversation, "{message}", of.message, "{fact}", of.fact).Replace(o.path)
	return path + o.query, strings.NewReplacer("MESSAGE", of.message).Replace(o.body)
}

// person is a user with something to hide.
type person struct {
	user  interview.User
	token string
	things
}

// newPerson makes one who has said something that has mark in it.
func (e *env) newPerson(name, mark string) person {
	e.t.Helper()
	user, token := e.newUser(name, strings.ToLower(name+interview.NewID())+"@example.org")
	p := person{user: user, token: token}
	c := e.signIn(token)
	quiet := false
	made, err := c.CreateConversation(e.t.Context(), interview.ConversationInput{Title: mark, Opening: &quiet})
	if err != nil {
		e.t.Fatal(err)
	}
	p.conversation, p.message = made.ID, interview.NewID()
	if err := follow(c.Send(e.t.Context(), made.ID, interview.TurnInput{ID: p.message, Content: "I want to lead a " + mark})).err; err != nil {
		e.t.Fatal(err)
	}
	for f, err := range c.Facts(e.t.Context(), interview.FactQuery{}) {
		if err != nil {
			e.t.Fatal(err)
		}
		p.fact = f.ID
	}
	if p.fact == "" {
		e.t.Fatal("nothing was learned")
	}
	return p
}

func unknown() things { return things{interview.NewID(), interview.NewID(), interview.NewID()} }

// noise are the headers in which answers may differ.
func noise() []string { return []string{"Date", "X-Request-Id"} }

// seen is an answer without noise.
func seen(a answer) string {
	h := a.header.Clone()
	for _, name := range noise() {
		h.Del(name)
	}
	names := slices.Sorted(maps.Keys(h))
	var b strings.Builder
	fmt.Fprintln(&b, a.status)
	for _, name := range names {
		fmt.Fprintln(&b, name, h[name])
	}
	return b.String() + a.body
}

// ask makes the request of an operation about things, with a header that signs in, or none.
func (e *env) ask(o operation, of things, authorization string) answer {
	e.t.Helper()
	path, body := o.about(of)
	contentType := o.contentType
	if contentType == "" && body != "" {
		contentType = "application/json"
	}
	return e.raw(o.method, path, body, "Authorization", authorization, "Content-Type", contentType)
}

// statements are what requests asked a database, by request.
type statements struct {
	mu    sync.Mutex
	asked map[string][]string // by X-Request-Id
}

// askedBy is the key of a request's id in its context.
type askedBy struct{}

// around gives requests their ids.
func (s *statements) around(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := interview.NewID()
		r.Header.Set("X-Request-Id", id)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), askedBy{}, id)))
	})
}

// trace is a storage.Options.Trace. Looking up whose the token is does not count: that is remembered for a time.
func (s *statements) trace(ctx context.Context, statement string) {
	id, ok := ctx.Value(askedBy{}).(string)
	if !ok || strings.Contains(statement, "where s.token = ") {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked[id] = append(s.asked[id], statement)
}

// of returns the statements of the request that was answered so.
func (s *statements) of(a answer) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked[a.header.Get("X-Request-Id")]
}

// TestIsolation asks every operation of the document as every kind of caller about what is theirs, somebody else's and nobody's: who may not know of a
// thing gets the very answer that there is no such thing, after the very same statements to the database.
func TestIsolation(t *testing.T) {
	t.Parallel()
	all := operations(t)
	if len(all) < 20 {
		t.Fatalf("only %d operations were found", len(all))
	}
	for kind, url := range map[string]func(testing.TB) string{
		"sqlite":   storagetest.SQLiteURL,
		"postgres": storagetest.Migrated,
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			made := &statements{asked: map[string][]string{}}
			db, err := storage.Open(t.Context(), storage.Options{URL: url(t), Trace: made.trace})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = db.Close() })
			e := setup(t, func(o *options) {
				o.db, o.around = db, made.around
				tells(interview.Fact{Kind: "goal", Key: "goal", Quote: "lead a"})(o)
			})
			for _, o := range all {
				t.Run(o.id, func(t *testing.T) {
					t.Parallel()
					inner := *e
					inner.t = t
					isolated(t, &inner, o, made)
				})
			}
		})
	}
}

func isolated(t *testing.T, e *env, o operation, made *statements) {
	t.Helper()
	ada, eve := e.newPerson("Ada", "ADASMARK"), e.newPerson("Eve", "EVESMARK")
	before := e.export(eve)

	others, nobodys := e.ask(o, eve.things, "Bearer "+ada.token), e.ask(o, unknown(), "Bearer "+ada.token)
	if o.asks() {
		if others.status != http.StatusNotFound && !strings.Contains(others.body, `"messages":0`) {
			t.Errorf("about somebody else's: %d %s", others.status, others.body)
		}
		if seen(others) != seen(nobodys) {
			t.Errorf("somebody else's and nobody's differ:\n%s\n%s", seen(others), seen(nobodys))
		}
		if asked := made.of(others); len(asked) == 0 || !slices.Equal(asked, made.of(nobodys)) {
			t.Errorf("asked about somebody else's:\n%s\nand about nobody's:\n%s", strings.Join(asked, "\n"), strings.Join(made.of(nobodys), "\n"))
		}
	}
	if strings.Contains(seen(others), "EVESMARK") || strings.Contains(seen(others), eve.user.ID) {
		t.Errorf("tells of somebody else: %s", seen(others))
	}

	if o.id == "eraseUser" { // which was about Ada's own, whatever it was asked about
		if others.status != http.StatusNoContent || nobodys.status != http.StatusUnauthorized {
			t.Errorf("erased: %d, then %d", others.status, nobodys.status)
		}
		ada = e.newPerson("Ada", "ADASMARK")
	}
	for kind, authorization := range e.strangers(ada.user.ID) {
		answers := map[string]bool{}
		for _, of := range []things{ada.things, eve.things, unknown()} {
			got := e.ask(o, of, authorization)
			checkRefused(t, got, refused{interview.CodeUnauthenticated, ""})
			answers[seen(got)] = true
		}
		if len(answers) != 1 {
			t.Errorf("%s: answers differ: %q", kind, slices.Collect(maps.Keys(answers)))
		}
	}
	if after := e.export(eve); after != before {
		t.Errorf("Eve had\n%s\nand now has\n%s", before, after)
	}
	want := o.own
	if want == 0 {
		want = http.StatusOK
	}
	if got := e.ask(o, ada.things, "Bearer "+ada.token); got.status != want {
		t.Errorf("about one's own: %d %.300s, want %d", got.status, got.body, want)
	}
}

// export is all that a user has, but for the line that says when.
func (e *env) export(p person) string {
	e.t.Helper()
	var b strings.Builder
	err := e.db.Export(context.WithoutCancel(e.t.Context()), p.user.ID, func(r interview.ExportRecord) error {
		return json.NewEncoder(&b).Encode(r)
	})
	if err != nil || !strings.Contains(b.String(), "EVESMARK") {
		e.t.Fatalf("%v: %s", err, b.String())
	}
	return b.String()
}

// strangers are the Authorization headers of those who are not signed in.
func (e *env) strangers(userID string) map[string]string {
	e.t.Helper()
	expired, err := e.db.CreateSession(e.t.Context(), userID, -time.Minute)
	if err != nil {
		e.t.Fatal(err)
	}
	revoked, err := e.db.CreateSession(e.t.Context(), userID, time.Hour)
	if err != nil {
		e.t.Fatal(err)
	}
	if err := e.db.EndSession(e.t.Context(), userID, revoked.Token); err != nil {
		e.t.Fatal(err)
	}
	return map[string]string{
		"anonymous": "", "expired": "Bearer " + expired.Token, "revoked": "Bearer " + revoked.Token,
		"malformed": "Bearer not one", "signed by nobody": "Bearer " + revoked.Token + ".AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
	}
}
