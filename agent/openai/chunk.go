package openai

import (
	"encoding/json"

	"github.com/sashabaranov/go-openai"

	"github.com/betterprofile/betterprofile/interview"
)

// said is what a chunk of a stream, or a reply in one piece, says that matters here. The byte slices are JSON.
type said struct {
	failure  []byte // an error in the place of a reply; nothing or null without one
	usage    *interview.Usage
	chosen   bool // there is a choice; the rest is of the first one
	content  []byte
	finish   openai.FinishReason
	refuses  bool
	thoughts [2][]byte // reasoning, which is not shown: it says only that the model is at work
}

func (s said) thinks() bool { return holds(s.thoughts[0]) || holds(s.thoughts[1]) }

// chunk is all that said is drawn from. Unknown fields may have any form.
type chunk struct {
	Error   json.RawMessage `json:"error"`
	Choices []choice        `json:"choices"`
	Usage   *struct {
		PromptTokens     int `json:"prompt_tokens"`
		CompletionTokens int `json:"completion_tokens"`
	} `json:"usage"`
}

type choice struct {
	Delta        piece               `json:"delta"`
	Message      piece               `json:"message"` // of a reply in one piece
	FinishReason openai.FinishReason `json:"finish_reason"`
}

// piece is a piece of a reply. Content is a JSON string or null.
type piece struct {
	Content   json.RawMessage `json:"content"`
	Refusal   string          `json:"refusal"`
	Reasoning json.RawMessage `json:"reasoning"`
	Thoughts  json.RawMessage `json:"reasoning_content"`
}

func deltaOf(c choice) piece   { return c.Delta }
func messageOf(c choice) piece { return c.Message }

// parse reads a chunk of any lawful form. It knows what [scan] does not.
func parse(data []byte, part func(choice) piece) (said, error) {
	var c chunk
	if err := json.Unmarshal(data, &c); err != nil {
		return said{}, err
	}
	s := said{failure: c.Error}
	if c.Usage != nil {
		s.usage = &interview.Usage{InputTokens: c.Usage.PromptTokens, OutputTokens: c.Usage.CompletionTokens}
	}
	if len(c.Choices) > 0 {
		p := part(c.Choices[0])
		s.chosen, s.finish, s.content = true, c.Choices[0].FinishReason, p.Content
		s.refuses, s.thoughts = p.Refusal != "", [2][]byte{p.Reasoning, p.Thoughts}
	}
	return s, nil
}

// holds reports whether the JSON is there and neither null nor an empty string.
func holds(raw []byte) bool {
	return len(raw) > 0 && string(raw) != "null" && string(raw) != `""`
}
