// Package agent is the interviewer: it turns what is known of a conversation into the next reply. [Interviewer] is the
// [interview.Agent]; the planner says what a message does, what it teaches and what to ask next, and a [Model] or the built-in interviewer
// makes the words. What a model says is checked before it stays, and when it does not answer, or not lawfully, the built-in interviewer answers
// the same turn from the same plan.
package agent

import (
	"context"

	"github.com/betterprofile/betterprofile/agent/planner"
	"github.com/betterprofile/betterprofile/interview"
)

// Engine makes replies by itself. It keeps nothing between calls.
type Engine interface {
	// Info says what the engine is, without asking anybody; Fallback is empty.
	Info() interview.EngineInfo

	// Reply answers in.Message. It is [interview.Agent]'s Reply, with the same errors: model_unavailable with a reason, model_timeout,
	// emit's, or ctx's own.
	Reply(ctx context.Context, in interview.ReplyRequest, emit func(interview.Delta) error) (interview.Reply, error)
}

// Model is an engine that answers any prompt. Errors are those of Reply.
type Model interface {
	Engine

	// Stream answers a prompt; text goes to emit as it arrives, and never replaces what came before. Thousands wait here: what is returned is
	// small, because there is room for it on the stack all the time.
	Stream(ctx context.Context, prompt Prompt, emit func(interview.Delta) error) (interview.Usage, error)

	// Complete answers a prompt in one piece.
	Complete(ctx context.Context, prompt Prompt) (string, interview.Usage, error)
}

// Builtin is the interviewer without a model: pure, at once, and never at a loss.
type Builtin interface {
	// Open makes the first message of a new conversation.
	Open(in interview.OpeningRequest) interview.Reply

	// Phrase answers in.Message as the plan says: Content and Metadata are set.
	Phrase(plan planner.Plan, in interview.ReplyRequest) interview.Reply
}
