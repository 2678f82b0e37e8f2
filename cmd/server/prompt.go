package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/charmbracelet/x/term"

	"github.com/betterprofile/betterprofile/interview"
)

// maxLine is the longest line that is read from the standard input, in bytes.
const maxLine = 4096

// newPassword asks twice on a terminal, without showing what is typed, and else reads the first line of the standard input.
func (a *app) newPassword() (string, error) {
	file, ok := a.in.(*os.File)
	if !ok || !term.IsTerminal(file.Fd()) {
		return a.line()
	}
	var typed [2]string
	for i, prompt := range []string{"Password: ", "Again: "} {
		fmt.Fprint(a.err, prompt)
		b, err := term.ReadPassword(file.Fd())
		fmt.Fprintln(a.err)
		if err != nil {
			return "", fmt.Errorf("the password could not be read: %w", err)
		}
		typed[i] = string(b)
	}
	if typed[0] != typed[1] {
		return "", interview.Invalid("password", "The two passwords differ.")
	}
	return typed[0], nil
}

// confirm asks for a yes.
func (a *app) confirm(question string) error {
	fmt.Fprint(a.err, question+" Type yes: ")
	answer, err := a.line()
	if err != nil {
		return err
	}
	if !strings.EqualFold(strings.TrimSpace(answer), "yes") {
		return interview.Errorf(interview.CodeConflict, "Nothing was done. Type yes, or give --yes.")
	}
	return nil
}

// line reads one line of the standard input, byte by byte, so that nothing behind it is taken.
func (a *app) line() (string, error) {
	var line []byte
	b := make([]byte, 1)
	for len(line) < maxLine {
		n, err := a.in.Read(b)
		if n > 0 && b[0] == '\n' {
			break
		}
		line = append(line, b[:n]...)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return "", err
		}
	}
	return strings.TrimSuffix(string(line), "\r"), nil
}
