package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/betterprofile/betterprofile/tui"
)

// outbox keeps messages of one owner that wait for a server, one file for each. Files of their own are what lets several programs use it at once.
type outbox struct {
	files  *stateFiles
	folder string
}

func newOutbox(files *stateFiles, owner string) *outbox {
	return &outbox{files, folderOf(outboxFiles, owner)}
}

// List returns what waits. Ids grow with time, and so do the names of the files.
func (o *outbox) List() []tui.Queued {
	var waiting []tui.Queued
	for _, name := range o.files.names(o.folder) {
		var q tui.Queued
		if json.Unmarshal([]byte(o.files.read(filepath.Join(o.folder, name))), &q) == nil && q.Input.ID != "" {
			waiting = append(waiting, q)
		}
	}
	return waiting
}

// Put writes a message's file.
func (o *outbox) Put(q tui.Queued) error {
	b, err := json.Marshal(q)
	if err != nil {
		return err
	}
	return o.files.write(o.path(q.Input.ID), string(b))
}

// Remove removes a message's file.
func (o *outbox) Remove(id string) { _ = o.files.write(o.path(id), "") }

func (o *outbox) path(id string) string { return filepath.Join(o.folder, filepath.Base(id)+".json") }

// maxCached is how many texts of an owner are kept. The ones not written for the longest time go.
const maxCached = 200

// cache keeps what an owner has read of a server, one file for each text.
type cache struct {
	files  *stateFiles
	folder string
}

func newCache(files *stateFiles, owner string) *cache {
	return &cache{files, folderOf(cacheFiles, owner)}
}

// Load returns what is kept under a name.
func (c *cache) Load(name string) string { return c.files.read(c.path(name)) }

// Save keeps a text. Where nothing can be written, nothing is there to be read without the server.
func (c *cache) Save(name, text string) {
	isNew := text != "" && !c.files.exists(c.path(name))
	if c.files.write(c.path(name), text) == nil && isNew {
		c.thin()
	}
}

// thin removes the oldest files when there are too many.
func (c *cache) thin() {
	entries, err := os.ReadDir(c.files.at(c.folder))
	if err != nil || len(entries) <= maxCached {
		return
	}
	age := func(e fs.DirEntry) time.Time {
		info, err := e.Info()
		if err != nil {
			return time.Time{}
		}
		return info.ModTime()
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return age(a).Compare(age(b)) })
	for _, e := range entries[:len(entries)-maxCached] {
		_ = os.Remove(filepath.Join(c.files.at(c.folder), e.Name()))
	}
}

// Clear removes all that is kept.
func (c *cache) Clear() { _ = os.RemoveAll(c.files.at(c.folder)) }

func (c *cache) path(name string) string {
	return filepath.Join(c.folder, filepath.Base(name)+".json")
}

// clipboardTime is how long a program for the clipboard may take.
const clipboardTime = 3 * time.Second

// clipboard returns what puts a text into the system's clipboard, nil where there is no program for that.
func (a *app) clipboard() func(context.Context, string) error {
	command := a.clipboardCommand()
	if command == nil {
		return nil
	}
	return func(ctx context.Context, text string) error {
		ctx, cancel := context.WithTimeout(ctx, clipboardTime)
		defer cancel()
		cmd := exec.CommandContext(ctx, command[0], command[1:]...)
		cmd.Stdin = strings.NewReader(text)
		return cmd.Run()
	}
}

// clipboardCommand is the command that takes text for the clipboard, nil for none.
func (a *app) clipboardCommand() []string {
	var candidates [][]string
	switch {
	case runtime.GOOS == "darwin":
		candidates = [][]string{{"pbcopy"}}
	case runtime.GOOS == "windows":
		candidates = [][]string{{"clip.exe"}}
	case a.env("WAYLAND_DISPLAY") != "":
		candidates = [][]string{{"wl-copy"}}
	case a.env("DISPLAY") != "":
		candidates = [][]string{{"xclip", "-selection", "clipboard"}, {"xsel", "--clipboard", "--input"}}
	case a.env("WSL_DISTRO_NAME") != "":
		candidates = [][]string{{"clip.exe"}}
	}
	for _, c := range candidates {
		if _, err := exec.LookPath(c[0]); err == nil {
			return c
		}
	}
	return nil
}

// editor returns what opens a text in the user's editor, nil when none is set. The text is in a file of the state folder meanwhile, readable
// by the user alone.
func (a *app) editor(stateFolder string) func(string) (tui.ExternalEdit, error) {
	editor := cmp.Or(a.env("VISUAL"), a.env("EDITOR"))
	if strings.TrimSpace(editor) == "" {
		return nil
	}
	return func(text string) (tui.ExternalEdit, error) {
		if err := os.MkdirAll(stateFolder, 0o700); err != nil {
			return tui.ExternalEdit{}, err
		}
		f, err := os.CreateTemp(stateFolder, "message-*.md") // made with mode 0600
		if err != nil {
			return tui.ExternalEdit{}, err
		}
		_, err = f.WriteString(text)
		if err = errors.Join(err, f.Close()); err != nil {
			return tui.ExternalEdit{}, errors.Join(err, os.Remove(f.Name()))
		}
		read := func() (string, error) {
			defer os.Remove(f.Name())
			b, err := os.ReadFile(f.Name())
			return strings.TrimRight(string(b), "\n"), err
		}
		return tui.ExternalEdit{Cmd: editorCommand(editor, f.Name()), Text: read}, nil
	}
}

// editorCommand runs an editor on a file. As with git, the shell reads what the variable says.
func editorCommand(editor, file string) *exec.Cmd {
	if runtime.GOOS == "windows" {
		words := append(strings.Fields(editor), file)
		return exec.Command(words[0], words[1:]...)
	}
	return exec.Command("sh", "-c", editor+` "$@"`, editor, file)
}
