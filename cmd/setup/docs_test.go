package setup_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/betterprofile/betterprofile/cmd/setup"
)

var update = flag.Bool("update", false, "rewrite the documentation")

func TestDocs_ConfigurationPageListsEverySetting(t *testing.T) {
	t.Parallel()
	const path = "../../docs/configuration.md"
	want := configurationPage()
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil { //nolint:gosec // documentation is for everybody
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s does not tell the truth: run make docs", path)
	}
}

func configurationPage() string {
	var b strings.Builder
	b.WriteString(`# Configuration

<!-- Made by make docs from cmd/setup/config.go and by hand above the table; do not edit the table here. -->

## The client

Flags come before the environment, the environment before the configuration file, the file before the defaults. The file is
` + "`~/.config/betterprofile/config.toml`" + ` (or under XDG_CONFIG_HOME, or where ` + "`--config`" + ` or BETTERPROFILE_CONFIG points); every key may be left out:

` + "```toml" + `
server = "https://profile.example.org"   # without it, the program works locally
engine = "auto"                          # auto, openai or builtin; the rest is for local mode too
model = "gpt-4o-mini"
base_url = "http://127.0.0.1:11434/v1"
mouse = false                            # leave the mouse to the terminal; and [keys], see keys.md
` + "```" + `

| variable | what |
| --- | --- |
| BETTERPROFILE_SERVER | the server's URL, as --server |
| BETTERPROFILE_TOKEN, BETTERPROFILE_TOKEN_FILE | the token for it, as --token |
| BETTERPROFILE_CONFIG | the configuration file, as --config |
| XDG_DATA_HOME, XDG_CONFIG_HOME, XDG_STATE_HOME | where conversations, the configuration, and drafts and the log are kept |
| NO_COLOR | no colours |

In local mode the server's settings about engine, model and endpoint hold as well; those about the database and the network do not.

## The server

Settings come from the environment alone. A secret can be given in a file instead: its variable with _FILE at the end names it. A duration is
written 1m30s, or as a number of seconds. Bad values stop the start with one line each. ` + "`betterprofile-server config`" + ` lists what holds and where it came from.

How often the garbage collector runs is the server's own business ([scaling.md](scaling.md)), unless Go's variables GOGC or GOMEMLIMIT say it.

| variable | default | value | what |
| --- | --- | --- | --- |
`)
	for _, s := range setup.Settings() {
		value := s.Kind
		if s.Secret {
			value += "; secret"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", s.Env, s.Default, value, s.Help)
	}
	return b.String()
}
