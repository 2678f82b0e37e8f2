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
	acknowledged bool // the server has said that the message is stored
	begun        bool // an event has come
	reconnecting bool
	stopping     bool
	detached     bool // its conversation is not on screen any more
	ticking      bool // a layoutMsg is on its way

	user, reply *entry
	before      interview.Message  // the reply as it was before
	at          *interview.EventID // what has been read
}

// follow starts to read a turn's events into the history. The reply's entry is made when it is not there.
func (m *model) follow(t *turn) *turn {
	m.lastTurn++
	t.id, t.conversationID = m.lastTurn, m.conv.id
	t.ctx, t.leave = context.WithCancel(m.ctx)
	if t.reply == nil {
		t.reply = &entry{message: interview.Message{Role: interview.RoleAssistant}}
		m.history.addAfter(t.user, t.reply)
	}
	t.before = t.reply.message
	t.reply.live = newLive(m.md)
	t.reply.changed()
	m.turns[t.id], m.turn, m.conv.lost = t, t, nil
	return t
}

// send sends what the composer holds.
func (m *model) send() tea.Cmd {
	switch {
	case m.composer.empty():
		return nil
	case !m.conv.open():
		m.say("The conversation is not open yet. Your text stays here.")
		return nil
	case m.turn != nil:
		m.say("The interviewer is still replying; Esc stops it. Your text stays here.")
		return nil
	}
	in, err := m.input()
	if err != nil {
		if strings.TrimSpace(m.composer.value()) != "" {
			m.complain("This cannot be sent: " + cmp.Or(m.composer.remaining(), errorText(err)) + ".")
		}
		return nil
	}
	m.composer.setValue("")
	m.history.dropNotice(notSent)
	e := &entry{message: interview.Message{ID: in.ID, Role: interview.RoleUser, Content: in.Content}, sending: true}
	m.history.add(e)
	m.history.goBottom()
	t := m.follow(&turn{isNew: true, input: in, user: e})
	m.conv.resend = nil
	return tea.Batch(m.saveDraft(), m.stream(t.ctx, t.id, m.server.Send(t.ctx, m.conv.id, in)), m.spin(t))
}

// input is the message to send. Text that came back unchanged keeps its id.
func (m *model) input() (interview.TurnInput, error) {
	in, err := interview.TurnInput{Content: m.composer.value()}.Normalize()
	if r := m.conv.resend; err == nil && r != nil && r.Content == in.Content {
		in.ID = r.ID
	}
	return in, err
}

// retry tries again what failed last.
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
	case user != nil && user.message.Turn != nil && user.message.Turn.Status != interview.TurnRunning:
		return m.retryTurn(user)
	}
	m.say("There is nothing to try again.")
	return nil
}

func (m *model) retryTurn(user *entry) tea.Cmd {
	m.history.dropNotices()
	m.history.goBottom()
	t := &turn{input: interview.TurnInput{ID: user.message.ID}, user: user, isRetry: true, acknowledged: true}
	if last := m.history.entries[len(m.history.entries)-1]; last != user {
		t.reply = last
	}
	m.follow(t)
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
	t.reconnecting = true
	m.lastTurn++
	t.id = m.lastTurn
	m.turns[t.id], m.turn, m.conv.lost = t, t, nil
	return tea.Batch(m.stream(t.ctx, t.id, m.server.Events(t.ctx, m.conv.id, t.input.ID, t.at)), m.spin(t))
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

// spin keeps the waiting sign moving until the reply begins.
func (m *model) spin(t *turn) tea.Cmd { return after(100*time.Millisecond, spinMsg{t.id}) }

func (m *model) spun(msg spinMsg) tea.Cmd {
	t := m.turn
	if t == nil || t.id != msg.turn || t.reply.live == nil || !t.reply.live.empty() {
		return nil
	}
	m.history.frame++
	return m.spin(t)
}
