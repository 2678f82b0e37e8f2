package tui

import tea "charm.land/bubbletea/v2"

// wheelLines is how far one step of the wheel scrolls.
const wheelLines = 3

// mouseEvent takes in a click or a turn of the wheel, by where the pointer is.
func (m *model) mouseEvent(msg tea.MouseMsg) tea.Cmd {
	at := msg.Mouse()
	switch msg := msg.(type) {
	case tea.MouseWheelMsg:
		switch msg.Button {
		case tea.MouseWheelUp:
			return m.wheel(at.X, -1)
		case tea.MouseWheelDown:
			return m.wheel(at.X, 1)
		}
	case tea.MouseClickMsg:
		if msg.Button == tea.MouseLeft {
			m.message = ""
			return m.click(at.X, at.Y)
		}
	}
	return nil
}

// listColumns is how many columns the list takes, at the side or over the history.
func (m *model) listColumns() int {
	switch {
	case m.frame.side > 0:
		return m.frame.side
	case m.drawer && m.width < listWidth+minBeside:
		return m.width
	case m.drawer:
		return listWidth
	}
	return 0
}

func (m *model) wheel(x, by int) tea.Cmd {
	switch {
	case m.help != nil:
		m.help.scroll(by * wheelLines)
	case m.panel != nil:
		return m.panel.scroll(m, by)
	case m.asking != nil:
	case m.details != nil:
		m.details.top += by * wheelLines // it is kept within its text when it is drawn
	case x < m.listColumns():
		m.list.move(by)
	default:
		m.history.scroll(by * wheelLines)
		m.askForOlder()
	}
	return nil
}

func (m *model) click(x, y int) tea.Cmd {
	f := m.frame
	switch {
	case m.help != nil:
		m.help = nil
	case m.panel != nil:
		return m.panel.click(m, x, y)
	case m.asking != nil, m.details != nil:
	case y >= f.body:
	case x < m.listColumns():
		return m.clickList(y)
	case m.drawer:
		m.leaveList()
	case y >= f.header && y < f.header+f.history:
		m.leaveList()
		m.clickHistory(y - f.header)
	default:
		m.leaveList()
		m.leaveHistory()
	}
	return nil
}

// listHead is how many rows stand above the first conversation of the list.
const listHead = 2

// clickList opens the conversation at a row of the list.
func (m *model) clickList(y int) tea.Cmd {
	i := m.list.top + (y-listHead)/itemHeight
	if y < listHead || i >= len(m.list.rows) || m.list.renaming != nil {
		m.leaveHistory()
		m.list.focused = true
		return nil
	}
	m.list.cursor = i
	return m.openListed(m.list.rows[i])
}
