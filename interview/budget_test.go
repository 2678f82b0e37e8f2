package interview

import (
	"context"
	"testing"
	"time"
)

// ledger is a UsageStore that counts what it is asked.
type ledger struct {
	tokens, asked int
	away          bool
	since         Time
}

func (l *ledger) TokensSince(_ context.Context, _ string, since Time) (int, error) {
	l.asked++
	l.since = since
	if l.away {
		return 0, Errorf(CodeUnavailable, "Away.")
	}
	return l.tokens, nil
}

func TestBudget_AsksOnceAMinuteAndCountsByItself(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 22, 0, 0, 0, time.FixedZone("", 2*3600))
	l := &ledger{tokens: 700}
	b := newBudget(Options{Usage: l, TokensPerDay: 1000, Now: func() time.Time { return now }})
	check := func(want bool, asked int) {
		t.Helper()
		if got := b.spent(t.Context(), "ada"); got != want || l.asked != asked {
			t.Errorf("spent is %t after asking %d times, want %t after %d", got, l.asked, want, asked)
		}
	}
	check(false, 1)
	if want := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC); !l.since.Equal(want) {
		t.Errorf("counted since %s", l.since)
	}
	b.add("ada", Usage{InputTokens: 200, OutputTokens: 99})
	check(false, 1)
	l.tokens = 10 // the same turn again, which costs only once there
	now = now.Add(time.Minute)
	check(false, 2)
	b.add("ada", Usage{OutputTokens: 1})
	check(true, 2)
	if b.spent(t.Context(), "eve") {
		t.Error("another user's are used up too")
	}
	now = now.Add(4 * time.Hour) // the next day, in UTC
	check(false, 4)
	l.tokens = 5000 // on another server
	now = now.Add(time.Minute)
	check(true, 5)
}

func TestBudget_LetsTurnsPassWhenItCannotKnow(t *testing.T) {
	t.Parallel()
	l := &ledger{tokens: 5000, away: true}
	b := newBudget(Options{Usage: l, TokensPerDay: 1000, Now: time.Now})
	if b.spent(t.Context(), "ada") {
		t.Error("spent, without knowing")
	}
	none := newBudget(Options{Usage: l, Now: time.Now})
	if asked := l.asked; none.spent(t.Context(), "ada") || l.asked != asked {
		t.Error("there is no bound, and yet it counts")
	}
}
