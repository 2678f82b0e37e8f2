package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// lab is where programs run: each in a home of its own.
type lab struct {
	dir, program string
	homes        int
}

// home makes a new home, with what another one holds if there is one.
func (l *lab) home(like string) (string, error) {
	l.homes++
	home := filepath.Join(l.dir, fmt.Sprintf("home%d", l.homes))
	if like == "" {
		return home, os.Mkdir(home, 0o700)
	}
	return home, os.CopyFS(home, os.DirFS(like))
}

// environment is what a program gets: nothing of whoever runs this.
func environment(home string, more ...string) []string {
	return append([]string{
		"HOME=" + home, "PATH=" + os.Getenv("PATH"), "TERM=xterm-256color", "COLORTERM=truecolor", "LANG=C.UTF-8", "BETTERPROFILE_KEYRING=off",
	}, more...)
}

// run runs the program to its end, outside any terminal, and returns how long that took and how much CPU time.
func (l *lab) run(ctx context.Context, env []string, input []byte, args ...string) (took, used time.Duration, err error) {
	cmd := exec.CommandContext(ctx, l.program, args...)
	cmd.Env, cmd.Stdin = env, bytes.NewReader(input)
	start := time.Now()
	out, err := cmd.CombinedOutput()
	took = time.Since(start)
	if err != nil {
		return took, 0, fmt.Errorf("%q: %w: %s", args, err, out)
	}
	return took, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), nil
}
