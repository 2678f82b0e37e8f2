package storagetest

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/betterprofile/betterprofile/interview"
)

func rateTests(t *testing.T, test tester) {
	test(t, "TakeRate gives what the bucket holds, then says how long to wait", func(t *testing.T, s *setup) {
		key := "messages " + interview.NewID()
		take := func(n int) time.Duration { return get(s.db.TakeRate(t.Context(), key, n, 10, time.Hour)).or(t) }
		same(t, []time.Duration{take(4), take(5), take(1)}, []time.Duration{0, 0, 0})
		for n, want := range map[int]time.Duration{1: time.Hour, 3: 3 * time.Hour, 10: 10 * time.Hour, 11: 10 * time.Hour} {
			if wait := take(n); wait > want || wait < want-time.Minute {
				t.Fatalf("wait %v for %d tokens, want %v", wait, n, want)
			}
		}
		same(t, get(s.db.TakeRate(t.Context(), "another "+key, 10, 10, time.Hour)).or(t), 0)
	})
	test(t, "TakeRate gains a token each interval", func(t *testing.T, s *setup) {
		key := interview.NewID()
		const interval = 50 * time.Millisecond
		begun := time.Now()
		given := 0
		for given < 5 {
			if get(s.db.TakeRate(t.Context(), key, 1, 2, interval)).or(t) == 0 {
				given++
			}
		}
		if took := time.Since(begun); took < 3*interval-10*time.Millisecond {
			t.Fatalf("5 tokens of a bucket of 2 in %v", took)
		}
	})
	test(t, "TakeRate gives each token once", func(t *testing.T, s *setup) {
		key := interview.NewID()
		var given atomic.Int64
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				for range 3 {
					wait, err := s.db.TakeRate(t.Context(), key, 1, 30, time.Hour)
					if err != nil {
						t.Error(err)
					} else if wait == 0 {
						given.Add(1)
					}
				}
			})
		}
		wg.Wait()
		same(t, given.Load(), 30)
	})
	test(t, "a bucket that has become smaller holds nobody up for longer than it says", func(t *testing.T, s *setup) {
		key := interview.NewID()
		same(t, get(s.db.TakeRate(t.Context(), key, 100, 100, time.Hour)).or(t), 0)
		if wait := get(s.db.TakeRate(t.Context(), key, 1, 3, time.Second)).or(t); wait > time.Second || wait == 0 {
			t.Fatalf("wait %v", wait)
		}
	})
}
