package interview

import (
	"context"
	"sync"
	"time"
)

// FallbackBudget is the Metadata.Fallback of a reply by the built-in interviewer to a user whose tokens of the day are used up.
const FallbackBudget = "budget"

// UsageStore adds up what turns have cost.
type UsageStore interface {
	// TokensSince returns how many tokens the model took and made for the user's turns since a time.
	TokensSince(ctx context.Context, userID string, since Time) (int, error)
}

const (
	// countFor is how long a count of tokens holds before the database is asked again, for what other servers have added.
	countFor = time.Minute
	// maxCounts is how many users' counts are remembered.
	maxCounts = 10_000
)

// budget bounds the tokens of each user's turns in a day of UTC. A turn that begins within the budget is finished with the model. Counts are as new as a
// minute, and add what this server's own turns have cost since.
type budget struct {
	store  UsageStore
	perDay int // 0 for no bound
	now    func() time.Time

	mu     sync.Mutex
	counts map[string]tokenCount // by user
}

type tokenCount struct {
	day    time.Time
	tokens int
	asked  time.Time
}

func newBudget(o Options) *budget {
	return &budget{store: o.Usage, perDay: o.TokensPerDay, now: o.Now, counts: map[string]tokenCount{}}
}

// spent reports whether the user's tokens of the day are used up. While the database cannot say, they are not.
func (b *budget) spent(ctx context.Context, userID string) bool {
	if b.perDay <= 0 || b.store == nil {
		return false
	}
	now := b.now().UTC()
	c := b.count(userID, now)
	if c.tokens < b.perDay && now.Sub(c.asked).Abs() >= countFor {
		tokens, err := b.store.TokensSince(ctx, userID, At(c.day))
		if err != nil {
			return false
		}
		c = b.put(userID, now, tokens)
	}
	return c.tokens >= b.perDay
}

// add counts what a turn has cost.
func (b *budget) add(userID string, u Usage) {
	if b.perDay <= 0 || u.InputTokens+u.OutputTokens == 0 {
		return
	}
	now := b.now().UTC()
	b.mu.Lock()
	defer b.mu.Unlock()
	if c := b.counts[userID]; c.day.Equal(dayOf(now)) { // else the database is asked before it matters
		c.tokens += u.InputTokens + u.OutputTokens
		b.counts[userID] = c
	}
}

// count returns what is known of the user's day.
func (b *budget) count(userID string, now time.Time) tokenCount {
	b.mu.Lock()
	defer b.mu.Unlock()
	if c := b.counts[userID]; c.day.Equal(dayOf(now)) {
		return c
	}
	return tokenCount{day: dayOf(now)}
}

// put remembers what the database says. It may know less than we do: a turn that is run again replaces its first cost there.
func (b *budget) put(userID string, now time.Time, tokens int) tokenCount {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.counts) >= maxCounts {
		clear(b.counts)
	}
	c := tokenCount{day: dayOf(now), tokens: tokens, asked: now}
	if old := b.counts[userID]; old.day.Equal(c.day) {
		c.tokens = max(c.tokens, old.tokens)
	}
	b.counts[userID] = c
	return c
}

func dayOf(now time.Time) time.Time {
	return time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC)
}
