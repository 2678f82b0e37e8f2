package planner

import (
	"math"
	"slices"
	"strings"

	"github.com/betterprofile/betterprofile/interview"
)

// terseWords is the mean length of the last answers below which a user is terse.
const terseWords = 6

// maxAskWords is the longest that a question may be.
const maxAskWords = 26

// chooser picks the next question. It reads the state and what is known from before, and changes neither.
type chooser struct {
	*table
	st       *State
	r        *Reading
	m        *interview.Message
	mem      *interview.Memory
	gone     withdrawals
	now      interview.Time
	exp      *Exp                  // in focus, or nil
	known    *interview.Experience // the same as it is known from before, or nil
	open     *Open                 // what the message answered
	answered bool                  // and whether it did
	avoid    string                // a "facet/slot" not to ask about now
	avoidAll string                // a facet not to ask about now
	terse    bool
	facets   [numFacets]float64 // facetCredit, once computed; unread before
	told     []float64          // slotTold, the same
	whole    float64            // done, the same
	cross    float64            // how many of education, skills, goals and values are told
}

func newChooser(st *State, gone withdrawals, in *interview.ReplyRequest, r *Reading, open *Open) *chooser {
	ch := &chooser{table: choices(), st: st, r: r, m: &in.Message, mem: in.Memory, gone: gone, now: in.Now, open: open, whole: unread}
	ch.told = make([]float64, len(ch.slots))
	for i := range ch.told {
		ch.told[i] = unread
	}
	for i := range ch.facets {
		ch.facets[i] = unread
	}
	ch.turnTo(st.focus())
	ch.terse = st.terse()
	for _, f := range []string{"education", "skills", "goals", "values"} {
		if ch.facetCredit(f) >= 0.6 {
			ch.cross++
		}
	}
	return ch
}

// unread stands for a credit that was not computed yet.
const unread = -1

// turnTo makes an experience the subject.
func (ch *chooser) turnTo(e *Exp) {
	ch.exp, ch.known = e, nil
	if e != nil {
		ch.known = ch.mem.Experience(e.ID)
	}
}

// terse reports whether the user writes little.
func (st *State) terse() bool {
	sum := 0
	for _, n := range st.Words {
		sum += n
	}
	return len(st.Words) == 3 && sum < terseWords*3
}

// credit is how much of a slot was told, now or before: 0 to 1. The subject does not change any more once it was asked for.
func (ch *chooser) credit(key string) float64 {
	i, ok := ch.slots[key]
	if !ok {
		return 0
	}
	return ch.slotTold(i)
}

// slotTold is credit by the number of a slot.
func (ch *chooser) slotTold(i int) float64 {
	if ch.told[i] == unread {
		ch.told[i] = ch.slotCredit(ch.keys[i])
	}
	return ch.told[i]
}

func (ch *chooser) slotCredit(key string) float64 {
	facet, _, _ := strings.Cut(key, "/")
	var now map[string]int
	var before map[string]interview.SlotState
	if personal(facet) {
		now = ch.st.Cross
		if ch.mem != nil {
			before = ch.gone.states("", ch.mem.Coverage)
		}
	} else {
		if ch.exp != nil {
			now = ch.exp.Credit
		}
		if ch.known != nil {
			before = ch.gone.states(ch.known.ID, ch.known.Coverage)
		}
	}
	c := float64(now[key]) / 100
	if s, ok := before[key]; ok && c < 1 {
		c = max(c, creditBefore(key, s, ch.now))
	}
	return c
}

// creditBefore is what a slot that was told before is worth now.
func creditBefore(key string, s interview.SlotState, now interview.Time) float64 {
	switch {
	case s.State == interview.CoverageRefused || s.State == interview.CoverageUnknown:
		return 1
	case stale(key, s, now):
		return min(s.Credit, 0.4)
	}
	return s.Credit
}

// facetCredit is how much of a facet was told: its best slot, and a little for each other one.
func (ch *chooser) facetCredit(facet string) float64 {
	n := facetNumber(facet)
	if ch.facets[n] != unread {
		return ch.facets[n]
	}
	best, sum := 0.0, 0.0
	for _, i := range ch.byFacet[n] {
		c := ch.slotTold(i.slot)
		if i.minor {
			c *= 0.5 // it names, and does not tell
		}
		best, sum = max(best, c), sum+c
	}
	c := min(1.3, best+0.15*(sum-best))
	ch.facets[n] = c
	return c
}

// done is how well the experience in focus is told.
func (ch *chooser) done() float64 {
	if ch.whole != unread {
		return ch.whole
	}
	sum := ch.credit("result/metric") + 0.3*(ch.credit("responsibility/team")+ch.credit("action/tools")+ch.credit("context/span"))
	for _, f := range experienceFacets() {
		sum += min(1, ch.facetCredit(f))
	}
	ch.whole = sum
	return sum
}

// topicOpen reports whether the experience in focus is still being told.
func (ch *chooser) topicOpen() bool { return ch.exp != nil && !ch.exp.Recapped }

// gentle reports whether figures and difficulties have to wait.
func (ch *chooser) gentle() bool { return ch.st.Turn <= ch.st.Gentle }

// next returns the best question, from the bank as long as it has any, and then one made for the purpose.
func (ch *chooser) next(only ...string) Choice {
	values := ch.values(only)
	for {
		best := highest(values)
		if values[best] == worthless {
			break
		}
		if c, ok := ch.worded(&ch.entries[best]); ok {
			return c
		}
		values[best] = worthless
	}
	if len(only) > 0 {
		return ch.next()
	}
	if ch.avoid != "" || ch.avoidAll != "" {
		ch.avoid, ch.avoidAll = "", ""
		return ch.next()
	}
	return ch.closingChoice()
}

// worthless is less than any question is worth that makes sense.
const worthless = -math.MaxFloat64

// values returns what each question of the bank is worth, of some facets if any are given; worthless when it makes no sense.
func (ch *chooser) values(only []string) []float64 {
	values := make([]float64, len(ch.entries))
	for i := range ch.entries {
		e := &ch.entries[i]
		if len(only) > 0 && !slices.Contains(only, e.Facet) || !ch.fits(e) {
			values[i] = worthless
			continue
		}
		values[i] = ch.value(e)
	}
	return values
}

// highest is the place of the highest value, the first of equals.
func highest(values []float64) int {
	best := 0
	for i, v := range values {
		if v > values[best] {
			best = i
		}
	}
	return best
}

// fits reports whether a question makes sense now.
func (ch *chooser) fits(e *entry) bool {
	switch {
	case e.Facet == facetOpening || e.Facet == facetReturning:
		return false
	case !e.own && ch.exp == nil:
		return false
	case e.Facet == ch.avoidAll || e.key == ch.avoid:
		return false
	case len(e.For) > 0 && !ch.audience(e), len(e.Kinds) > 0 && !slices.Contains(e.Kinds, ch.kind()):
		return false
	case ch.refused(e), ch.gentle() && heavy(e):
		return false
	case e.When == "we_heavy" && !ch.exp.WeHeavy:
		return false
	case e.After != "" && !(ch.answered && ch.open != nil && ch.open.Facet == e.After && !ch.wished()):
		return false
	case e.Slot == "ladder" && !(ch.answered && ch.open != nil && ch.open.Facet == "values"):
		return false
	case ch.st.held(ch.about(e), e.key):
		return false
	}
	return ch.needs(e) && ch.untold(e)
}

// wished reports whether the answer told a wish and no difficulty: "I want to become head of nursing" is nothing to have dealt with.
func (ch *chooser) wished() bool {
	kind := func(kind string) bool {
		return slices.ContainsFunc(ch.r.Facts, func(f Candidate) bool { return f.Kind == kind })
	}
	return kind("goal") && !kind("obstacle")
}

// about is the number of the experience that a question would be about; 0 for none.
func (ch *chooser) about(e *entry) int {
	if e.own || ch.exp == nil {
		return 0
	}
	return ch.exp.N
}

// untold reports whether the slot is still to be told.
func (ch *chooser) untold(e *entry) bool {
	switch {
	case e.After != "" || e.Slot == "ladder" || e.Slot == "another" || e.Slot == "thread":
		return true
	}
	return ch.slotTold(e.slot) < 0.9
}

// heavy reports whether a question has to wait after distress.
func heavy(e *entry) bool {
	return e.Facet == "challenge" || e.Facet == "result" || e.key == "goals/next"
}

func (ch *chooser) audience(e *entry) bool {
	for _, a := range e.For {
		if slices.Contains(ch.st.Audience, a) {
			return true
		}
	}
	return false
}

// kind is that of the experience, in the words of the bank.
func (ch *chooser) kind() string {
	if ch.exp == nil || ch.exp.Kind == "" {
		return string(interview.KindWork)
	}
	if ch.exp.Kind == string(interview.KindEducation) {
		return "study"
	}
	return ch.exp.Kind
}

// refused reports whether the user does not want to speak of a facet.
func (ch *chooser) refused(e *entry) bool {
	if slices.Contains(ch.st.Closed, e.Facet) {
		return true
	}
	return ch.exp != nil && !e.own && slices.Contains(ch.exp.Closed, e.Facet)
}

// needs reports whether all that a question takes for granted is known.
func (ch *chooser) needs(e *entry) bool {
	for _, need := range e.Needs {
		if ch.fill(need) == "" {
			return false
		}
	}
	return true
}

// fill is what stands for a name in braces, or another sign that it is known; empty when it is not.
func (ch *chooser) fill(name string) string {
	switch name {
	case "goals":
		if ch.facetCredit("goals") >= 0.6 {
			return "goals"
		}
	case "skill":
		return ch.st.Skill
	case "thread":
		if p, _ := ch.thread(); p != "" {
			return "“" + p + "”"
		}
	}
	e := ch.exp
	if e == nil {
		return ""
	}
	switch name {
	case "exp":
		return ch.label()
	case "earlier":
		if e.Earlier {
			return "earlier"
		}
	case "org":
		return e.Org
	case "role":
		if e.Role != "" {
			return withArticle(e.Role)
		}
	case "tool":
		if len(e.Tools) > 0 {
			return e.Tools[0]
		}
	case "number", "metric":
		return e.Number
	case "span":
		if ch.credit("context/span") >= 0.6 {
			return "span"
		}
	}
	return ""
}

// label is what the experience in focus is called; empty for none.
func (ch *chooser) label() string {
	if l := ch.exp.label(); l != "" && (ch.exp.Org != "" || ch.known == nil) {
		return l
	}
	switch {
	case ch.known == nil:
		return ""
	case ch.known.Org != "":
		return ch.known.Org
	case ch.known.Label != "":
		return "“" + ch.known.Label + "”"
	}
	return ch.exp.label()
}

// minor reports whether a slot only names something, so that its facet is not told with it.
func minor(slot string) bool {
	switch slot {
	case "org", "span", "title", "team", "tools":
		return true
	}
	return false
}
