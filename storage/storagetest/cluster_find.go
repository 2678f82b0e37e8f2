package storagetest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// ErrNoPostgres says that PostgreSQL's server programs are not on this machine.
var ErrNoPostgres = errors.New("no PostgreSQL server (initdb) was found: run make test-deps, or set TEST_DATABASE_URL")

// findServer returns the folder of initdb and postgres: by PATH, by pg_config, else the newest where Debian, Red Hat,
// Homebrew and Postgres.app put it. tools/test-deps.sh looks in the same places.
func findServer() (string, error) {
	var candidates []string
	if initdb, err := exec.LookPath("initdb"); err == nil {
		if real, err := filepath.EvalSymlinks(initdb); err == nil {
			candidates = append(candidates, filepath.Dir(real))
		}
	}
	if bin, err := exec.Command("pg_config", "--bindir").Output(); err == nil {
		candidates = append(candidates, strings.TrimSpace(string(bin)))
	}
	candidates = append(candidates, installed(
		"/usr/lib/postgresql/*/bin",
		"/usr/pgsql-*/bin",
		"/opt/homebrew/opt/postgresql@*/bin",
		"/usr/local/opt/postgresql@*/bin",
		"/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin",
		"/Applications/Postgres.app/Contents/Versions/*/bin",
	)...)
	for _, dir := range candidates {
		if hasServer(dir) {
			return dir, nil
		}
	}
	return "", fmt.Errorf("look for PostgreSQL: %w", ErrNoPostgres)
}

// installed returns the folders that match the patterns, those with the highest version number first.
func installed(patterns ...string) []string {
	var found []string
	for _, pattern := range patterns {
		matches, _ := filepath.Glob(pattern) // only a malformed pattern is an error
		found = append(found, matches...)
	}
	slices.SortStableFunc(found, func(a, b string) int { return majorVersion(b) - majorVersion(a) })
	return found
}

// majorVersion returns the last number above the folder bin: 15 of /usr/lib/postgresql/15/bin and of postgresql@15/bin.
func majorVersion(dir string) int {
	name := filepath.Base(filepath.Dir(dir))
	digits := strings.TrimLeft(name, "abcdefghijklmnopqrstuvwxyz@-")
	major, _, _ := strings.Cut(digits, ".")
	version, _ := strconv.Atoi(major) // 0 sorts last
	return version
}

func hasServer(dir string) bool {
	for _, program := range []string{"initdb", "postgres"} {
		info, err := os.Stat(filepath.Join(dir, program))
		if err != nil || info.IsDir() {
			return false
		}
	}
	return true
}
