package planner

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const escape = '\x1b'

// Clean returns a user's text as the interview reads it: valid UTF-8 in normal form C, without escape sequences of terminals,
// control characters (but \n and \t) and the invisible characters that turn the direction of writing or have no width. The
// stored message is not changed.
func Clean(text string) string {
	if plainText(text) {
		return strings.TrimSpace(text)
	}
	text = norm.NFC.String(strings.ToValidUTF8(text, " "))
	var b strings.Builder
	b.Grow(len(text))
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == escape:
			size = escapeSequence(text[i:])
		case r == '\u009b':
			size += controlSequence(text[i+size:])
		case r == '\r':
			if !strings.HasPrefix(text[i+size:], "\n") {
				b.WriteByte('\n')
			}
		case visible(r):
			b.WriteRune(r)
		}
		i += size
	}
	return strings.TrimSpace(b.String())
}

// plainText reports whether a text is of printable ASCII, line ends and tabs alone: nothing of it changes.
func plainText(text string) bool {
	for i := range len(text) {
		if b := text[i]; b >= 0x7f || b < ' ' && b != '\n' && b != '\t' {
			return false
		}
	}
	return true
}

func visible(r rune) bool {
	switch {
	case r == '\n' || r == '\t' || r >= ' ' && r <= '~':
		return true
	case r == '\u200d' || r == '\u200c': // joiners are part of emoji and of some scripts
		return true
	}
	return !unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}

// escapeSequence returns the length of the escape sequence (ECMA-48) that s begins with. One that does not end is only its
// first two characters, so that no text is lost.
func escapeSequence(s string) int {
	if len(s) < 2 {
		return len(s)
	}
	switch s[1] {
	case '[':
		return 2 + controlSequence(s[2:])
	case ']', 'P', 'X', '^', '_':
		for _, end := range []string{"\a", "\x1b\\", "\u009c"} {
			if i := strings.Index(s, end); i >= 0 && i < 4096 {
				return i + len(end)
			}
		}
		return 2
	}
	_, size := utf8.DecodeRuneInString(s[1:])
	return 1 + size
}

// controlSequence returns the length of the parameters and the final byte of a control sequence.
func controlSequence(s string) int {
	i := 0
	for i < len(s) && s[i] >= 0x20 && s[i] <= 0x3f {
		i++
	}
	if i < len(s) && s[i] >= 0x40 && s[i] <= 0x7e {
		i++
	}
	return i
}
