package openai

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"

	"github.com/sashabaranov/go-openai"

	"github.com/betterprofile/betterprofile/interview"
)

// Check finds out whether the endpoint answers, takes the key and has the model: it asks for the model, and where that says nothing
// certain, for a reply of one token. Nothing is repeated, and each request may take FirstToken. Errors are those of Reply.
func (e *Engine) Check(ctx context.Context) error {
	err := e.ask(ctx, http.MethodGet, "models/"+url.PathEscape(e.opts.Model), nil, "id", "data")
	if f, ok := errors.AsType[*failure](err); ok && isUncertain(f.err) {
		err = e.checkChat(ctx)
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if f, ok := errors.AsType[*failure](err); ok {
		return f.err
	}
	return err
}

// isUncertain reports whether an endpoint that has no such model, or no list of models, may reply all the same.
func isUncertain(err *interview.Error) bool {
	switch err.Details.Reason {
	case interview.ReasonNoSuchModel, interview.ReasonBadResponse, interview.ReasonRefused:
		return true
	}
	a, ok := errors.AsType[answer](err.Err)
	return ok && a.status == http.StatusForbidden // a key may be limited to chat
}

// checkChat asks for a reply of one token.
func (e *Engine) checkChat(ctx context.Context) error {
	req := openai.ChatCompletionRequest{
		Model: e.opts.Model, Messages: []openai.ChatCompletionMessage{{Role: openai.ChatMessageRoleUser, Content: "Hello"}},
	}
	e.limit(&req, 1, e.opts.Temperature)
	body, err := encode(req)
	if err != nil {
		return err
	}
	return e.ask(ctx, http.MethodPost, "chat/completions", [][]byte{body}, "choices")
}

// ask makes one request, whose answer is to be a JSON object with one of the keys. Errors: a *failure.
func (e *Engine) ask(ctx context.Context, method, path string, body [][]byte, keys ...string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, e.opts.FirstToken, errSilent)
	defer cancel()
	res, err := e.do(ctx, method, e.address(path), body...)
	if err != nil {
		return e.unanswered(ctx, err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return e.refused(ctx, res)
	}
	b, err := io.ReadAll(io.LimitReader(res.Body, maxWhole))
	if err != nil {
		return e.unanswered(ctx, err)
	}
	var object map[string]json.RawMessage
	if json.Unmarshal(b, &object) == nil {
		for _, key := range keys {
			if holds(object[key]) {
				return nil
			}
		}
	}
	return e.notTheFormat("no JSON object of that kind")
}
