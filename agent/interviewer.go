package agent

import (
	"context"
	"log/slog"

	"github.com/betterprofile/betterprofile/interview"
)

// Opener makes the first message of a new conversation, at once and without asking anybody.
type Opener interface {
	Open(in interview.OpeningRequest) interview.Reply
}

// Options of an interviewer. Engine and Opener are needed; without Log nothing is logged.
type Options struct {
	Engine Engine
	Opener Opener
	Log    *slog.Logger
}

// Interviewer is the [interview.Agent]: the engine's words, with what no engine needs to know added by code.
type Interviewer struct {
	engine Engine
	opener Opener
	log    *slog.Logger
}

// New makes an interviewer.
func New(opts Options) *Interviewer {
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	return &Interviewer{engine: opts.Engine, opener: opts.Opener, log: opts.Log}
}

// Engine is the engine's Info. Nothing stands in for an engine that fails, so that Fallback is empty: its error reaches the user,
// who can send the message again.
func (i *Interviewer) Engine() interview.EngineInfo {
	return i.engine.Info()
}

// Open makes the first message by the Opener. The only error is ctx's own.
func (i *Interviewer) Open(ctx context.Context, in interview.OpeningRequest) (interview.Reply, error) {
	if ctx.Err() != nil {
		return interview.Reply{}, context.Cause(ctx)
	}
	return i.opener.Open(in), nil
}

// Reply is the engine's reply, with its Metadata naming the engine and its model, and for a conversation without a title a Title made
// from the user's words (see [Title]). Errors: the engine's, as they are.
func (i *Interviewer) Reply(
	ctx context.Context, in interview.ReplyRequest, emit func(interview.Delta) error,
) (interview.Reply, error) {
	reply, err := i.engine.Reply(ctx, in, emit)
	if err != nil {
		return reply, err
	}
	info := i.engine.Info()
	if reply.Metadata.Engine == "" {
		reply.Metadata.Engine, reply.Metadata.Model = info.Name, info.Model
	}
	if in.Title == "" && reply.Title == "" {
		reply.Title = Title(in)
	}
	i.log.DebugContext(ctx, "reply made", "turn", in.Message.ID, "engine", reply.Metadata.Engine,
		"inputTokens", reply.Usage.InputTokens, "outputTokens", reply.Usage.OutputTokens)
	return reply, nil
}
