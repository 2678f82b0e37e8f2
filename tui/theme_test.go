package tui

import (
	"fmt"
	"image/color"
	"regexp"
	"strconv"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/printable/printabletest"
)

// inkOf is the colour that a sequence of ours writes with, nil for the terminal's own; ok is false for a sequence that does anything else with colours.
func inkOf(sequence string) (ink color.Color, ok bool) {
	rest := sequence
	if m := regexp.MustCompile(`38;2;(\d+);(\d+);(\d+)`).FindStringSubmatch(sequence); m != nil {
		var rgb [3]uint8
		for i := range rgb {
			n, _ := strconv.Atoi(m[i+1])
			rgb[i] = uint8(n)
		}
		ink = color.RGBA{rgb[0], rgb[1], rgb[2], 255}
		rest = strings.Replace(sequence, m[0], "", 1)
	}
	return ink, regexp.MustCompile(`^(\x1b\[(;?[1349])*;?m)?$`).MatchString(rest) // bold, italic, underlined, struck out
}

func TestTheme_EveryPairOfInkAndBackgroundHasTheContrast(t *testing.T) {
	t.Parallel()
	for _, theme := range []struct {
		dark, high  bool
		backgrounds []string
		want        float64
	}{
		{true, false, []string{"#000000", "#1e1e1e"}, 4.5},
		{false, false, []string{"#ffffff"}, 4.5},
		{true, true, []string{"#000000", "#1e1e1e"}, 7},
		{false, true, []string{"#ffffff"}, 7},
	} {
		p := newPalette(theme.dark)
		if theme.high {
			p = newHighContrast(theme.dark)
		}
		inks := map[string]color.Color{}
		for a := range attr(attrs) {
			ink, ok := inkOf(sequence(a, p))
			if !ok {
				t.Fatalf("%q does more than write in a colour", sequence(a, p))
			}
			if ink != nil {
				inks[fmt.Sprint(ink)] = ink
			}
		}
		if len(inks) < 5 {
			t.Errorf("only %d colours", len(inks))
		}
		for name, ink := range inks {
			for _, background := range theme.backgrounds {
				if got := contrast(ink, lipgloss.Color(background)); got < theme.want {
					t.Errorf("dark %v, high %v: %s on %s has a contrast of %.2f, want %.1f", theme.dark, theme.high, name, background, got, theme.want)
				}
			}
		}
	}
}

func TestTheme_FollowsTheTerminalUnlessChosen(t *testing.T) {
	t.Parallel()
	light := tea.BackgroundColorMsg{Color: ansi.BrightWhite}
	if s := newStage(t, Options{}).send(light); s.dark || s.theme.palette != newPalette(false) {
		t.Error("a light terminal was not followed")
	}
	if s := newStage(t, Options{Theme: ThemeDark}).send(light); !s.dark {
		t.Error("the chosen theme gave way")
	}
	if s := newStage(t, Options{Theme: ThemeLight, HighContrast: true}); s.dark || s.theme.palette != newHighContrast(false) {
		t.Error("the chosen theme is not there from the start")
	}
}

func TestFrame_NoTextOfAnyScriptBreaksIt(t *testing.T) {
	t.Parallel()
	texts := append(printabletest.Harmless(), printabletest.Hostile()...)
	texts = append(texts, strings.Repeat("長い", 300), strings.Repeat("👩‍🚀", 200), "e"+strings.Repeat("\u0301", 50), strings.Repeat("مرحبا", 100), strings.Repeat("x", 5000))
	for i, text := range texts {
		size := []tea.WindowSizeMsg{{Width: 40, Height: 15}, {Width: 80, Height: 24}, {Width: 140, Height: 40}, {Width: 13, Height: 9}}[i%4]
		fact := interview.Fact{Kind: interview.FactKind(text), Text: text, Quote: text, Status: interview.FactStatus(text)}
		scenes := []func(stage){
			func(s stage) { s.keys("shift+tab", "k") },
			func(s stage) {
				s.keys("shift+tab", "k", "enter").send(factsMsg{messageID: "m2", facts: []interview.Fact{fact}})
			},
			func(s stage) { s.send(forgetMsg{err: interview.Errorf(interview.CodeInternal, "%s", text)}) },
			func(s stage) { s.send(tea.PasteMsg{Content: text}) },
			func(s stage) { s.send(tea.PasteMsg{Content: "/" + text}) },
			func(s stage) {
				s.send(queueMsg{[]Queued{{ConversationID: "c1", Input: interview.TurnInput{ID: "q", Content: text}}}})
			},
			func(s stage) { s.send(editedMsg{gen: s.conv.gen, text: text}) },
			func(s stage) { s.keys("shift+tab", "k", "q") },
		}
		if i >= len(printabletest.Harmless()) { // there are many: each is on one of the screens
			scenes = scenes[i%len(scenes):][:1]
		}
		for j, play := range scenes {
			s := newStage(t, Options{Outbox: &memoryOutbox{}}).send(size)
			reply := message("m3", interview.RoleAssistant, 2, "```go\n"+text+"\n```\n\n"+text)
			reply.Metadata = interview.ReplyMetadata{Engine: text, Model: text, Facet: text}.JSON()
			s.opened(message("m1", interview.RoleAssistant, 0, text), message("m2", interview.RoleUser, 1, text), reply)
			play(s)
			v := s.View()
			checkFits(t, s, v)
			if plain := ansi.Strip(v.Content); strings.ContainsAny(plain, "\x1b\a\r\b\u009b\u009d\u202e") {
				t.Fatalf("scene %d with %q shows %q", j, text, plain)
			}
			checkStyled(t, v.Content)
		}
	}
}

// checkStyled fails when there is a sequence that styles of ours do not make.
func checkStyled(t *testing.T, content string) {
	t.Helper()
	for _, sequence := range regexp.MustCompile(`\x1b[^m]*m?`).FindAllString(content, -1) {
		if _, ok := inkOf(sequence); !ok && sequence != ansi.ResetStyle && sequence != "\x1b[7m" {
			t.Fatalf("%q is in the view", sequence)
		}
	}
}
