package agent

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A token is 18 parts, so that a character is a whole number of them: 5 (which is 1/3.6) or all 18.
const (
	tokenParts = 18
	plainParts = 5
)

// Tokens estimates what a text costs: 3.6 characters each, Han, Kana and Hangul one each.
func Tokens(text string) int {
	i := 0
	for i < len(text) && text[i] < utf8.RuneSelf {
		i++
	}
	sum := i * plainParts
	for _, r := range text[i:] {
		sum += parts(r)
	}
	return (sum + tokenParts - 1) / tokenParts
}

func parts(r rune) int {
	if r >= 0x1100 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul) {
		return tokenParts
	}
	return plainParts
}

// gap stands where the middle of a text was left out.
const gap = "\n[…]\n"

// headAndTail shows a text of more than most tokens by its head, of seven tenths of them, and its tail, of two.
func headAndTail(text string, most int) string {
	if len(text) < 3*most || Tokens(text) <= most { // a token has at least three bytes
		return text
	}
	head := fitting(text, most*7/10*tokenParts)
	tail := fittingBack(text[head:], most*2/10*tokenParts)
	return text[:head] + gap + text[len(text)-tail:]
}

// fitting returns how many bytes at the start of the text cost no more than limit parts.
func fitting(text string, limit int) int {
	for i, r := range text {
		if limit -= parts(r); limit < 0 {
			return i
		}
	}
	return len(text)
}

// fittingBack is fitting from the end.
func fittingBack(text string, limit int) int {
	end := len(text)
	for end > 0 {
		r, size := utf8.DecodeLastRuneInString(text[:end])
		if limit -= parts(r); limit < 0 {
			break
		}
		end -= size
	}
	return len(text) - end
}

// oneLine shows a text in one line of at most n characters, cut after a word and with … where it goes on.
func oneLine(text string, n int) string {
	if len(text) <= n && tidy(text) {
		return text
	}
	text = strings.Join(strings.Fields(text), " ")
	if utf8.RuneCountInString(text) <= n {
		return text
	}
	end := 0
	for i := range text {
		if n--; n < 0 {
			end = i
			break
		}
	}
	cut := text[:end]
	if i := strings.LastIndexByte(cut, ' '); i > 0 {
		cut = cut[:i]
	}
	return strings.TrimRight(cut, " ,;:") + " …"
}

// tidy reports whether the only white space of a text is single blanks inside.
func tidy(text string) bool {
	blank := true // none at the start
	for i, r := range text {
		switch {
		case r > ' ' && r < utf8.RuneSelf:
			blank = false
		case r != ' ' && unicode.IsSpace(r) || r == ' ' && blank:
			return false
		default:
			blank = text[i] == ' '
		}
	}
	return !blank
}

// fit returns the first texts that fit into budget tokens together, each with a little around it.
func fit(texts []string, budget int) []string {
	const around = 3
	for i, text := range texts {
		if budget -= Tokens(text) + around; budget < 0 {
			return texts[:i]
		}
	}
	return texts
}
