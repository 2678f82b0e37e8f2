package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// drafts keeps unsent texts in a folder, one file for each conversation, readable by the user alone.
type drafts struct{ folder string }

// newDrafts keeps the drafts of one server apart from those of others.
func newDrafts(stateFolder, server string) *drafts {
	sum := sha256.Sum256([]byte(server))
	return &drafts{folder: filepath.Join(stateFolder, "drafts", hex.EncodeToString(sum[:8]))}
}

// Load returns the draft of a conversation, empty when there is none or it cannot be read.
func (d *drafts) Load(conversationID string) string {
	b, err := os.ReadFile(d.path(conversationID))
	if err != nil {
		return ""
	}
	return string(b)
}

// Save keeps a draft; an empty one is removed. Where nothing can be written, the draft lives only as long as the program.
func (d *drafts) Save(conversationID, text string) {
	_ = d.save(conversationID, text)
}

// save writes the draft's file, which is complete at every moment: it is written under another name and renamed.
func (d *drafts) save(conversationID, text string) error {
	path := d.path(conversationID)
	if text == "" {
		if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	return writePrivate(path, []byte(text))
}

func (d *drafts) path(conversationID string) string {
	return filepath.Join(d.folder, filepath.Base(conversationID)+".txt")
}

// writePrivate writes a file for the user alone, whole or not at all.
func writePrivate(path string, content []byte) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".new-*") // made with mode 0600
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
