package openai

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/sashabaranov/go-openai"

	"github.com/betterprofile/betterprofile/agent"
	"github.com/betterprofile/betterprofile/interview"
)

// thinkingTokens is what a reasoning model gets on top of MaxTokens: its thoughts count as output.
const thinkingTokens = 4096

// frame is the JSON of a streamed request as far as it is nearly always the same: all but the messages after the instruction, and the user.
type frame struct {
	instruction string
	head        []byte // up to and with the instruction
	tail        []byte // see Engine.tail
}

// newFrame makes the frame of the engine's requests.
func (e *Engine) newFrame() (frame, error) {
	instruction := agent.Messages(interview.ReplyRequest{}, 0)[0] // the first message of most prompts
	tail, err := e.tail(&agent.Prompt{}, true)
	if err != nil {
		return frame{}, err
	}
	return frame{instruction: instruction.Content, head: append(appendMessage(e.start(), instruction), ','), tail: slices.Clip(tail)}, nil
}

// start is the JSON of a request before its messages.
func (e *Engine) start() []byte {
	return append(interview.AppendString([]byte(`{"model":`), e.opts.Model), `,"messages":[`...)
}

// tail is the JSON of a request after its messages, but for the user and the last brace.
func (e *Engine) tail(p *agent.Prompt, stream bool) ([]byte, error) {
	req := openai.ChatCompletionRequest{Stream: stream, ResponseFormat: e.format(p.Format)}
	if stream {
		req.StreamOptions = &openai.StreamOptions{IncludeUsage: true}
	}
	e.limit(&req, cmp.Or(p.MaxTokens, e.opts.MaxTokens), cmp.Or(p.Temperature, e.opts.Temperature))
	whole, err := encode(req)
	if err != nil {
		return nil, err
	}
	_, tail, _ := bytes.Cut(whole[:len(whole)-1], []byte(`"messages":nul`))
	tail[0] = ']' // in the place of an l
	return tail, nil
}

// chatBody is the JSON of a request, in parts.
func (e *Engine) chatBody(p *agent.Prompt, stream bool) ([][]byte, error) {
	head, tail, rest := e.frame.head, e.frame.tail, p.Messages
	if len(rest) > 1 && rest[0].Content == e.frame.instruction {
		rest = rest[1:]
	} else {
		head = e.start()
	}
	if !stream || p.MaxTokens != 0 || p.Temperature != 0 || p.Format.Schema != nil {
		var err error
		if tail, err = e.tail(p, stream); err != nil {
			return nil, err
		}
	}
	size := 0
	for _, m := range rest {
		size += len(m.Content) + len(m.Content)/16 + 40 // for what is escaped, and what is around it
	}
	messages := make([]byte, 0, size)
	for i, m := range rest {
		if i > 0 {
			messages = append(messages, ',')
		}
		messages = appendMessage(messages, m)
	}
	end := appendHashed(append(tail, `,"user":"`...), p.UserID)
	return [][]byte{head, messages, append(end, `"}`...)}, nil
}

// appendMessage appends the JSON of a message.
func appendMessage(b []byte, m agent.Message) []byte {
	b = interview.AppendString(append(b, `{"role":`...), m.Role)
	return append(interview.AppendString(append(b, `,"content":`...), m.Content), '}')
}

// limit sets the temperature and how long the reply may be. Reasoning models refuse a temperature and max_tokens.
func (e *Engine) limit(req *openai.ChatCompletionRequest, tokens int, temperature float64) {
	reasoning := isReasoning(e.opts.Model)
	switch {
	case reasoning:
		req.ReasoningEffort = "low"
	case temperature > 0:
		req.Temperature = float32(temperature)
	}
	switch {
	case tokens > 0 && reasoning:
		req.MaxCompletionTokens = tokens + thinkingTokens
	case tokens > 0:
		//lint:ignore SA1019 what came after it is unknown to most endpoints but OpenAI's own
		req.MaxTokens = tokens
	}
}

// isReasoning reports whether the name is one of OpenAI's reasoning models, also behind a router's prefix ("openai/gpt-5-mini").
func isReasoning(model string) bool {
	name := path.Base(model)
	for _, prefix := range []string{"o1", "o3", "o4", "gpt-5"} {
		if name == prefix || strings.HasPrefix(name, prefix+"-") {
			return !strings.Contains(name, "-chat")
		}
	}
	return false
}

// appendHashed appends what stands for a user towards the endpoint, which can tell users apart by it but not who they are.
func appendHashed(b []byte, userID string) []byte {
	sum := sha256.Sum256([]byte("betterprofile user " + userID))
	return hex.AppendEncode(b, sum[:16])
}

func encode(v any) ([]byte, error) {
	body, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encoding the request to the model: %w", err)
	}
	return body, nil
}

// address is the URL of a path below the base URL.
func (e *Engine) address(path string) string {
	target := *e.base
	target.RawPath = strings.TrimSuffix(e.base.EscapedPath(), "/") + "/" + path
	target.Path, _ = url.PathUnescape(target.RawPath) // both came out of url.Parse and url.PathEscape
	return target.String()
}

// payload is the body of a request. It lets go of what has been sent: the request is held as long as its reply takes, which may be minutes.
type payload struct{ net.Buffers }

func (p *payload) Close() error { return nil }

// do sends a request with a body of these parts. No error of its holds the URL, which may have a password in it.
func (e *Engine) do(ctx context.Context, method, address string, body ...[]byte) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, address, nil)
	if err != nil {
		return nil, fmt.Errorf("making a request to the model: %w", inner(err))
	}
	req.Header.Set("User-Agent", "betterprofile")
	req.Header.Set("Accept-Encoding", "identity") // a compressed stream arrives in lumps
	if e.opts.APIKey != "" {
		req.Header.Set("Authorization", "Bearer "+e.opts.APIKey)
	}
	if len(body) > 0 {
		req.Header.Set("Content-Type", "application/json")
		req.GetBody = func() (io.ReadCloser, error) { return &payload{slices.Clone(body)}, nil }
		req.Body, _ = req.GetBody()
	}
	for _, part := range body {
		req.ContentLength += int64(len(part))
	}
	res, err := e.opts.HTTPClient.Do(req)
	body = nil // not to be sent again: see payload
	if err != nil {
		return nil, inner(err)
	}
	return res, nil
}
