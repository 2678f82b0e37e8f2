package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
)

// errPagerLeft says that the reader of a pager has seen enough.
var errPagerLeft = errors.New("the pager was left")

// paged runs what prints long text. On a terminal the text goes through a pager, unless there is none or the user wants none.
func (a *app) paged(ctx context.Context, print func() error) error {
	command := a.pagerCommand(ctx)
	screen, onFile := a.out.(*os.File)
	if command == nil || !onFile {
		return print()
	}
	command.Stdout, command.Stderr = screen, a.err
	pipe, err := command.StdinPipe()
	if err == nil {
		err = command.Start()
	}
	if err != nil {
		return print() // the text matters more than the pager
	}
	text := bufio.NewWriter(pagerPipe{pipe})
	a.pager = text
	err = print()
	a.pager = nil
	err = errors.Join(err, text.Flush(), pipe.Close())
	waitErr := command.Wait() // it stays until the reader leaves it
	switch {
	case errors.Is(err, errPagerLeft):
		return nil
	case err == nil && waitErr != nil:
		a.warn("the pager failed (%v): --no-pager does without it", waitErr)
	}
	return err
}

// pagerPipe is the way into a pager.
type pagerPipe struct{ io.Writer }

// Write implements io.Writer.
func (p pagerPipe) Write(b []byte) (int, error) {
	n, err := p.Writer.Write(b)
	if err != nil {
		err = errPagerLeft
	}
	return n, err
}

// pagerCommand is the pager that is to be used, nil for none. As with git, the shell reads what the variable says, and an empty one is for none.
func (a *app) pagerCommand(ctx context.Context) *exec.Cmd {
	if a.noPager || !terminal(a.out) || a.env("TERM") == "dumb" {
		return nil
	}
	ctx = context.WithoutCancel(ctx) // Ctrl-C belongs to the pager
	chosen, set := a.lookup("PAGER")
	if chosen = strings.TrimSpace(chosen); chosen != "" {
		return shellCommand(ctx, chosen)
	}
	less, err := exec.LookPath("less")
	if set || err != nil {
		return nil
	}
	command := exec.CommandContext(ctx, less, "-FRX") // leave when all fits, let colours through, leave the text on the screen
	if a.env("LESSCHARSET") == "" {
		command.Env = append(os.Environ(), "LESSCHARSET=utf-8") // what is printed is, whatever the locale
	}
	return command
}
