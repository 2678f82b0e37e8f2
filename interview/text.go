package interview

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// checkText returns an invalid error when s is not stored by every database alike: valid UTF-8 without NUL (PostgreSQL refuses
// both), at most max characters.
func checkText(field, s string, max int) error {
	switch {
	case !utf8.ValidString(s):
		return Invalid(field, "%s must be valid UTF-8.", field)
	case strings.ContainsRune(s, 0):
		return Invalid(field, "%s must not hold a NUL character.", field)
	case len(s) > max && utf8.RuneCountInString(s) > max:
		return Invalid(field, "%s must have at most %d characters; it has %d.", field, max, utf8.RuneCountInString(s))
	}
	return nil
}

// isBlank reports whether s shows nothing: white space only.
func isBlank(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return !unicode.IsSpace(r) }) < 0
}

// FirstRunes returns the first n characters of s.
func FirstRunes(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// HasLoneSurrogate reports whether the JSON text escapes half of a UTF-16 pair, as in "\ud800". encoding/json would make
// U+FFFD of it, and then what is stored is not what was sent.
func HasLoneSurrogate(raw []byte) bool {
	for i := 0; i+1 < len(raw); i++ {
		if raw[i] != '\\' {
			continue
		}
		i++ // now at the escaped character
		unit := utf16Unit(raw[i:])
		switch {
		case unit < 0xd800 || unit > 0xdfff:
		case unit >= 0xdc00 || len(raw) < i+7 || raw[i+5] != '\\':
			return true
		default:
			if low := utf16Unit(raw[i+6:]); low < 0xdc00 || low > 0xdfff {
				return true
			}
			i += 10
		}
	}
	return false
}

// utf16Unit returns the code unit of an escape "uXXXX", 0 for other text.
func utf16Unit(raw []byte) uint64 {
	if len(raw) < 5 || raw[0] != 'u' {
		return 0
	}
	unit, _ := strconv.ParseUint(string(raw[1:5]), 16, 16)
	return unit
}
