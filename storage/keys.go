package storage

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"strings"

	"github.com/betterprofile/betterprofile/interview"
)

// keyBytes is the length of a key: AES-256.
const keyBytes = 32

// Keys are the keys that text at rest is sealed with: AES-256-GCM (NIST SP 800-38D) with random nonces, which bounds one key to 2^32
// texts. The first one seals, all of them open.
type Keys struct {
	first string
	ring  map[string]cipher.AEAD
}

// ParseKeys reads keys written "id:base64,id:base64": ids are 1 to 32 letters, digits, - or _; each key is 32 bytes in standard base64. Empty
// text is no keys, nil. Errors: invalid, field BETTERPROFILE_ENCRYPTION_KEYS; no part of a key is in their messages.
func ParseKeys(text string) (*Keys, error) {
	keys := &Keys{ring: map[string]cipher.AEAD{}}
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		id, encoded, _ := strings.Cut(part, ":")
		key, err := base64.StdEncoding.DecodeString(encoded)
		switch {
		case !isKeyID(id):
			return nil, badKeys("A key's id must be 1 to 32 letters, digits, - or _, before a colon.")
		case err != nil || len(key) != keyBytes:
			return nil, badKeys("The key %q must be %d bytes in base64 after the colon; make one with: betterprofile-server keys new %s", id, keyBytes, id)
		case keys.ring[id] != nil:
			return nil, badKeys("The key %q is there twice.", id)
		}
		if keys.ring[id], err = newAEAD(key); err != nil {
			return nil, err
		}
		if keys.first == "" {
			keys.first = id
		}
	}
	if keys.first == "" {
		return nil, nil
	}
	return keys, nil
}

// NewKey makes a key and returns it as ParseKeys reads it. Errors: invalid for an id that is not one.
func NewKey(id string) (string, error) {
	if !isKeyID(id) {
		return "", badKeys("A key's id must be 1 to 32 letters, digits, - or _.")
	}
	key := make([]byte, keyBytes)
	_, _ = rand.Read(key) // never fails since Go 1.24
	return id + ":" + base64.StdEncoding.EncodeToString(key), nil
}

func newAEAD(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

func isKeyID(id string) bool {
	return len(id) >= 1 && len(id) <= 32 && strings.Trim(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") == ""
}

func badKeys(format string, args ...any) *interview.Error {
	return interview.Invalid("BETTERPROFILE_ENCRYPTION_KEYS", format, args...)
}
