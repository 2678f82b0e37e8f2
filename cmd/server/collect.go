package main

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
)

// How far the heap may grow between two garbage collections. Go's own rule, to twice what is live, collects a small heap all the time: a server that answers
// few turns at a time has some 10 MB that live and makes that much garbage several times a second. And it takes twice the memory of a large one.
const (
	leastHeap   = 64 << 20 // bytes that the heap may always have
	leastGrowth = 25       // percent of what is live that it may always grow by
	mostGrowth  = 400      // percent: what a server at rest has is given back
)

// paceCollector sets how often garbage is collected by how much is live, after each collection anew. It does nothing where the
// environment has a rule of its own, GOGC or GOMEMLIMIT. Stop brings back the rule that held before.
func paceCollector(lookup func(string) (string, bool)) (stop func()) {
	for _, name := range []string{"GOGC", "GOMEMLIMIT"} {
		if value, ok := lookup(name); ok && value != "" {
			return func() {}
		}
	}
	p := &pacer{percent: growth(usedHeap())}
	before := debug.SetGCPercent(p.percent)
	afterEachCollection(p.adjust)
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.stopped = true
		debug.SetGCPercent(before)
	}
}

// pacer keeps the percentage up to date.
type pacer struct {
	mu      sync.Mutex
	percent int // as it was set last
	stopped bool
}

// adjust sets the percentage when it has changed by more than a tenth: each time, the world is stopped for a moment. It reports whether to go on.
func (p *pacer) adjust() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stopped {
		return false
	}
	percent := growth(usedHeap())
	if apart := percent - p.percent; max(apart, -apart)*10 > p.percent {
		p.percent = percent
		debug.SetGCPercent(percent)
	}
	return true
}

// growth is the percentage for a heap of which so many bytes are live, and so many more are to be looked through: stacks and global variables. See
// [debug.SetGCPercent] for what it is a percentage of.
func growth(live, roots uint64) int {
	if live >= leastHeap {
		return leastGrowth
	}
	return int(min(max(100*(leastHeap-live)/(live+roots+1), leastGrowth), mostGrowth))
}

// usedHeap is what the last collection found.
func usedHeap() (live, roots uint64) {
	samples := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/gc/scan/stack:bytes"}, {Name: "/gc/scan/globals:bytes"}}
	metrics.Read(samples)
	return samples[0].Value.Uint64(), samples[1].Value.Uint64() + samples[2].Value.Uint64()
}

// afterEachCollection calls f soon after each garbage collection until it returns false, on a goroutine of the runtime, which it is not to
// hold up. What it goes by is an object that nothing refers to: its finalizer runs after each collection that has found it, and is set again.
func afterEachCollection(f func() bool) {
	type unused struct{ _ *int } // with a pointer: those without share their memory with others
	var collected func(*unused)
	collected = func(u *unused) {
		if f() {
			runtime.SetFinalizer(u, collected)
		}
	}
	runtime.SetFinalizer(&unused{}, collected)
}
