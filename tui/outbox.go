package tui

import (
	"context"
	"iter"
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/betterprofile/betterprofile/interview"
)

// Queued is a message that waits for the server. It keeps its id, so that sending it again cannot double it.
type Queued struct {
	ConversationID string              `json:"conversationId"`
	Input          interview.TurnInput `json:"input"`
	New            bool                `json:"new,omitempty"` // the conversation was begun while the server was away: it is made first
}

// Outbox keeps messages that wait for the server between runs of the program, also of several programs at once. Calls come from several
// goroutines, not from the one that draws.
type Outbox interface {
	// List returns what waits, oldest first.
	List() []Queued
	// Put keeps a message, unless it returns an error. One with the same id is replaced.
	Put(Queued) error
	// Remove forgets about the message with an id, if there is one.
	Remove(id string)
}

type (
	queueMsg  struct{ waiting []Queued } // of earlier runs
	queuedMsg struct {                   // a message is in the outbox, or could not be put there
		queued Queued
		err    error
	}
	quietMsg struct { // a message of a conversation that is not open was sent, or not
		queued Queued
		err    error
	}
)

// queue loads what waits.
func (c commands) queue() tea.Msg {
	if c.outbox == nil {
		return nil
	}
	return queueMsg{c.outbox.List()}
}

// put keeps a message that waits.
func (c commands) put(q Queued) tea.Cmd {
	return c.tasks.command(func() tea.Msg { return queuedMsg{q, c.outbox.Put(q)} })
}

// unqueue forgets about a message that waited.
func (c commands) unqueue(id string) tea.Cmd {
	return c.tasks.command(func() tea.Msg {
		c.outbox.Remove(id)
		return nil
	})
}

// quiet sends a message of a conversation that is not open. Its turn goes on at the server.
func (c commands) quiet(ctx context.Context, q Queued) tea.Cmd {
	return c.tasks.command(func() tea.Msg {
		for ev, err := range c.sendQueued(ctx, q) {
			if ev.Kind != interview.EventReconnecting || err != nil {
				return quietMsg{q, err}
			}
		}
		return quietMsg{q, ctx.Err()}
	})
}

// sendQueued is Send for a message that waited. Its conversation is made if it must be; the same id again is the same one. It has no opening message: the
// user's came first.
func (c commands) sendQueued(ctx context.Context, q Queued) iter.Seq2[interview.Event, error] {
	if !q.New {
		return c.server.Send(ctx, q.ConversationID, q.Input)
	}
	return func(yield func(interview.Event, error) bool) {
		opening := false
		if _, err := c.server.CreateConversation(ctx, interview.ConversationInput{ID: q.ConversationID, Opening: &opening}); err != nil {
			yield(interview.Event{}, err)
			return
		}
		c.server.Send(ctx, q.ConversationID, q.Input)(yield)
	}
}

// queues reports whether a message that could not be sent waits for the server.
func (m *model) queues(err error) bool { return m.commands.outbox != nil && away(err) }

// enqueue lets a message wait. Until the outbox has it, it is part of the draft.
func (m *model) enqueue(conversationID string, in interview.TurnInput) tea.Cmd {
	q := Queued{ConversationID: conversationID, Input: in, New: conversationID == m.conv.id && m.conv.unmade}
	if m.waits(in.ID) {
		return nil
	}
	m.waiting = append(m.waiting, q)
	if conversationID == m.conv.id {
		m.conv.queuing = append(m.conv.queuing, in)
	}
	m.listQueued()
	return m.commands.put(q)
}

// waits reports whether a message is in the queue.
func (m *model) waits(id string) bool {
	return slices.ContainsFunc(m.waiting, func(q Queued) bool { return q.Input.ID == id })
}

// waitsHere reports whether a message of the open conversation waits.
func (m *model) waitsHere() bool {
	return slices.ContainsFunc(m.waiting, func(q Queued) bool { return q.ConversationID == m.conv.id })
}

// enqueueWritten puts a message behind those that wait already, so that none overtakes another.
func (m *model) enqueueWritten(in interview.TurnInput) tea.Cmd {
	m.history.add(&entry{message: interview.Message{ID: in.ID, Role: interview.RoleUser, Content: in.Content}, waiting: true})
	m.history.goBottom()
	m.noteUse()
	return tea.Batch(m.enqueue(m.conv.id, in), m.saveDraft(), m.flush())
}

// queued notes that a message is kept, or gives it back when it could not be.
func (m *model) queued(msg queuedMsg) tea.Cmd {
	here := msg.queued.ConversationID == m.conv.id
	if here {
		m.conv.queuing = slices.DeleteFunc(m.conv.queuing, func(in interview.TurnInput) bool { return in.ID == msg.queued.Input.ID })
	}
	if msg.err == nil || !m.waits(msg.queued.Input.ID) {
		return m.saveDraft()
	}
	m.complain("The message could not be kept to be sent later. It is a draft.")
	return m.giveUp(msg.queued)
}

// giveUp takes a message out of the queue and makes it a draft of its conversation.
func (m *model) giveUp(q Queued) tea.Cmd {
	m.unqueue(q.Input.ID)
	cmd := m.commands.unqueue(q.Input.ID)
	if q.ConversationID != m.conv.id || !m.conv.open() {
		d := m.commands.drafts.get(q.ConversationID)
		return tea.Batch(cmd, m.keepDraft(q.ConversationID, d.returned(q.Input)))
	}
	m.history.remove(func(e *entry) bool { return e.message.ID == q.Input.ID })
	m.giveBack(q.Input)
	return tea.Batch(cmd, m.saveDraft())
}

// unqueue takes a message out of the queue.
func (m *model) unqueue(id string) {
	m.waiting = slices.DeleteFunc(m.waiting, func(q Queued) bool { return q.Input.ID == id })
	m.conv.queuing = slices.DeleteFunc(m.conv.queuing, func(in interview.TurnInput) bool { return in.ID == id })
}

// takeBack takes a message that waits out of the queue, back into the composer.
func (m *model) takeBack(e *entry) tea.Cmd {
	i := slices.IndexFunc(m.waiting, func(q Queued) bool { return q.Input.ID == e.message.ID })
	if i < 0 {
		return nil
	}
	m.leaveHistory()
	m.say("Taken back: it is not sent.")
	return m.giveUp(m.waiting[i])
}

// gotQueue takes in what waits since an earlier run.
func (m *model) gotQueue(msg queueMsg) tea.Cmd {
	for _, q := range msg.waiting {
		if !m.waits(q.Input.ID) {
			m.waiting = append(m.waiting, q)
		}
	}
	m.listQueued()
	if m.conv.failed != "" && m.begins(m.conv.id) {
		m.beginUnmade()
	}
	return tea.Batch(m.openBegun(), m.showQueue(), m.flush())
}

// showQueue shows what waits in the open conversation behind its messages. What has arrived is done with.
func (m *model) showQueue() tea.Cmd {
	if !m.conv.open() {
		return nil
	}
	var cmds []tea.Cmd
	for _, q := range slices.Clone(m.waiting) {
		e := m.history.find(q.Input.ID)
		switch {
		case q.ConversationID != m.conv.id || e != nil && (e.waiting || e.sending):
		case e != nil:
			m.unqueue(q.Input.ID)
			cmds = append(cmds, m.commands.unqueue(q.Input.ID))
		default:
			m.history.add(&entry{message: interview.Message{ID: q.Input.ID, Role: interview.RoleUser, Content: q.Input.Content}, waiting: true})
		}
	}
	return tea.Batch(cmds...)
}

// flush sends the oldest message that waits and can be sent now. One is on its way at a time.
func (m *model) flush() tea.Cmd {
	if m.flushing || m.quitting || m.signedOut || m.conv.loading { // it may be about what is being opened
		return nil
	}
	for _, q := range m.waiting {
		if m.isLeaving(q.ConversationID) {
			continue
		}
		if q.ConversationID != m.conv.id {
			m.flushing = true
			return m.commands.quiet(m.ctx, q)
		}
		if m.conv.open() && m.turn == nil && m.conv.lost == nil {
			return m.sendQueued(q)
		}
	}
	return nil
}

// sendQueued sends a message that waits in the open conversation.
func (m *model) sendQueued(q Queued) tea.Cmd {
	e := m.history.find(q.Input.ID)
	if e == nil {
		e = &entry{message: interview.Message{ID: q.Input.ID, Role: interview.RoleUser, Content: q.Input.Content}}
		m.history.add(e)
	}
	e.waiting, e.sending = false, true
	e.changed()
	t := m.follow(&turn{isNew: true, input: q.Input, user: e})
	return tea.Batch(m.stream(t.ctx, t.id, m.commands.sendQueued(t.ctx, q)), m.spin(t))
}

// sentQuietly notes what became of a message of a conversation that is not open.
func (m *model) sentQuietly(msg quietMsg) tea.Cmd {
	m.flushing = false
	if !m.waits(msg.queued.Input.ID) {
		return m.flush()
	}
	m.noteError(msg.err)
	switch {
	case msg.err == nil:
		cmd := tea.Batch(m.made(msg.queued.Input.ID), m.commands.unqueue(msg.queued.Input.ID))
		m.unqueue(msg.queued.Input.ID)
		if msg.queued.ConversationID == m.conv.id && m.conv.open() { // it was opened meanwhile
			return tea.Batch(cmd, m.openConversation(m.conv.id))
		}
		return tea.Batch(cmd, m.flush())
	case away(msg.err) || signedOut(msg.err) || interview.ErrorCode(msg.err) == interview.CodeTurnInProgress || m.ctx.Err() != nil:
		return nil // later
	case msg.queued.New: // there is no conversation whose draft it could be
		m.complain("A message still waits: " + m.text(msg.err))
		return nil
	}
	m.complain("A message could not be sent: " + m.text(msg.err) + " It is a draft of its conversation.")
	return m.giveUp(msg.queued)
}

// wait lets a message wait that could not be sent because the server is away.
func (m *model) wait(t *turn) tea.Cmd {
	cmd := m.enqueue(t.conversationID, t.input)
	if t.detached {
		d := m.commands.drafts.get(t.conversationID)
		d.Sending = nil
		return tea.Batch(cmd, m.keepDraft(t.conversationID, d))
	}
	t.user.waiting, t.user.sending = true, false
	t.user.changed()
	m.history.remove(func(e *entry) bool { return e == t.reply })
	return tea.Batch(cmd, m.saveDraft())
}

// arrived notes that a message that waited is stored.
func (m *model) arrived(t *turn) tea.Cmd {
	if !m.waits(t.input.ID) {
		return nil
	}
	m.unqueue(t.input.ID)
	return m.commands.unqueue(t.input.ID)
}
