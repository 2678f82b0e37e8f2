package api

import (
	"cmp"
	"context"
	"errors"
	"io"
	"math"
	"net/http"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/betterprofile/betterprofile/api/betterauth"
	"github.com/betterprofile/betterprofile/interview"
)

const (
	// sweepEvery is how often a limiter forgets users of whom it has nothing to remember.
	sweepEvery = time.Minute
	// maxLease is the most that is taken from a shared bucket at once.
	maxLease = 50
)

// limiter bounds how often each user does something: so often at once, and once more each interval.
//
// Where replicas share a bucket for each user, a limiter takes more than one from it when a user goes on, twice as many each time up to a
// fifth of what it holds, so that not every request asks the database; and once it has been told that the bucket is empty, it says so itself until there
// is something in it again. What it has taken and not used is lost to the others: with n replicas, n-1 times a fifth of a burst at most.
type limiter struct {
	what     string // names the bucket
	burst    int
	interval time.Duration // 0 for no limit
	rates    interview.RateStore
	lease    int // how much is taken at most
	now      func() time.Time

	mu    sync.Mutex
	users map[string]*allowance
	swept time.Time
}

// allowance is what a limiter has taken for a user. Its lock is held while the shared bucket is asked, so that one asks for all.
type allowance struct {
	mu     sync.Mutex
	left   int       // taken, not used yet
	lease  int       // how many were taken the last time
	until  time.Time // what is left counts until then: the bucket would be full again
	barred time.Time // until then there is nothing in the bucket
}

// newLimiter makes a limiter; with perMinute 0 it limits nothing. A burst of 0 is half of perMinute. Without rates it counts by itself.
func newLimiter(what string, perMinute, burst int, rates interview.RateStore, now func() time.Time) *limiter {
	l := &limiter{what: what, burst: max(1, cmp.Or(burst, perMinute/2)), rates: rates, now: now, users: map[string]*allowance{}}
	if perMinute > 0 {
		l.interval = time.Minute / time.Duration(perMinute)
	}
	if l.lease = max(1, min(l.burst/5, maxLease)); rates == nil {
		l.rates = betterauth.NewMemoryRates(now)
	}
	return l
}

// take counts one for the user, or returns how long to wait for the next. Errors: those of the RateStore.
func (l *limiter) take(ctx context.Context, user string) (wait time.Duration, err error) {
	if l.interval <= 0 {
		return 0, nil
	}
	if _, own := l.rates.(*betterauth.MemoryRates); own {
		return l.rates.TakeRate(ctx, user, 1, l.burst, l.interval)
	}
	a := l.allowance(user)
	a.mu.Lock()
	defer a.mu.Unlock()
	now := l.now()
	if !now.Before(a.until) {
		a.left, a.lease = 0, 0
	}
	if a.left > 0 {
		a.left--
		return 0, nil
	}
	if wait = a.barred.Sub(now); wait > 0 {
		return wait, nil
	}
	interview.Apart(func() { wait, err = l.ask(ctx, a, user, now) })
	return wait, err
}

// ask takes from the shared bucket: what is due, or else one. The allowance is locked.
func (l *limiter) ask(ctx context.Context, a *allowance, user string, now time.Time) (wait time.Duration, err error) {
	for n := min(max(1, 2*a.lease), l.lease); ; n = 1 {
		if wait, err = l.rates.TakeRate(ctx, l.what+" "+user, n, l.burst, l.interval); err != nil {
			return 0, err
		}
		if wait <= 0 {
			a.left, a.lease, a.until = n-1, n, now.Add(time.Duration(l.burst)*l.interval)
			return 0, nil
		}
		if n == 1 {
			a.lease, a.barred = 0, now.Add(wait)
			return wait, nil
		}
	}
}

// allowance returns the user's.
func (l *limiter) allowance(user string) *allowance {
	now := l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sweep(now)
	a := l.users[user]
	if a == nil {
		a = &allowance{}
		l.users[user] = a
	}
	return a
}

// sweep forgets allowances that say nothing any more; l.mu is held.
func (l *limiter) sweep(now time.Time) {
	if now.Sub(l.swept) < sweepEvery {
		return
	}
	l.swept = now
	for user, a := range l.users {
		if !a.mu.TryLock() {
			continue // in use
		}
		if !now.Before(a.until) && !now.Before(a.barred) {
			delete(l.users, user)
		}
		a.mu.Unlock()
	}
}

// errLimited is rate_limited.
func errLimited(wait time.Duration, message string) error {
	return &interview.Error{
		Code: interview.CodeRateLimited, Message: message,
		Details: interview.Details{RetryAfterSeconds: max(1, int(math.Ceil(wait.Seconds())))},
	}
}

// limitMessages counts a message of the user. Errors: rate_limited, unavailable.
func (s *Server) limitMessages(ctx context.Context, user string) error {
	wait, err := s.messages.take(ctx, user)
	if err == nil && wait > 0 {
		err = errLimited(wait, "That was a lot of messages in a short time. Try again in a moment.")
	}
	return err
}

// limitRequests counts a request of the user. Errors: rate_limited, unavailable.
func (s *Server) limitRequests(ctx context.Context, user string) error {
	wait, err := s.requests.take(ctx, user)
	if err == nil && wait > 0 {
		err = errLimited(wait, "Those were a lot of requests in a short time. Try again in a moment.")
	}
	return err
}

// maxBarred is how many addresses are remembered to be barred; when there are more, all are forgotten.
const maxBarred = 10_000

// strangers bounds how often an address comes with tokens that are nobody's.
type strangers struct {
	failures *limiter

	mu     sync.Mutex
	barred map[string]time.Time // until when, by address
}

func newStrangers(failures *limiter) *strangers {
	return &strangers{failures: failures, barred: map[string]time.Time{}}
}

// check refuses an address that has come with too many. Errors: rate_limited.
func (s *strangers) check(address string) error {
	now := s.failures.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	until, barred := s.barred[address]
	if wait := until.Sub(now); barred && wait > 0 {
		return errStranger(wait)
	}
	delete(s.barred, address)
	return nil
}

// count counts one. Errors: rate_limited when it was one too many; unavailable.
func (s *strangers) count(ctx context.Context, address string) error {
	wait, err := s.failures.take(ctx, address)
	if err != nil || wait <= 0 {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.barred) >= maxBarred {
		clear(s.barred)
	}
	s.barred[address] = s.failures.now().Add(wait)
	return errStranger(wait)
}

func errStranger(wait time.Duration) error {
	return errLimited(wait, "Too many requests with unknown sessions came from your address. Try again in a moment.")
}

// places bounds how many streams each user has open at once with this server.
type places struct {
	most int // 0 for no limit

	mu    sync.Mutex
	taken map[string]int // by user
}

func newPlaces(most int) *places { return &places{most: most, taken: map[string]int{}} }

// take gives the user a place, to be left once. Errors: rate_limited when all are taken.
func (p *places) take(user string) (leave func(), err error) {
	if p.most <= 0 {
		return func() {}, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.taken[user] >= p.most {
		return nil, errLimited(time.Second, "Too many streams are open at once. Close one of them first.")
	}
	p.taken[user]++
	return func() { p.leave(user) }, nil
}

func (p *places) leave(user string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.taken[user]--; p.taken[user] <= 0 {
		delete(p.taken, user)
	}
}

// boundBody ends the connection of a client that does not send the body that it has announced.
func (s *Server) boundBody(c *gin.Context) {
	if c.Request.ContentLength != 0 {
		body := &arriving{ReadCloser: c.Request.Body, rc: http.NewResponseController(below(c.Writer))}
		_ = body.rc.SetReadDeadline(time.Now().Add(s.opts.BodyTime)) // a connection without deadlines has none
		c.Request.Body = body
	}
}

// arriving is a body whose deadline is lifted at its end: or the server would take its passing for the client's going away.
type arriving struct {
	io.ReadCloser
	rc *http.ResponseController
}

// Read implements io.Reader.
func (a *arriving) Read(p []byte) (int, error) {
	n, err := a.ReadCloser.Read(p)
	if errors.Is(err, io.EOF) {
		_ = a.rc.SetReadDeadline(time.Time{})
	}
	return n, err
}
