package builtin

import (
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/betterprofile/betterprofile/agent/planner"
)

// otherLanguage stands in state.Language for a language that has no sentences in the lexicon.
const otherLanguage = "other"

// language is a language of the lexicon, ready to be told.
type language struct {
	code          string
	words, strong planner.Terms
}

func newLanguages(lex *planner.Lexicon) []language {
	var list []language
	for _, code := range slices.Sorted(maps.Keys(lex.Languages)) {
		l := lex.Languages[code]
		list = append(list, language{code: code, words: planner.NewTerms(l.Words...), strong: planner.NewTerms(l.Strong...)})
	}
	return list
}

// languageOf returns the language of a message: a code of the lexicon, otherLanguage and the language's English name for a
// script that English does not use, or nothing for English and whatever cannot be told. Function words vote: a language needs
// three words and three points, and one and a half times the votes of English.
func (c *craft) languageOf(text planner.Text) (code, name string) {
	if name := scriptLanguage(text.Lower); name != "" {
		return otherLanguage, name
	}
	if len(text.Words) < 3 {
		return "", ""
	}
	english, best := c.lists.english.Count(text), 0
	for _, l := range c.languages {
		points := l.words.Count(text) + 2*l.strong.Count(text)
		if points >= 3 && 2*points >= 3*english && points > best {
			best, code = points, l.code
		}
	}
	return code, c.lex.Languages[code].Name
}

// scriptLanguage names the language of a text of which more than half the letters, and at least three, are of a script that
// only one language uses here; "your language" for a script of many; "" for Latin letters.
func scriptLanguage(text string) string {
	letters, latin, kana, han, hangul, greek, hebrew, thai := 0, 0, 0, 0, 0, 0, 0, 0
	for _, r := range text {
		if !unicode.IsLetter(r) {
			continue
		}
		letters++
		switch {
		case unicode.Is(unicode.Latin, r):
			latin++
		case unicode.In(r, unicode.Hiragana, unicode.Katakana):
			kana++
		case unicode.Is(unicode.Han, r):
			han++
		case unicode.Is(unicode.Hangul, r):
			hangul++
		case unicode.Is(unicode.Greek, r):
			greek++
		case unicode.Is(unicode.Hebrew, r):
			hebrew++
		case unicode.Is(unicode.Thai, r):
			thai++
		}
	}
	switch foreign := letters - latin; {
	case foreign < 3 || foreign <= latin:
		return ""
	case kana > 0 && 2*(kana+han) > foreign:
		return "Japanese"
	case 2*han > foreign:
		return "Chinese"
	case 2*hangul > foreign:
		return "Korean"
	case 2*greek > foreign:
		return "Greek"
	case 2*hebrew > foreign:
		return "Hebrew"
	case 2*thai > foreign:
		return "Thai"
	}
	return "your language"
}

// firstSentence returns the acknowledgement at the start of a language's fixed reply.
func firstSentence(reply string) string {
	first, _, _ := strings.Cut(reply, ". ")
	return strings.TrimSuffix(first, ".") + "."
}
