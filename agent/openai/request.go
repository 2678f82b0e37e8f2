package openai

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/sashabaranov/go-openai"

	"github.com/betterprofile/betterprofile/agent"
	"github.com/betterprofile/betterprofile/interview"
)

// thinkingTokens is what a reasoning model gets on top of MaxTokens: its thoughts count as output.
const thinkingTokens = 4096

// chatBody is the JSON of a streamed request for the reply.
func (e *Engine) chatBody(in interview.ReplyRequest) ([]byte, error) {
	prompt := agent.Messages(in, e.opts.WindowTokens)
	req := openai.ChatCompletionRequest{
		Model: e.opts.Model, Stream: true, StreamOptions: &openai.StreamOptions{IncludeUsage: true}, User: hashed(in.UserID),
		Messages: make([]openai.ChatCompletionMessage, len(prompt)),
	}
	for i, m := range prompt {
		req.Messages[i] = openai.ChatCompletionMessage{Role: m.Role, Content: m.Content}
	}
	e.limit(&req, e.opts.MaxTokens)
	return encode(req)
}

// limit sets the temperature and how long the reply may be. Reasoning models refuse a temperature and max_tokens.
func (e *Engine) limit(req *openai.ChatCompletionRequest, tokens int) {
	reasoning := isReasoning(e.opts.Model)
	switch {
	case reasoning:
		req.ReasoningEffort = "low"
	case e.opts.Temperature > 0:
		req.Temperature = float32(e.opts.Temperature)
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

// hashed stands for a user towards the endpoint, which can tell users apart by it but not who they are.
func hashed(userID string) string {
	sum := sha256.Sum256([]byte("betterprofile user " + userID))
	return hex.EncodeToString(sum[:16])
}

func encode(v any) ([]byte, error) {
	body, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encoding the request to the model: %w", err)
	}
	return body, nil
}

// do sends a request to a path below the base URL. No error of its holds the URL, which may have a password in it.
func (e *Engine) do(ctx context.Context, method, path string, body []byte) (*http.Response, error) {
	target := *e.base
	target.RawPath = strings.TrimSuffix(e.base.EscapedPath(), "/") + "/" + path
	target.Path, _ = url.PathUnescape(target.RawPath) // both came out of url.Parse and url.PathEscape
	req, err := http.NewRequestWithContext(ctx, method, target.String(), bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("making a request to the model: %w", inner(err))
	}
	req.Header.Set("User-Agent", "betterprofile")
	req.Header.Set("Accept-Encoding", "identity") // a compressed stream arrives in lumps
	if len(body) > 0 {
		req.Header.Set("Content-Type", "application/json")
	}
	if e.opts.APIKey != "" {
		req.Header.Set("Authorization", "Bearer "+e.opts.APIKey)
	}
	res, err := e.opts.HTTPClient.Do(req)
	if err != nil {
		return nil, inner(err)
	}
	return res, nil
}
