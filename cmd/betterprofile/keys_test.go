package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/betterprofile/betterprofile/tui"
)

const aboutKeys = `# Keys

<!-- Made by make docs from tui/keys.go; do not edit. -->

The screen has these keys. Ctrl+P lists by name all that can be done, with its key; F1 shows the keys. The table ` + "`[keys]`" + ` of the configuration file
gives actions other keys, a text for one or a list for several, an empty list for none:

` + "```toml" + `
[keys]
search = "ctrl+t"
palette = ["ctrl+p", "f9"]
suspend = []
` + "```" + `

Keys are written as letters (` + "`r`, `G`" + `), names (` + "`enter tab esc space backspace delete insert up down left right home end pgup pgdn f1`" + ` to ` + "`f63`" + `), and with
` + "`ctrl+`, `alt+` or `shift+`" + ` before them. What a key did before, it no longer does once it is given to another action. ` + "`mouse = false`" + `, outside the
table, leaves the mouse to the terminal.

| action | keys | what |
| --- | --- | --- |
`

func TestDocs_KeysAreListed(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString(aboutKeys)
	for _, n := range tui.KeyNames() {
		does, _, _ := strings.Cut(n.Does, " (also")
		fmt.Fprintf(&b, "| %s | %s | %s |\n", n.Name, strings.Join(n.Keys, ", "), does)
	}
	const path = "../../docs/keys.md"
	if *update {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != b.String() {
		t.Errorf("%s is not what it should be (%v): run make docs", path, err)
	}
}

func TestKeys_ExampleOfTheDocsHolds(t *testing.T) {
	t.Parallel()
	if err := tui.CheckKeys(map[string][]string{"search": {"ctrl+t"}, "palette": {"ctrl+p", "f9"}, "suspend": {}, "redraw": {"pgdn"}}); err != nil {
		t.Error(err)
	}
}
