package agent_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/betterprofile/betterprofile/agent"
	"github.com/betterprofile/betterprofile/agent/builtin"
	"github.com/betterprofile/betterprofile/agent/planner"
	"github.com/betterprofile/betterprofile/interview"
)

// benchReply is an ordinary reply of a model, of 75 words.
const benchReply = "You rebuilt the handover of your ward last spring, and that is the kind of work that a reader of a profile can picture at once, " +
	"because everybody knows how much gets lost between two shifts when nobody has the time to write it down. You put it as “rebuilt our handover”, " +
	"and you name 25 minutes as the time it takes now. With that in mind, what was the very first thing you changed number %s?"

// benchTalk is a conversation of 50 turns with what it left in memory, and the request of the next one.
func benchTalk(tb testing.TB) interview.ReplyRequest {
	tb.Helper()
	c := newTalk(tb, withoutModel())
	for _, thing := range plantings(50) {
		c.say(fmt.Sprintf("We %s, and I looked after the plan for it with a colleague of mine.", thing.text))
	}
	in := c.in
	const window = 40
	in.Recent = c.messages[max(0, len(c.messages)-window):]
	in.Message, in.Memory, in.Title = c.add(user("I am a nurse, and last spring I rebuilt our handover so that it takes 25 minutes instead of 55 now."), nil), c.memory, "A title"
	return in
}

func BenchmarkTake(b *testing.B) {
	in := benchTalk(b)
	b.ReportAllocs()
	for b.Loop() {
		if planner.NeedsHistory(in) {
			b.Fatal("needs history")
		}
		plan := planner.Take(in)
		if len(plan.Finish(benchReply, interview.ReplyMetadata{})) == 0 {
			b.Fatal("no state")
		}
	}
}

// saying is a model that answers at once.
type saying struct {
	agent.Model
	text string
}

func (s saying) Info() interview.EngineInfo { return interview.EngineInfo{Name: "openai", Model: "m"} }

func (s saying) Stream(_ context.Context, _ agent.Prompt, emit func(interview.Delta) error) (interview.Usage, error) {
	return interview.Usage{}, emit(interview.Delta{Text: s.text})
}

func BenchmarkReply(b *testing.B) {
	in := benchTalk(b)
	model := saying{text: fmt.Sprintf(benchReply, "one")}
	i := agent.New(agent.Options{Engine: model, Builtin: builtin.New()})
	b.ReportAllocs()
	for b.Loop() {
		r, err := i.Reply(b.Context(), in, ignore)
		if err != nil || r.Metadata.Lint != nil && r.Metadata.Lint[0] != "long" || r.Metadata.Engine != "openai" {
			b.Fatal(r.Metadata, err)
		}
	}
}
