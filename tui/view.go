package tui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/betterprofile/betterprofile/printable"
)

// frame is where the parts of the screen are.
type frame struct {
	side     int // columns of the list at the side, its border left out; 0 for none
	main     int // column where the rest begins
	width    int // of the rest
	body     int // rows above the status line
	header   int // rows of the title
	history  int
	rule     int
	composer int
	status   int
}

// wideEnough is from how many columns on the list stands beside the history.
const wideEnough = 90

// minBeside is how many columns of the history must be left for it to be shown beside a list that lies over it.
const minBeside = 24

func (m *model) wide() bool { return m.width >= wideEnough && !m.hidden }

// layout decides where everything goes and lays out what will be seen.
func (m *model) layout() {
	var f frame
	f.width = m.width
	if m.wide() {
		f.side, f.main = listWidth, listWidth+1
		f.width -= f.main
	}
	f.status = least(m.height, 3)
	f.rule = least(m.height, 6)
	f.header = least(m.height, 10)
	f.body = max(m.height-f.status, 0)
	f.composer = m.composer.layout(m.theme, f.width, m.height/3)
	f.composer = min(f.composer, f.body)
	f.history = max(f.body-f.header-f.rule-f.composer, 0)
	m.frame = f
	m.history.lead = 0
	if f.side > 0 {
		m.history.lead = f.history / 3
	}
	m.history.resize(m.theme, f.width, f.history)
	m.history.settle()
	m.history.evict()
	m.list.resize(m.theme, f.body)
}

// least returns 1 from a height on, else 0.
func least(height, from int) int {
	if height >= from {
		return 1
	}
	return 0
}

// View draws the screen as laid out by Update.
func (m *model) View() tea.View {
	var v tea.View
	v.AltScreen = true
	if m.mouse {
		v.MouseMode = tea.MouseModeCellMotion
	}
	if m.width < 1 || m.height < 1 { // the first View comes before the size is known
		return v
	}
	lines, cursor := m.body()
	if m.frame.status > 0 {
		lines = append(lines, m.statusLine(m.width))
	}
	v.SetContent(strings.Join(lines, "\n"))
	if cursor != nil && cursor.X < m.width && cursor.Y < m.height {
		v.Cursor = cursor
	}
	return v
}

// body is what stands above the status line, and the cursor.
func (m *model) body() ([]string, *tea.Cursor) {
	f := m.frame
	if m.help != nil {
		return m.help.view(m.theme, m.keys, m.width, f.body), nil
	}
	if m.details != nil {
		return m.details.view(m, m.width, f.body), nil
	}
	lines, cursor := m.column()
	list, listCursor := "", (*tea.Cursor)(nil)
	switch {
	case f.side > 0:
		list, listCursor = m.list.view(f.side, f.body)
		lines = beside(strings.Split(list, "\n"), m.theme.render(faint, "│"), lines)
		if cursor != nil {
			cursor.X += f.main
		}
	case m.drawer:
		width := listWidth
		if m.width < listWidth+minBeside {
			width = m.width
		}
		list, listCursor = m.list.view(width, f.body)
		cursor = nil
		lines = m.over(lines, strings.Split(list, "\n"), width)
	}
	if m.list.focused {
		cursor = listCursor
	}
	if m.asking != nil {
		return m.asking.view(m, lines), nil
	}
	if m.panel != nil {
		return m.panel.view(m, lines)
	}
	return lines, cursor
}

// column is title, history and composer, one above the other.
func (m *model) column() ([]string, *tea.Cursor) {
	f := m.frame
	var lines []string
	if f.header > 0 {
		lines = append(lines, m.titleLine())
	}
	if f.history > 0 {
		lines = append(lines, strings.Split(m.historyView(), "\n")...)
	}
	if offer := m.menuLines(f.width, f.history); len(offer) > 0 {
		lines = append(lines[:len(lines)-len(offer)], offer...)
	}
	if f.rule > 0 {
		lines = append(lines, m.ruleLine())
	}
	text, cursor := m.composer.view(f.composer)
	cursor.Y += len(lines)
	lines = append(lines, strings.Split(text, "\n")...)
	if m.reading() {
		cursor = nil
	}
	return lines, cursor
}

// historyView is the history, or what there is to say while it is not there.
func (m *model) historyView() string {
	text, a := "", faint
	switch {
	case m.conv.failed != "":
		text, a = m.conv.failed, failure
	case m.conv.loading:
		text = "Opening the conversation"
	default:
		return m.history.view()
	}
	margin, width := margins(m.frame.width)
	spans := []span{{text, a}}
	if m.conv.failed != "" {
		spans = append(spans, span{m.keys.words("\nCtrl+R tries again, Ctrl+N starts a new conversation."), faint})
	}
	lines := wrapSpans(m.theme, spans, width)
	for i := range lines {
		lines[i] = spaces(margin) + lines[i]
	}
	return box(m.theme, lines, m.frame.width, m.frame.history)
}

// titleLine is a rule with the conversation's title in it.
func (m *model) titleLine() string {
	title := printable.Line(m.conv.title)
	if title == "" {
		title = "Better Profile"
		if m.conv.open() || m.conv.isNew || m.list.index(m.conv.id) >= 0 {
			title = untitled
		}
	}
	return m.rule(title, bold)
}

// ruleLine parts history and composer, and says what is out of sight or good to know about the text.
func (m *model) ruleLine() string {
	switch {
	case m.composer.remaining() != "":
		return m.rule(m.composer.remaining(), accent)
	case m.conv.edit != nil:
		return m.rule(m.editText(), accent)
	case m.conv.loadingOlder && !m.conv.olderFailed && !m.history.follow:
		return m.rule("reading older messages", 0)
	case m.history.unseen:
		return m.rule("new messages below, "+m.keys.bottom.Help().Key, accent|bold)
	case !m.history.follow:
		return m.rule("more below, "+m.keys.bottom.Help().Key, accent)
	}
	return m.rule("", 0)
}

// rule is a line across the column with a text near its start.
func (m *model) rule(text string, a attr) string {
	width := m.frame.width
	text = m.theme.truncate(text, width-6)
	if text == "" {
		return m.theme.render(faint, strings.Repeat("─", width))
	}
	rest := width - 4 - m.theme.cells.width(text)
	return m.theme.render(faint, "──") + " " + m.theme.render(a, text) + " " + m.theme.render(faint, strings.Repeat("─", max(rest, 0)))
}

// beside puts two columns of equal height next to each other.
func beside(left []string, border string, right []string) []string {
	out := make([]string, 0, len(left))
	for i := range left {
		line := left[i] + border
		if i < len(right) {
			line += right[i]
		}
		out = append(out, line)
	}
	return out
}

// over puts a column to the left of lines, whose right ends go out of sight.
func (m *model) over(lines, column []string, width int) []string {
	for i, line := range lines {
		lines[i] = m.theme.cut(line, 0, m.width-width-1)
	}
	if width >= m.width {
		return column
	}
	return beside(column, m.theme.render(faint, "│"), lines)
}

// centred lays a panel of the given width over the middle of the lines; a screen too small for it shows it alone, cut.
func (m *model) centred(lines, panel []string, width int) []string {
	if len(panel) > len(lines) || width+4 > m.width {
		return strings.Split(box(m.theme, panel, m.width, len(lines)), "\n")
	}
	x, y := (m.width-width)/2, (len(lines)-len(panel))/2
	for i, p := range panel {
		line := lines[y+i]
		w := m.theme.styledWidth(line)
		left := m.theme.cut(line, 0, x)
		left += spaces(x - m.theme.styledWidth(left))
		right := ""
		if w > x+width {
			right = m.theme.cut(line, x+width, w)
		}
		lines[y+i] = left + p + right
	}
	return lines
}
