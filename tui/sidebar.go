package tui

import (
	"strings"

	"charm.land/bubbles/v2/key"
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
		m.leaveList()
		if selected.ID != m.conv.id {
			return m.openConversation(selected.ID)
		}
	case renameItem:
		title := strings.TrimSpace(m.list.renaming.value())
		patch, err := interview.ConversationPatch{Title: &title}.Normalize()
		if err != nil {
			m.complain(errorText(err))
			return nil
		}
		m.list.renaming = nil
		return m.commands.rename(m.ctx, selected.ID, *patch.Title)
	case removeItem:
		m.deleting = &selected
	}
	return nil
}

// renamed shows a title that the server has stored.
func (m *model) renamed(msg renamedMsg) {
	m.noteError(msg.err)
	if msg.err != nil {
		m.complain("The title could not be saved: " + errorText(msg.err))
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

// confirm takes in the answer to the question whether to delete.
func (m *model) confirm(msg tea.KeyPressMsg) tea.Cmd {
	c := *m.deleting
	m.deleting = nil
	if !key.Matches(msg, m.keys.confirm) {
		m.say("Nothing was deleted.")
		return nil
	}
	return m.commands.remove(m.ctx, c.ID)
}

// deleted takes a conversation off the screen; another one opens in its place.
func (m *model) deleted(msg deletedMsg) tea.Cmd {
	m.noteError(msg.err)
	if msg.err != nil && interview.ErrorCode(msg.err) != interview.CodeNotFound {
		m.complain("It could not be deleted: " + errorText(msg.err))
		return nil
	}
	m.list.drop(msg.id)
	if msg.id == m.unused {
		m.unused = ""
	}
	m.say("Deleted.")
	if msg.id != m.conv.id {
		return m.keepDraft(msg.id, draft{})
	}
	m.composer.setValue("")
	m.conv.resend, m.conv.edit = nil, nil
	var open tea.Cmd
	if next := m.list.selected(); next.ID != "" {
		open = m.openConversation(next.ID)
	} else {
		m.leaveList()
		open = m.createConversation()
	}
	return tea.Batch(open, m.keepDraft(msg.id, draft{}))
}
