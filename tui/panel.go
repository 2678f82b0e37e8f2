package tui

import (
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// panel lies over the conversation and has the keys for as long as it does.
type panel interface {
	key(m *model, msg tea.KeyPressMsg) tea.Cmd
	paste(m *model, text string) tea.Cmd
	// answer takes in what a command of the panel's found out.
	answer(m *model, content any) tea.Cmd
	// view fills the lines that lie under it, or lies over a part of them.
	view(m *model, under []string) ([]string, *tea.Cursor)
	scroll(m *model, by int) tea.Cmd
	click(m *model, x, y int) tea.Cmd
	hints(k keyMap) []key.Binding
}

// panelMsg is an answer for a panel. It is void when that has been closed.
type panelMsg struct {
	panel   panel
	content any
}

// openPanel opens what a key is for, and reports whether it was one for that.
func (m *model) openPanel(msg tea.KeyPressMsg) (tea.Cmd, bool) {
	switch {
	case key.Matches(msg, m.keys.palette):
		m.panel = newActions(m)
	case key.Matches(msg, m.keys.search):
		m.openSearch()
	case key.Matches(msg, m.keys.profile):
		return m.openProfile(), true
	case key.Matches(msg, m.keys.agenda):
		return m.openAgenda(), true
	case key.Matches(msg, m.keys.mouse):
		m.toggleMouse()
	case key.Matches(msg, m.keys.bringBack):
		return m.bringBack(), true
	default:
		return nil, false
	}
	return nil, true
}

// toggleMouse lets the terminal have the mouse, or takes it.
func (m *model) toggleMouse() {
	m.mouse = !m.mouse
	if m.mouse {
		m.say("Mouse on. Most terminals select text with Shift held.")
	} else {
		m.say("Mouse off: the terminal has it for itself.")
	}
}

// reader is a text that is scrolled through.
type reader struct {
	top, height, lines int // as last drawn
}

// move takes in a key that scrolls, and reports whether it was one.
func (r *reader) move(k keyMap, msg tea.KeyPressMsg) bool {
	switch {
	case key.Matches(msg, k.listUp):
		r.by(-1)
	case key.Matches(msg, k.listDown):
		r.by(1)
	case key.Matches(msg, k.pageUp):
		r.by(-max(r.height-1, 1))
	case key.Matches(msg, k.pageDown), msg.String() == "space":
		r.by(max(r.height-1, 1))
	case key.Matches(msg, k.listTop):
		r.by(-r.lines)
	case key.Matches(msg, k.listBottom):
		r.by(r.lines)
	default:
		return false
	}
	return true
}

func (r *reader) by(n int) { r.top = max(min(r.top+n, r.lines-r.height), 0) }

// window is what of the lines is in sight, and an empty line for each that is missing.
func (r *reader) window(lines []string, height int) []string {
	r.height, r.lines = max(height, 0), len(lines)
	r.by(0)
	lines = lines[r.top:min(r.top+r.height, len(lines))]
	for len(lines) < r.height {
		lines = append(lines, "")
	}
	return lines
}

// sheet is a panel's lines below its title, cut to the window.
func (m *model) sheet(title string, below []string, r *reader, height int) []string {
	margin, width := margins(m.width)
	lines := []string{spaces(margin) + m.theme.render(heading, m.theme.truncate(title, width)), ""}
	if height < 6 {
		lines = nil
	}
	lines = append(lines, r.window(below, height-len(lines))...)
	for i, line := range lines {
		lines[i] = m.theme.cut(line, 0, m.width)
	}
	return lines
}

// indented is styled text, wrapped, behind the margin and so many columns more.
func (m *model) indented(by int, spans ...span) []string {
	margin, width := margins(m.width)
	lines := wrapSpans(m.theme, spans, max(width-by, 1))
	for i := range lines {
		lines[i] = spaces(margin+by) + lines[i]
	}
	return lines
}
