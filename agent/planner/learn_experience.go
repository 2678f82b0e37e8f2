package planner

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/betterprofile/betterprofile/interview"
)

// idOf is the id of an experience: that of one known from before when it is the same.
func (l *lesson) idOf(e *Exp) string {
	if known := l.match(e); known != nil {
		return known.ID
	}
	return e.ID
}

// match returns the experience known from before that is the same: of the same organisation, in a role that could be the same.
func (l *lesson) match(e *Exp) *interview.Experience {
	if e.Took || e.Org == "" || l.in.Memory == nil {
		return nil
	}
	for _, known := range l.in.Memory.Experiences {
		if known.ID != e.ID && known.Org != "" && strings.EqualFold(known.Org, e.Org) && sameRole(known.Role, e.Role) && l.st.expByID(known.ID) == nil {
			return known
		}
	}
	return nil
}

// sameRole reports whether two roles could be one: they share a word, or one is not known.
func sameRole(a, b string) bool {
	if a == "" || b == "" {
		return true
	}
	words := Words(strings.ToLower(b))
	return slices.ContainsFunc(Words(strings.ToLower(a)), func(w string) bool { return slices.Contains(words, w) })
}

// experiences adds the experiences that are new or changed.
func (l *lesson) experiences() {
	for _, e := range l.view.Exps {
		id := l.ids[e.N]
		known := l.in.Memory.Experience(id)
		row := l.row(e, id, known)
		if known == nil && !told(row) || known != nil && sameExperience(*known, row) {
			continue
		}
		row.UpdatedAt = l.in.Now
		l.out.Experiences = append(l.out.Experiences, row)
		if id != e.ID {
			l.moveFacts(e.ID, id)
		}
	}
}

// told reports whether there is anything in an experience.
func told(e interview.Experience) bool {
	return e.Org != "" || e.Role != "" || e.Label != "" || len(e.Coverage) > 0
}

// moveFacts gives the facts of an experience that turned out to be another one to that.
func (l *lesson) moveFacts(from, to string) {
	if l.in.Memory == nil {
		return
	}
	for _, f := range l.in.Memory.Facts {
		if f.ExperienceID == from {
			moved := *f
			moved.ExperienceID = to
			if f.Current() {
				moved.UpdatedAt = l.in.Now // else it is when it was rejected
			}
			l.put(moved)
		}
	}
	if old := l.in.Memory.Experience(from); old != nil { // nothing is left in it
		blank := interview.Experience{ID: old.ID, Kind: old.Kind, Position: old.Position, CreatedAt: old.CreatedAt, UpdatedAt: l.in.Now}
		l.out.Experiences = append(l.out.Experiences, blank)
	}
}

// row is an experience as it is stored: what was known, and what this conversation knows.
func (l *lesson) row(e *Exp, id string, known *interview.Experience) interview.Experience {
	row := interview.Experience{
		ID: id, Kind: interview.ExperienceKind(e.Kind), Current: !e.Earlier, Position: l.position(e), CreatedAt: l.in.Now, UpdatedAt: l.in.Now,
	}
	if row.Kind == "" {
		row.Kind = interview.KindWork
	}
	if known != nil {
		row = *known
	}
	setIfEmpty(&row.Org, e.Org)
	setIfEmpty(&row.Role, e.Role)
	if e.Label != nil {
		setIfEmpty(&row.Label, e.Label.Text)
	}
	if len(e.Years) > 0 {
		setIfEmpty(&row.Start, strconv.Itoa(slices.Min(e.Years)))
	}
	if len(e.Years) > 1 && row.End == "" {
		row.End = strconv.Itoa(slices.Max(e.Years))
		row.Current = false
	}
	states := slotStates(e.Credit, e.Closed, append(l.st.unknown(e.N), e.Unknown...), l.gone.states(id, row.Coverage), l.in.Now)
	if len(states) > 0 {
		merged := maps.Clone(row.Coverage)
		if merged == nil {
			merged = make(map[string]interview.SlotState, len(states))
		}
		maps.Copy(merged, states)
		row.Coverage = merged
	}
	return row
}

func setIfEmpty(to *string, value string) {
	if *to == "" {
		*to = value
	}
}

// position puts experiences in the order told, after those known from before.
func (l *lesson) position(e *Exp) int {
	n := e.N - 1
	if l.in.Memory != nil {
		for _, known := range l.in.Memory.Experiences {
			if l.st.expByID(known.ID) == nil {
				n++
			}
		}
	}
	return n
}

func sameExperience(a, b interview.Experience) bool {
	return a.Kind == b.Kind && a.Org == b.Org && a.Role == b.Role && a.Start == b.Start && a.End == b.End && a.Current == b.Current &&
		a.Label == b.Label && maps.Equal(a.Coverage, b.Coverage)
}

// answeredFrom is the credit, in percent, from which a slot is told.
const answeredFrom = 60

// slotStates are the states of the slots of which this conversation knows something else than was known; nil for none.
func slotStates(
	credit map[string]int, closed, unknown []string, before map[string]interview.SlotState, now interview.Time,
) map[string]interview.SlotState {
	var states map[string]interview.SlotState
	set := func(key string, s interview.SlotState) {
		if states == nil {
			states = map[string]interview.SlotState{}
		}
		states[key] = s
	}
	for key, c := range credit {
		s := interview.SlotState{State: interview.CoverageVague, Credit: float64(c) / 100, At: now}
		if c >= answeredFrom {
			s.State = interview.CoverageAnswered
		}
		if old, ok := before[key]; ok && (old.Credit >= s.Credit || old.State == interview.CoverageAnswered && s.State != old.State) {
			continue
		}
		set(key, s)
	}
	mark := func(key string, state interview.Coverage) {
		s, changed := states[key]
		old, known := before[key]
		switch {
		case changed && s.State == interview.CoverageAnswered:
		case known && (old.State == state || old.State == interview.CoverageAnswered):
			delete(states, key)
		default:
			if _, told := credit[key]; told && !changed {
				s = old
			}
			set(key, interview.SlotState{State: state, Credit: s.Credit, At: now})
		}
	}
	for _, key := range unknown {
		mark(key, interview.CoverageUnknown)
	}
	for _, list := range profileSlots() {
		if !slices.Contains(closed, list.facet) {
			continue
		}
		for _, slot := range list.slots {
			mark(list.facet+"/"+canonical(list.facet, slot), interview.CoverageRefused)
		}
	}
	return states
}
