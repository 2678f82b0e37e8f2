package tui

import (
	"cmp"
	"context"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/betterprofile/betterprofile/interview"
)

// turn is a turn that is being followed.
type turn struct {
	id             int // generation: late messages of other turns are dropped
	conversationID string
	input          interview.TurnInput
	ctx            context.Context
	leave          context.CancelFunc

	isNew        bool // the message is being sent
	isRetry      bool // the turn is being run again
	another      bool // it has a whole reply already, which stays unless this one is whole, too
	acknowledged bool // the server has said that the message is stored
	begun        bool // an event has come
	reconnecting bool
	since        time.Time // of reconnecting
	stopping     bool
	detached     bool // its conversation is not on screen any more
	ticking      bool // a layoutMsg is on its way

	user, reply *entry             // the reply's message is the one that was there before, until the turn has ended
	at          *interview.EventID // what has been read
}

// follow starts to read a turn's events into the history. The reply's entry is made when it is not there.
func (m *model) follow(t *turn) *turn {
	m.lastTurn++
	t.id, t.conversationID = m.lastTurn, m.conv.id
	t.ctx, t.leave = context.WithCancel(m.ctx)
	if t.reply = m.history.replyTo(t.user); t.reply == nil {
		t.reply = &entry{message: interview.Message{Role: interview.RoleAssistant}}
		m.history.addAfter(t.user, t.reply)
	}
	t.another = t.reply.message.ID != "" && t.reply.message.ReplyMetadata().Status == ""
	t.reply.live = newLive(m.md)
	t.reply.changed()
	m.turns[t.id], m.turn, m.conv.lost = t, t, nil
	return t
}

// send sends what the composer holds.
func (m *model) send() tea.Cmd {
	switch {
	case m.conv.edit != nil:
		return m.sendEdit()
	case m.composer.empty():
		return nil
	case !m.conv.open():
		m.say("The conversation is not open yet. Your text stays here.")
		return nil
	case m.turn != nil:
		m.say(m.keys.words("The interviewer is still replying; Esc stops it. Your text stays here."))
		return nil
	}
	in, err := m.input()
	if err != nil {
		m.refuse(err)
		return nil
	}
	m.composer.setValue("")
	m.history.dropNotice(notSent)
	if m.conv.unmade || m.waitsHere() {
		m.conv.resend = nil
		return m.enqueueWritten(in)
	}
	e := &entry{message: interview.Message{ID: in.ID, Role: interview.RoleUser, Content: in.Content}, sending: true}
	m.history.add(e)
	m.history.goBottom()
	t := m.follow(&turn{isNew: true, input: in, user: e})
	m.conv.resend = nil
	m.noteUse()
	return tea.Batch(m.saveDraft(), m.stream(t.ctx, t.id, m.server.Send(t.ctx, m.conv.id, in)), m.spin(t))
}

// refuse says why what the composer holds cannot be sent, unless that is plain.
func (m *model) refuse(err error) {
	if strings.TrimSpace(m.composer.value()) != "" {
		m.complain("This cannot be sent: " + cmp.Or(m.composer.remaining(), errorText(err)) + ".")
	}
}

// input is the message to send. Text that came back unchanged keeps its id.
func (m *model) input() (interview.TurnInput, error) {
	in, err := interview.TurnInput{Content: m.composer.value()}.Normalize()
	if r := m.conv.resend; err == nil && r != nil && r.Content == in.Content {
		in.ID = r.ID
	}
	return in, err
}

// retry tries again what failed last; where nothing has, it asks for another reply.
func (m *model) retry() tea.Cmd {
	user := m.history.lastUser()
	switch {
	case m.turn != nil:
		m.say("The interviewer is replying.")
		return nil
	case m.conv.failed != "" || m.list.failed != "":
		return m.reload()
	case m.conv.lost != nil:
		return m.rejoin(m.conv.lost)
	case m.conv.resend != nil && !m.composer.empty():
		return m.send()
	case !m.conv.open() || user == nil:
		m.say("There is nothing to try again.")
		return nil
	}
	return m.retryTurn(user)
}

// retryTurn runs the newest turn again. What it has as a reply stays in sight until the new one begins.
func (m *model) retryTurn(user *entry) tea.Cmd {
	m.history.dropNotices()
	m.history.goBottom()
	t := m.follow(&turn{input: interview.TurnInput{ID: user.message.ID}, user: user, isRetry: true, acknowledged: true})
	return tea.Batch(m.stream(t.ctx, t.id, m.server.Retry(t.ctx, m.conv.id, t.input.ID)), m.spin(t))
}

// join follows a turn that was found running, from where its stored part ends.
func (m *model) join(user *entry) tea.Cmd {
	state := user.message.Turn
	t := m.follow(&turn{input: interview.TurnInput{ID: user.message.ID}, user: user, acknowledged: true})
	t.reply.live.append(state.Partial)
	t.at = &interview.EventID{Attempt: state.Attempt, Offset: len(state.Partial)}
	return tea.Batch(m.stream(t.ctx, t.id, m.server.Events(t.ctx, m.conv.id, t.input.ID, t.at)), m.spin(t))
}

// rejoin goes on with a turn whose stream was given up.
func (m *model) rejoin(t *turn) tea.Cmd {
	m.history.dropNotices()
	t.ctx, t.leave = context.WithCancel(m.ctx)
	m.lastTurn++
	t.id = m.lastTurn
	m.turns[t.id], m.turn, m.conv.lost = t, t, nil
	t.reply.live.lost = false
	t.reply.changed()
	return tea.Batch(m.stream(t.ctx, t.id, m.server.Events(t.ctx, m.conv.id, t.input.ID, t.at)), m.spin(t), m.reconnect(t))
}

// stop asks the server to stop the running turn, as soon as it has it.
func (m *model) stop() tea.Cmd {
	t := m.turn
	if t == nil || t.stopping && t.acknowledged {
		return nil
	}
	t.stopping = true
	if !t.acknowledged {
		return nil
	}
	return m.commands.cancel(m.ctx, t.id, t.conversationID, t.input.ID)
}

// reconnect notes since when a turn's stream is being looked for, and lets the time that takes be seen.
func (m *model) reconnect(t *turn) tea.Cmd {
	if t.reconnecting {
		return nil
	}
	t.reconnecting, t.since = true, m.now()
	return after(t.ctx, time.Second, waitedMsg{t.id})
}

// waited draws the time anew, as long as a turn's stream is being looked for.
func (m *model) waited(msg waitedMsg) tea.Cmd {
	t := m.turns[msg.turn]
	if t == nil || !t.reconnecting {
		return nil
	}
	return after(t.ctx, time.Second, msg)
}

// spin keeps the waiting sign moving until the reply begins.
func (m *model) spin(t *turn) tea.Cmd { return after(t.ctx, 100*time.Millisecond, spinMsg{t.id}) }

// spun moves the waiting sign on.
func (m *model) spun(msg spinMsg) tea.Cmd {
	t := m.turn
	if t == nil || t.id != msg.turn || t.reply.live == nil || !t.reply.live.empty() {
		return nil
	}
	m.history.frame++
	return m.spin(t)
}
