package planner

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// document is a message, cut up.
type document struct {
	scanner
	*reader
	hits      []hit
	found     classes // of all hits
	listed    classes // of all tokens by themselves
	sentences []sentence
	crisis    bool
}

// sentence is a sentence, as tokens and as bytes. Its bytes hold its final sign.
type sentence struct {
	from, to   int
	start, end int
	question   bool
	distress   bool
	sensitive  bool
	negated    bool // a negation is in it
	thirdParty bool // somebody's name is in it
}

// readRunes is how much of a message is read, from its start; signs of a crisis are looked for in all of it.
const readRunes = 8000

func newDocument(content string) *document {
	d := &document{scanner: scan(content), reader: lists()}
	d.hits = d.run(d.tokens, d.note)
	d.gather()
	d.crisis = d.inCrisis()
	if len(content) > readRunes {
		d.cut(runeLimit(content, readRunes))
		d.gather()
	}
	d.split()
	return d
}

// gather notes which classes are in the message at all, so that most questions need no search.
func (d *document) gather() {
	d.found, d.listed = classes{}, classes{}
	for i := range d.tokens {
		d.listed.join(d.tokens[i].set)
	}
	for _, h := range d.hits {
		d.found.add(h.class)
	}
}

// runeLimit returns where the first n characters of s end.
func runeLimit(s string, n int) int {
	for i := range s {
		if n == 0 {
			return i
		}
		n--
	}
	return len(s)
}

// cut forgets all tokens that end after the byte limit.
func (d *document) cut(limit int) {
	n := len(d.tokens)
	for n > 0 && d.tokens[n-1].end > limit {
		n--
	}
	d.tokens = d.tokens[:n]
	for len(d.hits) > 0 && int(d.hits[len(d.hits)-1].to) > n {
		d.hits = d.hits[:len(d.hits)-1]
	}
}

// has reports whether a term of the class is in the tokens from up to to. It sees single words only of the classes that are noted.
func (d *document) has(c class, from, to int) bool {
	_, ok := d.first(c, from, to)
	return ok
}

// first returns the first term of the class in the tokens from up to to.
func (d *document) first(c class, from, to int) (hit, bool) {
	if !d.found.has(c) {
		return hit{}, false
	}
	for _, h := range d.hits[d.hitsFrom(from):] {
		if int(h.from) >= to {
			break
		}
		if h.class == c && int(h.to) <= to {
			return h, true
		}
	}
	return hit{}, false
}

// hitsFrom returns the index of the first hit that begins at the token or later.
func (d *document) hitsFrom(token int) int {
	low, high := 0, len(d.hits)
	for low < high {
		if mid := (low + high) / 2; int(d.hits[mid].from) < token {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low
}

// any reports whether a word or term of the class is in the tokens from up to to.
func (d *document) any(c class, from, to int) bool {
	if d.listed.has(c) {
		for i := from; i < to; i++ {
			if d.tokens[i].set.has(c) {
				return true
			}
		}
	}
	return d.has(c, from, to)
}

// hasAny reports whether a term of one of the classes is in the tokens from up to to.
func (d *document) hasAny(set classes, from, to int) bool {
	if d.found.with(set).empty() {
		return false
	}
	for _, h := range d.hits[d.hitsFrom(from):] {
		if int(h.from) >= to {
			break
		}
		if set.has(h.class) && int(h.to) <= to {
			return true
		}
	}
	return false
}

// whole is has for the whole message.
func (d *document) whole(c class) bool { return d.found.has(c) }

// unless returns a term of the class that no term of the other class overlaps.
func (d *document) unless(c, not class, from, to int) (hit, bool) {
	if !d.found.has(c) {
		return hit{}, false
	}
	for i := d.hitsFrom(from); i < len(d.hits) && int(d.hits[i].from) < to; i++ {
		if h := d.hits[i]; h.class == c && int(h.to) <= to && !d.overlapped(h, not) {
			return h, true
		}
	}
	return hit{}, false
}

func (d *document) overlapped(h hit, c class) bool {
	const longest = 8 // words of a term
	for i := d.hitsFrom(max(int(h.from)-longest, 0)); i < len(d.hits) && d.hits[i].from < h.to; i++ {
		if o := d.hits[i]; o.class == c && o.to > h.from {
			return true
		}
	}
	return false
}

func (d *document) inCrisis() bool {
	crisis, not := d.acts["crisis"], d.acts["crisis_not"]
	if _, found := d.unless(crisis, not, 0, len(d.tokens)); found {
		return true
	}
	text := ""
	for _, raw := range d.raw {
		if raw.class == crisis && strings.Contains(d.lower, raw.text) {
			if text == "" {
				text = d.lower
				for _, n := range d.raw {
					if n.class == not {
						text = strings.ReplaceAll(text, n.text, " ")
					}
				}
			}
			if strings.Contains(text, raw.text) {
				return true
			}
		}
	}
	return false
}

// split finds the sentences.
func (d *document) split() {
	from := 0
	for i := 1; i <= len(d.tokens); i++ {
		if i < len(d.tokens) && d.tokens[i].gap&gapSentence == 0 {
			continue
		}
		d.sentences = append(d.sentences, d.sentence(from, i))
		from = i
	}
}

func (d *document) sentence(from, to int) sentence {
	s := sentence{from: from, to: to, start: d.tokens[from].start, end: d.tokens[to-1].end}
	after := d.tail
	if to < len(d.tokens) {
		after = d.tokens[to].gap
	}
	s.question = after&gapQuestion != 0
	for s.end < len(d.text) && strings.IndexByte(".!?%+", d.text[s.end]) >= 0 {
		s.end++
	}
	if r, size := utf8.DecodeLastRuneInString(d.text[:s.start]); r == '“' || r == '"' {
		s.start -= size
	}
	s.distress = d.distressed(from, to)
	s.sensitive = d.sensitive(from, to)
	for i := from; i < to; i++ {
		s.negated = s.negated || d.negates(i)
	}
	return s
}

// negates reports whether the token turns what follows round.
func (d *document) negates(i int) bool {
	t := &d.tokens[i]
	return t.set.has(inNegation) || strings.HasSuffix(t.low, "n't")
}

// negatedBefore reports whether one of the two words before the token turns it round.
func (d *document) negatedBefore(i int) bool {
	for k := i - 1; k >= 0 && k >= i-2; k-- {
		if d.negates(k) {
			return true
		}
	}
	return false
}

// distressed looks for phrases of distress, and for single words in what users say about themselves.
func (d *document) distressed(from, to int) bool {
	if !d.found.has(inDistress) {
		return false
	}
	for i := d.hitsFrom(from); i < len(d.hits) && int(d.hits[i].from) < to; i++ {
		h := d.hits[i]
		if h.class != inDistress || int(h.to) > to || d.overlapped(h, inDistressNot) {
			continue
		}
		if h.to-h.from > 1 || d.ofSelf(int(h.from), from) || d.tokens[h.from].low[0] >= utf8.RuneSelf {
			return true
		}
	}
	return false
}

// ofSelf reports whether the word at the token is said of the user: nobody and nothing else stands between them.
func (d *document) ofSelf(i, from int) bool {
	const near = 7
	for k := i; k >= from && k >= i-near; k-- {
		switch d.tokens[k].low {
		case "i", "i'm", "i've", "i'd", "me", "my", "myself", "im":
			return true
		case "them", "they", "it", "what", "which", "he", "she", "him", "her", "that", "who":
			return false
		}
		if k < i && d.tokens[k+1].gap&gapClause != 0 {
			return false
		}
	}
	return false
}

func (d *document) selfIn(from, to int) bool {
	for i := from; i < to; i++ {
		switch d.tokens[i].low {
		case "i", "i'm", "i've", "i'd", "me", "my", "myself", "im":
			return true
		}
	}
	return false
}

// slice is the span of the tokens from up to to.
func (d *document) slice(from, to int) Span {
	return d.span(d.tokens[from].start, d.tokens[to-1].end)
}

func (d *document) span(start, end int) Span {
	return Span{Start: start, End: end, Text: d.text[start:end]}
}

// quotable reports whether a piece may be quoted: Clean would leave it as it is, and it has neither control characters nor braces.
func quotable(s string) bool {
	plain := true
	for i := range len(s) {
		switch b := s[i]; {
		case b < ' ' || b == 0x7f || b == '{' || b == '}' || b == '<' || b == '>':
			return false
		case b >= utf8.RuneSelf:
			plain = false
		}
	}
	if plain {
		return s != "" && s[0] != ' ' && s[len(s)-1] != ' '
	}
	return utf8.ValidString(s) && Clean(s) == s && strings.IndexFunc(s, unicode.IsControl) < 0
}
