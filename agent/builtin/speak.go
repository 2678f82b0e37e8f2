package builtin

import (
	"strings"

	"github.com/betterprofile/betterprofile/agent/planner"
	"github.com/betterprofile/betterprofile/interview"
)

// speaker is a reply in the making.
type speaker struct {
	planner.Plan
	in   interview.ReplyRequest
	opts Options
	lex  *planner.Lexicon
	said []string // the interviewer's messages at hand, newest first
	meta interview.ReplyMetadata
}

// saidMessages is how many of the interviewer's last messages a phrase is looked for in.
const saidMessages = 12

func newSpeaker(plan planner.Plan, in interview.ReplyRequest, opts Options) *speaker {
	s := &speaker{Plan: plan, in: in, opts: opts, lex: planner.Lexicons()}
	for i := len(in.Recent) - 1; i >= 0 && len(s.said) < saidMessages; i-- {
		if in.Recent[i].Role == interview.RoleAssistant {
			s.said = append(s.said, in.Recent[i].Content)
		}
	}
	n := plan.Next
	s.meta = interview.ReplyMetadata{
		Engine: Name, Act: string(plan.Act), Question: n.ID, Facet: n.Facet, Slot: n.Slot, Wording: n.Wording, Anchor: n.Anchor,
		Subject: n.Subject, Facts: n.Facts, Thread: n.Thread,
	}
	return s
}

// speak returns the reply.
func (s *speaker) speak() (string, interview.ReplyMetadata) {
	return join(s.lead(), s.Next.Text), s.meta
}

// lead is what stands before the question.
func (s *speaker) lead() string {
	switch s.Act {
	case planner.ActCrisis:
		return s.crisis()
	case planner.ActStop:
		return s.farewell()
	case planner.ActSummary:
		if s.Recap == nil {
			return s.phrase("empty")
		}
		return s.listed(s.phrase("summary_intro"))
	case planner.ActGreeting:
		return s.greeting()
	case planner.ActLanguage:
		return s.foreign()
	case planner.ActDontKnow, planner.ActShort, planner.ActEmpty, planner.ActSkip, planner.ActUnknown:
		return s.unanswered()
	case planner.ActCorrection:
		return s.corrected()
	case planner.ActForget:
		return s.forgotten()
	case planner.ActWhy:
		return strings.ReplaceAll(s.phrase("why"), "{reason}", s.reason())
	case planner.ActDefine:
		return strings.ReplaceAll(s.phrase("define"), "{gist}", s.reason())
	case planner.ActRefuse, planner.ActConfidential, planner.ActDistress:
		return s.phrase(string(s.Act) + "_ok")
	case planner.ActSelfDoubt:
		return s.once("selfdoubt_ok", "selfdoubt_again")
	case planner.ActAbuse:
		return s.once("abuse", "abuse_again")
	case planner.ActHelp, planner.ActIdentity, planner.ActPrivacy, planner.ActHowLong, planner.ActInjection, planner.ActOffTopic,
		planner.ActProtected, planner.ActAskBack, planner.ActRepeat, planner.ActPrivate:
		return s.phrase(string(s.Act))
	}
	return s.answered()
}

// answered is what is said to an answer: a piece of it that is quoted, unless the question does so or something more is to be said.
func (s *speaker) answered() string {
	switch {
	case s.Next.ID == planner.RecapID && s.Recap != nil:
		return s.recapped()
	case s.Next.ID == planner.RecapID:
		return s.phrase("corrected_plain")
	case s.Next.ID == planner.ConflictID:
		return s.phrase("conflict")
	case s.Fixed != "":
		return s.corrected()
	case s.Next.Thread != "":
		return s.phrase("plain_ack")
	case s.Next.Wording == "a":
		return s.alone()
	}
	lead, bridge := s.reflection(), s.bridge()
	switch {
	case lead == "":
		lead = s.phrase("plain_ack")
	case s.Next.Slot != "earlier" && !s.returns():
		bridge = "" // a quotation closes the subject as well
	}
	if s.Offer {
		lead = join(lead, s.phrase("pause"))
	}
	return join(lead, bridge)
}

// alone is what stands before a question that quotes: nothing if the quotation is of this message, as that is a reflection already.
func (s *speaker) alone() string {
	if s.Next.Anchor != nil && s.Next.Anchor.MessageID == s.in.Message.ID {
		return ""
	}
	return s.phrase("plain_ack")
}

// bridge announces another subject.
func (s *speaker) bridge() string {
	switch {
	case s.Next.ID == "ex-09": // it says before what
		return ""
	case s.Next.Slot == "earlier":
		return s.phrase("bridge_experience")
	case s.returns():
		return strings.ReplaceAll(s.phrase("bridge_back"), "{exp}", s.Hints.Subject)
	case s.Next.NewTopic:
		return s.phrase("bridge_new")
	}
	return ""
}

// returns reports whether the question goes back to an experience that has a name: its "that" would have nothing to refer to.
func (s *speaker) returns() bool {
	return s.Next.NewTopic && s.Next.Subject != "" && s.Hints.Subject != "" && !strings.Contains(s.Next.Text, s.Hints.Subject)
}

// reflectWords is how long a message is at least of which a piece is quoted.
const reflectWords = 6

// reflection quotes the best piece of the message that was not quoted yet; empty when there is none.
func (s *speaker) reflection() string {
	if s.Reading.Private || s.Reading.Words < reflectWords || s.Next.ID == "op-03" { // which names the role itself
		return ""
	}
	for _, a := range s.Reading.Anchors {
		if (len(strings.Fields(a.Text)) < weakAnchor || adverbial(a.Text) || !tellsSomething(a.Text)) && !strings.ContainsAny(a.Text, "0123456789") {
			continue
		}
		if q, ok := s.quote(a); ok {
			return q
		}
	}
	if q := s.clause(); q != "" {
		return q
	}
	for _, a := range s.Reading.Anchors {
		if q, ok := s.quote(a); ok {
			return q
		}
	}
	return ""
}

// weakAnchor is the number of words below which a piece says little by itself.
const weakAnchor = 3

// quote puts a piece into a phrase; false when it cannot be quoted. It is empty when the question says it already.
func (s *speaker) quote(a planner.Anchor) (string, bool) {
	source := interview.Source{MessageID: s.in.Message.ID, Start: a.Start, End: a.End}
	if !s.State.QuotableUpTo(source, a.Text, maxClause) || denies(a.Text) {
		return "", false
	}
	if strings.Contains(s.Next.Text, a.Text) {
		return "", true
	}
	s.meta.Anchor = &source
	return s.around(s.reflectionFor(a), a.Text), true
}

// alonePiece is from how many words a quotation stands by itself.
const alonePiece = 10

// around puts a quotation into a phrase, unless it is long.
func (s *speaker) around(purpose, quote string) string {
	if len(strings.Fields(quote)) >= alonePiece {
		return "“" + quote + "”."
	}
	return strings.ReplaceAll(s.phrase(purpose), "{q}", quote)
}

// shortQuote is the longest quotation, in words, that gets a phrase of some length around it.
const shortQuote = 3

// reflectionFor is the purpose of the phrase that suits a quotation.
func (s *speaker) reflectionFor(a planner.Anchor) string {
	switch {
	case len(strings.Fields(a.Text)) > shortQuote:
		return "reflect_clause"
	case a.Kind == planner.AnchorTrouble && s.Opened.Facet == "challenge" && !planner.Deed(a.Text) && len(strings.Fields(a.Text)) > 2:
		return "reflect_hard"
	case strings.ContainsAny(a.Text, "0123456789"):
		return "reflect_number"
	case a.Kind == planner.AnchorValue || s.Reading.Mood > 0:
		return "reflect_good"
	}
	return "reflect"
}

// recapped introduces the recap of an experience.
func (s *speaker) recapped() string {
	intro := s.phrase("recap_intro")
	if s.Hints.Subject == "" {
		intro = s.phrase("recap_plain")
	}
	intro = strings.ReplaceAll(intro, "{exp}", s.Hints.Subject)
	if s.Fixed != "" {
		return s.listed(join(s.nowFixed(), intro))
	}
	return s.listed(join(s.reflection(), intro))
}

// listed is an introduction with the lines of the recap, as a Markdown list.
func (s *speaker) listed(intro string) string {
	return intro + "\n\n- " + strings.Join(s.Recap, "\n- ") + "\n\n"
}

// unanswered leads to a smaller question, or to another one.
func (s *speaker) unanswered() string {
	switch {
	case s.Act == planner.ActUnknown:
		return s.phrase("unknown")
	case s.Next.Wording == "easier" && s.Next.ID == s.Opened.ID && s.Act != planner.ActSkip:
		return s.phrase("easier_intro")
	case s.Act == planner.ActShort:
		return join(s.phrase("plain_ack"), s.bridge())
	}
	if s.returns() {
		return join(s.phrase("skip_ok"), s.bridge())
	}
	return s.phrase("skip_ok")
}

// corrected repeats the value that holds now.
func (s *speaker) corrected() string {
	if s.Next.ID == planner.RecapID && s.Recap != nil {
		return s.recapped()
	}
	return s.nowFixed()
}

// nowFixed says which value holds now, where it can be quoted.
func (s *speaker) nowFixed() string {
	if s.Fixed == "" || strings.ContainsAny(s.Fixed, "“”\"{}?\n") {
		return s.phrase("corrected_plain")
	}
	return strings.ReplaceAll(s.phrase("corrected"), "{q}", s.Fixed)
}

// forgotten confirms that something was taken back.
func (s *speaker) forgotten() string {
	return s.phrase("forget")
}

// reason says what the open question is about.
func (s *speaker) reason() string { return planner.Reason(s.Opened.Facet) }

// greeting greets back. Somebody who has heard nothing yet also hears who is speaking.
func (s *speaker) greeting() string {
	if len(s.said) == 0 {
		return join("Hello.", s.phrase("introduction"))
	}
	return s.phrase("greeting")
}

// farewell thanks, and quotes the best that was told.
func (s *speaker) farewell() string {
	first, rest, _ := strings.Cut(s.phrase("stop"), ". ")
	words := len(planner.Words(first + " " + rest))
	var quotes []string
	for _, p := range s.Keep {
		n := len(planner.Words(p.Text))
		if words += n; words > 48 {
			break
		}
		quotes = append(quotes, "“"+strings.TrimRight(p.Text, " .,;:!")+"”")
	}
	if len(quotes) == 0 || rest == "" {
		return s.phrase("stop")
	}
	source := interview.Source{MessageID: s.Keep[0].Msg, Start: s.Keep[0].Start, End: s.Keep[0].End}
	s.meta.Anchor = &source
	keep := strings.ReplaceAll(s.phrase("keep"), "{q}", strings.Join(quotes, " and "))
	return first + ". " + keep + " " + rest
}

// join puts parts of a reply together.
func join(parts ...string) string {
	var b strings.Builder
	for _, p := range parts {
		if p == "" {
			continue
		}
		if b.Len() > 0 && !strings.HasSuffix(b.String(), "\n") {
			b.WriteByte(' ')
		}
		b.WriteString(p)
	}
	return b.String()
}

// denies reports whether a piece begins with a negation: quoted alone it sounds like a verdict.
func denies(text string) bool {
	first, _, _ := strings.Cut(strings.ToLower(text), " ")
	switch strings.ReplaceAll(first, "’", "'") {
	case "no", "not", "never", "nothing", "nobody", "none", "without", "didn't", "don't", "couldn't", "can't", "wasn't":
		return true
	}
	return false
}
