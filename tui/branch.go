package tui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/betterprofile/betterprofile/interview"
)

// edit is an earlier message on its way to being another one: it is in the composer, and is sent in a new conversation that has the
// messages before it.
type edit struct {
	entry    *entry
	original string // as the composer showed it first
	kept     draft  // what was in the composer before: Text and Resend
	input    interview.ForkInput
	forking  bool // input is on its way
}

// content is the edited text, with what was typed since it was sent.
func (ed *edit) content(typed string) string {
	if !ed.forking {
		return typed
	}
	return joinTexts(ed.input.Content, typed)
}

// draft is the edit as it is kept, nil when nothing was changed.
func (ed *edit) draft(typed string) *interview.ForkInput {
	if !ed.forking && typed == ed.original {
		return nil
	}
	in := interview.ForkInput{MessageID: ed.entry.message.ID, Content: ed.content(typed)}
	if in.Content == ed.input.Content {
		in.ID = ed.input.ID
	}
	return &in
}

// joinTexts puts two texts one below the other.
func joinTexts(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "\n\n" + b
}

// editEarlier takes the newest message of the user into the composer, or the one before that which is there.
func (m *model) editEarlier() tea.Cmd {
	if !m.conv.open() {
		m.say("The conversation is not open yet.")
		return nil
	}
	var from *entry
	if ed := m.conv.edit; ed != nil {
		if ed.forking {
			m.say("The branch is being made.")
			return nil
		}
		from = ed.entry
	}
	e := m.history.userBefore(from)
	switch {
	case e == nil && m.history.older != "":
		m.history.goTop() // that asks for older ones
		m.say("Older messages are being read. Press the key again.")
	case e == nil && from != nil:
		m.say("This is your first message.")
	case e == nil:
		m.say("There is no message of yours to edit.")
	default:
		m.beginEdit(e)
		return m.saveDraft()
	}
	return nil
}

// beginEdit puts a message into the composer, in place of what is written or of another one.
func (m *model) beginEdit(e *entry) {
	kept := m.next()
	if ed := m.conv.edit; ed != nil {
		m.putAside(ed)
	}
	m.conv.resend = nil
	m.conv.edit = &edit{entry: e, kept: kept}
	m.composer.setValue(e.message.Content)
	m.conv.edit.original = m.composer.value()
	if text, ok := m.conv.edited[e.message.ID]; ok {
		m.composer.setValue(text)
	}
	e.mark(true)
	m.history.reveal(e)
}

// putAside takes the mark off a message, and keeps what was made of it in case it is edited again.
func (m *model) putAside(ed *edit) {
	ed.entry.mark(false)
	if text := m.composer.value(); text != ed.original {
		if m.conv.edited == nil {
			m.conv.edited = map[string]string{}
		}
		m.conv.edited[ed.entry.message.ID] = text
	}
}

// leaveEdit puts back what was in the composer before.
func (m *model) leaveEdit() tea.Cmd {
	ed := m.conv.edit
	if ed.forking {
		m.say("The branch is being made.")
		return nil
	}
	m.putAside(ed)
	m.conv.edit = nil
	m.composer.setValue(ed.kept.Text)
	m.conv.resend = ed.kept.Resend
	m.history.goBottom()
	return m.saveDraft()
}

// sendEdit asks for a conversation that goes on from the edited message.
func (m *model) sendEdit() tea.Cmd {
	ed := m.conv.edit
	if ed.forking {
		m.say("The branch is being made. Your text stays here.")
		return nil
	}
	in, err := interview.TurnInput{Content: m.composer.value()}.Normalize()
	if err != nil {
		m.refuse(err)
		return nil
	}
	if ed.input.ID == "" || ed.input.Content != in.Content { // else it was sent before, and must not be made twice
		ed.input = interview.ForkInput{ID: interview.NewID(), MessageID: ed.entry.message.ID, Content: in.Content}
	}
	ed.forking = true
	m.composer.setValue("")
	return tea.Batch(m.saveDraft(), m.commands.fork(m.conv.ctx, m.conv.gen, m.conv.id, ed.input))
}

// forked opens a branch. Its last message is replied to once it is there.
func (m *model) forked(msg forkedMsg) tea.Cmd {
	c := msg.conversation
	if msg.err == nil {
		m.listBranch(c)
	}
	ed := m.conv.edit
	if msg.gen != m.conv.gen || ed == nil {
		return nil
	}
	m.noteError(msg.err)
	if msg.err != nil {
		m.composer.setValue(ed.content(m.composer.value()))
		ed.forking = false
		m.complain("The branch could not be made: " + m.text(msg.err))
		return m.saveDraft()
	}
	typed := m.composer.value()
	m.conv.edit, m.conv.resend = nil, ed.kept.Resend
	m.composer.setValue(ed.kept.Text) // stays with the conversation that is left
	open := m.openConversation(c.ID)
	m.conv.branch = true
	m.composer.setValue(typed)
	m.say("A new branch. The conversation it comes from stays as it was.")
	return tea.Batch(open, m.saveDraft())
}

// listBranch puts a new conversation into the list.
func (m *model) listBranch(c interview.Conversation) {
	if n := len(c.Messages); n > 0 {
		c.Preview = interview.FirstRunes(c.Messages[n-1].Content, interview.PreviewRunes)
	}
	c.Messages = nil
	m.list.change(c)
}

// editText says what the composer holds while a message is being edited, as fully as the line has room for.
func (m *model) editText() string {
	if m.conv.edit.forking {
		return "making the branch…"
	}
	texts := []string{
		"editing an earlier message · Enter sends it in a new branch · Esc leaves",
		"editing · Enter sends in a new branch · Esc leaves",
		"editing · Enter sends · Esc leaves",
	}
	for i, text := range texts {
		texts[i] = m.keys.words(text)
		if text = texts[i]; m.theme.cells.width(text) <= m.frame.width-6 {
			return text
		}
	}
	return texts[len(texts)-1]
}

// next is the next message of the conversation as far as it is written, in the composer or behind the edit that is there.
func (m *model) next() draft {
	if ed := m.conv.edit; ed != nil {
		return ed.kept
	}
	return draft{Text: m.composer.value(), Resend: m.conv.resend}
}

// setNext puts the next message where next finds it.
func (m *model) setNext(d draft) {
	if ed := m.conv.edit; ed != nil {
		ed.kept = d
		return
	}
	m.composer.setValue(d.Text)
	m.conv.resend = d.Resend
}

// resumeEdit goes on with an edit that was kept, or puts its text before what is written when its message is not there.
func (m *model) resumeEdit(in interview.ForkInput) {
	e := m.history.find(in.MessageID)
	if e == nil || strings.TrimSpace(in.Content) == "" {
		m.composer.setValue(joinTexts(in.Content, m.composer.value()))
		return
	}
	m.beginEdit(e)
	m.conv.edit.input = in
	m.composer.setValue(in.Content)
}
