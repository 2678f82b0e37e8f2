// Package printabletest helps other packages to show that foreign text reaches their output only through package
// printable: strings to feed in, and checks of what comes out. The checks are written from the Unicode tables and share
// no code with package printable.
package printabletest

import (
	"fmt"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/betterprofile/betterprofile/printable"
)

// CheckSafe fails the test, and lets it go on, if out holds anything that foreign text must not bring to a terminal: ESC
// or any other control character but LF, tab and CRLF, bidi controls, characters that show nothing, noncharacters, bytes that
// are not UTF-8, or more than printable.MaxMarks marks in a row.
//
// Output that has colours of its own goes through CheckStyled.
func CheckSafe(t testing.TB, out string) {
	t.Helper()
	if fault := find(out); fault != "" {
		t.Errorf("unsafe output: %s in %s", fault, quote(out))
	}
}

// CheckStyled is CheckSafe for output with styling: SGR sequences (ESC [ … m with digits, colons and semicolons) are
// passed over. It cannot tell foreign ones from the program's own.
func CheckStyled(t testing.TB, out string) {
	t.Helper()
	if fault := find(withoutSGR(out)); fault != "" {
		t.Errorf("unsafe output: %s in %s", fault, quote(out))
	}
}

// find describes the first thing in out that must not be there, or returns "".
func find(out string) string {
	marks := 0
	for i, r := range out {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(out[i:], "\uFFFD"):
			return fmt.Sprintf("byte %#02x, not UTF-8, at %d", out[i], i)
		case r == '\r' && strings.HasPrefix(out[i:], "\r\n"):
		case forbidden(r):
			return fmt.Sprintf("%U at byte %d", r, i)
		case unicode.In(r, unicode.Mn, unicode.Me, unicode.Join_Control) || r == 0x200E || r == 0x200F || hieroglyphFormat(r):
			if marks++; marks > printable.MaxMarks {
				return fmt.Sprintf("%d marks in a row at byte %d", marks, i)
			}
		default:
			marks = 0
		}
	}
	return ""
}

// forbidden reports whether a character must not be in any output.
func forbidden(r rune) bool {
	switch {
	case r == '\n', r == '\t', r == 0x200C, r == 0x200D, r == 0x200E, r == 0x200F:
		return false
	case unicode.Is(unicode.Prepended_Concatenation_Mark, r), hieroglyphFormat(r):
		return false // number signs of Arabic and Kaithi have a shape
	case unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r):
		return !unicode.In(r, unicode.L, unicode.M) // Hangul fillers and some marks are in use
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Cs, unicode.Zl, unicode.Zp, unicode.Noncharacter_Code_Point)
}

// hieroglyphFormat reports whether r is one of the joiners of Egyptian hieroglyphs, which count as marks.
func hieroglyphFormat(r rune) bool {
	return r >= 0x13430 && r <= 0x1343F
}

// withoutSGR removes complete SGR sequences.
func withoutSGR(s string) string {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(s, "\x1b[")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		s = strings.TrimLeft(after, "0123456789:;")
		if !strings.HasPrefix(s, "m") {
			b.WriteString("\x1b[")
			continue
		}
		s = s[1:]
	}
}

// quote shows the text in ASCII, shortened.
func quote(s string) string {
	if len(s) > 200 {
		return fmt.Sprintf("%+q… (%d bytes)", s[:200], len(s))
	}
	return fmt.Sprintf("%+q", s)
}
