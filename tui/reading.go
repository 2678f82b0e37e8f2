package tui

import (
	"slices"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"github.com/betterprofile/betterprofile/interview"
)

// While the history has the focus, one of its messages is chosen: keys move to others and do something with it.

// reading reports whether the history has the focus.
func (m *model) reading() bool { return m.history.chosen != nil }

// focusHistory chooses the newest message in sight.
func (m *model) focusHistory() {
	m.leaveList()
	e := m.history.lastShown()
	if e == nil { // what is in sight is a long notice
		if _, e = m.history.neighbour(m.history.start().entry, -1); e != nil {
			m.history.reveal(e)
		}
	}
	if e == nil {
		m.say("There is no message yet.")
		return
	}
	m.history.chosen = e
}

// leaveHistory gives the focus back to the composer.
func (m *model) leaveHistory() { m.history.chosen = nil }

// readKey takes in a key while the history has the focus.
func (m *model) readKey(msg tea.KeyPressMsg) tea.Cmd {
	switch {
	case key.Matches(msg, m.keys.leaveHistory):
		m.leaveHistory()
		return nil
	case m.moveKey(msg):
		return nil
	}
	return m.messageKey(msg)
}

// moveKey chooses another message or scrolls, and reports whether the key means that.
func (m *model) moveKey(msg tea.KeyPressMsg) bool {
	h := &m.history
	half, page := max(h.height/2, 1), max(h.height-2, 1)
	switch {
	case key.Matches(msg, m.keys.messageUp):
		h.choosePrevious()
	case key.Matches(msg, m.keys.messageDown):
		h.chooseNext()
	case key.Matches(msg, m.keys.halfUp):
		m.scrollBy(-half)
	case key.Matches(msg, m.keys.halfDown):
		m.scrollBy(half)
	case key.Matches(msg, m.keys.pageUp):
		m.scrollBy(-page)
	case key.Matches(msg, m.keys.pageDown):
		m.scrollBy(page)
	case key.Matches(msg, m.keys.messageTop), key.Matches(msg, m.keys.top):
		h.goTop()
		h.chosen = h.firstShown()
	case key.Matches(msg, m.keys.messageBottom), key.Matches(msg, m.keys.bottom):
		h.goEnd()
		h.chosen = h.lastShown()
	case key.Matches(msg, m.keys.questionNext):
		m.chooseQuestion(1)
	case key.Matches(msg, m.keys.questionPrevious):
		m.chooseQuestion(-1)
	default:
		return false
	}
	m.askForOlder()
	return true
}

// askForOlder lets older messages be asked for once more, if that has failed.
func (m *model) askForOlder() {
	if m.conv.olderFailed {
		m.conv.loadingOlder, m.conv.olderFailed = false, false
	}
}

// scrollBy scrolls, and keeps the chosen message in sight.
func (m *model) scrollBy(by int) {
	h := &m.history
	h.scroll(by)
	if first, last := h.shown(); h.index(h.chosen) < first || h.index(h.chosen) > last {
		h.chosen = h.firstShown()
		if by < 0 {
			h.chosen = h.lastShown()
		}
	}
}

// chooseQuestion goes to the next message, or the one before, in which the interviewer asks something.
func (m *model) chooseQuestion(by int) {
	h := &m.history
	for i := h.index(h.chosen) + by; i >= 0 && i < len(h.entries); i += by {
		if h.entries[i].asks() {
			h.chosen = h.entries[i]
			h.follow, h.top = false, place{i, h.entries[i].above}
			h.settle()
			return
		}
	}
	if by < 0 && h.older != "" {
		h.goTop() // that asks for older ones
		h.chosen = h.firstShown()
		m.say("Older messages are being read. Press the key again.")
		return
	}
	m.say("There is no further question.")
}

// asks reports whether the entry is a question of the interviewer's.
func (e *entry) asks() bool {
	return e.isMessage() && e.message.Role == interview.RoleAssistant && strings.ContainsAny(e.message.Content, "?？؟")
}

// index returns where an entry is, -1 when it is not there.
func (h *history) index(e *entry) int {
	if e == nil {
		return -1
	}
	if at := h.start().entry; at < len(h.entries) { // most likely it is near
		if i := slices.Index(h.entries[at:min(at+h.height+1, len(h.entries))], e); i >= 0 {
			return at + i
		}
	}
	return slices.Index(h.entries, e)
}

// unchoose forgets about an entry that goes.
func (h *history) unchoose(e *entry) {
	if h.chosen == e {
		h.chosen = nil
	}
}

// shown returns the first and the last entry that a line is in sight of.
func (h *history) shown() (first, last int) {
	at := h.start()
	n := -at.line
	for last = at.entry; last < len(h.entries); last++ {
		if n += len(h.lines(last)); n >= h.height {
			return at.entry, last
		}
	}
	return at.entry, len(h.entries) - 1
}

// lastShown returns the last message in sight, firstShown the first one; nil when there is none.
func (h *history) lastShown() *entry {
	if len(h.entries) == 0 || h.height < 1 {
		return nil
	}
	first, last := h.shown()
	for i := last; i >= first; i-- {
		if h.entries[i].isMessage() {
			return h.entries[i]
		}
	}
	return nil
}

func (h *history) firstShown() *entry {
	if len(h.entries) == 0 || h.height < 1 {
		return nil
	}
	first, last := h.shown()
	for i := first; i <= last; i++ {
		if h.entries[i].isMessage() {
			return h.entries[i]
		}
	}
	return h.lastShown()
}

// neighbour returns the message before or after an entry, nil without one.
func (h *history) neighbour(i, by int) (int, *entry) {
	for i += by; i >= 0 && i < len(h.entries); i += by {
		if h.entries[i].isMessage() {
			return i, h.entries[i]
		}
	}
	return -1, nil
}

// chooseNext goes on to the next message once the end of the chosen one is in sight; until then it scrolls.
func (h *history) chooseNext() {
	i := h.index(h.chosen)
	if i >= 0 && h.ends(i) > h.height && !h.follow {
		h.scroll(1)
		return
	}
	next, e := h.neighbour(i, 1)
	if e == nil {
		h.goBottom()
		return
	}
	h.chosen = e
	if over := h.ends(next) - h.height; over > 0 { // as much of it as there is room for
		h.scroll(min(over, h.begins(next)))
	}
}

// choosePrevious is chooseNext the other way.
func (h *history) choosePrevious() {
	i := h.index(h.chosen)
	if i >= 0 && h.begins(i) < 0 {
		h.scroll(-1)
		return
	}
	previous, e := h.neighbour(i, -1)
	if e == nil {
		h.goTop()
		return
	}
	h.chosen = e
	at := h.start()
	missing := 0 // lines between its beginning and the screen
	for j := previous; j < at.entry; j++ {
		missing += len(h.lines(j))
	}
	if missing += at.line; previous < at.entry || previous == at.entry && at.line > 0 {
		h.scroll(-min(missing, h.height))
	}
}

// begins returns on which row of the screen an entry begins: below 0 above it, at most its height below it.
func (h *history) begins(i int) int {
	at := h.start()
	if i < at.entry {
		return -1
	}
	return h.offset(at, i)
}

// ends returns behind which row of the screen the text of an entry ends that is not above it.
func (h *history) ends(i int) int {
	at := h.start()
	if i < at.entry {
		return 0
	}
	return h.offset(at, i) + len(h.lines(i)) - 1
}

// at returns the message on a row of the screen, nil when there is none.
func (h *history) at(row int) *entry {
	at := h.start()
	n := -at.line
	for i := at.entry; i < len(h.entries); i++ {
		if n += len(h.lines(i)); row < n {
			if h.entries[i].isMessage() {
				return h.entries[i]
			}
			return nil
		}
	}
	return nil
}

// clickHistory chooses the message at a row of the history, and gives the composer its focus back for a click elsewhere.
func (m *model) clickHistory(row int) {
	m.history.chosen = m.history.at(row)
}
