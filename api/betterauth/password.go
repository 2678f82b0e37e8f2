package betterauth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/crypto/scrypt"
	"golang.org/x/text/unicode/norm"

	"github.com/betterprofile/betterprofile/interview"
)

// The length of a password, in UTF-16 units as JavaScript counts.
const (
	minPassword = 8
	maxPassword = 128
)

// CheckPassword says whether a password may be chosen: it has 8 to 128 UTF-16 units. Errors: invalid, field password.
func CheckPassword(password string) error {
	if err := checkPassword(password); err != nil {
		return interview.Invalid("password", "A password has %d to %d characters.", minPassword, maxPassword)
	}
	return nil
}

// Hash returns what is stored of a password: "<salt>:<key>" with a new salt of 32 hexadecimal digits and a key of 128. It takes about 130 ms
// and 32 MiB.
func Hash(password string) string { return derive(DeriveKey).hash(password) }

// Verify reports whether a stored hash is that of the password. It takes as long when the hash is empty or none of ours.
func Verify(hash, password string) bool { return derive(DeriveKey).verify(hash, password) }

// keyLength is that of a derived key, in bytes.
const keyLength = 64

// derive is [DeriveKey], or what stands in for it.
type derive func(password, salt string) []byte

// DeriveKey makes the key of a password in NFKC as Better Auth does, by scrypt. The salt is the hexadecimal text itself, not what it spells.
func DeriveKey(password, salt string) []byte {
	key, err := scrypt.Key([]byte(password), []byte(salt), 16384, 16, 1, keyLength)
	if err != nil {
		panic(fmt.Sprintf("betterauth: scrypt refuses its constants: %v", err))
	}
	return key
}

// elsewhere lets f derive keys, and does it here when f is nil or fails.
func elsewhere(f func(password, salt string) ([]byte, error), log *slog.Logger) derive {
	if f == nil {
		return DeriveKey
	}
	return func(password, salt string) []byte {
		key, err := f(password, salt)
		if err == nil && len(key) == keyLength {
			return key
		}
		log.Warn("a password was hashed by the server itself", "length", len(key), "error", err)
		return DeriveKey(password, salt)
	}
}

func (d derive) hash(password string) string {
	var random [16]byte
	_, _ = rand.Read(random[:]) // never fails
	salt := hex.EncodeToString(random[:])
	return salt + ":" + hex.EncodeToString(d(norm.NFKC.String(password), salt))
}

func (d derive) verify(hash, password string) bool {
	salt, digits, _ := strings.Cut(hash, ":")
	key, err := hex.DecodeString(digits)
	whole := err == nil && salt != "" && len(key) == keyLength
	if !whole {
		salt, key = strings.Repeat("0", 32), make([]byte, keyLength)
	}
	return subtle.ConstantTimeCompare(d(norm.NFKC.String(password), salt), key) == 1 && whole
}

func checkPassword(password string) error {
	if units(password) < minPassword {
		return refuse(http.StatusBadRequest, "PASSWORD_TOO_SHORT", "Password too short")
	}
	if tooLong(password) {
		return errTooLong()
	}
	return nil
}

func tooLong(password string) bool { return units(password) > maxPassword }

func errTooLong() error {
	return refuse(http.StatusBadRequest, "PASSWORD_TOO_LONG", "Password too long")
}

// units is the length of s in UTF-16.
func units(s string) int {
	n := utf8.RuneCountInString(s)
	for _, r := range s {
		if r > 0xffff {
			n++
		}
	}
	return n
}

// hasher bounds how many passwords are hashed at once, and how many wait for it: each takes 32 MiB.
type hasher struct {
	places chan struct{} // of those that are hashed or wait
	slots  chan struct{} // of those that are hashed
	derive derive
}

// waiting is how many wait for each that is hashed: about a second.
const waiting = 8

// busyFor is when to try again after the queue was full.
const busyFor = 2 * time.Second

func newHasher(n int, d derive) *hasher {
	return &hasher{places: make(chan struct{}, n*(1+waiting)), slots: make(chan struct{}, n), derive: d}
}

// do runs prepare when there is room to wait, and then f when there is a slot. Errors: too many wait already; prepare's; ctx's.
func (h *hasher) do(ctx context.Context, prepare func() error, f func()) error {
	select {
	case h.places <- struct{}{}:
		defer func() { <-h.places }()
	default:
		return tooMany(busyFor)
	}
	if err := prepare(); err != nil {
		return err
	}
	select {
	case h.slots <- struct{}{}:
		defer func() { <-h.slots }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	f()
	return nil
}

func (h *hasher) hash(ctx context.Context, password string) (hash string, err error) {
	err = h.do(ctx, func() error { return nil }, func() { hash = h.derive.hash(password) })
	return hash, err
}

// verify reports whether it is the password of the hash that find finds, which is not asked while too many wait: a flood costs no queries.
func (h *hasher) verify(ctx context.Context, password string, find func() (hash string, err error)) (right bool, err error) {
	var hash string
	prepare := func() (err error) {
		hash, err = find()
		if tooLong(password) { // hashing it proves nothing, and costs more the longer it is
			password, hash = "", ""
		}
		return err
	}
	err = h.do(ctx, prepare, func() { right = h.derive.verify(hash, password) })
	return right, err
}
