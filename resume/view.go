package resume

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/betterprofile/betterprofile/interview"
)

// Profile is what is known of a user, fact by fact, each with the words in which it was said: the answer to GET /api/v1/profile. Facts that are superseded or
// rejected are not in it, and what they said of an experience is not either. The texts of facts are as they were said.
type Profile struct {
	Experiences []Experience    `json:"experiences"` // in the order of the profile; blank ones are left out
	Personal    []ProfileFact   `json:"personal"`    // across experiences, by kind in the order of a profile, then as they were said
	Coverage    Coverage        `json:"coverage"`
	UpdatedAt   *interview.Time `json:"updatedAt,omitempty"` // of what changed last; nil when nothing is known
}

// Experience is a piece of working life with its facts.
type Experience struct {
	ID       string                   `json:"id"`
	Kind     interview.ExperienceKind `json:"kind"`
	Org      string                   `json:"org,omitempty"`
	Role     string                   `json:"role,omitempty"`
	Start    string                   `json:"start,omitempty"` // YYYY, YYYY-MM or YYYY-MM-DD
	End      string                   `json:"end,omitempty"`
	Current  bool                     `json:"current"`
	Label    string                   `json:"label,omitempty"` // what the interviewer calls it, in the user's words
	Facts    []ProfileFact            `json:"facts"`           // by kind in the order of a profile, then as they were said
	Coverage Coverage                 `json:"coverage"`
}

// ProfileFact is a fact with its sources.
type ProfileFact struct {
	ID        string               `json:"id"`
	Kind      interview.FactKind   `json:"kind"`
	Key       string               `json:"key"`
	Text      string               `json:"text"`
	Value     json.RawMessage      `json:"value,omitempty"`
	Status    interview.FactStatus `json:"status"`
	ValidFrom string               `json:"validFrom,omitempty"`
	ValidTo   string               `json:"validTo,omitempty"`
	Conflicts []string             `json:"conflicts,omitempty"` // ids of the facts that contradict it
	Used      bool                 `json:"used"`                // the résumé goes by it: it still holds, and what contradicts it does not prevail
	Sources   []ProfileSource      `json:"sources"`
}

// ProfileSource is where in a message a fact was said.
type ProfileSource struct {
	MessageID string         `json:"messageId"`
	Start     int            `json:"start"` // in bytes
	End       int            `json:"end"`
	Quote     string         `json:"quote,omitempty"` // what stands there; only the first source of a fact has it
	At        interview.Time `json:"at"`              // when it was noted
}

// Coverage counts slots by how far they are told.
type Coverage struct {
	Slots int                        `json:"slots"` // all that count
	Told  int                        `json:"told"`  // answered, refused or unknown to the user: there is nothing left to ask
	State map[interview.Coverage]int `json:"state"` // how many of each state there are; a state of none is left out
}

// View makes the profile of what is known. Report is how far it is told, of the same memory; m is nil when nothing is known, and is not changed.
func View(m *interview.Memory, report interview.CoverageReport) Profile {
	if m == nil {
		m = &interview.Memory{}
	}
	p := Profile{Experiences: []Experience{}, Coverage: count(report.Personal)}
	facts := viewed(m)
	b := builder{m: m, facts: usable(m)}
	for _, e := range m.Experiences {
		said, _ := b.post(e)
		x := Experience{
			ID: e.ID, Kind: e.Kind, Org: said.org.text, Role: said.role.text, Start: said.start.text, End: said.end.text, Current: said.current, Label: said.label,
			Facts: orEmpty(facts[e.ID]), Coverage: count(nil),
		}
		for _, c := range report.Experiences {
			if c.ID == e.ID {
				x.Coverage = count(c.Facets)
			}
		}
		if x.Org == "" && x.Role == "" && x.Label == "" && len(x.Facts) == 0 {
			continue
		}
		delete(facts, e.ID)
		p.Experiences = append(p.Experiences, x)
		p.Coverage.add(x.Coverage)
	}
	for _, id := range slices.Sorted(maps.Keys(facts)) { // first those of none, then those of an experience that is not known any more
		p.Personal = append(p.Personal, facts[id]...)
	}
	p.Personal = orEmpty(p.Personal)
	byKind(p.Personal)
	if last := modified(m); !last.IsZero() {
		p.UpdatedAt = &last
	}
	return p
}

func orEmpty(facts []ProfileFact) []ProfileFact {
	if facts == nil {
		return []ProfileFact{}
	}
	return facts
}

// viewed returns the facts that count by experience, by kind and then as they were said.
func viewed(m *interview.Memory) map[string][]ProfileFact {
	against := rivals(m)
	facts := map[string][]ProfileFact{}
	for _, f := range m.Facts {
		if !f.Current() {
			continue
		}
		v := ProfileFact{
			ID: f.ID, Kind: f.Kind, Key: f.Key, Text: f.Text, Value: f.Value, Status: f.Status, ValidFrom: f.ValidFrom, ValidTo: f.ValidTo,
			Used: f.ValidTo == "" && prevails(f, against[f.ID]), Sources: []ProfileSource{},
		}
		for _, other := range against[f.ID] {
			v.Conflicts = append(v.Conflicts, other.ID)
		}
		for i, s := range f.Sources {
			source := ProfileSource{MessageID: s.MessageID, Start: s.Start, End: s.End, At: f.CreatedAt}
			if i == 0 {
				source.Quote = f.Quote
			}
			v.Sources = append(v.Sources, source)
		}
		facts[f.ExperienceID] = append(facts[f.ExperienceID], v)
	}
	for _, list := range facts {
		byKind(list)
	}
	return facts
}

// byKind puts facts in the order of a profile; those of a kind stay as they are.
func byKind(facts []ProfileFact) {
	kinds := interview.FactKinds()
	slices.SortStableFunc(facts, func(a, b ProfileFact) int { return slices.Index(kinds, a.Kind) - slices.Index(kinds, b.Kind) })
}

// count counts the slots of facets.
func count(facets []interview.FacetCoverage) Coverage {
	c := Coverage{State: map[interview.Coverage]int{}}
	for _, f := range facets {
		for _, s := range f.Slots {
			c.Slots++
			c.State[s.State]++
			switch s.State {
			case interview.CoverageAnswered, interview.CoverageRefused, interview.CoverageUnknown:
				c.Told++
			}
		}
	}
	return c
}

// add counts what another has too.
func (c *Coverage) add(other Coverage) {
	c.Slots += other.Slots
	c.Told += other.Told
	for state, n := range other.State {
		c.State[state] += n
	}
}
