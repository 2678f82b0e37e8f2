package tui

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/printable"
	"github.com/betterprofile/betterprofile/printable/printabletest"
)

func pasted(text string) tea.PasteMsg { return tea.PasteMsg{Content: text} }

// results are two messages that hold "ward".
func results() interview.SearchPage {
	return interview.SearchPage{Results: []interview.SearchResult{
		{ConversationID: "c1", Title: "Nurse, rebuilt the handover", MessageID: "m2", Role: interview.RoleUser, Snippet: "…on my ward, where the handover took two months…", Matches: [][2]int{{7, 11}}, CreatedAt: at(1)},
		{ConversationID: "c2", MessageID: "x2", Role: interview.RoleAssistant, Snippet: strings.Repeat("A long message about the ward and what came of it. ", 6), Matches: [][2]int{{25, 29}}, CreatedAt: at(-3000)},
	}}
}

func TestSearch_AsksOnceTypingRestsAndDropsLateAnswers(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{}).send(window(80, 24)).opened(talk()...).keys("ctrl+f", "w", "a", "r", "d")
	p := s.panel.(*searchPanel)
	s.send(panelMsg{p, settled{"wa"}})
	if p.loading {
		t.Fatal("searched for what is no longer typed")
	}
	s.send(panelMsg{p, settled{"ward"}}).wants("Searching…")
	s.send(panelMsg{p, searched{text: "wa", page: results()}}).lacks("Nurse, rebuilt the handover · You")
	s.send(panelMsg{p, searched{text: "ward", page: results()}}).wants("› Nurse, rebuilt the handover · You", "New conversation · Interviewer", "on my ward")
	s.keys("esc").lacks("Search all messages").keys("ctrl+f").wants("› ward", "on my ward") // as it was left
	s.keys("x").send(panelMsg{p, settled{"wardx"}}, panelMsg{p, searched{text: "wardx"}}).wants("No message has all")
	s.send(panelMsg{p, searched{text: "wardx", err: interview.Errorf(interview.CodeUnavailable, "The server is away.")}}).wants("The server is away.", "offline")
}

func TestSearch_GoesToTheMessageThroughOlderPages(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{}).send(window(80, 24)).opened(talk()...).keys("ctrl+f").send(pasted("ward"))
	p := s.panel.(*searchPanel)
	s.send(panelMsg{p, settled{"ward"}}, panelMsg{p, searched{text: "ward", page: results()}}).keys("down", "enter")
	if s.conv.id != "c2" || s.panel != nil {
		t.Fatalf("open is %s, panel %v", s.conv.id, s.panel)
	}
	s.send(openedMsg{gen: s.conv.gen, view: interview.ConversationView{Conversation: interview.Conversation{ID: "c2", Messages: many(100, 50)}, NextCursor: "older"}})
	if s.olderLimit() != interview.MaxLimit || !s.conv.loadingOlder {
		t.Error("older messages are not asked for, many at once")
	}
	s.wants("Looking for the message… 50 read")
	page := many(50, 50)
	page[10].ID, page[10].Content = "x2", "The message that was found."
	s.send(olderMsg{gen: s.conv.gen, page: interview.MessagePage{Messages: page, NextCursor: "further"}})
	s.wants("The message that was found.").lacks("Looking for")
	if s.history.chosen == nil || s.history.chosen.message.ID != "x2" || s.seek != nil {
		t.Error("the message is not chosen")
	}
}

func TestSearch_MessageThatIsGoneIsSaid(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{}).send(window(80, 24)).opened(talk()...)
	s.model.jump("c1", "", "gone")
	s.wants("That message is no longer there.")
}

func TestSearch_ReadsOnNearTheEnd(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{}).send(window(80, 24)).opened(talk()...).keys("ctrl+f").send(pasted("ward"))
	p := s.panel.(*searchPanel)
	s.send(panelMsg{p, settled{"ward"}})
	s.send(panelMsg{p, searched{text: "ward", page: interview.SearchPage{NextCursor: "more"}}})
	if !p.loading {
		t.Fatal("an empty page that leads on ended the search")
	}
	s.send(panelMsg{p, searched{text: "ward", further: true, page: results()}})
	if p.loading || len(p.results) != 2 || p.more != "" {
		t.Errorf("%+v", p)
	}
}

func TestPanels_HostileTextIsHarmless(t *testing.T) {
	t.Parallel()
	all := strings.Join(printabletest.Hostile(), " ")
	for _, size := range []tea.WindowSizeMsg{window(40, 15), window(80, 24), window(140, 40)} {
		s := newStage(t, Options{}).send(size).opened(talk()...).keys("ctrl+f").send(pasted("x"))
		p := s.panel
		s.send(panelMsg{p, settled{"x"}}, panelMsg{p, searched{text: "x", page: interview.SearchPage{Results: []interview.SearchResult{
			{ConversationID: "c", Title: all, MessageID: "m", Snippet: all, Matches: [][2]int{{3, 50}, {40, 60}, {1 << 20, 1 << 21}}},
		}}}})
		checkPanel(t, s)
		s.keys("esc", "alt+p")
		s.send(panelMsg{s.panel, gotFacts{facts: []interview.Fact{
			{ID: "f", ExperienceID: "e", Kind: interview.FactKind(all), Text: all, Quote: all, Status: interview.FactConflict},
		}, report: interview.CoverageReport{Experiences: []interview.ExperienceCoverage{{ID: "e", Label: all}}}}})
		checkPanel(t, s)
		s.keys("esc", "alt+a")
		facets := []interview.FacetCoverage{{Facet: all, Slots: []interview.SlotCoverage{{Slot: all, State: interview.CoverageEmpty}}}}
		s.send(panelMsg{s.panel, gotAgenda{items: []interview.AgendaItem{{Question: all, Label: all, Reason: all}}, report: interview.CoverageReport{Personal: facets}}})
		checkPanel(t, s)
	}
}

// checkPanel fails unless what is on the screen fits, and is nothing but text and colours.
func checkPanel(t *testing.T, s stage) {
	t.Helper()
	checkFits(t, s, s.View())
	if got := s.screen(); !printable.Safe(got) {
		t.Errorf("the screen holds %q", got)
	}
}
