package planner

import (
	"slices"
	"time"

	"github.com/betterprofile/betterprofile/interview"
)

// staleAfter is after how long what changes with time has to be asked again.
const staleAfter = 180 * 24 * time.Hour

// Coverage says how far each slot that counts is told, as of a time. Experiences of which nothing is known are left out.
func Coverage(m *interview.Memory, now interview.Time) interview.CoverageReport {
	report := interview.CoverageReport{Experiences: []interview.ExperienceCoverage{}, Personal: []interview.FacetCoverage{}}
	if m == nil {
		m = &interview.Memory{}
	}
	gone := withdrawn(m)
	for _, e := range m.Experiences {
		if !told(*e) {
			continue
		}
		c := interview.ExperienceCoverage{ID: e.ID, Label: nameOf(e), Kind: e.Kind, Facets: []interview.FacetCoverage{}}
		for _, list := range profileSlots() {
			if !personal(list.facet) {
				c.Facets = append(c.Facets, facetCoverage(list, gone.states(e.ID, e.Coverage), now))
			}
		}
		report.Experiences = append(report.Experiences, c)
	}
	for _, list := range profileSlots() {
		if personal(list.facet) {
			report.Personal = append(report.Personal, facetCoverage(list, gone.states("", m.Coverage), now))
		}
	}
	return report
}

// nameOf is what an experience known from before is called.
func nameOf(e *interview.Experience) string {
	switch {
	case e.Role != "" && e.Org != "":
		return e.Role + ", " + e.Org
	case e.Org != "":
		return e.Org
	case e.Role != "":
		return e.Role
	}
	return e.Label
}

func facetCoverage(list facetSlots, states map[string]interview.SlotState, now interview.Time) interview.FacetCoverage {
	f := interview.FacetCoverage{Facet: list.facet, State: interview.CoverageEmpty}
	for _, slot := range list.slots {
		key := list.facet + "/" + canonical(list.facet, slot)
		s, ok := states[key]
		if !ok || s.State == interview.CoverageEmpty { // taken back
			f.Slots = append(f.Slots, interview.SlotCoverage{Slot: slot, State: interview.CoverageEmpty})
			continue
		}
		if stale(key, s, now) {
			s.State = interview.CoverageStale
		}
		at := s.At
		f.Slots = append(f.Slots, interview.SlotCoverage{Slot: slot, State: s.State, At: &at})
		if rank(s.State) > rank(f.State) {
			f.State = s.State
		}
	}
	return f
}

// rank orders the states of the slots of a facet: the highest is that of the facet.
func rank(c interview.Coverage) int {
	return slices.Index([]interview.Coverage{
		interview.CoverageEmpty, interview.CoverageUnknown, interview.CoverageVague, interview.CoverageRefused, interview.CoverageAnswered,
		interview.CoverageStale,
	}, c)
}

// stale reports whether a slot was told so long ago, and is of such a kind, that it may have changed.
func stale(key string, s interview.SlotState, now interview.Time) bool {
	if s.State != interview.CoverageAnswered || s.At.IsZero() || now.Sub(s.At.Time) <= staleAfter {
		return false
	}
	switch key {
	case "action/tools", "responsibility/mandate", "responsibility/title", "responsibility/team", "responsibility/reports", "responsibility/budget":
		return true
	}
	return key == "education/now" || hasFacet(key, "skills") || hasFacet(key, "goals")
}

func hasFacet(key, facet string) bool {
	return len(key) > len(facet) && key[:len(facet)] == facet && key[len(facet)] == '/'
}
