package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/betterprofile/betterprofile/client"
	"github.com/betterprofile/betterprofile/tui"
)

// setting is a value and where it came from.
type setting struct {
	value, origin string
}

// settings are the client's: flag over environment over file over default.
type settings struct {
	path    string   // of the configuration file
	exists  bool     // the file
	server  setting  // URL, in one form for each server; empty is local mode
	unknown []string // keys of the file that mean nothing
	file    configFile
}

// configFile is the configuration file, TOML. Secrets are never in it.
type configFile struct {
	Server  string `toml:"server"`
	Engine  string `toml:"engine"`
	Model   string `toml:"model"`
	BaseURL string `toml:"base_url"`

	Theme        string `toml:"theme"`         // "auto" or empty, "dark", "light"
	HighContrast bool   `toml:"high_contrast"` // stronger colours

	Mouse *bool              `toml:"mouse"` // nil: on
	Keys  map[string]keyList `toml:"keys"`
}

// theme is the background that colours are chosen for, as the environment or the file says.
func (a *app) theme(s settings) (tui.Theme, error) {
	chosen := a.pick("", "", "BETTERPROFILE_THEME", s.file.Theme, s.path)
	switch chosen.value {
	case "", "auto":
		return tui.ThemeAuto, nil
	case string(tui.ThemeDark), string(tui.ThemeLight):
		return tui.Theme(chosen.value), nil
	}
	return "", usagef("%s: theme is %q; it is one of auto, dark, light", chosen.origin, chosen.value)
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
	s.server, err = a.chooseServer(s)
	return s, err
}

// chooseServer says which server commands use: without any setting the one that was made the default by signing in.
func (a *app) chooseServer(s settings) (setting, error) {
	if a.local && a.server != "" {
		return setting{}, usagef("--local is without a server: leave --server out")
	}
	if a.local {
		return setting{"", "--local"}, nil
	}
	server := a.pick("--server", a.server, "BETTERPROFILE_SERVER", s.file.Server, s.path)
	if server.value != "" {
		server.value = serverAddress(server.value)
		return server, nil
	}
	store, err := a.credentials()
	if err != nil {
		return server, err
	}
	all, err := store.read()
	if err == nil && all.Default != "" {
		server = setting{all.Default, store.file}
	}
	return server, err
}

// usualServer is the server that commands use without flags, empty for none.
func (a *app) usualServer() (string, error) {
	usual := *a
	usual.server, usual.local = "", false
	s, err := usual.settings()
	return s.server.value, err
}

// serverAddress brings the address of a server into the one form under which its sign-in is kept. https:// may be left out, and http:// on
// this computer. What is no address stays as it is, for the client to refuse.
func serverAddress(given string) string {
	address := given
	if !strings.Contains(address, "://") {
		address = "http://" + given
		if _, err := client.New(address, "", client.Options{}); err != nil { // not on this computer
			address = "https://" + given
		}
	}
	u, err := url.Parse(address)
	if err != nil {
		return given
	}
	u.Host = strings.ToLower(u.Host)
	if port := map[string]string{"http": ":80", "https": ":443"}[u.Scheme]; port != "" {
		u.Host = strings.TrimSuffix(u.Host, port)
	}
	return strings.TrimRight(u.String(), "/")
}

// read decodes the file, if there is one.
func (s *settings) read() error {
	meta, err := toml.DecodeFile(s.path, &s.file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return explainConfig(s.path, err)
	}
	s.exists = true
	for _, key := range meta.Undecoded() {
		s.unknown = append(s.unknown, key.String())
	}
	return nil
}

// explainConfig is the error of a file that cannot be read as TOML, with its name and line.
func explainConfig(path string, err error) error {
	if perr, ok := errors.AsType[toml.ParseError](err); ok {
		return usagef("%s, line %d: %s. Correct the line, or move the file away to go on with the defaults", path, perr.Position.Line, strings.TrimSuffix(perr.Message, "."))
	}
	return usagef("%s: %s", path, strings.TrimPrefix(err.Error(), "toml: "))
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

// shortened is a path for people: the home folder is ~.
func (a *app) shortened(path string) string {
	if rest, ok := strings.CutPrefix(path, a.env("HOME")+string(filepath.Separator)); ok && a.env("HOME") != "" {
		return "~" + string(filepath.Separator) + rest
	}
	return path
}

// dataFolder holds what must not be lost; stateFolder drafts and the log.
func (a *app) dataFolder() (string, error) {
	return a.folder("XDG_DATA_HOME", ".local/share", "LOCALAPPDATA")
}

func (a *app) stateFolder() (string, error) {
	return a.folder("XDG_STATE_HOME", ".local/state", "LOCALAPPDATA")
}
