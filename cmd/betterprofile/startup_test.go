package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
)

// What all packages together may allocate before main begins. Milliseconds vary with the machine, these hardly at all: now about 1.64 MB in
// 10,100, of which gojq's table of functions for --jq is 0.22 MB (0.4 ms), which that package makes whether it is used or not.
const (
	maxInitBytes  = 1_700_000
	maxInitAllocs = 12_000
)

func TestProgram_DoesLittleBeforeItBegins(t *testing.T) {
	t.Parallel()
	program := filepath.Join(t.TempDir(), "betterprofile")
	build := exec.CommandContext(t.Context(), "go", "build", "-tags", "nomsgpack", "-trimpath", "-o", program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	run := exec.CommandContext(t.Context(), program, "version")
	run.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	out, err := run.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	bytes, allocs, packages := 0, 0, 0
	for _, found := range regexp.MustCompile(`init \S+ .* (\d+) bytes, (\d+) allocs`).FindAllSubmatch(out, -1) {
		b, _ := strconv.Atoi(string(found[1]))
		n, _ := strconv.Atoi(string(found[2]))
		bytes, allocs, packages = bytes+b, allocs+n, packages+1
	}
	t.Logf("%d packages allocate %d bytes in %d pieces", packages, bytes, allocs)
	if packages == 0 || bytes > maxInitBytes || allocs > maxInitAllocs {
		t.Errorf("%d packages allocate %d bytes in %d pieces before main: move such work to its first use", packages, bytes, allocs)
	}
}
