package tui

import (
	"context"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/printable"
)

// foundMsg is what the server has for a filter of the list.
type foundMsg struct {
	text string
	page interview.ConversationPage
	err  error
}

// siftMsg says that a filter has stood unchanged for a moment: time to ask the server.
type siftMsg struct{ text string }

// pause is how long typing must rest before the server is asked for what was typed.
const pause = 150 * time.Millisecond

// match reads the conversations that have all words of a text in their title or newest message.
func (c commands) match(ctx context.Context, archived bool, text string) tea.Cmd {
	return c.tasks.command(func() tea.Msg {
		p, err := c.server.ListConversations(ctx, interview.ConversationQuery{Limit: pageSize, Archived: archived, Text: text})
		return foundMsg{text, p, err}
	})
}

// updateFilter takes in a key while the filter is written.
func (l *conversations) updateFilter(msg tea.KeyPressMsg) listAction {
	switch {
	case key.Matches(msg, l.keys.accept):
		if len(l.rows) > 0 {
			return openItem
		}
	case key.Matches(msg, l.keys.cancel):
		l.clearFilter()
	case key.Matches(msg, l.keys.up):
		l.move(-1)
	case key.Matches(msg, l.keys.down):
		l.move(1)
	case key.Matches(msg, l.keys.pageUp):
		l.move(-5)
	case key.Matches(msg, l.keys.pageDown):
		l.move(5)
	case key.Matches(msg, l.keys.newline):
	case l.filter.edit(l.keys, msg):
		return filterItems
	}
	return nothing
}

// startFilter lets a filter be written.
func (l *conversations) startFilter() {
	l.filter = newEditor(l.theme.cells)
	l.filter.single, l.filter.width = true, interview.MaxQueryRunes*tabWidth // one row
}

// clearFilter shows all again.
func (l *conversations) clearFilter() {
	selected := l.selected().ID
	l.filter, l.found = nil, nil
	l.choose(selected)
}

// filterText is what the list is filtered by, "" for nothing.
func (l *conversations) filterText() string {
	if l.filter == nil {
		return ""
	}
	return strings.TrimSpace(l.filter.value())
}

// sift works out what is shown.
func (l *conversations) sift() {
	words := strings.Fields(strings.ToLower(l.filterText()))
	if len(words) == 0 && len(l.away) == 0 {
		l.rows = l.items
		return
	}
	l.rows = nil
	for _, c := range l.items {
		if !l.away[c.ID] && holds(c, words) {
			l.rows = append(l.rows, c)
		}
	}
	for _, c := range l.found {
		if !l.away[c.ID] && indexOf(l.rows, c.ID) < 0 {
			l.rows = append(l.rows, c)
		}
	}
}

// holds reports whether all words, in lower case, are in the conversation's title or preview.
func holds(c interview.Conversation, words []string) bool {
	text := strings.ToLower(c.Title + "\n" + c.Preview)
	for _, w := range words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}

// filtered shows what a filter that has changed leaves, and asks the server soon.
func (m *model) filtered() tea.Cmd {
	text := m.list.filterText()
	m.list.found = nil
	m.list.cursor = 0
	m.list.choose("")
	if text == "" {
		return nil
	}
	return after(m.ctx, pause, siftMsg{text})
}

// rested asks the server for what fits a filter, unless it has changed.
func (m *model) rested(msg siftMsg) tea.Cmd {
	if msg.text != m.list.filterText() {
		return nil
	}
	return m.commands.match(m.ctx, m.list.archived, msg.text)
}

// foundMore adds what the server has for the filter: what has not been read yet, what differs in accents only.
func (m *model) foundMore(msg foundMsg) {
	m.noteError(msg.err)
	if msg.err != nil || msg.text != m.list.filterText() {
		return
	}
	m.list.found = msg.page.Conversations
	m.list.choose(m.list.selected().ID)
}

// head is the title of the list and, below it, the filter while there is one, with the cursor in it.
func (l conversations) head(width int) ([]string, *tea.Cursor) {
	title, a := "Conversations", bold
	if l.archived {
		title = "Archived"
	}
	if l.focused {
		a |= accent
	}
	lines := []string{" " + l.theme.render(a, l.theme.truncate(title, width-1)), ""}
	if l.filter == nil {
		return lines, nil
	}
	row, column := inputRow(l.theme, l.filter, " / ", width)
	lines[1] = row
	return lines, tea.NewCursor(column, 1)
}

// inputRow is the line in which an editor of one row is written, scrolled so that its cursor is in sight, and the cursor's column.
func inputRow(s *styles, e *editor, before string, width int) (string, int) {
	margin := s.cells.width(before)
	room := max(width-margin-1, 1)
	text := e.text[0]
	start := 0
	for s.cells.width(text[start:e.col]) > room {
		cluster, _ := s.next(text[start:])
		start += len(cluster)
	}
	shown, _ := s.fit(text[start:], room)
	return s.render(accent|bold, before) + shown, margin + s.cells.width(text[start:e.col])
}

// marksOf are the marks before a conversation's title, each followed by a space.
func marksOf(c interview.Conversation) string {
	marks := ""
	if c.Pinned {
		marks += "★ "
	}
	if c.Archived {
		marks += "▤ "
	}
	return marks
}

// nameOf is what a conversation is called in a sentence, in at most 30 columns.
func nameOf(c interview.Conversation, s *styles) string {
	name := printable.Line(c.Title)
	if name == "" {
		name = plainPreview(c.Preview)
	}
	if name == "" {
		return "the conversation"
	}
	return "“" + s.truncate(name, 28) + "”"
}
