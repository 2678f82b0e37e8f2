package quality

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/betterprofile/betterprofile/agent/planner"
)

var (
	emphasisPattern = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile("\\*\\*\\*?([^*\n]+)\\*\\*\\*?|__([^_\n]+)__|`([^`\n]+)`")
	})
	starPattern = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(^|[\s(“"])[*_]([^\s*_](?:[^*_\n]*[^\s*_])?)[*_]($|\W)`)
	})
	headingPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?m)^\s*(?:#{1,6}|>)\s+`) })
	speakerPattern = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?i)^\s*(?:career\s+)?(?:interviewer|assistant|reply)\s*:\s*`)
	})
)

// Clean returns a model's reply as it may be shown: without escape sequences and control characters, the emphasis of Markdown, quotation
// marks around the whole and the name of the speaker before it; in normal form C.
func Clean(text string) string {
	text = planner.Clean(text)
	for range 4 {
		before := text
		if strings.ContainsAny(text, "*_`") {
			text = emphasisPattern().ReplaceAllString(text, "$1$2$3")
			text = starPattern().ReplaceAllString(text, "$1$2$3")
		}
		if strings.ContainsAny(text, "#>") {
			text = headingPattern().ReplaceAllString(text, "")
		}
		if strings.Contains(text[:min(len(text), longestSpeaker)], ":") {
			text = speakerPattern().ReplaceAllString(text, "")
		}
		text = strings.TrimSpace(unquoted(strings.TrimSpace(text)))
		if text == before {
			break
		}
	}
	return text
}

// longestSpeaker is how far from the start the name of a speaker ends, in bytes.
const longestSpeaker = 64

// unquoted returns a text without a pair of quotation marks around the whole of it.
func unquoted(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	last, end := utf8.DecodeLastRuneInString(text)
	closing := closingMarks(first)
	if closing == "" || len(text) < size+end || !strings.ContainsRune(closing, last) {
		return text
	}
	inner := text[size : len(text)-end]
	if strings.ContainsRune(inner, first) || strings.ContainsRune(inner, last) && last != '’' {
		return text
	}
	return inner
}

// Repair mends what can be mended of the faults of a reply without changing what it says: of several asks the first one stays, with what is
// before it, and a false quotation that only puts the user's words differently loses its marks, unless it holds a figure. It returns the reply
// with the faults that are left, and whether it can be shown: none of these is hard.
func Repair(reply string, c Context, found []Fault) (string, []Fault, bool) {
	fixed := reply
	if has(found, KindAsks) {
		if asks := Asks(fixed); len(asks) > 1 {
			fixed = strings.TrimSpace(fixed[:asks[0].End])
		}
	}
	if has(found, KindQuotation) {
		fixed = withoutFalseMarks(fixed, c)
	}
	if fixed == reply {
		return reply, found, len(Hard(found)) == 0
	}
	fixed = Clean(fixed)
	found = Check(fixed, c)
	return fixed, found, len(Hard(found)) == 0
}

func has(list []Fault, kind Kind) bool {
	return slices.ContainsFunc(list, func(f Fault) bool { return f.Kind == kind })
}

func withoutFalseMarks(reply string, c Context) string {
	list := quotations(reply)
	if len(list) == 0 {
		return reply
	}
	said := library{sources: c.sources()}
	for _, q := range slices.Backward(list) {
		if allowedQuotation(q.text) || said.has(q.text) || len(figures(q.text, true, false)) > 0 || !paraphrase(q.text, said.sources) {
			continue
		}
		reply = reply[:q.start] + q.text + reply[q.end:]
	}
	return reply
}

// has reports whether a quotation stands in one of the texts.
func (l *library) has(quote string) bool {
	parts := quoteParts(quote)
	for i := range l.sources {
		if len(find(parts, l.at(i))) > 0 {
			return true
		}
	}
	return false
}

// paraphrase reports whether at least half of what a text says in stems is in the sources.
func paraphrase(text string, sources []string) bool {
	known := map[string]bool{}
	for _, s := range sources {
		for _, stem := range planner.Stems(s) {
			known[stem] = true
		}
	}
	stems := planner.Stems(text)
	n := 0
	for _, stem := range stems {
		if known[stem] {
			n++
		}
	}
	return n > 0 && 2*n >= len(stems)
}
