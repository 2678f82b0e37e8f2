package interview

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"time"
)

// NewID makes a UUID version 7 (RFC 9562 §5.7): 48 bits of Unix milliseconds, then random bits, in lower-case text form. Ids made
// later sort later, to the millisecond.
func NewID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // crypto/rand.Read never fails since Go 1.24: it ends the program instead
	binary.BigEndian.PutUint64(b[:8], uint64(time.Now().UnixMilli())<<16|uint64(b[6])<<8|uint64(b[7]))
	b[6] = b[6]&0x0f | 0x70
	b[8] = b[8]&0x3f | 0x80
	return formatID(b)
}

// DerivedID makes a UUID version 8 (RFC 9562 §5.8) from a seed: the same for the same seed, and as good as unique. It lets a program that
// is run again, after it does not know what, ask for the same thing again.
func DerivedID(seed string) string {
	sum := sha256.Sum256([]byte(seed))
	b := [16]byte(sum[:16])
	b[6] = b[6]&0x0f | 0x80
	b[8] = b[8]&0x3f | 0x80
	return formatID(b)
}

// ParseID checks that s is a UUID in its usual text form (8-4-4-4-12 hexadecimal digits, any version) and returns it in lower
// case, the one form that is stored and compared.
func ParseID(s string) (string, bool) {
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return "", false
	}
	var b [16]byte
	digits := s[:8] + s[9:13] + s[14:18] + s[19:23] + s[24:]
	if _, err := hex.Decode(b[:], []byte(digits)); err != nil {
		return "", false
	}
	return formatID(b), true
}

func formatID(b [16]byte) string {
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
