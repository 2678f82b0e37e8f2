package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	startWithin = 30 * time.Second
	stopWithin  = 5 * time.Second
)

// child is a process of ours that serves on an address.
type child struct {
	name, addr string
	cmd        *exec.Cmd
	said       *tail
	done       chan struct{} // closed when it has ended
}

// startChild starts a program and returns when it takes connections on the address.
func startChild(ctx context.Context, name, addr string, env []string, program string, args ...string) (*child, error) {
	c := &child{name: name, addr: addr, said: &tail{}, done: make(chan struct{})}
	c.cmd = exec.Command(program, args...)
	c.cmd.Env = append(cleanEnvironment(), env...)
	c.cmd.Stderr = c.said
	if err := c.cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", name, err)
	}
	go func() {
		_ = c.cmd.Wait() // what it said is told instead
		close(c.done)
	}()
	if err := c.await(ctx); err != nil {
		return nil, errors.Join(err, c.stop())
	}
	return c, nil
}

// await returns when the child takes connections.
func (c *child) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	for {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", c.addr)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-time.After(10 * time.Millisecond):
		case <-c.done:
			return fmt.Errorf("%s did not start: %s", c.name, c.said)
		case <-ctx.Done():
			return fmt.Errorf("%s does not listen on %s: %w: %s", c.name, c.addr, context.Cause(ctx), c.said)
		}
	}
}

// stop ends the child, politely at first.
func (c *child) stop() error {
	if c == nil {
		return nil
	}
	_ = c.cmd.Process.Signal(syscall.SIGTERM) // fails when it has ended
	select {
	case <-c.done:
	case <-time.After(stopWithin):
		_ = c.cmd.Process.Kill()
		<-c.done
		return fmt.Errorf("%s did not end within %s: %s", c.name, stopWithin, c.said)
	}
	return nil
}

func (c *child) pid() int { return c.cmd.Process.Pid }

// cleanEnvironment is ours without what would set up a server.
func cleanEnvironment() []string {
	var clean []string
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, "BETTERPROFILE_") && !strings.HasPrefix(name, "OPENAI_") && !strings.HasPrefix(name, "DATABASE_URL") && name != "PORT" {
			clean = append(clean, entry)
		}
	}
	return clean
}

// freeAddr is an address that nobody listens on.
func freeAddr() (string, error) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}

// tail keeps the last of what is written to it.
type tail struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write implements io.Writer.
func (t *tail) Write(b []byte) (int, error) {
	const most = 4 << 10
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf.Write(b)
	if over := t.buf.Len() - most; over > 0 {
		t.buf.Next(over)
	}
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(t.buf.String())
}
