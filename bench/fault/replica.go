package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

const (
	readyWithin = 30 * time.Second
	endWithin   = 40 * time.Second // after SIGTERM: the grace period, twice
)

// replica is one server, always at the same address and so always of the same instance name, whose process comes and goes.
type replica struct {
	rig  *rig
	name string
	addr string
	env  []string

	mu    sync.Mutex
	cmd   *exec.Cmd
	ended chan struct{} // closed when the process has ended
	err   error         // how it ended
}

// newReplica finds an address; it starts nothing.
func newReplica(r *rig, name string) (*replica, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	addr := listener.Addr().String()
	return &replica{rig: r, name: name, addr: addr, env: []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + r.dir, asChild + "=" + r.broken,
		"DATABASE_URL=" + r.dsn, "BETTERPROFILE_ADDR=" + addr, "OPENAI_BASE_URL=" + r.model.server.URL(),
		"BETTERPROFILE_RATE_LIMIT_PER_MIN=0", "BETTERPROFILE_REQUESTS_PER_MIN=0", "BETTERPROFILE_STREAMS_PER_USER=0", "BETTERPROFILE_ENCRYPTION=off", "BETTERPROFILE_LOG_LEVEL=info",
	}}, listener.Close()
}

func (s *replica) url() string { return "http://" + s.addr }

// start starts the process and returns when it is ready. More variables come after the usual ones.
func (s *replica) start(ctx context.Context, env ...string) error {
	log, err := os.OpenFile(filepath.Join(s.rig.dir, s.name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(s.rig.server)
	cmd.Env = append(append([]string{}, s.env...), env...)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return err
	}
	s.mu.Lock()
	s.cmd, s.ended = cmd, make(chan struct{})
	ended := s.ended
	s.mu.Unlock()
	go func() {
		err := cmd.Wait()
		s.mu.Lock()
		defer s.mu.Unlock()
		s.err = err
		close(ended)
	}()
	ready := until(ctx, readyWithin, func(ctx context.Context) bool { return s.ready(ctx) || s.dead() })
	switch {
	case s.dead():
		return fmt.Errorf("the server %s ended at its start: %w (see its log)", s.name, s.exit())
	case !ready:
		return errors.Join(fmt.Errorf("the server %s is not ready after %s", s.name, readyWithin), ctx.Err())
	}
	return nil
}

// ready asks the server whether it is.
func (s *replica) ready(ctx context.Context) bool { return s.readiness(ctx) == http.StatusOK }

// readiness is the status of the server's readiness, 0 when it does not answer.
func (s *replica) readiness(ctx context.Context) int {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	status, _, _ := s.rig.wire.get(ctx, s.url()+"/readyz")
	return status
}

// dead reports whether the process has ended.
func (s *replica) dead() bool {
	s.mu.Lock()
	ended := s.ended
	s.mu.Unlock()
	if ended == nil {
		return true
	}
	select {
	case <-ended:
		return true
	default:
		return false
	}
}

// exit is how the process ended.
func (s *replica) exit() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// kill ends the process without warning and returns when it has gone. It does nothing to one that has.
func (s *replica) kill() {
	s.signal(os.Kill)
	s.mu.Lock()
	ended := s.ended
	s.mu.Unlock()
	if ended != nil {
		<-ended
	}
}

// terminate asks the process to end and returns how it did.
func (s *replica) terminate(ctx context.Context) error {
	s.signal(syscall.SIGTERM)
	if !until(ctx, endWithin, func(context.Context) bool { return s.dead() }) {
		return fmt.Errorf("the server %s is still there %s after SIGTERM", s.name, endWithin)
	}
	return s.exit()
}

// signal sends a signal unless the process has ended.
func (s *replica) signal(sig os.Signal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd != nil {
		_ = s.cmd.Process.Signal(sig) // os: process already finished
	}
}
