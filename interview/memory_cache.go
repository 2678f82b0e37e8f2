package interview

import (
	"cmp"
	"container/list"
	"context"
	"slices"
	"sync"
	"time"
)

// memoryTTL is how long a memory that nobody asks for is kept.
const memoryTTL = 10 * time.Minute

// maxAhead is how many memories are read ahead at a time. What is beyond it is read when it is needed.
const maxAhead = 16

// memoryCache holds the memories of the users seen last. What it gives out never changes, and is as new as the version asked for.
type memoryCache struct {
	store    MemoryStore
	now      func() time.Time
	maxUsers int
	maxRows  int

	mu    sync.Mutex
	users map[string]*list.Element // of *memoryEntry
	used  *list.List               // the last one used first
	rows  int
	drops int                     // how often something had to be let go: what was read before is not held any more
	ahead map[string]*memoryAhead // by user: what is being read before it is needed
}

// memoryAhead is a memory that is being read ahead. What came of it is there when done is closed.
type memoryAhead struct {
	done   chan struct{}
	memory *Memory // nil when it could not be read
}

type memoryEntry struct {
	memory *Memory
	rows   int
	at     time.Time // when it was last asked for
}

func newMemoryCache(store MemoryStore, o Options) *memoryCache {
	return &memoryCache{store: store, now: o.Now, maxUsers: o.MemoryUsers, maxRows: o.MemoryRows, users: map[string]*list.Element{}, used: list.New(), ahead: map[string]*memoryAhead{}}
}

// at returns the memory of a user at a version that the database has just named, reading only what is not at hand. What is read ahead is waited for: it was begun
// before the version was named, and so the version tells whether it is of use.
func (c *memoryCache) at(ctx context.Context, userID string, version MemoryVersion) (*Memory, error) {
	c.mu.Lock()
	m, a := c.known(userID), c.ahead[userID]
	c.mu.Unlock()
	if m != nil && m.Version == version {
		return m, nil
	}
	if a != nil {
		select {
		case <-a.done:
			if a.memory != nil && !version.after(a.memory.Version) {
				return a.memory, nil
			}
		case <-ctx.Done():
		}
	}
	return c.latest(ctx, userID)
}

// latest returns the memory of a user as it is now.
func (c *memoryCache) latest(ctx context.Context, userID string) (*Memory, error) {
	old, drops := c.held(userID)
	since := MemoryVersion{}
	if old != nil {
		since = old.Version
	}
	change, err := c.store.LoadMemory(ctx, userID, since)
	if err != nil {
		return nil, err
	}
	m := old.with(userID, change)
	c.put(m, drops)
	return m, nil
}

// readAhead begins to read a memory that will be asked for, in what spawn starts, unless it is being read already or too much is.
func (c *memoryCache) readAhead(ctx context.Context, userID string, spawn func(func())) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ahead[userID] != nil || len(c.ahead) >= maxAhead {
		return
	}
	a := &memoryAhead{done: make(chan struct{})}
	c.ahead[userID] = a
	spawn(func() {
		defer func() {
			_ = recover() // whoever needs the memory meets the same when they read it themselves
			c.mu.Lock()
			delete(c.ahead, userID)
			c.mu.Unlock()
			close(a.done)
		}()
		a.memory, _ = c.latest(ctx, userID)
	})
}

// step brings what is held up to date with a change that this server has stored, and reports whether it is: not when the change is not known, or does not come right
// after it.
// Every change of a memory makes the next version, one after the other; so the memory after the change is what was held and the change.
func (c *memoryCache) step(userID string, change *MemoryChange) bool {
	m, drops := c.held(userID)
	switch {
	case m == nil:
		return true
	case change == nil || change.Version != (MemoryVersion{Epoch: m.Version.Epoch, Number: m.Version.Number + 1}):
		return false
	}
	c.put(m.with(userID, *change), drops)
	return true
}

// held returns the memory that is held, nil when there is none, and what put must be told of what is made from it.
func (c *memoryCache) held(userID string) (m *Memory, drops int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.known(userID), c.drops
}

// known returns the memory that is held, nil when there is none; c.mu is held.
func (c *memoryCache) known(userID string) *Memory {
	element := c.users[userID]
	if element == nil {
		return nil
	}
	entry, now := element.Value.(*memoryEntry), c.now()
	if now.Sub(entry.at) > memoryTTL {
		c.remove(element)
		return nil
	}
	entry.at = now
	c.used.MoveToFront(element)
	return entry.memory
}

// put holds a memory unless a newer one is held or something was dropped since it was made, and lets those go that were not asked for the longest.
func (c *memoryCache) put(m *Memory, drops int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if drops != c.drops {
		return
	}
	now := c.now()
	if element := c.users[m.UserID]; element != nil {
		if element.Value.(*memoryEntry).memory.Version.after(m.Version) {
			return
		}
		c.remove(element)
	}
	entry := &memoryEntry{memory: m, rows: 1 + len(m.Experiences) + len(m.Facts) + len(m.Threads) + len(m.Episodes), at: now}
	c.users[m.UserID] = c.used.PushFront(entry)
	c.rows += entry.rows
	for last := c.used.Back(); last != c.used.Front(); last = c.used.Back() {
		if len(c.users) <= c.maxUsers && c.rows <= c.maxRows && now.Sub(last.Value.(*memoryEntry).at) <= memoryTTL {
			break
		}
		c.remove(last)
	}
}

// drop lets a user's memory go, also one that is just being read.
func (c *memoryCache) drop(userID string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drops++
	if element := c.users[userID]; element != nil {
		c.remove(element)
	}
}

func (c *memoryCache) remove(element *list.Element) {
	entry := c.used.Remove(element).(*memoryEntry)
	delete(c.users, entry.memory.UserID)
	c.rows -= entry.rows
}

// after reports whether v is newer than other.
func (v MemoryVersion) after(other MemoryVersion) bool {
	return v.Epoch > other.Epoch || v.Epoch == other.Epoch && v.Number > other.Number
}

// with returns the memory after a change. The old one stays as it is; it may be nil when the change is whole.
func (m *Memory) with(userID string, c MemoryChange) *Memory {
	next := &Memory{UserID: userID, Version: c.Version, Conversations: c.Conversations, Coverage: c.Coverage}
	if m == nil || c.Whole {
		m = &Memory{}
	}
	next.Experiences = merged(m.Experiences, c.Experiences, func(e *Experience) string { return e.ID }, func(a, b *Experience) int {
		return cmp.Or(cmp.Compare(a.Position, b.Position), a.CreatedAt.Compare(b.CreatedAt.Time), cmp.Compare(a.ID, b.ID))
	})
	next.Facts = merged(m.Facts, c.Facts, func(f *Fact) string { return f.ID }, func(a, b *Fact) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt.Time), cmp.Compare(a.ID, b.ID))
	})
	next.Threads = merged(m.Threads, c.Threads, func(t *Thread) string { return t.ID }, func(a, b *Thread) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt.Time), cmp.Compare(a.ID, b.ID))
	})
	next.Episodes = merged(uncovered(m.Episodes, c.Episodes), c.Episodes, func(e *Episode) string { return e.ID }, func(a, b *Episode) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt.Time), cmp.Compare(a.ID, b.ID))
	})
	return next
}

// merged is old with the changed values in their places, in order. Old is shared when nothing has changed.
func merged[T any](old []*T, changed []T, id func(*T) string, order func(a, b *T) int) []*T {
	if len(changed) == 0 {
		return old
	}
	next := make([]*T, len(old), len(old)+len(changed))
	copy(next, old)
	at := make(map[string]int, len(changed))
	for i := range changed {
		at[id(&changed[i])] = i
	}
	for i, v := range next {
		if n, ok := at[id(v)]; ok {
			next[i] = &changed[n]
			delete(at, id(v))
		}
	}
	for i := range changed {
		if n, ok := at[id(&changed[i])]; ok && n == i {
			next = append(next, &changed[i])
		}
	}
	slices.SortStableFunc(next, order)
	return next
}

// uncovered is the episodes without those that became part of a new one.
func uncovered(old []*Episode, added []Episode) []*Episode {
	if !slices.ContainsFunc(added, func(e Episode) bool { return e.Level > 0 }) {
		return old
	}
	return slices.DeleteFunc(slices.Clone(old), func(o *Episode) bool {
		return slices.ContainsFunc(added, func(e Episode) bool {
			return e.ConversationID == o.ConversationID && e.Level > o.Level && e.From <= o.From && o.To <= e.To
		})
	})
}
