// Package builtin is the engine without a model: it puts the plans of package planner into words. It is pure: no clock, no randomness, no
// I/O. The same request gets the same reply, on any server.
package builtin

import (
	"context"

	"github.com/betterprofile/betterprofile/agent/planner"
	"github.com/betterprofile/betterprofile/interview"
)

// Name is the engine's name in metadata and settings.
const Name = "builtin"

// Options of an engine; all may be left out.
type Options struct {
	// CrisisLines are whom to call in a crisis, each as it stands in a sentence: "988 in the US and Canada". Without any, a few are named
	// as examples.
	CrisisLines []string
}

// Engine is the built-in interviewer. It holds nothing but its options, so that one can serve any number of conversations at once.
type Engine struct {
	opts Options
}

// New makes an Engine without options.
func New() *Engine { return NewWith(Options{}) }

// NewWith makes an Engine.
func NewWith(opts Options) *Engine { return &Engine{opts: opts} }

// Info returns the engine's name.
func (e *Engine) Info() interview.EngineInfo { return interview.EngineInfo{Name: Name} }

// Reply answers in.Message with one Delta. It asks at most one question, and never one that this conversation has had before.
// Errors: ctx's own and emit's.
func (e *Engine) Reply(ctx context.Context, in interview.ReplyRequest, emit func(interview.Delta) error) (interview.Reply, error) {
	if err := ctx.Err(); err != nil {
		return interview.Reply{}, err
	}
	plan := planner.Take(in)
	reply := e.Phrase(plan, in)
	reply.State, reply.Learned = plan.Finish(reply.Content, reply.Metadata), plan.Taught(reply.Metadata, in.Memory)
	if err := emit(interview.Delta{Text: reply.Content}); err != nil {
		return interview.Reply{}, err
	}
	return reply, nil
}

// Phrase puts the plan for in into words. What follows from the reply, its state and what was learned, is the plan's to say. It is a pure function.
func (e *Engine) Phrase(plan planner.Plan, in interview.ReplyRequest) interview.Reply {
	s := newSpeaker(plan, in, e.opts)
	content, meta := s.speak()
	return interview.Reply{Content: content, Metadata: meta}
}
