package agent

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/betterprofile/betterprofile/interview"
)

const (
	titleRunes = 48 // what a side list shows without cutting
	// From so many words and letters on a message says what the conversation is about, or from so many characters of a script that has
	// no spaces.
	wordsOfSubstance   = 3
	lettersOfSubstance = 8
	wideOfSubstance    = 6
	// waitForSubstance is how many messages a user may send before the conversation is named by its date.
	waitForSubstance = 3
)

// Title proposes a title for a conversation: the first sentence, or clause, of the user's first message of substance, cut at a word to at
// most 48 characters, on one line, with a capital and without a full stop. While the user has sent fewer than three messages and none of
// them says anything ("Hi!"), the proposal is empty; after that it is the date, as in "Interview, 23 Nov 2026".
func Title(in interview.ReplyRequest) string {
	sent := 0
	for _, m := range append(in.Recent[:len(in.Recent):len(in.Recent)], in.Message) {
		if m.Role != interview.RoleUser {
			continue
		}
		sent++
		if title := titleFrom(m.Content); title != "" {
			return title
		}
	}
	if sent < waitForSubstance {
		return ""
	}
	return "Interview, " + in.Now.Format("2 Jan 2006")
}

// titleFrom makes a title of a message; empty when there is nothing in it.
func titleFrom(content string) string {
	if strings.HasPrefix(content, "/") { // a command
		return ""
	}
	for line := range strings.Lines(content) {
		line = strings.Join(strings.FieldsFunc(line, separates), " ")
		line = strings.TrimLeftFunc(withoutGreeting(line), func(r rune) bool { return !isWordRune(r) })
		if !substantial(line) {
			continue
		}
		return capital(trimEnd(cut(line)))
	}
	return ""
}

// separates reports whether the rune ends a word: white space, and what cannot be shown in a title.
func separates(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsControl(r) || r == utf8.RuneError || unicode.Is(unicode.Cf, r) && r != '\u200c' && r != '\u200d'
}

func isWordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }

// withoutGreeting removes a greeting that is followed by a comma or the like ("Hi there, I am a nurse").
func withoutGreeting(line string) string {
	i := strings.IndexAny(line, ",.!–-:")
	if i < 0 || i > len("good afternoon there") {
		return line
	}
	switch first, _, _ := strings.Cut(strings.ToLower(line[:i]), " "); first {
	case "hi", "hello", "hey", "good", "hallo", "hola", "bonjour", "ciao", "moin", "servus":
		return line[i+1:]
	}
	return line
}

// substantial reports whether the line says what a conversation is about.
func substantial(line string) bool {
	words, letters, wide := 0, 0, 0
	for word := range strings.FieldsSeq(line) {
		if strings.ContainsFunc(word, unicode.IsLetter) {
			words++
		}
		for _, r := range word {
			if unicode.IsLetter(r) {
				letters++
			}
			if parts(r) == tokenParts {
				wide++
			}
		}
	}
	return words >= wordsOfSubstance && letters >= lettersOfSubstance || wide >= wideOfSubstance
}

// cut returns the first sentence; if that is too long, its first clause; if that is still too long, as many words as fit.
func cut(line string) string {
	sentence := line[:sentenceEnd(line)]
	if utf8.RuneCountInString(sentence) <= titleRunes {
		return sentence
	}
	short := interview.FirstRunes(sentence, titleRunes+2) // with the mark after it, and a space
	clause := short
	for _, mark := range []string{", ", "; ", ": ", " – ", " — ", " - ", " (", "，", "、", "；", "："} {
		if before, _, found := strings.Cut(short, mark); found && substantial(before) && len(before) < len(clause) {
			clause = before
		}
	}
	if clause != short {
		return clause
	}
	short = interview.FirstRunes(short, titleRunes+1)
	if i := strings.LastIndexByte(short, ' '); i > len(short)/3 {
		return short[:i]
	}
	return interview.FirstRunes(short, titleRunes)
}

// sentenceEnd returns where the first sentence of substance ends: at its mark. A full stop after a word of at most three letters may
// be an abbreviation ("Dr.", "e.g.") and does not count.
func sentenceEnd(line string) int {
	word := 0
	for i, r := range line {
		rest := line[i+utf8.RuneLen(r):]
		switch {
		case strings.ContainsRune("。！？", r):
			return i
		case strings.ContainsRune(".!?…", r) && (rest == "" || rest[0] == ' ') && (r != '.' || word > 3) && substantial(line[:i]):
			return i
		case isWordRune(r):
			word++
		default:
			word = 0
		}
	}
	return len(line)
}

// trimEnd removes punctuation at the end, but not what belongs to a name or figure: "C++", "C#", "40 %".
func trimEnd(title string) string {
	return strings.TrimRightFunc(title, func(r rune) bool {
		return !isWordRune(r) && !unicode.IsMark(r) && !strings.ContainsRune("+#%", r)
	})
}

func capital(title string) string {
	r, size := utf8.DecodeRuneInString(title)
	return string(unicode.ToUpper(r)) + title[size:]
}
