package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/printable"
)

func newLogoutCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "logout [URL]", Short: "Sign out of a server", Args: cobra.MaximumNArgs(1),
		Long: "Sign out of a server, or of the one that commands use: the session ends at the server, and its token is removed from this computer, also\n" +
			"when the server cannot be reached. Drafts stay.",
		Example: "  betterprofile logout\n  betterprofile logout https://profile.example.org",
		RunE: func(cmd *cobra.Command, args []string) error {
			server, err := a.namedServer(args)
			if err != nil {
				return err
			}
			return runLogout(cmd.Context(), a, server)
		},
	}
}

func runLogout(ctx context.Context, a *app, server string) error {
	store, err := a.credentials()
	if err != nil {
		return err
	}
	all, err := store.read()
	if err != nil {
		return err
	}
	if _, known := all.Servers[server]; !known {
		return a.printf("You are not signed in to %s.\n", printable.Line(server))
	}
	found, _, unread := store.find(server)
	ended := unread
	if ended == nil {
		ended = a.endSession(ctx, server, found.Token)
	}
	if err := ctx.Err(); err != nil {
		return err // nothing is changed
	}
	if err := store.remove(server); err != nil {
		return err
	}
	if state, err := a.stateFolder(); err == nil {
		newCache(&stateFiles{root: state}, ownerOf(server, found.UserID)).Clear() // what was read is not for whoever comes next; what waits to be sent stays
	}
	if ended != nil {
		a.warn("the session goes on at the server until it ends by itself, in a week at most. %s", shortly(ended))
	}
	if err := a.printf("Signed out of %s on this computer.\n", printable.Line(server)); err != nil || all.Default != server {
		return err
	}
	return a.sayUsual()
}

// endSession ends the session of a token at the server.
func (a *app) endSession(ctx context.Context, server, token string) error {
	c, err := a.clientFor(server, token)
	if err != nil {
		return err
	}
	return c.SignOut(ctx)
}

// shortly is a failure in the words that are for people.
func shortly(err error) string {
	if e, ok := errors.AsType[*interview.Error](err); ok {
		return e.Message
	}
	return err.Error()
}
