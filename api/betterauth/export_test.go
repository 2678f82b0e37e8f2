package betterauth

import "crypto/sha512"

// Derive lets h derive keys by f, which may be quicker than scrypt.
func Derive(h *Handler, f func(password, salt string) []byte) { h.hashes.derive = f }

// Quick derives keys in no time.
func Quick(password, salt string) []byte {
	sum := sha512.Sum512([]byte(salt + password))
	return sum[:]
}

// QuickHash is Hash with Quick.
func QuickHash(password string) string { return derive(Quick).hash(password) }

// Scrypt derives keys as Better Auth does.
func Scrypt(password, salt string) []byte { return scryptKey(password, salt) }

// Buckets is how many buckets are remembered.
func Buckets(m *MemoryRates) int { return len(m.full) }
