package planner

import "strings"

// Terms is a list of terms of the lexicon, ready to be looked for: whole words and phrases, beginnings of words ("suicid*"),
// and terms with other signs in them, which are looked for as they are ("<system>"). The zero value matches nothing.
type Terms struct {
	whole  []string // each between blanks, as in Text.padded
	prefix []string // each after a blank
	raw    []string
}

// NewTerms prepares a list.
func NewTerms(list ...string) Terms {
	var t Terms
	for _, term := range list {
		lower := strings.ToLower(term)
		stemmed, isPrefix := strings.CutSuffix(lower, "*")
		words := " " + strings.Join(Words(stemmed), " ")
		switch {
		case strings.ContainsAny(stemmed, "<>*:¿¡") || words == " ":
			t.raw = append(t.raw, stemmed)
		case isPrefix:
			t.prefix = append(t.prefix, words)
		default:
			t.whole = append(t.whole, words+" ")
		}
	}
	return t
}

// In reports whether a term occurs in the text.
func (t Terms) In(text Text) bool { return t.Find(text) != "" }

// Find returns the first term of the list that occurs in the text, in lower case and without its star; "" when none does.
func (t Terms) Find(text Text) string {
	for _, list := range [][]string{t.whole, t.prefix} {
		for _, term := range list {
			if strings.Contains(text.padded, term) {
				return strings.TrimSpace(term)
			}
		}
	}
	for _, term := range t.raw {
		if strings.Contains(text.Lower, term) {
			return term
		}
	}
	return ""
}
