package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/betterprofile/betterprofile/agent/openai/openaitest"
)

// screen is the program in a real terminal, driven by keys as a person would.
type screen struct {
	t      *testing.T
	socket string
	home   string
}

// openScreen starts tmux with a shell-less window of the size in which the program runs.
func openScreen(t *testing.T, home string, width, height string, env []string, args ...string) *screen {
	t.Helper()
	return openScreenWith(t, os.DevNull, home, width, height, env, args...)
}

// openScreenWith is openScreen with a configuration of tmux's.
func openScreenWith(t *testing.T, config, home string, width, height string, env []string, args ...string) *screen {
	t.Helper()
	program, err := exec.LookPath("betterprofile") // testscript.Main has put it there
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "bp") // a socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	s := &screen{t: t, socket: filepath.Join(dir, "s"), home: home}
	command := append([]string{"env", "HOME=" + home, "TERM=xterm-256color", "LANG=C.UTF-8", "BETTERPROFILE_KEYRING=off"}, env...)
	command = append(append(command, program), args...)
	s.tmux(append([]string{"-f", config, "new-session", "-d", "-x", width, "-y", height, "--"}, command...)...)
	t.Cleanup(func() {
		_ = exec.CommandContext(context.Background(), "tmux", "-S", s.socket, "kill-server").Run() // it may have ended by itself
		_ = os.RemoveAll(dir)
	})
	return s
}

func (s *screen) tmux(args ...string) string {
	s.t.Helper()
	out, err := exec.CommandContext(s.t.Context(), "tmux", append([]string{"-u", "-S", s.socket}, args...)...).CombinedOutput()
	if err != nil {
		s.t.Fatalf("tmux %q: %v, %s", args, err, out)
	}
	return string(out)
}

// keys presses keys by their tmux names; write types a text.
func (s *screen) keys(names ...string) { s.tmux(append([]string{"send-keys"}, names...)...) }
func (s *screen) write(text string)    { s.tmux("send-keys", "-l", text) }

// shows waits until every text is on the screen, and returns it.
func (s *screen) shows(texts ...string) string {
	s.t.Helper()
	var pane string
	s.until(func() bool {
		pane = s.tmux("capture-pane", "-p")
		for _, text := range texts {
			if !strings.Contains(pane, text) {
				return false
			}
		}
		return true
	}, func() string { return strings.Join(texts, ", ") + " did not come; the screen shows:\n" + pane })
	return pane
}

// lacks waits until a text is not on the screen: before a key whose effect would look like what is there already, too.
func (s *screen) lacks(text string) {
	s.t.Helper()
	var pane string
	s.until(func() bool {
		pane = s.tmux("capture-pane", "-p")
		return !strings.Contains(pane, text)
	}, func() string { return text + " stays; the screen shows:\n" + pane })
}

// ends waits until the program has ended.
func (s *screen) ends() {
	s.t.Helper()
	s.until(func() bool {
		return exec.CommandContext(s.t.Context(), "tmux", "-S", s.socket, "has-session").Run() != nil
	}, func() string { return "the program did not end" })
}

// until looks again and again, for at most 20 seconds, until something holds.
func (s *screen) until(holds func() bool, complaint func() string) {
	s.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	late := time.After(20 * time.Second)
	for !holds() {
		select {
		case <-tick.C:
		case <-late:
			s.t.Fatal(complaint())
		}
	}
}

func TestInterview_IsThereAgainAfterQuitting(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	s := openScreen(t, home, "80", "24", nil, "interview")
	s.shows("Interviewer", "?")
	s.write("I run the paediatric ward and rebuilt the handover.")
	s.keys("Enter")
	s.shows("You", "I run the paediatric ward", "How were things before")
	s.write("not sent yet")
	s.shows("not sent yet")
	s.keys("C-c")
	s.ends()
	again := openScreen(t, home, "80", "24", nil, "interview")
	again.shows("I run the paediatric ward", "How were things before", "not sent yet")
	again.keys("C-c")
	again.ends()
}

func TestInterview_StandInIsShownAndTheModelAskedAgain(t *testing.T) {
	t.Parallel()
	model, err := openaitest.Start("127.0.0.1:0", openaitest.Directives())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(model.Close)
	s := openScreen(t, t.TempDir(), "80", "24", []string{"OPENAI_BASE_URL=" + model.URL()}, "interview")
	s.shows("Interviewer", "gpt-4o-mini")
	s.write("[fake:401*1] I planned the rota.")
	s.keys("Enter")
	s.shows("The model could not answer (auth)")
	s.keys("C-r")
	s.shows("planned", "Interviewer")
	s.lacks("could not answer")
	s.keys("C-c")
	s.ends()
}

func TestInterview_FitsEverySize(t *testing.T) {
	t.Parallel()
	s := openScreen(t, t.TempDir(), "140", "40", nil, "interview")
	s.shows("Conversations", "Interviewer")
	for _, size := range [][2]string{{"40", "15"}, {"20", "6"}, {"10", "3"}, {"500", "100"}, {"80", "24"}} {
		s.tmux("resize-window", "-x", size[0], "-y", size[1])
	}
	pane := s.shows("Interviewer", "What have you been working on")
	for line := range strings.Lines(pane) {
		if n := len([]rune(strings.TrimRight(line, "\n"))); n > 80 {
			t.Errorf("a line has %d columns: %q", n, line)
		}
	}
	s.keys("C-c")
	s.ends()
}

func TestInterview_KilledInMidReplyGoesOnAtTheNextStart(t *testing.T) {
	t.Parallel()
	gate := openaitest.NewGate(3)
	model, err := openaitest.Start("127.0.0.1:0", openaitest.Replies(
		openaitest.Reply{Text: "This was never finished by the first.", Before: gate.Before},
		openaitest.Say("Finished at the second start. What came next?"),
	))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(model.Close)
	home, env := t.TempDir(), []string{"OPENAI_BASE_URL=" + model.URL()}
	s := openScreen(t, home, "80", "24", env, "interview")
	s.shows("Interviewer")
	s.write("I rebuilt the intake.")
	s.keys("Enter")
	<-gate.Reached()
	pid := strings.TrimSpace(s.tmux("display-message", "-p", "#{pane_pid}"))
	if out, err := exec.CommandContext(t.Context(), "kill", "-9", pid).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	s.ends()
	gate.Release()
	again := openScreen(t, home, "80", "24", env, "interview")
	again.shows("I rebuilt the intake.", "Finished at the second start.")
	again.keys("C-c")
	again.ends()
}
