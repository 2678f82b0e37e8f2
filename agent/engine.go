// Package agent is the interviewer: it turns what is known of a conversation into the next reply. [Interviewer] is the
// [interview.Agent]; an [Engine] (a model behind an OpenAI-compatible endpoint, or the built-in interviewer) makes the words.
package agent

import (
	"context"

	"github.com/betterprofile/betterprofile/interview"
)

// Engine makes replies. It keeps nothing between calls.
type Engine interface {
	// Info says what the engine is, without asking anybody; Fallback is empty.
	Info() interview.EngineInfo

	// Reply answers in.Message. It is [interview.Agent]'s Reply, with the same errors: model_unavailable with a reason, model_timeout,
	// emit's, or ctx's own.
	Reply(ctx context.Context, in interview.ReplyRequest, emit func(interview.Delta) error) (interview.Reply, error)
}
