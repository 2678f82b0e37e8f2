package agent

import (
	"context"
	"log/slog"

	"github.com/betterprofile/betterprofile/agent/builtin"
	"github.com/betterprofile/betterprofile/agent/planner"
	"github.com/betterprofile/betterprofile/agent/recall"
	"github.com/betterprofile/betterprofile/interview"
)

// Options of an interviewer. Engine and Builtin are needed.
type Options struct {
	Engine       Engine       // a [Model], or the built-in interviewer itself when there is no model
	Builtin      Builtin      // opens conversations, answers what must not depend on a model, and stands in for one
	NoFallback   bool         // a failure of the model is the caller's to know, and nothing stands in for it
	WindowTokens int          // of earlier messages in the prompt; DefaultWindowTokens
	Log          *slog.Logger // gets a line for each failure of the model, without any text; nothing by default
}

// Interviewer is the [interview.Agent]. It keeps nothing between calls but what can be made again, and is safe for concurrent use.
type Interviewer struct {
	engine  Engine
	model   Model // nil for none
	builtin Builtin
	recall  *recall.Store
	window  int
	log     *slog.Logger
	stats   stats
	states  states

	noFallback bool
}

// New makes an interviewer.
func New(opts Options) *Interviewer {
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	model, _ := opts.Engine.(Model)
	return &Interviewer{
		engine: opts.Engine, model: model, builtin: opts.Builtin, recall: recall.New(recall.Options{}), window: opts.WindowTokens, log: opts.Log,
		noFallback: opts.NoFallback,
	}
}

// Engine is the engine's Info, with Fallback "builtin" when it is a model for which the built-in interviewer stands in.
func (i *Interviewer) Engine() interview.EngineInfo {
	info := i.engine.Info()
	if i.model != nil && !i.noFallback {
		info.Fallback = builtin.Name
	}
	return info
}

// Open makes the first message without the model. The only error is ctx's own.
func (i *Interviewer) Open(ctx context.Context, in interview.OpeningRequest) (interview.Reply, error) {
	if ctx.Err() != nil {
		return interview.Reply{}, context.Cause(ctx)
	}
	return i.builtin.Open(in), nil
}

// Reply answers the user's message. What must not depend on a model (a crisis, stop, a summary …) and every turn without a model is answered
// by the built-in interviewer. A model's reply is shown as it arrives, up to the end of its first question, and checked at its end. What is
// wrong with its form alone (its length, no question, Markdown) is noted in Metadata.Lint and stays. A reply that breaks a rule is repaired or
// asked for once more, and then replaces what was shown. When that fails too, or the model does, the built-in interviewer answers from the same
// plan; Metadata.Fallback then says why: "timeout", "rate_limit", "auth", "unavailable", "lint", or another reason of a model_unavailable error.
//
// Errors: emit's and ctx's own. A model's is one only with Options.NoFallback, and what was shown until then stands.
func (i *Interviewer) Reply(
	ctx context.Context, in interview.ReplyRequest, emit func(interview.Delta) error,
) (interview.Reply, error) {
	if ctx.Err() != nil {
		return interview.Reply{}, context.Cause(ctx)
	}
	t, ok := in.Prepared.(*turn)
	if !ok {
		interview.Apart(func() { t = i.newTurn(in) })
	}
	t.in.Message, t.in.Title, t.emit = in.Message, in.Title, emit
	if err := t.run(ctx); err != nil {
		return interview.Reply{}, err
	}
	t.conclude(ctx)
	return t.reply, nil
}

// Prepare plans the reply, and makes the prompt when a model is to word it.
func (i *Interviewer) Prepare(in interview.ReplyRequest) any { return i.newTurn(in) }

// NeedsHistory reports whether in.Recent is too little to know where the interview stands.
func (i *Interviewer) NeedsHistory(in interview.ReplyRequest) bool { return planner.NeedsHistory(in) }

// Coverage says how far each facet of each experience is told.
func (i *Interviewer) Coverage(m *interview.Memory, now interview.Time) interview.CoverageReport {
	return planner.Coverage(m, now)
}

// Agenda lists what is worth asking next, in the order in which it would be asked.
func (i *Interviewer) Agenda(in interview.AgendaRequest) []interview.AgendaItem {
	return planner.Agenda(in)
}
