package openai

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"
	"unicode"

	"github.com/sashabaranov/go-openai"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/sse"
)

const (
	// usageTime is how long after the end of the reply the endpoint has for the count of tokens and for closing the stream.
	usageTime = 2 * time.Second
	// drainTime is how long after [DONE] it has for ending the response, so that the connection can be used again.
	drainTime = 100 * time.Millisecond
	// maxWhole is the most that is read of a reply that is not streamed, in bytes.
	maxWhole = 4 << 20
)

// chunk is the part that matters here of a chunk of a stream, or of a reply in one piece. Unknown fields may have any form.
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

// piece is a piece of a reply. Content is a JSON string or null. Reasoning is not shown: it says only that the model is at work.
type piece struct {
	Content   json.RawMessage `json:"content"`
	Refusal   string          `json:"refusal"`
	Reasoning json.RawMessage `json:"reasoning"`
	Thoughts  json.RawMessage `json:"reasoning_content"`
}

func (p piece) thinks() bool { return holds(p.Reasoning) || holds(p.Thoughts) }

// holds reports whether the JSON is there and neither null nor an empty string.
func holds(raw json.RawMessage) bool {
	return len(raw) > 0 && string(raw) != "null" && string(raw) != `""`
}

// stream reads one reply.
type stream struct {
	engine  *Engine
	emit    func(interview.Delta) error
	silence *time.Timer // ends the request; set anew at each sign of life

	text    strings.Builder // what was emitted
	decoder textDecoder
	events  int
	finish  openai.FinishReason
	refusal bool
	begun   bool // text or reasoning has come
	usage   interview.Usage
}

// read reads the reply to its end. Errors: a *failure or what emit returned.
func (s *stream) read(ctx context.Context, res *http.Response) (interview.Reply, error) {
	kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
	var err error
	switch kind {
	case "text/html":
		err = s.engine.notTheFormat("an HTML page")
	case "application/json":
		err = s.whole(ctx, res.Body)
	default:
		err = s.streamed(ctx, res.Body)
		if err == nil && s.events == 0 && kind != sse.ContentType {
			err = s.engine.notTheFormat("no event stream")
		}
	}
	if err == nil {
		err = s.outcome()
	}
	if err != nil {
		return interview.Reply{}, s.final(err)
	}
	info := s.engine.Info()
	return interview.Reply{
		Content: s.text.String(), Usage: s.usage, Metadata: interview.ReplyMetadata{Engine: info.Name, Model: info.Model},
	}, nil
}

// final sees to it that nothing is asked twice of which the user has seen a part.
func (s *stream) final(err error) error {
	if f, ok := errors.AsType[*failure](err); ok && s.text.Len() > 0 {
		f.again = false
	}
	return err
}

// whole reads a reply that is not streamed, as some endpoints send whatever is asked of them.
func (s *stream) whole(ctx context.Context, body io.Reader) error {
	b, err := io.ReadAll(io.LimitReader(body, maxWhole))
	if err != nil {
		return s.interrupted(ctx, err)
	}
	return s.take(string(b), func(c choice) piece { return c.Message })
}

// streamed reads the events up to [DONE], or to where there are no more.
func (s *stream) streamed(ctx context.Context, body io.Reader) error {
	for event, err := range sse.Read(body) {
		if err != nil {
			return s.interrupted(ctx, err)
		}
		if event.Data == "[DONE]" {
			s.drain(body)
			return nil
		}
		s.events++
		if err := s.take(event.Data, func(c choice) piece { return c.Delta }); err != nil {
			return err
		}
	}
	return nil
}

// drain reads the rest of the response, which is nothing but its end; a connection with something left to read is closed.
func (s *stream) drain(body io.Reader) {
	s.silence.Reset(drainTime)
	_, _ = io.CopyN(io.Discard, body, 1<<10)
}

// take takes in one chunk.
func (s *stream) take(data string, text func(choice) piece) error {
	var c chunk
	if err := json.Unmarshal([]byte(data), &c); err != nil {
		return s.engine.malformed(err)
	}
	if holds(c.Error) {
		return s.engine.midStream(c.Error, s.text.Len() > 0)
	}
	if c.Usage != nil {
		s.usage = interview.Usage{InputTokens: c.Usage.PromptTokens, OutputTokens: c.Usage.CompletionTokens}
	}
	if len(c.Choices) == 0 {
		return nil
	}
	first := c.Choices[0]
	p := text(first)
	s.refusal = s.refusal || p.Refusal != ""
	said, err := s.say(p.Content)
	if err != nil {
		return err
	}
	if first.FinishReason != "" && first.FinishReason != openai.FinishReasonNull {
		s.finish = first.FinishReason
	}
	switch {
	case s.finish != "":
		s.silence.Reset(usageTime)
	case said || p.thinks():
		s.begun = true
		s.silence.Reset(s.engine.opts.BetweenTokens)
	}
	return nil
}

// say emits the text of a chunk and reports whether there was any. The endpoint's clock stands still while emit works.
func (s *stream) say(content json.RawMessage) (bool, error) {
	text, err := s.decoder.decode(content)
	if err != nil {
		return false, s.engine.malformed(err)
	}
	if s.text.Len() == 0 {
		text = strings.TrimLeftFunc(text, unicode.IsSpace)
	}
	if text == "" {
		return false, nil
	}
	s.silence.Stop()
	if err := s.emit(interview.Delta{Text: text}); err != nil {
		return true, err
	}
	s.text.WriteString(text)
	return true, nil
}

// interrupted says what it means that the stream cannot be read any further. After the end of the reply it means nothing.
func (s *stream) interrupted(ctx context.Context, err error) error {
	if s.finish != "" && !errors.Is(err, sse.ErrTooLarge) {
		return nil
	}
	switch {
	case ctx.Err() != nil:
		return s.engine.tooSlow(ctx, s.begun)
	case errors.Is(err, sse.ErrTooLarge):
		return s.engine.malformed(err)
	default:
		return s.engine.cut(err)
	}
}

// outcome judges a stream that was read to its end.
func (s *stream) outcome() error {
	switch e := s.engine; {
	case s.finish == openai.FinishReasonContentFilter:
		return e.filtered()
	case s.finish == "error": // of OpenRouter
		return e.midStream(nil, s.text.Len() > 0)
	case s.finish == "":
		return e.cut(io.ErrUnexpectedEOF)
	case s.text.Len() == 0 && s.refusal:
		return e.filtered()
	case s.text.Len() == 0:
		return e.empty(string(s.finish))
	}
	return nil
}
