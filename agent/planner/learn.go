package planner

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/betterprofile/betterprofile/interview"
)

// engineName is what made the facts that the rules find.
const engineName = "builtin"

// lesson draws from a message what is to be remembered of it. It changes neither the state nor what is known.
type lesson struct {
	st     *State // with the message taken in
	view   *State // the same without what the user rejected
	gone   withdrawals
	in     interview.ReplyRequest
	r      Reading
	open   *Open  // what the message answered
	before string // id of the user message before
	ids    map[int]string
	out    interview.Learned
	pairs  [][2]interview.Fact // older and newer facts that contradict each other
}

func learn(st *State, in interview.ReplyRequest, r Reading, open *Open, before string) *lesson {
	l := &lesson{st: st, in: in, r: r, open: open, before: before, ids: map[int]string{}}
	for _, e := range st.Exps {
		l.ids[e.N] = l.idOf(e)
	}
	l.gone = withdrawn(in.Memory)
	l.view = st.view(l.gone, in.Memory, r, open, l.ids)
	switch {
	case r.Act == ActCrisis || r.Act == ActInjection || r.Private || r.Act == ActPrivate:
		return l
	case r.Act == ActForget:
		l.reject()
		return l
	}
	l.recapAnswered()
	l.facts()
	l.resolve()
	l.corrections()
	l.experiences()
	l.threads()
	l.coverage()
	return l
}

// reject marks what the message before taught as not wanted.
func (l *lesson) reject() {
	if l.in.Memory == nil || l.before == "" {
		return
	}
	for _, f := range l.in.Memory.Facts {
		if f.Current() && slices.ContainsFunc(f.Sources, func(s interview.Source) bool { return s.MessageID == l.before }) {
			l.change(*f, interview.FactRejected)
		}
	}
	for _, t := range l.in.Memory.Threads {
		if t.Status == interview.ThreadOpen && t.Source.MessageID == l.before {
			closed := *t
			closed.Status = interview.ThreadClosed
			l.out.Threads = append(l.out.Threads, closed)
		}
	}
	l.uncover()
}

// change adds a fact with another status.
func (l *lesson) change(f interview.Fact, status interview.FactStatus) {
	f.Status, f.UpdatedAt = status, l.in.Now
	l.put(f)
}

// put adds a fact, or takes the place of one with its id.
func (l *lesson) put(f interview.Fact) {
	i := slices.IndexFunc(l.out.Facts, func(o interview.Fact) bool { return o.ID == f.ID })
	if i >= 0 {
		l.out.Facts[i] = f
		return
	}
	l.out.Facts = append(l.out.Facts, f)
}

// recapAnswered confirms the facts that a recap showed, unless the user only said that it was wrong.
func (l *lesson) recapAnswered() {
	if l.open == nil || l.open.ID != RecapID || l.in.Memory == nil {
		return
	}
	switch l.r.Act {
	case ActConfirm, ActDeny, ActAnswer, ActCorrection, ActShort, ActLanguage, ActLong:
	default:
		return
	}
	if rejectsRecap(&l.r, l.in.Message.Content) {
		return
	}
	for _, id := range l.open.Facts {
		f := l.in.Memory.Fact(id)
		if f == nil || f.Status != interview.FactProposed || l.objected(f) {
			continue
		}
		l.change(*f, interview.FactConfirmed)
	}
}

// rejectsRecap reports whether a message says that a recap is wrong, and not what of it.
func rejectsRecap(r *Reading, content string) bool {
	if r.Act == ActCorrection {
		return len(r.Fixes) == 0
	}
	words := plainWords(interview.FirstRunes(content, 200))
	return len(words) <= 8 && (containsAny(words, "wrong", "incorrect", "false", "untrue") || containsAny(words, "not", "isn't") && containsAny(words, "right", "correct", "true"))
}

// objected reports whether a correction in the message is about a fact.
func (l *lesson) objected(f *interview.Fact) bool {
	return slices.ContainsFunc(l.r.Fixes, func(x Fix) bool {
		if x.Old.Text == "" {
			return true // it cannot be told which one
		}
		_, ok := replaceWord(f.Text+"\n"+f.Quote, x.Old.Text, "")
		return ok
	})
}

// facts adds what the rules found.
func (l *lesson) facts() {
	l.out.Facts = slices.Grow(l.out.Facts, len(l.r.Facts))
	for _, c := range l.r.Facts {
		f, ok := l.fact(c)
		if !ok {
			continue
		}
		l.settle(&f)
		if f.ID != "" {
			l.put(f)
		}
	}
}

// fact makes a fact of a candidate; false when it is too weak, or no piece of the message. All else that [interview.CheckFact] wants holds for
// what the rules find, and is checked before it is stored.
func (l *lesson) fact(c Candidate) (interview.Fact, bool) {
	m := l.in.Message
	if c.Quote.Start < 0 || c.Quote.End > len(m.Content) || c.Quote.Start >= c.Quote.End || c.Text == "" {
		return interview.Fact{}, false
	}
	f := interview.Fact{
		ID:           interview.DerivedID(m.ID + "/fact/" + c.Kind + "/" + c.Key + "/" + itoa(c.Quote.Start)),
		ExperienceID: l.experienceOf(c), Kind: interview.FactKind(c.Kind), Key: c.Key, Text: interview.FirstRunes(c.Text, interview.MaxFactRunes),
		Quote: strings.Clone(m.Content[c.Quote.Start:c.Quote.End]), Status: interview.FactProposed, Confidence: c.Confidence, Engine: engineName,
		Sources:   []interview.Source{{MessageID: m.ID, Start: c.Quote.Start, End: c.Quote.End}},
		CreatedAt: l.in.Now, UpdatedAt: l.in.Now,
	}
	if len(c.Value) > 0 {
		if v, err := json.Marshal(c.Value); err == nil {
			f.Value = v
		}
	}
	return f, f.Confidence >= interview.MinConfidence
}

// lawful reports whether a fact may be stored.
func (l *lesson) lawful(f interview.Fact) bool {
	m := l.in.Message
	return interview.CheckFact(f, map[string]string{m.ID: m.Content}) == nil
}

// experienceOf is the id of the experience that a candidate belongs to; empty for none.
func (l *lesson) experienceOf(c Candidate) string {
	if c.Personal {
		return ""
	}
	n := l.st.Focus
	if l.open != nil && l.open.Exp != 0 && l.st.exp(l.open.Exp) != nil && !opensExperience(l.open.ID) {
		n = l.open.Exp
	}
	if c.Before {
		for _, e := range slices.Backward(l.st.Exps) {
			if e.Earlier {
				n = e.N
				break
			}
		}
	}
	return l.ids[n]
}

// threads adds what was mentioned in passing, and closes what was asked about and answered.
func (l *lesson) threads() {
	m := l.in.Message
	for _, s := range l.r.Threads {
		if s.Text == "" || len(s.Text) > maxTextBytes {
			continue
		}
		l.out.Threads = append(l.out.Threads, interview.Thread{
			ID: threadID(m.ID, s.Start), Quote: strings.Clone(s.Text), Source: interview.Source{MessageID: m.ID, Start: s.Start, End: s.End},
			Status: interview.ThreadOpen, CreatedAt: l.in.Now,
		})
	}
	if l.open == nil || l.open.Thread == "" || l.in.Memory == nil {
		return
	}
	for _, t := range l.in.Memory.Threads {
		if t.ID == l.open.Thread && t.Status != interview.ThreadClosed {
			closed := *t
			closed.Status = interview.ThreadClosed
			l.out.Threads = append(l.out.Threads, closed)
		}
	}
}

// coverage adds the slots across experiences that changed.
func (l *lesson) coverage() {
	var before map[string]interview.SlotState
	if l.in.Memory != nil {
		before = l.gone.states("", l.in.Memory.Coverage)
	}
	now := slotStates(l.view.Cross, l.st.Closed, l.st.unknown(0), before, l.in.Now)
	for key, s := range now {
		if old, ok := before[key]; ok && old == s {
			continue
		}
		if l.out.Coverage == nil {
			l.out.Coverage = map[string]interview.SlotState{}
		}
		l.out.Coverage[key] = s
	}
}

// unknown returns the slots that rest for good, of an experience, or across them for 0.
func (st *State) unknown(exp int) []string {
	var list []string
	prefix := itoa(exp) + "/"
	for _, d := range st.Deferred {
		if key, ok := strings.CutPrefix(d.Key, prefix); ok && d.Until == never {
			list = append(list, key)
		}
	}
	return list
}
