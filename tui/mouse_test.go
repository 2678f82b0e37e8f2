package tui

import (
	"io"
	"testing"

	tea "charm.land/bubbletea/v2"
)

func click(x, y int) tea.MouseClickMsg { return tea.MouseClickMsg{X: x, Y: y, Button: tea.MouseLeft} }

func wheel(x int, b tea.MouseButton) tea.MouseWheelMsg {
	return tea.MouseWheelMsg{X: x, Y: 5, Button: b}
}

func TestMouse_ClickInTheListOpens(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{}).send(window(100, 24)).opened(talk()...).send(click(5, 4))
	if s.conv.id != "c2" {
		t.Errorf("open is %s, want c2", s.conv.id)
	}
	s.send(click(5, 0))
	if !s.list.focused {
		t.Error("a click beside the conversations does not go to the list")
	}
	s.send(click(60, 23), click(60, 22))
	if s.list.focused {
		t.Error("a click in the composer does not go there")
	}
}

func TestMouse_WheelScrollsWhatIsUnderIt(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{}).send(window(100, 24)).opened(many(0, 40)...).send(wheel(60, tea.MouseWheelUp))
	if s.history.follow {
		t.Error("the history did not move")
	}
	for range 9 {
		s.send(wheel(60, tea.MouseWheelDown))
	}
	if !s.history.follow {
		t.Error("the wheel does not come back to the end")
	}
	s.keys("tab").send(wheel(3, tea.MouseWheelDown))
	if s.list.cursor != 1 {
		t.Errorf("the list's cursor is at %d", s.list.cursor)
	}
}

func TestMouse_PanelsTakeClicksAndTheWheel(t *testing.T) {
	t.Parallel()
	facts, report := told()
	s := newStage(t, Options{}).send(window(100, 24)).opened(talk()...).keys("ctrl+p")
	s.View()
	p := s.panel.(*palettePanel)
	s.send(wheel(50, tea.MouseWheelDown))
	if p.cursor != 1 {
		t.Error("the wheel does not move in the palette")
	}
	s.send(click(50, p.first+1)).wants("Search all messages", "Words that are in a message")
	s.send(pasted("ward"), panelMsg{s.panel, settled{"ward"}}, panelMsg{s.panel, searched{text: "ward", page: results()}})
	s.View()
	s.send(click(10, searchHead+resultHeight+1))
	if s.conv.id != "c2" {
		t.Error("a click does not go to what was found")
	}
	s.keys("alt+p").send(panelMsg{s.panel, gotFacts{facts: facts, report: report}})
	s.View()
	if s.send(click(10, 6)); s.panel.(*profilePanel).cursor != 1 {
		t.Error("a click does not choose a fact")
	}
	s.keys("esc", "f1").send(wheel(10, tea.MouseWheelDown), click(10, 10)).lacks("Writing")
}

func TestMouse_CanBeTurnedOff(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{}).send(window(100, 24)).opened(talk()...)
	if s.View().MouseMode != tea.MouseModeCellMotion {
		t.Error("the mouse is not on")
	}
	if s.keys("alt+m").wants("Mouse off").View().MouseMode != tea.MouseModeNone {
		t.Error("the key does not turn it off")
	}
	if v := newStage(t, Options{NoMouse: true}).send(window(100, 24)).View(); v.MouseMode != tea.MouseModeNone {
		t.Error("the setting does not turn it off")
	}
}

// exportNowhere reads a file and keeps nothing.
func exportNowhere(_ string, r io.Reader) (string, error) {
	_, err := io.Copy(io.Discard, r)
	return "/nowhere", err
}
