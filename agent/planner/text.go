package planner

import (
	"iter"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text is a user's text prepared for matching.
type Text struct {
	Lower  string // cleaned, in lower case, with straight apostrophes
	padded string // the words between single blanks, with one at either end
}

// Read prepares a text that [Clean] returned.
func Read(clean string) Text {
	lower := strings.ReplaceAll(strings.ToLower(clean), "’", "'")
	return Text{Lower: lower, padded: " " + strings.Join(Words(lower), " ") + " "}
}

// Words returns the words of s as they stand: runs of letters, digits, inner apostrophes and hyphens.
func Words(s string) []string {
	if s == "" {
		return nil
	}
	words := make([]string, 0, len(s)/5+1)
	for w := range EachWord(s) {
		words = append(words, w)
	}
	if len(words) == 0 {
		return nil
	}
	return words
}

// EachWord goes through the words of s.
func EachWord(s string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := 0; i < len(s); {
			size, inside := wordRuneAt(s, i)
			if !inside {
				i += size
				continue
			}
			start := i
			for inside {
				i += size
				if i >= len(s) {
					break
				}
				size, inside = wordRuneAt(s, i)
			}
			if w := trimWord(s[start:i]); w != "" && !yield(w) {
				return
			}
		}
	}
}

// wordByte reports whether a character of ASCII belongs to a word: a letter, a digit, an apostrophe or a hyphen.
func wordByte(b byte) bool {
	const low, high = 1<<'\'' | 1<<'-' | 0x3ff<<'0', 0x3ffffff<<('A'-64) | 0x3ffffff<<('a'-64) // up to 63, and from 64 on
	if b < 64 {
		return uint64(low)>>b&1 != 0
	}
	return uint64(high)>>(b-64)&1 != 0
}

// wordRuneAt returns the size of the character at i and whether it belongs to a word.
func wordRuneAt(s string, i int) (size int, inside bool) {
	if s[i] < utf8.RuneSelf {
		return 1, wordByte(s[i])
	}
	r, size := utf8.DecodeRuneInString(s[i:])
	return size, wordRune(r)
}

// trimWord cuts apostrophes and hyphens off at both ends.
func trimWord(w string) string {
	for w != "" && (w[0] == '\'' || w[0] == '-') {
		w = w[1:]
	}
	for w != "" && (w[len(w)-1] == '\'' || w[len(w)-1] == '-') {
		w = w[:len(w)-1]
	}
	return w
}

func wordRune(r rune) bool {
	if r < utf8.RuneSelf {
		return wordByte(byte(r))
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)
}

// Stems returns the set of stems of the words of s that carry its meaning, sorted: what is compared to tell whether two
// questions are the same. It is a set of its own for every text that has a word at all.
func Stems(s string) []string {
	lower := strings.ReplaceAll(strings.ToLower(s), "’", "'")
	stems := make([]string, 0, len(lower)/6+1)
	for w := range EachWord(lower) {
		if !functionWord(w) {
			stems = append(stems, stem(w))
		}
	}
	if len(stems) == 0 {
		stems = Words(lower)
	}
	slices.Sort(stems)
	return slices.Compact(stems)
}

// functionWord reports whether w only holds a sentence together. Question words stay: "who" and "what" ask for different things.
func functionWord(w string) bool {
	switch w {
	case "a", "an", "the", "of", "to", "in", "on", "at", "for", "with", "and", "or", "as", "by", "it", "its", "is", "are", "was", "were",
		"be", "been", "do", "does", "did", "has", "have", "had", "you", "your", "that", "this", "there", "would", "could", "one":
		return true
	}
	return false
}

// stem cuts the endings of English inflection. It need not give a word, only the same for forms of one word.
func stem(w string) string {
	w = strings.TrimSuffix(w, "'s")
	if w == "" || strings.HasSuffix(w, "ss") {
		return w
	}
	var endings [3]string // of those with its last letter, the longest first
	switch w[len(w)-1] {
	case 'g':
		endings[0] = "ing"
	case 's':
		endings = [3]string{"ies", "es", "s"}
	case 'd':
		endings[0] = "ed"
	case 'y':
		endings = [3]string{"ly", "y"}
	case 'e':
		endings[0] = "e"
	}
	for _, ending := range endings {
		if rest, ok := strings.CutSuffix(w, ending); ok && len(rest) >= 3 {
			return rest
		}
	}
	return w
}

// Overlap is the Jaccard index of two sorted sets: the share of what either has that both have; 0 when both are empty.
func Overlap(a, b []string) float64 {
	both := 0
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch strings.Compare(a[i], b[j]) {
		case 0:
			both++
			i++
			j++
		case -1:
			i++
		default:
			j++
		}
	}
	if len(a)+len(b) == 0 {
		return 0
	}
	return float64(both) / float64(len(a)+len(b)-both)
}

// SameQuestion is the overlap of stems from which two questions count as the same.
const SameQuestion = 0.75
