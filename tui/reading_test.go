package tui

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"github.com/betterprofile/betterprofile/interview"
)

// chosen is the id of the message that is chosen, empty for none.
func (s stage) chosen() string {
	if s.history.chosen == nil {
		return ""
	}
	return s.history.chosen.message.ID
}

// visible fails unless the message that is chosen is in sight.
func (s stage) visible() stage {
	s.t.Helper()
	first, last := s.history.shown()
	if i := s.history.index(s.history.chosen); i < first || i > last {
		s.t.Fatalf("entry %d is chosen, and %d to %d are in sight", i, first, last)
	}
	if !strings.Contains(s.screen(), "▌") {
		s.t.Fatalf("no mark beside the message that is chosen:\n%s", s.screen())
	}
	return s
}

func TestReading_MotionsChooseMessagesInSight(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{}).send(window(80, 24)).opened(many(0, 60)...).keys("shift+tab")
	for _, step := range []struct{ key, want string }{
		{"k", "m58"},
		{"k", "m57"},
		{"j", "m58"},
		{"up", "m57"},
		{"down", "m58"},
		{"j", "m59"},
		{"j", "m59"},
		{"g", "m0"},
		{"k", "m0"},
		{"j", "m1"},
		{"G", "m59"},
		{"ctrl+u", "m56"},
		{"ctrl+d", "m56"},
		{"home", "m0"},
		{"end", "m59"},
	} {
		s.keys(step.key).visible()
		if got := s.chosen(); got != step.want {
			t.Fatalf("%s chose %s, want %s", step.key, got, step.want)
		}
	}
	for range 70 {
		s.keys("k").visible()
	}
	if s.chosen() != "m0" {
		t.Errorf("70 times k chose %s", s.chosen())
	}
	for range 70 {
		s.keys("j").visible()
	}
	if s.chosen() != "m59" || !s.history.follow {
		t.Errorf("70 times j chose %s, follow %v", s.chosen(), s.history.follow)
	}
	if s.keys("esc", "x"); s.chosen() != "" || s.composer.value() != "x" {
		t.Errorf("after Esc %q is chosen and the composer has %q", s.chosen(), s.composer.value())
	}
}

func TestReading_LongMessageIsScrolledThrough(t *testing.T) {
	t.Parallel()
	long := message("long", interview.RoleAssistant, 2, strings.Repeat("A line of its own.\n\n", 40)+"The end.")
	s := newStage(t, Options{}).send(window(80, 24)).opened(talk()[0], talk()[1], long, message("after", interview.RoleUser, 3, "short")).keys("shift+tab", "g", "j", "j")
	if s.chosen() != "long" {
		t.Fatalf("%s is chosen", s.chosen())
	}
	for n := 0; s.chosen() == "long"; n++ {
		if s.keys("j").visible(); n > 200 {
			t.Fatal("its end is never reached")
		}
	}
	s.wants("The end.", "short")
	for n := 0; s.chosen() != "m2"; n++ {
		if s.keys("k").visible(); n > 200 {
			t.Fatal("its beginning is never reached")
		}
	}
}

func TestReading_NextQuestion(t *testing.T) {
	t.Parallel()
	messages := many(0, 40)
	messages[10].Content, messages[24].Content = "What did it cost?", "Who noticed？"
	s := newStage(t, Options{}).send(window(80, 24)).opened(messages...).keys("shift+tab", "N")
	if s.visible().chosen() != "m24" {
		t.Fatalf("%s is chosen", s.chosen())
	}
	s.keys("N").visible().wants("What did it cost?")
	if s.keys("N").wants("no further question"); s.chosen() != "m10" {
		t.Errorf("%s is chosen", s.chosen())
	}
	if s.keys("n").visible(); s.chosen() != "m24" {
		t.Errorf("%s is chosen", s.chosen())
	}
}

func TestReading_ClickChoosesTheMessageThere(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{}).send(window(80, 24)).opened(many(0, 5)...)
	row := 0
	for i, line := range strings.Split(ansi.Strip(s.history.view()), "\n") {
		if strings.Contains(line, "number 3.") {
			row = i
		}
	}
	s.clickHistory(row)
	if s.chosen() != "m3" {
		t.Errorf("%s is chosen", s.chosen())
	}
}

func TestReading_StaysWhereItIsWhileAReplyStreams(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{}).send(window(80, 24)).opened(many(0, 30)...).keys("hello", "enter", "shift+tab", "k", "k", "k", "k", "k", "k", "k", "k")
	before, chosen := s.history.view(), s.chosen()
	s.send(some(1, interview.Event{Kind: interview.EventStarted}, interview.Event{Kind: interview.EventDelta, Text: strings.Repeat("word ", 900)}), layoutMsg{1})
	if s.history.view() != before || s.chosen() != chosen {
		t.Errorf("the history moved:\n%s", s.history.view())
	}
	s.wants("new messages below")
	s.send(olderMsg{gen: s.conv.gen, page: interview.MessagePage{Messages: many(100, 50)}})
	if s.history.view() != before || s.chosen() != chosen {
		t.Errorf("older messages moved it:\n%s", s.history.view())
	}
}

func TestMessages_CopyQuoteAndEdit(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{}).send(window(80, 40)).opened(talk()...).keys("shift+tab", "k", "c").wants("Copied 65 characters.")
	s.keys("q")
	if got := s.composer.value(); got != "> I am a nurse, and I rebuilt our handover.\n>   It took *two* months.\n\n" || s.reading() {
		t.Errorf("quoted as %q, reading %v", got, s.reading())
	}
	s.composer.setValue("")
	s.keys("shift+tab", "e").wants("Only what you wrote").keys("k", "e").wants("editing an earlier message")
	if s.composer.value() != talk()[1].Content {
		t.Errorf("the composer has %q", s.composer.value())
	}
	s.keys("esc", "shift+tab", "k", "k", "r").wants("Only the last reply").keys("j", "r").wants("thinking again")
}

func TestMessages_ForgetAsksWithTheCounts(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{}).send(window(80, 40)).opened(talk()...).keys("shift+tab", "k", "d").wants("Looking for")
	found := interview.ForgetReport{Messages: 1, Replies: 1, Facts: 3, MessageIDs: []string{"m2", "m3"}, DryRun: true}
	ask := forgetMsg{ids: []string{"m2"}, report: found}
	s.send(ask).wants("Forget this message?", "1 message, 1 reply and 3 facts", "y forgets it").keys("n").lacks("Forget this").wants("rebuilt our handover")
	s.send(ask).keys("y")
	found.DryRun = false
	s.send(forgetMsg{ids: []string{"m2"}, report: found}).wants("Forgotten: 1 message, 1 reply and 3 facts.").lacks("rebuilt our handover")
	if s.keys("d").wants("forgotten already"); s.chosen() != "m2" {
		t.Errorf("%s is chosen", s.chosen())
	}
	s.send(forgetMsg{report: interview.ForgetReport{DryRun: true}}).wants("nothing to forget")
	s.send(forgetMsg{err: interview.Errorf(interview.CodeTurnInProgress, "A reply is being made.")}).wants("could not be forgotten: A reply is being made.")
}

func TestMessages_DetailsShowWhatWasDrawnFromThem(t *testing.T) {
	t.Parallel()
	reply := talk()[2]
	reply.Metadata = interview.ReplyMetadata{Engine: "openai", Model: "gpt-4o-mini", Fallback: "rate_limited", Facet: "story", Slot: "result", Previous: []string{"x"}}.JSON()
	s := newStage(t, Options{}).send(window(80, 40)).opened(talk()[0], talk()[1], reply).keys("shift+tab", "enter")
	s.wants("About this message", "the interviewer", "gpt-4o-mini", "rate limited", "story: result", "characters, about").lacks("Drawn from it")
	s.keys("esc", "k", "i").wants("Drawn from it", "Being read…", "10:31").keys("j", "pgdown")
	s.send(factsMsg{messageID: "another", facts: []interview.Fact{{Text: "late"}}}).lacks("late")
	s.send(factsMsg{messageID: "m2", facts: []interview.Fact{{Kind: "role", Text: "nurse", Quote: "I am a nurse", Status: interview.FactProposed}}})
	s.wants("role: nurse (proposed)", "“I am a nurse”").keys("q").lacks("Drawn from it")
	s.keys("enter").send(factsMsg{messageID: "m2", err: interview.Errorf(interview.CodeUnavailable, "The server is away.")}).wants("could not be read: The server is away.")
}

func TestFactsOf_LooksThroughAllPages(t *testing.T) {
	t.Parallel()
	server := newFakeServer(noon())
	for i := range 450 {
		server.facts = append(server.facts, interview.Fact{ID: fmt.Sprint(i), Sources: []interview.Source{{MessageID: fmt.Sprintf("m%d", i%50)}}})
	}
	s := newStage(t, Options{Server: server})
	msg, ok := s.commands.factsOf(t.Context(), "m7")().(factsMsg)
	if !ok || msg.err != nil || len(msg.facts) != 9 {
		t.Errorf("got %d facts, error %v", len(msg.facts), msg.err)
	}
}

func TestDates_StandBetweenDays(t *testing.T) {
	t.Parallel()
	day := func(id string, days int) interview.Message {
		m := message(id, interview.RoleUser, 0, "Message "+id)
		m.CreatedAt = interview.At(noon().AddDate(0, 0, days))
		return m
	}
	s := newStage(t, Options{}).send(window(80, 40)).opened(day("a", -400), day("b", -1), day("c", -1), day("d", 0))
	s.wants("Sunday, 19 October 2025", "Sunday, 22 November ─", "Monday, 23 November ─")
	if n := strings.Count(s.screen(), "November ─"); n != 2 {
		t.Errorf("%d days in November, want 2:\n%s", n, s.screen())
	}
}

func TestDates_OlderMessagesDoNotMoveWhatIsRead(t *testing.T) {
	t.Parallel()
	page := func(from int) []interview.Message {
		messages := many(from, 40)
		for i := range messages {
			messages[i].CreatedAt = interview.At(noon().AddDate(0, 0, from+i-100))
		}
		return messages
	}
	s := newStage(t, Options{}).send(window(80, 24)).start()
	s.send(openedMsg{gen: s.conv.gen, view: interview.ConversationView{Conversation: interview.Conversation{ID: "c1", Messages: page(40)}, NextCursor: "older"}})
	for range 40 {
		s.keys("pgup")
	}
	before := strings.Split(s.history.view(), "\n")
	s.send(olderMsg{gen: s.conv.gen, page: interview.MessagePage{Messages: page(0)}})
	after := strings.Split(s.history.view(), "\n")
	if len(after) < 3 || strings.Join(after[1:], "\n") != strings.Join(before[1:], "\n") && strings.Join(after, "\n") != strings.Join(before, "\n") {
		t.Errorf("the history moved:\n%s\nwas\n%s", strings.Join(after, "\n"), strings.Join(before, "\n"))
	}
}

func TestForgottenMessage_SaysSo(t *testing.T) {
	t.Parallel()
	m := message("m1", interview.RoleUser, 0, interview.ForgottenText)
	m.Metadata = json.RawMessage(interview.ForgottenMetadata)
	newStage(t, Options{}).send(window(80, 24)).opened(m).wants("forgotten").lacks(interview.ForgottenText)
}

func TestHighlight_KeepsTheText(t *testing.T) {
	t.Parallel()
	source := "func main() { // starts\n\tx := \"a \\\" b\" + `raw`\n\t/* over\n\tlines */ return 0x1F\n}"
	md, theme := newMarkdown(), newStyles(true, cells{})
	for _, lang := range []string{"go", "python", "sql", "sh", "json", "nothing", ""} {
		lines := md.render(theme, "```"+lang+"\n"+source+"\n```", 60)
		got := strings.ReplaceAll(ansi.Strip(strings.Join(lines, "\n")), "\n  ", "\n")
		if want := strings.ReplaceAll(source, "\t", "    "); strings.TrimPrefix(got, "  ") != want {
			t.Errorf("%q shows\n%s\nwant\n%s", lang, got, want)
		}
	}
	styled := strings.Join(md.render(theme, "```go\n"+source+"\n```", 60), "\n")
	for _, piece := range []string{theme.render(heading, "func"), theme.render(faint, "// starts"), theme.render(interviewer, `"a \" b"`), theme.render(user, "0x1F"), theme.render(faint, "    lines */")} {
		if !strings.Contains(styled, piece) {
			t.Errorf("no %q in\n%q", piece, styled)
		}
	}
}

func TestHistory_SettledMessagesAreRenderedOncePerWidth(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{}).send(window(80, 24)).opened(many(0, 20_000)...)
	if n := len(s.history.laid); n > 100 {
		t.Errorf("%d of 20,000 messages are laid out for the first screen", n)
	}
	s.View()
	e := s.history.entries[19_999]
	kept := &e.lines[0]
	s.keys("hello", "enter").send(some(1, interview.Event{Kind: interview.EventStarted}, interview.Event{Kind: interview.EventDelta, Text: "words"}), layoutMsg{1})
	s.keys("pgup", "pgdown", "shift+tab", "k", "k", "j", "esc", "x")
	if &e.lines[0] != kept {
		t.Error("a settled message was rendered again")
	}
	if s.send(window(70, 24)); &s.history.lines(19_999)[0] == kept {
		t.Error("it was not rendered for the new width")
	}
}
