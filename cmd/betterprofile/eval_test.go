package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// runCommand runs eval alone and returns what it printed and its exit status.
func runCommand(ctx context.Context, args ...string) (out string, status int) {
	var stdout, stderr bytes.Buffer
	a := &app{in: strings.NewReader(""), out: &stdout, err: &stderr, lookup: func(string) (string, bool) { return "", false }}
	cmd := newEvalCommand(a)
	cmd.SilenceUsage, cmd.SilenceErrors = true, true
	cmd.SetArgs(args)
	err := cmd.ExecuteContext(ctx)
	a.report(err)
	return stdout.String() + stderr.String(), exitStatus(err)
}

func TestEval_PrintsTheReportAndTheTalks(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "people.yaml")
	text := `personas: [{id: potter, opener: "I am a potter.", filler: ["I could not say."], blocks: [{id: a, facets: [action], say: "I built a kiln."}]}]`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	out, _ := runCommand(t.Context(), "--turns", "3", "--persona", file, "--transcript")
	for _, want := range []string{"== potter", "1 U I am a potter.", "1 people, 3 turns each", "repeated questions", "ten questions"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
	missed := strings.Contains(out, "Missed by built-in")
	if _, status := runCommand(t.Context(), "--turns", "3", "--persona", file); (status == 1) != missed || status > 1 {
		t.Errorf("exit status %d, missed %v\n%s", status, missed, out)
	}
}

func TestEval_RefusesWhatItCannotUse(t *testing.T) {
	t.Parallel()
	wrong := filepath.Join(t.TempDir(), "wrong.yaml")
	if err := os.WriteFile(wrong, []byte("personas: [{id: a}]"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"--turns", "0"}, {"--persona", "missing.yaml"}, {"--persona", wrong}} {
		if out, status := runCommand(t.Context(), args...); status != 2 {
			t.Errorf("%v: exit status %d, %s", args, status, out)
		}
	}
}
