package tui

import (
	"context"
	"slices"
	"strconv"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/betterprofile/betterprofile/interview"
)

// undoSeconds is how long a conversation can be brought back before it is deleted at the server.
const undoSeconds = 8

// leaving is a conversation that was deleted here and is still at the server, where it goes when its time is up or the program ends.
type leaving struct {
	conversation interview.Conversation
	wasOpen      bool
	left         int  // seconds
	sent         bool // the server has been told: there is no way back
}

// leavingMsg says that a second has passed.
type leavingMsg struct{}

// remove takes a conversation off the screen, for good when nobody brings it back in time.
func (m *model) remove(c interview.Conversation) tea.Cmd {
	if c.ID == "" || m.isLeaving(c.ID) {
		return nil
	}
	l := &leaving{conversation: c, wasOpen: c.ID == m.conv.id, left: undoSeconds}
	m.leaving = append(m.leaving, l)
	cmd := m.count()
	m.list.hide(c.ID, true)
	if !l.wasOpen {
		return cmd
	}
	return tea.Batch(cmd, m.openInstead())
}

func (m *model) isLeaving(id string) bool {
	for _, l := range m.leaving {
		if l.conversation.ID == id {
			return true
		}
	}
	return false
}

// openInstead opens another conversation in place of one that has gone.
func (m *model) openInstead() tea.Cmd {
	if m.unused == m.conv.id {
		m.unused = ""
	}
	if next := m.list.selected(); next.ID != "" {
		return m.openNamed(next.ID, next.Title)
	}
	m.leaveList()
	return m.createConversation()
}

// hide takes a conversation out of what is shown, or lets it in again.
func (l *conversations) hide(id string, hidden bool) {
	selected := l.selected().ID
	if l.away == nil {
		l.away = map[string]bool{}
	}
	if hidden {
		l.away[id] = true
	} else {
		delete(l.away, id)
		selected = id
	}
	l.choose(selected)
}

// bringBack shows again what was deleted last, as long as the server does not know of it.
func (m *model) bringBack() tea.Cmd {
	l := m.lastLeaving()
	if l == nil {
		m.say("There is nothing to bring back.")
		return nil
	}
	m.drop(l)
	m.list.hide(l.conversation.ID, false)
	m.say(nameOf(l.conversation, m.theme) + " is back.")
	if !l.wasOpen {
		return nil
	}
	return m.openNamed(l.conversation.ID, l.conversation.Title)
}

// lastLeaving is the one that bringBack would bring back, nil for none.
func (m *model) lastLeaving() *leaving {
	for i := len(m.leaving) - 1; i >= 0; i-- {
		if !m.leaving[i].sent {
			return m.leaving[i]
		}
	}
	return nil
}

// drop takes one out of those that are leaving.
func (m *model) drop(gone *leaving) {
	var rest []*leaving
	for _, l := range m.leaving {
		if l != gone {
			rest = append(rest, l)
		}
	}
	m.leaving = rest
}

// count waits a second, unless that is being done already.
func (m *model) count() tea.Cmd {
	if m.counting || m.lastLeaving() == nil {
		return nil
	}
	m.counting = true
	return after(m.ctx, time.Second, leavingMsg{})
}

// second tells the server of those whose time is up.
func (m *model) second() tea.Cmd {
	m.counting = false
	var cmds []tea.Cmd
	for _, l := range m.leaving {
		if l.sent {
			continue
		}
		if l.left--; l.left <= 0 {
			l.sent = true
			cmds = append(cmds, m.commands.remove(m.ctx, l.conversation.ID))
		}
	}
	return tea.Batch(append(cmds, m.count())...)
}

// deleted notes that a conversation has gone from the server, or shows it again when it has not.
func (m *model) deleted(msg deletedMsg) tea.Cmd {
	m.noteError(msg.err)
	for _, l := range m.leaving {
		if l.conversation.ID == msg.id {
			m.drop(l)
		}
	}
	if msg.err != nil && interview.ErrorCode(msg.err) != interview.CodeNotFound {
		m.list.hide(msg.id, false)
		m.complain("It could not be deleted: " + m.text(msg.err))
		return nil
	}
	m.list.drop(msg.id)
	var cmds []tea.Cmd
	for _, q := range slices.Clone(m.waiting) {
		if q.ConversationID == msg.id {
			m.unqueue(q.Input.ID)
			cmds = append(cmds, m.commands.unqueue(q.Input.ID))
		}
	}
	if msg.id == m.conv.id {
		m.composer.setValue("")
		m.conv.resend, m.conv.edit = nil, nil
		cmds = append(cmds, m.openInstead())
	}
	return tea.Batch(append(cmds, m.keepDraft(msg.id, draft{}))...)
}

// leavingText says what was deleted and how it comes back, as fully as there is room for; "" when nothing can.
func (m *model) leavingText(room int) string {
	l := m.lastLeaving()
	if l == nil {
		return ""
	}
	b := m.keys.bringBack
	if m.list.focused && m.list.filter == nil && m.list.renaming == nil {
		b = m.keys.undelete
	}
	back, left := b.Help().Key+" brings it back", " · "+strconv.Itoa(l.left)+" s"
	for _, text := range []string{
		"Deleted " + nameOf(l.conversation, m.theme) + " · " + back + left, "Deleted · " + back + left, "Deleted · " + back, back,
	} {
		if m.theme.cells.width(text) <= room {
			return text
		}
	}
	return back
}

// finishTime is how long the end of the program waits for what is left to delete.
const finishTime = 2 * time.Second

// finishLeaving deletes what is still leaving, at the end of the program.
func (m *model) finishLeaving(ctx context.Context) {
	if len(m.leaving) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishTime)
	defer cancel()
	for _, l := range m.leaving {
		for _, q := range m.waiting {
			if q.New && q.ConversationID == l.conversation.ID {
				m.commands.outbox.Remove(q.Input.ID)
			}
		}
		if m.server.DeleteConversation(ctx, l.conversation.ID) == nil {
			m.commands.drafts.set(l.conversation.ID, draft{})
			m.commands.drop(l.conversation.ID)
		}
	}
}
