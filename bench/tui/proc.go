package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// cpu is the CPU time of a process's threads, to the nanosecond; 0 where there is no /proc. Go keeps its threads, so that none is forgotten.
func cpu(pid int) (sum time.Duration) {
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid)) // the pattern is right
	for _, file := range files {
		b, err := os.ReadFile(file)
		if fields := strings.Fields(string(b)); err == nil && len(fields) > 0 {
			n, _ := strconv.ParseInt(fields[0], 10, 64) // 0 for what is no number
			sum += time.Duration(n)
		}
	}
	return sum
}

// treeMemory is what a process and its children have resident, in bytes.
func treeMemory(pid int) int64 {
	now, _ := memory(pid)
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid)) // the pattern is right
	for _, file := range files {
		b, _ := os.ReadFile(file) // nothing is no children
		for _, field := range strings.Fields(string(b)) {
			child, _ := strconv.Atoi(field)
			now += treeMemory(child)
		}
	}
	return now
}

// memory is what a process has resident, now and at most, in bytes; 0 where there is no /proc.
func memory(pid int) (now, most int64) {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid)) // nothing is 0
	value := func(line, name string) int64 {
		rest, ok := strings.CutPrefix(line, name)
		if !ok {
			return 0
		}
		n, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
		return n << 10
	}
	for line := range strings.Lines(string(b)) {
		now += value(line, "VmRSS:")
		most += value(line, "VmHWM:")
	}
	return now, most
}
