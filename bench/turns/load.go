package main

import (
	"context"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// load is a closed loop: so many readers, each beginning its next turn when the last has ended.
type load struct {
	readers int
	spread  time.Duration // over which the readers begin, so that they do not march in step
	warm    time.Duration // before the window
	window  time.Duration // in which turns are counted that end there
}

// outcome is what the readers saw.
type outcome struct {
	turns        int           // that ended in the window
	window       time.Duration // as it really was
	first, total []time.Duration
	all, failed  int // of the whole load, also before and after the window
	err          error
}

// rate is in turns a second.
func (o outcome) rate() float64 { return ratio(float64(o.turns), o.window.Seconds()) }

// turn makes one turn of a reader.
type turn func(ctx context.Context, reader int) (timing, error)

// phase is where a load is.
type phase int32

const (
	warming phase = iota
	counting
	over
)

// loading is a load that is on.
type loading struct {
	load
	do     turn
	phase  atomic.Int32
	counts chan struct{} // gets a value when a turn was counted
	mu     sync.Mutex
	sum    outcome
}

// run puts the load on. Before and after are called at the ends of the window, which is longer than asked for when no turn has ended
// in it yet. Run returns when all turns have ended.
func (l load) run(ctx context.Context, do turn, before, after func()) outcome {
	r := &loading{load: l, do: do, counts: make(chan struct{}, 1)}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var readers sync.WaitGroup
	for i := range l.readers {
		readers.Go(func() { r.read(ctx, i) })
	}
	gone := make(chan struct{})
	go func() {
		readers.Wait()
		close(gone)
	}()
	if sleep(ctx, l.spread+l.warm) {
		before()
		start := time.Now()
		r.phase.Store(int32(counting))
		sleep(ctx, l.window)
		select {
		case <-r.counts:
		case <-gone:
		case <-ctx.Done():
		}
		r.sum.window = time.Since(start)
		after()
	}
	r.phase.Store(int32(over))
	<-gone
	return r.sum
}

// read is one reader. It gives up after some failures.
func (r *loading) read(ctx context.Context, n int) {
	const mostFailures = 3
	var o outcome
	ok := sleep(ctx, time.Duration(float64(r.spread)*float64(n)/float64(r.readers)))
	for ok && r.phase.Load() != int32(over) && ctx.Err() == nil && o.failed < mostFailures {
		t, err := r.do(ctx, n)
		if err != nil {
			o.failed++
			o.err = err
			continue
		}
		o.all++
		if r.phase.Load() == int32(counting) {
			o.turns++
			o.first, o.total = append(o.first, t.first), append(o.total, t.total)
			select {
			case r.counts <- struct{}{}:
			default:
			}
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sum.add(o)
}

func (o *outcome) add(other outcome) {
	o.turns += other.turns
	o.all += other.all
	o.failed += other.failed
	o.first, o.total = append(o.first, other.first...), append(o.total, other.total...)
	if o.err == nil {
		o.err = other.err
	}
}

// check returns an error when turns failed, or none ended.
func (o outcome) check() error {
	switch {
	case o.failed > 0:
		return fmt.Errorf("%d of %d turns failed: %w", o.failed, o.all+o.failed, o.err)
	case o.turns == 0:
		return fmt.Errorf("no turn ended within %s", o.window)
	}
	return nil
}

// sleep reports whether ctx lasted.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// ownCPU is what this program has used.
func ownCPU() time.Duration { return cpuOf(os.Getpid()) }
