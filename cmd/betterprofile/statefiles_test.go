package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/storage"
	"github.com/betterprofile/betterprofile/tui"
)

// testFiles opens the files of a state folder with a new key of a name, or with none for "".
func testFiles(t *testing.T, root, keyName string) *stateFiles {
	t.Helper()
	if keyName == "" {
		return openStateFiles(root, "~/state", nil)
	}
	key, err := storage.NewKey(keyName)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := storage.ParseKeys(key)
	if err != nil {
		t.Fatal(err)
	}
	return openStateFiles(root, "~/state", keys)
}

func TestStateFiles_AreSealedAlsoThoseThatWerePlain(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	plain := testFiles(t, root, "")
	newDrafts(plain, "local").Save("a", "an old draft")
	if err := newOutbox(plain, "local").Put(tui.Queued{ConversationID: "c", Input: interview.TurnInput{ID: "m", Content: "an old message"}}); err != nil {
		t.Fatal(err)
	}
	sealed := testFiles(t, root, "local")
	newDrafts(sealed, "local").Save("b", "a new draft")
	if d := newDrafts(sealed, "local"); d.Load("a") != "an old draft" || d.Load("b") != "a new draft" || len(newOutbox(sealed, "local").List()) != 1 {
		t.Errorf("read are %q and %q", d.Load("a"), d.Load("b"))
	}
	n := 0
	sealed.each(".", func(path string) {
		b, err := os.ReadFile(sealed.at(path))
		info, _ := os.Stat(sealed.at(path))
		if n++; err != nil || info.Mode().Perm() != 0o600 || !strings.HasPrefix(string(b), "enc:v1:local:") {
			t.Errorf("%s (%v) holds %q (%v)", path, info.Mode(), b, err)
		}
	})
	if n != 3 {
		t.Errorf("there are %d files", n)
	}
}

func TestStateFiles_WhatDoesNotOpenIsPutAsideAndComesBack(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	right, wrong := testFiles(t, root, "local"), testFiles(t, root, "other")
	newDrafts(right, "local").Save("a", "a draft")
	newDrafts(right, "local").Save("b", "another draft")
	d := newDrafts(wrong, "local")
	if d.Load("a") != "" || d.Load("b") != "" || d.Load("c") != "" {
		t.Error("another key opens")
	}
	select {
	case text := <-wrong.trouble:
		if text != "What could not be decrypted is kept in ~/state/aside" {
			t.Errorf("it says %q", text)
		}
	default:
		t.Error("nobody is told")
	}
	if len(wrong.trouble) != 0 {
		t.Error("it is told twice")
	}
	d.Save("b", "written since")
	back := openStateFiles(root, "~/state", right.keys)
	if got := newDrafts(back, "local").Load("a"); got != "a draft" {
		t.Errorf("with its key it is %q", got)
	}
	if b, err := os.ReadFile(back.at(filepath.Join(asideFiles, d.path("b")))); err != nil || !storage.IsSealed(string(b)) {
		t.Errorf("what something has taken the place of is gone: %v", err)
	}
}

func TestStateFiles_AreBoundToTheirPlace(t *testing.T) {
	t.Parallel()
	files := testFiles(t, t.TempDir(), "local")
	d := newDrafts(files, "local")
	d.Save("a", "a draft")
	if err := os.Rename(files.at(d.path("a")), files.at(d.path("b"))); err != nil {
		t.Fatal(err)
	}
	if d.Load("b") != "" {
		t.Error("it opens at another place")
	}
	d.Save("a", "a draft")
	files.move(d.folder, folderOf(draftFiles, "ada"), "a.txt")
	if newDrafts(files, "ada").Load("a") != "a draft" || d.Load("a") != "" {
		t.Error("it was not moved")
	}
}

func TestOutbox_IsSharedBySeveralProgramsInOrder(t *testing.T) {
	t.Parallel()
	state := testFiles(t, t.TempDir(), "local")
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
	if err := os.WriteFile(filepath.Join(state.at(a.folder), "0.json"), []byte("{broken"), 0o600); err != nil || len(a.List()) != 5 {
		t.Errorf("a broken file (%v) leaves %d messages", err, len(a.List()))
	}
}

func TestCache_IsBoundedPrivateAndCleared(t *testing.T) {
	t.Parallel()
	files := testFiles(t, t.TempDir(), "local")
	c := newCache(files, ownerOf("https://x", "ada"))
	for i := range maxCached + 20 {
		c.Save(fmt.Sprint(i), "text")
	}
	entries, err := os.ReadDir(files.at(c.folder))
	if err != nil || len(entries) != maxCached {
		t.Fatalf("%d files (%v), want %d", len(entries), err, maxCached)
	}
	for _, e := range entries {
		if info, err := e.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Fatalf("%s has the mode %v (%v)", e.Name(), info.Mode(), err)
		}
	}
	c.Save("../outside", "text")
	if _, err := os.Stat(filepath.Join(files.at(c.folder), "outside.json")); err != nil {
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
