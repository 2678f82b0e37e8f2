package tui

import (
	"errors"
	"os/exec"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"github.com/betterprofile/betterprofile/interview"
)

func TestRecall_UpAndDownAtTheEnds(t *testing.T) {
	t.Parallel()
	messages := []interview.Message{
		message("a", interview.RoleUser, 1, "first\nof two lines"), message("b", interview.RoleAssistant, 2, "And?"),
		message("c", interview.RoleUser, 3, "second"), message("d", interview.RoleAssistant, 4, "And?"), message("e", interview.RoleUser, 5, "second"),
	}
	s := newStage(t, Options{}).send(window(80, 24)).opened(messages...).keys("mine")
	for _, step := range []struct{ key, want string }{
		{"up", "mine"},
		{"up", "second"},
		{"up", "first\nof two lines"},
		{"up", "first\nof two lines"},
		{"down", "first\nof two lines"},
		{"down", "second"},
		{"down", "mine"},
		{"down", "mine"},
		{"ctrl+_", "second"},
		{"ctrl+y", "mine"},
	} {
		if s.keys(step.key); s.composer.value() != step.want {
			t.Fatalf("%s left %q, want %q", step.key, s.composer.value(), step.want)
		}
	}
	s.keys("up", "up", "!", "up")
	if got := s.composer.value(); got != "!second" {
		t.Errorf("a changed text gave way to %q", got)
	}
}

func TestRecall_EmptyComposerOfANewConversationStillScrolls(t *testing.T) {
	t.Parallel()
	long := message("m", interview.RoleAssistant, 1, strings.Repeat("line\n\n", 40))
	s := newStage(t, Options{}).send(window(80, 24)).opened(long).keys("up")
	if s.history.follow {
		t.Error("up did not scroll")
	}
}

func TestSlash_CompletesChoosesAndRuns(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{}).send(window(80, 30)).start().opened(talk()...)
	s.keys("/").wants("/skip", "another question", "/quit", "Tab completes").keys("p").wants("/private TEXT", "/profile").lacks("/skip ")
	if s.keys("tab"); s.composer.value() != "/private " {
		t.Fatalf("completed to %q", s.composer.value())
	}
	s.lacks("/profile").keys("enter").wants("Write what you want to say behind /private.")
	s.keys("I cried", "enter").wants("sending…", "/private I cried")
	s = newStage(t, Options{}).send(window(80, 30)).opened(talk()...)
	s.keys("/m", "enter").wants("Replies come from the model gpt-4o-mini.")
	s.keys("/h", "enter").wants("Writing").keys("esc")
	if !s.composer.empty() {
		t.Errorf("the composer has %q", s.composer.value())
	}
	s.keys("/s", "down", "down", "up", "esc").lacks("Tab completes").keys("ctrl+u", "/sk", "enter").wants("sending…", "/skip")
	if s.turn == nil || s.turn.input.Content != "/skip" {
		t.Error("/skip was not sent")
	}
}

func TestSlash_WhatIsNoCommandIsSentWhenMeant(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{}).send(window(80, 24)).opened(talk()...)
	s.keys("/recpa", "enter").wants("There is no such command.", "› /recpa").keys("enter").wants("sending…")
	s = newStage(t, Options{}).send(window(80, 24)).opened(talk()...)
	s.keys("/etc/hosts was wrong", "enter").wants("sending…")
	s = newStage(t, Options{}).send(window(80, 24)).opened(talk()...)
	s.keys("/skip this one", "enter").wants("sending…", "/skip this one")
	if s.turn.input.Content != "/skip this one" {
		t.Errorf("sent %q", s.turn.input.Content)
	}
}

func TestSlash_EveryCommandThatActsHereCanBeRun(t *testing.T) {
	t.Parallel()
	for _, c := range slashCommands() {
		s := newStage(t, Options{}).send(window(80, 30)).opened(talk()...)
		s.keys(c.name, "enter")
		checkFits(t, s, s.View())
		if acts := s.turn == nil; acts != (c.run != nil || c.needs) {
			t.Errorf("%s acts here: %v", c.name, acts)
		}
	}
}

func TestComposer_GrowsToAThirdOfTheScreen(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{}).send(window(80, 30)).opened(talk()...)
	s.send(tea.PasteMsg{Content: strings.Repeat("line\n", 50)})
	if s.frame.composer != 10 {
		t.Errorf("%d rows, want 10", s.frame.composer)
	}
}

func TestComposer_AltDErasesAWord(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{}).send(window(80, 24)).opened(talk()...).keys("one two three", "ctrl+a", "alt+d", "alt+d")
	if got := s.composer.value(); got != " three" {
		t.Errorf("left %q", got)
	}
}

func TestEditor_WhatItMadeComesBack(t *testing.T) {
	t.Parallel()
	given := ""
	opts := Options{Editor: func(text string) (ExternalEdit, error) {
		given = text
		return ExternalEdit{Cmd: exec.Command("true"), Text: func() (string, error) { return "better", nil }}, nil
	}}
	s := newStage(t, opts).send(window(80, 24)).opened(talk()...).keys("mine", "ctrl+o")
	if given != "mine" {
		t.Errorf("the editor was given %q", given)
	}
	s.send(editedMsg{gen: s.conv.gen - 1, text: "late"}).send(editedMsg{gen: s.conv.gen, err: errors.New("exit status 1")}).wants("your text is as it was: exit status 1", "› mine")
	s.send(editedMsg{gen: s.conv.gen, text: "better\nand longer"}).wants("› better", "and longer").keys("ctrl+_").wants("› mine")
	newStage(t, Options{}).send(window(80, 24)).opened(talk()...).keys("ctrl+o").wants("There is no editor.")
}

func TestDrafts_AnotherProgramsDraftStaysWhenNothingWasWrittenHere(t *testing.T) {
	t.Parallel()
	store := &memoryDrafts{}
	box := newDraftBox(store)
	box.load("c1")
	store.Save("c1", draft{Text: "written elsewhere"}.encode())
	box.set("c1", draft{})
	box.save()
	if got := decodeDraft(store.Load("c1")); got.Text != "written elsewhere" {
		t.Errorf("the draft is %q", got.Text)
	}
	box.set("c1", draft{Text: "here"})
	box.save()
	box.set("c1", draft{})
	box.save()
	if got := store.Load("c1"); got != "" {
		t.Errorf("the draft is %q after it was erased here", got)
	}
}
