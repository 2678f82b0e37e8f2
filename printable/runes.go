package printable

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// Control characters with a part in escape sequences (ECMA-48; BEL ends strings as in xterm).
const (
	bel = '\a'
	can = 0x18
	sub = 0x1A
	esc = 0x1B
	del = 0x7F
	dcs = 0x90
	sos = 0x98
	csi = 0x9B
	st  = 0x9C
	osc = 0x9D
	pm  = 0x9E
	apc = 0x9F
)

// class says what becomes of a character outside escape sequences.
type class uint8

const (
	shown   class = iota // stays
	mark                 // stays, up to MaxMarks in a row
	newline              // becomes LF
	dropped              // goes
)

// classify returns the class of a character. CR counts as dropped: only the scanner knows what follows it.
func classify(r rune) class {
	switch {
	case r < del:
		if r >= ' ' || r == '\n' || r == '\t' {
			return shown
		}
		return dropped
	case r < 0x300:
		if r <= 0x9F || r == 0xAD {
			return dropped
		}
		return shown
	case r == 0x2028, r == 0x2029:
		return newline
	case invisible(r):
		return dropped
	case isMark(r):
		return mark
	}
	return shown
}

// invisible reports whether r, from U+0300 on, is one of the characters that go. Format characters that are not here have a
// shape of their own (Arabic number signs) or are marks.
func invisible(r rune) bool {
	switch {
	case r < 0x2000:
		return r == 0x61C || r == 0x180E
	case r <= 0x206F:
		return r == 0x200B || r >= 0x202A && r <= 0x202E || r >= 0x2060
	case r < 0xFDD0:
		return false
	case r <= 0xFFFF:
		return r <= 0xFDEF || r == 0xFEFF || r >= 0xFFF0 && r <= 0xFFFB || r >= 0xFFFE
	case r >= 0xE0000 && r <= 0xE0FFF:
		return r < 0xE0100 || r > 0xE01EF // E0100 to E01EF are variation selectors
	}
	return r >= 0x1BCA0 && r <= 0x1BCA3 || r >= 0x1D173 && r <= 0x1D17A || r&0xFFFE == 0xFFFE
}

// lowMarks has a bit for each nonspacing and enclosing mark below U+3100, where most of them and most scripts are: a
// look there costs a fraction of a search in the tables of package unicode.
var lowMarks = sync.OnceValue(func() *[0x3100 / 64]uint64 {
	var bits [0x3100 / 64]uint64
	for r := rune(0x300); r < 0x3100; r++ {
		if unicode.In(r, unicode.Mn, unicode.Me) {
			bits[r/64] |= 1 << (r % 64)
		}
	}
	return &bits
})

// isMark reports whether r, from U+0300 on, adds no width to what stands before it. The blocks left out hold no marks and
// much text: CJK ideographs, Hangul and emoji.
func isMark(r rune) bool {
	switch {
	case r >= 0x200C && r <= 0x200F, r >= 0x13430 && r <= 0x1343F: // joiners and direction marks; hieroglyph format
		return true
	case r < 0x3100:
		return lowMarks()[r/64]&(1<<(r%64)) != 0
	case r < 0xA66F, r >= 0xAC00 && r < 0xFB1E, r >= 0x1F000 && r < 0xE0000:
		return false
	}
	return unicode.In(r, unicode.Mn, unicode.Me)
}

// plain reports whether s can stay as it is after a run of marks, and the length of the run it ends with. With
// allowCRLF a CR before an LF can stay as well.
func plain(s string, marks int, allowCRLF bool) (int, bool) {
	for i := 0; i < len(s); {
		if s[i] < utf8.RuneSelf {
			if n := plainASCII(s[i:]); n > 0 {
				i, marks = i+n, 0
				continue
			}
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			return 0, false
		case r == '\r' && allowCRLF && strings.HasPrefix(s[i+1:], "\n"):
		default:
			c := classify(r)
			if marks = marksAfter(marks, c); c > mark || marks > MaxMarks {
				return 0, false
			}
		}
		i += size
	}
	return marks, true
}

// marksAfter returns the length of the run of marks after one more character.
func marksAfter(marks int, c class) int {
	if c == mark {
		return marks + 1
	}
	return 0
}

// plainASCII returns the length of the longest start of s that is printable ASCII, LF and tab.
func plainASCII(s string) int {
	for i := range len(s) {
		if c := s[i]; (c < ' ' || c >= del) && c != '\n' && c != '\t' {
			return i
		}
	}
	return len(s)
}
