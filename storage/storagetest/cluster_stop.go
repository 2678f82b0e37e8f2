package storagetest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Stop shuts the cluster down and returns when it is down. The modes are those of pg_ctl: "smart" waits for
// clients to leave, "fast" cuts them off, "immediate" leaves crash recovery to the next Start.
func (c *Cluster) Stop(mode string) error {
	signal, ok := map[string]string{"smart": "TERM", "fast": "INT", "immediate": "QUIT"}[mode]
	if !ok {
		return fmt.Errorf("stop PostgreSQL: no mode %q", mode)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.end(signal)
}

// Kill kills the postmaster without warning, as a crash does, and returns when its processes have gone too.
func (c *Cluster) Kill() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.end("KILL")
}

// end sends a signal that ends the postmaster and waits for it and its children. The caller holds mu.
func (c *Cluster) end(signal string) error {
	if c.pid == 0 {
		return nil
	}
	if signal == "KILL" { // it must not make further children after they are counted
		if err := send("STOP", c.pid); err != nil {
			return fmt.Errorf("stop PostgreSQL: %w", err)
		}
	}
	children, err := childrenOf(c.pid)
	if err != nil {
		return err
	}
	if err := send(signal, c.pid); err != nil {
		return fmt.Errorf("stop PostgreSQL: %w", err)
	}
	if err := c.resume(); err != nil { // a stopped process takes no signal but KILL
		return err
	}
	deadline := time.Now().Add(startWithin)
	for !reaped(c.pid) || anyAlive(children) {
		if time.Now().After(deadline) {
			return fmt.Errorf("PostgreSQL did not stop: %s", c.logTail())
		}
		time.Sleep(pollEvery)
	}
	c.forget()
	return nil
}

// forget notes that no postmaster runs, so that nobody signals a process that got its number later.
func (c *Cluster) forget() {
	c.pid = 0
	_ = os.Remove(filepath.Join(c.dir, "pid"))
}

// Pause freezes the postmaster and all its processes: connections hang, as behind a cut network, until Resume.
// Kill, Stop and Close end the pause too.
func (c *Cluster) Pause() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pid == 0 {
		return errors.New("pause PostgreSQL: it is not running")
	}
	if err := c.freeze(c.pid); err != nil { // first, so that it makes no further children
		return err
	}
	children, err := childrenOf(c.pid)
	if err != nil {
		return err
	}
	return c.freeze(children...)
}

// freeze notes the processes for whoever has to wake them, then stops them.
func (c *Cluster) freeze(pids ...int) error {
	file, err := os.OpenFile(filepath.Join(c.dir, "paused"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer file.Close()
	for _, pid := range pids {
		if _, err := fmt.Fprintln(file, pid); err != nil {
			return err
		}
		if err := send("STOP", pid); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return fmt.Errorf("pause PostgreSQL: %w", err)
		}
	}
	return nil
}

// Resume lets a paused cluster go on. It does nothing to one that is not paused.
func (c *Cluster) Resume() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.resume()
}

func (c *Cluster) resume() error {
	name := filepath.Join(c.dir, "paused")
	noted, err := os.ReadFile(name)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, field := range strings.Fields(string(noted)) {
		pid, err := strconv.Atoi(field)
		if err != nil {
			return err
		}
		if err := send("CONT", pid); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return fmt.Errorf("resume PostgreSQL: %w", err)
		}
	}
	return os.Remove(name)
}
