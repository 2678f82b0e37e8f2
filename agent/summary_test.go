package agent_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/betterprofile/betterprofile/agent/openai/openaitest"
	"github.com/betterprofile/betterprofile/interview"
)

func completes(text string) openaitest.Option {
	return openaitest.Completions(func(openaitest.Request) openaitest.Reply { return openaitest.Say(text) })
}

func TestSummarise_TakesTheModelsTextWhenItsFiguresHold(t *testing.T) {
	t.Parallel()
	in := interview.SummaryRequest{UserID: "u", Messages: career().Messages}
	best, err := withoutModel().Summarise(t.Context(), in)
	if err != nil || !strings.Contains(best, "from 55 to 25 minutes") {
		t.Fatalf("without a model: %q, %v", best, err)
	}
	if strings.Contains(best, "depressed") || strings.Contains(best, "40 %") {
		t.Errorf("without a model: %q holds what is private, or what the user did not say", best)
	}
	for text, holds := range map[string]bool{
		"Runs the night shift at Brightpost with 12 people; cut the handover from 55 to 25 minutes.": true,
		"Runs the night shift and cut the handover by 40 %.":                                         false,
		"Runs the night shift with thirteen people.":                                                 false,
		"Runs the night shift and says “I am the best of them all here”.":                            false,
		"":                                      false,
		strings.Repeat("The night shift. ", 60): false,
		"<b>Night shift</b>":                    false,
	} {
		i, server := setup(t, completes(text))
		got, err := i.Summarise(t.Context(), in)
		want := best
		if holds {
			want = text
		}
		if err != nil || got != want {
			t.Errorf("the model says %q: %q, %v", text, got, err)
		}
		if chat := server.Chats()[0]; strings.Contains(string(chat.Body), "divorce") || chat.Stream {
			t.Errorf("asked with %s", chat.Body)
		}
	}
}

func TestSummarise_OfTwoEpisodes(t *testing.T) {
	t.Parallel()
	in := interview.SummaryRequest{
		UserID: "u", Merge: []string{"Cut the handover from 55 to 25 minutes with a board.", "I hired 3 nurses for the night shift and trained them."},
		Facts: []*interview.Fact{{Text: "a team of 12", Status: interview.FactProposed}, {Text: "a team of 99", Status: interview.FactRejected}},
	}
	const merged = "Cut the handover from 55 to 25 minutes, hired 3 nurses; a team of 12."
	i, server := setup(t, completes(merged))
	if got, err := i.Summarise(t.Context(), in); err != nil || got != merged {
		t.Errorf("Summarise = %q, %v", got, err)
	}
	if body := string(server.Chats()[0].Body); !strings.Contains(body, "a team of 12") || strings.Contains(body, "a team of 99") {
		t.Errorf("asked with %s", body)
	}
	if got, err := withoutModel().Summarise(t.Context(), in); err != nil || !strings.Contains(got, "55 to 25") {
		t.Errorf("without a model: %q, %v", got, err)
	}
}

func TestSummarise_FailureOfTheModelGivesTheBestSentences(t *testing.T) {
	t.Parallel()
	i, _ := setup(t, openaitest.Completions(func(openaitest.Request) openaitest.Reply { return openaitest.Fail(401) }))
	in := interview.SummaryRequest{UserID: "u", Messages: career().Messages}
	if got, err := i.Summarise(t.Context(), in); err != nil || !strings.Contains(got, "from 55 to 25 minutes") {
		t.Errorf("Summarise = %q, %v", got, err)
	}
	if got, err := i.Summarise(t.Context(), interview.SummaryRequest{}); err != nil || got != "" {
		t.Errorf("of nothing: %q, %v", got, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := i.Summarise(ctx, in); !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that is over: %v", err)
	}
}
