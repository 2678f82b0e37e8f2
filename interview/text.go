package interview

import (
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
