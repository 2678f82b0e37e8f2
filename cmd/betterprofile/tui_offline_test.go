package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// command runs the program outside any terminal and returns what it prints.
func command(t *testing.T, home string, env []string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "betterprofile", args...)
	cmd.Env = append(append(os.Environ(), env...), "HOME="+home, "BETTERPROFILE_KEYRING=off")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%q: %v, %s", args, err, out)
	}
	return string(out)
}

// replied waits until the interviewer has spoken so many times, to the end.
func (s *screen) replied(times int) {
	s.t.Helper()
	var pane string
	s.until(func() bool {
		pane = s.tmux("capture-pane", "-p")
		return strings.Count(pane, "Interviewer  ") == times && strings.Contains(pane, "Ctrl+N new")
	}, func() string { return "no reply came:\n" + pane })
}

func TestInterview_UsersOfAServerShareNothing(t *testing.T) {
	t.Parallel()
	server, tokens := startServerOf(t, "Ada", "Bob")
	front, away := frontThatGoes(t, server)
	home := t.TempDir()
	as := func(user int) []string {
		return []string{"BETTERPROFILE_SERVER=" + front, "BETTERPROFILE_TOKEN=" + tokens[user]}
	}
	ada := openScreen(t, home, "100", "30", as(0), "interview")
	ada.shows("connected", "What have you been working on")
	ada.write("I rebuilt the rota.")
	ada.keys("Enter")
	ada.replied(2)
	away.Store(true)
	ada.write("Typed by Ada, offline.")
	ada.keys("Enter")
	ada.shows("Typed by Ada, offline.", "1 waiting to be sent")
	ada.write("A draft by Ada")
	ada.shows("A draft by Ada")
	ada.keys("C-c")
	ada.ends()
	bob := openScreen(t, home, "100", "30", as(1), "interview")
	bob.shows("offline")
	if pane := bob.shows("Better Profile"); strings.Contains(pane, "Ada") || strings.Contains(pane, "rota") || strings.Contains(pane, "waiting") {
		t.Errorf("Bob sees:\n%s", pane)
	}
	bob.write("A draft by Bob")
	bob.shows("› A draft by Bob")
	away.Store(false)
	bob.shows("connected", "› A draft by Bob")
	bob.keys("C-r")
	bob.shows("What have you been working on", "› A draft by Bob")
	bob.keys("C-c")
	bob.ends()
	if kept := draftsIn(t, home); !strings.Contains(kept, "A draft by Ada") || !strings.Contains(kept, "A draft by Bob") {
		t.Errorf("kept are %s", kept)
	}
	away.Store(true)
	again := openScreen(t, home, "100", "30", as(0), "interview")
	again.shows("I rebuilt the rota.", "Typed by Ada, offline.", "› A draft by Ada", "waiting for the server")
	again.keys("C-c")
	again.ends()
	away.Store(false)
	again = openScreen(t, home, "100", "30", as(1), "interview")
	again.shows("› A draft by Bob", "connected")
	again.lacks("Ada")
	again.keys("C-c")
	again.ends()
	copies := func() int {
		folders, _ := filepath.Glob(filepath.Join(home, ".local/state/betterprofile/cache/*"))
		return len(folders)
	}
	before := copies()
	command(t, home, as(0), "forget", "--matching", "rota", "--yes")
	if after := copies(); before != 2 || after != 1 {
		t.Errorf("copies of %d users are kept, and of %d after one has forgotten something", before, after)
	}
}

func TestInterview_DraftsOfEarlierVersionsGoToWhoseTheyAre(t *testing.T) {
	t.Parallel()
	server, tokens := startServerOf(t, "Ada", "Bob")
	home := t.TempDir()
	as := func(user int) []string {
		return []string{"BETTERPROFILE_SERVER=" + server, "BETTERPROFILE_TOKEN=" + tokens[user]}
	}
	command(t, home, as(0), "ask", "I rebuilt the rota.")
	id := strings.Fields(command(t, home, as(0), "conversations", "list"))[0]
	state := filepath.Join(home, ".local/state/betterprofile")
	if err := writePrivate(filepath.Join(state, folderOf(draftFiles, server), id+".txt"), []byte(`{"text":"begun by Ada"}`)); err != nil {
		t.Fatal(err)
	}
	bob := openScreen(t, home, "100", "30", as(1), "interview")
	bob.shows("connected", "What have you been working on", "› Write your answer")
	bob.keys("C-c")
	bob.ends()
	ada := openScreen(t, home, "100", "30", as(0), "interview")
	ada.shows("I rebuilt the rota.", "› begun by Ada")
	ada.keys("C-c")
	ada.ends()
	if kept := draftsIn(t, home); strings.Count(kept, "begun by Ada") != 1 {
		t.Errorf("kept are %s", kept)
	}
}

func TestInterview_SaysWhatDoesNotOpen(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	s := openScreen(t, home, "100", "30", nil, "interview")
	s.shows("What have you been working on")
	s.write("a draft")
	s.until(func() bool { return strings.Contains(draftsIn(t, home), "a draft") }, func() string { return "the draft is not kept" })
	s.keys("C-c")
	s.ends()
	files, err := filepath.Glob(filepath.Join(home, ".local/state/betterprofile/drafts/*/*-*.txt"))
	if err != nil || len(files) != 1 {
		t.Fatalf("kept are %q (%v)", files, err)
	}
	if err := os.WriteFile(files[0], []byte("enc:v1:local:damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	s = openScreen(t, home, "100", "30", nil, "interview")
	s.shows("› Write your answer", "What could not be decrypted is kept in ~/.local/state/betterprofile/aside")
	s.write("written since")
	s.shows("› written since")
	s.keys("C-c")
	s.ends()
	aside, err := filepath.Glob(filepath.Join(home, ".local/state/betterprofile/aside/drafts/*/*.txt"))
	if err != nil || len(aside) != 1 {
		t.Errorf("put aside are %q (%v)", aside, err)
	}
}

func TestInterview_IsBegunOfflineAndSentOnce(t *testing.T) {
	t.Parallel()
	server, tokens := startTestServer(t, 1)
	front, away := frontThatGoes(t, server)
	home := t.TempDir()
	env := []string{"BETTERPROFILE_SERVER=" + front, "BETTERPROFILE_TOKEN=" + tokens[0]}
	away.Store(true)
	s := openScreen(t, home, "100", "30", env, "interview")
	s.shows("offline", "Ctrl+N starts a new conversation")
	s.keys("C-n")
	s.shows("What you write begins the conversation when")
	s.write("This began offline.")
	s.keys("Enter")
	s.shows("waiting for the server", "1 waiting to be sent")
	s.keys("C-c")
	s.ends()
	again := openScreen(t, home, "100", "30", env, "interview")
	again.shows("This began offline.", "waiting for the server")
	away.Store(false)
	again.shows("connected", "This began offline.")
	again.replied(1)
	again.lacks("The server is away.")
	again.keys("C-c")
	again.ends()
	list := command(t, home, env, "conversations", "list")
	if n := strings.Count(list, "\n"); n != 1 {
		t.Errorf("there are %d conversations:\n%s", n, list)
	}
	if shown := command(t, home, env, "conversations", "show", "@last"); strings.Count(shown, "This began offline.") != 1 {
		t.Errorf("it was not sent once:\n%s", shown)
	}
}
