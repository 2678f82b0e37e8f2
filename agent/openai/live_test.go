//go:build live

package openai_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/betterprofile/betterprofile/agent"
	"github.com/betterprofile/betterprofile/agent/builtin"
	"github.com/betterprofile/betterprofile/agent/openai"
	"github.com/betterprofile/betterprofile/interview"
)

// The tests of this file ask a real model: make live, with OPENAI_API_KEY, and OPENAI_BASE_URL and BETTERPROFILE_MODEL where they are not the
// defaults.

func live(t *testing.T) *agent.Interviewer {
	t.Helper()
	e, err := openai.New(openai.Options{
		APIKey: os.Getenv("OPENAI_API_KEY"), BaseURL: os.Getenv("OPENAI_BASE_URL"), Model: os.Getenv("BETTERPROFILE_MODEL"),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Check(t.Context()); err != nil {
		t.Fatalf("the endpoint does not answer: %v", err)
	}
	return agent.New(agent.Options{Engine: e, Builtin: builtin.New()})
}

// liveTalk is what is said so far.
func liveTalk() []interview.Message {
	now := interview.At(time.Now())
	talk := []interview.Message{
		{ID: "m1", Role: interview.RoleAssistant, Content: "What have you been working on lately?"},
		{ID: "m2", Role: interview.RoleUser, Content: "I am a ward nurse at St Anna, and I rebuilt the handover of our night shift."},
		{ID: "m3", Role: interview.RoleAssistant, Content: "What was different afterwards?"},
		{ID: "m4", Role: interview.RoleUser, Content: "It takes 25 minutes instead of 55, with a board of magnets for our 12 beds."},
	}
	for i := range talk {
		talk[i].ConversationID, talk[i].CreatedAt = "c", now
	}
	return talk
}

func TestLive_Reply(t *testing.T) {
	i, talk := live(t), liveTalk()
	start, first := time.Now(), time.Duration(0)
	reply, err := i.Reply(t.Context(), interview.ReplyRequest{
		UserID: "live", ConversationID: "c", Now: interview.At(time.Now()), Message: talk[3], Recent: talk[:3], Whole: true,
	}, func(interview.Delta) error {
		if first == 0 {
			first = time.Since(start)
		}
		return nil
	})
	if err != nil || reply.Metadata.Engine != "openai" || strings.Count(reply.Content, "?") > 1 || reply.Usage.InputTokens < 1000 {
		t.Errorf("Reply = %+v, %v", reply, err)
	}
	t.Logf("first text after %v, the end after %v, %+v: %s", first, time.Since(start), reply.Usage, reply.Content)
}

func TestLive_Extract(t *testing.T) {
	i := live(t)
	in := interview.ExtractRequest{UserID: "live", ConversationID: "c", Now: interview.At(time.Now()), Messages: liveTalk()}
	learned, err := i.Extract(t.Context(), in)
	if err != nil || len(learned.Facts) == 0 {
		t.Errorf("Extract = %+v, %v", learned, err)
	}
	t.Logf("%d facts, rejected %v", len(learned.Facts), i.Stats().Rejected)
}

func TestLive_TitleAndSummary(t *testing.T) {
	i := live(t)
	title, err := i.Title(t.Context(), interview.TitleRequest{UserID: "live", Messages: liveTalk()})
	if err != nil || title == "" {
		t.Errorf("Title = %q, %v", title, err)
	}
	text, err := i.Summarise(t.Context(), interview.SummaryRequest{UserID: "live", Messages: liveTalk()})
	if err != nil || text == "" {
		t.Errorf("Summarise = %q, %v", text, err)
	}
	t.Logf("title %q (rejected %v), summary %q", title, i.Stats().Rejected, text)
}
