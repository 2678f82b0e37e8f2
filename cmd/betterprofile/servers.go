package main

import (
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/printable"
)

// knownServer is a server in the list.
type knownServer struct {
	Server  string `json:"server"`
	Name    string `json:"name"`
	Email   string `json:"email"`
	Default bool   `json:"default"`
}

func newServersCommand(a *app) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "servers", Short: "List the servers you are signed in to", Args: cobra.NoArgs,
		Long:    "List the servers you are signed in to. The default is the one that commands use unless --server, BETTERPROFILE_SERVER, the configuration or\n--local says otherwise.",
		Example: "  betterprofile servers\n  betterprofile servers default local\n  betterprofile servers --json server,default",
		RunE:    func(*cobra.Command, []string) error { return runServers(a, asJSON) },
	}
	jsonFlag(a, cmd, &asJSON, "print a JSON array", knownServer{})
	cmd.AddCommand(&cobra.Command{
		Use: "default URL|local", Short: "Choose the server that commands use", Args: cobra.ExactArgs(1),
		Example: "  betterprofile servers default https://profile.example.org\n  betterprofile servers default local",
		RunE:    func(_ *cobra.Command, args []string) error { return runServersDefault(a, args[0]) },
	})
	return cmd
}

func runServers(a *app, asJSON bool) error {
	store, err := a.credentials()
	if err != nil {
		return err
	}
	all, err := store.read()
	if err != nil {
		return err
	}
	list, rows := []knownServer{}, [][]string{}
	for _, server := range slices.Sorted(maps.Keys(all.Servers)) {
		c := all.Servers[server]
		list = append(list, knownServer{server, c.Name, c.Email, server == all.Default})
		mark := ""
		if server == all.Default {
			mark = "default"
		}
		rows = append(rows, []string{printable.Line(server), person(interview.User{Name: c.Name, Email: c.Email}), mark})
	}
	if asJSON {
		return a.printJSON(list)
	}
	return a.table([]string{"SERVER", "SIGNED IN AS", ""}, rows)
}

func runServersDefault(a *app, server string) error {
	store, err := a.credentials()
	if err != nil {
		return err
	}
	if server == "local" {
		server = ""
	} else {
		server = serverAddress(server)
	}
	if err := store.setDefault(server); err != nil {
		return err
	}
	return a.sayUsual()
}

// sayUsual says where commands work after the default has changed; the environment and the configuration go before it.
func (a *app) sayUsual() error {
	usual, err := a.usualServer()
	if err != nil {
		return err
	}
	if usual == "" {
		return a.printf("Commands work on this computer now.\n")
	}
	return a.printf("Commands use %s now.\n", printable.Line(usual))
}
