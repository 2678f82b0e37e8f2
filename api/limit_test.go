package api_test

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/storage"
	"github.com/betterprofile/betterprofile/storage/storagetest"
)

func TestLimit_MessagesPerUser(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	e := setup(t, func(o *options) {
		o.api.MessagesPerMinute, o.api.Burst = 6, 2
		o.api.Now = func() time.Time {
			mu.Lock()
			defer mu.Unlock()
			return now
		}
	})
	pass := func(d time.Duration) {
		mu.Lock()
		defer mu.Unlock()
		now = now.Add(d)
	}
	c, id := e.conversation(), interview.NewID()
	send := func() error { return follow(e.Send(t.Context(), c, interview.TurnInput{ID: id, Content: "x"})).err }
	for range 2 {
		if err := send(); err != nil {
			t.Fatal(err)
		}
	}
	if got := interview.AsError(send()); got == nil || got.Code != interview.CodeRateLimited || got.Details.RetryAfterSeconds != 10 {
		t.Errorf("third: %v", got)
	}
	got := e.raw("POST", "/api/v1/conversations/"+c+"/messages/"+id+"/retry", "")
	checkRefused(t, got, refused{interview.CodeRateLimited, ""})
	if got.header.Get("Retry-After") != "10" {
		t.Errorf("Retry-After %q", got.header.Get("Retry-After"))
	}
	_, token := e.newUser("Eve", "eve@example.org")
	eve := e.signIn(token)
	own, err := eve.CreateConversation(t.Context(), interview.ConversationInput{})
	if err != nil {
		t.Fatal(err)
	}
	if err := follow(eve.Send(t.Context(), own.ID, interview.TurnInput{Content: "x"})).err; err != nil {
		t.Errorf("another user: %v", err)
	}
	pass(9 * time.Second)
	if interview.ErrorCode(send()) != interview.CodeRateLimited {
		t.Error("not limited after 9 s")
	}
	pass(time.Second)
	if err := send(); err != nil {
		t.Errorf("after 10 s: %v", err)
	}
	// Whoever has the whole burst again is forgotten.
	pass(5 * time.Minute)
	if err := send(); err != nil {
		t.Error(err)
	}
}

func TestLimit_RequestsAndMessagesOnEveryWayIn(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	e := setup(t, func(o *options) {
		o.api.MessagesPerMinute, o.api.Burst, o.api.RequestsPerMinute = 6, 2, 20
		o.api.Now = func() time.Time { return now }
	})
	message := func() answer { return e.raw("POST", "/rpc/chat/sendMessage", `{"json":{"message":"x"}}`) }
	for range 2 {
		if got := message(); got.status != http.StatusOK {
			t.Fatalf("%d %s", got.status, got.body)
		}
	}
	got := message()
	if got.status != http.StatusTooManyRequests || got.header.Get("Retry-After") != "10" || !strings.Contains(got.body, `"code":"TOO_MANY_REQUESTS"`) {
		t.Errorf("%d %v %s", got.status, got.header, got.body)
	}
	for range 7 { // ten at once in all
		if got := e.raw("GET", "/api/v1/me", ""); got.status != http.StatusOK {
			t.Fatalf("%d %s", got.status, got.body)
		}
	}
	got = e.raw("GET", "/api/v1/me", "")
	checkRefused(t, got, refused{interview.CodeRateLimited, ""})
	if got.header.Get("Retry-After") != "3" {
		t.Errorf("Retry-After %q", got.header.Get("Retry-After"))
	}
	if got := e.raw("GET", "/healthz", ""); got.status != http.StatusOK {
		t.Errorf("what needs no session: %d", got.status)
	}
}

func TestLimit_StreamsOfAUser(t *testing.T) {
	t.Parallel()
	g := newGate("a")
	e := setup(t, func(o *options) { o.api.StreamsPerUser, o.agent.reply = 2, g.reply })
	c, id := e.conversation(), interview.NewID()
	ended := make(chan turn, 2)
	go func() { ended <- follow(e.Send(t.Context(), c, interview.TurnInput{ID: id, Content: "x"})) }()
	g.pass(1)
	opened := make(chan struct{})
	go func() {
		ended <- follow(func(yield func(interview.Event, error) bool) {
			first := sync.OnceFunc(func() { close(opened) })
			for ev, err := range e.Events(t.Context(), c, id, nil) {
				first()
				if !yield(ev, err) {
					return
				}
			}
		})
	}()
	<-opened
	path := "/api/v1/conversations/" + c + "/messages/" + id + "/events"
	got := e.raw("GET", path, "")
	checkRefused(t, got, refused{interview.CodeRateLimited, ""})
	if got := e.raw("POST", "/rpc/chat/streamMessage", `{"json":{"message":"x"}}`); got.status != http.StatusTooManyRequests {
		t.Errorf("%d %s", got.status, got.body)
	}
	g.pass(1)
	for range 2 {
		if got := <-ended; got.err != nil || got.text != "a" {
			t.Errorf("%+v", got)
		}
	}
	if got := e.raw("GET", path, ""); got.status != http.StatusOK {
		t.Errorf("after they have ended: %d %s", got.status, got.body)
	}
}

// TestLimit_ClientsAreTakenAtAProxysWordOnlyIfItIsTrusted looks at whom the identity service counts sign-ins for.
func TestLimit_ClientsAreTakenAtAProxysWordOnlyIfItIsTrusted(t *testing.T) {
	t.Parallel()
	for _, trusted := range []bool{true, false} {
		e := setup(t, func(o *options) {
			o.limited = true
			o.api.Now = func() time.Time { return time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC) }
			if trusted {
				o.api.TrustedProxies = []string{"127.0.0.1"}
			}
		})
		statuses := map[int]int{}
		for i := range 6 {
			got := e.raw("POST", "/api/auth/sign-in/email", `{"email":"nobody","password":"correct horse"}`, // refused unhashed, but counted
				"Authorization", "", "X-Forwarded-For", "203.0.113."+strconv.Itoa(i))
			statuses[got.status]++
		}
		if limited := statuses[http.StatusTooManyRequests]; trusted && limited > 0 || !trusted && limited != 3 {
			t.Errorf("trusted %t: %v", trusted, statuses)
		}
	}
}

// door is a server that an address tries tokens at.
type door struct {
	*env
	asked *atomic.Int32 // how many tokens were looked up, at all servers of the database
}

// try asks with a token from an address, and checks the status and whether the token was looked up.
func (d door) try(token, address string, status int, looksUp bool) {
	d.t.Helper()
	before := d.asked.Load()
	got := d.raw("GET", "/api/v1/me", "", "Authorization", "Bearer "+token, "X-Forwarded-For", address)
	if got.status != status || (d.asked.Load() > before) != looksUp {
		d.t.Errorf("%s from %s: %d %s, %d look-ups", token, address, got.status, got.body, d.asked.Load()-before)
	}
	if status != http.StatusTooManyRequests {
		return
	}
	checkRefused(d.t, got, refused{interview.CodeRateLimited, ""})
	if s, err := strconv.Atoi(got.header.Get("Retry-After")); err != nil || s < 1 || s > 60 {
		d.t.Errorf("Retry-After %q", got.header.Get("Retry-After"))
	}
}

// Two servers on one database share what they know of an address that tries tokens.
func TestLimit_TokensThatAreNobodys(t *testing.T) {
	t.Parallel()
	for name, tokens := range map[string]bool{"with identity service": false, "tokens alone": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var asked atomic.Int32
			db, err := storage.Open(t.Context(), storage.Options{URL: storagetest.Migrated(t), Trace: func(_ context.Context, statement string) {
				if strings.HasPrefix(statement, "select s.id") && strings.Contains(statement, "where s.token = ") {
					asked.Add(1)
				}
			}})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = db.Close() })
			began := time.Now()
			var late atomic.Int64 // seconds since then
			change := func(o *options) {
				o.db, o.tokens = db, tokens
				o.api.Rates, o.api.StrangersPerMinute, o.api.TrustedProxies = db, 1, []string{"127.0.0.1"}
				o.api.Now = func() time.Time { return began.Add(time.Duration(late.Load()) * time.Second) }
			}
			a, b := door{setup(t, change), &asked}, door{serve(t, change), &asked}
			_, fresh := a.newUser("Eve", "eve@example.org")
			const attacker, other = "2001:db8::1", "203.0.113.9"
			b.try(a.token, attacker, http.StatusOK, true)

			a.try("nobodys1", attacker, http.StatusUnauthorized, true)
			b.try("nobodys2", attacker, http.StatusTooManyRequests, true) // the bucket is empty, which only the database knows
			b.try("nobodys3", attacker, http.StatusTooManyRequests, false)
			b.try("nobodys3", "2001:db8::2", http.StatusTooManyRequests, false) // of the same network
			b.try(fresh, attacker, http.StatusTooManyRequests, false)
			b.try(fresh, other, http.StatusOK, true)

			b.try(a.token, attacker, http.StatusOK, false)
			late.Add(6)
			b.try(a.token, attacker, http.StatusOK, true) // not believed any more, but known
			if err := db.EndSession(t.Context(), a.user.ID, a.token); err != nil {
				t.Fatal(err)
			}
			late.Add(6)
			b.try(a.token, attacker, http.StatusTooManyRequests, true)
			b.try(a.token, attacker, http.StatusTooManyRequests, false)
			late.Add(70)
			b.try(fresh, attacker, http.StatusOK, true)
		})
	}
}
