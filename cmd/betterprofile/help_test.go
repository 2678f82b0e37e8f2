package main

import (
	"io"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

func TestHelp_HasExamplesThatNameTheCommand(t *testing.T) {
	t.Parallel()
	var look func(cmd *cobra.Command)
	look = func(cmd *cobra.Command) {
		for _, sub := range cmd.Commands() {
			look(sub)
		}
		if !cmd.IsAvailableCommand() || strings.Contains(cmd.CommandPath(), " completion") || cmd.Name() == "help" {
			return
		}
		if !strings.Contains(cmd.Example, cmd.CommandPath()) && !strings.Contains(cmd.Example, cmd.Root().Name()+" "+cmd.Name()) { // coverage is in two places
			t.Errorf("%s: no example of it in %q", cmd.CommandPath(), cmd.Example)
		}
	}
	look(newRootCommand(&app{in: strings.NewReader(""), out: io.Discard, err: io.Discard}))
}

func TestHelp_EveryFlagOfAnExampleIsKnown(t *testing.T) {
	t.Parallel()
	var look func(root, cmd *cobra.Command)
	look = func(root, cmd *cobra.Command) {
		for _, sub := range cmd.Commands() {
			look(root, sub)
		}
		for _, word := range strings.Fields(cmd.Example) {
			name, isFlag := strings.CutPrefix(word, "--")
			foreign := strings.Contains(cmd.Example, "git log "+word) || strings.Contains(cmd.Example, "gpg "+word) || word == "--recipient" || word == "--oneline"
			known := cmd.HasSubCommands() && cmd.Name() != "servers" || cmd.Flags().Lookup(name) != nil || cmd.InheritedFlags().Lookup(name) != nil
			if isFlag && !foreign && !known {
				t.Errorf("%s: an example has %s", cmd.CommandPath(), word)
			}
		}
	}
	root := newRootCommand(&app{})
	look(root, root)
}
