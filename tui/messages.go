package tui

import (
	"context"
	"fmt"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/printable"
)

type (
	clippedMsg struct{ err error } // by the system's own clipboard
	forgetMsg  struct {
		ids    []string
		report interview.ForgetReport
		err    error
	}
)

// answerAboutMessages takes in what commands found out about messages.
func (m *model) answerAboutMessages(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case clippedMsg:
		m.clipped(msg)
	case forgetMsg:
		return m.forgot(msg)
	case factsMsg:
		m.gotFacts(msg)
	case editedMsg:
		return m.editedOutside(msg)
	case queueMsg:
		return m.gotQueue(msg)
	case queuedMsg:
		return m.queued(msg)
	case quietMsg:
		return m.sentQuietly(msg)
	case probeMsg:
		return m.probed()
	}
	return nil
}

// clip passes a text to the system's clipboard.
func (c commands) clip(ctx context.Context, to func(context.Context, string) error, text string) tea.Cmd {
	return c.tasks.command(func() tea.Msg { return clippedMsg{to(ctx, text)} })
}

// forget takes messages back, or on a dry run says what that would remove.
func (c commands) forget(ctx context.Context, in interview.ForgetInput) tea.Cmd {
	return c.tasks.command(func() tea.Msg {
		report, err := c.server.Forget(ctx, in)
		return forgetMsg{in.MessageIDs, report, err}
	})
}

// messageKey does something with the chosen message.
func (m *model) messageKey(msg tea.KeyPressMsg) tea.Cmd {
	e := m.history.chosen
	switch {
	case key.Matches(msg, m.keys.copyMessage):
		return m.copyText(e)
	case key.Matches(msg, m.keys.quote):
		return m.quoteText(e)
	case key.Matches(msg, m.keys.messageEdit):
		return m.editMessage(e)
	case key.Matches(msg, m.keys.messageRetry):
		return m.retryMessage(e)
	case key.Matches(msg, m.keys.forget):
		return m.askToForget(e)
	case key.Matches(msg, m.keys.details):
		return m.openDetails(e)
	case key.Matches(msg, m.keys.stop):
		return m.stop()
	}
	return nil
}

// said is the text of a message as far as it is there, printable.
func (e *entry) said() string {
	if e.live != nil && !e.live.empty() {
		return e.live.whole.String()
	}
	return printable.Text(e.message.Content)
}

// copyText puts a message's text into the terminal's clipboard (OSC 52), and into the system's where there is one.
func (m *model) copyText(e *entry) tea.Cmd {
	text := e.said()
	if text == "" {
		m.say("There is no text yet.")
		return nil
	}
	m.say(fmt.Sprintf("Copied %s.", count(len([]rune(text)), "character", "characters")))
	cmd := tea.SetClipboard(text)
	if m.opts.Clipboard != nil {
		cmd = tea.Batch(cmd, m.commands.clip(m.ctx, m.opts.Clipboard, text))
	}
	return cmd
}

// clipped says when the system's clipboard did not take a text: the terminal's may have.
func (m *model) clipped(msg clippedMsg) {
	if msg.err != nil {
		m.say("Copied to the terminal's clipboard only: " + printable.Line(msg.err.Error()))
	}
}

// quoteText puts a message's text into the composer, as a quotation.
func (m *model) quoteText(e *entry) tea.Cmd {
	text := e.said()
	if text == "" {
		m.say("There is no text yet.")
		return nil
	}
	m.leaveHistory()
	quotation := "> " + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n> ") + "\n\n"
	if !m.composer.empty() && m.composer.col > 0 {
		quotation = "\n" + quotation
	}
	m.composer.insert(quotation)
	return m.saveDraft()
}

// editMessage takes a message of the user into the composer, to be sent in a new branch; one that waits comes out of the queue.
func (m *model) editMessage(e *entry) tea.Cmd {
	switch {
	case e.waiting:
		return m.takeBack(e)
	case e.message.Role != interview.RoleUser:
		m.say("Only what you wrote can be written anew.")
		return nil
	case e.sending || e.message.ID == "" || !m.conv.open():
		m.say("The message is on its way.")
		return nil
	case m.conv.edit != nil && m.conv.edit.forking:
		m.say("The branch is being made.")
		return nil
	}
	m.leaveHistory()
	m.beginEdit(e)
	return m.saveDraft()
}

// retryMessage asks for another reply, if the message is part of the newest turn.
func (m *model) retryMessage(e *entry) tea.Cmd {
	last := m.history.lastUser()
	if last == nil || e != last && e != m.history.replyTo(last) {
		m.say("Only the last reply can be made anew. An earlier message can be written anew, in a branch.")
		return nil
	}
	return m.retry()
}

// askToForget asks the server what would go with a message, and then the user.
func (m *model) askToForget(e *entry) tea.Cmd {
	switch {
	case e.waiting:
		return m.takeBack(e)
	case e.message.ID == "" || e.sending || e.live != nil:
		m.say("This message is not finished yet.")
		return nil
	case e.message.Forgotten():
		m.say("This message is forgotten already.")
		return nil
	}
	m.say("Looking for what was drawn from it.")
	return m.commands.forget(m.conv.ctx, interview.ForgetInput{MessageIDs: []string{e.message.ID}, DryRun: true})
}

// forgot takes in what the server says on forgetting: what would go, or what has gone.
func (m *model) forgot(msg forgetMsg) tea.Cmd {
	m.message = ""
	m.noteError(msg.err)
	switch {
	case msg.err != nil:
		m.complain("It could not be forgotten: " + m.text(msg.err))
	case msg.report.DryRun && msg.report.Empty():
		m.say("There is nothing to forget in it.")
	case msg.report.DryRun:
		m.asking = &question{
			title: "Forget this message?", text: "For good: " + msg.report.Summary() + ".", yes: "forgets it", no: "keeps it",
			do: func() tea.Cmd { return m.commands.forget(m.ctx, interview.ForgetInput{MessageIDs: msg.ids}) },
		}
	default:
		m.emptied(msg.report)
		m.say("Forgotten: " + msg.report.Summary() + ".")
		return m.clearCache()
	}
	return nil
}

// emptied shows messages as forgotten.
func (m *model) emptied(report interview.ForgetReport) {
	for _, id := range report.MessageIDs {
		if e := m.history.find(id); e != nil {
			e.message.Content, e.message.Metadata = interview.ForgottenText, []byte(interview.ForgottenMetadata)
			e.changed()
		}
	}
	m.history.settle()
}

// count is a number of things in words.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
