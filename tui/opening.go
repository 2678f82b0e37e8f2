package tui

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/printable"
)

// enter leaves the open conversation for another one, whose messages are on their way. A turn that is running goes on at the server.
func (m *model) enter(id, title string) {
	m.collectDraft()
	m.notePlace()
	m.seek = nil
	typed := ""
	if m.placeless() { // it goes along
		typed = m.composer.value()
	}
	m.conv.leave()
	for _, t := range m.turns {
		t.detached = true
		if t.acknowledged {
			m.forget(t)
		}
	}
	gen := m.conv.gen + 1
	ctx, cancel := context.WithCancel(m.ctx)
	m.conv = conversation{id: id, title: title, gen: gen, ctx: ctx, leave: cancel, loading: true}
	m.turn = nil
	m.history.show(nil, "")
	m.composer.setValue(typed)
	m.recall, m.menu = recall{}, menu{}
	m.list.openID = id
}

// openConversation leaves the open conversation and reads another one.
func (m *model) openConversation(id string) tea.Cmd {
	title := ""
	if i := m.list.index(id); i >= 0 {
		title = m.list.items[i].Title
	}
	m.enter(id, title)
	m.list.choose(id)
	if at, ok := m.places[id]; ok {
		m.seek = &seek{spot: at, back: true}
	}
	return m.commands.open(m.conv.ctx, m.conv.gen, id)
}

// createConversation leaves the open conversation and makes a new one.
func (m *model) createConversation() tea.Cmd {
	m.enter(interview.NewID(), "")
	m.conv.isNew = true
	if m.offline && m.commands.outbox != nil {
		m.beginUnmade()
		return nil
	}
	return m.commands.create(m.conv.ctx, m.conv.gen, m.conv.id)
}

// newConversation makes one, unless there is one in which the user has not said anything yet.
func (m *model) newConversation() tea.Cmd {
	m.leaveList()
	relist := m.showArchived(false)
	return tea.Batch(relist, m.beginNew())
}

// beginNew is newConversation with the list as it should be.
func (m *model) beginNew() tea.Cmd {
	switch {
	case m.conv.isNew && m.conv.failed != "":
		return m.reload()
	case (m.conv.isNew || m.conv.open()) && m.untouched():
		m.say("This conversation is new.")
		return nil
	case m.unused != "" && m.list.index(m.unused) >= 0:
		return m.openConversation(m.unused)
	}
	return m.createConversation()
}

// untouched reports whether the user has not said anything in the conversation as it is loaded.
func (m *model) untouched() bool { return m.history.older == "" && m.history.lastUser() == nil }

// noteUse notes whether the open conversation is one that can be used instead of a new one.
func (m *model) noteUse() {
	switch {
	case m.untouched():
		m.unused = m.conv.id
	case m.unused == m.conv.id:
		m.unused = ""
	}
}

// openNeighbour opens the conversation that stands so many places from the open one in the list.
func (m *model) openNeighbour(by int) tea.Cmd {
	c, ok := m.list.neighbour(by)
	if !ok {
		m.say("There is no further conversation.")
		return nil
	}
	return m.openConversation(c.ID)
}

// reload asks again for what could not be read.
func (m *model) reload() tea.Cmd {
	cmds := []tea.Cmd{m.commands.me(m.ctx)}
	if m.list.failed != "" {
		m.list.loading = true
		cmds = append(cmds, m.commands.list(m.ctx, m.list.archived, ""))
	}
	switch {
	case m.conv.failed == "":
	case m.conv.isNew:
		m.conv.failed, m.conv.loading = "", true
		cmds = append(cmds, m.commands.create(m.conv.ctx, m.conv.gen, m.conv.id))
	case m.conv.id != "":
		branch := m.conv.branch
		cmds = append(cmds, m.openConversation(m.conv.id))
		m.conv.branch = branch
	default:
		m.conv.failed, m.conv.loading = "", true
	}
	return tea.Batch(cmds...)
}

// listed takes in a page of the list; the first one decides what to open when nothing is.
func (m *model) listed(msg listMsg) tea.Cmd {
	if msg.archived != m.list.archived {
		return nil
	}
	m.list.loading = false
	m.noteError(msg.err)
	if m.list.cached = msg.cached; msg.err != nil && !msg.cached {
		if m.list.stalled = msg.further; !msg.further {
			m.list.failed = m.text(msg.err)
		}
		if m.conv.id == "" {
			m.conv.failed, m.conv.loading = m.text(msg.err), false
		}
		return m.openBegun()
	}
	m.list.put(msg.page, msg.further)
	m.listQueued()
	var ahead tea.Cmd
	if !msg.cached && !msg.further {
		ahead = m.readAhead()
	}
	if m.conv.id != "" {
		m.adoptListed()
		return ahead
	}
	if first := m.firstToOpen(); first.ID != "" {
		return tea.Batch(ahead, m.openConversation(first.ID))
	}
	return m.createConversation()
}

// adoptListed takes what the list knows better about the open conversation.
func (m *model) adoptListed() {
	if i := m.list.index(m.conv.id); i >= 0 {
		m.conv.title = m.list.items[i].Title
		if !m.list.focused {
			m.list.choose(m.conv.id)
		}
	}
}

// opened shows a conversation, joins its running turn and puts its draft back.
func (m *model) opened(msg openedMsg) tea.Cmd {
	if msg.gen != m.conv.gen {
		return nil
	}
	m.noteError(msg.err)
	if msg.err != nil && !msg.cached && m.begins(m.conv.id) {
		m.beginUnmade()
		return tea.Batch(m.showQueue(), m.takeDraft(msg.draft), m.flush())
	}
	if msg.err != nil && m.lostFirst(msg.err) {
		return m.openConversation(m.list.latest().ID)
	}
	m.conv.loading = false
	if m.conv.cached = msg.cached; msg.err != nil && !msg.cached {
		m.conv.failed = m.text(msg.err)
		return nil
	}
	c := msg.view.Conversation
	m.conv.failed, m.conv.title = "", c.Title
	m.history.show(c.Messages, msg.view.NextCursor)
	m.noteUse()
	m.notePursuit()
	m.seekOn()
	if i := m.list.index(c.ID); i >= 0 {
		c.Preview = m.list.items[i].Preview
		m.list.change(c)
	}
	if msg.cached {
		m.history.add(&entry{notice: lastKnown()})
		return tea.Batch(m.showQueue(), m.takeDraft(msg.draft))
	}
	return tea.Batch(m.showQueue(), m.takeDraft(msg.draft), m.goOn(), m.flush(), m.askCoverage(false))
}

// goOn follows the turn that is running in a conversation just opened, and begins the one that a new branch waits for.
func (m *model) goOn() tea.Cmd {
	last := m.history.lastUser()
	branch := m.conv.branch
	m.conv.branch = false
	switch {
	case last == nil:
	case last.message.Turn != nil && last.message.Turn.Status == interview.TurnRunning:
		return m.join(last)
	case branch && m.history.replyTo(last) == nil:
		return m.retryTurn(last)
	}
	return nil
}

// created shows a new conversation, and on the very first start what there is to know.
func (m *model) created(msg createdMsg) tea.Cmd {
	if msg.gen != m.conv.gen {
		return nil
	}
	m.noteError(msg.err)
	m.conv.loading = false
	switch {
	case msg.err != nil && m.queues(msg.err):
		if !m.conv.unmade {
			m.beginUnmade()
		}
		return nil
	case msg.err != nil:
		m.conv.failed = m.text(msg.err)
		return nil
	case !m.untouched(): // something was said meanwhile
		return nil
	}
	m.conv.unmade = false
	c := msg.conversation
	first := len(m.list.items) == 0 && m.list.loaded
	m.conv.id, m.conv.title, m.list.openID = c.ID, c.Title, c.ID
	m.history.show(c.Messages, "")
	m.noteUse()
	if first && m.opts.Local {
		m.history.introduce(m.intro())
	}
	if n := len(c.Messages); n > 0 {
		c.Preview = interview.FirstRunes(c.Messages[n-1].Content, interview.PreviewRunes)
	}
	c.Messages = nil
	m.list.change(c)
	m.list.choose(c.ID)
	return tea.Batch(m.saveDraft(), m.keepOpen())
}

// intro says on the first start what is stored where, and who reads it.
func (m *model) intro() []span {
	where := "Your conversations are stored on this computer"
	if path := printable.Line(m.opts.DataPath); path != "" {
		where += ", in " + path
	}
	return []span{{"Welcome to Better Profile.", bold}, {"\n" + where + ".\n" + m.reader(), faint}}
}

// reader says who reads what is written, as far as that is known.
func (m *model) reader() string {
	model := printable.Line(m.me.Engine.Model)
	switch {
	case !m.known:
		return ""
	case model != "":
		return "Replies come from the model " + model + ", which is sent what you write."
	}
	return "The built-in interviewer replies: nothing you write leaves this computer."
}

// gotOlder puts a page of older messages above the others.
func (m *model) gotOlder(msg olderMsg) {
	if msg.gen != m.conv.gen {
		return
	}
	m.conv.loadingOlder = false
	m.noteError(msg.err)
	if msg.err != nil {
		m.complain("Older messages could not be read: " + m.text(msg.err))
		m.conv.loadingOlder, m.conv.olderFailed = true, true // until the next key that scrolls up
		m.seek = nil
		return
	}
	m.history.prepend(msg.page.Messages, msg.page.NextCursor)
	m.seekOn()
}

// cancelled notes that a turn could not be stopped. One that had ended by then is none of those.
func (m *model) cancelled(msg cancelledMsg) {
	if t := m.turns[msg.turn]; t != nil && msg.err != nil && interview.ErrorCode(msg.err) != interview.CodeConflict {
		t.stopping = false
		m.complain("The reply could not be stopped: " + m.text(msg.err))
	}
}
