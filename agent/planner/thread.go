package planner

import (
	"strings"

	"github.com/betterprofile/betterprofile/interview"
)

// threadQuoteBytes is the longest thread that is asked about by quoting it.
const threadQuoteBytes = 80

// thread returns what was mentioned in passing longest ago and can be quoted, of this conversation or of one before, and its place.
func (ch *chooser) thread() (string, interview.Source) {
	for _, p := range ch.st.Threads {
		if ch.threadable(p.Text, p.source()) && p.Msg != ch.m.ID {
			return p.Text, p.source()
		}
	}
	if ch.mem == nil {
		return "", interview.Source{}
	}
	for _, t := range ch.mem.Threads {
		if t.Status == interview.ThreadOpen && ch.threadable(t.Quote, t.Source) && t.Source.MessageID != ch.m.ID {
			return t.Quote, t.Source
		}
	}
	return "", interview.Source{}
}

func (ch *chooser) threadable(text string, s interview.Source) bool {
	return len(text) <= threadQuoteBytes && ch.st.Quotable(s, text)
}

// threadValue is what it is worth to come back to what was mentioned: more than anything once a topic is told, and nothing before.
func (ch *chooser) threadValue() float64 {
	if ch.topicOpen() {
		return -4
	}
	return 2.6
}

// threadChoice asks about what was mentioned in passing.
func (ch *chooser) threadChoice(e *entry) (Choice, bool) {
	quote, source := ch.thread()
	if quote == "" {
		return Choice{}, false
	}
	for _, w := range []struct{ wording, text string }{{wordingPlain, e.Q}, {wordingEasier, e.Easier}} {
		text := strings.ReplaceAll(w.text, "{thread}", "“"+quote+"”")
		if ch.askable(text) {
			c := ch.choice(e, w.wording, text)
			c.Anchor, c.Thread, c.Subject = &source, threadID(source.MessageID, source.Start), ""
			c.NewTopic = false // the question says where it comes from
			return c, true
		}
	}
	return Choice{}, false
}
