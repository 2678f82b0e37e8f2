package api

import (
	"cmp"
	"math"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
	"golang.org/x/time/rate"

	"github.com/betterprofile/betterprofile/interview"
)

// sweepEvery is how often the limiter forgets users who have their whole burst again: they are the same as new ones.
const sweepEvery = time.Minute

// limiter counts the messages of each user in this process.
type limiter struct {
	every rate.Limit
	burst int
	now   func() time.Time

	mu    sync.Mutex
	users map[string]*rate.Limiter
	swept time.Time
}

// newLimiter makes a limiter; with perMinute 0 it limits nothing. A burst of 0 is half of perMinute.
func newLimiter(perMinute, burst int, now func() time.Time) *limiter {
	return &limiter{
		every: rate.Limit(float64(perMinute) / 60), burst: max(1, cmp.Or(burst, perMinute/2)), now: now,
		users: map[string]*rate.Limiter{},
	}
}

// take counts a message of the user, or returns how long to wait for the next one.
func (l *limiter) take(user string) time.Duration {
	if l.every <= 0 {
		return 0
	}
	now := l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sweep(now)
	u := l.users[user]
	if u == nil {
		u = rate.NewLimiter(l.every, l.burst)
		l.users[user] = u
	}
	r := u.ReserveN(now, 1)
	wait := r.DelayFrom(now)
	if wait > 0 {
		r.CancelAt(now)
	}
	return wait
}

func (l *limiter) sweep(now time.Time) {
	if now.Sub(l.swept) < sweepEvery {
		return
	}
	l.swept = now
	for user, u := range l.users {
		if u.TokensAt(now) >= float64(l.burst) {
			delete(l.users, user)
		}
	}
}

// limitMessages counts a message of the signed-in user. Errors: rate_limited.
func (s *Server) limitMessages(c *gin.Context) error {
	wait := s.limit.take(userID(c))
	if wait <= 0 {
		return nil
	}
	seconds := max(1, int(math.Ceil(wait.Seconds())))
	return &interview.Error{
		Code: interview.CodeRateLimited, Message: "That was a lot of messages in a short time. Try again in a moment.",
		Details: interview.Details{RetryAfterSeconds: seconds},
	}
}
