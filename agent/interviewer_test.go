package agent_test

import (
	"context"
	"errors"
	"testing"

	"github.com/betterprofile/betterprofile/agent"
	"github.com/betterprofile/betterprofile/agent/openai"
	"github.com/betterprofile/betterprofile/agent/openai/openaitest"
	"github.com/betterprofile/betterprofile/interview"
)

// opener opens with one sentence.
type opener string

func (o opener) Open(interview.OpeningRequest) interview.Reply {
	return interview.Reply{Content: string(o), Metadata: interview.ReplyMetadata{Engine: "builtin"}}
}

func setup(t *testing.T, replies ...openaitest.Reply) *agent.Interviewer {
	t.Helper()
	server := openaitest.New(t, openaitest.Replies(replies...))
	engine, err := openai.New(openai.Options{BaseURL: server.URL(), HTTPClient: server.HTTPClient(), Model: "m", MaxRetries: -1})
	if err != nil {
		t.Fatal(err)
	}
	return agent.New(agent.Options{Engine: engine, Opener: opener("What did you work on last?")})
}

func ignore(interview.Delta) error { return nil }

func TestInterviewer_OpensWithoutTheEngine(t *testing.T) {
	t.Parallel()
	i := setup(t, openaitest.Fail(500))
	reply, err := i.Open(t.Context(), interview.OpeningRequest{First: true})
	if err != nil || reply.Content != "What did you work on last?" {
		t.Errorf("Open = %+v, %v", reply, err)
	}
	cause := errors.New("why")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	if _, err := i.Open(ctx, interview.OpeningRequest{}); !errors.Is(err, cause) {
		t.Errorf("Open with a cancelled context: %v, want its cause", err)
	}
}

func TestInterviewer_SaysWhatReplies(t *testing.T) {
	t.Parallel()
	if got, want := setup(t).Engine(), (interview.EngineInfo{Name: "openai", Model: "m"}); got != want {
		t.Errorf("Engine() = %+v, want %+v", got, want)
	}
}

func TestInterviewer_ReplyProposesATitleOnlyWhenThereIsNone(t *testing.T) {
	t.Parallel()
	i := setup(t)
	in := interview.ReplyRequest{Message: user("I am a nurse. I like it.")}
	reply, err := i.Reply(t.Context(), in, ignore)
	if err != nil || reply.Title != "I am a nurse" ||
		reply.Metadata.Engine != "openai" || reply.Metadata.Model != "m" {
		t.Errorf("Reply = %+v, %v", reply, err)
	}
	in.Title = "Mine"
	if reply, err = i.Reply(t.Context(), in, ignore); err != nil || reply.Title != "" {
		t.Errorf("with a title: proposed %q, %v", reply.Title, err)
	}
}

func TestInterviewer_EngineErrorReachesTheUserAndSendingAgainWorks(t *testing.T) {
	t.Parallel()
	i := setup(t, openaitest.Fail(500))
	in := interview.ReplyRequest{Message: user("I am a nurse.")}
	_, err := i.Reply(t.Context(), in, ignore)
	if interview.AsError(err).Details.Reason != interview.ReasonServerError {
		t.Fatalf("err = %v, want server_error", err)
	}
	if reply, err := i.Reply(t.Context(), in, ignore); err != nil || reply.Content == "" {
		t.Errorf("sent again: %+v, %v", reply, err)
	}
}

// terse is an engine that sets nothing but the text.
type terse struct{}

func (terse) Info() interview.EngineInfo { return interview.EngineInfo{Name: "openai", Model: "x"} }

func (terse) Reply(context.Context, interview.ReplyRequest, func(interview.Delta) error) (interview.Reply, error) {
	return interview.Reply{Content: "Yes?", Title: "Own title"}, nil
}

func TestInterviewer_NamesTheEngineAndKeepsItsTitle(t *testing.T) {
	t.Parallel()
	i := agent.New(agent.Options{Engine: terse{}})
	reply, err := i.Reply(t.Context(), interview.ReplyRequest{Message: user("I am a nurse.")}, ignore)
	if err != nil || reply.Title != "Own title" || reply.Metadata.Engine != "openai" || reply.Metadata.Model != "x" {
		t.Errorf("Reply = %+v, %v", reply, err)
	}
}
