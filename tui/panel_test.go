package tui

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"github.com/betterprofile/betterprofile/interview"
)

// told is what a nurse has told so far.
func told() (facts []interview.Fact, report interview.CoverageReport) {
	facet := func(name string, states ...interview.Coverage) interview.FacetCoverage {
		f := interview.FacetCoverage{Facet: name, State: states[0]}
		for i, s := range states {
			f.Slots = append(f.Slots, interview.SlotCoverage{Slot: []string{"what", "how_much", "for_whom"}[i], State: s})
		}
		return f
	}
	report = interview.CoverageReport{
		Experiences: []interview.ExperienceCoverage{{ID: "e1", Label: "nurse, Riverside Hospital", Facets: []interview.FacetCoverage{
			facet("context", interview.CoverageAnswered, interview.CoverageAnswered), facet("result", interview.CoverageVague, interview.CoverageEmpty, interview.CoverageEmpty),
		}}},
		Personal: []interview.FacetCoverage{facet("goals", interview.CoverageEmpty)},
	}
	facts = []interview.Fact{
		{ID: "f3", Kind: "skill", Text: "Reads ECGs", Quote: "I can read an ECG", Status: interview.FactProposed, CreatedAt: at(3)},
		{ID: "f1", ExperienceID: "e1", Kind: "org", Text: "Riverside Hospital", Quote: "I am a nurse at Riverside Hospital.", Status: interview.FactConfirmed, CreatedAt: at(1)},
		{ID: "f2", ExperienceID: "e1", Kind: "metric", Text: "Handover from 40 to 26 minutes", Quote: "We cut the handover from 40 minutes to 26 minutes, and kept it there for the two years in which I ran the ward", Status: interview.FactConflict, CreatedAt: at(2)},
		{ID: "f4", ExperienceID: "e1", Kind: "org", Text: "Lakeside", Quote: "Lakeside", Status: interview.FactRejected},
	}
	return facts, report
}

func agendaOf() []interview.AgendaItem {
	return []interview.AgendaItem{
		{Facet: "result", Slot: "how_much", Question: "What changed for the patients after the handover was rebuilt?", Subject: "e1", Label: "nurse, Riverside Hospital", Reason: "what came of it"},
		{Facet: "goals", Slot: "what", Question: "What would you like to do next?", Reason: "where you are heading"},
	}
}

// panelScenes are the screens with panels that the golden files show.
func panelScenes() map[string]func(stage) {
	facts, report := told()
	return map[string]func(stage){
		"filter":  func(s stage) { s.opened(talk()...).keys("tab", "/", "c", "a", "r") },
		"palette": func(s stage) { s.opened(talk()...).keys("ctrl+p", "down", "down") },
		"palette-typed": func(s stage) {
			s.opened(talk()...).keys("ctrl+p").send(pasted("conv"))
		},
		"search": func(s stage) {
			s.opened(talk()...).keys("ctrl+f").send(pasted("ward"))
			s.send(panelMsg{s.panel, settled{"ward"}}, panelMsg{s.panel, searched{text: "ward", page: results()}}).keys("down")
		},
		"search-empty": func(s stage) { s.opened(talk()...).keys("ctrl+f") },
		"profile": func(s stage) {
			s.opened(talk()...).keys("alt+p").send(panelMsg{s.panel, gotFacts{facts: facts, report: report}}).keys("down")
		},
		"profile-empty": func(s stage) { s.opened(talk()...).keys("alt+p").send(panelMsg{s.panel, gotFacts{}}) },
		"agenda": func(s stage) {
			s.opened(talk()...).keys("alt+a").send(panelMsg{s.panel, gotAgenda{items: agendaOf(), report: report}})
		},
		"deleted": func(s stage) { s.opened(talk()...).keys("tab", "down", "d") },
		"archived": func(s stage) {
			s.opened(talk()...).keys("tab", "v").send(listMsg{archived: true, page: interview.ConversationPage{Conversations: []interview.Conversation{
				{ID: "c7", Title: "Years as a cook", Archived: true, Pinned: true, UpdatedAt: at(-9000), Preview: "And then we closed."},
			}}})
		},
		"pursuing": func(s stage) {
			m := talk()
			m[2].Metadata = interview.ReplyMetadata{Engine: "builtin", Fallback: "rate_limited", Facet: "result", Subject: "e1"}.JSON()
			s.opened(m...).send(coverageMsg{report: report})
			s.model.used = interview.Usage{InputTokens: 12345, OutputTokens: 678}
		},
	}
}

func TestView_GoldenPanels(t *testing.T) {
	t.Parallel()
	checkGolden(t, panelScenes())
}

func TestView_EveryPanelFitsEveryWindow(t *testing.T) {
	t.Parallel()
	for name, play := range panelScenes() {
		s := newStage(t, Options{Local: true})
		play(s)
		for w := 1; w <= 500; w += 1 + w/2 {
			for h := 1; h <= 200; h += 1 + h/2 {
				s.send(tea.WindowSizeMsg{Width: w, Height: h})
				if checkFits(t, s, s.View()); t.Failed() {
					t.Fatalf("scene %s", name)
				}
			}
		}
	}
}

func TestPalette_FindsByPartsOfNames(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"new": "New conversation", "expo": "Export the conversation to a file", "sam": "Search all messages", "quit": "Quit", "HELP": "Help: all keys", "del conv": "Delete the conversation",
	} {
		s := newStage(t, Options{Export: exportNowhere}).send(window(80, 24)).opened(talk()...).keys("ctrl+p").send(pasted(typed))
		p := s.panel.(*palettePanel)
		if len(p.rows) == 0 || p.rows[0].title != want {
			t.Errorf("%q finds %v first, want %q", typed, titles(p.rows), want)
		}
	}
	newStage(t, Options{}).send(window(80, 24)).opened(talk()...).keys("ctrl+p").send(pasted("zzz")).wants("Nothing is called that.").keys("enter", "esc").lacks("Nothing")
}

func titles(actions []action) []string {
	var out []string
	for _, a := range actions {
		out = append(out, a.title)
	}
	return out
}

func TestPalette_EveryActionRuns(t *testing.T) {
	t.Parallel()
	n := len(newStage(t, Options{Export: exportNowhere}).send(window(100, 24)).opened(talk()...).actions())
	if n < 25 {
		t.Errorf("only %d actions", n)
	}
	for i := range n {
		s := newStage(t, Options{Export: exportNowhere}).send(window(100, 24)).opened(talk()...).keys("ctrl+p")
		for range i {
			s.keys("down")
		}
		before := s.panel.(*palettePanel).rows[i].title
		s.keys("enter")
		if _, open := s.panel.(*palettePanel); open {
			t.Errorf("%q left the palette open", before)
		}
		checkFits(t, s, s.View())
	}
}

func TestPalette_IsAboutTheOpenConversation(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{}).send(window(100, 24)).opened(talk()...).keys("ctrl+p").send(pasted("rename")).keys("enter").wants("Enter saves")
	if s.list.selected().ID != "c1" {
		t.Error("another conversation is being renamed")
	}
	s.keys("esc", "esc", "ctrl+p").send(pasted("delete the")).keys("enter").wants("Deleted “Nurse", "Alt+U brings it back").keys("alt+u").wants("is back")
}

func TestProfile_ShowsFactsWithQuotesAndTakesVerdicts(t *testing.T) {
	t.Parallel()
	facts, report := told()
	s := newStage(t, Options{}).send(window(80, 24)).opened(talk()...).keys("alt+p").wants("Reading what you have told")
	p := s.panel.(*profilePanel)
	s.send(panelMsg{p, gotFacts{facts: facts, report: report}})
	s.wants("nurse, Riverside Hospital", "✓ Riverside Hospital", "“I am a nurse at Riverside Hospital.”", "contradicts another", "Across all", "Reads ECGs").lacks("Lakeside")
	if p.facts[0].ID != "f1" || p.facts[2].ID != "f3" {
		t.Error("the facts are not by experience")
	}
	fact := p.facts[1]
	fact.Status = interview.FactRejected
	s.send(panelMsg{p, judged{fact: fact}}).wants("× Handover")
	s.send(panelMsg{p, judged{err: interview.Errorf(interview.CodeConflict, "Try again.")}}).wants("could not be changed: Try again.")
	s.keys("esc").lacks("What you have told").send(panelMsg{p, gotFacts{}})
}

func TestAgenda_ShowsQuestionsReasonsAndCoverage(t *testing.T) {
	t.Parallel()
	_, report := told()
	s := newStage(t, Options{}).send(window(80, 30)).opened(talk()...).keys("f5").wants("Asking the interviewer")
	s.send(panelMsg{s.panel, gotAgenda{items: agendaOf(), report: report}})
	s.wants("1. What changed for the patients", "About nurse, Riverside Hospital. A reader", "How far it is told", "context", "▰▰▰▰▰▰", "not yet: what, how much, for whom", "50 %")
	s.keys("r", "esc").lacks("How far it is told")
	s.keys("f5").send(panelMsg{s.panel, gotAgenda{err: interview.Errorf(interview.CodeUnavailable, "The server is away.")}}).wants("The server is away.", "Ctrl+R tries again")
}

func TestShare_CountsWhatNeedsNoMoreAsking(t *testing.T) {
	t.Parallel()
	_, report := told()
	if got := share(report.Experiences[0].Facets); got != 0.5 {
		t.Errorf("got %v, want 0.5: two told and one vague of five", got)
	}
	for share, want := range map[float64]string{0: "▱▱▱▱", 0.01: "▰▱▱▱", 0.5: "▰▰▱▱", 0.99: "▰▰▰▱", 1: "▰▰▰▰"} {
		if got := bar(share, 4); got != want {
			t.Errorf("%v is %s, want %s", share, got, want)
		}
	}
}

func TestStatus_SaysWhatRepliesAndWhy(t *testing.T) {
	t.Parallel()
	_, report := told()
	m := talk()
	m[2].Metadata = interview.ReplyMetadata{Engine: "builtin", Fallback: "rate_limited", Facet: "result", Subject: "e1"}.JSON()
	s := newStage(t, Options{Local: true}).send(window(160, 24)).opened(m...).wants("built-in interviewer for gpt-4o-mini (rate limited)")
	s.send(coverageMsg{report: report}).wants("result ▰▰▰▱▱▱").keys("hi", "enter")
	reply := message("r", interview.RoleAssistant, 95, "Reply text")
	reply.Metadata = interview.ReplyMetadata{Engine: "openai", Model: "gpt-4o-mini", Facet: "goals"}.JSON()
	s.send(eventsMsg{turn: 1, events: []interview.Event{
		{Kind: interview.EventStarted, Message: &interview.Message{ID: "u", Role: interview.RoleUser, Content: "hi", CreatedAt: at(94)}},
		{Kind: interview.EventCompleted, Message: &reply, Usage: &interview.Usage{InputTokens: 1204, OutputTokens: 310}},
	}})
	s.wants("gpt-4o-mini", "goals ▱▱▱▱▱▱", "1.2k + 310 tokens").lacks("built-in interviewer for")
}

func TestStatus_LeavesOutWhatMattersLeast(t *testing.T) {
	t.Parallel()
	theme := newStyles(true, cells{})
	parts := func() []part { return []part{{"gpt", 4}, {"offline", 9}, {"tokens", 0}, {"result", 3}} }
	for room, want := range map[int]string{80: "gpt · offline · tokens · result", 24: "gpt · offline · result", 14: "gpt · offline", 9: "offline", 1: "offline"} {
		if got := theme.join(parts(), room); got != want {
			t.Errorf("%d columns: %q, want %q", room, got, want)
		}
	}
	if got := strings.Join([]string{thousands(999), thousands(1000), thousands(9949), thousands(34_567)}, " "); got != "999 1.0k 9.9k 34k" {
		t.Error(got)
	}
}

func TestProfile_ShowsSharedWordsOnceAndKindsInWords(t *testing.T) {
	t.Parallel()
	fact := func(kind interview.FactKind, text, quote string) interview.Fact {
		return interview.Fact{ID: text, ExperienceID: "e1", Kind: kind, Text: text, Quote: quote, CreatedAt: at(1)}
	}
	s := newStage(t, Options{}).send(window(80, 24)).opened(talk()...).keys("alt+p")
	_, report := told()
	s.send(panelMsg{s.panel, gotFacts{report: report, facts: []interview.Fact{
		fact("org", "Riverside Hospital", "at Riverside Hospital"),
		fact("role", "nurse", "I am a nurse at Riverside Hospital"),
		fact("team", "team of 12", "Team of 12"),
		fact("certificate", "ISBAR", "I learned ISBAR"),
	}}})
	s.wants("Riverside Hospital · organisation · 10:31", "nurse · role", "“I am a nurse at Riverside Hospital”", "team of 12 · team", "“I learned ISBAR”")
	s.lacks("“at Riverside Hospital”").lacks("“Team of 12”").lacks("· org ·")
}

func TestAgenda_SaysWhatIsMissingInWords(t *testing.T) {
	t.Parallel()
	_, report := told()
	report.Personal = []interview.FacetCoverage{{Facet: "skills", Slots: []interview.SlotCoverage{
		{Slot: "knownfor", State: interview.CoverageEmpty}, {Slot: "of_our_own", State: interview.CoverageVague},
	}}}
	s := newStage(t, Options{}).send(window(140, 40)).opened(talk()...).keys("alt+a")
	s.send(panelMsg{s.panel, gotAgenda{report: report}}).wants("not yet: what you are known for, of our own")
}
