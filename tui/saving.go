package tui

import (
	"strings"

	tea "charm.land/bubbletea/v2"
)

// takeDraft puts a draft into the composer, before what was typed meanwhile. A message that was on its way when it was saved goes there too, unless it has arrived.
func (m *model) takeDraft(d draft) tea.Cmd {
	typed := m.composer.value()
	if d.Sending != nil && m.history.find(d.Sending.ID) == nil {
		d = d.returned(*d.Sending)
	}
	if typed != "" && typed != d.Text {
		d.Text = strings.TrimSpace(d.Text + "\n\n" + typed)
	}
	if d.Text != typed {
		m.composer.setValue(d.Text)
	}
	m.conv.resend = d.Resend
	if d.Edit != nil {
		m.resumeEdit(*d.Edit)
	}
	if typed == "" && d.Sending == nil && d.Edit == nil {
		return nil
	}
	return m.saveDraft()
}

// takeOrphan puts a text into the composer that was written when no conversation could be opened.
func (m *model) takeOrphan(msg orphanMsg) tea.Cmd {
	m.orphanLoaded = true
	if msg.draft.Text == "" {
		return nil
	}
	m.commands.drafts.set(noConversation, msg.draft)
	d := m.next()
	d.Text = joinTexts(msg.draft.Text, d.Text)
	m.setNext(d)
	return m.saveDraft()
}

// draft is what is written in the open conversation.
func (m *model) draft() draft {
	d := m.next()
	if ed := m.conv.edit; ed != nil {
		d.Edit = ed.draft(m.composer.value())
	}
	if t := m.turn; t != nil && t.isNew && !t.acknowledged {
		d.Sending = &t.input
	} else if len(m.conv.queuing) > 0 {
		d.Sending = &m.conv.queuing[0]
	}
	if d.Text == "" {
		d.Resend = nil // the text was erased
	}
	return d
}

// saveDraft keeps what is written in the open conversation, soon.
func (m *model) saveDraft() tea.Cmd {
	if m.opts.Drafts == nil {
		return nil
	}
	m.unsaved = true
	return m.saveSoon()
}

// keepDraft sets a conversation's draft.
func (m *model) keepDraft(id string, d draft) tea.Cmd {
	if !m.commands.drafts.set(id, d) {
		return nil
	}
	m.unsaved = true
	return m.saveSoon()
}

// saveSoon starts a save unless one is under way; that one's end starts the next.
func (m *model) saveSoon() tea.Cmd {
	if m.saving || !m.unsaved {
		return nil
	}
	m.collectDraft()
	m.saving, m.unsaved = true, false
	return m.commands.save(m.ctx)
}

// saved starts the next save, if something was written meanwhile.
func (m *model) saved() tea.Cmd {
	m.saving = false
	return m.saveSoon()
}

// placeless reports whether there is no conversation to keep a draft with: none is open, or one that nothing brings about yet.
func (m *model) placeless() bool { return !m.conv.open() || m.conv.unmade && !m.waitsHere() }

// collectDraft notes what is written: as the open conversation's draft, or as nobody's while none is open.
func (m *model) collectDraft() {
	if m.placeless() {
		if m.orphanLoaded { // else there may be one that we do not know yet
			m.commands.drafts.set(noConversation, draft{Text: m.composer.value()})
		}
		return
	}
	m.commands.drafts.set(m.conv.id, m.draft())
	if m.commands.drafts.get(noConversation) != (draft{}) {
		m.commands.drafts.set(noConversation, draft{})
	}
}
