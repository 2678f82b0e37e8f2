package openai

import (
	"context"
	"encoding/json"

	"github.com/sashabaranov/go-openai"

	"github.com/betterprofile/betterprofile/agent"
	"github.com/betterprofile/betterprofile/interview"
)

// The ways to ask for JSON, best first. What an endpoint refuses is not asked of it again.
const (
	bySchema int32 = iota
	asObject
	asText
)

// Complete asks the model for an answer in one piece, with the same retries and errors as Stream. When the prompt has a Format, the endpoint is
// asked to keep to its schema; if it refuses that, to answer in JSON; and if it refuses that too, nothing is asked of it: the text may then
// hold more than the object.
func (e *Engine) Complete(ctx context.Context, prompt agent.Prompt) (string, interview.Usage, error) {
	for {
		level := e.formatLevel.Load()
		s, err := e.insist(ctx, &prompt, func() *stream { return &stream{engine: e, emit: ignore, first: e.opts.Total} }, false)
		switch {
		case err == nil:
			return s.text.String(), s.usage, nil
		case prompt.Format.Schema == nil || level >= asText || interview.AsError(err).Details.Reason != interview.ReasonRefused:
			return "", interview.Usage{}, err
		}
		e.formatLevel.CompareAndSwap(level, level+1)
	}
}

func ignore(interview.Delta) error { return nil }

// format says what the answer has to be, in a way that the endpoint has not refused.
func (e *Engine) format(f agent.Format) *openai.ChatCompletionResponseFormat {
	switch level := e.formatLevel.Load(); {
	case f.Schema == nil || level >= asText:
		return nil
	case level == asObject:
		return &openai.ChatCompletionResponseFormat{Type: openai.ChatCompletionResponseFormatTypeJSONObject}
	}
	return &openai.ChatCompletionResponseFormat{
		Type:       openai.ChatCompletionResponseFormatTypeJSONSchema,
		JSONSchema: &openai.ChatCompletionResponseFormatJSONSchema{Name: f.Name, Schema: json.RawMessage(f.Schema), Strict: true},
	}
}
