package betterauth

import (
	"crypto/sha512"
	"log/slog"
)

// Derive lets h derive keys by f, which may be quicker than scrypt.
func Derive(h *Handler, f func(password, salt string) []byte) { h.hashes.derive = f }

// Quick derives keys in no time.
func Quick(password, salt string) []byte {
	sum := sha512.Sum512([]byte(salt + password))
	return sum[:]
}

// QuickHash is Hash with Quick.
func QuickHash(password string) string { return derive(Quick).hash(password) }

// Buckets is how many buckets are remembered.
func Buckets(m *MemoryRates) int { return len(m.full) }

// Elsewhere derives keys by f, and here where it fails.
func Elsewhere(f func(password, salt string) ([]byte, error), log *slog.Logger) func(password, salt string) []byte {
	return elsewhere(f, log)
}

// VerifyBy is Verify with keys derived by f.
func VerifyBy(f func(password, salt string) []byte, hash, password string) bool {
	return derive(f).verify(hash, password)
}
