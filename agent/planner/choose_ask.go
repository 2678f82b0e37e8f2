package planner

import (
	"slices"
	"strings"
)

// questions returns the sentences of a text of the interviewer that ask: those that end in a question mark and orders such as "walk me
// through". What stands in quotation marks does not end a sentence.
func questions(text string) []string {
	var list []string
	start, quoted := 0, 0
	for i, r := range text {
		switch r {
		case '“', '«', '„':
			quoted++
		case '”', '»':
			quoted = max(quoted-1, 0)
		case '.', '!', '?', '\n', ':', '？', '؟', '。':
			if quoted > 0 || r == '.' && !sentenceEnd(text[i+1:]) || r == ':' && !strings.HasPrefix(text[i+1:], "\n") {
				continue
			}
			s := strings.TrimLeft(text[start:i], " .!?\n\t–-…")
			asks := r == '?' || r == '？' || r == '؟'
			if s != "" && (asks || orders(s)) {
				list = append(list, s)
			}
			start = i + len(string(r))
		}
	}
	if s := strings.TrimSpace(text[start:]); orders(s) {
		list = append(list, s)
	}
	return list
}

func sentenceEnd(rest string) bool { return rest == "" || rest[0] == ' ' || rest[0] == '\n' }

// orders reports whether a sentence asks by telling to answer.
func orders(s string) bool {
	first, rest, _ := strings.Cut(s, " ")
	switch strings.ToLower(strings.TrimRight(first, ",")) {
	case "name", "describe", "explain", "list", "picture":
		return rest != ""
	case "tell":
		return strings.HasPrefix(rest, "me")
	case "walk", "take", "talk", "give":
		return strings.HasPrefix(rest, "me ")
	}
	return false
}

// Aim tells what a question is about that did not come from the bank, as one of a model: its facet and slot, both empty when that cannot be
// told. Hint is what the planner had in mind; without one it may be the zero Choice.
func Aim(ask string, hint Choice) (facet, slot string) {
	set := sums(ask)
	if hint.Text != "" && closeTo(set, sums(hint.Text), 0.5) {
		return hint.Facet, hint.Slot
	}
	entries, sign := choices().entries, signOf(set)
	for i := range entries {
		e := &entries[i]
		if !apart(sign, e.plainSign, len(set)+len(e.plain)) && sameSums(set, e.plain) ||
			!apart(sign, e.easySign, len(set)+len(e.easy)) && sameSums(set, e.easy) {
			return e.Facet, e.Slot
		}
	}
	text := Read(ask)
	for _, a := range aims() {
		if a.terms.In(text) {
			return a.facet, a.slot
		}
	}
	return "", ""
}

// closeTo reports whether two sets overlap by at least a share.
func closeTo(a, b []uint16, share float64) bool {
	both := 0
	for _, v := range a {
		for _, w := range b {
			if v == w {
				both++
				break
			}
		}
	}
	return both > 0 && float64(both) >= share*float64(len(a)+len(b)-both)
}

// withArticle puts a or an before a role, unless it has one or is of a kind that goes without.
func withArticle(role string) string {
	role = inSentence(role)
	lower := strings.ToLower(role)
	for _, p := range []string{"a ", "an ", "the ", "head ", "chief ", "my "} {
		if strings.HasPrefix(lower, p) {
			return role
		}
	}
	if strings.Contains(lower, " of ") {
		return role
	}
	if strings.ContainsRune("aeiou", rune(lower[0])) && !strings.HasPrefix(lower, "uni") && !strings.HasPrefix(lower, "user") {
		return "an " + role
	}
	return "a " + role
}

// inSentence is a role that began a sentence, or an entry of a form, as it is written within one: "Backend developer" has a small letter there, "Java developer" and "IT
// manager" have not.
func inSentence(role string) string {
	first, _, _ := strings.Cut(role, " ")
	lower := strings.ToLower(first)
	if rest := role[len(first):]; rest != strings.ToLower(rest) || len(first) != len(lower) || first[1:] != lower[1:] {
		return role
	}
	if l := lexicons(); slices.Contains(l.RoleNouns, lower) || slices.Contains(l.RoleModifiers, lower) {
		return lower + role[len(first):]
	}
	return role
}
