package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/betterprofile/betterprofile/client"
	"github.com/betterprofile/betterprofile/tui"
)

// configKeys are the keys of the configuration file, but for those of [keys].
func configKeys() []string {
	return []string{"server", "engine", "model", "base_url", "theme", "high_contrast", "mouse"}
}

func engines() []string { return []string{"auto", "openai", "builtin"} }
func themes() []string  { return []string{"auto", string(tui.ThemeDark), string(tui.ThemeLight)} }

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// configTemplate is what an editor shows when there is no file yet.
func configTemplate() string {
	return "# The configuration of betterprofile. Take the # off a line to set its value.\n" +
		"# server = \"https://profile.example.org\"\n# engine = \"auto\"          # auto, openai, builtin\n# model = \"" + defaultModel() + "\"\n" +
		"# base_url = \"http://127.0.0.1:11434/v1\"\n# theme = \"auto\"           # auto, dark, light\n# high_contrast = false\n# mouse = true\n"
}

// checkConfigKey refuses a key that means nothing, and names the one that may be meant.
func checkConfigKey(key string) error {
	if action, isAction := strings.CutPrefix(key, "keys."); isAction {
		if err := tui.CheckKeys(map[string][]string{action: {"f63"}}); err != nil {
			return usagef("%s: %v", key, err)
		}
		return nil
	}
	if slices.Contains(configKeys(), key) {
		return nil
	}
	meant := didYouMean(key)
	if meant == "" {
		meant = "."
	}
	return usagef("there is no key %q%s The keys are %s and keys.ACTION", key, meant, strings.Join(configKeys(), ", "))
}

// didYouMean asks whether the key nearest to an unknown one was meant; it is empty when none is near.
func didYouMean(key string) string {
	near := tui.Nearest(strings.ToLower(strings.ReplaceAll(key, "-", "_")), configKeys())
	if near == "" {
		return ""
	}
	return "; did you mean " + near + "?"
}

// readConfig returns the text of the file, empty when there is none.
func readConfig(path string) (string, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return string(b), err
}

// writeConfig writes the file whole or not at all. Behind a link, it is what the link leads to.
func writeConfig(path, text string) error {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	return writePrivate(path, []byte(text))
}

// checkConfig says what is wrong with a text as the configuration file, and which of its keys are unknown.
func checkConfig(path, text string) (unknown []string, err error) {
	s := settings{path: path}
	meta, err := toml.Decode(text, &s.file)
	if err != nil {
		return nil, explainConfig(path, err)
	}
	for _, key := range meta.Undecoded() {
		unknown = append(unknown, key.String())
	}
	if _, err := s.keys(); err != nil {
		return nil, err
	}
	f := s.file
	for _, v := range []struct {
		key, value string
		known      []string
	}{{"engine", f.Engine, engines()}, {"theme", f.Theme, themes()}} {
		if v.value != "" && !slices.Contains(v.known, v.value) {
			return nil, usagef("%s is %q; it is one of %s", v.key, v.value, strings.Join(v.known, ", "))
		}
	}
	if u, err := url.Parse(f.BaseURL); f.BaseURL != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
		return nil, usagef("base_url must be an address such as http://127.0.0.1:11434/v1")
	}
	if f.Server != "" {
		if _, err := client.New(serverAddress(f.Server), "", client.Options{Insecure: true}); err != nil {
			return nil, usagef("server must be an address such as https://profile.example.org")
		}
	}
	return unknown, nil
}

// changeConfig returns the text with one value changed, or taken out when literal is empty, and all else as it stands.
func changeConfig(text, key, literal string) (string, error) {
	changed := changeLine(text, key, literal)
	want, got := map[string]any{}, map[string]any{}
	if _, err := toml.Decode(text, &want); err != nil {
		return "", err
	}
	if err := setValue(want, key, literal); err != nil {
		return "", err
	}
	_, err := toml.Decode(changed, &got)
	if err != nil || !reflect.DeepEqual(got, want) { // such as a value of several lines
		return "", fmt.Errorf("%s stands there in a way that only an editor can change: betterprofile config edit", key)
	}
	return changed, nil
}

// setValue does to decoded TOML what changeLine does to its text.
func setValue(values map[string]any, key, literal string) error {
	table, name := splitKey(key)
	if table != "" {
		inner, _ := values[table].(map[string]any)
		if inner == nil && literal == "" {
			return nil
		}
		if inner == nil {
			inner = map[string]any{}
			values[table] = inner
		}
		values = inner
	}
	if literal == "" {
		delete(values, name)
		return nil
	}
	var decoded map[string]any
	_, err := toml.Decode("v = "+literal, &decoded)
	values[name] = decoded["v"]
	return err
}

func splitKey(key string) (table, name string) {
	if table, name, ok := strings.Cut(key, "."); ok {
		return table, name
	}
	return "", key
}

// changeLine changes, adds or takes out the line of a key.
func changeLine(text, key, literal string) string {
	table, name := splitKey(key)
	header := regexp.MustCompile(`^\s*\[\s*([^\[\]]+?)\s*\]`)
	own := regexp.MustCompile(`^\s*"?` + regexp.QuoteMeta(name) + `"?\s*=`)
	var lines []string
	if text != "" {
		lines = strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	}
	at, end, tables, current := -1, -1, 0, ""
	for i, line := range lines {
		found := header.FindStringSubmatch(line)
		if found != nil {
			current = found[1]
			tables++
		}
		if current == table && own.MatchString(line) {
			at = i
		}
		if bare := strings.TrimSpace(line); current == table && bare != "" && bare[0] != '#' {
			end = i + 1 // after the last line of the table that says something
		}
	}
	if end < 0 && table == "" {
		end = len(lines)
		if tables > 0 {
			end = 0
		}
	}
	line := name + " = " + literal
	switch {
	case literal == "" && at < 0:
		return text
	case literal == "":
		lines = slices.Delete(lines, at, at+1)
	case at >= 0:
		lines[at] = line + lineComment(lines[at])
	case end >= 0:
		lines = slices.Insert(lines, end, line)
	default:
		lines = append(lines, "["+table+"]", line)
	}
	if len(lines) == 0 {
		return ""
	}
	return strings.Join(lines, "\n") + "\n"
}

// lineComment is the comment at the end of a line, with the blanks before it. A # within a text begins none: what is before one that does is whole TOML.
func lineComment(line string) string {
	for i := range len(line) {
		if line[i] != '#' {
			continue
		}
		var values map[string]any
		if _, err := toml.Decode(line[:i], &values); err == nil {
			return line[len(strings.TrimRight(line[:i], " \t")):]
		}
	}
	return ""
}
