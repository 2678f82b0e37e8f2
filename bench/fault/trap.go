package main

import "sync"

// point is a place in the life of a turn where a fault may hit.
type point string

// The points.
const (
	beforeAck point = "before the acknowledgement" // the request is on its way
	atStarted point = "right after started"
	midReply  point = "in mid-reply"
	nearEnd   point = "near the end" // the model has said its last word, or is about to
)

func points() []point { return []point{beforeAck, atStarted, midReply, nearEnd} }

// trap waits for some turn, whichever it is, to come to a point.
type trap struct {
	mu    sync.Mutex
	point point
	share float64 // of the reply, in mid-reply
	fired chan struct{}
}

// arm sets the trap and returns the channel that is closed when it springs. A trap that was set before is forgotten.
func (t *trap) arm(p point, share float64) <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.point, t.share, t.fired = p, share, make(chan struct{})
	return t.fired
}

// reach says that a turn has come to a point, in mid-reply with this share of the reply said.
func (t *trap) reach(p point, share float64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.fired != nil && t.point == p && share >= t.share {
		close(t.fired)
		t.fired = nil
	}
}
