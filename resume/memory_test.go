package resume_test

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/resume"
)

// ada has an account, and began is when she spoke first.
func ada() interview.User {
	return interview.User{ID: "u1", Name: "Ada Bright", Email: "ada@example.org", CreatedAt: minute(0)}
}

func minute(n int) interview.Time {
	return interview.At(time.Date(2026, time.November, 23, 10, n, 0, 0, time.UTC))
}

// teller fills a memory the way conversations do.
type teller struct {
	*interview.Memory
	minute int
	said   string // the message that facts are drawn from
}

func newTeller() *teller { return &teller{Memory: &interview.Memory{UserID: "u1"}} }

// experience adds an experience.
func (t *teller) experience(e interview.Experience) {
	e.Position, e.CreatedAt, e.UpdatedAt = len(t.Experiences), minute(t.minute), minute(t.minute)
	t.Experiences = append(t.Experiences, &e)
}

// says begins a message of the user.
func (t *teller) says(content string) {
	t.minute++
	t.said = content
}

// fact adds a fact drawn from the message, with what options change. Its text is its quote.
func (t *teller) fact(experience, kind, key, quote string, options ...func(*interview.Fact)) *interview.Fact {
	start := strings.Index(t.said, quote)
	if start < 0 {
		panic(quote + " is not in " + t.said)
	}
	message := interview.DerivedID(t.said)
	f := &interview.Fact{
		ID: interview.DerivedID(message + kind + key + quote), ExperienceID: experience, Kind: interview.FactKind(kind), Key: key, Text: quote, Quote: quote,
		Status: interview.FactProposed, Confidence: 0.8, Engine: "builtin", Sources: []interview.Source{{MessageID: message, Start: start, End: start + len(quote)}},
		CreatedAt: minute(t.minute), UpdatedAt: minute(t.minute),
	}
	for _, option := range options {
		option(f)
	}
	t.Facts = append(t.Facts, f)
	return f
}

func confirmed(f *interview.Fact) { f.Status = interview.FactConfirmed }

func status(s interview.FactStatus) func(*interview.Fact) {
	return func(f *interview.Fact) { f.Status = s }
}

func value(text string) func(*interview.Fact) {
	return func(f *interview.Fact) { f.Value = json.RawMessage(text) }
}

// nurse is a memory with something of everything.
func nurse() *interview.Memory {
	t := newTeller()
	t.experience(interview.Experience{ID: "ward", Kind: interview.KindWork, Org: "Riverside Hospital", Role: "nurse", Start: "2019-03", Current: true, Label: "the handover"})
	t.experience(interview.Experience{ID: "home", Kind: interview.KindWork, Org: "Oakwood Home", Role: "care assistant", Start: "2015", End: "2019"})
	t.experience(interview.Experience{ID: "mill", Kind: interview.KindWork, Org: "Kent Paper", Start: "1998", End: "2004"})
	t.experience(interview.Experience{ID: "rota", Kind: interview.KindProject, Label: "the rota app", Role: "lead"})
	t.experience(interview.Experience{ID: "blank", Kind: interview.KindWork, Current: true})
	t.says("I'm a nurse at Riverside Hospital since March 2019, and we are a team of 26 nurses.")
	t.fact("ward", "role", "role", "I'm a nurse", confirmed, value(`{"role":"nurse"}`))
	t.fact("ward", "org", "org", "Riverside Hospital", value(`{"org":"Riverside Hospital"}`))
	t.fact("ward", "span", "span.start", "since March 2019", value(`{"start":"2019","month":"march"}`))
	t.fact("ward", "team", "team.size", "team of 26 nurses", value(`{"size":26}`))
	t.says("I redesigned the handover with a one-page sheet in Excel, together with my colleague Anna, and I also trained 12 colleagues.")
	t.fact("ward", "action", "action.a", "redesigned the handover with a one-page sheet in Excel", confirmed)
	t.fact("ward", "tool", "tool.excel", "Excel", value(`{"tool":"Excel"}`))
	t.fact("ward", "action", "action.b", "trained 12 colleagues")
	t.fact("ward", "metric", "metric.b", "trained 12 colleagues")
	t.says("We cut the handover from 40 to 26 minutes, and falls dropped by 30 percent.")
	t.fact("ward", "metric", "metric.handover", "We cut the handover from 40 to 26 minutes", confirmed)
	t.fact("ward", "outcome", "outcome.handover", "We cut the handover from 40 to 26 minutes", confirmed)
	t.fact("ward", "metric", "metric.falls", "falls dropped by 30 percent", confirmed)
	t.says("The matron nominated us for the Nightingale Award in 2022. I look after the new starters.")
	t.fact("ward", "recognition", "recognition.a", "The matron nominated us for the Nightingale Award in 2022")
	t.fact("ward", "duty", "duty.a", "look after the new starters")
	t.says("Before that I washed, fed and calmed 14 residents a day. At the mill I packed paper.")
	t.fact("home", "action", "action.c", "washed, fed and calmed 14 residents a day")
	t.fact("mill", "action", "action.d", "packed paper")
	t.says("In the rota app I wrote the planner in Python and SQL.")
	t.fact("rota", "action", "action.e", "wrote the planner in Python and SQL")
	t.fact("rota", "tool", "tool.python", "Python", value(`{"tool":"Python"}`))
	t.fact("rota", "tool", "tool.sql", "SQL", value(`{"tool":"SQL"}`))
	t.says("I studied nursing at the University of Leeds and got my BSc in 2018. I have a licence for the minibus. I speak English and fluent Polish.")
	t.fact("", "education", "education.a", "I studied nursing at the University of Leeds and got my BSc in 2018")
	t.fact("", "certificate", "certificate.a", "I have a licence for the minibus")
	t.fact("", "language", "language.english", "English", value(`{"language":"English"}`))
	t.fact("", "language", "language.polish", "fluent Polish", value(`{"language":"Polish"}`))
	t.says("I'd like to become a ward manager. I also volunteered at St John Ambulance on weekends. I published an article on handovers in Nursing Times in 2021.")
	t.fact("", "goal", "goal.a", "I'd like to become a ward manager")
	t.fact("", "volunteer", "volunteer.a", "I also volunteered at St John Ambulance on weekends")
	t.fact("", "publication", "publication.a", "I published an article on handovers in Nursing Times in 2021")
	t.says("People come to me when a cannula will not go in. You find me at github.com/adabright, or call +44 20 7946 0018.")
	t.fact("", "skill", "skill.a", "People come to me when a cannula will not go in")
	t.fact("", "link", "link.a", "github.com/adabright")
	t.fact("", "contact", "contact.a", "call +44 20 7946 0018")
	return t.Memory
}

func build(m *interview.Memory) resume.Resume { return resume.Build(ada(), m, minute(59)) }
