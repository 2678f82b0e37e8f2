package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// say has the program store a message and answer it, outside any terminal.
func say(t *testing.T, home, text string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "betterprofile", "ask", text)
	cmd.Env = append(os.Environ(), "HOME="+home, "BETTERPROFILE_KEYRING=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// printed runs a command to its end in a terminal and returns what stands there.
func printed(t *testing.T, home string, args ...string) string {
	t.Helper()
	s := openScreenWith(t, staysOpen(t), home, "90", "60", nil, args...)
	s.until(func() bool { return strings.TrimSpace(s.tmux("display-message", "-p", "#{pane_dead}")) == "1" }, func() string {
		return "the command did not end:\n" + s.tmux("capture-pane", "-p")
	})
	return s.tmux("capture-pane", "-p", "-S", "-") // tmux's own last line has scrolled it
}

func TestProfile_IsReadableOnATerminal(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	say(t, home, "I am a nurse at Riverside Hospital.")
	say(t, home, "We cut the handover from 40 minutes to 26 minutes.")
	for _, c := range []struct {
		args []string
		want []string // patterns
	}{
		{[]string{"profile", "facts"}, []string{`(?m)^ID +STATUS +KIND +FACT$`, `(?m)^[0-9a-f]{8} +proposed +org +Riverside Hospital$`}},
		{[]string{"profile", "facts", "--sources", "--kind", "org"}, []string{`(?m)^    “.*Riverside Hospital”$`, `(?m)^    \d+ \w+ \d{4}, in message [0-9a-f-]{36}$`}},
		{[]string{"profile", "facts", "verify"}, []string{`facts, and each stands on what you said\.`}},
		{[]string{"coverage"}, []string{`(?m)^ABOUT +FACET +STATE +NOT TOLD YET$`, `(?m)^nurse, Riverside Hospital +context`, `(?m)^ +result +answered`, `(?m)^across all +education +empty`}},
		{[]string{"agenda", "-n", "2"}, []string{`(?m)^ 1\. .+[.?]$`, `(?m)^    About nurse, Riverside Hospital\. A reader of your profile will want to know`, `(?m)^ 2\. `}},
		{[]string{"forget", "--matching", "Riverside", "--dry-run"}, []string{`(?m)^Would forget 1 message,`}},
		{[]string{"profile", "facts", "--json", "--kind", "org"}, []string{`(?m)^    "kind": "org",$`}},
	} {
		got := printed(t, home, c.args...)
		for _, want := range c.want {
			if !regexp.MustCompile(want).MatchString(got) {
				t.Errorf("%q: no %s in\n%s", c.args, want, got)
			}
		}
	}
}

func TestForget_AsksOnATerminal(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	say(t, home, "I am a nurse at Riverside Hospital.")
	s := openScreen(t, home, "80", "24", nil, "forget", "--matching", "riverside")
	s.shows("Forget 1 message", "for good? [y/N]")
	s.keys("Enter")
	s.ends()
	if got := printed(t, home, "profile", "facts"); !strings.Contains(got, "Riverside") {
		t.Errorf("forgotten without consent: %s", got)
	}
	s = openScreen(t, home, "80", "24", nil, "forget", "--matching", "riverside")
	s.shows("for good? [y/N]")
	s.keys("y", "Enter")
	s.ends()
	if got := printed(t, home, "profile", "facts"); strings.Contains(got, "Riverside") {
		t.Errorf("still there: %s", got)
	}
}

func TestPager_ShowsLongTextAndCanBeTurnedOff(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	say(t, home, strings.Repeat("I rebuilt the handover.\n", 60))
	marks := []string{`PAGER=sed 's/^/| /'; echo all is shown; exec sleep 100`}
	s := openScreen(t, home, "80", "24", marks, "conversations", "show", "@last")
	s.shows("| I rebuilt the handover.", "all is shown") // a shell whose sed ends by itself takes no notice of Ctrl-C
	s.keys("C-c")                                        // belongs to the pager
	s.ends()
	for _, c := range []struct {
		env  []string
		args []string
	}{
		{marks, []string{"conversations", "show", "@last", "--no-pager"}},
		{[]string{"PAGER="}, []string{"conversations", "show", "@last"}},
	} {
		s := openScreenWith(t, staysOpen(t), home, "80", "24", c.env, c.args...)
		s.shows("Interviewer")
		if pane := s.tmux("capture-pane", "-p", "-S", "-"); strings.Contains(pane, "| I rebuilt") || !strings.Contains(pane, "I rebuilt") {
			t.Errorf("%q:\n%s", c.args, pane)
		}
	}
}

func TestPager_ThatIsLeftEarlyIsNoError(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	say(t, home, strings.Repeat("I rebuilt the handover of the night shift, which nobody had asked for.\n", 100))
	s := openScreen(t, home, "80", "24", []string{"PAGER=head -n 5 | sed 's/^/| /'; read answer </dev/tty"}, "conversations", "show", "@last")
	s.shows("| I rebuilt")
	if screen := s.tmux("capture-pane", "-p"); strings.Contains(screen, "betterprofile:") {
		t.Errorf("an error: %s", screen)
	}
	s.keys("Enter")
	s.ends()
}

// staysOpen is a configuration of tmux's that leaves the screen of a command that has ended.
func staysOpen(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "tmux.conf")
	if err := os.WriteFile(file, []byte("set -g remain-on-exit on\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
