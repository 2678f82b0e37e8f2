package openai_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/betterprofile/betterprofile/agent"
	"github.com/betterprofile/betterprofile/agent/openai"
	"github.com/betterprofile/betterprofile/agent/openai/openaitest"
	"github.com/betterprofile/betterprofile/interview"
)

// order is a prompt for an answer in one piece.
func order(format agent.Format) agent.Prompt {
	return agent.Prompt{UserID: "user-4711", MaxTokens: 33, Format: format, Messages: []agent.Message{{Role: "user", Content: question}}}
}

func TestComplete_AsksInOnePiece(t *testing.T) {
	t.Parallel()
	e, server := setup(t, openaitest.Completions(func(openaitest.Request) openaitest.Reply { return openaitest.Say("Ward handover") }))
	text, usage, err := e.Complete(t.Context(), order(agent.Format{}))
	if err != nil || text != "Ward handover" || usage.OutputTokens != 2 || usage.InputTokens == 0 {
		t.Errorf("Complete = %q, %+v, %v", text, usage, err)
	}
	r := server.Requests()[0]
	if r.Stream || r.Usage || r.MaxTokens != 33 || r.Format != "" || r.User == "" || r.User == "user-4711" || len(r.Messages) != 1 {
		t.Errorf("asked %+v", r)
	}
}

func TestComplete_SendsTheSchema(t *testing.T) {
	t.Parallel()
	e, server := setup(t)
	text, _, err := e.Complete(t.Context(), order(agent.Format{Name: "extraction", Schema: []byte(`{"type":"object"}`)}))
	if err != nil || !json.Valid([]byte(text)) {
		t.Errorf("Complete = %q, %v", text, err)
	}
	var body struct {
		Format struct {
			Type   string `json:"type"`
			Schema struct {
				Name   string          `json:"name"`
				Strict bool            `json:"strict"`
				Schema json.RawMessage `json:"schema"`
			} `json:"json_schema"`
		} `json:"response_format"`
	}
	if err := json.Unmarshal(server.Requests()[0].Body, &body); err != nil {
		t.Fatal(err)
	}
	f := body.Format
	if f.Type != "json_schema" || f.Schema.Name != "extraction" || !f.Schema.Strict || string(f.Schema.Schema) != `{"type":"object"}` {
		t.Errorf("response_format %+v", f)
	}
}

func TestComplete_WithoutASchemaARefusalIsFinal(t *testing.T) {
	t.Parallel()
	e, server := setup(t, openaitest.Completions(func(openaitest.Request) openaitest.Reply {
		return openaitest.Reply{Status: 400, Code: "invalid_value", Message: "No."}
	}))
	_, _, err := e.Complete(t.Context(), order(agent.Format{}))
	if failed, ok := errors.AsType[*interview.Error](err); !ok || failed.Details.Reason != interview.ReasonRefused {
		t.Errorf("err = %v, want refused", err)
	}
	if n := len(server.Chats()); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
}

func TestComplete_RetriesAndGivesUpLikeStream(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, opts openai.Options, server *openaitest.Server) {
		_, _, err := newEngine(t, opts).Complete(t.Context(), order(agent.Format{}))
		failed, ok := errors.AsType[*interview.Error](err)
		if !ok || failed.Details.Reason != interview.ReasonServerError {
			t.Fatalf("err = %v, want server_error", err)
		}
		checkError(t, failed)
		if n := len(server.Chats()); n != 1+openai.DefaultMaxRetries {
			t.Errorf("%d requests", n)
		}
	}, openaitest.Completions(func(openaitest.Request) openaitest.Reply { return openaitest.Fail(500) }))
	bubble(t, func(t *testing.T, opts openai.Options, _ *openaitest.Server) {
		_, _, err := newEngine(t, opts).Complete(t.Context(), order(agent.Format{}))
		if interview.ErrorCode(err) != interview.CodeModelTimeout {
			t.Errorf("err = %v, want model_timeout", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, _, err := newEngine(t, opts).Complete(ctx, order(agent.Format{})); !errors.Is(err, context.Canceled) {
			t.Errorf("err = %v, want canceled", err)
		}
	}, openaitest.Completions(func(openaitest.Request) openaitest.Reply {
		return openaitest.Reply{Text: "x", Before: func(ctx context.Context, _ int) { <-ctx.Done() }}
	}))
}
