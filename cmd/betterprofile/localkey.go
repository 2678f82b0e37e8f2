package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/zalando/go-keyring"

	"github.com/betterprofile/betterprofile/cmd/setup"
	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/storage"
)

const (
	keyringService = "betterprofile"
	keyringTime    = 3 * time.Second // a keyring that asks its user takes longer, and is not waited for
	keyLockTime    = 3 * time.Second // after which a lock is that of a dead process
)

// localKey is the key that the local conversations are encrypted with. It is kept apart from them: in the keyring of the operating system,
// or where there is none in a file of the configuration folder.
type localKey struct {
	value string // as storage.ParseKeys reads it; empty when there is none yet
	where string // for people
}

// keyStore is where the key of one data file is kept.
type keyStore struct {
	file    string
	account string // in the keyring
	keyring bool   // there may be one; BETTERPROFILE_KEYRING=off says that there is not
}

func (a *app) keyStore(dataPath string) (keyStore, error) {
	config, err := a.folder("XDG_CONFIG_HOME", ".config", "APPDATA")
	return keyStore{
		file: filepath.Join(config, "encryption.key"), account: dataPath, keyring: a.env("BETTERPROFILE_KEYRING") != "off",
	}, err
}

// find returns the key, or an empty one.
func (s keyStore) find() (localKey, error) {
	content, err := os.ReadFile(s.file)
	if err == nil {
		return localKey{string(content), s.file}, s.tighten()
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return localKey{}, err
	}
	if !s.keyring {
		return localKey{}, nil
	}
	value, err := inTime(func() (string, error) { return keyring.Get(keyringService, s.account) })
	if err != nil {
		return localKey{}, nil //nolint:nilerr // there is no keyring, or no key in it: storage says so when one is needed
	}
	return localKey{value, "the keyring"}, nil
}

// tighten makes the file the user's alone.
func (s keyStore) tighten() error {
	info, err := os.Stat(s.file)
	if err != nil || info.Mode().Perm()&0o077 == 0 {
		return err
	}
	return os.Chmod(s.file, 0o600)
}

// make makes a key and keeps it, unless another process has just done so.
func (s keyStore) make() (localKey, error) {
	unlock, err := s.lock()
	if err != nil {
		return localKey{}, err
	}
	defer unlock()
	if key, err := s.find(); err != nil || key.value != "" {
		return key, err
	}
	value, err := storage.NewKey("local")
	if err != nil {
		return localKey{}, err
	}
	if s.keyring {
		_, err := inTime(func() (string, error) { return "", keyring.Set(keyringService, s.account, value) })
		if kept, _ := s.find(); err == nil && kept.value == value {
			return kept, nil
		}
	}
	return localKey{value, s.file}, writePrivate(s.file, []byte(value))
}

// lock keeps other processes from making a key at the same time.
func (s keyStore) lock() (unlock func(), err error) {
	if err := os.MkdirAll(filepath.Dir(s.file), 0o700); err != nil {
		return nil, err
	}
	dir := s.file + ".lock"
	unlock = func() { _ = os.Remove(dir) }
	for end := time.Now().Add(keyLockTime); ; <-time.After(20 * time.Millisecond) {
		err := os.Mkdir(dir, 0o700)
		if err == nil || (errors.Is(err, fs.ErrExist) && time.Now().After(end)) {
			return unlock, nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
	}
}

// inTime calls the keyring, and gives up on one that does not answer.
func inTime(call func() (string, error)) (string, error) {
	type answer struct {
		value string
		err   error
	}
	answered := make(chan answer, 1)
	go func() {
		value, err := call()
		answered <- answer{value, err}
	}()
	select {
	case a := <-answered:
		return a.value, a.err
	case <-time.After(keyringTime):
		return "", errors.New("the keyring does not answer")
	}
}

// unlock puts the key of the local conversations into config, making one when it is needed for the first time. Conversations from before
// there was a key are encrypted now.
func (s keyStore) unlock(ctx context.Context, config *setup.Config, dataPath string) error {
	key, err := s.find()
	if err != nil {
		return err
	}
	_, missing := os.Stat(dataPath)
	first := key.value == ""
	if first && missing == nil {
		err = openable(ctx, config.DatabaseURL)
	}
	if first && err == nil {
		key, err = s.make()
	}
	if err != nil {
		return err
	}
	if config.Keys, err = storage.ParseKeys(key.value); err != nil {
		return fmt.Errorf("the key in %s is damaged: put it back from a backup", key.where)
	}
	if first || missing != nil {
		return sealAll(ctx, *config)
	}
	return nil
}

// openable makes sure that the conversations do not need a key that has gone.
func openable(ctx context.Context, url string) error {
	db, err := storage.Open(ctx, storage.Options{URL: url, MaxConns: 1, NoMigrate: true})
	if err != nil {
		return err
	}
	defer db.Close()
	return nil
}

// sealAll encrypts what is not yet, and refuses plain text from then on.
func sealAll(ctx context.Context, config setup.Config) (err error) {
	db, err := storage.Open(ctx, storage.Options{URL: config.DatabaseURL, MaxConns: 1, Keys: config.Keys})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if _, err := db.Reseal(ctx, func(int) {}); err != nil {
		return err
	}
	return db.RequireSealed(ctx)
}

// explain says what a wrong or missing key means to somebody who never made one.
func (s keyStore) explain(err error) error {
	e, ok := errors.AsType[*interview.Error](err)
	if !ok || e.Details.Field != "BETTERPROFILE_ENCRYPTION_KEYS" {
		return err
	}
	return &interview.Error{
		Code: e.Code, Details: e.Details, Err: err, Message: fmt.Sprintf(
			"Your conversations are encrypted with a key that is neither in the keyring nor in %s. Put it back, or move the database away to begin anew.", s.file),
	}
}

// stateKeys are the keys of the local conversations, which the files of the state folder are sealed with, whatever the server. One is made when nothing is
// there yet that another is for. Nil when there is none.
func (a *app) stateKeys(root string, conn *connection) (*storage.Keys, error) {
	if conn.local != nil {
		return conn.local.keys, nil
	}
	data, err := a.dataFolder()
	if err != nil {
		return nil, err
	}
	path := filepath.Join(data, "betterprofile.db")
	store, err := a.keyStore(path)
	if err != nil {
		return nil, err
	}
	key, err := store.find()
	_, missing := os.Stat(path)
	if err == nil && key.value == "" && missing != nil && !(&stateFiles{root: root}).anySealed() {
		key, err = store.make()
	}
	if err != nil {
		return nil, nil //nolint:nilerr // files are kept as they are
	}
	keys, err := storage.ParseKeys(key.value)
	if err != nil {
		return nil, nil //nolint:nilerr // a damaged key opens nothing: what it sealed is put aside
	}
	return keys, nil
}
