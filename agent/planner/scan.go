package planner

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// token is a word, a number, or one of the signs % € £ $ &, with its place in the message.
type token struct {
	start, end int
	low        string  // in lower case, normal form C, with straight apostrophes, without what Clean takes out
	number     float64 // when form has isNumber
	set        classes // the lists of the lexicon that it is on by itself
	gap        gap     // what stands before it
	form       form
	letters    uint32 // how many bytes of letters a number ends in, see suffix
}

// suffix is the letters that a number ends in: k, m, rd.
func (t *token) suffix() string { return t.low[len(t.low)-int(t.letters):] }

// gap is what stands between two tokens besides blanks.
type gap uint8

const (
	gapComma    gap = 1 << iota
	gapClause       // ; : ( ) and dashes
	gapSentence     // . ? ! and line ends, and the start of the message
	gapQuote
	gapOther
	gapLine // a line end, besides gapSentence
	gapQuestion
)

// form is how a token is written.
type form uint8

const (
	isCapital form = 1 << iota
	isUpper        // all of at least two letters
	isNumber       // digits with a value
	isDigits       // begins with a digit
	isSign
)

func (t *token) is(f form) bool { return t.form&f != 0 }

// scanner cuts a message into tokens.
type scanner struct {
	text, lower string
	tokens      []token
	gap         gap
	tail        gap // what stands after the last token
}

func scan(text string) scanner {
	s := scanner{text: text, lower: lowerASCII(text), gap: gapSentence, tokens: make([]token, 0, len(text)/5+4)}
	for i := 0; i < len(text); {
		i = s.step(i)
	}
	s.tail = s.gap
	return s
}

// lowerASCII turns A to Z into lower case and leaves every byte where it is.
func lowerASCII(s string) string {
	for i := range len(s) {
		if c := s[i]; 'A' <= c && c <= 'Z' {
			b := []byte(s)
			for ; i < len(b); i++ {
				if 'A' <= b[i] && b[i] <= 'Z' {
					b[i] += 'a' - 'A'
				}
			}
			return string(b)
		}
	}
	return s
}

// step takes in what begins at i and returns where the rest begins.
func (s *scanner) step(i int) int {
	b := s.text[i]
	if n := s.enumerator(i); n > 0 {
		s.gap |= gapSentence
		return i + n
	}
	switch {
	case b == ' ' || b == '\t':
		return i + 1
	case b < utf8.RuneSelf && letterOrDigit(b):
		return s.word(i)
	case b == escape:
		return i + escapeSequence(s.text[i:])
	case b < utf8.RuneSelf:
		return s.sign(i, b)
	}
	r, size := utf8.DecodeRuneInString(s.text[i:])
	switch {
	case unicode.IsLetter(r) || unicode.IsDigit(r):
		return s.word(i)
	case r == '\u009b':
		return i + size + controlSequence(s.text[i+size:])
	}
	s.wideSign(r, i, size)
	return i + size
}

// enumerator is the length of what only numbers an item of a list, with the sign behind it: "1)", "(b)" and, at the start of a line, "2."; 0 for anything else.
func (s *scanner) enumerator(i int) int {
	n := i
	open := s.text[n] == '('
	if open {
		n++
	}
	from := n
	for n < len(s.text) && n-from < 2 && digit(s.text[n]) {
		n++
	}
	if n == from && n < len(s.text) && 'a' <= s.lower[n] && s.lower[n] <= 'h' {
		n++
	}
	if n == from || n+1 >= len(s.text) || s.text[n+1] != ' ' || i > 0 && strings.IndexByte(" \t\n", s.text[i-1]) < 0 {
		return 0
	}
	before := strings.TrimRight(s.text[:i], " \t")
	switch {
	case s.text[n] == ')' && (open || strings.LastIndexByte(before, '(') <= strings.LastIndexByte(before, ')')):
		return n + 1 - i
	case s.text[n] == '.' && !open && digit(s.text[from]) && (before == "" || before[len(before)-1] == '\n'):
		return n + 1 - i
	}
	return 0
}

func letterOrDigit(b byte) bool { return 'a' <= b|0x20 && b|0x20 <= 'z' || digit(b) }

func digit(b byte) bool { return '0' <= b && b <= '9' }

// sign takes in a sign of ASCII.
func (s *scanner) sign(i int, b byte) int {
	switch b {
	case '.':
		if strings.HasPrefix(s.lower[i:], ".net") && (i+4 == len(s.lower) || !letterOrDigit(s.lower[i+4])) {
			s.add(token{start: i, end: i + 4, low: s.lower[i : i+4]})
			return i + 4
		}
		s.gap |= s.fullStop(i)
	case '?':
		s.gap |= gapSentence | gapQuestion
	case '!':
		s.gap |= gapSentence
	case '\n', '\r':
		s.gap |= gapSentence | gapLine
	case ',':
		s.gap |= gapComma
	case ';', ':', '(', ')', '[', ']', '{', '}':
		s.gap |= gapClause
	case '-':
		if i == 0 || s.text[i-1] == ' ' || s.text[i-1] == '-' || s.text[i-1] == '\n' {
			s.gap |= gapClause
		}
	case '"', '\'', '`':
		s.gap |= gapQuote
	case '%', '$', '&':
		s.add(token{start: i, end: i + 1, low: s.lower[i : i+1], form: isSign})
	default:
		if b > ' ' {
			s.gap |= gapOther
		}
	}
	return i + 1
}

// fullStop tells a full stop that ends a sentence from one inside "node.js" and one that shortens a word.
func (s *scanner) fullStop(i int) gap {
	if i+1 < len(s.text) && letterOrDigit(s.text[i+1]) && !('A' <= s.text[i+1] && s.text[i+1] <= 'Z') {
		return gapOther
	}
	if n := len(s.tokens); n > 0 && s.tokens[n-1].end == i {
		switch s.tokens[n-1].low {
		case "mr", "mrs", "ms", "dr", "prof", "st", "approx", "vs", "e.g", "i.e", "g", "e":
			return gapOther
		}
	}
	return gapSentence
}

// wideSign takes in a sign beyond ASCII.
func (s *scanner) wideSign(r rune, i, size int) {
	switch r {
	case '€', '£', '¥', '₹':
		s.add(token{start: i, end: i + size, low: s.text[i : i+size], form: isSign})
	case '“', '”', '«', '»', '‘', '’', '„', '‚', '‹', '›':
		s.gap |= gapQuote
	case '–', '—', '…', '；', '：', '•', '·':
		s.gap |= gapClause
	case '，', '、', '،':
		s.gap |= gapComma
	case '。', '！', '।', '\u2028', '\u2029', '\u0085':
		s.gap |= gapSentence
	case '？', '؟':
		s.gap |= gapSentence | gapQuestion
	case '¿', '¡':
	default:
		if visible(r) && !unicode.IsSpace(r) {
			s.gap |= gapOther
		}
	}
}

func (s *scanner) add(t token) {
	t.gap = s.gap
	s.gap = 0
	s.tokens = append(s.tokens, t)
}

// word takes in the word or number that begins at i.
func (s *scanner) word(i int) int {
	t := token{start: i}
	digits := digit(s.text[i])
	end, plain := s.wordEnd(i, digits)
	t.end = end
	if plain {
		t.low = s.lower[i:end]
	} else {
		t.low = normalWord(s.text[i:end])
	}
	t.form = formOf(s.text[i:end])
	if digits {
		t.form |= isDigits
		parseNumber(&t)
	}
	s.add(t)
	return end
}

// wordEnd returns where the word that begins at start ends, and whether it is only of ASCII letters, digits, and apostrophes and hyphens
// inside.
func (s *scanner) wordEnd(start int, digits bool) (end int, plain bool) {
	plain = true
	i := start
	for i < len(s.text) {
		b := s.text[i]
		if b < utf8.RuneSelf {
			if letterOrDigit(b) {
				i++
				continue
			}
			if n := s.inner(i, digits); n > 0 {
				plain = plain && b != escape && b > ' '
				i += n
				continue
			}
			break
		}
		n := s.wideInner(i)
		if n == 0 {
			break
		}
		plain = false
		i += n
	}
	if i == start+1 || i == start {
		i = s.languageName(start, i)
	}
	return i, plain
}

// languageName adds the signs of c++, c# and f#.
func (s *scanner) languageName(start, end int) int {
	rest := s.lower[end:]
	switch {
	case s.lower[start] == 'c' && strings.HasPrefix(rest, "++"):
		return end + 2
	case (s.lower[start] == 'c' || s.lower[start] == 'f') && strings.HasPrefix(rest, "#"):
		return end + 1
	}
	return end
}

// inner returns the length of the sign at i when it stands inside a word, else 0: an apostrophe or a hyphen between letters, the signs inside
// a number, and what Clean takes out.
func (s *scanner) inner(i int, digits bool) int {
	n := 1
	switch b := s.text[i]; {
	case b == '\'' || b == '-':
	case (b == '.' || b == ',' || digits && (b == ':' || b == '/')) && digit(s.text[i-1]):
		if i+1 < len(s.text) && digit(s.text[i+1]) {
			return 1
		}
		return 0
	case b == escape:
		n = escapeSequence(s.text[i:])
	case b < ' ' && b != '\n' && b != '\t' && b != '\r' || b == 0x7f:
	default:
		return 0
	}
	if s.letterAt(i + n) {
		return n
	}
	return 0
}

// wideInner does the same for what is beyond ASCII, letters included.
func (s *scanner) wideInner(i int) int {
	r, size := utf8.DecodeRuneInString(s.text[i:])
	switch {
	case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r):
		return size
	case r == '’' || r == 'ʼ' || r == '‐' || r == '‑' || unicode.Is(unicode.Cf, r):
		if s.letterAt(i + size) {
			return size
		}
	}
	return 0
}

func (s *scanner) letterAt(i int) bool {
	if i >= len(s.text) {
		return false
	}
	if b := s.text[i]; b < utf8.RuneSelf {
		return letterOrDigit(b)
	}
	r, _ := utf8.DecodeRuneInString(s.text[i:])
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Cf, r)
}

// normalWord is the slow way to a token's low.
func normalWord(s string) string {
	s = strings.ToLower(Clean(s))
	if strings.ContainsAny(s, "’ʼ‐‑") {
		s = strings.NewReplacer("’", "'", "ʼ", "'", "‐", "-", "‑", "-").Replace(s)
	}
	if !norm.NFC.IsNormalString(s) {
		s = norm.NFC.String(s)
	}
	return s
}

func formOf(s string) form {
	r, size := utf8.DecodeRuneInString(s)
	if !unicode.IsUpper(r) {
		return 0
	}
	f, letters := isCapital, 1
	for _, r := range s[size:] {
		if unicode.IsLower(r) {
			return f
		}
		if unicode.IsUpper(r) {
			letters++
		}
	}
	if letters > 1 {
		f |= isUpper
	}
	return f
}

// parseNumber gives a token of digits its value and suffix: "31,000", "3.5", "40k", "1st". Dates and times have no value.
func parseNumber(t *token) {
	i := 0
	for i < len(t.low) && (digit(t.low[i]) || i+1 < len(t.low) && strings.IndexByte(".,'", t.low[i]) >= 0 && digit(t.low[i+1])) {
		i++
	}
	n, err := strconv.ParseFloat(plainFigure(t.low[:i]), 64)
	if err != nil || strings.IndexFunc(t.low[i:], func(r rune) bool { return !unicode.IsLetter(r) && r != '-' }) >= 0 {
		return
	}
	suffix := strings.TrimPrefix(t.low[i:], "-")
	t.form |= isNumber
	t.number, t.letters = n, uint32(len(suffix))
}
