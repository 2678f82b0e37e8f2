// Package printable makes foreign text, from a model, a database, another user or a server's error, safe to write to a
// terminal. What comes out holds no escape sequence, no control character but LF and tab, nothing that reorders text and no
// hidden text to speak of; what a person wrote in any script, emoji among it, comes out as it was.
//
// # What goes
//
//   - Escape sequences, whole or cut off: CSI, two-byte and longer escapes, and the strings OSC, DCS, SOS, PM and APC with
//     their contents, introduced by ESC or by their one-character forms U+0080 to U+009F (ECMA-48).
//   - All other control characters: C0, DEL, C1. CRLF, a lone CR, U+2028 and U+2029 become LF.
//   - Bidi embeddings, overrides and isolates (U+202A to U+202E, U+2066 to U+2069) and U+061C: text could show in another
//     order than it has ("Trojan Source", CVE-2021-42574).
//   - What shows nothing: tag characters (so the flag of Scotland becomes a black flag), U+200B, U+2060 to U+206F, U+FEFF, U+00AD,
//     U+180E, interlinear annotation, musical and shorthand format characters, and code points kept for more of these.
//   - Noncharacters. Each byte that is not part of valid UTF-8 becomes U+FFFD.
//   - All but the first MaxMarks marks and joiners in a row.
//
// # What stays
//
// Letters, marks, symbols and spaces of all scripts; ZWJ, ZWNJ and variation selectors, which emoji, Persian and Indic
// scripts need; LRM and RLM, which right-to-left text needs and which reorder no more than a letter does; private use
// characters, for the icons of terminal fonts; code points not yet assigned, for the emoji of next year.
//
// # Strings without an end
//
// An escape string runs up to its terminator (ST or BEL), so a lone "ESC ]" could swallow the rest of a reply. One that a line
// end, another control sequence, CAN, SUB or the end of the text cuts off, or that is longer than MaxPending bytes, loses its
// introducer only, and the rest is shown.
package printable

import (
	"strings"
	"unicode"
)

const (
	// MaxMarks is how many characters without a width may follow each other: nonspacing and enclosing marks
	// (variation selectors are some), ZWJ, ZWNJ, LRM and RLM. Our choice: Hebrew with points and accents, among the deepest
	// piles in use, needs five; heaps that run over other lines, and bytes smuggled as variation selectors, need many more.
	MaxMarks = 8

	// MaxPending is how much of an escape string is looked at for its terminator, in bytes: more than the
	// longest links in use, less than a reader would wait for. A Scanner holds back no more input than this.
	MaxPending = 4 << 10
)

// Text returns s, which may have many lines, made safe. Lines end with LF and tabs stay. Text of what Text returned is
// the same again; s itself is returned, without allocation, when there is nothing to change. The result is at most three times as long.
func Text(s string) string {
	if _, ok := plain(s, 0, false); ok {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	var sc Scanner
	sc.scan(&b, s)
	sc.end(&b)
	return b.String()
}

// Line returns s made safe and put on one line, for titles, names and error texts: as Text, and each run of white space
// (unicode.IsSpace: line ends, tabs, no-break spaces among it) becomes one space, none at the ends. It may be empty, and is not shortened.
func Line(s string) string {
	s = Text(s)
	if tidy(s) {
		return s
	}
	return strings.Join(strings.Fields(s), " ")
}

// Safe reports whether Text would leave s as it is, line ends of CRLF aside: what a test asks of anything foreign that
// is about to be written to a terminal.
func Safe(s string) bool {
	_, ok := plain(s, 0, true)
	return ok
}

// tidy reports whether the only white space in s is single spaces between other characters.
func tidy(s string) bool {
	afterSpace := true
	for _, r := range s {
		space := unicode.IsSpace(r)
		if space && (afterSpace || r != ' ') {
			return false
		}
		afterSpace = space
	}
	return !afterSpace || s == ""
}
