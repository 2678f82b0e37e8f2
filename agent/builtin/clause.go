package builtin

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/betterprofile/betterprofile/agent/planner"
	"github.com/betterprofile/betterprofile/interview"
)

// The length of a clause that is quoted, in words: a longer one than clauseWords is shortened if it can be.
const (
	clauseWords = 8
	maxClause   = 10
)

// clauseMatch is how much of a message is looked at.
const clauseMatch = 2000

// clause quotes a whole clause of the message where the planner has found no piece that stands for itself; empty when none is short and says
// something.
func (s *speaker) clause() string {
	if s.Reading.Distress || excuses(s.in.Message.Content) {
		return ""
	}
	content := interview.FirstRunes(s.in.Message.Content, clauseMatch)
	best, bestStart, score := "", 0, 0
	for _, c := range clauses(content) {
		text := content[c[0]:c[1]]
		n := worth(text)
		source := interview.Source{MessageID: s.in.Message.ID, Start: c[0], End: c[1]}
		if n > score && !vague(text) && !s.wasSaid("“"+text+"”") && !unclean(text) && s.State.QuotableUpTo(source, text, maxClause) && !planner.Sensitive(text) && !planner.Evasive(content) && !planner.Evasive(text) {
			best, bestStart, score = text, c[0], n
		}
	}
	if best == "" || strings.Contains(s.Next.Text, best) {
		return ""
	}
	s.meta.Anchor = &interview.Source{MessageID: s.in.Message.ID, Start: bestStart, End: bestStart + len(best)}
	return s.around("reflect_clause", best)
}

// unclean reports whether there is anything in the text that cannot be shown.
func unclean(text string) bool { return planner.Clean(text) != text }

// clauses returns where the clauses of a text are: between punctuation marks, and before "and", "but", "because", "so" and the like, without
// these.
func clauses(text string) [][2]int {
	var list [][2]int
	start := 0
	for i, r := range text {
		if strings.ContainsRune(".,;:!?()\n–—", r) && breaks(text, i, utf8.RuneLen(r)) {
			list = append(list, parts(text, start, i)...)
			start = i + utf8.RuneLen(r)
		}
	}
	return append(list, parts(text, start, len(text))...)
}

// breaks reports whether a mark ends a clause: it is followed by a blank or by nothing, so that "3.5" and "e.g." stay whole.
func breaks(text string, at, size int) bool {
	r, _ := utf8.DecodeRuneInString(text[at+size:])
	return at+size == len(text) || unicode.IsSpace(r) || strings.ContainsRune("()\n–—", rune(text[at]))
}

// parts splits a piece without marks at conjunctions if it is long, and trims the parts.
func parts(text string, start, end int) [][2]int {
	var list [][2]int
	if len(strings.Fields(text[start:end])) > clauseWords {
		for _, word := range []string{" and ", " but ", " because ", " so ", " until ", " while ", " although "} {
			if i := strings.Index(text[start:end], word); i > 0 && !(word == " so " && strings.HasPrefix(text[start+i:end], " so that ")) && (word != " and " || begins(text[start+i+len(word):end])) {
				return append(parts(text, start, start+i), parts(text, start+i+len(word), end)...)
			}
		}
	}
	for {
		trimmed := strings.TrimLeftFunc(text[start:end], unicode.IsSpace)
		start = end - len(trimmed)
		lead, ok := leadIn(trimmed)
		if !ok {
			break
		}
		start += lead
	}
	if rest, ok := strings.CutPrefix(strings.ToLower(text[start:end]), "that "); ok && !strings.HasPrefix(rest, "is ") && !strings.HasPrefix(rest, "was ") {
		start += len("that ")
	}
	end = start + len(strings.TrimRightFunc(text[start:end], unicode.IsSpace))
	switch needs := needsMore(text[start:end]); {
	case needs && len(strings.Fields(text[start:end])) > maxClause:
		return list
	case !needs:
		end = atPreposition(text, start, end)
	}
	if n := len(strings.Fields(text[start:end])); n >= 3 {
		list = append(list, [2]int{start, end})
	}
	return list
}

// needsMore reports whether a clause has another in it without which it says only half.
func needsMore(text string) bool {
	if before, after, found := strings.Cut(text, " that "); found && begins(after) {
		words := strings.Fields(strings.ToLower(before))
		switch words[len(words)-1] {
		case "before", "after", "since", "by", "on", "at", "in", "of", "with", "for", "about", "like", "to", "from", "than": // "before that I was"
		default:
			return true
		}
	}
	return slices.ContainsFunc([]string{" so that ", " as if ", " as though ", " when ", " if ", " unless "}, func(word string) bool {
		return strings.Contains(text, word)
	})
}

// atPreposition shortens a piece that is too long to end before the last preposition that leaves it short enough: what stands before is a
// whole phrase.
func atPreposition(text string, start, end int) int {
	if len(strings.Fields(text[start:end])) <= clauseWords {
		return end
	}
	best, longer := end, end
	for _, word := range []string{
		" with ", " for ", " at ", " in ", " on ", " from ", " by ", " during ", " after ", " before ", " without ", " into ",
		" who ", " which ", " whether ", " where ", " as ", " and ",
	} {
		for at := start; ; {
			i := strings.Index(text[at:end], word)
			if i < 0 {
				break
			}
			at += i
			switch n := len(strings.Fields(text[start:at])); {
			case n < 3 || !tellsSomething(text[start:at]) || goesOn(text[start:at]) || figureNext(text[at+len(word):end]):
			case n <= clauseWords && (best == end || at > best):
				best = at
			case n > clauseWords && n <= maxClause && at < longer:
				longer = at
			}
			at += len(word) - 1
		}
	}
	if best == end {
		return longer
	}
	return best
}

// leadIn returns the length of a word at the start that only leads in.
func leadIn(text string) (int, bool) {
	first, _, found := strings.Cut(text, " ")
	if !found {
		return 0, false
	}
	switch strings.ToLower(first) {
	case "and", "but", "so", "because", "then", "also", "well", "hm", "mostly", "lately", "or", "now":
		return len(first), true
	}
	return 0, false
}

// worth is how good a clause is to quote: it says something, and is short. 0 and less are not good enough.
func worth(text string) int {
	words := planner.Words(text)
	n := 0
	for _, w := range words {
		if len(w) > 3 {
			n++
		}
	}
	if adverbial(text) {
		n--
	}
	return 4*min(n, 2) - max(len(words)-5, 5-len(words))
}

// vague reports whether a clause is about the talk rather than the work, or says that nothing is known.
func vague(text string) bool {
	words := planner.Words(strings.ToLower(text))
	switch words[0] {
	case "is", "was", "are", "were", "that", "which", "who", "this", "no", "not", "nothing", "none", "when", "if", "although", "unless", "whenever":
		return true
	}
	switch words[len(words)-1] { // cut off by a mark
	case "and", "or", "but", "to", "the", "a", "an", "of", "with", "that", "is", "are", "was", "were", "am", "be", "has", "had", "have", "will", "would", "not":
		return true
	}
	if slices.Contains(words, "look") && slices.Contains(words, "up") {
		return true
	}
	return slices.ContainsFunc(words, func(w string) bool {
		return slices.Contains([]string{
			"know", "remember", "think", "say", "sorry", "honest", "honestly", "sure", "guess", "suppose", "question", "questions",
			"nothing", "don't", "can't", "couldn't",
		}, w)
	})
}

// goesOn reports whether a piece ends in a word after which more has to come.
func goesOn(text string) bool {
	words := strings.Fields(strings.ToLower(text))
	switch words[len(words)-1] {
	case "and", "or", "but", "to", "in", "on", "of", "with", "for", "at", "out", "up", "a", "an", "the", "by", "from", "as", "that", "than", "more", "my",
		"our", "is", "was", "are", "were", "if", "when":
		return true
	}
	return false
}

// begins reports whether a clause begins with the text, and not only another member of an enumeration.
func begins(text string) bool {
	first, _, _ := strings.Cut(strings.ToLower(text), " ")
	switch first {
	case "i", "we", "they", "he", "she", "it", "you", "the", "a", "an", "there", "then", "that", "this", "nobody", "everybody", "my", "our", "their":
		return true
	}
	return planner.Deed(text)
}

// excuses reports whether a message is one.
func excuses(content string) bool {
	lower := strings.ToLower(strings.ReplaceAll(content[:min(len(content), 200)], "’", "'"))
	return strings.Contains(lower, "i'm afraid") || strings.Contains(lower, "i am afraid")
}

// figureNext reports whether a text begins with a figure: what stands before it is not to be torn from it.
func figureNext(text string) bool {
	r, _ := utf8.DecodeRuneInString(text)
	return unicode.IsDigit(r)
}

// adverbial reports whether a piece begins with a preposition: it says when or where, and not what.
func adverbial(text string) bool {
	first, _, _ := strings.Cut(strings.ToLower(text), " ")
	switch first {
	case "during", "in", "at", "on", "for", "with", "from", "before", "after", "since", "by", "until", "to", "of", "about":
		return true
	}
	return false
}

// tellsSomething reports whether a piece has a word that tells it from others.
func tellsSomething(text string) bool {
	return slices.ContainsFunc(planner.Words(strings.ToLower(text)), func(w string) bool {
		switch w {
		case "again", "would", "could", "should", "there", "their", "about", "after", "where", "which", "still", "never", "every", "other", "first", "always",
			"before", "really", "things", "thing", "people", "something", "everything":
			return false
		}
		return len(w) > 4
	})
}
