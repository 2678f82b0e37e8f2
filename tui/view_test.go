package tui

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"github.com/betterprofile/betterprofile/interview"
)

var update = flag.Bool("update", false, "write the golden files anew")

const sample = "You rebuilt the **handover** on your ward; other people had to live with that.\n\n## What I noticed\n\n" +
	"1. You named a *reason*: information got lost.\n2. You tried it on one ward first:\n   - two weeks, on paper\n   - then with `ISBAR`\n\n" +
	"> Nobody asked me to.\n\n| Step | Weeks |\n| --- | ---: |\n| Pilot | 2 |\n| Whole ward | 6 |\n\n" +
	"```\nlate := shift.End()\n```\n\n**What changed for the patients?** See [ISBAR](https://example.org/isbar)."

func noon() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }

func at(minutes int) interview.Time {
	return interview.At(noon().Add(time.Duration(minutes-90) * time.Minute))
}

func message(id string, role interview.Role, minutes int, content string) interview.Message {
	return interview.Message{ID: id, ConversationID: "c1", Role: role, Content: content, CreatedAt: at(minutes)}
}

// stage is a model whose commands are not run: the test says what they answer.
type stage struct {
	*model
	t *testing.T
}

func newStage(t *testing.T, opts Options) stage {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	if opts.Server == nil {
		opts.Server = newFakeServer(noon())
	}
	return stage{newModel(ctx, opts, noon), t}
}

func (s stage) send(msgs ...tea.Msg) stage {
	for _, msg := range msgs {
		s.model.Update(msg)
	}
	return s
}

func (s stage) keys(names ...string) stage {
	for _, name := range names {
		s.model.Update(press(name))
	}
	return s
}

// list is a page of four conversations, the first of which is open in the tests.
func list() interview.ConversationPage {
	return interview.ConversationPage{Conversations: []interview.Conversation{
		{ID: "c1", Title: "Nurse, rebuilt the handover", UpdatedAt: at(70), Preview: "You rebuilt the **handover** on your ward; other people had to"},
		{ID: "c2", UpdatedAt: at(-300), Preview: "I started as a carpenter, then I became a teacher for carpenters and joiners"},
		{ID: "c3", Title: "夜勤の話 and what came of it over the years", UpdatedAt: at(-5000), Preview: "Wie war das?"},
		{ID: "c4", UpdatedAt: at(-600000)},
	}}
}

// start is the program with its first answers.
func (s stage) start() stage {
	s.send(meMsg{me: interview.Me{User: interview.LocalUser(), Engine: interview.EngineInfo{Name: "openai", Model: "gpt-4o-mini"}}})
	return s.send(listMsg{page: list()})
}

func (s stage) opened(messages ...interview.Message) stage {
	return s.start().send(openedMsg{gen: s.conv.gen, view: interview.ConversationView{
		Conversation: interview.Conversation{ID: "c1", Title: "Nurse, rebuilt the handover", UpdatedAt: at(70), Messages: messages},
	}})
}

func talk() []interview.Message {
	return []interview.Message{
		message("m1", interview.RoleAssistant, 0, "Hello. I am here to listen and to ask.\n\nWhat have you been working on lately?"),
		message("m2", interview.RoleUser, 1, "I am a nurse, and I rebuilt our handover.\n  It took *two* months."),
		message("m3", interview.RoleAssistant, 2, sample),
	}
}

// scenes are the screens that the golden files show.
func scenes() map[string]func(stage) {
	fail := interview.Errorf(interview.CodeModelUnavailable, "The model gpt-4o-mini cannot be reached: connection refused.")
	sent := func(s stage) {
		s.opened(talk()[:1]...).keys("I am a nurse", "enter")
	}
	return map[string]func(stage){
		"first": func(s stage) {
			s.send(meMsg{me: interview.Me{User: interview.LocalUser(), Engine: interview.EngineInfo{Name: "builtin"}}}, listMsg{})
			c := interview.Conversation{ID: "c1", UpdatedAt: at(90), Messages: []interview.Message{message("m1", interview.RoleAssistant, 90, talk()[0].Content)}}
			s.send(createdMsg{gen: s.conv.gen, conversation: c})
		},
		"loading": func(s stage) { s.start() },
		"offline": func(s stage) {
			s.send(listMsg{err: interview.Errorf(interview.CodeUnavailable, "The server at 127.0.0.1:8080 does not answer.")})
		},
		"history": func(s stage) { s.opened(talk()...) },
		"scrolled": func(s stage) {
			s.opened(talk()...).keys("pgup").send(tea.PasteMsg{Content: "A draft\nof several lines, one of which is too long for the windows of some people"})
		},
		"waiting": sent,
		"streaming": func(s stage) {
			sent(s)
			s.send(eventsMsg{turn: 1, next: make(chan streamItem), events: []interview.Event{
				{Kind: interview.EventStarted, Message: &interview.Message{ID: "m2", Role: interview.RoleUser, Content: "I am a nurse", CreatedAt: at(80)}},
				{Kind: interview.EventDelta, Text: "Thank you.\n\n- What **exactly"},
				{Kind: interview.EventReconnecting},
			}})
		},
		"failed": func(s stage) {
			m := talk()
			m[1].Turn = &interview.TurnState{Status: interview.TurnFailed, Attempt: 1, Error: fail}
			m[2].Content = "You rebuilt"
			s.opened(m...)
		},
		"unsent": func(s stage) {
			sent(s)
			s.send(eventsMsg{turn: 1, err: interview.Errorf(interview.CodeUnavailable, "The server is stopping.")})
		},
		"lost": func(s stage) {
			sent(s)
			s.send(eventsMsg{turn: 1, events: []interview.Event{
				{Kind: interview.EventStarted, Message: &interview.Message{ID: "m2", Role: interview.RoleUser, Content: "I am a nurse", CreatedAt: at(80)}},
				{Kind: interview.EventDelta, Text: "Thank you. What **exactly"},
			}, err: interview.Errorf(interview.CodeInterrupted, "The connection to http://127.0.0.1:8080 was cut again and again.")})
		},
		"reconnecting": func(s stage) {
			sent(s)
			s.send(eventsMsg{turn: 1, next: make(chan streamItem), events: []interview.Event{{Kind: interview.EventReconnecting}}})
			s.model.now = func() time.Time { return noon().Add(75 * time.Second) }
			s.keys("typing goes on")
		},
		"another": func(s stage) { s.opened(talk()...).keys("ctrl+r") },
		"another-failed": func(s stage) {
			s.opened(talk()...).keys("ctrl+r").send(eventsMsg{turn: 1, events: []interview.Event{{Kind: interview.EventFailed, Error: fail}}})
		},
		"editing":   func(s stage) { s.opened(talk()...).keys("a draft", "f2", "!") },
		"branching": func(s stage) { s.opened(talk()...).keys("f2", "!", "enter", "next") },
		"help":      func(s stage) { s.opened(talk()...).keys("?") },
		"list":      func(s stage) { s.opened(talk()...).keys("tab", "down") },
		"rename":    func(s stage) { s.opened(talk()...).keys("tab", "r", "!") },
	}
}

func TestView_GoldenScreens(t *testing.T) {
	t.Parallel()
	checkGolden(t, scenes())
}

// checkGolden compares every scene, in three sizes and on two backgrounds, with its files.
func checkGolden(t *testing.T, scenes map[string]func(stage)) {
	t.Helper()
	for name, play := range scenes {
		for _, size := range []tea.WindowSizeMsg{{Width: 40, Height: 15}, {Width: 80, Height: 24}, {Width: 140, Height: 40}} {
			for _, theme := range []string{"dark", "light"} {
				s := newStage(t, Options{Local: true, DataPath: "~/.local/share/betterprofile", Version: "0.1.0"})
				s.send(size, tea.BackgroundColorMsg{Color: map[string]ansi.Color{"dark": ansi.Black, "light": ansi.BrightWhite}[theme]})
				play(s)
				v := s.View()
				checkFits(t, s, v)
				got := strings.ReplaceAll(v.Content, "\x1b", `\e`) + "\n"
				if v.Cursor != nil {
					got += fmt.Sprintf("cursor %d,%d\n", v.Cursor.X, v.Cursor.Y)
				}
				golden(t, fmt.Sprintf("%s-%dx%d-%s", name, size.Width, size.Height, theme), got)
			}
		}
	}
}

// checkFits fails unless the view fills the window and no more.
func checkFits(t *testing.T, s stage, v tea.View) {
	t.Helper()
	lines := strings.Split(v.Content, "\n")
	if len(lines) != s.height {
		t.Fatalf("%dx%d: %d lines", s.width, s.height, len(lines))
	}
	for i, line := range lines {
		if w := s.theme.styledWidth(line); w > s.width {
			t.Fatalf("%dx%d: line %d is %d columns wide: %q", s.width, s.height, i, w, line)
		}
	}
	if c := v.Cursor; c != nil && (c.X < 0 || c.Y < 0 || c.X >= s.width || c.Y >= s.height) {
		t.Fatalf("%dx%d: cursor at %d, %d", s.width, s.height, c.X, c.Y)
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; go test -update makes it", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (go test -update writes it anew):\n%s", path, diff)
	}
}

func TestView_EveryWindowSizeFits(t *testing.T) {
	t.Parallel()
	for name, play := range scenes() {
		s := newStage(t, Options{Local: true})
		s.View() // comes before the size is known
		play(s)
		for w := 1; w <= 500; w += 1 + w/4 {
			for h := 1; h <= 200; h += 1 + h/3 {
				s.send(tea.WindowSizeMsg{Width: w, Height: h})
				if t.Failed() {
					t.Fatalf("scene %s", name)
				}
				checkFits(t, s, s.View())
			}
		}
	}
}

func TestView_FirstWithoutASizeIsEmpty(t *testing.T) {
	t.Parallel()
	if v := newStage(t, Options{}).View(); v.Content != "" || !v.AltScreen {
		t.Errorf("got %q, alt screen %v", v.Content, v.AltScreen)
	}
}
