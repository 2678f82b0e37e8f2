package tui

import (
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// question lies over the screen and waits for a yes.
type question struct {
	title, text string
	yes, no     string // what follows on the keys for them: "forgets it", "keeps it"
	do          func() tea.Cmd
}

// answerQuestion takes in the key that answers the question: any but yes is a no.
func (m *model) answerQuestion(msg tea.KeyPressMsg) tea.Cmd {
	q := m.asking
	m.asking = nil
	if !key.Matches(msg, m.keys.yes) {
		return nil
	}
	return q.do()
}

// view lays the question over lines.
func (q *question) view(m *model, lines []string) []string {
	width := max(min(m.width-4, 60), 5)
	inner := max(width-4, 1)
	text := wrapSpans(m.theme, []span{
		{q.title, bold},
		{"\n" + q.text + "\n\n", 0},
		{m.keys.yes.Help().Key, bold},
		{" " + q.yes + ", ", faint},
		{"any other key", bold},
		{" " + q.no + ".", faint},
	}, inner)
	return m.centred(lines, framed(m.theme, text, width), width)
}

// framed draws a frame around lines, which are no wider than width-4.
func framed(theme *styles, lines []string, width int) []string {
	inner := max(width-4, 1)
	panel := []string{"╭" + strings.Repeat("─", max(width-2, 0)) + "╮"}
	for _, line := range lines {
		panel = append(panel, "│ "+line+spaces(inner-theme.styledWidth(line))+" │")
	}
	return append(panel, "╰"+strings.Repeat("─", max(width-2, 0))+"╯")
}
