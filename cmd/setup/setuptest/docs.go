// Package setuptest holds what the tests of the two programs share.
package setuptest

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// CommandDocs holds the Markdown pages in docs/cli and the man pages in docs/man against the commands they are made from, or with update
// writes them. Docs is the path of the folder docs.
func CommandDocs(t *testing.T, root *cobra.Command, docs string, update bool) {
	t.Helper()
	want := map[string][]byte{}
	walk(root, func(cmd *cobra.Command) {
		cmd.DisableAutoGenTag = true
		var page, man bytes.Buffer
		if err := doc.GenMarkdown(cmd, &page); err != nil {
			t.Fatal(err)
		}
		date := time.Date(2026, time.November, 23, 0, 0, 0, 0, time.UTC)
		header := doc.GenManHeader{
			Title: strings.ToUpper(strings.ReplaceAll(cmd.CommandPath(), " ", "-")), Section: "1", Source: "Better Profile", Manual: "Better Profile",
			Date: &date,
		}
		if err := doc.GenMan(cmd, &header, &man); err != nil {
			t.Fatal(err)
		}
		want["cli/"+strings.ReplaceAll(cmd.CommandPath(), " ", "_")+".md"] = page.Bytes()
		want["man/"+strings.ReplaceAll(cmd.CommandPath(), " ", "-")+".1"] = man.Bytes()
	})
	compare(t, docs, want, update)
}

// walk visits the commands that help shows; one page is enough for completion, whose sub-commands differ only in the shell's name.
func walk(cmd *cobra.Command, visit func(*cobra.Command)) {
	visit(cmd)
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() && cmd.Name() != "completion" {
			walk(sub, visit)
		}
	}
}

func compare(t *testing.T, docs string, want map[string][]byte, update bool) {
	t.Helper()
	for name, text := range want {
		path := filepath.Join(docs, name)
		if update {
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, text, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(path)
		if diff := cmp.Diff(string(got), string(text)); err != nil || diff != "" {
			t.Errorf("docs/%s does not tell the truth, run make docs: %v %s", name, err, diff)
		}
	}
}
