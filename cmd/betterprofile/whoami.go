package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/printable"
)

// identity is what whoami says, of a shared server or, with only Local set, of this computer.
type identity struct {
	Server    string          `json:"server,omitempty"`
	Local     bool            `json:"local,omitempty"`
	User      *interview.User `json:"user,omitempty"`
	ExpiresAt interview.Time  `json:"expiresAt,omitzero"`
	TokenIn   string          `json:"tokenIn,omitempty"`
}

func newWhoamiCommand(a *app) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "whoami", Short: "Say which server commands use, and as whom", Args: cobra.NoArgs,
		Example: "  betterprofile whoami\n  betterprofile whoami --jq .user.email",
		RunE:    func(cmd *cobra.Command, _ []string) error { return runWhoami(cmd.Context(), a, asJSON) },
	}
	jsonFlag(a, cmd, &asJSON, `print {"server","user","expiresAt","tokenIn"}, or {"local"}`, identity{})
	return cmd
}

func runWhoami(ctx context.Context, a *app, asJSON bool) error {
	s, err := a.settings()
	if err != nil {
		return err
	}
	if s.server.value == "" {
		if asJSON {
			return a.printJSON(identity{Local: true})
		}
		return a.printf("Commands work on this computer, where nobody needs to sign in.\n")
	}
	return a.with(ctx, func(ctx context.Context, conn *connection) error {
		me, err := conn.Me(ctx)
		if err != nil {
			return err
		}
		who := identity{Server: conn.url, User: &me.User, TokenIn: conn.in.where}
		who.ExpiresAt, _ = conn.SessionEnd(ctx) // not every server tells
		if asJSON {
			return a.printJSON(who)
		}
		if err := a.printf("%s at %s\n", person(me.User), printable.Line(conn.url)); err != nil {
			return err
		}
		until := ""
		if !who.ExpiresAt.IsZero() {
			until = "The session lasts until " + who.ExpiresAt.Local().Format("2 January 2006 15:04") + ", and longer when it is used. "
		}
		return a.printf("%sThe token is in %s.\n", until, printable.Line(who.TokenIn))
	})
}
