package planner

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// OtherLanguage stands in Reading.Language for a language that has no sentences in the lexicon.
const OtherLanguage = "other"

// language returns the language of the message: a code of the lexicon, OtherLanguage and the language's English name for a script that
// English does not use, or nothing for English and whatever cannot be told. Function words vote: a language needs three words and three
// points, and one and a half times the votes of English.
func (d *document) language() (code, name string) {
	if name := scriptLanguage(d.text); name != "" {
		return OtherLanguage, name
	}
	if len(d.tokens) < 3 {
		return "", ""
	}
	english, best := 0, 0
	points := make([]int, len(d.languages))
	for i := range d.tokens {
		set := d.tokens[i].set.with(d.votes)
		if set.empty() {
			continue
		}
		if set.has(inEnglish) {
			english++
		}
		for k := range d.languages {
			if set.has(d.languages[k].words) {
				points[k]++
			}
			if set.has(d.languages[k].strong) {
				points[k] += 2
			}
		}
	}
	for k, l := range d.languages {
		for _, sign := range l.signs {
			points[k] += 2 * strings.Count(d.lower, sign)
		}
		if p := points[k]; p >= 3 && 2*p >= 3*english && p > best {
			best, code = p, l.code
		}
	}
	return code, d.lex.Languages[code].Name
}

// scriptLanguage names the language of a text of which more than half the letters, and at least three, are of a script that only one
// language uses here; "your language" for a script of many; "" for Latin letters.
func scriptLanguage(text string) string {
	var letters, latin, kana, han, hangul, greek, hebrew, thai int
	for i, r := range text {
		if i > 4*readRunes {
			break
		}
		if r < utf8.RuneSelf {
			if letterOrDigit(byte(r)) && !digit(byte(r)) {
				letters++
				latin++
			}
			continue
		}
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
