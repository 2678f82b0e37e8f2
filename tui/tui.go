// Package tui is the interview on a terminal: conversations at the side, the history, a composer and a status line, on Bubble Tea. It speaks
// to a server through [Server] and knows no addresses, databases or flags.
//
// The model is one value that only its own goroutine changes: Update takes in a message and never waits; commands do what blocks and answer
// with messages that carry the generation of what they are about, so that late ones are dropped. A reply is one command that re-arms
// itself. Everything that came from outside passes package printable before it is styled.
package tui

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os/signal"
	"syscall"
	"time"

	tea "charm.land/bubbletea/v2"
)

// Options say what Run works on. Server is needed; the zero values of the others mean what is said at them.
type Options struct {
	Server       Server
	Conversation string // the id of the one to open; "" opens the latest, or a new one when there is none
	New          bool   // begin a new conversation instead
	Drafts       Drafts // keeps what is not sent yet, and where the reader was; nil: only until the program ends
	Outbox       Outbox // keeps what is to be sent when the server is back; nil: it comes back into the composer
	Cache        Cache  // keeps what was read, for when the server is away; nil: nothing is

	Trouble <-chan string // sentences for the status line about what these could not do; nil: there are none

	Keys    map[string][]string // chosen by the user: the names that KeyNames has to keys such as ctrl+n; see CheckKeys
	NoMouse bool                // leaves the mouse to the terminal
	// Export writes what it reads to a file of its choosing, named after a title, and returns its path. Nil: there are no exports.
	Export func(title string, r io.Reader) (path string, err error)

	Clipboard func(ctx context.Context, text string) error // puts text into the system's clipboard; nil: the terminal's alone is there
	Editor    func(text string) (ExternalEdit, error)      // the user's own editor, on a text; nil: there is none

	Theme        Theme // ThemeAuto asks the terminal for its background
	HighContrast bool  // stronger colours; nothing is faint

	Version  string // of this program, shown in the help
	SignIn   string // the command that signs in to the server, shown when it asks for that; "": it cannot be done
	Local    bool   // the server is in this process, for this person alone
	DataPath string // where a local server keeps its data, as it is shown on the first start

	Input       io.Reader // nil: the terminal
	Output      io.Writer // nil: the terminal
	Environment []string  // NAME=value; nil: the process's own
	Width       int       // of the terminal in columns and rows, when it cannot be asked; 0: ask
	Height      int
	Now         func() time.Time // the clock, in the time zone to show; nil: time.Now
}

// endTime is how long the end of the program waits for what its commands do.
const endTime = 500 * time.Millisecond

// Run shows the interview until the user quits or the terminal is gone (SIGHUP), and returns nil then; what was written and not sent is
// with Drafts. An error means that there is no terminal to use, or is ctx's own when that ended first; the drafts are kept then, too. When
// Run returns, nothing of ours is left running but calls of the Server that ignore their context.
func Run(ctx context.Context, opts Options) error {
	attached, detach := signal.NotifyContext(ctx, syscall.SIGHUP)
	defer detach()
	work, cancel := context.WithCancel(attached)
	defer cancel()
	now := opts.Now
	if now == nil {
		now = time.Now
	}
	if err := CheckKeys(opts.Keys); err != nil {
		return fmt.Errorf("use the chosen keys: %w", err)
	}
	m := newModel(work, opts, now)
	m.where = loadWhere(opts.Drafts)
	m.hidden = m.where.Hidden
	_, err := tea.NewProgram(m, programOptions(attached, opts)...).Run()
	cancel()
	m.collectDraft()
	m.finishLeaving(ctx)
	m.commands.drafts.save()
	m.saveWhere()
	m.commands.tasks.close(endTime)
	hungUp := ctx.Err() == nil && attached.Err() != nil
	if err == nil || hungUp || errors.Is(err, tea.ErrInterrupted) {
		return nil
	}
	return fmt.Errorf("show the interview: %w", cmp.Or(ctx.Err(), err))
}

// frames is how often a second the screen may change: what was typed waits for the next one.
const frames = 120

func programOptions(ctx context.Context, opts Options) []tea.ProgramOption {
	options := []tea.ProgramOption{tea.WithContext(ctx), tea.WithFPS(frames)}
	if opts.Input != nil {
		options = append(options, tea.WithInput(opts.Input))
	}
	if opts.Output != nil {
		options = append(options, tea.WithOutput(opts.Output))
	}
	if opts.Environment != nil {
		options = append(options, tea.WithEnvironment(opts.Environment))
	}
	if opts.Width > 0 && opts.Height > 0 {
		options = append(options, tea.WithWindowSize(opts.Width, opts.Height))
	}
	return options
}
