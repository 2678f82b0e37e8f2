package tui

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/betterprofile/betterprofile/interview"
)

// While the server is away a conversation is begun here: it has an id, and is made at the server with its first message, or when the server is back.

// unmadeText is said in a conversation that the server does not have yet.
const unmadeText = "The server is away. What you write begins the conversation when it is back."

// beginUnmade opens a conversation that the server does not have.
func (m *model) beginUnmade() {
	m.conv.loading, m.conv.failed, m.conv.unmade = false, "", true
	m.history.show(nil, "")
	m.history.add(&entry{notice: &notice{text: unmadeText, calm: true}})
}

// begins reports whether a message waits that begins a conversation.
func (m *model) begins(conversationID string) bool {
	return slices.ContainsFunc(m.waiting, func(q Queued) bool { return q.New && q.ConversationID == conversationID })
}

// openBegun opens the newest conversation that a message which waits begins, when there is none to open.
func (m *model) openBegun() tea.Cmd {
	if m.conv.id != "" || m.conv.failed == "" {
		return nil
	}
	for _, q := range slices.Backward(m.waiting) {
		if q.New {
			return m.openConversation(q.ConversationID)
		}
	}
	return nil
}

// listQueued shows the conversations in the list that messages which wait begin.
func (m *model) listQueued() {
	if !m.list.loaded || m.list.archived {
		return
	}
	for _, q := range m.waiting {
		if q.New && m.list.index(q.ConversationID) < 0 {
			m.list.change(interview.Conversation{
				ID: q.ConversationID, UpdatedAt: interview.At(m.now()), Preview: interview.FirstRunes(q.Input.Content, interview.PreviewRunes),
			})
		}
	}
}

// made notes that the server has a conversation, now that it has the message that began it.
func (m *model) made(messageID string) tea.Cmd {
	i := slices.IndexFunc(m.waiting, func(q Queued) bool { return q.New && q.Input.ID == messageID })
	if i < 0 {
		return nil
	}
	if m.waiting[i].ConversationID == m.conv.id {
		m.conv.unmade = false
		m.history.dropNotice(unmadeText)
	}
	return m.commands.list(m.ctx, m.list.archived, "")
}
