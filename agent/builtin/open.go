package builtin

import (
	"slices"
	"strings"

	"github.com/betterprofile/betterprofile/agent/planner"
	"github.com/betterprofile/betterprofile/interview"
)

// introduction is what somebody hears who comes for the first time: who speaks, what for, and how to get by.
const introduction = "I am the interviewer program of Better Profile; your answers build your profile. “skip” and “stop” always work."

const secondsPerDay = 24 * 60 * 60

// Open makes the first message of a conversation. The first of a user says who is speaking and what for; later ones are short, ask another
// thing than the one before, and quote one thing that is remembered, if there is any.
func (e *Engine) Open(in interview.OpeningRequest) interview.Reply {
	phrases := planner.Lexicons().Phrases
	if in.First {
		q, _ := planner.QuestionByID("op-01")
		lead := join(rotate(phrases["greeting"], 0, nil), introduction) + "\n\n"
		return interview.Reply{Content: lead + q.Q, Metadata: metadataOf(q)}
	}
	o := opening{in: in, m: in.Memory, n: int(in.Now.Unix() / secondsPerDay)}
	if o.m == nil {
		o.m = &interview.Memory{}
	} else if o.m.Conversations > 0 {
		o.n = o.m.Conversations
	}
	reply := o.ask()
	reply.Content = join(rotate(phrases["welcome_back"], o.n, nil), reply.Content)
	return reply
}

func metadataOf(q planner.Question) interview.ReplyMetadata {
	return interview.ReplyMetadata{Engine: Name, Question: q.ID, Facet: q.Facet, Slot: q.Slot}
}

// opening is the first message of a later conversation in the making.
type opening struct {
	in interview.OpeningRequest
	m  *interview.Memory
	n  int // how many conversations there were: no two in a row ask the same
}

// ask returns the question: one of two sets by turns, so that it differs from that of the conversation before.
func (o opening) ask() interview.Reply {
	turns := []func() (interview.Reply, bool){o.thread, o.figure, o.goals, o.piece}
	if o.n%2 == 0 {
		turns = []func() (interview.Reply, bool){o.moved, o.anything}
	}
	for _, try := range turns {
		if reply, ok := try(); ok {
			return reply
		}
	}
	reply, _ := o.anything()
	return reply
}

// moved asks what has moved since the user last spoke of an experience.
func (o opening) moved() (interview.Reply, bool) {
	e, label := o.experience()
	if e == nil {
		return interview.Reply{}, false
	}
	return o.fill("re-01", "{exp}", label, interview.ReplyMetadata{Subject: e.ID})
}

// thread asks about something that was left open.
func (o opening) thread() (interview.Reply, bool) {
	for _, t := range slices.Backward(o.m.Threads) {
		if t.Status == interview.ThreadOpen && quotable(t.Quote, 1, 9) {
			source := t.Source
			return o.fill("re-02", "{thread}", "“"+t.Quote+"”", interview.ReplyMetadata{Thread: t.ID, Anchor: &source})
		}
	}
	return interview.Reply{}, false
}

// figure asks for a figure for an experience that has none.
func (o opening) figure() (interview.Reply, bool) {
	e, label := o.experience()
	if e == nil || e.Coverage["result/metric"].State != "" || slices.ContainsFunc(o.m.Facts, func(f *interview.Fact) bool {
		return f.Kind == "metric" && f.ExperienceID == e.ID && f.Current()
	}) {
		return interview.Reply{}, false
	}
	return o.fill("re-05", "{exp}", label, interview.ReplyMetadata{Subject: e.ID})
}

// goals asks whether the user's direction has changed.
func (o opening) goals() (interview.Reply, bool) {
	for _, f := range slices.Backward(o.m.Facts) {
		if f.Kind == "goal" && f.Current() {
			return o.remembering("re-04")
		}
	}
	return interview.Reply{}, false
}

// piece asks for a piece of work.
func (o opening) piece() (interview.Reply, bool) { return o.remembering("op-02") }

// anything asks what is new.
func (o opening) anything() (interview.Reply, bool) { return o.remembering("re-03") }

// remembering puts what is remembered before a question that does not quote.
func (o opening) remembering(id string) (interview.Reply, bool) {
	q, ok := planner.QuestionByID(id)
	meta := metadataOf(q)
	lead := ""
	if f := o.fact(); f != nil {
		list := phrasesFor(planner.Lexicons().Phrases, "remember")
		lead = strings.ReplaceAll(rotate(list, o.n, nil), "{q}", strings.TrimRight(f.Quote, " .,;:"))
		source := f.Sources[0]
		meta.Anchor = &source
	}
	return interview.Reply{Content: join(lead, q.Q), Metadata: meta}, ok
}

// fill puts a name into a question.
func (o opening) fill(id, name, value string, extra interview.ReplyMetadata) (interview.Reply, bool) {
	q, ok := planner.QuestionByID(id)
	meta := metadataOf(q)
	meta.Subject, meta.Thread, meta.Anchor = extra.Subject, extra.Thread, extra.Anchor
	return interview.Reply{Content: strings.ReplaceAll(q.Q, name, value), Metadata: meta}, ok
}

// experience is the one that was spoken of last and has a name, with the name: the user's words for it before the organisation's.
func (o opening) experience() (*interview.Experience, string) {
	var last *interview.Experience
	for _, e := range o.m.Experiences {
		if experienceLabel(e) != "" && (last == nil || e.UpdatedAt.After(last.UpdatedAt.Time)) && (e.Current || last == nil) {
			last = e
		}
	}
	if last == nil {
		return nil, ""
	}
	return last, experienceLabel(last)
}

func experienceLabel(e *interview.Experience) string {
	switch {
	case quotable(e.Label, 1, 9):
		return "“" + e.Label + "”"
	case e.Org != "" && quotable(e.Org, 1, 6):
		return e.Org
	case e.Role != "" && quotable(e.Role, 1, 6):
		return "your work as “" + e.Role + "”"
	}
	return ""
}

// fact is the newest one whose words can be quoted, what was done and what came of it before the rest.
func (o opening) fact() *interview.Fact {
	for _, kinds := range [][]interview.FactKind{{"outcome", "metric", "action"}, {"duty", "goal", "learning", "recognition"}} {
		for _, f := range slices.Backward(o.m.Facts) {
			if f.Current() && f.Status != interview.FactConflict && slices.Contains(kinds, f.Kind) && len(f.Sources) > 0 && quotable(f.Quote, 3, 12) {
				return f
			}
		}
	}
	return nil
}

// quotable reports whether a text can stand in quotation marks: of so many words, on one line, without marks that would end it.
func quotable(text string, least, most int) bool {
	n := len(strings.Fields(text))
	return least <= n && n <= most && len(text) <= 120 && !strings.ContainsAny(text, "“”\"{}?!\n")
}
