package storage

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// runWords is how many words in a row are a quotation, even without marks.
	runWords = 5
	// nameLetters is from how many letters on a name is one, and figureDigits from how many digits a figure tells something.
	nameLetters, figureDigits = 3, 3
	// titleLetters is how long a word is by which a title is known to be made from a message.
	titleLetters = 4
)

// saidWords is what the user's forgotten messages said, folded, to find what was made from them.
type saidWords struct {
	texts []string
	runs  map[string]bool // of runWords words
	names map[string]bool // names and figures that were said nowhere else
	words map[string]bool // that are long enough for a title to be known by
}

func newSaidWords() saidWords {
	return saidWords{runs: map[string]bool{}, names: map[string]bool{}, words: map[string]bool{}}
}

// add takes a message in.
func (s *saidWords) add(content string) {
	s.texts = append(s.texts, folded(content))
	words := wordsOf(content)
	for i := range words {
		if i+runWords <= len(words) {
			s.runs[runAt(words, i)] = true
		}
		if utf8.RuneCountInString(words[i].text) >= titleLetters {
			s.words[words[i].text] = true
		}
		if words[i].name {
			s.names[words[i].text] = true
		}
	}
}

// saidElsewhere takes out the names and figures that a message that stays holds as well.
func (s *saidWords) saidElsewhere(content string) {
	if len(s.names) == 0 {
		return
	}
	for _, w := range wordsOf(content) {
		delete(s.names, w.text)
	}
}

// quotedIn reports whether a text quotes what was said: in quotation marks, by some words in a row, or by a name or figure that was told nowhere else.
func (s *saidWords) quotedIn(text string) bool {
	for _, quoted := range quotations(text) {
		piece := strings.Trim(folded(quoted), " .,;:!?…-")
		if utf8.RuneCountInString(piece) < nameLetters {
			continue
		}
		for _, said := range s.texts {
			if strings.Contains(said, piece) {
				return true
			}
		}
	}
	words := wordsOf(text)
	for i, w := range words {
		if s.names[w.text] || i+runWords <= len(words) && s.runs[runAt(words, i)] {
			return true
		}
	}
	return false
}

// titled reports whether a title may be made from what was said.
func (s *saidWords) titled(title string) bool {
	for _, w := range wordsOf(title) {
		if s.words[w.text] {
			return true
		}
	}
	return false
}

// holds reports whether a name was said.
func (s *saidWords) holds(name string) bool {
	folded := folded(name)
	for _, said := range s.texts {
		if strings.Contains(said, folded) {
			return true
		}
	}
	return false
}

// saidWord is a word, folded, and whether it is a name or a figure.
type saidWord struct {
	text string
	name bool
}

// wordsOf returns the words of a text.
func wordsOf(text string) []saidWord {
	var words []saidWord
	fresh := true // at the beginning of a sentence
	begin := -1
	end := func(i int) {
		if begin < 0 {
			return
		}
		word := text[begin:i]
		words = append(words, saidWord{fold(word), isName(word, fresh)})
		begin, fresh = -1, false
	}
	for i, r := range text {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r) {
			if begin < 0 {
				begin = i
			}
			continue
		}
		end(i)
		fresh = fresh || strings.ContainsRune(".!?\n:;…", r)
	}
	end(len(text))
	return words
}

// isName reports whether a word is a name, written with a capital within a sentence or with two of them, or a figure.
func isName(word string, fresh bool) bool {
	letters, capitals, digits := 0, 0, 0
	for _, r := range word {
		switch {
		case unicode.IsDigit(r):
			digits++
		case unicode.IsUpper(r):
			capitals++
		}
		letters++
	}
	first, _ := utf8.DecodeRuneInString(word)
	return digits >= figureDigits || letters >= nameLetters && (capitals > 1 || unicode.IsUpper(first) && !fresh)
}

func runAt(words []saidWord, i int) string {
	var b strings.Builder
	for _, w := range words[i : i+runWords] {
		b.WriteString(w.text)
		b.WriteByte(' ')
	}
	return b.String()
}

// isQuote pairs the marks that open a quotation with those that close it.
func isQuote(r rune) (closing string, opens bool) {
	switch r {
	case '“':
		return "”", true
	case '„':
		return "“”", true
	case '"':
		return `"`, true
	case '«':
		return "»", true
	case '‘':
		return "’", true
	}
	return "", false
}

// quotations are the pieces of a text in quotation marks.
func quotations(text string) []string {
	var all []string
	for i := 0; i < len(text); {
		at := strings.IndexAny(text[i:], "“„\"«‘")
		if at < 0 {
			return all
		}
		i += at
		r := []rune(text[i : i+min(4, len(text)-i)])[0]
		begin := i + len(string(r))
		closing, _ := isQuote(r)
		end := strings.IndexAny(text[begin:], closing)
		if end < 0 {
			i = begin
			continue
		}
		all = append(all, text[begin:begin+end])
		i = begin + end + 1
		for i < len(text) && text[i]&0xc0 == 0x80 {
			i++
		}
	}
	return all
}
