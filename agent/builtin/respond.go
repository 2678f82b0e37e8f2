package builtin

import (
	"slices"
	"strings"

	"github.com/betterprofile/betterprofile/agent/planner"
	"github.com/betterprofile/betterprofile/interview"
)

// turn is a reply in the making.
type turn struct {
	*chooser
	in    interview.ReplyRequest
	text  planner.Text
	act   act
	lang  string   // of the message, as in state.Language
	name  string   // that language's English name
	avoid []string // how the last replies began: phrases not to use again
}

// answer is what a reply says: something about the message, and a question or none.
type answer struct {
	lead     string
	question *question // from the chooser
	raw      string    // a question that is not in the bank, instead
	id       string    // what stands for that one in state.Open: recapID, or empty
	facet    string
	slot     string
}

// reply makes the reply to in.Message.
func (c *craft) reply(in interview.ReplyRequest) interview.Reply {
	st := c.loadState(in)
	st.Turn++
	clean := planner.Clean(in.Message.Content)
	t := &turn{
		chooser: c.chooser(st, in.Recent), in: in, text: planner.Read(interview.FirstRunes(clean, matchRunes)), avoid: lastReplies(in.Recent),
	}
	t.lang, t.name = c.languageOf(t.text)
	t.act = t.actOf(planner.Read(clean))
	t.answered = (t.act == actAnswer || t.act == actLanguage) && len(t.text.Words) >= 4
	a := t.respond()
	return t.finish(a)
}

// finish puts the answer into words and notes it.
func (t *turn) finish(a answer) interview.Reply {
	meta := interview.ReplyMetadata{Engine: Name, Act: string(t.act), Facet: a.facet, Slot: a.slot}
	text := sentence(a.lead, a.raw)
	if q := a.question; q != nil {
		text = sentence(a.lead, q.text)
		meta.Question, meta.Facet, meta.Slot = q.ID, q.Facet, q.Slot
		t.st.Open = nil
		if _, ok := planner.QuestionByID(q.ID); ok {
			open := asked{ID: q.ID, Experience: t.st.Experience, Easier: q.easier}
			t.st.Open = &open
			t.st.note(q.Question, open)
		}
	} else if a.raw != "" {
		t.st.Open = &asked{ID: a.id}
	}
	return interview.Reply{Content: text, Metadata: meta, State: t.st.encode()}
}

// respond decides what to say and to ask.
func (t *turn) respond() answer {
	if t.act != actLanguage {
		t.st.Language, t.st.InLanguage = "", 0
	}
	switch t.act {
	case actSkip, actRefuse, actConfidential, actDontKnow, actEmpty, actShort:
		t.st.leave()
	}
	switch t.act {
	case actCrisis:
		t.st.Gentle = t.st.Turn + gentleTurns
		return answer{lead: t.phrase("crisis_ok")}
	case actStop:
		return answer{lead: t.phrase("stop")}
	case actSummary:
		return t.summary()
	case actSkip:
		return t.ask(t.phrase("skip_ok"), t.forward())
	case actRefuse:
		return t.refuse()
	case actConfidential:
		return t.ask(t.phrase("confidential_ok"), t.next(t.openFacet()))
	case actRepeat:
		return t.ask(t.phrase("repeat"), t.next(t.openFacet()))
	case actDistress:
		t.st.Gentle = t.st.Turn + gentleTurns
		return t.ask(t.phrase("distress_ok"), t.light("values", "skills"))
	case actSelfDoubt:
		return t.reworded(t.phrase("selfdoubt_ok"))
	case actDontKnow, actEmpty, actShort:
		return t.smaller()
	case actGreeting:
		return t.greet()
	case actLanguage:
		return t.foreign()
	case actConfirm, actAnswer:
		return t.goOn()
	}
	return t.side()
}

// gentleTurns is for how many replies after distress no figures and difficulties are asked about.
const gentleTurns = 3

// side answers a remark that is not about the work, and returns to the open question in other words.
func (t *turn) side() answer {
	switch t.act {
	case actWhy:
		return t.reworded(strings.ReplaceAll(t.phrase("why"), "{reason}", t.reason()))
	case actDefine:
		return t.reworded(strings.ReplaceAll(t.phrase("define"), "{gist}", t.reason()))
	case actOffTopic:
		return t.reworded(t.phrase("offtopic"))
	}
	return t.reworded(t.phrase(string(t.act))) // help, identity, privacy, howlong, injection, abuse, askback
}

// reason says what the open question is about.
func (t *turn) reason() string {
	if r := t.lex.Reasons[t.openFacet()]; r != "" {
		return r
	}
	return t.lex.Reasons["opening"]
}

// refuse closes the facet that the user does not want to speak about, and asks something light.
func (t *turn) refuse() answer {
	if f := t.openFacet(); f != "" && !slices.Contains(t.st.Closed, f) {
		t.st.Closed = append(t.st.Closed, f)
	}
	return t.ask(t.phrase("refuse_ok"), t.light("skills", "values"))
}

// light returns a question about the person, from the first facet that has one.
func (t *turn) light(facets ...string) question {
	for _, f := range facets {
		if q, ok := t.best(f); ok && !slices.Contains(t.st.Closed, f) {
			return q
		}
	}
	return t.next()
}

// smaller asks the open question in a simpler way, once; then it leaves the facet.
func (t *turn) smaller() answer {
	if q, ok := t.easier(); ok {
		return t.ask(t.phrase("easier_intro"), q)
	}
	return t.ask(t.phrase("skip_ok"), t.forward(t.openFacet()))
}

// reworded returns to the open question after a side remark, in other words, or to the next one.
func (t *turn) reworded(lead string) answer {
	if q, ok := t.easier(); ok {
		return t.ask(lead, q)
	}
	return t.ask(lead, t.forward())
}

// forward returns an opening question while there is nothing to go on with, and the next one otherwise.
func (t *turn) forward(avoid ...string) question {
	if t.unopened() {
		return t.opening("op-01")
	}
	if open, ok := t.openQuestion(); ok && isOpening(open) {
		return t.opening("op-02")
	}
	return t.next(avoid...)
}

// greet returns a greeting. Somebody who has heard nothing yet also hears who is speaking.
func (t *turn) greet() answer {
	if t.unopened() {
		return t.ask(join(t.phrases["greeting"], t.phrases["introduction"]), t.opening("op-01"))
	}
	return t.reworded(t.phrase("greeting"))
}

// goOn takes an answer and asks the next question. An answer to the opening that names no piece of work gets another opening, once.
func (t *turn) goOn() answer {
	ack := t.phrase("plain_ack")
	open, ok := t.openQuestion()
	switch {
	case t.unopened() && t.thin():
		return t.ask(ack, t.opening("op-01"))
	case ok && isOpening(open) && len(t.st.Asked) < maxOpenings && t.thin():
		return t.ask(ack, t.opening("op-02"))
	}
	q := t.next()
	if q.new {
		ack += " " + t.bridge(q)
	}
	return t.ask(ack, q)
}

// bridge announces another subject.
func (t *turn) bridge(q question) string {
	if q.Slot == "earlier" {
		return t.phrase("bridge_experience")
	}
	return t.phrase("bridge_new")
}

// thin reports whether the message says little more than what the user's job is.
func (t *turn) thin() bool {
	words := t.text.Words
	if len(words) < 5 {
		return true
	}
	if len(words) > 12 || t.lists.verbs.In(t.text) {
		return false
	}
	start := strings.Join(words[:2], " ")
	return words[0] == "i'm" || words[0] == "im" || start == "i am" || start == "i work" || start == "as a"
}

// tooShort reports whether an answer is too short for the open question: at most three words without a figure, to a question
// that takes some work and was not made easier already.
func (c *craft) tooShort(text planner.Text, st *state) bool {
	open, ok := st.openQuestion()
	return ok && !isOpening(open) && !st.Open.Easier && open.Effort > 1 && len(text.Words) <= 3 && !text.HasFigure()
}

// foreign answers a message in another language: in that language while the lexicon has sentences, and then in English, saying
// so once.
func (t *turn) foreign() answer {
	if t.st.Language != t.lang {
		t.st.Language, t.st.InLanguage = t.lang, t.heardIn(t.lex.Languages[t.lang])
	}
	n, l := t.st.InLanguage, t.lex.Languages[t.lang]
	t.st.InLanguage++
	switch {
	case t.lang == otherLanguage && n == 0:
		return t.ask(strings.ReplaceAll(t.phrase("foreign_script"), "{language}", t.name), t.forward())
	case t.lang == otherLanguage || n > 2:
		return t.ask(t.phrase("plain_ack"), t.forward())
	case n == 0:
		return answer{lead: l.Reply, raw: l.Ask, facet: "opening", slot: "recent"}
	case n == 1:
		return answer{lead: firstSentence(l.Reply), raw: l.Next, facet: "result", slot: "outcome"}
	}
	limit := strings.ReplaceAll(t.phrase("foreign_limit"), "{language}", t.name)
	return t.ask(firstSentence(l.Reply)+" "+limit, t.forward())
}

// heardIn returns how many of a language's questions the messages at hand hold.
func (t *turn) heardIn(l planner.Language) int {
	n := 0
	for i, ask := range []string{l.Ask, l.Next} {
		for _, m := range t.in.Recent {
			if ask != "" && m.Role == interview.RoleAssistant && strings.Contains(m.Content, ask) {
				n = i + 1
			}
		}
	}
	return n
}

// opening returns an opening question, or the next question when that one was asked.
func (t *turn) opening(id string) question {
	q := t.craft.question(id)
	if ever, _ := t.st.wasAsked(id); ever || !t.fresh(q.Q) {
		return t.next()
	}
	return question{Question: q, text: q.Q}
}

// unopened reports whether the conversation is without a question so far.
func (t *turn) unopened() bool {
	return len(t.st.Asked) == 0 && len(t.heard) == 0 && t.st.Closing == 0
}

func (t *turn) openQuestion() (planner.Question, bool) { return t.st.openQuestion() }

func (t *turn) openFacet() string {
	q, _ := t.openQuestion()
	return q.Facet
}

func (t *turn) ask(lead string, q question) answer { return answer{lead: lead, question: &q} }

// actOf says what the message does, in whatever language.
func (t *turn) actOf(whole planner.Text) act {
	a := t.recognise(whole, t.text, t.st)
	if t.lang != "" && (a == actAnswer || a == actShort) {
		return actLanguage
	}
	return a
}
