package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of /proc/PID/stat: USER_HZ, which is 100 on every system that Go runs on.
const tick = 10 * time.Millisecond

// stat is what /proc says of a process; zero where there is no /proc or no such process. See proc_pid_stat(5).
type stat struct {
	parent   int
	own      time.Duration // CPU of its own, in user mode and in the kernel
	children time.Duration // of the children that it has waited for
}

func readStat(pid int) stat {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return stat{}
	}
	fields := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:])) // from the third on: the state
	if len(fields) < 15 {
		return stat{}
	}
	n := func(field int) time.Duration {
		v, _ := strconv.ParseInt(fields[field-3], 10, 64)
		return time.Duration(v)
	}
	return stat{parent: int(n(4)), own: (n(14) + n(15)) * tick, children: (n(16) + n(17)) * tick}
}

// cpuOf is the CPU time of a process.
func cpuOf(pid int) time.Duration { return readStat(pid).own }

// cpuOfTree is the CPU time of a process, its children, and the children it has had. For PostgreSQL's postmaster that is the whole server.
func cpuOfTree(pid int) time.Duration {
	root := readStat(pid)
	sum := root.own + root.children
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return 0
	}
	for _, entry := range entries {
		if child, err := strconv.Atoi(entry.Name()); err == nil {
			if s := readStat(child); s.parent == pid {
				sum += s.own
			}
		}
	}
	return sum
}

// peakMemory is the most memory that a process has had resident, in bytes.
func peakMemory(pid int) int64 { return procValue(pid, "status", "VmHWM:") << 10 }

// diskWrites is what a process has caused to be written, in bytes.
func diskWrites(pid int) int64 { return procValue(pid, "io", "write_bytes:") }

// procValue is the number in the line of a file of /proc/PID that begins with the name.
func procValue(pid int, file, name string) int64 {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, file))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, name); ok {
			v, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return v
		}
	}
	return 0
}
