package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// sayNew has the program begin a conversation with a message, outside any terminal, and give it a title.
func sayNew(t *testing.T, home, title, text string) {
	t.Helper()
	for _, args := range [][]string{{"ask", "--new", text}, {"conversations", "rename", "@last", title}} {
		cmd := exec.CommandContext(t.Context(), "betterprofile", args...)
		cmd.Env = append(os.Environ(), "HOME="+home, "BETTERPROFILE_KEYRING=off")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
}

func TestInterview_FindsAndJumpsToAMessage(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	say(t, home, "I am a nurse at Riverside Hospital.")
	for range 4 {
		say(t, home, "We went on with the rota for another while, and it became better with every week.")
	}
	sayNew(t, home, "Teacher", "I taught carpentry in Leeds.")
	s := openScreen(t, home, "100", "16", nil, "interview")
	s.shows("I taught carpentry in Leeds.")
	s.keys("C-f")
	s.shows("Search all messages")
	s.write("riverside")
	s.shows("riverside", "You ·", "I am a nurse at Riverside Hospital.")
	s.keys("Down", "Down", "Enter")
	s.shows("▌ I am a nurse at Riverside Hospital.", "Conversations")
	s.keys("Escape")
	s.shows("more below")
	s.keys("M-Up")
	s.shows("I taught carpentry in Leeds.")
	s.keys("M-Down")
	s.shows("I am a nurse at Riverside Hospital.", "more below") // where it was left
	s.keys("C-c")
	s.ends()
	again := openScreen(t, home, "100", "16", nil, "interview")
	again.shows("I am a nurse at Riverside Hospital.", "more below")
	again.keys("C-c")
	again.ends()
}

func TestInterview_ListFiltersPinsArchivesAndDeletes(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	for _, who := range []string{"nurse", "carpenter", "bus driver"} {
		sayNew(t, home, "The "+who, "I was a "+who+".")
	}
	s := openScreen(t, home, "100", "20", nil, "interview")
	s.shows("Conversations", "I was a bus driver.")
	s.keys("Tab", "/")
	s.write("carpent")
	s.shows("/ carpent", "The carpenter")
	s.lacks("nurse")
	s.keys("Enter")
	s.shows("I was a carpenter.", "nurse")
	s.keys("Tab", "p")
	s.shows("★", "Pinned.")
	s.keys("a")
	s.shows("Archived.")
	s.lacks("★")
	s.keys("v")
	s.shows("★ ▤", "Archived")
	s.keys("a")
	s.shows("None is archived.")
	s.keys("v")
	s.shows("★", "nurse")
	s.keys("d")
	s.shows("Deleted “", "u brings it back")
	s.lacks("★")
	s.keys("u")
	s.shows("is back", "★")
	s.keys("End", "d")
	s.shows("u brings it back")
	s.keys("C-c") // it goes now
	s.ends()
	again := openScreen(t, home, "100", "20", nil, "interview")
	again.shows("★")
	again.lacks("nurse")
	again.keys("C-c")
	again.ends()
}

func TestInterview_PanelsShowWhatIsToldAndWhatComesNext(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	say(t, home, "I am a nurse at Riverside Hospital.")
	s := openScreen(t, home, "100", "24", nil, "interview")
	s.shows("Riverside Hospital", "▱")
	s.keys("M-p")
	s.shows("What you have told", "· Riverside Hospital · org", "“at Riverside Hospital”")
	s.keys("y")
	s.shows("✓")
	s.keys("M-a")
	s.shows("What comes next", "A reader of your profile will want to know")
	s.keys("End")
	s.shows("Across all", "not yet: ")
	s.keys("Escape")
	s.lacks("Across all")
	s.keys("C-p")
	s.shows("What to do")
	s.write("search")
	s.shows("› Search all messages")
	s.keys("Enter")
	s.shows("Words that are in a message")
	s.keys("Escape")
	s.lacks("Words that are")
	s.keys("C-c")
	s.ends()
	if got := printed(t, home, "profile", "facts"); !strings.Contains(got, "confirmed") {
		t.Errorf("the fact was not confirmed:\n%s", got)
	}
}

func TestInterview_ExportsIntoTheFolderItWasStartedIn(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	say(t, home, "I am a nurse at Riverside Hospital.")
	s := openScreen(t, home, "100", "20", nil, "interview")
	s.shows("Riverside Hospital")
	s.keys("C-p")
	s.write("export")
	s.shows("› Export the conversation")
	s.keys("Enter")
	pane := s.shows("Written to ")
	_, path, _ := strings.Cut(pane, "Written to ")
	path, _, _ = strings.Cut(path, ".md")
	s.keys("C-c")
	s.ends()
	path += ".md"
	t.Cleanup(func() { _ = os.Remove(path) })
	b, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(b), "I am a nurse at Riverside Hospital.") {
		t.Errorf("%s holds %q, %v", path, b, err)
	}
}

// configured is a home folder with a configuration file.
func configured(t *testing.T, text string) string {
	t.Helper()
	home := t.TempDir()
	dir := filepath.Join(home, ".config", "betterprofile")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "config.toml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return home
}

func TestInterview_KeysOfTheConfigurationWork(t *testing.T) {
	t.Parallel()
	s := openScreen(t, configured(t, "[keys]\npalette = [\"Ctrl+T\", \"f9\"]\nsearch = \"ctrl+p\"\n"), "100", "24", nil, "interview")
	s.shows("Interviewer")
	s.keys("C-t")
	s.shows("What to do", "Ctrl+P")
	s.keys("Escape")
	s.lacks("What to do")
	s.keys("C-p")
	s.shows("Search all messages")
	s.keys("C-c")
	s.ends()
}

func TestInterview_SaysWhatIsWrongWithTheKeys(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"[keys]\nserch = \"ctrl+t\"\n":                          "[keys]: there is no action \"serch\"; did you mean \"search\"?",
		"[keys]\nsearch = \"ctrl+tt\"\n":                        "[keys]: search: there is no key \"ctrl+tt\"",
		"[keys]\nsearch = \"ctrl+t\"\npalette = [\"ctrl+t\"]\n": "ctrl+t is given to both",
		"[keys]\nsearch = 7\n":                                  "line 2: keys are a text",
	} {
		if got := strings.ReplaceAll(printed(t, configured(t, text), "interview"), "\n", ""); !strings.Contains(got, want) {
			t.Errorf("%q: no %s in\n%s", text, want, got)
		}
	}
}

func TestInterview_MouseClicksAndScrolls(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	sayNew(t, home, "Nurse", strings.Repeat("I am a nurse. ", 60))
	sayNew(t, home, "Teacher", "I taught carpentry.")
	s := openScreen(t, home, "100", "12", nil, "interview")
	s.shows("I taught carpentry.", "Conversations")
	s.write("\x1b[<0;5;5M\x1b[<0;5;5m")
	s.shows("I am a nurse.")
	s.write("\x1b[<64;60;5M")
	s.shows("more below")
	s.write("\x1b[<65;60;5M\x1b[<65;60;5M")
	s.lacks("more below")
	s.keys("C-c")
	s.ends()
}
