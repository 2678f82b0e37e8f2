package planner

import (
	"slices"
	"strings"
	"sync"

	"github.com/betterprofile/betterprofile/interview"
)

// quotedWords is the longest quotation that a question is built around.
const quotedWords = 9

// worded puts a question into the best wording that was not used yet; false when there is none.
func (ch *chooser) worded(e *entry) (Choice, bool) {
	m := marks(ch.st.Asked[e.ID])
	if m.about(ch.about(e)) && !(m.has(markLeft) && !m.has(markEasier)) && e.Slot != "thread" {
		return Choice{}, false
	}
	if e.Slot == "thread" {
		return ch.threadChoice(e)
	}
	left := m.has(markLeft) && m.about(ch.about(e))
	if ch.terse || left {
		if c, ok := ch.plainly(e, wordingEasier); ok {
			return c, true
		}
		if left {
			return Choice{}, false
		}
	}
	if c, ok := ch.quoting(e); ok {
		return c, true
	}
	if c, ok := ch.plainly(e, wordingPlain); ok {
		return c, true
	}
	return ch.plainly(e, wordingEasier)
}

// quoting words a question around the user's words: two times out of three, so that it does not become a habit.
func (ch *chooser) quoting(e *entry) (Choice, bool) {
	if !e.Question.quotable() || ch.st.Quoting >= 2 {
		return Choice{}, false
	}
	for _, p := range ch.pieces(AnchorKind(e.AK)) {
		if e.key == "result/metric" && hasDigit(p.Text) {
			continue
		}
		text := strings.ReplaceAll(e.A, "{anchor}", p.Text)
		if !ch.askable(text) {
			continue
		}
		c := ch.choice(e, wordingQuoted, text)
		source := p.source()
		c.Anchor = &source
		return c, true
	}
	return Choice{}, false
}

func (q Question) quotable() bool { return q.A != "" && q.AK != "" }

// pieces are the quotations of a kind that are at hand: of this message, best first, and then older ones of the experience, newest first.
func (ch *chooser) pieces(kind AnchorKind) []Piece {
	var list []Piece
	if !ch.r.Private {
		for _, a := range ch.r.Anchors {
			p := Piece{Msg: ch.m.ID, Start: a.Start, End: a.End, Text: a.Text, Kind: a.Kind}
			if a.Kind == kind && suits(kind, p.Text) && ch.st.Quotable(p.source(), p.Text) {
				list = append(list, p)
			}
		}
	}
	if ch.exp != nil && kind != AnchorValue && kind != AnchorTrouble && ch.r.Words < 6 {
		for _, p := range slices.Backward(ch.exp.Pieces) {
			if p.Kind == kind && suits(kind, p.Text) && p.Msg != ch.m.ID && ch.st.Quotable(p.source(), p.Text) {
				list = append(list, p)
			}
		}
	}
	return list
}

// Quotable reports whether a piece of the user's words can be quoted: short, on one line, without marks that would end a sentence or the
// quotation, and not quoted before.
func (st *State) Quotable(s interview.Source, text string) bool {
	return st.QuotableUpTo(s, text, quotedWords)
}

// QuotableUpTo is Quotable with another limit, in words.
func (st *State) QuotableUpTo(s interview.Source, text string, most int) bool {
	if n := len(strings.Fields(text)); n == 0 || n > most || strings.ContainsAny(text, "?!\n“”\"{}") {
		return false
	}
	return !slices.Contains(st.Used, sourceKey(s.MessageID, s.Start))
}

// plainly puts a question into a wording that quotes nothing.
func (ch *chooser) plainly(e *entry, wording string) (Choice, bool) {
	text, set, mark := e.Q, e.plain, markPlain
	if wording == wordingEasier {
		text, set, mark = e.Easier, e.easy, markEasier
	}
	if text == "" {
		return Choice{}, false
	}
	if set != nil {
		if marks(ch.st.Asked[e.ID]).has(mark) || ch.st.Heard.has(set) || ch.related(e, set) {
			return Choice{}, false
		}
		return ch.choice(e, wording, text), true
	}
	text, ok := ch.filled(text)
	if !ok || !ch.askable(text) {
		return Choice{}, false
	}
	return ch.choice(e, wording, text), true
}

// related reports whether a question of the bank that comes to the same was asked longer ago than the words are kept.
func (ch *chooser) related(e *entry, set []uint16) bool {
	if len(ch.st.Heard.sets) < maxHeard {
		return false
	}
	for i := range ch.entries {
		o := &ch.entries[i]
		m := marks(ch.st.Asked[o.ID])
		if o.ID != e.ID && (m.has(markPlain) && sameSums(set, o.plain) || m.has(markEasier) && sameSums(set, o.easy)) {
			return true
		}
	}
	return false
}

// filled replaces the names in braces; false when one of them is not known.
func (ch *chooser) filled(text string) (string, bool) {
	for {
		before, rest, found := strings.Cut(text, "{")
		if !found {
			return text, true
		}
		name, after, found := strings.Cut(rest, "}")
		value := ch.fill(name)
		if !found || value == "" || strings.ContainsAny(value, "{}?\n") {
			return "", false
		}
		text = before + value + after
	}
}

// askable reports whether a text that was made just now is short enough and was not asked.
func (ch *chooser) askable(text string) bool {
	list := questions(text)
	return len(list) == 1 && len(Words(list[0])) <= maxAskWords && !ch.st.Heard.has(sums(list[0]))
}

func (ch *chooser) choice(e *entry, wording, text string) Choice {
	c := Choice{ID: e.ID, Facet: e.Facet, Slot: e.Slot, Wording: wording, Text: text, Reason: Reason(e.Facet)}
	if !e.own && ch.exp != nil {
		c.Subject = ch.exp.ID
	}
	if o := ch.open; o != nil && o.Facet != "" {
		begun := opensExperience(o.ID) && ch.exp != nil && ch.exp.Turns <= 1
		c.NewTopic = personal(o.Facet) != e.own && !begun
	}
	return c
}

// easier returns the open question in its easier wording, if that is still to be had.
func (ch *chooser) easier() (Choice, bool) {
	if ch.open == nil {
		return Choice{}, false
	}
	i := slices.IndexFunc(ch.entries, func(e entry) bool { return e.ID == ch.open.ID })
	if i < 0 || ch.open.Wording == wordingEasier {
		return Choice{}, false
	}
	e := &ch.entries[i]
	if ch.refused(e) || ch.gentle() && heavy(e) {
		return Choice{}, false
	}
	c, ok := ch.plainly(e, wordingEasier)
	c.NewTopic = false
	return c, ok
}

// opening returns an opening question that was not asked: one for the user's audience, then one that names the role, then any.
func (ch *chooser) opening() (Choice, bool) {
	for round := range 3 {
		for i := range ch.entries {
			e := &ch.entries[i]
			if e.Facet != facetOpening || ch.st.Asked[e.ID] != "" || round != openingRound(e) {
				continue
			}
			if round == 0 && !ch.audience(e) || round == 1 && !ch.needs(e) {
				continue
			}
			if c, ok := ch.plainly(e, wordingPlain); ok {
				c.Subject = ""
				return c, true
			}
		}
	}
	return Choice{}, false
}

func openingRound(e *entry) int {
	switch {
	case len(e.For) > 0:
		return 0
	case len(e.Needs) > 0:
		return 1
	}
	return 2
}

// suits reports whether a quotation is what its kind says: a difficulty is neither something that the user did nor a bare thing.
func suits(kind AnchorKind, text string) bool {
	words := strings.Fields(text)
	if len(words) == 0 {
		return false
	}
	switch words[len(words)-1] {
	case "together", "again", "too", "also", "back", "out", "up", "off", "down":
		return false
	}
	return kind != AnchorTrouble || !Deed(text) && len(words) >= 3
}

// Deed reports whether a piece of the user's words begins with what was done: "built a sensor".
func Deed(text string) bool {
	first, _, _ := strings.Cut(text, " ")
	return deeds()[strings.ToLower(first)]
}

var pastDeeds = sync.OnceValue(func() map[string]bool {
	verbs := map[string]bool{}
	for _, v := range Lexicons().ActionVerbs {
		verbs[v] = true
	}
	for _, v := range []string{"set", "cut", "put", "retired", "did", "made", "looked", "worked"} { // these say little, or are of the present as well
		delete(verbs, v)
	}
	return verbs
})

var deeds = sync.OnceValue(func() map[string]bool {
	verbs := map[string]bool{}
	for _, list := range [][]string{Lexicons().ActionVerbs, Lexicons().ActionVerbsPresent} {
		for _, v := range list {
			verbs[v] = true
		}
	}
	return verbs
})
