package builtin

import (
	"slices"
	"strings"

	"github.com/betterprofile/betterprofile/agent/planner"
)

// phrase returns a fixed sentence for a purpose: the one that was said longest ago, or never, in the messages at hand; the next one in turn
// among several of these. It is none of the last two messages if there is a choice.
func (s *speaker) phrase(purpose string) string {
	return rotate(phrasesFor(s.lex.Phrases, purpose), s.State.Turn, s.said)
}

// once returns a sentence for a purpose, and when that was said lately a shorter one.
func (s *speaker) once(purpose, again string) string {
	if p := s.phrase(purpose); !s.wasSaid(p) {
		return p
	}
	return s.phrase(again)
}

// phrasesFor returns the sentences for a purpose.
func phrasesFor(all map[string][]string, purpose string) []string {
	switch purpose { // with shorter ones beside those of the lexicon
	case "reflect":
		return slices.Concat(phrasesFor(all, "reflect_clause"), slices.DeleteFunc(slices.Clone(all["reflect"]), wordy))
	case "selfdoubt_again":
		return []string{"Small things count here.", "It need not be anything big."}
	case "abuse_again":
		return []string{"I hear you.", "Fair enough."}
	}
	if list := all[purpose]; len(list) > 0 {
		return list
	}
	switch purpose {
	case "unknown":
		return []string{"That is fine, I note that it is not known.", "All right, that stays open."}
	case "private":
		return []string{"Understood: nothing of that goes into your notes or your profile. Only the message itself stays here.", "All right, I note nothing of that; only the message itself stays in our conversation."}
	case "forget":
		return []string{"Done: nothing of your last message is kept in your notes. The message itself stays in our conversation."}
	case "protected":
		return []string{"That is not needed in a profile; it stays out unless you decide otherwise."}
	case "corrected":
		return []string{"Thank you, I have “{q}” now.", "Corrected: “{q}”."}
	case "corrected_plain":
		return []string{"Thank you for saying so."}
	case "conflict":
		return []string{"My notes do not agree on this.", "I would like to get this right."}
	case "reflect_clause":
		return []string{"“{q}”, I see.", "I have noted “{q}”.", "“{q}”: thank you.", "So “{q}”.", "“{q}” is noted.", "Right, “{q}”."}
	case "keep":
		return []string{"I have kept {q}."}
	case "pause":
		return []string{planner.PauseOffer}
	case "recap_plain":
		return []string{"Before we move on, this is what I have noted:"}
	case "remember":
		return []string{"Last time you told me “{q}”.", "I still have “{q}” from you.", "In my notes is “{q}”."}
	}
	return all["plain_ack"]
}

// rotate returns the entry of the list that is found latest in said, which is newest first, or not at all; of several the n-th, counted
// round the list.
func rotate(list []string, n int, said []string) string {
	if len(list) == 0 {
		return ""
	}
	best, bestAge := "", -1
	start := (n%len(list) + len(list)) % len(list)
	for i := range list {
		p := list[(start+i)%len(list)]
		if age := ageOf(p, said); age > bestAge {
			best, bestAge = p, age
		}
	}
	return best
}

// ageOf is how many messages ago a phrase was said; the number of messages when it was in none.
func ageOf(phrase string, said []string) int {
	before, after, _ := strings.Cut(phrase, "{")
	if _, rest, found := strings.Cut(after, "}"); found {
		after = rest
	}
	for i, text := range said {
		if at := strings.Index(text, before); at >= 0 && strings.Contains(text[at+len(before):], after) {
			return i
		}
	}
	return len(said)
}

// wordy reports whether a phrase says more than four words around a quotation: the user is to have most of the talk.
func wordy(phrase string) bool { return len(strings.Fields(phrase)) > 5 }
