// Package builtin is the engine without a model: an interviewer that works from the bank of questions and the fixed phrases of
// package planner. It is pure: no clock, no randomness, no I/O. The same request gets the same reply, on any server.
//
// A turn goes through three steps, each of which can be replaced: what the message does (act.go), what to ask next (choose.go),
// and how to say it (respond.go). Between turns everything is in a state of a few kilobytes (state.go), which can be rebuilt
// from the messages.
package builtin

import (
	"context"
	"sync"

	"github.com/betterprofile/betterprofile/agent/planner"
	"github.com/betterprofile/betterprofile/interview"
)

// Name is the engine's name in metadata and settings.
const Name = "builtin"

// Engine is the built-in interviewer. It holds nothing but the data, so that one can serve any number of conversations at once.
type Engine struct {
	craft func() *craft
}

// New makes an Engine. The data is read on first use.
func New() *Engine { return &Engine{craft: sharedCraft} }

// Info returns the engine's name.
func (e *Engine) Info() interview.EngineInfo { return interview.EngineInfo{Name: Name} }

// Open makes the first message of a conversation. The first of a user says who is speaking and what for; later ones are short
// and say nothing about earlier conversations, because nothing is known of them here.
func (e *Engine) Open(in interview.OpeningRequest) interview.Reply {
	c := e.craft()
	q, lead := c.question("re-03"), rotate(c.phrases["welcome_back"], int(in.Now.Unix()/secondsPerDay), nil)
	if in.First {
		q = c.question("op-01")
		lead = rotate(c.phrases["greeting"], 0, nil) + " " + join(c.phrases["introduction"], c.phrases["first"]) + "\n\n"
	}
	return interview.Reply{
		Content:  sentence(lead, q.Q),
		Metadata: interview.ReplyMetadata{Engine: Name, Question: q.ID, Facet: q.Facet, Slot: q.Slot},
	}
}

const secondsPerDay = 24 * 60 * 60

// Reply answers in.Message with one Delta. It asks at most one question, and never one that this conversation has had before.
// Errors: ctx's own and emit's.
func (e *Engine) Reply(ctx context.Context, in interview.ReplyRequest, emit func(interview.Delta) error) (interview.Reply, error) {
	if err := ctx.Err(); err != nil {
		return interview.Reply{}, err
	}
	reply := e.craft().reply(in)
	if err := emit(interview.Delta{Text: reply.Content}); err != nil {
		return interview.Reply{}, err
	}
	return reply, nil
}

// craft is the data in the form in which it is used. It never changes.
type craft struct {
	questions []planner.Question
	stems     map[string][]string // of every wording of the bank
	phrases   map[string][]string
	lex       *planner.Lexicon
	lists     lists
	languages []language
}

var sharedCraft = sync.OnceValue(func() *craft {
	lex := planner.Lexicons()
	c := &craft{
		questions: planner.Questions(), stems: map[string][]string{}, phrases: lex.Phrases, lex: lex,
		lists: newLists(lex), languages: newLanguages(lex),
	}
	for _, q := range c.questions {
		for _, w := range q.Wordings() {
			c.stems[w] = planner.Stems(w)
		}
	}
	return c
})

// question returns a question that is known to be in the bank.
func (c *craft) question(id string) planner.Question {
	q, _ := planner.QuestionByID(id)
	return q
}
