package quality

import (
	"slices"
	"strings"

	"github.com/betterprofile/betterprofile/agent/planner"
)

// Ask is a sentence of a reply that asks: one that ends in a question mark outside quotations, or an order such as "walk me through it".
// Start and End are byte offsets of Text in the reply.
type Ask struct {
	Start, End int
	Text       string
}

// Asks returns the asks of a text, in order. A short tail that follows an ask ("Even roughly?") is none of its own. In a text that has no
// other ask, a wish to hear something is one.
func Asks(text string) []Ask {
	s := scanner{text: []byte(text), final: true}
	var list []Ask
	var wishes []Ask
	for sent, ok := s.next(); ok; sent, ok = s.next() {
		ask := trimmed(text, sent)
		switch {
		case isAsk(ask.Text, sent.question) && !(len(list) > 0 && tail(ask.Text)):
			list = append(list, ask)
		case wish(ask.Text):
			wishes = append(wishes, ask)
		}
	}
	if len(list) == 0 && len(wishes) > 0 {
		return wishes[len(wishes)-1:]
	}
	return list
}

func trimmed(text string, s sentence) Ask {
	piece := text[s.start:s.end]
	start := s.start + len(piece) - len(strings.TrimLeft(piece, " \t\n\r"))
	piece = strings.TrimSpace(piece)
	return Ask{start, start + len(piece), piece}
}

func isAsk(text string, question bool) bool { return question || imperative(hideQuotations(text)) }

// tailWords is how many words a tail has at most.
const tailWords = 4

func tail(ask string) bool {
	words := leadWords(hideQuotations(ask), tailWords+1)
	if len(words) == 0 || len(words) > tailWords {
		return false
	}
	switch words[0] {
	case "even", "roughly", "approximately", "about", "around", "a", "any", "in", "at", "rough", "by", "per", "since":
		return !slices.ContainsFunc(words, func(w string) bool { return interrogative(w) || auxiliary(w) })
	}
	return false
}

// leadWords are the first words of a sentence in lower case, without those that only lead to it ("so", "and then", "please").
func leadWords(text string, most int) []string {
	var words []string
	last := ""
	for w := range planner.EachWord(strings.ReplaceAll(text, "’", "'")) {
		w = strings.ToLower(w)
		if len(words) == 0 && leading(w) {
			last = w
			continue
		}
		if words == nil {
			words = make([]string, 0, most)
		}
		if words = append(words, w); len(words) == most {
			break
		}
	}
	if len(words) == 0 && last != "" {
		return []string{last}
	}
	return words
}

func leading(w string) bool {
	switch w {
	case "so", "and", "but", "then", "now", "well", "okay", "ok", "please", "thanks", "sure", "first", "next", "finally", "just", "perhaps",
		"maybe", "also", "again", "right", "alright", "still", "or", "kindly", "briefly", "here", "oh", "ah", "yes", "no", "understood", "noted":
		return true
	}
	return false
}

func interrogative(w string) bool {
	w = strings.TrimSuffix(w, "'s")
	switch w {
	case "what", "which", "who", "whom", "whose", "how", "when", "where", "why":
		return true
	}
	return false
}

func auxiliary(w string) bool {
	w = strings.TrimSuffix(w, "n't")
	switch w {
	case "do", "does", "did", "is", "are", "was", "were", "have", "has", "had", "can", "could", "will", "would", "should", "shall", "may",
		"might", "must", "am", "ca", "wo", "cannot":
		return true
	}
	return false
}

// imperative reports whether a sentence tells the user to tell something, at its beginning or after a comma ("if you can, walk me through").
func imperative(text string) bool {
	if orders(text, true) {
		return true
	}
	for {
		i := strings.IndexAny(text, ",;")
		if i < 0 {
			return false
		}
		if text = text[i+1:]; orders(text, false) {
			return true
		}
	}
}

// orders reports whether a text, up to its first comma, begins with an order to tell; at the beginning of a sentence the comma does not count.
func orders(text string, beginning bool) bool {
	if i := strings.IndexAny(text, ",;"); i >= 0 && !beginning {
		text = text[:i]
	}
	words := leadWords(text, orderWords)
	if len(words) == orderWords && words[0] == "say" && words[1] == "a" {
		words = leadWords(text, len(text))
	}
	return orderAt(words, beginning)
}

// orderWords is how many words tell an order, except for "say a little more".
const orderWords = 3

// orderAt reports whether words begin with an order to tell. Verbs that are also nouns count only at the beginning of a sentence.
func orderAt(words []string, beginning bool) bool {
	if len(words) < 2 {
		return false
	}
	if !ordering(words[0]) {
		return false
	}
	switch pair := words[0] + " " + words[1]; pair {
	case "walk me", "walk us", "talk me", "talk us", "take me", "take us", "tell me", "tell us", "give me", "give us", "show me", "show us",
		"help me", "help us", "say more", "let me", "describe the", "describe how", "describe what", "describe a", "describe one", "describe your",
		"explain how", "explain what", "explain the":
		return pair != "let me" || len(words) > 2 && words[2] == "know"
	case "say a":
		return slices.Contains(words, "more")
	case "share with", "elaborate on", "expand on":
		return true
	}
	if !beginning {
		return false
	}
	switch words[0] {
	case "describe", "explain", "name", "share", "list", "outline", "sketch", "tell", "summarise", "summarize":
		return true
	}
	return false
}

// ordering reports whether a word can begin an order to tell.
func ordering(w string) bool {
	switch w {
	case "walk", "talk", "take", "tell", "give", "show", "help", "say", "let", "describe", "explain", "share", "elaborate", "expand", "name", "list",
		"outline", "sketch", "summarise", "summarize":
		return true
	}
	return false
}

// wish reports whether a sentence says what the interviewer would like to hear.
func wish(text string) bool {
	const longest = 6
	words := leadWords(hideQuotations(text), longest)
	if len(words) == 0 || words[0] != "i" && words[0] != "i'd" && words[0] != "i'm" {
		return false
	}
	line := " " + strings.Join(words, " ") + " "
	for _, begin := range []string{
		" i would like to hear ", " i would love to hear ", " i'd like to hear ", " i'd love to hear ", " i would like to know ", " i'd like to know ",
		" i'd love to know ", " i would like to understand ", " i'd like to understand ", " i am curious ", " i'm curious ", " i wonder ",
	} {
		if strings.HasPrefix(line, begin) {
			return true
		}
	}
	return false
}
