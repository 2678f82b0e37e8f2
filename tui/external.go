package tui

import (
	"io"
	"os/exec"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/betterprofile/betterprofile/printable"
)

// ExternalEdit is a program of the user's that edits a text.
type ExternalEdit struct {
	Cmd  *exec.Cmd              // its terminal is set by the caller
	Text func() (string, error) // what was made of the text; called once, after Cmd has ended
}

// editedMsg brings a text back from the user's editor.
type editedMsg struct {
	gen  int // of the conversation that it was written in
	text string
	err  error
}

// editOutside hands what is written to the user's editor.
func (m *model) editOutside() tea.Cmd {
	if m.opts.Editor == nil {
		m.say("There is no editor. Set VISUAL or EDITOR to one.")
		return nil
	}
	gen := m.conv.gen
	edit, err := m.opts.Editor(m.composer.value())
	if err != nil {
		m.complain("The editor cannot be started: " + printable.Line(err.Error()))
		return nil
	}
	m.leaveHistory()
	run := tea.Exec(editorRun{edit.Cmd}, func(err error) tea.Msg {
		text, readErr := edit.Text()
		if err == nil {
			err = readErr
		}
		return editedMsg{gen, text, err}
	})
	return tea.Sequence(m.saveDraft(), run)
}

// rendererEnd is the time that Bubble Tea's renderer gets to end before another program has the screen. It stops its clock last, and nothing waits for that: a program that
// ends sooner has the clock stopped that was just set going again, and nothing is ever drawn (bubbletea v2.1.1, startRenderer).
const rendererEnd = 50 * time.Millisecond

// editorRun is an editor that begins when the renderer has ended.
type editorRun struct{ *exec.Cmd }

func (e editorRun) SetStdin(r io.Reader)  { e.Stdin = r }
func (e editorRun) SetStdout(w io.Writer) { e.Stdout = w }
func (e editorRun) SetStderr(w io.Writer) { e.Stderr = w }

// Run waits, and runs the editor.
func (e editorRun) Run() error {
	time.Sleep(rendererEnd)
	return e.Cmd.Run()
}

// editedOutside puts what came back from the editor into the composer. When it failed, what was written stays.
func (m *model) editedOutside(msg editedMsg) tea.Cmd {
	switch {
	case msg.err != nil:
		m.complain("The editor ended with an error, your text is as it was: " + printable.Line(msg.err.Error()))
		return nil
	case msg.gen != m.conv.gen:
		m.say("The conversation is another one now.")
		return nil
	case msg.text == m.composer.value():
		return nil
	}
	m.composer.replace(msg.text)
	return m.saveDraft()
}
