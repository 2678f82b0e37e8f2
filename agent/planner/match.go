package planner

import (
	"math/bits"
	"strings"
	"unicode"
	"unicode/utf8"
)

// class is a list of the lexicon, as the matcher knows it.
type class uint8

// classes is a set of classes.
type classes [3]uint64

func (s classes) has(c class) bool { return s[c>>6]&(1<<(c&63)) != 0 }

func (s *classes) add(c class) { s[c>>6] |= 1 << (c & 63) }

func (s *classes) join(t classes) {
	for i := range s {
		s[i] |= t[i]
	}
}

func (s classes) with(t classes) classes {
	for i := range s {
		s[i] &= t[i]
	}
	return s
}

func (s classes) empty() bool { return s == classes{} }

// each calls f for every class of the set.
func (s classes) each(f func(class)) {
	for i, word := range s {
		for ; word != 0; word &= word - 1 {
			f(class(i<<6 + bits.TrailingZeros64(word)))
		}
	}
}

// matcher finds all terms of all lists in one pass over the tokens of a message.
type matcher struct {
	root node
	raw  []rawTerm
}

// node is the beginning of terms, word by word.
type node struct {
	set      classes // of the terms that end here
	next     map[string]*node
	prefixes map[string][]prefix // beginnings of words by their first prefixKey bytes
}

type prefix struct {
	text string
	node *node
}

// prefixKey is how many bytes the beginning of a word has at least.
const prefixKey = 3

// rawTerm is a term with other signs in it, or of a script without blanks between words: it is looked for as it is.
type rawTerm struct {
	text  string
	class class
}

// hit is a term of the class in the tokens from up to to.
type hit struct {
	class    class
	from, to int32
}

// add puts terms on the list of the class: words and phrases, the last word of which may end in a star.
func (m *matcher) add(c class, terms ...string) {
	for _, term := range terms {
		lower := strings.ToLower(term)
		stemmed, starred := strings.CutSuffix(lower, "*")
		if strings.ContainsAny(stemmed, "<>¿¡") || unspaced(stemmed) {
			m.raw = append(m.raw, rawTerm{stemmed, c})
			continue
		}
		s := scan(stemmed)
		n := &m.root
		for i := range s.tokens {
			if i == len(s.tokens)-1 && starred {
				n = n.child(s.tokens[i].low, true)
			} else {
				n = n.child(s.tokens[i].low, false)
			}
		}
		n.set.add(c)
	}
}

// unspaced reports whether a term is in a script without blanks between words.
func unspaced(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai)
}

func (n *node) child(word string, starred bool) *node {
	if !starred {
		if n.next == nil {
			n.next = map[string]*node{}
		}
		if n.next[word] == nil {
			n.next[word] = &node{}
		}
		return n.next[word]
	}
	key := word[:prefixKey]
	for _, p := range n.prefixes[key] {
		if p.text == word {
			return p.node
		}
	}
	if n.prefixes == nil {
		n.prefixes = map[string][]prefix{}
	}
	c := &node{}
	n.prefixes[key] = append(n.prefixes[key], prefix{word, c})
	return c
}

// run marks every token with the lists it is on by itself, and returns the terms of the classes in note, and all of several words, in
// their order.
func (m *matcher) run(tokens []token, note classes) []hit {
	var hits []hit
	for i := range tokens {
		m.root.follow(tokens, i, i, note, &hits)
	}
	return hits
}

func (n *node) follow(tokens []token, from, at int, note classes, hits *[]hit) {
	if at >= len(tokens) || n.next == nil && n.prefixes == nil {
		return
	}
	low := tokens[at].low
	if c := n.next[low]; c != nil {
		c.arrive(tokens, from, at, note, hits)
	}
	if n.prefixes == nil {
		return
	}
	if len(low) < prefixKey {
		return
	}
	for _, p := range n.prefixes[low[:prefixKey]] {
		if strings.HasPrefix(low, p.text) {
			p.node.arrive(tokens, from, at, note, hits)
		}
	}
}

func (n *node) arrive(tokens []token, from, at int, note classes, hits *[]hit) {
	set := n.set
	if from == at {
		tokens[at].set.join(set)
		set = set.with(note)
	}
	set.each(func(c class) { *hits = append(*hits, hit{c, int32(from), int32(at + 1)}) })
	n.follow(tokens, from, at+1, note, hits)
}
