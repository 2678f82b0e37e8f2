package main

import (
	"encoding/json"
	"io/fs"
	"regexp"
	"strings"
	"testing"
)

func TestCount_LinesOfChecks(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	got := count(strings.NewReader("ok one\nnoise\nFAIL two: why\nok three: FAIL\n"), &out)
	if got != (tally{good: 2, bad: 1}) || out.String() != "  ok one\n  noise\n  FAIL two: why\n  ok three: FAIL\n" {
		t.Errorf("counted %+v and printed %q", got, out.String())
	}
	count(strings.NewReader("ok "+strings.Repeat("x", 1<<20)+"\nok more\n"), &out) // returns
}

func TestSuites_ScriptsAreThere(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, s := range suites() {
		if _, err := fs.Stat(scripts, s.script); err != nil || seen[s.name] || s.least < 1 {
			t.Errorf("%+v: %v", s, err)
		}
		seen[s.name] = true
	}
}

// Everybody must get the same packages, wherever from.
func TestPackages_ExactVersions(t *testing.T) {
	t.Parallel()
	text, err := scripts.ReadFile("package.json")
	if err != nil {
		t.Fatal(err)
	}
	var manifest struct{ Dependencies map[string]string }
	if err := json.Unmarshal(text, &manifest); err != nil || len(manifest.Dependencies) == 0 {
		t.Fatalf("%v: %s", err, text)
	}
	exact := regexp.MustCompile(`^(npm:@?[a-z0-9/-]+@)?\d+\.\d+\.\d+$`)
	for name, version := range manifest.Dependencies {
		if !exact.MatchString(version) {
			t.Errorf("%s has the version %q", name, version)
		}
	}
}

func TestRun_RefusesUnknownSuites(t *testing.T) {
	t.Parallel()
	var out, errOut strings.Builder
	if status := run(t.Context(), []string{"orpc", "nosuch"}, &out, &errOut); status != 2 || !strings.Contains(errOut.String(), "beside-a") {
		t.Errorf("status %d, %q", status, errOut.String())
	}
}
