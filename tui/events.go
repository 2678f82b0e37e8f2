package tui

import (
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/betterprofile/betterprofile/interview"
)

// events takes in what came of a turn's stream.
func (m *model) events(msg eventsMsg) tea.Cmd {
	t := m.turns[msg.turn]
	if t == nil {
		return nil
	}
	var cmds []tea.Cmd
	for _, ev := range msg.events {
		if m.turns[msg.turn] == nil { // it has ended, or its conversation was left
			break
		}
		cmds = append(cmds, m.event(t, ev))
	}
	over := m.turns[msg.turn] == nil
	switch {
	case over:
	case msg.err != nil || msg.next == nil:
		cmds = append(cmds, m.cut(t, msg.err))
	default:
		cmds = append(cmds, awaitEvents(msg.turn, msg.next), m.draw(t))
	}
	return tea.Batch(cmds...)
}

// event takes in one event.
func (m *model) event(t *turn, ev interview.Event) tea.Cmd {
	m.offline, m.signedOut = false, false
	if ev.Kind == interview.EventReconnecting {
		return m.reconnect(t)
	}
	t.begun, t.reconnecting = true, false
	cmd := m.acknowledge(t)
	if t.detached {
		return cmd
	}
	return tea.Batch(cmd, m.show(t, ev))
}

// show brings an event of the open conversation's turn into the history.
func (m *model) show(t *turn, ev interview.Event) tea.Cmd {
	switch ev.Kind {
	case interview.EventStarted:
		m.started(t, ev)
	case interview.EventDelta:
		t.reply.live.append(ev.Text)
		t.at = &ev.ID
	case interview.EventReplace:
		t.reply.live = newLive(m.md)
		t.reply.live.append(ev.Text)
		t.reply.changed()
		t.at = &ev.ID
	case interview.EventCompleted:
		return m.completed(t, ev)
	case interview.EventFailed:
		return m.ended(t, ev, interview.TurnFailed)
	case interview.EventCancelled:
		return m.ended(t, ev, interview.TurnCancelled)
	}
	return nil
}

// started shows the message as it was stored.
func (m *model) started(t *turn, ev interview.Event) {
	if ev.Message != nil {
		t.user.message = *ev.Message
		if t.isNew {
			m.touch(t.conversationID, *ev.Message, "")
		}
	}
	t.user.changed()
}

// acknowledge notes, at a turn's first event, that the message is stored: it need not be kept here any longer.
func (m *model) acknowledge(t *turn) tea.Cmd {
	if t.acknowledged {
		return nil
	}
	t.acknowledged, t.user.sending = true, false
	t.user.changed()
	arrived := tea.Batch(m.made(t.input.ID), m.arrived(t))
	var cmd tea.Cmd
	if t.detached {
		d := m.commands.drafts.get(t.conversationID)
		d.Sending = nil
		cmd = m.keepDraft(t.conversationID, d)
		m.forget(t)
	} else {
		cmd = m.saveDraft()
	}
	if t.stopping {
		cmd = tea.Batch(cmd, m.commands.cancel(m.ctx, t.id, t.conversationID, t.input.ID))
	}
	return tea.Batch(arrived, cmd, m.quitIfIdle())
}

// completed puts the stored reply in the draft's place.
func (m *model) completed(t *turn, ev interview.Event) tea.Cmd {
	t.user.message.Turn = nil
	if ev.UserMessage != nil {
		t.user.message = *ev.UserMessage
	}
	t.user.changed()
	if ev.Message != nil {
		t.reply.message, t.reply.live = *ev.Message, nil
		t.reply.changed()
		m.touch(t.conversationID, *ev.Message, ev.Title)
	}
	m.forget(t)
	learned := tea.Batch(m.learned(ev), m.keepOpen(), m.flush())
	if ev.Title != "" || m.conv.title != "" {
		return learned
	}
	return tea.Batch(learned, after(m.ctx, 3*time.Second, relistMsg{})) // the server makes titles behind the reply
}

// ended shows a turn that failed or was cancelled, with the part of the reply that was kept, or the whole one from before.
func (m *model) ended(t *turn, ev interview.Event, status interview.TurnStatus) tea.Cmd {
	state := &interview.TurnState{Status: status, Attempt: 1, Error: ev.Error}
	if was := t.user.message.Turn; was != nil {
		state.Attempt = was.Attempt
	}
	n := turnNotice(state)
	if t.another {
		n = anotherNotice(state)
		state = nil
	}
	t.user.message.Turn = state
	if ev.Message != nil {
		t.reply.message = *ev.Message
	}
	m.settleReply(t, n)
	if t.reply.message.ID != "" {
		m.touch(t.conversationID, t.reply.message, "")
	}
	m.forget(t)
	return tea.Batch(m.keepOpen(), m.flush())
}

// settleReply shows the reply that a turn has now that nothing more comes, or none, and says why.
func (m *model) settleReply(t *turn, n *notice) {
	last := t.reply
	t.reply.live = nil
	t.reply.changed()
	if t.reply.message.ID == "" {
		last = t.user
		m.history.remove(func(e *entry) bool { return e == t.reply })
	}
	m.history.addAfter(last, &entry{notice: n})
}

// cut deals with a stream that ended without a last event.
func (m *model) cut(t *turn, err error) tea.Cmd {
	left := t.ctx.Err() != nil
	m.forget(t)
	if left && t.acknowledged {
		return nil
	}
	m.offline, m.signedOut = away(err), signedOut(err)
	switch {
	case t.isNew && !t.acknowledged:
		return tea.Batch(m.unsent(t, err), m.quitIfIdle())
	case t.detached:
		return nil
	case t.isRetry && !t.begun && outdated(err):
		return m.openConversation(m.conv.id)
	case t.isRetry && !t.begun: // all is as it was before
		m.settleReply(t, m.trouble("", err, "Ctrl+R tries again."))
		return nil
	}
	m.lose(t, err)
	return nil
}

// lose leaves a turn as it stands whose stream was given up. It goes on at the server.
func (m *model) lose(t *turn, err error) {
	m.offline = m.offline || interview.ErrorCode(err) == interview.CodeInterrupted
	t.reconnecting = false
	t.reply.live.lost = true
	t.reply.changed()
	m.conv.lost = t
	hint := "The reply goes on at the server. Ctrl+R looks for it."
	if !t.reply.live.empty() {
		hint = "What came so far stays, and the reply goes on at the server. Ctrl+R looks for the rest."
	}
	m.history.addAfter(t.reply, &entry{notice: m.trouble("", err, hint)})
}

// notSent begins the notice about a message that came back.
const notSent = "Not sent: "

// unsent gives a message back that the server has not acknowledged.
func (m *model) unsent(t *turn, err error) tea.Cmd {
	if m.queues(err) || m.waits(t.input.ID) && later(err) {
		return m.wait(t)
	}
	arrived := m.arrived(t) // it does not wait any longer
	if t.detached {
		d := m.commands.drafts.get(t.conversationID)
		d = d.returned(t.input)
		m.complain("A message was not sent. It is kept as a draft in its conversation.")
		return tea.Batch(arrived, m.keepDraft(t.conversationID, d))
	}
	m.history.remove(func(e *entry) bool { return e == t.user || e == t.reply })
	hint := "Your text is back below. Enter sends it again."
	if m.conv.edit != nil {
		hint = "Your text is kept. Esc leaves the edit and brings it back."
	}
	m.history.add(&entry{notice: m.trouble(notSent, err, hint)})
	m.history.goBottom()
	m.giveBack(t.input)
	if outdated(err) { // another program has gone on with the conversation
		return tea.Batch(arrived, m.openConversation(m.conv.id))
	}
	return tea.Batch(arrived, m.saveDraft())
}

// giveBack puts a message into the composer, before what is there.
func (m *model) giveBack(in interview.TurnInput) { m.setNext(m.next().returned(in)) }

// returned is the draft with a message put back into its text.
func (d draft) returned(in interview.TurnInput) draft {
	return draft{Text: joinTexts(in.Content, d.Text), Resend: &in, Edit: d.Edit}
}

// forget stops following a turn.
func (m *model) forget(t *turn) {
	t.leave()
	delete(m.turns, t.id)
	if m.turn == t {
		m.turn = nil
	}
}

// draw lays a growing reply out, now or at the next tick: not more often than a reader can tell.
func (m *model) draw(t *turn) tea.Cmd {
	if t.ticking || t.detached || t.reply.live == nil || !t.reply.live.stale() {
		return nil
	}
	_, width := margins(m.history.width)
	t.reply.live.layout(m.theme, width)
	m.history.grew()
	m.history.settle()
	t.ticking = true
	return after(t.ctx, t.reply.live.interval(), layoutMsg{t.id})
}

// drawn lays out what came since the last time.
func (m *model) drawn(msg layoutMsg) tea.Cmd {
	t := m.turns[msg.turn]
	if t == nil {
		return nil
	}
	t.ticking = false
	return m.draw(t)
}

// touch moves a conversation up in the list after a message, and gives it its title.
func (m *model) touch(id string, msg interview.Message, title string) {
	i := m.list.index(id)
	if i < 0 {
		return
	}
	c := m.list.items[i]
	c.Preview = interview.FirstRunes(msg.Content, interview.PreviewRunes)
	if msg.CreatedAt.After(c.UpdatedAt.Time) {
		c.UpdatedAt = msg.CreatedAt
	}
	if title != "" {
		c.Title = title
	}
	m.list.change(c)
	if id == m.conv.id {
		m.conv.title = c.Title
	}
}

// unacknowledged reports whether a message is on its way to the server.
func (m *model) unacknowledged() bool {
	for _, t := range m.turns {
		if t.isNew && !t.acknowledged {
			return true
		}
	}
	return false
}

// dropNotice takes the notices away that begin with a text.
func (h *history) dropNotice(prefix string) {
	h.remove(func(e *entry) bool { return e.notice != nil && strings.HasPrefix(e.notice.text, prefix) })
}
