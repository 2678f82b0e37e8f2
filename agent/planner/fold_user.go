package planner

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/betterprofile/betterprofile/interview"
)

// gentleTurns is for how many replies after distress nothing heavy is asked about.
const gentleTurns = 2

// deferTurns is for how many turns a slot rests after it was skipped.
const deferTurns = 5

// earlierTurns is how many answers an earlier experience gets before the interview goes back.
const earlierTurns = 2

// intake is a user's message on its way into the state.
type intake struct {
	*State
	r            Reading
	m            interview.Message
	conversation string
	before       string // id of the user message before
	replied      bool   // it got a reply
}

// take notes what the message does, and what it says.
func (t *intake) take() {
	switch t.r.Act {
	case ActCrisis:
		t.Gentle = t.Turn + gentleTurns
		return
	case ActStop:
		t.Paused, t.Since, t.Offered = true, 0, false
		return
	case ActInjection, ActSummary, ActHelp, ActIdentity, ActPrivacy, ActHowLong, ActWhy, ActDefine, ActAbuse, ActOffTopic, ActGreeting, ActEmpty,
		ActProtected, ActAskBack:
		return
	case ActForget:
		t.forgetBefore()
		return
	case ActDistress:
		t.Gentle = t.Turn + gentleTurns
	case ActSkip, ActUnknown, ActRefuse, ActConfidential, ActDontKnow, ActShort, ActRepeat:
		t.leave()
	case ActCorrection:
		t.fix()
	case ActConfirm, ActDeny:
		if e := t.focus(); e != nil && e.Turns >= youngRecap {
			e.Recapped = true // whoever asked for the recap
		}
	}
	if t.r.Act != ActLanguage {
		t.InLang = 0
	}
	t.Lang = t.r.Language
	t.absorb()
}

// leave notes that the open question was not answered, and why.
func (t *intake) leave() {
	o := t.Open
	if o == nil || o.Facet == "" {
		return
	}
	if m, ok := t.Asked[o.ID]; ok {
		t.Asked[o.ID] = string(marks(m).with(markLeft))
	}
	key := o.Facet + "/" + canonical(o.Facet, o.Slot)
	switch t.r.Act {
	case ActSkip:
		t.put(o.Exp, key, t.Turn+deferTurns+1)
	case ActUnknown:
		t.put(o.Exp, key, never)
		if e := t.exp(o.Exp); e != nil && !slices.Contains(e.Unknown, key) {
			e.Unknown = append(e.Unknown, key)
		}
	case ActConfidential:
		t.put(o.Exp, key, never)
	case ActDontKnow:
		if o.Wording == wordingEasier {
			t.put(o.Exp, key, never)
		}
	case ActShort:
		if o.Wording == wordingEasier && !t.answered() {
			t.put(o.Exp, key, t.Turn+deferTurns+1)
		}
	case ActRefuse:
		t.closeFacet(o)
	case ActRepeat:
		t.credit(o.Facet, o.Slot, o.Exp, 100)
		t.credit(o.Facet, dimmed, o.Exp, 60)
	}
}

// dimmed is a slot that stands for what a facet was told of without our seeing it.
const dimmed = "told"

// put keeps a slot back until a turn; for good the second time.
func (t *intake) put(exp int, key string, until int) {
	key = itoa(exp) + "/" + key
	for i, d := range t.Deferred {
		if d.Key == key {
			t.Deferred[i].Until = never
			return
		}
	}
	t.Deferred = keepLast(append(t.Deferred, deferral{Key: key, Until: until}), maxDeferred)
}

// held reports whether a slot rests; it is "facet/slot" with the slot that stands for all that amount to the same.
func (st *State) held(exp int, key string) bool {
	for _, d := range st.Deferred {
		if st.Turn < d.Until && strings.HasSuffix(d.Key, key) && d.Key == itoa(exp)+"/"+key {
			return true
		}
	}
	return false
}

// closeFacet leaves out a facet that the user does not want to speak of.
func (t *intake) closeFacet(o *Open) {
	list := &t.Closed
	if e := t.exp(o.Exp); e != nil && !personal(o.Facet) {
		list = &e.Closed
	}
	if !slices.Contains(*list, o.Facet) && o.Facet != facetOpening && o.Facet != facetReturning {
		*list = append(*list, o.Facet)
	}
}

// forgetBefore leaves out what the message before said.
func (t *intake) forgetBefore() {
	if t.before == "" {
		return
	}
	t.lose()
	if t.replied && len(t.Recent) > 0 {
		t.Recent = t.Recent[:len(t.Recent)-1] // it may quote what is forgotten
	}
	t.Notes = slices.DeleteFunc(t.Notes, func(n stateNote) bool { return n.Msg == t.before })
	t.Threads = slices.DeleteFunc(t.Threads, func(p Piece) bool { return p.Msg == t.before })
	for _, e := range t.Exps {
		e.Pieces = slices.DeleteFunc(e.Pieces, func(p Piece) bool { return p.Msg == t.before })
		if e.Label != nil && e.Label.Msg == t.before {
			e.Label = nil
		}
	}
}

// fix applies corrections to what is kept.
func (t *intake) fix() {
	for _, f := range t.r.Fixes {
		if f.Old.Text == "" || f.New.Text == "" {
			continue
		}
		for i, n := range t.Notes {
			if fixed, ok := f.amend(n.text()); ok {
				t.Notes[i].Fixed = cutBytes(fixed, maxNoteBytes)
			}
		}
		for _, e := range t.Exps {
			e.Org, _ = f.amend(e.Org)
			e.Role, _ = f.amend(e.Role)
			e.Number, _ = f.amend(e.Number)
		}
	}
}

// replaceWord replaces old, where it stands as whole words, and reports whether it did.
func replaceWord(text, old, fresh string) (string, bool) {
	for from := 0; old != ""; {
		i := strings.Index(text[from:], old)
		if i < 0 {
			break
		}
		i += from
		if wordEdge(text, i) && wordEdge(text, i+len(old)) {
			return text[:i] + fresh + text[i+len(old):], true
		}
		from = i + len(old)
	}
	return text, false
}

// wordEdge reports whether no word goes on across position i.
func wordEdge(s string, i int) bool {
	before, _ := utf8.DecodeLastRuneInString(s[:i])
	after, _ := utf8.DecodeRuneInString(s[i:])
	return i == 0 || i == len(s) || !wordRune(before) || !wordRune(after)
}

// absorb takes in what the message says.
func (t *intake) absorb() {
	answered := t.answered()
	t.place(answered)
	if t.r.Act == ActAnswer || t.r.Act == ActShort || t.r.Act == ActLong || t.r.Act == ActSame {
		t.Words = keepLast(append(t.Words, t.r.Words), 3)
	}
	if o := t.Open; o != nil && o.Facet != "" {
		switch {
		case answered:
			t.credit(o.Facet, o.Slot, o.Exp, 100)
		case t.r.Act == ActShort:
			t.credit(o.Facet, o.Slot, o.Exp, 30)
		}
	}
	if t.r.Private || t.r.Act == ActPrivate {
		return
	}
	t.describe()
	for key, c := range t.r.Credit {
		if key == "result/metric" && t.idleFigure() {
			continue
		}
		if facet, slot, ok := strings.Cut(key, "/"); ok {
			t.credit(facet, slot, t.Focus, int(100*c+0.5))
		} else {
			t.credit(key, dimmed, t.Focus, int(100*c+0.5))
		}
	}
	t.keepNotes()
	t.keepPieces()
}

// idleFigure reports whether a figure is most likely none of a result: said of nothing that was done, or of the person.
func (t *intake) idleFigure() bool {
	if t.r.Credit["result/outcome"] > 0 || t.Open == nil {
		return false
	}
	return t.Open.Facet == facetOpening && t.r.Credit["action/steps"] == 0 || personal(t.Open.Facet)
}

// answered reports whether the message answers the open question: in four words or more, or with something that can be put down.
func (t *intake) answered() bool {
	switch t.r.Act {
	case ActAnswer, ActLong, ActLanguage, ActSame, ActDistress, ActPrivate:
		return t.r.Words >= 4 || t.tells() || t.r.Figure
	case ActShort:
		return t.tells() || t.r.Figure
	case ActConfirm, ActDeny:
		return t.Open != nil && t.Open.ID == RecapID
	}
	return false
}

// substantial reports whether there is something to begin an experience with.
func (t *intake) substantial() bool {
	return t.tells() || len(t.r.Credit)+len(t.r.Anchors) > 0 || t.r.Words >= 8
}

// tells reports whether something that can be put down was found.
func (t *intake) tells() bool {
	return t.r.Role != nil || t.r.Org != nil || t.r.Team != nil || len(t.r.Years)+len(t.r.Tools)+len(t.r.Facts) > 0
}

// place finds the experience that the message is about, and begins it where there is none.
func (t *intake) place(answered bool) {
	o := t.Open
	q := Question{}
	if o != nil {
		q, _ = QuestionByID(o.ID)
		if q.ID == "" {
			q.Facet, q.Slot = o.Facet, o.Slot
		}
	}
	e := t.focus()
	switch {
	case answered && q.Opens != "" && q.Slot != "thread" && t.substantial():
		e = t.addExp(t.conversation)
		e.Earlier = q.Slot == "earlier"
		t.Focus = e.N
	case e == nil && (answered || t.tells()) && (!personal(q.Facet) || t.r.Role != nil || t.r.Org != nil):
		e = t.addExp(t.conversation)
		t.Focus = e.N
	}
	if e == nil {
		return
	}
	if !personal(q.Facet) || q.Opens != "" {
		e.Turns++
	}
	if e.Earlier && e.Turns >= earlierTurns {
		e.Recapped = true
		t.Focus = t.mainExp(e.N)
	}
	if o != nil && o.Exp == 0 && !personal(o.Facet) {
		o.Exp = t.Focus
	}
}

// mainExp is the newest experience that is not an earlier one; n when there is none.
func (st *State) mainExp(n int) int {
	for _, e := range slices.Backward(st.Exps) {
		if !e.Earlier {
			return e.N
		}
	}
	return n
}

// credit notes how much of a slot was told, in percent.
func (st *State) credit(facet, slot string, exp, percent int) {
	if percent <= 0 || facet == "" || facet == facetOpening || facet == facetReturning || slot == RecapID || slot == ConflictID {
		return
	}
	key := facet + "/" + canonical(facet, slot)
	to := &st.Cross
	if !personal(facet) {
		e := st.exp(exp)
		if e == nil {
			return
		}
		to = &e.Credit
	}
	if *to == nil {
		*to = map[string]int{}
	}
	if was := (*to)[key]; percent > was && (knownSlot(key) || slot == dimmed) {
		(*to)[key] = min(percent, 100)
		if personal(facet) {
			exp = 0
		}
		st.gained(gain{Exp: exp, Key: key, Was: was, Now: min(percent, 100)})
	}
}
