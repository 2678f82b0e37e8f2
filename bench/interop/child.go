package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

const (
	startWithin = 30 * time.Second
	stopWithin  = 10 * time.Second
)

// child is a process of ours. What it says to stderr is in its log.
type child struct {
	name, log string
	cmd       *exec.Cmd
	output    io.ReadCloser // stdout, to be read to its end before wait; nil when that is in the log as well
	ended     chan struct{} // closed when a server has ended; nil for scripts
}

// prepare makes a child that has not been started. Beyond its own variables it gets only those that programs need to run at all.
func (l *lab) prepare(ctx context.Context, name string, env []string, program string, args ...string) *child {
	c := &child{name: name, log: filepath.Join(l.dir, name+".log"), cmd: exec.CommandContext(ctx, program, args...)}
	c.cmd.Dir, c.cmd.WaitDelay = l.dir, stopWithin
	c.cmd.Env = append([]string{"NO_COLOR=1"}, env...)
	for _, variable := range []string{"PATH", "HOME", "TMPDIR", "SYSTEMROOT", "USERPROFILE", "TEMP"} {
		if value, ok := os.LookupEnv(variable); ok {
			c.cmd.Env = append(c.cmd.Env, variable+"="+value)
		}
	}
	return c
}

// start starts the process.
func (c *child) start() error {
	log, err := os.Create(c.log)
	if err != nil {
		return err
	}
	defer log.Close()
	c.cmd.Stderr = log
	if c.ended != nil {
		c.cmd.Stdout = log
	} else if c.output, err = c.cmd.StdoutPipe(); err != nil {
		return err
	}
	if err := c.cmd.Start(); err != nil {
		return fmt.Errorf("starting %s: %w", c.name, err)
	}
	return nil
}

// node starts a script, whose output the caller reads and which the caller waits for.
func (l *lab) node(ctx context.Context, name string, env []string, args ...string) (*child, error) {
	c := l.prepare(ctx, name, env, "node", args...)
	return c, c.start()
}

func (c *child) wait() error { return c.cmd.Wait() }

// script runs a script to its end.
func (l *lab) script(ctx context.Context, name string, env []string, args ...string) error {
	c, err := l.node(ctx, name, env, args...)
	if err != nil {
		return err
	}
	said, err := io.ReadAll(c.output)
	if err = errors.Join(err, c.wait()); err != nil {
		return fmt.Errorf("%s: %w: %s%s", strings.Join(args, " "), err, said, tail(c.log))
	}
	return nil
}

// startServer starts our server at the URL and returns when it is ready.
func (l *lab) startServer(ctx context.Context, name string, env []string, url string) (*child, error) {
	c := l.prepare(ctx, name, slices.Concat(env, []string{
		"BETTERPROFILE_ADDR=" + strings.TrimPrefix(url, "http://"), "BETTERPROFILE_PUBLIC_URL=" + url, "BETTERPROFILE_ENCRYPTION=off",
		"BETTERPROFILE_TRUSTED_PROXIES=127.0.0.1", // each of the scripts' browsers has an address of its own
	}), l.program)
	return c, c.serve(ctx, url+"/readyz")
}

// startPlatform starts the real Better Auth and returns when it answers.
func (l *lab) startPlatform(ctx context.Context, name string, env []string, url string) (*child, error) {
	c := l.prepare(ctx, name, env, "node", "platform.mjs", "serve")
	return c, c.serve(ctx, url+"/api/auth/ok")
}

// serve starts a server and returns when the URL answers 200.
func (c *child) serve(ctx context.Context, url string) error {
	c.ended = make(chan struct{})
	if err := c.start(); err != nil {
		close(c.ended)
		return err
	}
	go func() {
		_ = c.wait() // its log says more
		close(c.ended)
	}()
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	for !answers(ctx, url) {
		select {
		case <-time.After(20 * time.Millisecond):
		case <-c.ended:
			return fmt.Errorf("%s ended at its start: %s", c.name, tail(c.log))
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready: %w: %s", c.name, context.Cause(ctx), tail(c.log))
		}
	}
	return nil
}

// answers reports whether the URL answers 200.
func answers(ctx context.Context, url string) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	_ = response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// stop ends a server, politely at first.
func (c *child) stop() {
	select {
	case <-c.ended:
		return
	default:
	}
	_ = c.cmd.Process.Signal(syscall.SIGTERM) // fails when it has just ended, and on Windows
	select {
	case <-c.ended:
	case <-time.After(stopWithin):
		_ = c.cmd.Process.Kill()
		<-c.ended
	}
}
