package planner

import (
	"slices"
	"strings"

	"github.com/betterprofile/betterprofile/interview"
)

// decision is a plan in the making.
type decision struct {
	*chooser
	l *lesson
	p *Plan
}

// decide sets what to ask next, and what else the reply has to know.
func (d *decision) decide() {
	if d.open != nil {
		d.p.Opened, _ = QuestionByID(d.open.ID)
	}
	switch d.r.Act {
	case ActCrisis:
		return
	case ActStop:
		d.keep()
		return
	case ActSummary:
		d.summary()
	case ActForget:
		for _, f := range d.l.out.Facts {
			if f.Status == interview.FactRejected {
				d.p.Forgotten++
			}
		}
		d.ask(d.reworded())
	case ActSkip, ActUnknown, ActConfidential, ActDontKnow, ActRefuse, ActRepeat, ActShort, ActEmpty:
		d.unanswered()
	case ActDistress:
		d.avoidAll = d.openFacet()
		d.ask(d.next("values", "skills"))
	case ActAbuse, ActSelfDoubt, ActHelp, ActIdentity, ActPrivacy, ActHowLong, ActWhy, ActDefine, ActInjection, ActOffTopic, ActProtected:
		d.ask(d.reworded())
	case ActGreeting:
		d.greeted()
	case ActCorrection, ActDeny:
		d.corrected()
	case ActLanguage:
		d.foreign()
	case ActPrivate, ActAskBack:
		d.ask(d.forward())
	default: // answers, and what amounts to one
		d.goOn()
	}
	d.p.Moved = d.p.Next.Facet != d.p.Opened.Facet || d.p.Next.Slot != d.p.Opened.Slot
}

func (d *decision) openFacet() string {
	if d.open == nil {
		return ""
	}
	return d.open.Facet
}

// ask sets the next question, and its subject when the experience turned out to be one known from before.
func (d *decision) ask(c Choice) {
	if e := d.exp; e != nil {
		if id := d.l.ids[e.N]; id != e.ID && (c.Subject == e.ID || c.Subject == "") {
			c.Subject = id
		}
	}
	d.p.Next = c
}

// keep chooses the best that was told, for a farewell: short sentences, so that they can be quoted whole.
func (d *decision) keep() {
	var list []stateNote
	for _, n := range d.st.Notes {
		if len(strings.Fields(n.Text)) <= 22 && n.Fixed == "" && !strings.ContainsAny(n.Text, "“”\"{}?") {
			list = append(list, n)
		}
	}
	slices.SortStableFunc(list, func(a, b stateNote) int { return b.Score - a.Score })
	for _, n := range list[:min(len(list), 2)] {
		d.p.Keep = append(d.p.Keep, n.Piece)
	}
}

// summary shows what was noted. When there is nothing it goes on.
func (d *decision) summary() {
	notes := d.st.recap(0, summaryLines)
	if len(notes) == 0 {
		d.ask(d.reworded())
		return
	}
	d.recapOf(notes)
}

func (d *decision) recapOf(notes []stateNote) {
	d.p.Recap = lines(notes)
	c := Choice{ID: RecapID, Slot: RecapID, Text: "What should I correct or add?", Facts: factsOf(notes, d.mem, d.l.out.Facts)}
	if len(d.phrases["recap_ask"]) > 0 {
		c.Text = d.phrases["recap_ask"][0]
	}
	if d.exp != nil {
		c.Subject = d.exp.ID
	}
	d.ask(c)
}

// unanswered goes on after a question that was not answered.
func (d *decision) unanswered() {
	key := ""
	if d.open != nil {
		key = d.open.Facet + "/" + canonical(d.open.Facet, d.open.Slot)
	}
	switch d.r.Act {
	case ActShort, ActEmpty, ActDontKnow:
		if c, ok := d.easier(); ok {
			d.ask(c)
			return
		}
		if d.r.Act == ActDontKnow {
			d.avoidAll = d.openFacet()
		}
		d.avoid = key
	case ActRepeat:
		d.avoidAll = d.openFacet()
	case ActRefuse:
		d.avoidAll = d.openFacet()
		d.ask(d.forward("skills", "values"))
		return
	default:
		d.avoid = key
	}
	d.ask(d.forward())
}

// reworded returns the open question in other words, or the next best one.
func (d *decision) reworded() Choice {
	if c, ok := d.easier(); ok {
		return c
	}
	return d.forward()
}

// forward returns an opening question while there is nothing to go on with, and the next best one otherwise.
func (d *decision) forward(only ...string) Choice {
	if d.unopened() || d.exp == nil && d.openings() < maxOpenings {
		if c, ok := d.opening(); ok {
			return c
		}
	}
	return d.next(only...)
}

// maxOpenings is how many openings are asked before whatever was answered is taken up.
const maxOpenings = 2

// openings is how many opening questions were asked.
func (d *decision) openings() int {
	n := 0
	for id := range d.st.Asked {
		if q, ok := QuestionByID(id); ok && (q.Facet == facetOpening || q.Facet == facetReturning) {
			n++
		}
	}
	return n
}

// unopened reports whether the conversation is without a question so far.
func (d *decision) unopened() bool { return d.st.Heard.IsZero() }

func (d *decision) greeted() {
	if d.unopened() {
		if c, ok := d.opening(); ok {
			d.ask(c)
			return
		}
	}
	d.ask(d.reworded())
}

// corrected goes on after a correction: with the open question, unless that was a recap.
func (d *decision) corrected() {
	for _, x := range d.r.Fixes {
		if x.New.Text != "" {
			d.p.Fixed = x.New.Text
		}
	}
	if d.open != nil && d.open.ID == RecapID && d.open.Wording == "" && rejectsRecap(d.r, d.m.Content) {
		d.ask(Choice{ID: RecapID, Slot: RecapID, Wording: wordingEasier, Text: "Which part of it should I change?", Facts: d.open.Facts})
		return
	}
	if d.open != nil && (d.open.ID == RecapID || d.open.ID == ConflictID) || d.p.Fixed == "" {
		d.goOn()
		return
	}
	d.ask(d.reworded())
}

// goOn takes an answer and chooses what follows.
func (d *decision) goOn() {
	if d.thin() {
		if c, ok := d.opening(); ok {
			d.ask(c)
			return
		}
	}
	if d.open != nil && d.open.ID == ConflictID {
		d.p.Fixed = d.resolved()
	} else if c, ok := d.conflict(d.l); ok { // not one after another
		d.ask(c)
		return
	}
	if d.recapDue() {
		if notes := d.st.recap(d.exp.N, recapLines); len(notes) >= 2 {
			d.recapOf(notes)
			return
		}
	}
	d.ask(d.next())
}

// resolved is the value that the user chose of two; empty when that cannot be told.
func (d *decision) resolved() string {
	for _, f := range d.l.out.Facts {
		if f.Status == interview.FactConfirmed && f.Supersedes != "" && len(strings.Fields(f.Quote)) <= quotedWords {
			return strings.Trim(f.Quote, " .,;")
		}
	}
	return ""
}

// thinWords is up to how many words an answer to an opening may say little more than what the user is.
const thinWords = 25

// thin reports whether a message says little more than what the user's job is, so that there is no piece of work to go on with.
func (d *decision) thin() bool {
	opened := d.unopened() || d.open != nil && d.open.Facet == facetOpening || d.open != nil && d.open.Facet == facetReturning
	if !opened || d.openings() >= maxOpenings {
		return false
	}
	if d.r.Words < 5 {
		return true
	}
	work := d.r.Credit["action/steps"] > 0 || slices.ContainsFunc(d.r.Anchors, func(a Anchor) bool { return a.Kind == AnchorObject })
	return d.r.Words <= thinWords && !work && !tellsDeed(d.m.Content) && !(d.r.Role == nil && namesWork(d.m.Content))
}

// namesWork reports whether a text without "I" names a piece of work rather than a job: "kubernetes migration, 40 services".
func namesWork(text string) bool {
	found := false
	for _, w := range plainWords(interview.FirstRunes(text, 1000)) {
		switch w {
		case "i", "i'm", "my", "me", "want":
			return false
		case "project", "launch", "relaunch", "rollout", "rewrite", "upgrade", "redesign", "refit", "rebuild", "merger", "audit", "campaign", "migration", "renovation",
			"relocation", "automation", "integration", "conversion", "introduction", "installation", "reorganisation", "reorganization", "replacement":
			found = true
		}
	}
	return found
}

// tellsDeed reports whether something that was done is in a text: a verb of action in the past tense.
func tellsDeed(text string) bool {
	return slices.ContainsFunc(plainWords(interview.FirstRunes(text, 1000)), func(w string) bool { return pastDeeds()[w] })
}

// foreign goes on in the user's language while there are sentences for it, and then in English.
func (d *decision) foreign() {
	l, ok := Lexicons().Languages[d.r.Language]
	switch {
	case ok && d.st.InLang == 0 && d.fresh(l.Ask):
		d.ask(Choice{ID: languageID, Facet: facetOpening, Slot: "recent", Text: l.Ask})
	case ok && d.st.InLang <= 1 && d.fresh(l.Next):
		d.ask(Choice{ID: languageID, Facet: "result", Slot: "outcome", Text: l.Next})
	default:
		d.ask(d.forward())
	}
}

func (d *decision) fresh(text string) bool { return text != "" && !d.st.Heard.has(sums(text)) }

// hints is the planner's view in words.
func (ch *chooser) hints(r Reading) Hints {
	h := Hints{
		Subject: ch.label(), Asked: ch.st.Recent, Distress: ch.gentle(), Terse: ch.terse, Language: r.LangName,
		Refused: slices.Clone(ch.st.Closed),
	}
	if h.Language == "" {
		h.Language = "English"
	}
	if ch.exp != nil {
		h.Refused = append(h.Refused, ch.exp.Closed...)
	}
	var b strings.Builder
	for i, f := range experienceFacets() {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(f + " " + toldWord(ch.facetCredit(f)))
		if f == "result" {
			b.WriteString(", figures " + toldWord(ch.credit("result/metric")))
		}
	}
	h.Coverage = b.String()
	return h
}

func toldWord(credit float64) string {
	switch {
	case credit >= 0.6:
		return "told"
	case credit > 0:
		return "vague"
	}
	return "open"
}
