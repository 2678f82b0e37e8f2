package orpc

import (
	"strings"
	"testing"

	"github.com/betterprofile/betterprofile/interview"
)

// A reply whose text is replaced on the way is what is stored, or an error.
func TestReply_DeltasAreTheStoredTextOrAnError(t *testing.T) {
	t.Parallel()
	const replace = "="
	for _, c := range []struct {
		events []string // a replace begins with replace
		stored string
		deltas string // with | between them; "error" when there is no way
	}{
		{[]string{"Tell ", "me."}, "Tell me.", "Tell |me."},
		{[]string{replace + "Tell", " me."}, "Tell me.", "Tell| me."},
		{[]string{replace, "Tell me."}, "Tell me.", "Tell me."},
		{[]string{replace + "", replace + "", "A"}, "A", "A"},
		{[]string{"Tell", replace + "Tell me."}, "Tell me.", "Tell| me."},
		{[]string{"Tell me", replace, "Te", "ll", " me", "."}, "Tell me.", "Tell me|."},
		{[]string{"Tell me", replace + "Tell", " me more."}, "Tell me more.", "Tell me| more."},
		{[]string{"é", replace, "é!"}, "é!", "é|!"},
		{[]string{"Tell me"}, "Tell me more.", "Tell me| more."},
		{nil, "All at once.", "All at once."},
		{nil, "", ""},
		{[]string{"Tell me", replace + "Other"}, "Other", "error"},
		{[]string{"Tell me", replace + "Tell you"}, "Tell you", "error"},
		{[]string{"é", replace, "è"}, "è", "error"},
		{[]string{"Tell me", replace + "Tell"}, "Tell", "error"},
		{[]string{"Tell me"}, "Tell", "error"},
		{[]string{"Tell me"}, "Ask me", "error"},
		{[]string{"Tell me", replace}, "", "error"},
	} {
		var types, deltas []string
		r := &reply{conversation: "c", emit: func(v any, _ bool) error {
			chunk, _ := v.(map[string]any)
			name, _ := chunk["type"].(string)
			if delta, ok := chunk["delta"].(string); ok {
				deltas = append(deltas, delta)
			} else {
				types = append(types, name)
			}
			return nil
		}}
		err := r.event(interview.Event{Kind: interview.EventStarted})
		for _, text := range c.events {
			ev := interview.Event{Kind: interview.EventDelta, Text: text}
			if rest, ok := strings.CutPrefix(text, replace); ok {
				ev = interview.Event{Kind: interview.EventReplace, Text: rest}
			}
			if err == nil {
				err = r.event(ev)
			}
		}
		if err == nil {
			err = r.event(interview.Event{Kind: interview.EventCompleted, Message: &interview.Message{Content: c.stored}})
		}
		got := strings.Join(deltas, "|")
		switch {
		case c.deltas == "error" && interview.ErrorCode(err) != interview.CodeInterrupted:
			t.Errorf("%q to %q is %q, %v; want an error", c.events, c.stored, got, err)
		case c.deltas != "error" && (err != nil || got != c.deltas):
			t.Errorf("%q to %q is %q, %v; want %q", c.events, c.stored, got, err, c.deltas)
		case c.deltas != "error" && strings.Join(types, " ") != "start text-start text-end finish":
			t.Errorf("%q to %q has the chunks %v", c.events, c.stored, types)
		}
	}
}
