package planner

import (
	"slices"
	"strings"

	"github.com/betterprofile/betterprofile/interview"
)

// conflictWords is the longest quotation in a question about two facts.
const conflictWords = 7

// conflictRest is for how many turns after such a question no other one is asked.
const conflictRest = 6

// conflict asks which of two facts that contradict each other is right, once in a conversation.
func (ch *chooser) conflict(l *lesson) (Choice, bool) {
	if ch.st.ConflictAt > 0 && ch.st.Turn-ch.st.ConflictAt < conflictRest {
		return Choice{}, false
	}
	pairs := append(slices.Clone(l.pairs), ch.pending(l.in.Recent)...)
	for _, p := range pairs {
		facts := []string{p[0].ID, p[1].ID}
		if slices.Contains(ch.st.Conflicts, pairKey(facts)) {
			continue
		}
		a, b := shortQuote(&p[0], &p[1]), shortQuote(&p[1], &p[0])
		text := "Which is right for your profile, “" + a + "” or “" + b + "”?"
		if a == "" || b == "" || strings.EqualFold(a, b) || !ch.askable(text) {
			continue
		}
		return Choice{ID: ConflictID, Facet: facetOfKind(p[0].Kind), Slot: ConflictID, Text: text, Subject: ch.here(p[0].ExperienceID), Facts: facts}, true
	}
	return Choice{}, false
}

// here returns the id when it is that of an experience of this conversation.
func (ch *chooser) here(id string) string {
	if ch.st.expByID(id) != nil {
		return id
	}
	return ""
}

// pending returns facts that contradict each other since a message of this conversation, and were not asked about yet.
func (ch *chooser) pending(recent []interview.Message) [][2]interview.Fact {
	if ch.mem == nil {
		return nil
	}
	var pairs [][2]interview.Fact
	facts := ch.mem.Facts
	for i := len(facts) - 1; i >= 0 && len(pairs) < maxPending; i-- {
		newer := facts[i]
		if newer.Status != interview.FactConflict || !fromAny(newer, recent) {
			continue
		}
		for _, older := range slices.Backward(facts[:i]) {
			if older.Status == interview.FactConflict && older.Key == newer.Key && older.ExperienceID == newer.ExperienceID {
				pairs = append(pairs, [2]interview.Fact{*older, *newer})
				break
			}
		}
	}
	return pairs
}

// maxPending is how many contradictions of earlier messages are looked at.
const maxPending = 4

// fromAny reports whether a fact was drawn from one of the messages.
func fromAny(f *interview.Fact, messages []interview.Message) bool {
	return slices.ContainsFunc(messages, func(m interview.Message) bool {
		return len(f.Sources) > 0 && m.ID == f.Sources[0].MessageID
	})
}

// shortQuote is a fact's quote, or the part of it around the first word that tells it from the other's; empty when it cannot be shown.
func shortQuote(f, other *interview.Fact) string {
	quote := f.Quote
	if words := strings.Fields(quote); len(words) > conflictWords {
		at := 0
		for i, w := range words {
			if slices.ContainsFunc(plainWords(w), func(p string) bool { return slices.Contains(telltale(f, other), p) }) {
				at = i
				break
			}
		}
		from := max(0, min(at-2, len(words)-5))
		short := strings.Join(words[from:min(len(words), from+5)], " ")
		if !strings.Contains(quote, short) {
			return ""
		}
		quote = short
	}
	quote = strings.Trim(quote, " .,;:")
	if strings.ContainsAny(quote, "?!\n“”\"{}") {
		return ""
	}
	return quote
}

// facetOfKind is the facet that facts of a kind belong to.
func facetOfKind(kind interview.FactKind) string {
	switch kind {
	case "role", "team", "budget", "duty":
		return "responsibility"
	case "action", "tool":
		return "action"
	case "outcome", "metric", "recognition":
		return "result"
	case "obstacle":
		return "challenge"
	case "learning":
		return "learning"
	case "education", "certificate":
		return "education"
	case "skill":
		return "skills"
	case "goal":
		return "goals"
	case "value":
		return "values"
	case "language", "volunteer", "publication", "link", "contact":
		return "extras"
	}
	return "context"
}
