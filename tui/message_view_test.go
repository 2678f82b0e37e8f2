package tui

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/printable"
	"github.com/betterprofile/betterprofile/printable/printabletest"
)

// messageScenes are the screens about messages and writing that the golden files show.
func messageScenes() map[string]func(stage) {
	yesterday := talk()
	for i := range yesterday[:2] {
		yesterday[i].CreatedAt = interview.At(noon().AddDate(0, 0, -1))
	}
	return map[string]func(stage){
		"reading": func(s stage) { s.opened(talk()[:2]...).keys("shift+tab", "k") },
		"days":    func(s stage) { s.opened(yesterday...) },
		"unseen": func(s stage) {
			s.opened(many(0, 40)...).keys("hi", "enter", "pgup", "pgup").send(some(1, interview.Event{Kind: interview.EventStarted}, interview.Event{Kind: interview.EventDelta, Text: "Thank you."}))
		},
		"details": func(s stage) {
			s.opened(talk()[:2]...).keys("shift+tab", "enter").send(factsMsg{messageID: "m2", facts: []interview.Fact{
				{Kind: "role", Text: "nurse", Quote: "I am a nurse", Status: interview.FactConfirmed},
				{Kind: "action", Text: "rebuilt the handover of the ward over two months, with paper first and the system later", Quote: "I rebuilt our handover", Status: interview.FactProposed},
			}})
		},
		"details-reply": func(s stage) {
			reply := talk()[2]
			reply.Metadata = interview.ReplyMetadata{Engine: "openai", Model: "gpt-4o-mini", Facet: "story", Slot: "result"}.JSON()
			s.opened(talk()[1], reply).keys("shift+tab", "enter")
		},
		"forget": func(s stage) {
			s.opened(talk()[:2]...).keys("shift+tab").send(forgetMsg{ids: []string{"m2"}, report: interview.ForgetReport{Messages: 1, Replies: 1, Facts: 3, DryRun: true}})
		},
		"commands":     func(s stage) { s.opened(talk()...).keys("/", "down") },
		"commands-few": func(s stage) { s.opened(talk()...).keys("/pr") },
		"code":         func(s stage) { s.opened(message("m1", interview.RoleAssistant, 0, codeSample)) },
		"waiting-for-server": func(s stage) {
			s.opened(talk()[:2]...).keys("typed offline", "enter").send(eventsMsg{turn: 1, err: gone()})
		},
		"from-cache": func(s stage) {
			s.send(listMsg{page: list(), cached: true, err: gone()})
			view := interview.ConversationView{Conversation: interview.Conversation{ID: "c1", Title: "Nurse, rebuilt the handover", Messages: talk()[:2]}}
			s.send(openedMsg{gen: s.conv.gen, view: view, cached: true, err: gone()})
		},
	}
}

const codeSample = "A check before each handover:\n\n```go\n// late reports whether the shift ended late.\nfunc late(end time.Time) bool {\n\treturn end.Hour() >= 22 && note != \"ok\"\n}\n```\n\n" +
	"```sql\nSELECT count(*) FROM handovers -- all wards\n```\n\n```\nno language here\n```"

func TestView_GoldenMessageScreens(t *testing.T) {
	t.Parallel()
	for name, play := range messageScenes() {
		for _, size := range []tea.WindowSizeMsg{{Width: 40, Height: 15}, {Width: 80, Height: 24}, {Width: 140, Height: 40}} {
			for theme, background := range map[string]ansi.Color{"dark": ansi.Black, "light": ansi.BrightWhite} {
				s := newStage(t, Options{Version: "0.1.0", Outbox: &memoryOutbox{}}).send(size, tea.BackgroundColorMsg{Color: background})
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

func TestView_MessageScreensFitEveryWindow(t *testing.T) {
	t.Parallel()
	for name, play := range messageScenes() {
		s := newStage(t, Options{Outbox: &memoryOutbox{}})
		play(s)
		for w := 1; w <= 500; w += 1 + w/3 {
			for h := 1; h <= 200; h += 1 + h/2 {
				s.send(tea.WindowSizeMsg{Width: w, Height: h}).keys("j", "k")
				if checkFits(t, s, s.View()); t.Failed() {
					t.Fatalf("scene %s", name)
				}
			}
		}
	}
}

// TestRun_HostileMessages drives every text that means harm through the screens about messages and reads the output byte for byte.
func TestRun_HostileMessages(t *testing.T) {
	t.Parallel()
	all := strings.Join(printabletest.Hostile(), " ")
	server := newFakeServer(noon())
	c := server.add("A talk", "Hello.", all+" seen")
	server.facts = []interview.Fact{{Kind: "role", Text: all, Quote: all, Status: "proposed", Sources: []interview.Source{{MessageID: c.Messages[1].ID}}}}
	server.forgotten = interview.ForgetReport{Messages: 1, MessageIDs: []string{c.Messages[1].ID}}
	waiting := &memoryOutbox{waiting: []Queued{{ConversationID: c.ID, Input: interview.TurnInput{ID: interview.NewID(), Content: all + " waited"}}}}
	server.script = func(string) []step { return []step{{fail: interview.Errorf(interview.CodeInternal, "%s", all)}} }
	x := run(t, Options{Server: server, Outbox: waiting}).wants("Ctrl+R tries again").types("\x1b[Z").wants("Enter details").types("\r").wants("About this message")
	x.types("\x1b[6~\x1b[6~q").wants("Enter details").types("q").wants("Ctrl+G help").types("\x1b[Z").wants("Enter details").types("d").wants("Forgotten").types(ctrlC).quits()
	checkOutput(t, x.raw.Bytes())
}

func TestRun_CopiesToTheTerminalsClipboardAndTheSystems(t *testing.T) {
	t.Parallel()
	server := newFakeServer(noon())
	server.add("A talk", "Hello. \x1b]52;c;AAAA\x07Copy me.")
	taken := make(chan string, 1)
	clip := func(_ context.Context, text string) error {
		taken <- text
		return nil
	}
	x := run(t, Options{Server: server, Clipboard: clip}).wants("Copy me.").types("\x1b[Z").wants("c copy").types("c").wants("Copied")
	var m [][]byte
	x.shows("text for the clipboard", func(string) bool {
		x.mu.Lock()
		defer x.mu.Unlock()
		m = regexp.MustCompile(`\x1b\]52;c;([A-Za-z0-9+/=]*)\x07`).FindSubmatch(bytes.Clone(x.raw.Bytes()))
		return m != nil
	}).types(ctrlC).quits()
	text, err := base64.StdEncoding.DecodeString(string(m[1]))
	if got := <-taken; err != nil || got != string(text) || !printable.Safe(got) || !strings.HasSuffix(got, "Copy me.") {
		t.Errorf("the terminal has %q, the system %q (%v)", text, got, err)
	}
}
