package api

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/betterprofile/betterprofile/api/betterauth"
	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/storage/storagetest"
)

// bucket is a RateStore that replicas share, and counts what it is asked.
type bucket struct {
	*betterauth.MemoryRates
	asked atomic.Int32
	away  atomic.Bool
}

func newBucket() *bucket { return &bucket{MemoryRates: betterauth.NewMemoryRates(time.Now)} }

func (b *bucket) TakeRate(ctx context.Context, key string, n, burst int, interval time.Duration) (time.Duration, error) {
	b.asked.Add(1)
	if b.away.Load() {
		return 0, interview.Errorf(interview.CodeUnavailable, "Away.")
	}
	return b.MemoryRates.TakeRate(ctx, key, n, burst, interval)
}

// passed is how many of n the limiter lets pass at once.
func passed(t *testing.T, l *limiter, user string, n int) (count int) {
	t.Helper()
	for range n {
		wait, err := l.take(t.Context(), user)
		if err != nil {
			t.Fatal(err)
		}
		if wait == 0 {
			count++
		}
	}
	return count
}

func TestLimiter_SharedAsksLessThanOnceARequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBucket()
		l := newLimiter("requests", 600, 0, b, time.Now) // 300 at once
		if n := passed(t, l, "ada", 1000); n != 300 {
			t.Errorf("%d passed", n)
		}
		if n := b.asked.Load(); n > 30 {
			t.Errorf("the bucket was asked %d times", n)
		}
		asked := b.asked.Load()
		if n := passed(t, l, "ada", 1000); n != 0 || b.asked.Load() != asked {
			t.Errorf("%d passed, asked %d times about what is known", n, b.asked.Load()-asked)
		}
		if n := passed(t, l, "eve", 10); n != 10 {
			t.Errorf("of another user %d passed", n)
		}
		time.Sleep(time.Second)
		if n := passed(t, l, "ada", 100); n != 10 {
			t.Errorf("after a second %d passed", n)
		}
		time.Sleep(time.Hour)
		passed(t, l, "eve", 1)
		if n := len(l.users); n != 1 {
			t.Errorf("%d users are remembered", n)
		}
	})
}

func TestLimiter_ReplicasLetABurstPassWhereverItGoes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBucket()
		var replicas []*limiter
		for range 4 {
			replicas = append(replicas, newLimiter("messages", 20, 10, b, time.Now))
		}
		count := 0
		for i := range 40 { // in turn
			count += passed(t, replicas[i%len(replicas)], "ada", 1)
		}
		if count != 10 {
			t.Errorf("%d of a burst of 10 passed", count)
		}
		time.Sleep(time.Minute)
		if n := passed(t, replicas[0], "ada", 100); n != 10 {
			t.Errorf("a minute later %d of 10 passed", n)
		}
	})
}

func TestLimiter_WhatIsLeftOfALeaseRunsOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBucket()
		l := newLimiter("messages", 60, 30, b, time.Now)
		passed(t, l, "ada", 2) // of 1 and 2
		time.Sleep(time.Minute)
		if n := passed(t, l, "ada", 100); n != 30 {
			t.Errorf("%d of 30 passed", n)
		}
	})
}

func TestLimiter_TroubleIsTheCallers(t *testing.T) {
	t.Parallel()
	b := newBucket()
	b.away.Store(true)
	l := newLimiter("messages", 20, 10, b, time.Now)
	if _, err := l.take(t.Context(), "ada"); interview.ErrorCode(err) != interview.CodeUnavailable {
		t.Errorf("%v", err)
	}
	b.away.Store(false)
	if n := passed(t, l, "ada", 11); n != 10 {
		t.Errorf("%d passed", n)
	}
	if n := passed(t, newLimiter("messages", 0, 0, b, time.Now), "ada", 1000); n != 1000 {
		t.Errorf("without limit %d passed", n)
	}
}

// TestLimiter_TwoReplicasOnPostgres floods two replicas with ten times what is allowed, for two seconds of a limit that is quick to refill.
func TestLimiter_TwoReplicasOnPostgres(t *testing.T) {
	t.Parallel()
	const burst, perSecond, senders = 100, 100, 10
	db := storagetest.PostgresDB(t)
	var allowed, asked atomic.Int32
	began := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	var all sync.WaitGroup
	for _, l := range []*limiter{newLimiter("test", 60*perSecond, burst, db, time.Now), newLimiter("test", 60*perSecond, burst, db, time.Now)} {
		for range senders / 2 {
			all.Go(func() {
				for tick := time.NewTicker(time.Second / perSecond); ; {
					wait, err := l.take(context.WithoutCancel(ctx), "ada")
					if err != nil {
						t.Error(err)
						return
					}
					asked.Add(1)
					if wait == 0 {
						allowed.Add(1)
					}
					select {
					case <-tick.C:
					case <-ctx.Done():
						return
					}
				}
			})
		}
	}
	all.Wait()
	want := burst + perSecond*time.Since(began).Seconds()
	if got := float64(allowed.Load()); got > 1.05*want || got < 0.75*want { // what nobody asked for in time, on a busy machine, is lost
		t.Errorf("%.0f of %d passed, want %.0f", got, asked.Load(), want)
	}
}

func TestPlaces_AreGivenBack(t *testing.T) {
	t.Parallel()
	p := newPlaces(2)
	leave, err := p.take("ada")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.take("ada"); err != nil {
		t.Fatal(err)
	}
	_, err = p.take("ada")
	if e, ok := errors.AsType[*interview.Error](err); !ok || e.Code != interview.CodeRateLimited || e.Details.RetryAfterSeconds < 1 {
		t.Errorf("third: %v", err)
	}
	if _, err := p.take("eve"); err != nil {
		t.Errorf("another user: %v", err)
	}
	leave()
	if leave, err = p.take("ada"); err != nil {
		t.Errorf("after one was left: %v", err)
	}
	for i := range 1000 {
		if leave, err := p.take(fmt.Sprint(i)); err == nil {
			leave()
		}
	}
	if len(p.taken) != 2 {
		t.Errorf("%d users are remembered", len(p.taken))
	}
	leave()
}
