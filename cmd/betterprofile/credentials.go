package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/zalando/go-keyring"

	"github.com/betterprofile/betterprofile/interview"
)

// credentials are the servers that the user of this computer is signed in to, by their addresses.
type credentials struct {
	Default string                `json:"default,omitempty"` // the server that commands use when nothing else says which
	Servers map[string]credential `json:"servers"`
}

// credential is a sign-in. The token is in the keyring of the operating system or, where there is none, here.
type credential struct {
	UserID string `json:"userId"`
	Name   string `json:"name"`
	Email  string `json:"email"`
	Token  string `json:"token,omitempty"`
}

// credentialStore keeps credentials in a file for the user alone.
type credentialStore struct {
	file    string
	keyring bool // there may be one
}

func (a *app) credentials() (credentialStore, error) {
	config, err := a.folder("XDG_CONFIG_HOME", ".config", "APPDATA")
	return credentialStore{file: filepath.Join(config, "credentials.json"), keyring: a.env("BETTERPROFILE_KEYRING") != "off"}, err
}

// read returns what the file holds: nothing when there is none.
func (s credentialStore) read() (credentials, error) {
	c := credentials{Servers: map[string]credential{}}
	content, err := os.ReadFile(s.file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return c, nil
	case err != nil:
		return c, err
	case json.Unmarshal(content, &c) != nil: // its own error would quote what may be a token
		return c, fmt.Errorf("%s is damaged: move it away and sign in again", s.file)
	}
	if c.Servers == nil {
		c.Servers = map[string]credential{}
	}
	return c, keyStore{file: s.file}.tighten()
}

// find returns the sign-in to a server with its token, and where that is; a zero one when there is none. Errors: unauthenticated when the
// keyring does not give the token.
func (s credentialStore) find(address string) (found credential, where string, err error) {
	all, err := s.read()
	found, known := all.Servers[address]
	switch {
	case err != nil || !known:
		return credential{}, "", err
	case found.Token != "":
		return found, s.file, nil
	case !s.keyring:
		return found, "", interview.Errorf(interview.CodeUnauthenticated, "The token for %s is in the keyring, which BETTERPROFILE_KEYRING turns off.", address)
	}
	found.Token, err = inTime(func() (string, error) { return keyring.Get(keyringService, address) })
	if err != nil {
		return found, "", &interview.Error{
			Code: interview.CodeUnauthenticated, Message: "The keyring does not give the token for " + address + ".", Err: err,
		}
	}
	return found, inKeyring, nil
}

const inKeyring = "the keyring"

// keep stores a sign-in in place of an earlier one, and says where its token is now. The first server becomes the default, and any that is to.
func (s credentialStore) keep(address string, c credential, makeDefault bool) (where string, err error) {
	if where = s.file; s.hide(address, c.Token) {
		c.Token, where = "", inKeyring
	}
	err = s.change(func(all *credentials) error {
		if makeDefault || len(all.Servers) == 0 {
			all.Default = address
		}
		all.Servers[address] = c
		return nil
	})
	return where, err
}

// hide puts a token into the keyring, and reports whether it is really there.
func (s credentialStore) hide(address, token string) bool {
	if !s.keyring {
		return false
	}
	kept, err := inTime(func() (string, error) {
		if err := keyring.Set(keyringService, address, token); err != nil {
			return "", err
		}
		return keyring.Get(keyringService, address)
	})
	return err == nil && kept == token
}

// remove forgets a sign-in. The keyring may keep a token that it does not give back: that is an error, and the rest is done all the same.
func (s credentialStore) remove(address string) error {
	var stuck error
	if s.keyring {
		_, err := inTime(func() (string, error) { return "", keyring.Delete(keyringService, address) })
		if all, _ := s.read(); err != nil && !errors.Is(err, keyring.ErrNotFound) && all.Servers[address].Token == "" {
			stuck = fmt.Errorf("the keyring may still hold the token for %s: %w", address, err)
		}
	}
	err := s.change(func(all *credentials) error {
		if delete(all.Servers, address); all.Default == address {
			all.Default = ""
		}
		return nil
	})
	return errors.Join(err, stuck)
}

// setDefault chooses the server that commands use; "" is local mode. Errors: not_found when nobody is signed in there.
func (s credentialStore) setDefault(address string) error {
	return s.change(func(all *credentials) error {
		if _, known := all.Servers[address]; !known && address != "" {
			return interview.Errorf(interview.CodeNotFound, "You are not signed in to %s. Sign in with: betterprofile login --default %s", address, address)
		}
		all.Default = address
		return nil
	})
}

// change rewrites the file while no other process does.
func (s credentialStore) change(edit func(*credentials) error) error {
	unlock, err := keyStore{file: s.file}.lock()
	if err != nil {
		return err
	}
	defer unlock()
	all, err := s.read()
	if err != nil {
		return err
	}
	if err := edit(&all); err != nil {
		return err
	}
	content, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	return writePrivate(s.file, append(content, '\n'))
}
