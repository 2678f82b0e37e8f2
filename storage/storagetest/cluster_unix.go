//go:build unix

package storagetest

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// account is who runs a cluster. PostgreSQL refuses to be run by root.
type account struct {
	other    bool // not who we are
	uid, gid int
}

// clusterAccount returns ourselves, or for root the user postgres or nobody.
func clusterAccount() (account, error) {
	if os.Geteuid() != 0 {
		return account{}, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		found, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.Atoi(found.Uid)
		gid, gidErr := strconv.Atoi(found.Gid)
		if err := errors.Join(uidErr, gidErr); err != nil {
			return account{}, err
		}
		return account{other: true, uid: uid, gid: gid}, nil
	}
	return account{}, errors.New("PostgreSQL cannot be run by root and there is no user postgres or nobody")
}

// attributes make a child run as the account, in a session of its own.
func (a account) attributes() *syscall.SysProcAttr {
	attributes := &syscall.SysProcAttr{Setsid: true}
	if a.other {
		attributes.Credential = &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)}
	}
	return attributes
}

func (a account) own(path string) error {
	if !a.other {
		return nil
	}
	return os.Chown(path, a.uid, a.gid)
}

// reaches reports whether the account may enter the folder and all above it.
func (a account) reaches(dir string) bool {
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return false
	}
	for ; a.other; dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		if err != nil || info.Mode().Perm()&0o001 == 0 {
			return false
		}
		if dir == filepath.Dir(dir) {
			break
		}
	}
	return true
}

// send sends a signal by its name as kill(1) has it. The error is os.ErrProcessDone for a process that is gone.
func send(name string, pid int) error {
	signals := map[string]syscall.Signal{
		"TERM": syscall.SIGTERM, "INT": syscall.SIGINT, "QUIT": syscall.SIGQUIT,
		"KILL": syscall.SIGKILL, "STOP": syscall.SIGSTOP, "CONT": syscall.SIGCONT,
	}
	err := syscall.Kill(pid, signals[name])
	if errors.Is(err, syscall.ESRCH) {
		return os.ErrProcessDone
	}
	return err
}

// reaped reports whether a child of ours has ended, and takes it off the process table. It never waits.
func reaped(pid int) bool {
	var status syscall.WaitStatus
	for {
		got, err := syscall.Wait4(pid, &status, syscall.WNOHANG, nil)
		if !errors.Is(err, syscall.EINTR) {
			return got == pid || errors.Is(err, syscall.ECHILD)
		}
	}
}

// anyAlive reports whether one of the processes runs. One that has ended but was not reaped does not.
func anyAlive(pids []int) bool {
	for _, pid := range pids {
		_, state, err := parentAndState(pid)
		switch {
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ESRCH):
			if _, err := os.Stat("/proc/self/stat"); err != nil && syscall.Kill(pid, 0) == nil {
				return true // no /proc on this system
			}
		case err == nil && state != "Z" && state != "X":
			return true
		}
	}
	return false
}

// childrenOf returns the processes whose parent is pid: from /proc, or from ps where there is no /proc.
func childrenOf(pid int) ([]int, error) {
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		return childrenFromPS(pid)
	}
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	var children []int
	for _, entry := range entries {
		candidate, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		if parent, _, err := parentAndState(candidate); err == nil && parent == pid {
			children = append(children, candidate)
		}
	}
	return children, nil
}

// parentAndState reads /proc/PID/stat, "pid (name) state parent …", see proc(5); the name may hold anything.
func parentAndState(pid int) (int, string, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, "", err
	}
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(fields) < 2 {
		return 0, "", fmt.Errorf("unexpected /proc/%d/stat: %q", pid, stat)
	}
	parent, err := strconv.Atoi(fields[1])
	return parent, fields[0], err
}

func childrenFromPS(pid int) ([]int, error) {
	output, err := exec.Command("ps", "-A", "-o", "pid=,ppid=").Output()
	if err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	var children []int
	for line := range strings.Lines(string(output)) {
		var child, parent int
		if _, err := fmt.Sscan(line, &child, &parent); err == nil && parent == pid {
			children = append(children, child)
		}
	}
	return children, nil
}
