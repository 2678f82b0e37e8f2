package planner

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"unicode"

	"github.com/betterprofile/betterprofile/interview"
)

// settle compares a new fact with what is known under its key, and notes a contradiction. A fact that says nothing new loses its id.
func (l *lesson) settle(f *interview.Fact) {
	old := l.contradicted(f)
	switch {
	case old == nil:
	case sameValue(old, f):
		if !slices.ContainsFunc(old.Sources, func(s interview.Source) bool { return s.MessageID == l.in.Message.ID }) {
			f.ID = ""
		}
	case l.r.Act == ActCorrection || len(l.r.Fixes) > 0 && l.fixes(f):
		l.change(*old, interview.FactSuperseded)
		f.Status, f.Supersedes = interview.FactConfirmed, old.ID
	case l.open != nil && l.open.ID == ConflictID && slices.Contains(l.open.Facts, old.ID):
		// resolve decides
	case changes(f.Kind) && l.later(old):
		ended := *old
		ended.ValidTo = l.in.Now.Format("2006-01")
		l.change(ended, old.Status)
		f.ValidFrom = ended.ValidTo
	case f.Kind == "role" || f.Kind == "org":
		// one can be several things, and the same place has several names: both stay
	case f.Kind == "metric" && !sameMeasure(old.Quote, f.Quote):
		// figures of two things
	default:
		l.change(*old, interview.FactConflict)
		f.Status = interview.FactConflict
		l.pairs = append(l.pairs, [2]interview.Fact{*old, *f})
	}
}

// measureWords is how many words of what was measured two figures have to share to be of one thing.
const measureWords = 2

// sameMeasure reports whether two quotes with figures are about one thing.
func sameMeasure(a, b string) bool {
	theirs := measured(b)
	n := 0
	for _, stem := range measured(a) {
		if slices.Contains(theirs, stem) {
			n++
		}
	}
	return n >= measureWords
}

// measured returns the stems of what a quote with a figure is about: without figures, units, and the verbs of change.
func measured(quote string) []string {
	var stems []string
	s := scan(quote)
	lists().run(s.tokens, classes{})
	for i := range s.tokens {
		t := &s.tokens[i]
		if t.is(isDigits) || t.is(isSign) || len(t.low) < 3 {
			continue
		}
		if !slices.ContainsFunc([]class{inFunction, inUnit, inNumberWord, inChange, inPreposition, inDull}, t.set.has) {
			stems = append(stems, stem(t.low))
		}
	}
	slices.Sort(stems)
	return slices.Compact(stems)
}

// contradicted returns the newest fact known under the key of a new one, or nil.
func (l *lesson) contradicted(f *interview.Fact) *interview.Fact {
	if l.in.Memory == nil {
		return nil
	}
	for _, old := range slices.Backward(l.in.Memory.Facts) {
		if old.Key == f.Key && old.Kind == f.Kind && old.ExperienceID == f.ExperienceID && old.Current() && old.ValidTo == "" && old.ID != f.ID {
			return old
		}
	}
	return nil
}

// fixes reports whether a correction in the message gave the fact.
func (l *lesson) fixes(f *interview.Fact) bool {
	return slices.ContainsFunc(l.r.Fixes, func(x Fix) bool { return x.New.Text != "" && strings.Contains(f.Quote, x.New.Text) })
}

// sameValue reports whether two facts say the same.
func sameValue(a, b *interview.Fact) bool {
	if len(a.Value) > 0 && len(b.Value) > 0 {
		var x, y bytes.Buffer
		if json.Compact(&x, a.Value) == nil && json.Compact(&y, b.Value) == nil && bytes.Equal(x.Bytes(), y.Bytes()) {
			return true
		}
	}
	return within(a.Text, b.Text) || within(b.Text, a.Text) || slices.Equal(plainWords(a.Quote), plainWords(b.Quote))
}

// within reports whether all words of a text are in another one that has the same figures: it says the same, or more exactly.
func within(short, long string) bool {
	words, all := plainWords(short), plainWords(long)
	figures := func(list []string) []string {
		return slices.DeleteFunc(slices.Clone(list), func(w string) bool { return !strings.ContainsFunc(w, unicode.IsDigit) })
	}
	for _, w := range words {
		if !slices.Contains(all, w) {
			return false
		}
	}
	return len(words) > 0 && slices.Equal(figures(words), figures(all))
}

func plainWords(s string) []string { return Words(strings.ToLower(s)) }

// changes reports whether facts of a kind become others in the course of time.
func changes(kind interview.FactKind) bool {
	return slices.Contains([]interview.FactKind{"role", "team", "budget", "tool", "goal"}, kind)
}

// staleMonths is after how long a fact that changes with time may have changed without anybody being wrong.
const staleMonths = 6

// later reports whether the message speaks of another time than the fact: of now, or long after.
func (l *lesson) later(old *interview.Fact) bool {
	if !old.CreatedAt.IsZero() && l.in.Now.After(old.CreatedAt.AddDate(0, staleMonths, 0)) {
		return true
	}
	words := plainWords(interview.FirstRunes(l.in.Message.Content, 2000))
	return slices.ContainsFunc(words, func(w string) bool {
		return w == "now" || w == "nowadays" || w == "today" || w == "currently" || w == "meanwhile" || w == "since"
	})
}

// resolve takes the answer to the question which of two facts is right.
func (l *lesson) resolve() {
	if l.open == nil || l.open.ID != ConflictID || len(l.open.Facts) != 2 {
		return
	}
	a, b := l.in.Memory.Fact(l.open.Facts[0]), l.in.Memory.Fact(l.open.Facts[1])
	if a == nil || b == nil {
		return
	}
	right, wrong := l.winner(a, b)
	if right != nil {
		won := *right
		won.Supersedes = wrong.ID
		l.change(won, interview.FactConfirmed)
		l.change(*wrong, interview.FactSuperseded)
		l.drop(right, wrong)
		return
	}
	for i, f := range l.out.Facts { // a third value
		if f.Key == a.Key && f.ExperienceID == a.ExperienceID && f.ID != a.ID && f.ID != b.ID {
			l.out.Facts[i].Status, l.out.Facts[i].Supersedes = interview.FactConfirmed, b.ID
			l.change(*a, interview.FactSuperseded)
			l.change(*b, interview.FactSuperseded)
			return
		}
	}
}

// drop leaves out new facts that only repeat one of two that are known.
func (l *lesson) drop(a, b *interview.Fact) {
	l.out.Facts = slices.DeleteFunc(l.out.Facts, func(f interview.Fact) bool {
		return f.Key == a.Key && f.ExperienceID == a.ExperienceID && f.ID != a.ID && f.ID != b.ID
	})
}

// winner tells from the message which of two facts it means; nil when it means neither, or both.
func (l *lesson) winner(a, b *interview.Fact) (right, wrong *interview.Fact) {
	words := plainWords(l.in.Message.Content)
	for _, x := range l.r.Fixes {
		if x.Old.Text != "" { // "26, not 28": what is wrong is not meant
			words = slices.DeleteFunc(words, func(w string) bool { return slices.Contains(plainWords(x.Old.Text), w) })
		}
	}
	only := func(f, other *interview.Fact) bool {
		for _, w := range telltale(f, other) {
			if slices.Contains(words, w) {
				return true
			}
		}
		return false
	}
	first, second := only(a, b), only(b, a)
	if first == second {
		first = containsAny(words, "first", "former", "earlier", "older")
		second = containsAny(words, "second", "latter", "last", "newer", "latest", "now")
	}
	switch {
	case first == second:
		return nil, nil
	case first:
		return a, b
	}
	return b, a
}

func containsAny(words []string, list ...string) bool {
	return slices.ContainsFunc(list, func(w string) bool { return slices.Contains(words, w) })
}

// telltale returns the words of a fact's quote that another one's lacks: figures if there are any.
func telltale(f, other *interview.Fact) []string {
	var all, figures []string
	theirs := plainWords(other.Quote)
	for _, w := range plainWords(f.Quote) {
		if slices.Contains(theirs, w) || functionWord(w) {
			continue
		}
		all = append(all, w)
		if strings.IndexFunc(w, unicode.IsDigit) >= 0 {
			figures = append(figures, w)
		}
	}
	if len(figures) > 0 {
		return figures
	}
	return all
}

// corrections supersedes facts whose value a correction replaces, where the rules found no new fact that does.
func (l *lesson) corrections() {
	if l.in.Memory == nil {
		return
	}
	for _, x := range l.r.Fixes {
		if x.Old.Text == "" || x.New.Text == "" {
			continue
		}
		said := "" // the message whose words are corrected
		for _, old := range slices.Backward(l.in.Memory.Facts) {
			if !old.Current() || !l.mine(old) || l.replaced(old.ID) || said != "" && (len(old.Sources) == 0 || old.Sources[0].MessageID != said) {
				continue
			}
			text, ok := x.amend(old.Text)
			if ok && l.correct(old, x, text) && len(old.Sources) > 0 {
				said = old.Sources[0].MessageID
			}
		}
	}
}

// mine reports whether a fact belongs to the experience in focus, or to none.
func (l *lesson) mine(f *interview.Fact) bool {
	return f.ExperienceID == "" || f.ExperienceID == l.ids[l.st.Focus]
}

func (l *lesson) replaced(id string) bool {
	return slices.ContainsFunc(l.out.Facts, func(f interview.Fact) bool {
		return f.Supersedes == id || f.ID == id && f.Status == interview.FactSuperseded
	})
}

// upTo is a text up to a new value in it and the word that it counts, as what follows may have figures that the correction does not name.
func upTo(text, value string) string {
	number, _ := parted(value)
	if number == "" {
		return value
	}
	head, rest, found := strings.Cut(text, number)
	if !found {
		return value
	}
	word := ""
	if fields := strings.Fields(rest); strings.HasPrefix(rest, " ") && !functionWord(fields[0]) {
		word = " " + strings.TrimRight(fields[0], ",;:.")
	}
	return head + number + word
}

// correct puts a corrected fact in the place of one.
func (l *lesson) correct(old *interview.Fact, x Fix, text string) bool {
	m := l.in.Message
	start, end := x.New.Start, x.New.End
	if x.Old.End > 0 {
		start, end = min(x.Old.Start, start), max(x.Old.End, end)
	}
	if start < 0 || end > len(m.Content) {
		return false
	}
	f := *old
	f.ID = interview.DerivedID(m.ID + "/fact/" + string(old.Kind) + "/" + old.Key + "/" + itoa(start))
	f.Quote, f.Sources = strings.Clone(m.Content[start:end]), []interview.Source{{MessageID: m.ID, Start: start, End: end}}
	f.Text, f.Value, f.Supersedes, f.Confidence = text, nil, old.ID, 1
	f.Status, f.Engine, f.CreatedAt, f.UpdatedAt = interview.FactConfirmed, engineName, l.in.Now, l.in.Now
	if !l.lawful(f) {
		f.Text = upTo(text, x.New.Text)
		if !l.lawful(f) {
			return false
		}
	}
	l.change(*old, interview.FactSuperseded)
	l.put(f)
	return true
}
