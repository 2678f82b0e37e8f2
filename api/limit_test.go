package api_test

import (
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
