package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/betterprofile/betterprofile/printable"
)

func newAccountCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{Use: "account", Short: "Manage your account", Example: "  betterprofile account delete"}
	cmd.AddCommand(newAccountDeleteCommand(a))
	return cmd
}

func newAccountDeleteCommand(a *app) *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use: "delete", Short: "Erase your account, with all conversations and whatever else is known of you", Args: cobra.NoArgs,
		Long: "Erase your account at the server, with all conversations and whatever else is known of you, for good; in local mode all that is kept here.\n" +
			"Files that backup or export wrote keep what is in them.",
		Example: "  betterprofile backup before.ndjson\n  betterprofile account delete",
		RunE:    func(cmd *cobra.Command, _ []string) error { return runAccountDelete(cmd.Context(), a, yes) },
	}
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	return cmd
}

func runAccountDelete(ctx context.Context, a *app, yes bool) error {
	if !yes && !terminal(a.in) {
		return usagef("erasing needs --yes when there is nobody to ask")
	}
	return a.with(ctx, func(ctx context.Context, conn *connection) error {
		me, err := conn.Me(ctx)
		if err != nil {
			return err
		}
		who := "all that is kept on this computer"
		if conn.local == nil {
			who = "the account of " + printable.Line(me.User.Email) + " at " + printable.Line(conn.url)
		}
		if !yes && !a.confirm("Erase %s, for good?", who) {
			return errAborted
		}
		if err := conn.EraseUser(ctx); err != nil {
			return err
		}
		if err := a.forgetSignIn(conn); err != nil {
			return err
		}
		return a.printf("Erased %s.\n", who)
	})
}

// forgetSignIn removes a sign-in that is no longer worth anything.
func (a *app) forgetSignIn(conn *connection) error {
	if !conn.in.stored {
		return nil
	}
	store, err := a.credentials()
	if err != nil {
		return err
	}
	return store.remove(conn.url)
}
