package agent_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/betterprofile/betterprofile/agent/openai/openaitest"
	"github.com/betterprofile/betterprofile/interview"
)

// talked is a talk of two answers.
func talked() []interview.Message {
	return career().Messages[:4]
}

func TestTitle_OfTheModelIsCleanedAndHeldToTheRules(t *testing.T) {
	t.Parallel()
	in := interview.TitleRequest{UserID: "u", Now: career().Now, Messages: talked()}
	in.Messages = append(in.Messages, user("I planned the rota with Petra and our boss Olsen for the ward."))
	fallback, err := withoutModel().Title(t.Context(), in)
	if err != nil || fallback == "" {
		t.Fatalf("without a model: %q, %v", fallback, err)
	}
	for said, want := range map[string]string{
		"Night shift handover":                "Night shift handover",
		"Title: \"night shift handover.\"":    "Night shift handover",
		"**Handover of the night\nshift**":    "Handover of the night shift",
		"Handover in 25 minutes":              fallback, // a figure
		"Handover with Petra":                 fallback, // a name
		"Olsen and the handover":              fallback,
		"Handover":                            fallback, // one word
		strings.Repeat("night shift ", 9):     fallback,
		"What about the handover?":            fallback,
		"Banana pirates of the sea":           fallback, // nothing that was said
		"Handover <script>alert</script>":     fallback,
		"Handover and my divorce and illness": fallback,
	} {
		i, server := setup(t, openaitest.Completions(func(openaitest.Request) openaitest.Reply { return openaitest.Say(said) }))
		got, err := i.Title(t.Context(), in)
		if err != nil || got != want {
			t.Errorf("the model says %q: title %q, %v; want %q", said, got, err, want)
		}
		if n := len(server.Chats()); n != 1 {
			t.Errorf("%d requests", n)
		}
	}
	if utf8.RuneCountInString(fallback) > 48 {
		t.Errorf("the built-in title %q is too long", fallback)
	}
}

func TestTitle_WaitsForTwoAnswers(t *testing.T) {
	t.Parallel()
	i, server := setup(t)
	for _, messages := range [][]interview.Message{nil, talked()[:2], {user("Hi"), user("hello there"), user("ok")}} {
		if title, err := i.Title(t.Context(), interview.TitleRequest{UserID: "u", Messages: messages}); title != "" || err != nil {
			t.Errorf("of %d messages: %q, %v", len(messages), title, err)
		}
	}
	if n := len(server.Chats()); n != 0 {
		t.Errorf("the model was asked %d times", n)
	}
}

func TestTitle_FailureOfTheModelGivesTheBuiltinOne(t *testing.T) {
	t.Parallel()
	i, _ := setup(t, openaitest.Completions(func(openaitest.Request) openaitest.Reply { return openaitest.Fail(401) }))
	in := interview.TitleRequest{UserID: "u", Now: career().Now, Messages: talked()}
	want, _ := withoutModel().Title(t.Context(), in)
	if got, err := i.Title(t.Context(), in); err != nil || got != want || got == "" {
		t.Errorf("Title = %q, %v; want %q", got, err, want)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := i.Title(ctx, in); !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that is over: %v", err)
	}
}

func TestReply_ProposesATitleAtTheSecondAnswerWithoutAModel(t *testing.T) {
	t.Parallel()
	in := asked(told)
	first, _ := reply(t, withoutModel(), in)
	if first.Title != "" {
		t.Errorf("after the first answer: %q", first.Title)
	}
	again := asked("I drew a board of magnets and trained the twelve of us.")
	answer := assistant(first.Content)
	answer.ID, answer.ConversationID = "01900000-0000-7000-8000-000000000003", in.ConversationID
	answer.Metadata = first.Metadata.JSON()
	again.Message.ID = "01900000-0000-7000-8000-000000000004"
	again.Recent, again.State = append(in.Recent, in.Message, answer), first.State
	second, _ := reply(t, withoutModel(), again)
	if second.Title == "" {
		t.Error("after the second answer: no title")
	}
	again.Title = "Mine"
	if third, _ := reply(t, withoutModel(), again); third.Title != "" {
		t.Errorf("with a title: proposed %q", third.Title)
	}
	again.Title = ""
	i, _ := setup(t)
	if r, _ := reply(t, i, again); r.Title != "" {
		t.Errorf("with a model: proposed %q; it makes a better one afterwards", r.Title)
	}
}
