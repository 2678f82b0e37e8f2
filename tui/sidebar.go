package tui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/betterprofile/betterprofile/interview"
)

// focusList goes to the list, over the history where it has no place of its own.
func (m *model) focusList() {
	m.drawer = !m.wide()
	m.hidden = false
	m.list.focused = true
	m.list.choose(m.conv.id)
}

// leaveList gives the focus back to the composer.
func (m *model) leaveList() {
	m.list.focused, m.list.renaming, m.drawer = false, nil, false
	if m.list.filter != nil {
		m.list.clearFilter()
	}
}

// toggleList shows the list or hides it.
func (m *model) toggleList() {
	switch {
	case m.list.focused && m.drawer:
		m.leaveList()
	case !m.wide():
		m.focusList()
	default:
		m.leaveList()
		m.hidden = !m.hidden
	}
}

// listKey takes in a key while the list has the focus.
func (m *model) listKey(msg tea.KeyPressMsg) tea.Cmd {
	selected := m.list.selected()
	switch m.list.update(msg) {
	case leaveList:
		m.leaveList()
	case openItem:
		return m.openListed(selected)
	case renameItem:
		return m.saveTitle(selected)
	case removeItem:
		return m.remove(selected)
	case pinItem:
		return m.pin(selected)
	case archiveItem:
		return m.archive(selected)
	case forkItem:
		return m.forkWhole(selected)
	case exportItem:
		return m.export(selected)
	case filterItems:
		return m.filtered()
	case showArchived:
		return m.showArchived(!m.list.archived)
	case bringBack:
		return m.bringBack()
	}
	return nil
}

// openListed opens a conversation of the list and leaves that.
func (m *model) openListed(c interview.Conversation) tea.Cmd {
	m.leaveList()
	if c.ID == m.conv.id {
		return nil
	}
	return m.openNamed(c.ID, c.Title)
}

// saveTitle stores the title that was written, unless it cannot be one.
func (m *model) saveTitle(c interview.Conversation) tea.Cmd {
	title := strings.TrimSpace(m.list.renaming.value())
	patch, err := interview.ConversationPatch{Title: &title}.Normalize()
	if err != nil {
		m.complain(m.text(err))
		return nil
	}
	m.list.renaming = nil
	return m.commands.rename(m.ctx, c.ID, *patch.Title)
}

// renamed shows a title that the server has stored.
func (m *model) renamed(msg renamedMsg) {
	m.noteError(msg.err)
	if msg.err != nil {
		m.complain("The title could not be saved: " + m.text(msg.err))
		return
	}
	c := msg.conversation
	if i := m.list.index(c.ID); i >= 0 {
		c.Preview = m.list.items[i].Preview
		m.list.change(c)
	}
	if c.ID == m.conv.id {
		m.conv.title = c.Title
	}
}
