package tui

import (
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// key takes in a key press: what lies on top gets it first.
func (m *model) key(msg tea.KeyPressMsg) tea.Cmd {
	m.message = ""
	switch {
	case key.Matches(msg, m.keys.quit):
		return m.quit()
	case key.Matches(msg, m.keys.redraw):
		return tea.ClearScreen
	case key.Matches(msg, m.keys.suspend):
		return tea.Suspend
	case m.help != nil:
		if m.help.update(m.keys, msg) {
			m.help = nil
		}
		return nil
	case m.panel != nil:
		return m.panel.key(m, msg)
	case m.asking != nil:
		return m.answerQuestion(msg)
	case m.details != nil:
		if m.details.update(m.keys, msg) {
			m.details = nil
		}
		return nil
	case m.list.renaming != nil, m.list.filter != nil:
		return m.listKey(msg)
	}
	if cmd, ok := m.command(msg); ok {
		return cmd
	}
	if m.list.focused {
		return m.listKey(msg)
	}
	if m.reading() {
		return m.readKey(msg)
	}
	return m.compose(msg)
}

// command runs what a key means everywhere, and reports whether it means something.
func (m *model) command(msg tea.KeyPressMsg) (tea.Cmd, bool) {
	switch {
	case key.Matches(msg, m.keys.help), msg.String() == "?" && (m.composer.empty() || m.list.focused || m.reading()):
		m.openHelp()
	case key.Matches(msg, m.keys.newConversation):
		return m.newConversation(), true
	case key.Matches(msg, m.keys.next):
		return m.openNeighbour(1), true
	case key.Matches(msg, m.keys.previous):
		return m.openNeighbour(-1), true
	case key.Matches(msg, m.keys.list):
		m.toggleList()
	case key.Matches(msg, m.keys.retry):
		return m.retry(), true
	default:
		return m.openPanel(msg)
	}
	return nil, true
}

// compose takes in a key while the composer has the focus.
func (m *model) compose(msg tea.KeyPressMsg) tea.Cmd {
	if cmd, ok := m.menuKey(msg); ok {
		return cmd
	}
	switch {
	case key.Matches(msg, m.keys.send):
		return m.submit()
	case key.Matches(msg, m.keys.external):
		return m.editOutside()
	case key.Matches(msg, m.keys.focusHistory):
		m.focusHistory()
	case key.Matches(msg, m.keys.edit):
		return m.editEarlier()
	case key.Matches(msg, m.keys.stop) && m.conv.edit != nil:
		return m.leaveEdit()
	case key.Matches(msg, m.keys.stop):
		return m.stop()
	case key.Matches(msg, m.keys.focusList):
		m.focusList()
	case key.Matches(msg, m.keys.quitEmpty) && m.composer.empty() && m.conv.edit == nil:
		return m.quit()
	case m.recallKey(msg):
		return m.saveDraft()
	case m.scrollKey(msg):
	case m.composer.update(msg):
		return m.saveDraft()
	}
	return nil
}

// scrollKey moves the history. Up and down do that too while nothing is written.
func (m *model) scrollKey(msg tea.KeyPressMsg) bool {
	before := m.history.top
	defer func() {
		if m.history.top != before {
			m.askForOlder()
		}
	}()
	page := max(m.history.height-2, 1)
	empty := m.composer.empty()
	switch {
	case key.Matches(msg, m.keys.pageUp):
		m.history.scroll(-page)
	case key.Matches(msg, m.keys.pageDown):
		m.history.scroll(page)
	case key.Matches(msg, m.keys.scrollUp), empty && key.Matches(msg, m.keys.up):
		m.history.scroll(-1)
	case key.Matches(msg, m.keys.scrollDown), empty && key.Matches(msg, m.keys.down):
		m.history.scroll(1)
	case key.Matches(msg, m.keys.top):
		m.history.goTop()
	case key.Matches(msg, m.keys.bottom):
		m.history.goEnd()
	default:
		return false
	}
	return true
}

// paste puts pasted text where the cursor is: into the title being edited, else into the composer.
func (m *model) paste(msg tea.PasteMsg) tea.Cmd {
	switch {
	case m.help != nil || m.asking != nil || m.details != nil:
		return nil
	case m.panel != nil:
		return m.panel.paste(m, msg.Content)
	case m.list.filter != nil:
		m.list.filter.insert(msg.Content)
		return m.filtered()
	case m.list.renaming != nil:
		m.list.renaming.insert(msg.Content)
		return nil
	}
	m.message = ""
	m.list.focused, m.drawer = false, false
	m.leaveHistory()
	m.composer.update(msg)
	return m.saveDraft()
}
