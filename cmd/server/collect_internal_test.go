package main

import (
	"math"
	"runtime"
	"runtime/debug"
	"testing"
)

func TestGrowth_HoldsASmallHeapLargeAndALargeOneSmall(t *testing.T) {
	t.Parallel()
	const mb = 1 << 20
	for _, test := range []struct {
		live, roots uint64
		want        int
	}{
		{0, 0, 400},
		{5 * mb, mb, 400},
		{16 * mb, 4 * mb, 239},
		{32 * mb, 0, 99},
		{40 * mb, 8 * mb, 49},
		{64 * mb, 0, 25},
		{math.MaxInt64, 0, 25},
	} {
		if got := growth(test.live, test.roots); got != test.want {
			t.Errorf("growth(%d, %d) = %d, want %d", test.live, test.roots, got, test.want)
		}
	}
}

func TestPaceCollector_LeavesARuleOfTheEnvironment(t *testing.T) { //nolint:paralleltest // the rule is the whole process's
	for _, name := range []string{"GOGC", "GOMEMLIMIT"} {
		before := debug.SetGCPercent(77)
		stop := paceCollector(func(asked string) (string, bool) { return "100MiB", asked == name })
		if got := debug.SetGCPercent(before); got != 77 {
			t.Errorf("with %s, the percentage became %d", name, got)
		}
		stop()
	}
}

func TestPaceCollector_FollowsWhatIsLiveUntilItIsStopped(t *testing.T) { //nolint:paralleltest // the rule is the whole process's
	before := debug.SetGCPercent(77)
	defer debug.SetGCPercent(before)
	stop := paceCollector(func(string) (string, bool) { return "", false })
	held := make([]byte, 2*leastHeap)
	awaitPercent(t, leastGrowth)
	runtime.KeepAlive(held)
	stop()
	if got := debug.SetGCPercent(77); got != 77 {
		t.Errorf("after the stop the percentage is %d", got)
	}
	runtime.GC()
	runtime.GC()
	if got := debug.SetGCPercent(77); got != 77 {
		t.Errorf("a while after the stop the percentage is %d", got)
	}
}

// awaitPercent waits until collections have led to the percentage.
func awaitPercent(t *testing.T, want int) {
	t.Helper()
	var got int
	for range 500 {
		runtime.GC()
		got = debug.SetGCPercent(100)
		debug.SetGCPercent(got)
		if got == want {
			return
		}
		runtime.Gosched() // to the runtime's goroutine that sets it
	}
	t.Fatalf("the percentage is %d, want %d", got, want)
}
