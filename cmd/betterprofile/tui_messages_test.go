package main

import (
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/betterprofile/betterprofile/storage"
)

func TestInterview_MessagesAreChosenCopiedQuotedAndForgotten(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	say(t, home, "I am a nurse at Riverside Hospital.")
	config := filepath.Join(t.TempDir(), "tmux.conf")
	if err := os.WriteFile(config, []byte("set -g set-clipboard on\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := openScreenWith(t, config, home, "100", "30", nil, "interview")
	s.shows("I am a nurse at Riverside Hospital.")
	s.keys("BTab")
	s.shows("▌ Interviewer", "c copy", "Enter details")
	s.keys("k", "c")
	s.shows("▌ I am a nurse at Riverside Hospital.", "Copied 35 characters.")
	if got := s.tmux("show-buffer"); got != "I am a nurse at Riverside Hospital." {
		t.Errorf("the clipboard has %q", got)
	}
	s.keys("Enter")
	s.shows("About this message", "Drawn from it", "Riverside Hospital (proposed)", "“at Riverside Hospital”")
	s.keys("Escape")
	s.lacks("About this message")
	s.shows("c copy")
	s.keys("q")
	s.shows("› > I am a nurse at Riverside Hospital.")
	s.keys("C-_", "BTab", "k", "d")
	s.shows("Forget this message?", "1 message", "y forgets it")
	s.keys("n")
	s.lacks("Forget this message?")
	s.shows("▌ I am a nurse at Riverside Hospital.")
	s.keys("d")
	s.shows("Forget this message?")
	s.keys("y")
	s.shows("Forgotten: 1 message", "▌ forgotten")
	s.keys("Tab", "C-c")
	s.ends()
	if got := printed(t, home, "profile", "facts"); strings.Contains(got, "Riverside") {
		t.Errorf("a fact is left: %s", got)
	}
}

func TestInterview_MessageIsEditedInABranch(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	say(t, home, "I am a nurse at Riverside Hospital.")
	s := openScreen(t, home, "100", "30", nil, "interview")
	s.shows("I am a nurse at Riverside Hospital.")
	s.keys("BTab", "k", "e")
	s.shows("being edited", "› I am a nurse at Riverside Hospital.")
	s.keys("BSpace")
	s.write(" and I lead a team of 12.")
	s.keys("Enter")
	s.shows("A new branch", "I lead a team of 12.")
	s.keys("C-c")
	s.ends()
}

func TestInterview_WritesWithAnEditorCommandsAndWhatWasSaidBefore(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	s := openScreen(t, home, "100", "30", []string{`EDITOR=sh -c 'echo "made with the editor" >> "$0"'`}, "interview")
	s.shows("Interviewer", "What have you been working on")
	s.write("I rebuilt the rota.")
	s.keys("Enter")
	s.shows("You", "I rebuilt the rota.", "Ctrl+G help")
	s.keys("Up")
	s.shows("› I rebuilt the rota.")
	s.keys("Down")
	s.shows("› Write your answer")
	s.write("begun here, ")
	s.keys("C-o")
	s.shows("› begun here, made with the editor")
	if left, _ := filepath.Glob(filepath.Join(home, ".local/state/betterprofile/message-*")); len(left) > 0 {
		t.Errorf("the editor's file is left: %v", left)
	}
	s.keys("C-_")
	s.shows("› begun here,")
	s.keys("C-u")
	s.write("/")
	s.shows("/skip", "another question, please", "/agenda")
	s.write("ex")
	s.shows("/export", "this conversation as a file")
	s.keys("Tab")
	s.shows("› /export")
	s.keys("C-u")
	s.write("/mod")
	s.keys("Enter")
	s.shows("The built-in interviewer replies")
	s.write("/skip")
	s.keys("Enter")
	s.shows("/skip", "Interviewer")
	s.keys("C-c")
	s.ends()
}

func TestInterview_PasteOf100KBIsOneMoment(t *testing.T) {
	t.Parallel()
	s := openScreen(t, t.TempDir(), "100", "30", nil, "interview")
	s.shows("What have you been working on")
	file := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(file, []byte(strings.Repeat("A line that is pasted, as many others are.\n", 2400)+"the last line"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.tmux("load-buffer", file)
	s.tmux("paste-buffer", "-p")
	s.shows("the last line", "characters too many")
	s.keys("C-c")
	s.ends()
}

// draftsIn is all drafts of a home folder, opened with its key. They must be sealed, and for the user alone.
func draftsIn(t *testing.T, home string) string {
	t.Helper()
	key, err := os.ReadFile(filepath.Join(home, ".config/betterprofile/encryption.key"))
	if err != nil {
		t.Fatal(err)
	}
	keys, err := storage.ParseKeys(string(key))
	if err != nil {
		t.Fatal(err)
	}
	files := &stateFiles{root: filepath.Join(home, ".local/state/betterprofile"), keys: keys}
	var all strings.Builder
	files.each(draftFiles, func(path string) {
		text, err := files.open(path, path)
		info, missing := os.Stat(files.at(path))
		switch {
		case errors.Is(err, fs.ErrNotExist) || missing != nil: // it was removed meanwhile
		case err != nil || info.Mode().Perm() != 0o600 || !files.sealed(path):
			t.Errorf("%s has the mode %v (%v), sealed: %v", path, info.Mode(), err, files.sealed(path))
		}
		all.WriteString(text + "\n")
	})
	return all.String()
}

func TestInterview_DraftSurvivesBeingKilled(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	s := openScreen(t, home, "80", "24", nil, "interview")
	s.shows("What have you been working on")
	s.write("a draft of some length")
	s.until(func() bool { return strings.Contains(draftsIn(t, home), "a draft of some length") }, func() string { return "the draft is not kept" })
	pid := strings.TrimSpace(s.tmux("display-message", "-p", "#{pane_pid}"))
	if out, err := exec.CommandContext(t.Context(), "kill", "-9", pid).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	s.ends()
	again := openScreen(t, home, "80", "24", nil, "interview")
	again.shows("› a draft of some length")
	again.keys("C-c")
	again.ends()
}

// frontThatGoes is a front of a server that can be away: connections break then.
func frontThatGoes(t *testing.T, server string) (address string, away *atomic.Bool) {
	t.Helper()
	to, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	away = new(atomic.Bool)
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) }, FlushInterval: -1}
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if away.Load() {
			panic(http.ErrAbortHandler)
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(front.Close)
	return front.URL, away
}

func TestInterview_IsReadAndWrittenOfflineAndSentOnce(t *testing.T) {
	t.Parallel()
	server, tokens := startTestServer(t, 1)
	front, away := frontThatGoes(t, server)
	home := t.TempDir()
	env := []string{"BETTERPROFILE_SERVER=" + front, "BETTERPROFILE_TOKEN=" + tokens[0]}
	s := openScreen(t, home, "100", "30", env, "interview")
	s.shows("connected", "What have you been working on")
	s.write("I rebuilt the rota.")
	s.keys("Enter")
	s.replied(2)
	away.Store(true)
	s.write("This was typed offline.")
	s.keys("Enter")
	s.shows("waiting for the server", "offline", "1 waiting to be sent")
	s.keys("C-c")
	s.ends()
	files, err := filepath.Glob(filepath.Join(home, ".local/state/betterprofile/*/*/*.json"))
	if err != nil || len(files) < 2 {
		t.Errorf("kept are %v (%v)", files, err)
	}
	for _, file := range files {
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s has the mode %v (%v)", file, info.Mode(), err)
		}
	}
	again := openScreen(t, home, "100", "30", env, "interview")
	again.shows("I rebuilt the rota.", "The server is away.", "This was typed offline.", "waiting for the server")
	away.Store(false)
	again.shows("connected", "This was typed offline.")
	again.lacks("waiting for the server")
	again.keys("C-c")
	again.ends()
	cmd := exec.CommandContext(t.Context(), "betterprofile", "conversations", "show", "@last")
	cmd.Env = append(append(os.Environ(), env...), "HOME="+home)
	out, err := cmd.CombinedOutput()
	if n := strings.Count(string(out), "This was typed offline."); err != nil || n != 1 {
		t.Errorf("it is there %d times (%v):\n%s", n, err, out)
	}
}

func TestInterview_PlainOnADumbTerminal(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	s := openScreen(t, home, "100", "40", []string{"TERM=dumb"}, "interview")
	s.shows("Better Profile. Write an answer", "Your answer:")
	s.write("I am a nurse at Riverside Hospital.")
	s.keys("Enter")
	s.shows("The interviewer says:")
	s.write("/quit")
	s.keys("Enter")
	s.ends()
	if got := printed(t, home, "conversations", "show", "@last"); !strings.Contains(got, "I am a nurse at Riverside Hospital.") {
		t.Errorf("not stored: %s", got)
	}
}
