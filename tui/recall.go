package tui

import (
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"github.com/betterprofile/betterprofile/interview"
)

// recall is what was said before, on its way into the composer once more.
type recall struct {
	entry *entry // the message that is there; nil for the text of one's own
	text  string // as it was put there: changed, it is one's own
	own   string // what was in the composer before
}

// recallKey takes in up and down where they lead out of the text: up to what was said before, down back to what was being written.
func (m *model) recallKey(msg tea.KeyPressMsg) bool {
	if m.conv.edit != nil {
		return false
	}
	if r := m.recall; r.entry != nil && m.composer.value() != r.text {
		m.recall = recall{}
	}
	switch {
	case key.Matches(msg, m.keys.up):
		return m.recallOlder()
	case key.Matches(msg, m.keys.down):
		return m.recallNewer()
	}
	return false
}

// recallOlder puts the message before into the composer. In a text of one's own the cursor goes to its start first.
func (m *model) recallOlder() bool {
	c := m.composer
	if row, _ := c.cursor(); row > 0 {
		return false
	}
	if m.recall.entry == nil && c.col > 0 {
		c.moveTo(0, 0)
		return true
	}
	e := m.saidBefore(m.recall.entry)
	switch {
	case e == nil && m.recall.entry == nil:
		return false
	case e == nil:
		m.say("There is nothing before that.")
		return true
	}
	if m.recall.entry == nil {
		m.recall.own = c.value()
	}
	m.recallText(e, e.said())
	c.moveTo(0, 0)
	return true
}

// recallNewer puts the message after that in the composer there, after the last what was being written.
func (m *model) recallNewer() bool {
	c := m.composer
	row, _ := c.cursor()
	switch {
	case row < c.height()-1:
		return false
	case m.recall.entry == nil:
		last := len(c.text) - 1
		if c.row == last && c.col == len(c.text[last]) {
			return false
		}
		c.moveTo(last, len(c.text[last]))
		return true
	}
	if e := m.saidAfter(m.recall.entry); e != nil {
		m.recallText(e, e.said())
	} else {
		m.composer.replace(m.recall.own)
		m.recall = recall{}
	}
	return true
}

// recallText puts a text of the user's into the composer.
func (m *model) recallText(e *entry, text string) {
	m.composer.replace(text)
	m.recall.entry, m.recall.text = e, m.composer.value()
}

// saidBefore returns the newest message of the user before another one, or of all, that says something else.
func (m *model) saidBefore(from *entry) *entry {
	h := &m.history
	i := len(h.entries)
	if from != nil {
		i = h.index(from)
	}
	for i--; i >= 0; i-- {
		if e := h.entries[i]; e.recallable() && (from == nil || e.message.Content != from.message.Content) {
			return e
		}
	}
	return nil
}

// saidAfter returns the next message of the user.
func (m *model) saidAfter(from *entry) *entry {
	h := &m.history
	for i := h.index(from) + 1; i > 0 && i < len(h.entries); i++ {
		if e := h.entries[i]; e.recallable() && e.message.Content != from.message.Content {
			return e
		}
	}
	return nil
}

// recallable reports whether the entry is something that the user said.
func (e *entry) recallable() bool {
	return e.isMessage() && e.message.Role == interview.RoleUser && !e.message.Forgotten()
}
