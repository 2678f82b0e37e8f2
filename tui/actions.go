package tui

import (
	"context"
	"io"
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/printable"
)

// patchedMsg says what became of a change of a conversation.
type patchedMsg struct {
	conversation interview.Conversation
	done         string // what to say when it was stored
	err          error
}

// exportedMsg says what became of an export.
type exportedMsg struct {
	path string
	err  error
}

// copiedMsg is a copy of a conversation up to its last question.
type copiedMsg struct {
	conversation interview.Conversation
	err          error
}

// answerAboutConversations takes in what commands found out about conversations and the list of them.
func (m *model) answerAboutConversations(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case leavingMsg:
		return m.second()
	case siftMsg:
		return m.rested(msg)
	case foundMsg:
		m.foundMore(msg)
	case patchedMsg:
		m.patched(msg)
	case copiedMsg:
		return m.copied(msg)
	case exportedMsg:
		m.exported(msg)
	case coverageMsg:
		m.gotCoverage(msg)
	}
	return nil
}

// patch changes a conversation.
func (c commands) patch(ctx context.Context, id string, p interview.ConversationPatch, done string) tea.Cmd {
	return c.tasks.command(func() tea.Msg {
		conversation, err := c.server.UpdateConversation(ctx, id, p)
		return patchedMsg{conversation, done, err}
	})
}

// export writes a conversation to a file by save.
func (c commands) export(ctx context.Context, of interview.Conversation, save func(string, io.Reader) (string, error)) tea.Cmd {
	return c.tasks.command(func() tea.Msg {
		body, err := c.server.ExportConversation(ctx, of.ID, "markdown")
		if err != nil {
			return exportedMsg{err: err}
		}
		defer body.Close()
		path, err := save(of.Title, body)
		return exportedMsg{path, err}
	})
}

// copyWhole makes a copy of a conversation without the user's last message and what follows it: it ends with the question that the message answered.
func (c commands) copyWhole(ctx context.Context, id, newID string) tea.Cmd {
	return c.tasks.command(func() tea.Msg {
		view, err := c.server.GetConversation(ctx, id, pageSize)
		if err != nil {
			return copiedMsg{err: err}
		}
		for _, msg := range slices.Backward(view.Conversation.Messages) {
			if msg.Role == interview.RoleUser {
				conversation, err := c.server.Fork(ctx, id, interview.ForkInput{ID: newID, MessageID: msg.ID})
				return copiedMsg{conversation, err}
			}
		}
		return copiedMsg{err: interview.Errorf(interview.CodeConflict, "Nothing has been said in it yet.")}
	})
}

// current is the conversation that actions are about: the selected one while the list has the focus, else the open one.
func (m *model) current() interview.Conversation {
	if m.list.focused {
		return m.list.selected()
	}
	if !m.conv.open() {
		return interview.Conversation{}
	}
	if i := m.list.index(m.conv.id); i >= 0 {
		return m.list.items[i]
	}
	return interview.Conversation{ID: m.conv.id, Title: m.conv.title}
}

// onCurrent runs an action on the current conversation.
func (m *model) onCurrent(do func(interview.Conversation) tea.Cmd) tea.Cmd {
	c := m.current()
	if c.ID == "" {
		m.say("No conversation is open.")
		return nil
	}
	return do(c)
}

// renameCurrent begins to rename the current conversation, in the list.
func (m *model) renameCurrent(c interview.Conversation) tea.Cmd {
	m.focusList()
	m.list.choose(c.ID)
	if m.list.selected().ID != c.ID {
		m.leaveList()
		m.say("It is not in this list.")
		return nil
	}
	m.list.startRename()
	return nil
}

// pin puts a conversation among those at the top of the list, or back among the others.
func (m *model) pin(c interview.Conversation) tea.Cmd {
	pinned, done := !c.Pinned, "Pinned."
	if !pinned {
		done = "No longer pinned."
	}
	return m.commands.patch(m.ctx, c.ID, interview.ConversationPatch{Pinned: &pinned}, done)
}

// archive puts a conversation away, or back.
func (m *model) archive(c interview.Conversation) tea.Cmd {
	archived, done := !c.Archived, "Archived. In the list, "+m.keys.archived.Help().Key+" shows the archived ones."
	if !archived {
		done = "No longer archived."
	}
	return m.commands.patch(m.ctx, c.ID, interview.ConversationPatch{Archived: &archived}, done)
}

// patched shows a change that the server has stored.
func (m *model) patched(msg patchedMsg) {
	m.noteError(msg.err)
	if msg.err != nil {
		m.complain("It could not be changed: " + m.text(msg.err))
		return
	}
	c := msg.conversation
	if i := m.list.index(c.ID); i >= 0 {
		c.Preview = m.list.items[i].Preview
	}
	m.list.change(c)
	m.say(msg.done)
}

// forkWhole makes a copy of a conversation that ends with its last question.
func (m *model) forkWhole(c interview.Conversation) tea.Cmd {
	return m.commands.copyWhole(m.ctx, c.ID, interview.NewID())
}

// copied opens the copy.
func (m *model) copied(msg copiedMsg) tea.Cmd {
	m.noteError(msg.err)
	if msg.err != nil {
		m.complain("It could not be copied: " + m.text(msg.err))
		return nil
	}
	m.listBranch(msg.conversation)
	m.leaveList()
	m.say("A copy up to the last question. The conversation it comes from stays as it was.")
	return m.openNamed(msg.conversation.ID, msg.conversation.Title)
}

// export writes a conversation to a file.
func (m *model) export(c interview.Conversation) tea.Cmd {
	if m.opts.Export == nil {
		m.say("There is nowhere to write to.")
		return nil
	}
	m.say("Exporting…")
	return m.commands.export(m.ctx, c, m.opts.Export)
}

// exported says where the file is.
func (m *model) exported(msg exportedMsg) {
	if msg.err != nil {
		m.complain("It could not be exported: " + m.exportError(msg.err))
		return
	}
	m.say("Written to " + printable.Line(msg.path))
}

// exportError is a failure in a sentence: the server's, or that of the file.
func (m *model) exportError(err error) string {
	if interview.ErrorCode(err) == interview.CodeInternal {
		return printable.Line(err.Error())
	}
	return m.text(err)
}

// showArchived changes the list between the archived conversations and the others.
func (m *model) showArchived(archived bool) tea.Cmd {
	if m.list.archived == archived {
		return nil
	}
	m.list.archived, m.list.loaded, m.list.loading = archived, false, true
	m.list.items, m.list.found, m.list.more, m.list.cursor = nil, nil, "", 0
	m.list.choose("")
	return m.commands.list(m.ctx, archived, "")
}
