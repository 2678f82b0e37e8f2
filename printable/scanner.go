package printable

import (
	"strings"
	"unicode/utf8"
)

// Scanner is Text for text that arrives in pieces, cut anywhere, even inside a character: whatever the pieces, what
// Append and Close return, put together, is Text of the whole. The zero value is ready to use. It is not safe for concurrent use.
//
// Of what was appended, a Scanner holds back only what is not decided yet: an escape string that has not ended, at most MaxPending
// bytes, and a character cut off, at most 3. (Its memory is up to three times that: a byte that is not UTF-8 becomes three.)
type Scanner struct {
	state   state
	size    int    // length of the escape sequence so far, in bytes
	marks   int    // length of the run of marks at the end of the output
	afterCR bool   // an LF now belongs to the line end already put out
	held    []byte // what is shown if the escape string turns out to have no end
	saved   int    // marks before the escape string
	part    [utf8.UTFMax]byte
	parts   int // length of part, the bytes of a character cut off by the end of a piece
}

// state is where in an escape sequence a Scanner is.
type state uint8

const (
	inText      state = iota
	afterESC          // ESC
	inEscape          // ESC and intermediates
	inCSI             // ESC [
	inString          // ESC ] and the like
	inStringESC       // ESC ] … ESC, which may be a terminator
)

// maxControl is the longest escape sequence other than a string, in bytes; real ones stay under 100. Longer ones are
// shown from there.
const maxControl = 256

// Append takes in the next piece and returns the text that is safe to show now, which may be empty. The piece itself is
// returned, without allocation, when there is nothing to change and nothing held back.
func (s *Scanner) Append(delta string) string {
	if s.state == inText && s.parts == 0 && !s.afterCR {
		if marks, ok := plain(delta, s.marks, false); ok {
			s.marks = marks
			return delta
		}
	}
	var b strings.Builder
	b.Grow(len(delta))
	s.scan(&b, delta)
	return b.String()
}

// Close returns what was held back, made safe as the end of the text, and readies the Scanner for another text.
func (s *Scanner) Close() string {
	var b strings.Builder
	s.end(&b)
	return b.String()
}

// end writes what was held back and resets s.
func (s *Scanner) end(b *strings.Builder) {
	for range s.parts {
		s.step(b, utf8.RuneError, 1)
	}
	s.reveal(b)
	*s = Scanner{}
}

// scan writes what is safe of the next piece of text.
func (s *Scanner) scan(b *strings.Builder, text string) {
	for s.parts > 0 && len(text) > 0 {
		text = s.complete(b, text)
	}
	for len(text) > 0 {
		if s.state == inText && !s.afterCR {
			if n := plainASCII(text); n > 0 {
				b.WriteString(text[:n])
				s.marks, text = 0, text[n:]
				continue
			}
		}
		if text[0] >= utf8.RuneSelf && !utf8.FullRuneInString(text) {
			s.parts = copy(s.part[:], text)
			return
		}
		r, size := utf8.DecodeRuneInString(text)
		s.step(b, r, size)
		text = text[size:]
	}
}

// complete adds one byte to the character cut off before, and returns the text after it. Bytes that turn out to be no
// character leave one by one.
func (s *Scanner) complete(b *strings.Builder, text string) string {
	s.part[s.parts] = text[0]
	s.parts++
	for s.parts > 0 && utf8.FullRune(s.part[:s.parts]) {
		r, size := utf8.DecodeRune(s.part[:s.parts])
		s.parts = copy(s.part[:], s.part[size:s.parts])
		s.step(b, r, size)
	}
	return text[1:]
}

// step takes in one character of size bytes.
func (s *Scanner) step(b *strings.Builder, r rune, size int) {
	s.size += size
	switch s.state {
	case inText:
		s.text(b, r)
	case afterESC:
		s.escape(b, r)
	case inEscape, inCSI:
		s.control(b, r)
	case inString:
		s.string(b, r)
	case inStringESC:
		if r == '\\' {
			s.discard()
			return
		}
		s.reveal(b)
		s.state = afterESC
		s.escape(b, r)
	}
}

// text takes in a character outside escape sequences.
func (s *Scanner) text(b *strings.Builder, r rune) {
	afterCR := s.afterCR
	s.afterCR = false
	switch r {
	case esc:
		s.enter(afterESC)
	case csi:
		s.enter(inCSI)
	case dcs, sos, osc, pm, apc:
		s.enter(inString)
	case '\r':
		s.afterCR, s.marks = true, 0
		b.WriteByte('\n')
	case '\n':
		if !afterCR {
			s.marks = 0
			b.WriteByte('\n')
		}
	default:
		if r = s.filter(r); r >= 0 {
			b.WriteRune(r)
		}
	}
}

// filter returns the character to show for r, or -1 for none.
func (s *Scanner) filter(r rune) rune {
	c := classify(r)
	switch {
	case c == dropped, c == mark && s.marks >= MaxMarks:
		return -1
	case c == newline:
		r = '\n'
	}
	s.marks = marksAfter(s.marks, c)
	return r
}

// enter starts an escape sequence.
func (s *Scanner) enter(to state) {
	s.state, s.size, s.saved = to, 0, s.marks
}

// leave ends the escape sequence with a character that does not belong to it.
func (s *Scanner) leave(b *strings.Builder, r rune) {
	s.state = inText
	s.text(b, r)
}

// escape takes in a character after an ESC, up to one that says what kind of sequence it is.
func (s *Scanner) escape(b *strings.Builder, r rune) {
	switch {
	case r == '[':
		s.enter(inCSI)
	case r == ']' || r == 'P' || r == 'X' || r == '^' || r == '_':
		s.enter(inString)
	case r >= ' ' && r < 0x30:
		s.state = inEscape
	default:
		s.control(b, r)
	}
}

// control takes in a character of an escape sequence other than a string: parameters and intermediates up to one
// final character, from 0x40 on in a CSI and from 0x30 on elsewhere. Control characters inside are dropped, as terminals obey them
// and go on, but for those that begin a line or another sequence.
func (s *Scanner) control(b *strings.Builder, r rune) {
	switch {
	case s.size > maxControl, r > del, r == '\n', r == '\r', r == '\t', r == esc:
		s.leave(b, r)
	case r == can, r == sub, r >= 0x40 && r < del, r >= 0x30 && r < 0x40 && s.state != inCSI:
		s.state = inText
	}
}

// string takes in a character of an escape string.
func (s *Scanner) string(b *strings.Builder, r rune) {
	switch {
	case r == bel || r == st:
		s.discard()
	case r == esc:
		s.state = inStringESC
	case s.size > MaxPending, r == '\n', r == '\r', r >= 0x80 && r <= 0x9F, classify(r) == newline:
		s.reveal(b)
		s.leave(b, r)
	case r == can || r == sub:
		s.reveal(b)
	default:
		if r = s.filter(r); r >= 0 {
			s.held = utf8.AppendRune(s.held, r)
		}
	}
}

// discard ends an escape string with its terminator: nothing of it is shown.
func (s *Scanner) discard() {
	s.state, s.marks, s.held = inText, s.saved, s.held[:0]
}

// reveal shows the contents of an escape string that has no terminator.
func (s *Scanner) reveal(b *strings.Builder) {
	b.Write(s.held)
	s.state, s.held = inText, s.held[:0]
}
