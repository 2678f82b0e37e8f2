package storage

import (
	"context"
	"slices"
	"sync"
	"time"
)

const (
	// groupsAtOnce is how many groups of a kind are at the database before calls wait for each other.
	groupsAtOnce = 1
	// groupMost is how many calls are in a group.
	groupMost = 64
	// groupPatience is how long a group keeps the others waiting: one that waits for somebody's lock must not hold up everybody.
	groupPatience = 20 * time.Millisecond
)

// groupCommit lets calls of a kind go to the database in groups, of which each is one statement and one commit: for many they cost little more than for one.
// Nobody waits to be joined by others: who comes when no group is at the database goes at once, and alone; those who come meanwhile are the next group.
// The zero value is ready. The idea is PostgreSQL's own of its log, where it spares the writing to disk alone (commit_delay in its manual).
type groupCommit[T keyed] struct {
	mu      sync.Mutex
	running int // groups
	waiting []*member[T]
}

// keyed has a key. Two of the same are never in one group.
type keyed interface{ key() string }

// member is a call that waits.
type member[T keyed] struct {
	one T
	// What it waits for: its group, if it is the first of it and so the one to act; nil when another has acted for it.
	turn chan []*member[T]
}

// do returns when one was in a group: when alone was called, for a group of one, or together, by this call or by another of the group. Its error is ctx's, when that
// ended first.
func (g *groupCommit[T]) do(ctx context.Context, one T, alone func(), together func(all []T)) error {
	m := &member[T]{one: one}
	if !g.mustWait(m) {
		g.run(alone)
		return nil
	}
	var group []*member[T]
	select {
	case group = <-m.turn:
	case <-ctx.Done():
		if g.leave(m) {
			return ctx.Err()
		}
		group = <-m.turn
	}
	switch len(group) {
	case 0:
	case 1:
		g.run(alone)
	default:
		g.runGroup(group, together)
	}
	return nil
}

// mustWait reports whether m has to, and counts it either way. What it waits for is made then.
func (g *groupCommit[T]) mustWait(m *member[T]) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.running < groupsAtOnce {
		g.running++
		return false
	}
	m.turn = make(chan []*member[T], 1)
	g.waiting = append(g.waiting, m)
	return true
}

// leave reports whether m was still waiting. It no longer is.
func (g *groupCommit[T]) leave(m *member[T]) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	i := slices.Index(g.waiting, m)
	if i >= 0 {
		g.waiting = slices.Delete(g.waiting, i, i+1)
	}
	return i >= 0
}

func (g *groupCommit[T]) runGroup(group []*member[T], together func([]T)) {
	all := make([]T, len(group))
	for i, m := range group {
		all[i] = m.one
	}
	defer func() {
		for _, m := range group[1:] {
			m.turn <- nil
		}
	}()
	g.run(func() { together(all) })
}

// run calls f, and the next group when f is done or takes long.
func (g *groupCommit[T]) run(f func()) {
	next := sync.OnceFunc(g.next)
	late := time.AfterFunc(groupPatience, next)
	defer next()
	defer late.Stop()
	f()
}

// next makes those who wait a group.
func (g *groupCommit[T]) next() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.waiting) == 0 {
		g.running--
		return
	}
	var group, rest []*member[T]
	keys := make(map[string]bool, len(g.waiting))
	for _, m := range g.waiting {
		if key := m.one.key(); len(group) < groupMost && !keys[key] {
			keys[key] = true
			group = append(group, m)
		} else {
			rest = append(rest, m)
		}
	}
	g.waiting = rest
	group[0].turn <- group
}
