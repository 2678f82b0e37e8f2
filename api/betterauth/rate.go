package betterauth

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"sync"
	"time"
)

// limit is how many requests there may be in some time.
type limit struct {
	n      int
	window time.Duration
}

// The limits of Better Auth, per address and path: for all, for what guesses passwords, and for what guesses user codes. They are held as
// buckets that fill up evenly.
func everydayLimit() limit { return limit{100, 10 * time.Second} }
func guessLimit() limit    { return limit{3, 10 * time.Second} }
func codeLimit() limit     { return limit{5, deviceLife} }

// accountLimit is ours: passwords tried for one account, wherever from.
func accountLimit() limit { return limit{10, time.Minute} }

// limitAddress counts a request to the path. What is guessed at is counted for all replicas together, the rest by each for itself.
func (c *call) limitAddress(path string, l limit) error {
	rates := c.rates
	if l == (limit{}) {
		l, rates = everydayLimit(), c.requests
	}
	address := Network(c.remote(c.r))
	if !c.limited || address == "" {
		return nil
	}
	wait, err := rates.TakeRate(c.r.Context(), "auth "+path+" "+address, 1, l.n, l.window/time.Duration(l.n))
	if err == nil && wait > 0 {
		return tooMany(wait)
	}
	return err
}

// limitAccount counts a password tried for an account: its id or email, of which only a hash is kept.
func (c *call) limitAccount(account string) error {
	if !c.limited {
		return nil
	}
	sum := sha256.Sum256([]byte(account))
	l := accountLimit()
	wait, err := c.rates.TakeRate(c.r.Context(), "auth account "+hex.EncodeToString(sum[:16]), 1, l.n, l.window/time.Duration(l.n))
	if err == nil && wait > 0 {
		return tooMany(wait)
	}
	return err
}

// Network is what a client has at will: an IPv4 address, or the /64 of an IPv6 address.
func Network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	if ip = ip.Unmap().WithZone(""); ip.Is4() {
		return ip.String()
	}
	return netip.PrefixFrom(ip, 64).Masked().String()
}

// maxBuckets is how many buckets are remembered; when there are more, all are forgotten.
const maxBuckets = 100_000

// MemoryRates is an interview.RateStore of this process. Methods may be called by several goroutines at once.
type MemoryRates struct {
	now func() time.Time

	mu    sync.Mutex
	full  map[string]time.Time // when each bucket will be full again; the full ones are not kept
	swept time.Time
}

// NewMemoryRates makes one that counts by the clock.
func NewMemoryRates(now func() time.Time) *MemoryRates {
	return &MemoryRates{now: now, full: map[string]time.Time{}}
}

// TakeRate implements interview.RateStore. It never fails.
func (m *MemoryRates) TakeRate(_ context.Context, key string, n, burst int, interval time.Duration) (time.Duration, error) {
	now := m.now()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sweep(now)
	full := m.full[key]
	if full.Before(now) {
		full = now
	}
	full = full.Add(time.Duration(n) * interval)
	if wait := full.Sub(now) - time.Duration(burst)*interval; wait > 0 {
		return wait, nil
	}
	m.full[key] = full
	return 0, nil
}

// sweep forgets full buckets now and then; m.mu is held.
func (m *MemoryRates) sweep(now time.Time) {
	if len(m.full) < maxBuckets && now.Sub(m.swept).Abs() < time.Minute {
		return
	}
	m.swept = now
	for key, full := range m.full {
		if !full.After(now) {
			delete(m.full, key)
		}
	}
	if len(m.full) >= maxBuckets {
		clear(m.full)
	}
}
