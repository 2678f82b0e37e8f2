package main

import (
	"flag"
	"testing"

	"github.com/betterprofile/betterprofile/cmd/setup/setuptest"
)

var update = flag.Bool("update", false, "rewrite the documentation made from the commands")

func TestDocs_PagesAreMadeFromTheCommands(t *testing.T) {
	t.Parallel()
	setuptest.CommandDocs(t, newRootCommand(&app{}), "../../docs", *update)
}
