package main

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/tui"
)

func TestOutbox_IsSharedBySeveralProgramsInOrder(t *testing.T) {
	t.Parallel()
	state := t.TempDir()
	a, b := newOutbox(state, ownerOf("https://x", "ada")), newOutbox(state, ownerOf("https://x", "ada"))
	var ids []string
	for i := range 6 {
		q := tui.Queued{ConversationID: "c", Input: interview.TurnInput{ID: fmt.Sprintf("01900000-0000-7000-8000-%012d", i), Content: fmt.Sprint(i)}}
		ids = append(ids, q.Input.ID)
		if err := []*outbox{a, b}[i%2].Put(q); err != nil {
			t.Fatal(err)
		}
	}
	b.Remove(ids[2])
	var got string
	for _, q := range a.List() {
		got += q.Input.Content
	}
	if got != "01345" {
		t.Errorf("waiting are %s, want 01345", got)
	}
	if other := newOutbox(state, ownerOf("https://x", "bob")).List(); len(other) != 0 {
		t.Errorf("another user has %d messages", len(other))
	}
	if err := os.WriteFile(filepath.Join(a.folder, "0.json"), []byte("{broken"), 0o600); err != nil || len(a.List()) != 5 {
		t.Errorf("a broken file (%v) leaves %d messages", err, len(a.List()))
	}
}

func TestCache_IsBoundedPrivateAndCleared(t *testing.T) {
	t.Parallel()
	c := newCache(t.TempDir(), ownerOf("https://x", "ada"))
	for i := range maxCached + 20 {
		c.Save(fmt.Sprint(i), "text")
	}
	entries, err := os.ReadDir(c.folder)
	if err != nil || len(entries) != maxCached {
		t.Fatalf("%d files (%v), want %d", len(entries), err, maxCached)
	}
	for _, e := range entries {
		if info, err := e.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Fatalf("%s has the mode %v (%v)", e.Name(), info.Mode(), err)
		}
	}
	c.Save("../outside", "text")
	if _, err := os.Stat(filepath.Join(c.folder, "outside.json")); err != nil {
		t.Error("a name led out of the folder")
	}
	c.Save("outside", "")
	if c.Load("outside") != "" {
		t.Error("what was dropped is there")
	}
	if c.Clear(); c.Load("5") != "" || c.Load(fmt.Sprint(maxCached+19)) != "" {
		t.Error("something is left")
	}
}

func TestEditor_GetsThePrivateFileAndWhatTheShellReads(t *testing.T) {
	t.Parallel()
	state := t.TempDir()
	a := testApp(t, map[string]string{"EDITOR": `sh -c 'stat -c %a "$0" >> "$0"'`})
	edit, err := a.editor(state)("my text")
	if err != nil {
		t.Fatal(err)
	}
	if err := edit.Cmd.Run(); err != nil {
		t.Fatal(err)
	}
	if text, err := edit.Text(); err != nil || text != "my text600" {
		t.Errorf("came back as %q (%v)", text, err)
	}
	if left, _ := os.ReadDir(state); len(left) != 0 {
		t.Errorf("%d files are left", len(left))
	}
	if testApp(t, nil).editor(state) != nil {
		t.Error("there is an editor though none is set")
	}
}
