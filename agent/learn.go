package agent

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/betterprofile/betterprofile/agent/planner"
	"github.com/betterprofile/betterprofile/interview"
)

func decimal(n int) string { return strconv.Itoa(n) }

// experienceRef names the known experience with that number in the prompt.
func experienceRef(n int) string { return "k" + decimal(n+1) }

// Why a fact of a model is not taken, besides the rules of [interview.CheckFact]; also the reasons under which it is counted.
var (
	errSource    = errors.New("source")    // names a message that is not the user's
	errQuote     = errors.New("quote")     // words that are not in the messages it names
	errSensitive = errors.New("sensitive") // nothing for a profile
	errKnown     = errors.New("known")     // the user has confirmed or rejected it already
)

// learn checks what the model answered and makes rows of what holds.
func (x *extraction) learn(found extracted) interview.Learned {
	for _, e := range found.Experiences {
		x.takeExperience(e)
	}
	for _, f := range found.Facts {
		fact, err := x.checkFact(f)
		if err != nil {
			x.i.stats.reject(rejection(err))
			continue
		}
		if !slices.ContainsFunc(x.learned.Facts, func(other interview.Fact) bool { return other.ID == fact.ID }) {
			x.learned.Facts = append(x.learned.Facts, fact)
		}
	}
	for _, t := range found.Threads {
		x.takeThread(t.Message, t.Quote)
	}
	return x.learned
}

// rejection is the reason under which a fact that did not hold is counted.
func rejection(err error) string {
	if refused, ok := errors.AsType[*interview.Error](err); ok {
		return refused.Details.Field
	}
	return err.Error()
}

// place is where a quotation stands.
type place struct {
	message    interview.Message
	start, end int
}

func (p place) quote() string { return p.message.Content[p.start:p.end] }

func (p place) source() interview.Source {
	return interview.Source{MessageID: p.message.ID, Start: p.start, End: p.end}
}

// find looks for a quotation in the messages with these numbers, all of which have to be the user's.
func (x *extraction) find(numbers []int, quote string) (place, error) {
	if len(numbers) == 0 {
		return place{}, errSource
	}
	for _, n := range numbers {
		if _, ok := x.sources[n]; !ok {
			return place{}, errSource
		}
	}
	for _, n := range numbers {
		m := x.sources[n]
		if start, end, ok := locateFolded(m.Content, x.folded(n), quote); ok {
			return place{m, start, end}, nil
		}
	}
	return place{}, errQuote
}

// folded is the user's message with the number, folded.
func (x *extraction) folded(n int) folded {
	f, ok := x.foldedOf[n]
	if !ok {
		f = foldText(x.sources[n].Content)
		x.foldedOf[n] = f
	}
	return f
}

// checkFact makes a fact of what the model says, if it holds.
func (x *extraction) checkFact(f extractedFact) (interview.Fact, error) {
	text := strings.Join(strings.Fields(planner.Clean(f.Text)), " ")
	at, err := x.find(f.Messages, f.Quote)
	switch {
	case err != nil:
		return interview.Fact{}, err
	case sensitive(text) || sensitive(at.quote()):
		return interview.Fact{}, errSensitive
	}
	fact, err := x.newFact(f, text, at)
	if err != nil {
		return interview.Fact{}, err
	}
	return fact, interview.CheckFact(fact, map[string]string{at.message.ID: at.message.Content})
}

// newFact makes the row: in place of the one that a rule made of the same words, or a new one.
func (x *extraction) newFact(f extractedFact, text string, at place) (interview.Fact, error) {
	fact := interview.Fact{
		Kind: interview.FactKind(f.Kind), Text: text, Quote: at.quote(), Status: interview.FactProposed, Confidence: f.Confidence,
		Engine: x.i.model.Info().Name, Sources: []interview.Source{at.source()}, CreatedAt: at.message.CreatedAt, UpdatedAt: x.in.Now,
	}
	if fact.CreatedAt.IsZero() {
		fact.CreatedAt = x.in.Now
	}
	if old := x.sameWords(fact); old != nil {
		if old.Status != interview.FactProposed {
			return interview.Fact{}, errKnown
		}
		fact.ID, fact.Key, fact.ExperienceID, fact.CreatedAt = old.ID, old.Key, old.ExperienceID, old.CreatedAt
		fact.ValidFrom, fact.ValidTo, fact.Supersedes = old.ValidFrom, old.ValidTo, old.Supersedes
		return fact, nil
	}
	fact.Key = x.key(fact, at)
	fact.ExperienceID = x.experienceOf(f.Ref, fact)
	fact.ID = interview.DerivedID(at.message.ID + "/fact/" + f.Kind + "/" + fact.Key + "/" + decimal(at.start))
	fact.Status = x.status(fact)
	return fact, nil
}

// sameWords returns the known fact of the same kind whose words in the message overlap those of the new one, or nil.
func (x *extraction) sameWords(f interview.Fact) *interview.Fact {
	for _, old := range slices.Backward(x.memory.Facts) {
		if old.Kind != f.Kind {
			continue
		}
		for _, s := range old.Sources {
			if n := f.Sources[0]; s.MessageID == n.MessageID && s.Start < n.End && n.Start < s.End {
				return old
			}
		}
	}
	return nil
}

// single reports whether an experience has one fact of the kind at a time, so that another contradicts it.
func single(kind interview.FactKind) (key string, ok bool) {
	switch kind {
	case "role", "org", "span", "budget":
		return string(kind), true
	case "team":
		return "team.size", true
	}
	return "", false
}

// key is that of the candidate which the rules find in the same words, else the kind with what it is about.
func (x *extraction) key(f interview.Fact, at place) string {
	for _, c := range x.candidates(at.message) {
		if c.Kind == string(f.Kind) && c.Quote.Start < at.end && at.start < c.Quote.End {
			return c.Key
		}
	}
	if key, ok := single(f.Kind); ok {
		return key
	}
	const most = 60
	return interview.FirstRunes(string(f.Kind)+"."+strings.Join(planner.Stems(f.Text), "_"), most)
}

// candidates are what the rules find in a message.
func (x *extraction) candidates(m interview.Message) []planner.Candidate {
	list, ok := x.found[m.ID]
	if !ok {
		list = planner.ReadMessage(m.Content, planner.Context{}).Facts
		x.found[m.ID] = list
	}
	return list
}

// status is proposed, or conflict when something else is known for certain under the same key. What changes with time is no contradiction.
func (x *extraction) status(f interview.Fact) interview.FactStatus {
	if _, ok := single(f.Kind); !ok || f.Kind != "org" && f.Kind != "span" {
		return interview.FactProposed
	}
	for _, old := range x.memory.Facts {
		if old.Current() && old.ExperienceID == f.ExperienceID && old.Key == f.Key && !strings.EqualFold(old.Text, f.Text) {
			return interview.FactConflict
		}
	}
	return interview.FactProposed
}

// personal reports whether a fact is about the person rather than about one experience.
func personal(kind interview.FactKind) bool {
	switch kind {
	case "education", "certificate", "skill", "language", "goal", "value", "link", "contact", "publication":
		return true
	}
	return false
}

// experienceOf is the experience that a fact belongs to: the one that the model names, if it is known or stands in the messages, else that of other
// facts of the same message.
func (x *extraction) experienceOf(ref string, f interview.Fact) string {
	if id := x.refs[ref]; id != "" {
		return id
	}
	if personal(f.Kind) {
		return ""
	}
	from := func(s interview.Source) bool { return s.MessageID == f.Sources[0].MessageID }
	for _, old := range slices.Backward(x.memory.Facts) {
		if old.ExperienceID != "" && slices.ContainsFunc(old.Sources, from) {
			return old.ExperienceID
		}
	}
	return ""
}

// takeExperience finds the experience that the model means among the known ones. One that is not known is made only when its organisation
// stands in the user's words. Nothing that the user did not write gets in.
func (x *extraction) takeExperience(e extractedExperience) {
	if id := x.refs[e.Match]; id != "" && x.refs[e.Ref] == "" {
		x.refs[e.Ref] = id
	}
	org, first, ok := x.verbatim(e.Org)
	if e.Ref == "" || x.refs[e.Ref] != "" || !ok {
		return
	}
	for _, known := range x.memory.Experiences {
		if strings.EqualFold(known.Org, org) {
			x.refs[e.Ref] = known.ID
			return
		}
	}
	role, _, _ := x.verbatim(e.Role)
	made := interview.Experience{
		ID: interview.DerivedID(first.ID + "/experience/" + strings.ToLower(org)), Kind: experienceKind(e.Kind), Org: org, Role: role,
		Start: x.date(e.Start), End: x.date(e.End), Current: e.Current, Label: org, Position: len(x.memory.Experiences) + len(x.learned.Experiences),
		CreatedAt: x.in.Now, UpdatedAt: x.in.Now,
	}
	if made.Current {
		made.End = ""
	}
	x.refs[e.Ref] = made.ID
	x.learned.Experiences = append(x.learned.Experiences, made)
}

func experienceKind(kind string) interview.ExperienceKind {
	switch k := interview.ExperienceKind(kind); k {
	case interview.KindProject, interview.KindEducation, interview.KindVolunteer:
		return k
	}
	return interview.KindWork
}

// verbatim returns a name as the user wrote it, and the message in which it stands first.
func (x *extraction) verbatim(name string) (string, interview.Message, bool) {
	const longest = 80
	if strings.TrimSpace(name) == "" || utf8.RuneCountInString(name) > longest || sensitive(name) {
		return "", interview.Message{}, false
	}
	for n, m := range x.shown {
		if m.Role != interview.RoleUser {
			continue
		}
		if start, end, ok := locateFolded(m.Content, x.folded(n+1), name); ok {
			return m.Content[start:end], m, true
		}
	}
	return "", interview.Message{}, false
}

// date is a date whose figures the user wrote: YYYY or YYYY-MM; of the second the year is enough.
func (x *extraction) date(s string) string {
	year, month, _ := strings.Cut(s, "-")
	if len(year) != 4 || month != "" && len(month) != 2 {
		return ""
	}
	if _, _, ok := x.verbatim(year); !ok {
		return ""
	}
	if n, err := strconv.Atoi(month); err != nil || n < 1 || n > 12 {
		return year
	}
	return s
}

// takeThread takes something that deserves a question later, if the user said it.
func (x *extraction) takeThread(message int, quote string) {
	const longest = 120
	at, err := x.find([]int{message}, quote)
	if err == nil && (negated(at.message.Content, at.start) || sensitive(at.quote()) || utf8.RuneCountInString(at.quote()) > longest) {
		err = errQuote
	}
	if err != nil {
		x.i.stats.reject("thread")
		return
	}
	overlaps := func(t *interview.Thread) bool {
		return t.Source.MessageID == at.message.ID && t.Source.Start < at.end && at.start < t.Source.End
	}
	if slices.ContainsFunc(x.memory.Threads, overlaps) {
		return
	}
	x.learned.Threads = append(x.learned.Threads, interview.Thread{
		ID: interview.DerivedID(at.message.ID + "/thread/" + decimal(at.start)), Quote: at.quote(), Source: at.source(),
		Status: interview.ThreadOpen, CreatedAt: x.in.Now,
	})
}
