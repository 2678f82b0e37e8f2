package api_test

import (
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/betterprofile/betterprofile/interview"
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
