package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/BurntSushi/toml"
)

// setting is a value and where it came from.
type setting struct {
	value, origin string
}

// settings are the client's: flag over environment over file over default.
type settings struct {
	path    string  // of the configuration file
	exists  bool    // the file
	server  setting // URL; empty is local mode
	token   setting
	unknown []string // keys of the file that mean nothing
	file    configFile
}

// configFile is the configuration file, TOML. Secrets are never in it.
type configFile struct {
	Server  string `toml:"server"`
	Engine  string `toml:"engine"`
	Model   string `toml:"model"`
	BaseURL string `toml:"base_url"`
}

// variables are the file's values under the names that they have in the environment.
func (f configFile) variables() map[string]string {
	return map[string]string{
		"BETTERPROFILE_SERVER": f.Server, "BETTERPROFILE_ENGINE": f.Engine, "BETTERPROFILE_MODEL": f.Model, "OPENAI_BASE_URL": f.BaseURL,
	}
}

// settings reads the configuration. An error names the file and the line.
func (a *app) settings() (settings, error) {
	var s settings
	var err error
	if s.path, err = a.configPath(); err != nil {
		return s, err
	}
	if err := s.read(); err != nil {
		return s, err
	}
	s.server = a.pick("--server", a.server, "BETTERPROFILE_SERVER", s.file.Server, s.path)
	s.token = a.pick("--token", a.token, "BETTERPROFILE_TOKEN", "", "")
	if path := a.env("BETTERPROFILE_TOKEN_FILE"); s.token.value == "" && path != "" {
		b, err := os.ReadFile(path)
		if err != nil {
			return s, fmt.Errorf("BETTERPROFILE_TOKEN_FILE: %w", err)
		}
		s.token = setting{strings.TrimSpace(string(b)), "BETTERPROFILE_TOKEN_FILE"}
	}
	return s, nil
}

// read decodes the file, if there is one.
func (s *settings) read() error {
	meta, err := toml.DecodeFile(s.path, &s.file)
	if perr, ok := errors.AsType[toml.ParseError](err); ok {
		return usagef("%s, line %d: %s. Correct the line, or move the file away to go on with the defaults", s.path, perr.Position.Line, strings.TrimSuffix(perr.Message, "."))
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return usagef("%s: %s", s.path, strings.TrimPrefix(err.Error(), "toml: "))
	}
	s.exists = true
	for _, key := range meta.Undecoded() {
		s.unknown = append(s.unknown, key.String())
	}
	return nil
}

// pick takes the first value that is given.
func (a *app) pick(flag, flagValue, env, fileValue, file string) setting {
	switch {
	case flagValue != "":
		return setting{flagValue, flag}
	case a.env(env) != "":
		return setting{a.env(env), env}
	case fileValue != "":
		return setting{fileValue, file}
	}
	return setting{"", "default"}
}

// lookupWithFile is the environment with the configuration file behind it, for the local server's own settings.
func (a *app) lookupWithFile(s settings) func(string) (string, bool) {
	return func(name string) (string, bool) {
		if value, ok := a.lookup(name); ok && value != "" {
			return value, true
		}
		value := s.file.variables()[name]
		return value, value != ""
	}
}

func (a *app) configPath() (string, error) {
	if a.config != "" {
		return a.config, nil
	}
	if path := a.env("BETTERPROFILE_CONFIG"); path != "" {
		return path, nil
	}
	dir, err := a.folder("XDG_CONFIG_HOME", ".config", "APPDATA")
	return filepath.Join(dir, "config.toml"), err
}

// folder is the program's own folder of a kind, by the XDG Base Directory Specification (0.8), also on macOS; on Windows in the folder
// that the variable windows names. It need not exist.
func (a *app) folder(xdg, underHome, windows string) (string, error) {
	if dir := a.env(xdg); filepath.IsAbs(dir) { // relative ones are to be ignored, says the specification
		return filepath.Join(dir, "betterprofile"), nil
	}
	if dir := a.env(windows); runtime.GOOS == "windows" && dir != "" {
		return filepath.Join(dir, "BetterProfile"), nil
	}
	home := a.env("HOME")
	if home == "" {
		return "", fmt.Errorf("there is no home folder: set HOME or %s", xdg)
	}
	return filepath.Join(home, underHome, "betterprofile"), nil
}

// dataFolder holds what must not be lost; stateFolder drafts and the log.
func (a *app) dataFolder() (string, error) {
	return a.folder("XDG_DATA_HOME", ".local/share", "LOCALAPPDATA")
}

func (a *app) stateFolder() (string, error) {
	return a.folder("XDG_STATE_HOME", ".local/state", "LOCALAPPDATA")
}
