package agent

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// folded is a text as quotations are compared: normal form C, lower case, white space as one space, plain quotation marks. For each of its bytes
// it knows where in the original the piece is that it came from.
type folded struct {
	text       string
	start, end []int
}

func foldText(s string) folded {
	f := folded{start: make([]int, 0, len(s)), end: make([]int, 0, len(s))}
	var b strings.Builder
	b.Grow(len(s))
	var it norm.Iter
	it.InitString(norm.NFC, s)
	space := true // none at the start
	for !it.Done() {
		from := it.Pos()
		segment := it.Next()
		for _, r := range string(segment) {
			if unicode.IsSpace(r) {
				if space {
					continue
				}
				r = ' '
			}
			space = r == ' '
			n, _ := b.WriteRune(plainMark(unicode.ToLower(r)))
			for range n {
				f.start, f.end = append(f.start, from), append(f.end, it.Pos())
			}
		}
	}
	f.text = b.String()
	return f
}

// plainMark returns the plain form of a quotation mark or apostrophe, and all else as it is.
func plainMark(r rune) rune {
	switch r {
	case '“', '”', '„', '‟', '«', '»', '″', '＂':
		return '"'
	case '‘', '’', '‚', '‛', '′', '`', '´', 'ʼ':
		return '\''
	}
	return r
}

// locate finds a quotation in a text: the bytes from start up to end are it, up to case, white space, quotation marks and normal form. It begins
// and ends with whole words.
func locate(content, quote string) (start, end int, ok bool) {
	return locateFolded(content, foldText(content), quote)
}

func locateFolded(content string, in folded, quote string) (start, end int, ok bool) {
	wanted := strings.Trim(foldText(quote).text, "\"' ")
	if wanted == "" {
		return 0, 0, false
	}
	for at := 0; ; {
		i := strings.Index(in.text[at:], wanted)
		if i < 0 {
			return 0, 0, false
		}
		first, last := at+i, at+i+len(wanted)-1
		start, end = in.start[first], in.end[last]
		if wholeWords(content, start, end) {
			return start, end, true
		}
		_, size := utf8.DecodeRuneInString(in.text[first:])
		at = first + size
	}
}

// wholeWords reports whether no word is cut at start or end.
func wholeWords(s string, start, end int) bool {
	before, _ := utf8.DecodeLastRuneInString(s[:start])
	first, _ := utf8.DecodeRuneInString(s[start:end])
	last, _ := utf8.DecodeLastRuneInString(s[start:end])
	after, _ := utf8.DecodeRuneInString(s[end:])
	return (!inWord(before) || !inWord(first)) && (!inWord(last) || !inWord(after))
}

// inWord reports whether the rune belongs to a word of a script with spaces between words.
func inWord(r rune) bool {
	return (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)) && parts(r) != tokenParts
}

// negated reports whether the text right before start turns round what comes after: one of the two words before it, in the same sentence, is
// a negation.
func negated(content string, start int) bool {
	before := content[:start]
	if i := strings.LastIndexAny(before, ".?!;\n"); i >= 0 {
		before = before[i+1:]
	}
	words := strings.FieldsFunc(foldText(before).text, func(r rune) bool { return !inWord(r) && r != '\'' })
	for _, w := range words[max(0, len(words)-2):] {
		if w == "not" || w == "never" || w == "no" || w == "without" || w == "cannot" || strings.HasSuffix(w, "n't") {
			return true
		}
	}
	return false
}
