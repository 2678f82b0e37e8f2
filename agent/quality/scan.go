package quality

import (
	"bytes"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// scanner splits a text, which may still be growing, into sentences. A decision is taken only when no later text can change it, so that the
// same sentences come out however the text arrived.
type scanner struct {
	text  []byte
	final bool // no more text will come
	pos   int  // what is before it is decided
	start int  // of the sentence that pos is in
	safe  int  // no sentence that is not finished ends before it
}

// sentence is a piece of the text: from start to end, closing marks included.
type sentence struct {
	start, end int
	question   bool // ends in a question mark
}

// maxQuotation is how far apart quotation marks may be, in bytes. One that is not closed so soon, or not in its line, is none.
const maxQuotation = 400

// next returns the next sentence; false when the text at hand does not decide where it ends, or has no more.
func (s *scanner) next() (sentence, bool) {
	for s.pos < len(s.text) {
		if !s.final && !utf8.FullRune(s.text[s.pos:]) {
			s.safe = s.pos
			return sentence{}, false
		}
		if dull(s.text[s.pos]) {
			s.pos++
			s.safe = s.pos
			continue
		}
		end, found, ok := s.step()
		if !ok {
			return sentence{}, false
		}
		if found {
			done := sentence{s.start, end, question(s.text[s.start:end], s.pos-s.start)}
			s.pos, s.start, s.safe = end, end, end
			return done, true
		}
		s.pos = end
		s.safe = end
	}
	if s.final && s.start < len(s.text) {
		done := sentence{s.start, len(s.text), false}
		s.start = len(s.text)
		return done, true
	}
	return sentence{}, false
}

// dull reports whether a byte is a character that neither ends a sentence nor opens a quotation.
func dull(b byte) bool {
	return 'a' <= b && b <= 'z' || b == ' ' || 'A' <= b && b <= 'Z' || b == ',' || '0' <= b && b <= '9'
}

// question reports whether the mark at i, or one right after it, asks.
func question(text []byte, i int) bool {
	for i < len(text) {
		r, size := utf8.DecodeRune(text[i:])
		switch {
		case questionMark(r):
			return true
		case !strings.ContainsRune(marks, r):
			return false
		}
		i += size
	}
	return false
}

// step looks at the character at pos. It returns where to go on, and whether a sentence ends there; ok is false when that cannot be told
// yet, and then safe is set.
func (s *scanner) step() (end int, found, ok bool) {
	r, size := utf8.DecodeRune(s.text[s.pos:])
	after := s.pos + size
	switch {
	case closingMarks(r) != "" && s.opens(r):
		return s.quotation(after, closingMarks(r))
	case r == '\n':
		return after, true, true
	case questionMark(r):
		if r == '?' && s.inAddress() {
			return after, false, true
		}
		return s.endMark(after, true)
	case r == '。' || r == '！':
		return s.endMark(after, true)
	case r == '.' || r == '!' || r == '…':
		return s.endMark(after, false)
	case r == ':' || r == '—' || r == '–' || r == '-':
		return s.turn(after, r == ':')
	}
	return after, false, true
}

func questionMark(r rune) bool {
	return r == '?' || r == '？' || r == '؟' || r == '⁇' || r == '⁈' || r == '⁉'
}

// closingMarks are the characters that close what r opens; empty when r opens nothing.
func closingMarks(r rune) string {
	switch r {
	case '“', '‟':
		return "”\""
	case '"', '＂':
		return "\"”＂"
	case '„':
		return "“”\""
	case '«':
		return "»"
	case '»':
		return "«"
	case '‘':
		return "’"
	case '「':
		return "」"
	case '『':
		return "』"
	}
	return ""
}

// opens reports whether a mark that could open or close stands where one opens: after a blank, a bracket or a dash.
func (s *scanner) opens(r rune) bool {
	if r != '"' && r != '»' && r != '＂' {
		return true
	}
	before, _ := utf8.DecodeLastRune(s.text[:s.pos])
	return s.pos == 0 || unicode.IsSpace(before) || strings.ContainsRune("([{—–-*_:", before)
}

// quotation goes past a quotation that is closed, or else past its opening mark.
func (s *scanner) quotation(from int, closing string) (end int, found, ok bool) {
	window := s.text[from:min(len(s.text), from+maxQuotation)]
	line := bytes.IndexByte(window, '\n')
	if line >= 0 {
		window = window[:line]
	}
	for i := 0; i < len(window); {
		r, size := utf8.DecodeRune(window[i:])
		if strings.ContainsRune(closing, r) {
			before, _ := utf8.DecodeLastRune(s.text[:from+i])
			after, known := s.peek(from + i + size)
			switch {
			case r != '’' || !unicode.IsLetter(before) || known && !unicode.IsLetter(after): // not an apostrophe
				return from + i + size, false, true
			case !known:
				return s.waitInQuotation(from, window)
			}
		}
		i += size
	}
	if s.final || line >= 0 || len(s.text) >= from+maxQuotation+utf8.UTFMax {
		return from, false, true
	}
	return s.waitInQuotation(from, window)
}

// waitInQuotation waits for the end of what may be a quotation. If it is none, a sentence may end with a mark in it.
func (s *scanner) waitInQuotation(from int, window []byte) (end int, found, ok bool) {
	s.safe = from + len(window)
	if i := bytes.IndexAny(window, ".?!…。？！؟⁇⁈⁉"); i >= 0 {
		_, size := utf8.DecodeRune(window[i:])
		s.safe = from + i + size
	}
	return 0, false, false
}

// peek returns the character at i; false when it did not arrive yet. After the end of the text it is a line end.
func (s *scanner) peek(i int) (rune, bool) {
	if i >= len(s.text) {
		return '\n', s.final
	}
	r, _ := utf8.DecodeRune(s.text[i:])
	return r, s.final || utf8.FullRune(s.text[i:])
}

// marks are what may follow the mark that ends a sentence and still belong to it.
const marks = "?!.…)]”\"»’'*_。？！؟」』"

// endMark decides whether a sentence ends with the mark before from and the marks that follow it. For marks that say so themselves it
// does; a full stop does when a blank follows and it belongs to no abbreviation, dots when what follows begins like a sentence.
func (s *scanner) endMark(from int, sure bool) (end int, found, ok bool) {
	end = from
	for {
		r, known := s.peek(end)
		if !known {
			s.safe = end
			return 0, false, false
		}
		if end >= len(s.text) || !strings.ContainsRune(marks, r) {
			return s.endAt(end, sure)
		}
		sure = sure || questionMark(r)
		end += utf8.RuneLen(r)
	}
}

func (s *scanner) endAt(end int, sure bool) (int, bool, bool) {
	run := s.text[s.pos:end]
	dots := bytes.Contains(run, []byte("..")) || bytes.Contains(run, []byte("…"))
	r, _ := s.peek(end)
	switch {
	case sure || end >= len(s.text):
		return end, true, true
	case dots:
		return s.afterDots(end)
	case !unicode.IsSpace(r):
		return end, false, true
	}
	return end, run[0] != '.' || !s.abbreviation(), true
}

func (s *scanner) afterDots(end int) (int, bool, bool) {
	for i := end; ; {
		r, known := s.peek(i)
		switch {
		case !known:
			s.safe = end
			return 0, false, false
		case r == '\n' || !unicode.IsSpace(r):
			return end, r == '\n' || unicode.IsUpper(r), true
		}
		i += utf8.RuneLen(r)
	}
}

// longestWord is how much of an endless word is looked at, and longestLead of an endless sentence, in bytes.
const (
	longestWord = 1000
	longestLead = 400
)

// word returns the run of characters other than blanks that ends at pos, in lower case.
func (s *scanner) word() string {
	before := s.text[max(s.start, s.pos-longestWord):s.pos]
	if i := bytes.LastIndexFunc(before, unicode.IsSpace); i >= 0 {
		_, size := utf8.DecodeRune(before[i:])
		before = before[i+size:]
	}
	return strings.ToLower(string(before))
}

// abbreviation reports whether the full stop at pos belongs to the word before it.
func (s *scanner) abbreviation() bool {
	w := strings.TrimLeft(s.word(), "([“\"‘*_")
	if r, size := utf8.DecodeRuneInString(w); size == len(w) && unicode.IsLetter(r) && w != "i" {
		return true
	}
	switch w {
	case "e.g", "i.e", "eg", "ie", "mr", "mrs", "ms", "dr", "st", "vs", "approx", "prof", "incl", "cf", "a.m", "p.m", "u.s", "u.k", "ca":
		return true
	}
	return false
}

// inAddress reports whether pos is inside an address of the web.
func (s *scanner) inAddress() bool {
	w := s.word()
	return strings.Contains(w, "://") || strings.HasPrefix(w, "www.")
}

// turn decides whether a colon or a dash parts what leads to a question from the question. It does not when the sentence asks already.
func (s *scanner) turn(from int, colon bool) (end int, found, ok bool) {
	after, known := s.peek(from)
	if !known {
		s.safe = from
		return 0, false, false
	}
	before, _ := utf8.DecodeLastRune(s.text[:s.pos])
	parts := unicode.IsSpace(after) && (colon || unicode.IsSpace(before))
	return from, parts && !asking(string(s.text[s.start:min(s.pos, s.start+longestLead)])), true
}

// asking reports whether a sentence that begins so is a question or an order.
func asking(begin string) bool {
	begin = hideQuotations(begin)
	words := leadWords(begin, 1)
	return len(words) > 0 && (interrogative(words[0]) || auxiliary(words[0])) || imperative(begin)
}

// hideQuotations returns a text with every quotation replaced by “X”.
func hideQuotations(text string) string { return hide(text, quotations(text)) }

// hide is hideQuotations for a text whose quotations are known.
func hide(text string, list []quotation) string {
	if len(list) == 0 {
		return text
	}
	var b strings.Builder
	last := 0
	for _, q := range list {
		b.WriteString(text[last:q.start])
		b.WriteString("“X”")
		last = q.end
	}
	b.WriteString(text[last:])
	return b.String()
}

// quotation is a quotation: where it is, marks included, and what is quoted.
type quotation struct {
	start, end int
	text       string
}

// quotes reports whether a mark that may open a quotation is in a text.
func quotes(text string) bool {
	for i := range len(text) {
		if b := text[i]; b == '"' || b >= utf8.RuneSelf {
			return true
		}
	}
	return false
}

// quotations returns the quotations of a text.
func quotations(text string) []quotation {
	if !quotes(text) {
		return nil
	}
	s := scanner{text: []byte(text), final: true}
	var list []quotation
	for s.pos < len(s.text) {
		if b := s.text[s.pos]; b < utf8.RuneSelf && b != '"' {
			s.pos++
			continue
		}
		r, size := utf8.DecodeRune(s.text[s.pos:])
		from := s.pos + size
		if closing := closingMarks(r); closing != "" && s.opens(r) {
			end, _, _ := s.quotation(from, closing)
			if end > from {
				_, last := utf8.DecodeLastRuneInString(text[:end])
				list = append(list, quotation{s.pos, end, text[from : end-last]})
			}
			from = end
		}
		s.pos = from
	}
	return slices.Clip(list)
}
