package planner

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/betterprofile/betterprofile/interview"
)

// gain is something that the user's newest message put into the state, so that it can be taken back.
type gain struct {
	Exp  int    `json:"x,omitempty"` // N of the experience; 0 for none
	Key  string `json:"k"`           // a "facet/slot", or one of the names below
	Was  int    `json:"w,omitempty"` // the credit before and after, in percent
	Now  int    `json:"n,omitempty"`
	Text string `json:"t,omitempty"` // what was put where nothing stood before
}

// The keys of gains that are no slots.
const (
	gainOrg    = "org"
	gainRole   = "role"
	gainYears  = "years"
	gainTool   = "tool"
	gainNumber = "number"
	gainLabel  = "label"

	gainAudience = "audience"
)

// gained notes what a message put into the state.
func (st *State) gained(g gain) {
	for i, have := range st.Gains {
		if have.Exp == g.Exp && have.Key == g.Key && g.Key != gainTool && g.Key != gainAudience {
			st.Gains[i].Now, st.Gains[i].Text = g.Now, g.Text
			return
		}
	}
	st.Gains = append(st.Gains, g)
}

// sortGains puts gains in an order of their own, as some come out of a map.
func (st *State) sortGains() {
	slices.SortFunc(st.Gains, func(a, b gain) int {
		return cmp.Or(cmp.Compare(a.Exp, b.Exp), cmp.Compare(a.Key, b.Key), cmp.Compare(a.Text, b.Text))
	})
}

// lose takes the gains of the newest message back. Until the next message it is known what they were, but not stored.
func (st *State) lose() {
	st.lost, st.Gains = st.Gains, nil
	for _, g := range st.lost {
		e := st.exp(g.Exp)
		switch {
		case g.Key == gainAudience:
			st.Audience = slices.DeleteFunc(st.Audience, func(a string) bool { return a == g.Text })
		case g.Exp == 0:
			setCredit(st.Cross, g.Key, g.Was)
		case e == nil:
		case strings.Contains(g.Key, "/"):
			setCredit(e.Credit, g.Key, g.Was)
		default:
			e.lose(g)
		}
	}
}

func setCredit(credit map[string]int, key string, percent int) {
	if percent > 0 {
		credit[key] = percent
	} else {
		delete(credit, key)
	}
}

// lose takes back what an experience is described by.
func (e *Exp) lose(g gain) {
	switch g.Key {
	case gainOrg:
		e.Org = ""
	case gainRole:
		e.Role = ""
	case gainYears:
		e.Years = nil
	case gainNumber:
		e.Number = ""
	case gainLabel:
		e.Label = nil
	case gainTool:
		e.Tools = slices.DeleteFunc(e.Tools, func(tool string) bool { return tool == g.Text })
	}
}

// uncover sets what the message before told of back to how it stood without it.
func (l *lesson) uncover() {
	var rows []interview.Experience
	for _, g := range l.st.lost {
		switch {
		case g.Key == gainAudience:
			continue
		case g.Exp == 0:
			if s, ok := l.without(l.in.Memory.Coverage[g.Key], g); ok {
				if l.out.Coverage == nil {
					l.out.Coverage = map[string]interview.SlotState{}
				}
				l.out.Coverage[g.Key] = s
			}
			continue
		}
		known := l.in.Memory.Experience(l.ids[g.Exp])
		if known == nil {
			continue
		}
		i := slices.IndexFunc(rows, func(e interview.Experience) bool { return e.ID == known.ID })
		if i < 0 {
			i = len(rows)
			rows = append(rows, *known)
			rows[i].Coverage = maps.Clone(known.Coverage)
		}
		l.strip(&rows[i], g)
	}
	for _, row := range rows {
		if !sameExperience(*l.in.Memory.Experience(row.ID), row) {
			row.UpdatedAt = l.in.Now
			l.out.Experiences = append(l.out.Experiences, row)
		}
	}
}

// without is a slot as it stood before the message; false when it does not have its state from the message.
func (l *lesson) without(s interview.SlotState, g gain) (interview.SlotState, bool) {
	const slack = 0.005 // of a credit in percent
	if s.State != interview.CoverageAnswered && s.State != interview.CoverageVague || s.Credit > float64(g.Now)/100+slack || s.At.Before(l.beforeAt().Time) {
		return s, false
	}
	before := interview.SlotState{State: interview.CoverageEmpty, Credit: float64(g.Was) / 100, At: l.in.Now}
	switch {
	case g.Was >= answeredFrom:
		before.State, before.At = interview.CoverageAnswered, s.At
	case g.Was > 0:
		before.State = interview.CoverageVague
	}
	return before, true
}

// beforeAt is when the message before was written; the zero time when that is not at hand.
func (l *lesson) beforeAt() interview.Time {
	for _, m := range slices.Backward(l.in.Recent) {
		if m.ID == l.before {
			return m.CreatedAt
		}
	}
	return interview.Time{}
}

// strip takes a gain off an experience, as far as nothing else stands for it.
func (l *lesson) strip(row *interview.Experience, g gain) {
	clearIf := func(kind interview.FactKind, field *string, value string) {
		if *field == value && !l.saidElsewhere(row.ID, kind) {
			*field = ""
		}
	}
	switch g.Key {
	case gainOrg:
		clearIf("org", &row.Org, g.Text)
	case gainRole:
		clearIf("role", &row.Role, g.Text)
	case gainLabel:
		clearIf("", &row.Label, g.Text)
	case gainYears:
		for year := range strings.FieldsSeq(g.Text) {
			clearIf("span", &row.Start, year)
			clearIf("span", &row.End, year)
		}
	default:
		if s, ok := l.without(row.Coverage[g.Key], g); ok && s.State == interview.CoverageEmpty {
			delete(row.Coverage, g.Key)
		} else if ok {
			row.Coverage[g.Key] = s
		}
	}
}

// saidElsewhere reports whether a fact of the kind about an experience holds that was not drawn from the message before.
func (l *lesson) saidElsewhere(experience string, kind interview.FactKind) bool {
	return slices.ContainsFunc(l.in.Memory.Facts, func(f *interview.Fact) bool {
		return f.Kind == kind && f.ExperienceID == experience && f.Current() &&
			!slices.ContainsFunc(f.Sources, func(s interview.Source) bool { return s.MessageID == l.before })
	})
}

func yearsText(years []int) string {
	texts := make([]string, len(years))
	for i, y := range years {
		texts[i] = strconv.Itoa(y)
	}
	return strings.Join(texts, " ")
}
