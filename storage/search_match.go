package storage

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/betterprofile/betterprofile/interview"
)

// parseTerms returns what a search looks for, folded: its words, and what is in quotes as one with single spaces. Punctuation alone is no word.
func parseTerms(text string) []string {
	var terms []string
	quoted := false
	rest := text
	for rest != "" {
		piece := rest
		at := strings.IndexAny(rest, `"“”„`)
		if at >= 0 {
			_, size := utf8.DecodeRuneInString(rest[at:])
			piece, rest = rest[:at], rest[at+size:]
		} else {
			rest = ""
		}
		words := strings.Fields(piece)
		if quoted {
			words = []string{strings.Join(words, " ")}
		}
		for _, word := range words {
			if term := interview.OneLine(fold(word)); term != "" && interview.Searchable(word) {
				terms = append(terms, term)
			}
		}
		quoted = !quoted && at >= 0
	}
	return terms
}

// foldSpaces returns text, folded, with every run of white space as one space and none at the beginning, in the memory of b.
func foldSpaces(b []byte, text []byte) []byte {
	b = slices.Grow(b, len(text))[:len(text)]
	n, space := 0, true
	for _, c := range text {
		switch {
		case c > ' ' && c < utf8.RuneSelf:
			if c-'A' <= 'Z'-'A' {
				c += 'a' - 'A'
			}
			b[n], space = c, false
			n++
		case c >= utf8.RuneSelf:
			return append(b[:0], interview.OneLine(fold(string(text)))...)
		case c != ' ' && (c < '\t' || c > '\r'):
			b[n], space = c, false
			n++
		case !space:
			b[n], space = ' ', true
			n++
		}
	}
	return b[:n]
}

// folding is a text, folded as in foldSpaces, and where each of its bytes comes from, counted in characters of the text.
type folding struct {
	text   string
	origin []int
}

func foldWithOrigin(content []rune) folding {
	var b strings.Builder
	var f folding
	space := false
	add := func(s string, from int) {
		b.WriteString(s)
		for range len(s) {
			f.origin = append(f.origin, from)
		}
	}
	for i, r := range content {
		for _, folded := range fold(string(r)) {
			if unicode.IsSpace(folded) {
				space = b.Len() > 0
				continue
			}
			if space {
				add(" ", i-1)
				space = false
			}
			add(string(folded), i)
		}
	}
	f.text = b.String()
	return f
}

// span is characters from and to before a place.
type span struct{ from, to int }

// find returns where the terms are in a text, in order, joined where they overlap or touch.
func find(content []rune, terms []string) []span {
	f := foldWithOrigin(content)
	var all []span
	for _, term := range terms {
		for at := 0; ; {
			i := strings.Index(f.text[at:], term)
			if i < 0 {
				break
			}
			from, to := at+i, at+i+len(term)
			all = append(all, span{f.origin[from], withMarks(content, f.origin[to-1]+1)})
			at = to
		}
	}
	slices.SortFunc(all, func(a, b span) int { return a.from - b.from })
	var joined []span
	for _, s := range all {
		if last := len(joined) - 1; last >= 0 && s.from <= joined[last].to {
			joined[last].to = max(joined[last].to, s.to)
			continue
		}
		joined = append(joined, s)
	}
	return joined
}

// withMarks is the end of the character before the place, with the accents that follow it.
func withMarks(content []rune, at int) int {
	for at < len(content) && unicode.Is(unicode.M, content[at]) {
		at++
	}
	return at
}

// snippetLead is how many characters a snippet shows before the first match.
const snippetLead = interview.SnippetRunes / 3

// snippet cuts out about interview.SnippetRunes characters of a message around the first place that matches, and returns them on one
// line with the places that match in it.
func snippet(text string, terms []string) (string, [][2]int) {
	content := []rune(text)
	found := find(content, terms)
	first := span{}
	if len(found) > 0 {
		first = found[0]
	}
	cut := window(content, first)
	var out []rune
	if cut.from > 0 {
		out = append(out, '…')
	}
	places := make([]int, cut.to-cut.from+1) // of each character in the snippet
	blank := true
	for i, r := range content[cut.from:cut.to] {
		places[i] = len(out)
		switch {
		case !unicode.IsSpace(r):
			out, blank = append(out, r), false
		case !blank:
			out, blank = append(out, ' '), true
		default:
			places[i] = max(0, len(out)-1)
		}
	}
	if blank && len(out) > 0 && out[len(out)-1] == ' ' {
		out = out[:len(out)-1]
	}
	places[cut.to-cut.from] = len(out)
	if cut.to < len(content) {
		out = append(out, '…')
	}
	matches := [][2]int{}
	for _, s := range found {
		if s.from >= cut.from && s.to <= cut.to {
			matches = append(matches, [2]int{places[s.from-cut.from], places[s.to-cut.from]})
		}
	}
	return string(out), matches
}

// window is the part of a message that a snippet shows: whole words around the first match, but where a word is too long.
func window(content []rune, first span) span {
	w := span{max(0, first.from-snippetLead), len(content)}
	if w.from > 0 {
		if at := nextWord(content[w.from-1 : first.from]); at >= 0 {
			w.from += at - 1
		} else {
			w.from = withMarks(content, w.from)
		}
	}
	end := max(w.from+interview.SnippetRunes, first.to)
	if end >= len(content) {
		return w
	}
	for at := end; at > first.to && at > end-snippetLead; at-- {
		if unicode.IsSpace(content[at]) {
			w.to = at
			return w
		}
	}
	w.to = withMarks(content, end)
	return w
}

// nextWord is where the first word begins after white space, -1 when none does.
func nextWord(content []rune) int {
	space := false
	for i, r := range content {
		if blank := unicode.IsSpace(r); !blank && space {
			return i
		} else if blank {
			space = true
		}
	}
	if space {
		return len(content)
	}
	return -1
}
