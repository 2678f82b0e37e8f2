package agent

import (
	"strings"

	"github.com/betterprofile/betterprofile/agent/planner"
	"github.com/betterprofile/betterprofile/agent/quality"
	"github.com/betterprofile/betterprofile/interview"
)

// sameAim is the overlap of stems from which a model's question is the planner's in other words.
const sameAim = 0.5

// aimed notes what a model's reply asks and quotes. The planner takes it from there.
func (t *turn) aimed(meta interview.ReplyMetadata, reply string) interview.ReplyMetadata {
	meta.Anchor = quoted(reply, t.in.Message)
	next := t.plan.Next
	if !next.NewTopic {
		meta.Subject = next.Subject // what is spoken of, whatever is asked about it
	}
	asks := quality.Asks(reply)
	if len(asks) == 0 {
		return meta
	}
	if next.Text != "" && planner.Overlap(planner.Stems(asks[0].Text), planner.Stems(next.Text)) >= sameAim {
		meta.Question, meta.Facet, meta.Slot, meta.Wording = next.ID, next.Facet, next.Slot, next.Wording
		meta.Subject, meta.Facts, meta.Thread = next.Subject, next.Facts, next.Thread
		return meta
	}
	meta.Facet, meta.Slot = planner.Aim(asks[0].Text, next)
	return meta
}

// quoted is where in the user's message the first quotation of a reply stands, or nil.
func quoted(reply string, m interview.Message) *interview.Source {
	for _, marks := range [][2]string{{"“", "”"}, {`"`, `"`}, {"«", "»"}, {"„", "“"}} {
		_, rest, found := strings.Cut(reply, marks[0])
		quotation, _, closed := strings.Cut(rest, marks[1])
		if !found || !closed {
			continue
		}
		if start, end, ok := locate(m.Content, quotation); ok {
			return &interview.Source{MessageID: m.ID, Start: start, End: end}
		}
	}
	return nil
}
