package resume

import (
	"cmp"
	"encoding/json"
	"slices"

	"github.com/betterprofile/betterprofile/interview"
)

// fact is a fact that counts, ready to be written.
type fact struct {
	*interview.Fact
	text  string         // cleaned
	value map[string]any // nil when it has none
}

// read makes a fact ready to be written.
func read(f *interview.Fact) fact {
	c := fact{Fact: f, text: clean(f.Text)}
	if json.Unmarshal(f.Value, &c.value) != nil {
		c.value = nil // a value of another form says nothing here
	}
	return c
}

// said returns a text of the fact's value, cleaned.
func (f fact) said(name string) string {
	s, _ := f.value[name].(string)
	return clean(s)
}

// source is where it was said first; the zero Source when that is not known.
func (f fact) source() interview.Source {
	if len(f.Sources) == 0 {
		return interview.Source{}
	}
	return f.Sources[0]
}

// overlaps reports whether two facts were drawn from the same words.
func (f fact) overlaps(other fact) bool {
	a, b := f.source(), other.source()
	return a.MessageID == b.MessageID && a.Start < b.End && b.Start < a.End
}

// confirmed reports whether the user has said that it is right.
func (f fact) confirmed() bool { return f.Status == interview.FactConfirmed }

// slot is what only one thing can be true of.
type slot struct {
	experience string
	kind       interview.FactKind
	key        string
}

// rivals returns for each fact that contradicts others those others: facts of one slot that count at the same time, one of them marked as a conflict.
func rivals(m *interview.Memory) map[string][]*interview.Fact {
	groups, contradict := map[slot][]*interview.Fact{}, map[slot]bool{}
	for _, f := range m.Facts {
		if !f.Current() || f.ValidTo != "" {
			continue
		}
		s := slot{f.ExperienceID, f.Kind, f.Key}
		groups[s] = append(groups[s], f)
		contradict[s] = contradict[s] || f.Status == interview.FactConflict
	}
	found := map[string][]*interview.Fact{}
	for s, group := range groups {
		if !contradict[s] {
			continue
		}
		for i, f := range group {
			found[f.ID] = slices.Concat(group[:i], group[i+1:])
		}
	}
	return found
}

// prevails reports whether a fact is the one to take of those that contradict it: a confirmed one, else the newer.
func prevails(f *interview.Fact, rivals []*interview.Fact) bool {
	for _, other := range rivals {
		if better(other, f) > 0 {
			return false
		}
	}
	return true
}

// better is positive when a is to be taken rather than b: confirmed before not, then the newer, then by id so that there is always one.
func better(a, b *interview.Fact) int {
	rank := func(f *interview.Fact) int {
		if f.Status == interview.FactConfirmed {
			return 1
		}
		return 0
	}
	return cmp.Or(cmp.Compare(rank(a), rank(b)), a.CreatedAt.Compare(b.CreatedAt.Time), cmp.Compare(a.ID, b.ID))
}

// usable returns the facts to write, in the order in which they were said: those that count, still hold, show something, and prevail over what contradicts them.
func usable(m *interview.Memory) []fact {
	against := rivals(m)
	var list []fact
	for _, f := range m.Facts {
		if !f.Current() || f.ValidTo != "" || !prevails(f, against[f.ID]) {
			continue
		}
		if c := read(f); bare(c.text) != "" {
			list = append(list, c)
		}
	}
	slices.SortStableFunc(list, func(a, b fact) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt.Time), cmp.Compare(a.source().MessageID, b.source().MessageID), cmp.Compare(a.source().Start, b.source().Start))
	})
	return list
}

// field is a short text of an experience, and the facts that say it.
type field struct {
	text string
	ids  []string
}

// choose decides what an experience's field says: what its row has, unless the user took that back; a correction before both. Reads gives what a fact of
// the kind says for the field, empty when it says nothing.
func choose(row string, m *interview.Memory, facts []fact, experience string, kind interview.FactKind, reads func(fact) string) field {
	row = clean(row)
	var best *fact
	supported := field{text: row}
	for i := range facts {
		f := &facts[i]
		text := ""
		if f.ExperienceID == experience && f.Kind == kind {
			text = reads(*f)
		}
		switch {
		case text == "":
			continue
		case fold(text) == fold(row):
			supported.ids = append(supported.ids, f.ID)
		}
		if best == nil || corrects(*f, *best) {
			best = f
		}
	}
	if best == nil {
		if takenBack(row, m, experience, kind, reads) {
			return field{}
		}
		return supported
	}
	if row != "" && best.Supersedes == "" && (len(supported.ids) > 0 || !takenBack(row, m, experience, kind, reads)) {
		return supported
	}
	chosen := field{text: reads(*best)}
	for _, f := range facts {
		if f.ExperienceID == experience && f.Kind == kind && fold(reads(f)) == fold(chosen.text) {
			chosen.ids = append(chosen.ids, f.ID)
		}
	}
	return chosen
}

// corrects reports whether a is to be taken rather than b for a field: a correction first, then as of facts that contradict each other.
func corrects(a, b fact) bool {
	if (a.Supersedes != "") != (b.Supersedes != "") {
		return a.Supersedes != ""
	}
	return better(a.Fact, b.Fact) > 0
}

// takenBack reports whether a fact once said what an experience's row still has. It is asked only when no fact that may be written says so: then that one was
// superseded or rejected, has ceased to hold, or another prevails over it.
func takenBack(row string, m *interview.Memory, experience string, kind interview.FactKind, reads func(fact) string) bool {
	return slices.ContainsFunc(m.Facts, func(f *interview.Fact) bool {
		return f.ExperienceID == experience && f.Kind == kind && fold(reads(read(f))) == fold(row)
	})
}
