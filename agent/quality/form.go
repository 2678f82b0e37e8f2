package quality

import (
	"slices"
	"strings"
	"sync"

	"github.com/betterprofile/betterprofile/agent/planner"
)

// form checks the form of an ask in English.
func (f *faults) form(ask string, c Context) {
	if !c.English {
		return
	}
	q := newInquiry(ask)
	if part := q.doubled(); part != "" {
		f.add(KindDouble, "%q hangs a second question on the first: %q", ask, part)
	}
	if part := q.presses(); part != "" {
		f.add(KindLeading, "%q leads by %q", ask, part)
	}
	if part := q.sensitive(); part != "" {
		f.add(KindSensitive, "%q asks about %q", ask, part)
	}
	if q.suggests() {
		f.add(KindSuggesting, "%q offers answers", ask)
	}
	if !c.Recap && q.closed() {
		f.add(KindClosed, "%q can be answered by yes or no", ask)
	}
}

// plain is an ask in lower case, with straight apostrophes and its quotations hidden.
func plain(ask string) string {
	return strings.ReplaceAll(strings.ToLower(hideQuotations(ask)), "’", "'")
}

// inquiry is an ask, taken apart: its words in lower case, quotations hidden.
type inquiry struct {
	tokens []token
	main   []token  // the main clause
	words  []string // of all tokens
	line   string   // the words between single blanks
}

func newInquiry(ask string) inquiry {
	q := inquiry{tokens: tokens(plain(ask))}
	q.main, q.words = mainClause(q.tokens), wordsOf(q.tokens)
	q.line = " " + strings.Join(q.words, " ") + " "
	return q
}

// token is a word with the mark before it, if any.
type token struct {
	word string
	mark string // the marks and dashes between it and the word before
}

func tokens(text string) []token {
	list := make([]token, 0, len(text)/5+1)
	mark := ""
	for field := range strings.FieldsSeq(text) {
		first, last := "", ""
		for w := range planner.EachWord(field) {
			if first == "" {
				first = w
				if i := strings.Index(field, w); i > 0 {
					mark += strings.Trim(field[:i], "“\"'*_")
				}
			}
			list = append(list, token{w, mark})
			mark, last = "", w
		}
		if first == "" {
			mark += field
			continue
		}
		if rest := field[strings.LastIndex(field, last)+len(last):]; rest != "" {
			mark = strings.Trim(rest, "”\"'*_")
		}
	}
	return list
}

// mainClause returns the tokens of the main clause: without what leads to it, and without a subordinate clause or a phrase before it.
func mainClause(list []token) []token {
	for len(list) > 1 && leading(list[0].word) {
		list = list[1:]
	}
	if len(list) == 0 || asks(list[0].word, list, 0) || orderAt(wordsOf(list), true) {
		return list
	}
	for i, t := range list {
		if i == 0 || !strings.Contains(t.mark, ",") {
			continue
		}
		if conjunction(t.word) && i+1 < len(list) { // "I see that, but what …"
			i++
		}
		if asks(list[i].word, list, i) || orderAt(wordsOf(list[i:]), true) {
			return list[i:]
		}
	}
	return list
}

// asks reports whether the word at i can begin a question: "when did" does, "when it" does not.
func asks(word string, list []token, i int) bool {
	if auxiliary(word) {
		return true
	}
	if (word == "when" || word == "where") && i+1 < len(list) {
		return auxiliary(list[i+1].word) || list[i+1].word == "else" || list[i+1].word == "exactly"
	}
	return interrogative(word)
}

func wordsOf(list []token) []string {
	words := make([]string, len(list))
	for i, t := range list {
		words[i] = t.word
	}
	return words
}

// doubled returns what begins a second interrogative clause of an ask, or nothing.
func (q inquiry) doubled() string {
	list := q.main
	for i := 1; i < len(list); i++ {
		joined := i > 1 && conjunction(list[i-1].word) || strings.Contains(list[i].mark, "&") || strings.Contains(list[i].mark, "/")
		if joined && secondAfterAnd(list, i) || strings.ContainsAny(list[i].mark, ",;—–") && secondAfterComma(list, i) {
			return strings.Join(wordsOf(list[i-1:min(len(list), i+2)]), " ")
		}
	}
	return ""
}

func conjunction(w string) bool { return w == "and" || w == "or" || w == "but" }

// secondAfterAnd reports whether a question begins at i, after "and" or "or".
func secondAfterAnd(list []token, i int) bool {
	word := list[i].word
	following, before := "", list[max(0, i-2)].word
	if i+1 < len(list) {
		following = list[i+1].word
	}
	switch {
	case word == "if" && (following == "so" || following == "not"):
		return true
	case (word == "when" || word == "where") && slices.Contains([]string{"needed", "necessary", "possible", "required", "appropriate"}, following):
		return false
	case interrogative(word):
		return list[i-1].word != "or" || !interrogative(before) // "who or what" is one question
	case auxiliary(word):
		return pronoun(following) || following == "there" || following == "that"
	}
	return orderAt(wordsOf(list[i:]), false)
}

// secondAfterComma reports whether a question begins at i, right after a comma: one that is no relative clause.
func secondAfterComma(list []token, i int) bool {
	for i+1 < len(list) && leading(list[i].word) && !conjunction(list[i].word) {
		i++
	}
	word := list[i].word
	if i+1 >= len(list) {
		return interrogative(word) && word != "which"
	}
	following := list[i+1].word
	switch {
	case interrogative(word) && auxiliary(following):
		return word == "what" || word == "how" || word == "why" || i+2 < len(list) && pronoun(list[i+2].word)
	case word == "how" && (following == "many" || following == "much" || following == "long" || following == "often"):
		return true
	}
	return word == "if" && (following == "so" || following == "not") || orderAt(wordsOf(list[i:]), false)
}

func pronoun(w string) bool {
	switch w {
	case "you", "it", "they", "he", "she", "we", "i", "this", "anyone", "anybody", "somebody", "someone", "people", "others":
		return true
	}
	return false
}

// presses returns what makes an ask a leading one, or nothing.
func (q inquiry) presses() string {
	if part := pressing().in(q.words, q.line); part != "" {
		return part
	}
	if len(q.main) > 0 && strings.HasSuffix(q.main[0].word, "n't") {
		return q.main[0].word
	}
	if part := tag(q.tokens); part != "" {
		return part
	}
	return presupposes(q.words)
}

var pressing = sync.OnceValue(func() phrases {
	return newPhrases(
		"surely", "obviously", "of course", "undoubtedly", "no doubt", "would you agree",
		"you agree that", "would you not say", "would you not agree", "i assume", "i imagine", "i bet", "i suppose", "i guess", "is it fair to say", "is it not true",
		"isn't it true", "how much better", "how much easier", "how much worse",
	)
})

// presumes returns what a text, its quotations hidden, says about the user without knowing, or nothing.
func presumes(text string) string {
	text = strings.ReplaceAll(strings.ToLower(text), "’", "'")
	if !strings.Contains(text, "must") {
		return ""
	}
	padded := " " + strings.Join(planner.Words(text), " ") + " "
	for _, part := range []string{"you must have", "you must be", "you must feel", "that must have been", "it must have been", "this must have been"} {
		if strings.Contains(padded, " "+part+" ") {
			return part
		}
	}
	return ""
}

// tag returns the tag that a question ends with: "isn't it", ", right".
func tag(list []token) string {
	n := len(list)
	if n < 3 {
		return ""
	}
	last, before := list[n-1], list[n-2]
	switch {
	case strings.ContainsAny(last.mark, ",—–") && slices.Contains([]string{"right", "correct", "no", "yes", "eh", "huh", "true", "yeah"}, last.word):
		return last.word
	case pronoun(last.word) && auxiliary(before.word) && (strings.Contains(before.mark, ",") || strings.HasSuffix(before.word, "n't")):
		return before.word + " " + last.word
	case last.word == "think" && before.word == "you" && strings.HasSuffix(list[n-3].word, "n't"):
		return list[n-3].word + " you think"
	case last.word == "not" && pronoun(before.word) && auxiliary(list[n-3].word):
		return list[n-3].word + " " + before.word + " not"
	}
	return ""
}

// presupposes returns "how" with a feeling or a judgement that the user may not share.
func presupposes(words []string) string {
	for i, w := range words {
		if w != "how" || i+2 >= len(words) || !auxiliary(words[i+2]) {
			continue
		}
		switch next := words[i+1]; next {
		case "proud", "hard", "difficult", "happy", "excited", "stressful", "frustrating", "rewarding", "satisfying", "glad", "tough", "exciting",
			"challenging", "important", "successful", "pleased", "relieved", "great", "good", "bad", "nervous", "worried", "grateful", "painful",
			"valuable", "useful", "helpful", "satisfied", "frustrated", "impressive", "tired":
			return "how " + next
		}
	}
	return ""
}

// suggests reports whether an ask offers answers to choose from.
func (q inquiry) suggests() bool {
	list := q.tokens
	offered := false
	for i, t := range list {
		switch {
		case t.word == "or" && offered && i+1 < len(list):
			return true
		case t.word == "such" && i+1 < len(list) && list[i+1].word == "as", t.word == "for" && i+1 < len(list) && (list[i+1].word == "example" || list[i+1].word == "instance"):
			offered = true
		case (t.word == "like" || t.word == "say" || t.word == "perhaps" || t.word == "maybe" || t.word == "e") && i > 0 && strings.ContainsAny(t.mark, ",—–-("):
			offered = true
		case i > 0 && strings.ContainsAny(t.mark, ":(") || i > 2 && strings.ContainsAny(t.mark, "—–"):
			offered = true
		}
	}
	return false
}

// closed reports whether an ask begins like one that yes or no would answer. A polite order ("could you tell me") does not count.
func (q inquiry) closed() bool {
	list := q.main
	if len(list) < 2 || !auxiliary(list[0].word) {
		return false
	}
	words := wordsOf(list)
	switch words[0] {
	case "could", "can", "would", "will", "may", "might":
	default:
		return true
	}
	words = words[1:]
	for len(words) > 0 && slices.Contains([]string{"you", "i", "we", "please", "perhaps", "maybe", "briefly", "also", "ask", "be", "able", "to", "mind", "just"}, words[0]) {
		words = words[1:]
	}
	return len(words) == 0 || !opensUp(words[0])
}

// opensUp reports whether a verb asks for an account.
func opensUp(verb string) bool {
	switch verb {
	case "tell", "walk", "describe", "give", "share", "explain", "talk", "take", "name", "show", "help", "elaborate", "expand", "sketch", "outline",
		"put", "list", "recall", "say", "what", "how", "which", "who", "telling", "describing", "sharing", "explaining", "walking", "picture",
		"estimate":
		return true
	}
	return false
}
