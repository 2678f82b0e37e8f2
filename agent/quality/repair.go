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
		text = emphasisPattern().ReplaceAllString(text, "$1$2$3")
		text = starPattern().ReplaceAllString(text, "$1$2$3")
		text = headingPattern().ReplaceAllString(text, "")
		text = speakerPattern().ReplaceAllString(text, "")
		text = strings.TrimSpace(unquoted(strings.TrimSpace(text)))
		if text == before {
			break
		}
	}
	return text
}

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

// Repair mends what can be mended without changing what a reply says: of several asks the first one stays, with what is before it, and a
// false quotation that only puts the user's words differently loses its marks, unless it holds a figure. It reports whether the reply is
// without a fault then. A reply that is too long is not cut.
func Repair(reply string, c Context) (string, bool) {
	if asks := Asks(reply); len(asks) > 1 {
		reply = strings.TrimSpace(reply[:asks[0].End])
	}
	reply = withoutFalseMarks(reply, c)
	return reply, len(Check(reply, c)) == 0
}

func withoutFalseMarks(reply string, c Context) string {
	list := quotations(reply)
	if len(list) == 0 {
		return reply
	}
	sources := append([]string{c.User}, c.Known...)
	texts := make([]string, len(sources))
	for i, s := range sources {
		texts[i] = fold(s)
	}
	for _, q := range slices.Backward(list) {
		if allowedQuotation(q.text) || find(q.text, texts) != nil || len(figures(q.text, true, false)) > 0 || !paraphrase(q.text, sources) {
			continue
		}
		reply = reply[:q.start] + q.text + reply[q.end:]
	}
	return reply
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
