package builtin

import (
	"strings"

	"github.com/betterprofile/betterprofile/agent/planner"
)

// foreign answers a message in another language: in that language while the lexicon has sentences, and then in English, saying so once.
func (s *speaker) foreign() string {
	l, known := s.lex.Languages[s.Reading.Language]
	first := s.State.InLang == 0
	switch {
	case known && s.Next.ID == "language" && first:
		return l.Reply
	case known && s.Next.ID == "language":
		return firstSentence(l.Reply)
	case known:
		limit := strings.ReplaceAll(s.phrase("foreign_limit"), "{language}", s.languageName(l))
		if s.wasSaid(limit) {
			return firstSentence(l.Reply)
		}
		return join(firstSentence(l.Reply), limit)
	}
	script := strings.ReplaceAll(s.phrase("foreign_script"), "{language}", s.languageName(l))
	if s.wasSaid(script) {
		return s.answered()
	}
	return script
}

// languageName is the language's English name.
func (s *speaker) languageName(l planner.Language) string {
	switch {
	case s.Reading.LangName != "":
		return s.Reading.LangName
	case l.Name != "":
		return l.Name
	}
	return "your language"
}

// wasSaid reports whether a sentence is in one of the messages at hand.
func (s *speaker) wasSaid(sentence string) bool {
	for _, m := range s.said {
		if strings.Contains(m, sentence) {
			return true
		}
	}
	return false
}

// firstSentence returns the acknowledgement at the start of a language's fixed reply.
func firstSentence(reply string) string {
	first, _, _ := strings.Cut(reply, ". ")
	return strings.TrimSuffix(first, ".") + "."
}
