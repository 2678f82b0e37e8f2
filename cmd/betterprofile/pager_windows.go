package main

import (
	"context"
	"os/exec"
	"strings"
)

// shellCommand is a command line of the user's: words, of which none holds blanks.
func shellCommand(ctx context.Context, line string) *exec.Cmd {
	words := strings.Fields(line)
	return exec.CommandContext(ctx, words[0], words[1:]...)
}
