package planner

import (
	"maps"
	"slices"
	"strings"

	"github.com/betterprofile/betterprofile/interview"
)

// withdrawals are what the user rejected of what is known. The zero value is for nothing.
type withdrawals struct {
	facts []*interview.Fact                          // rejected
	since map[string]map[string]interview.Time       // when the last fact of a slot was rejected, by experience (empty across them) and "facet/slot"
	said  map[string]map[interview.FactKind][]string // quotes of the facts that count, by experience and kind
}

// withdrawn looks for what was rejected, and for the slots of which all facts were.
func withdrawn(m *interview.Memory) withdrawals {
	var w withdrawals
	if m == nil {
		return w
	}
	for _, f := range m.Facts {
		key := slotOfKind(f.Kind)
		if f.Status != interview.FactRejected {
			continue
		}
		w.facts = append(w.facts, f)
		if w.since == nil {
			w.since, w.said = map[string]map[string]interview.Time{}, map[string]map[interview.FactKind][]string{}
		}
		if w.since[f.ExperienceID] == nil {
			w.since[f.ExperienceID] = map[string]interview.Time{}
		}
		if key != "" && f.UpdatedAt.After(w.since[f.ExperienceID][key].Time) {
			w.since[f.ExperienceID][key] = f.UpdatedAt
		}
	}
	if len(w.facts) == 0 {
		return w
	}
	for _, f := range m.Facts {
		if f.Current() {
			delete(w.since[f.ExperienceID], slotOfKind(f.Kind))
			if w.said[f.ExperienceID] == nil {
				w.said[f.ExperienceID] = map[interview.FactKind][]string{}
			}
			w.said[f.ExperienceID][f.Kind] = append(w.said[f.ExperienceID][f.Kind], f.Quote)
		}
	}
	return w
}

// open reports whether a slot was told by nothing but facts that were rejected since. State is what is known of it.
func (w withdrawals) open(experience, key string, state interview.SlotState) bool {
	since, ok := w.since[experience][key]
	told := state.State == interview.CoverageAnswered || state.State == interview.CoverageVague
	return ok && told && !state.At.After(since.Time)
}

// states are the states of an experience's slots without those that are open again.
func (w withdrawals) states(experience string, all map[string]interview.SlotState) map[string]interview.SlotState {
	if len(w.since[experience]) == 0 {
		return all
	}
	left := maps.Clone(all)
	maps.DeleteFunc(left, func(key string, s interview.SlotState) bool { return w.open(experience, key, s) })
	return left
}

// denies reports whether a word for something of a kind stands in facts that were rejected, and in none that counts.
func (w withdrawals) denies(experience string, kind interview.FactKind, word string) bool {
	if word == "" || len(w.facts) == 0 {
		return false
	}
	return slices.ContainsFunc(w.facts, func(f *interview.Fact) bool {
		return f.Kind == kind && f.ExperienceID == experience && strings.Contains(f.Quote, word)
	}) && !slices.ContainsFunc(w.said[experience][kind], func(quote string) bool { return strings.Contains(quote, word) })
}

// within reports whether words that were rejected stand in a piece of a message.
func (w withdrawals) within(p Piece) bool {
	return slices.ContainsFunc(w.facts, func(f *interview.Fact) bool {
		return slices.ContainsFunc(f.Sources, func(s interview.Source) bool { return s.MessageID == p.Msg && s.Start < p.End && p.Start < s.End })
	})
}

// view is the state as it may be spoken of: without what was rejected. R is what the newest message says, in answer to open, and ids are those under which
// experiences are known. It is only to be read.
func (st *State) view(w withdrawals, m *interview.Memory, r Reading, open *Open, ids map[int]string) *State {
	if len(w.facts) == 0 {
		return st
	}
	v := st.clone()
	v.Notes = slices.DeleteFunc(slices.Clone(st.Notes), func(n stateNote) bool { return n.Fixed == "" && w.within(n.Piece) })
	v.Cross = maps.Clone(st.Cross)
	told := r.told(open, answers(st, r))
	w.reopen(v.Cross, "", m.Coverage, told)
	for _, e := range v.Exps {
		now := told
		if e.N != st.Focus {
			now = nil
		}
		id := ids[e.N]
		org, role := e.Org, e.Role
		w.unname(e, id)
		if e.N == st.Focus && !r.Before {
			rename(&e.Org, org, r.Org)
			rename(&e.Role, role, r.Role)
		}
		if known := m.Experience(id); known != nil {
			w.reopen(e.Credit, id, known.Coverage, now)
			setIfEmpty(&e.Org, known.Org)
			setIfEmpty(&e.Role, known.Role)
		}
	}
	return v
}

// reopen sets the credit of slots that are open again to what the newest message told of them.
func (w withdrawals) reopen(credit map[string]int, experience string, known map[string]interview.SlotState, told map[string]int) {
	for key := range w.since[experience] {
		if s, ok := known[key]; ok && credit[key] > 0 && w.open(experience, key, s) {
			setCredit(credit, key, told[key])
		}
	}
}

// unname takes off an experience what was rejected of the words for it.
func (w withdrawals) unname(e *Exp, id string) {
	for _, name := range []struct {
		kind interview.FactKind
		text *string
	}{{"org", &e.Org}, {"role", &e.Role}, {"metric", &e.Number}} {
		if w.denies(id, name.kind, *name.text) {
			*name.text = ""
		}
	}
	e.Tools = slices.DeleteFunc(slices.Clone(e.Tools), func(tool string) bool { return w.denies(id, "tool", tool) })
	e.Pieces = slices.DeleteFunc(e.Pieces, w.within)
	if e.Label != nil && w.within(*e.Label) {
		e.Label = nil
	}
}

// rename puts what the newest message says in the place of a name that was rejected.
func rename(name *string, was string, said *Span) {
	if *name == "" && was != "" && said != nil {
		*name = shortText(said.Text)
	}
}

// told is how much of slots a message told, in percent, by "facet/slot". Open is the question that it may have answered.
func (r *Reading) told(open *Open, answered bool) map[string]int {
	percent := map[string]int{}
	for key, c := range r.Credit {
		if facet, slot, ok := strings.Cut(key, "/"); ok {
			key = facet + "/" + canonical(facet, slot)
			percent[key] = max(percent[key], int(100*c+0.5))
		}
	}
	if open != nil && (answered || r.Act == ActRepeat) {
		percent[open.Facet+"/"+canonical(open.Facet, open.Slot)] = 100
	}
	return percent
}

// slotOfKind is the "facet/slot" that facts of a kind tell of; empty for none.
func slotOfKind(kind interview.FactKind) string {
	switch kind {
	case "role":
		return "responsibility/title"
	case "duty":
		return "responsibility/mandate"
	case "team", "budget":
		return "responsibility/" + string(kind)
	case "org", "span":
		return "context/" + string(kind)
	case "action":
		return "action/steps"
	case "tool":
		return "action/tools"
	case "outcome", "metric", "recognition":
		return "result/" + string(kind)
	case "obstacle":
		return "challenge/obstacle"
	case "learning":
		return "learning/lesson"
	case "education":
		return "education/degree"
	case "certificate":
		return "education/certificate"
	case "skill":
		return "skills/knownfor"
	case "goal":
		return "goals/next"
	case "value":
		return "values/matters"
	case "language":
		return "extras/languages"
	case "volunteer":
		return "extras/volunteer"
	case "publication":
		return "extras/public"
	}
	return ""
}
