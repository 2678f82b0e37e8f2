package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/storage"
)

// stateFiles are texts in the state folder, readable by the user alone and whole at every moment. With keys they are sealed, each bound to its path: at
// another it does not open. Paths are relative to the folder.
type stateFiles struct {
	root    string
	keys    *storage.Keys // nil: texts are kept as they are
	once    sync.Once
	trouble chan string // what the user is to know
	shown   string      // root, for people
}

// The folders of the state folder. The first four have one for each owner.
const (
	draftFiles   = "drafts"
	outboxFiles  = "outbox"
	cacheFiles   = "cache"
	accountFiles = "accounts" // whose the tokens of the environment are
	asideFiles   = "aside"    // what does not open, under the path that it had
)

func kindsOfFiles() []string { return []string{draftFiles, outboxFiles, cacheFiles, accountFiles} }

// openStateFiles makes ready what is kept: plain texts are sealed, and what was put aside is back when it opens now.
func openStateFiles(root, shown string, keys *storage.Keys) *stateFiles {
	s := &stateFiles{root: root, shown: shown, keys: keys, trouble: make(chan string, 1)}
	if keys == nil {
		return s
	}
	for _, kind := range kindsOfFiles() {
		s.each(kind, s.sealPlain)
	}
	s.each(asideFiles, s.takeBack)
	return s
}

// folderOf is the folder of one kind of files of one owner.
func folderOf(kind, owner string) string {
	sum := sha256.Sum256([]byte(owner))
	return filepath.Join(kind, hex.EncodeToString(sum[:8]))
}

// read returns the text at a path, "" when there is none. One that does not open is put aside, and the user is told.
func (s *stateFiles) read(path string) string {
	text, err := s.open(path, path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.putAside(path)
	}
	return text
}

// open returns the text of a file that was sealed for the place.
func (s *stateFiles) open(path, place string) (string, error) {
	b, err := os.ReadFile(s.at(path))
	if err != nil {
		return "", err
	}
	return s.keys.OpenText(filepath.ToSlash(place), string(b))
}

// write keeps a text; an empty one is removed.
func (s *stateFiles) write(path, text string) error {
	if text == "" {
		if err := os.Remove(s.at(path)); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	return writePrivate(s.at(path), []byte(s.keys.SealText(filepath.ToSlash(path), text)))
}

// names are the names of the files in a folder, sorted.
func (s *stateFiles) names(folder string) []string {
	entries, _ := os.ReadDir(s.at(folder))
	var names []string
	for _, e := range entries {
		if e.Type().IsRegular() && !strings.HasPrefix(e.Name(), unfinished) {
			names = append(names, e.Name())
		}
	}
	return names
}

// each calls f with the path of every file below a folder.
func (s *stateFiles) each(folder string, f func(path string)) {
	entries, _ := os.ReadDir(s.at(folder))
	for _, e := range entries {
		if e.IsDir() {
			s.each(filepath.Join(folder, e.Name()), f)
		}
	}
	for _, name := range s.names(folder) {
		f(filepath.Join(folder, name))
	}
}

// sealPlain seals a text that is kept as it is.
func (s *stateFiles) sealPlain(path string) {
	if s.sealed(path) {
		return
	}
	if text, err := s.open(path, path); err == nil {
		_ = s.write(path, text) // else it stays plain until the next start
	}
}

// putAside takes a file out of the way that does not open, and says so.
func (s *stateFiles) putAside(path string) {
	to := filepath.Join(asideFiles, path)
	if s.exists(to) {
		to += "-" + interview.NewID()
	}
	if os.MkdirAll(filepath.Dir(s.at(to)), 0o700) != nil || os.Rename(s.at(path), s.at(to)) != nil {
		return
	}
	s.once.Do(func() { s.trouble <- "What could not be decrypted is kept in " + filepath.Join(s.shown, asideFiles) })
}

// takeBack puts a file back that was put aside, if it opens now and nothing has taken its place.
func (s *stateFiles) takeBack(path string) {
	place := strings.TrimPrefix(path, asideFiles+string(filepath.Separator))
	if _, err := s.open(path, place); err == nil && !s.exists(place) && os.MkdirAll(filepath.Dir(s.at(place)), 0o700) == nil {
		_ = os.Rename(s.at(path), s.at(place))
	}
}

// move takes a text over into another folder, unless there is one of that name.
func (s *stateFiles) move(from, to, name string) {
	from, to = filepath.Join(from, name), filepath.Join(to, name)
	if text := s.read(from); text != "" && !s.exists(to) && s.write(to, text) == nil {
		_ = s.write(from, "")
	}
}

// anySealed reports whether there is a sealed text.
func (s *stateFiles) anySealed() bool {
	found := false
	for _, kind := range append(kindsOfFiles(), asideFiles) {
		s.each(kind, func(path string) { found = found || s.sealed(path) })
	}
	return found
}

// sealed reports whether the file at a path is.
func (s *stateFiles) sealed(path string) bool {
	f, err := os.Open(s.at(path))
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, 16)
	n, _ := io.ReadFull(f, head)
	return storage.IsSealed(string(head[:n]))
}

func (s *stateFiles) exists(path string) bool {
	_, err := os.Stat(s.at(path))
	return err == nil
}

func (s *stateFiles) at(path string) string { return filepath.Join(s.root, path) }

// unfinished begins the names of files that are being written.
const unfinished = ".new-"

// writePrivate writes a file for the user alone, whole or not at all.
func writePrivate(path string, content []byte) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, unfinished+"*") // made with mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
