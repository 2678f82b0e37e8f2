package openai

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/betterprofile/betterprofile/agent"
	"github.com/betterprofile/betterprofile/interview"
)

// Why a request is given up by us. They end up as model_timeout.
var (
	errSilent = errors.New("no token in time")
	errTotal  = errors.New("no end in time")
)

// Retries wait twice as long each time. A wait that the endpoint asks for is obeyed up to maxRetryAfter; a longer one is the user's
// business.
const (
	firstWait     = 500 * time.Millisecond
	longestWait   = 8 * time.Second
	maxRetryAfter = 20 * time.Second
)

// Reply asks the model without notes: it is [Engine.Stream] of [agent.Messages]. Content, Metadata and Usage are set.
func (e *Engine) Reply(
	ctx context.Context, in interview.ReplyRequest, emit func(interview.Delta) error,
) (interview.Reply, error) {
	s, err := e.stream(ctx, &agent.Prompt{UserID: in.UserID, Messages: agent.Messages(in, e.opts.WindowTokens)}, emit)
	if err != nil {
		return interview.Reply{}, err
	}
	return interview.Reply{
		Content: s.text.String(), Usage: s.usage, Metadata: interview.ReplyMetadata{Engine: engineName, Model: e.opts.Model},
	}, nil
}

// Stream asks the model. White space at the start of the reply is left out, as are NUL characters; all else is as it came, escape
// characters too. A reply that ended at MaxTokens is complete.
//
// Errors: model_unavailable with Details.Reason (and RetryAfterSeconds, when the endpoint named a time), model_timeout, what emit
// returned, or the cause of ctx's end. A request is repeated only as long as no text was emitted.
func (e *Engine) Stream(
	ctx context.Context, prompt agent.Prompt, emit func(interview.Delta) error,
) (interview.Usage, error) {
	s, err := e.stream(ctx, &prompt, emit)
	if err != nil {
		return interview.Usage{}, err
	}
	return s.usage, nil
}

// stream is Stream with all that came.
func (e *Engine) stream(ctx context.Context, prompt *agent.Prompt, emit func(interview.Delta) error) (*stream, error) {
	return e.insist(ctx, prompt, func() *stream { return &stream{engine: e, emit: emit, first: e.opts.FirstToken} }, true)
}

// insist asks until there is a reply, or no point in asking again.
func (e *Engine) insist(ctx context.Context, prompt *agent.Prompt, begin func() *stream, streamed bool) (*stream, error) {
	total, cancel := context.WithTimeoutCause(ctx, e.opts.Total, errTotal)
	defer cancel()
	for attempt := 1; ; attempt++ {
		body, err := e.chatBody(prompt, streamed) // anew for each attempt: nearly all are the only one, and should not hold it until their end
		if err != nil {
			return nil, err
		}
		s := begin()
		err = e.try(total, body, s)
		if err == nil {
			return s, nil
		}
		f, ok := errors.AsType[*failure](err)
		switch {
		case !ok:
			return nil, err
		case e.waitToRetry(total, attempt, f):
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		default:
			return nil, f.err
		}
	}
}

// try makes one request and reads its reply. Errors: a *failure or what emit returned.
func (e *Engine) try(ctx context.Context, body [][]byte, s *stream) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	s.silence = time.AfterFunc(s.first, func() { cancel(errSilent) })
	defer s.silence.Stop()
	res, err := e.do(ctx, http.MethodPost, e.chat, body...)
	if err != nil {
		return e.unanswered(ctx, err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return e.refused(ctx, res)
	}
	return s.read(ctx, res)
}

// waitToRetry waits before the next attempt; false when there is to be none.
func (e *Engine) waitToRetry(ctx context.Context, attempt int, f *failure) bool {
	if ctx.Err() != nil || !f.again || attempt > e.opts.MaxRetries || f.after > maxRetryAfter {
		return false
	}
	wait := e.wait(attempt, f.after)
	if end, ok := ctx.Deadline(); ok && time.Until(end) <= wait {
		return false
	}
	e.opts.Log.WarnContext(ctx, "asking the model again", "attempt", attempt+1, "wait", wait, "model", e.opts.Model,
		"reason", f.err.Details.Reason, "error", f.err.Err)
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// wait is how long to wait before the attempt after this one: what the endpoint asked for and a little more, else exponential,
// the upper half of it at random.
func (e *Engine) wait(attempt int, after time.Duration) time.Duration {
	spread := func(d time.Duration) time.Duration { return time.Duration(e.opts.Jitter() * float64(d)) }
	if after > 0 {
		return after + spread(firstWait)
	}
	d := longestWait
	if attempt < 5 {
		d = min(firstWait<<(attempt-1), longestWait)
	}
	return d/2 + spread(d/2)
}
