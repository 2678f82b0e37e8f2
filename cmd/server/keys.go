package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/storage"
)

func newKeysCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use: "keys", Short: "Manage the encryption of stored text",
		Long: `Manage the encryption of stored text.

Text is sealed with the first key of BETTERPROFILE_ENCRYPTION_KEYS and opens with any of them. To encrypt a database that holds plain text, give
all servers a key, then run "keys seal". To change keys, give all servers the new key behind the old one, restart them, then put it in front,
restart them, run "keys rotate", and take the old key away. Servers go on serving all the while.`,
	}
	cmd.AddCommand(newKeysNewCommand(a), newKeysRotateCommand(a), newKeysSealCommand(a), newKeysStatusCommand(a))
	return cmd
}

func newKeysNewCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "new ID", Short: "Make a key and print it as BETTERPROFILE_ENCRYPTION_KEYS takes it", Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			key, err := storage.NewKey(args[0])
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(a.out, key)
			return err
		},
	}
}

func newKeysRotateCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "rotate", Short: "Seal all stored text with the first key", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withDB(cmd.Context(), func(ctx context.Context, db *storage.DB) error { return runReseal(ctx, a, db) })
		},
	}
}

func newKeysSealCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "seal", Short: "Seal all stored text, and refuse plain text from then on", Args: cobra.NoArgs,
		Long: "Seal all stored text with the first key. From the next start of each server, plain text in the database is an error, so that a\n" +
			"writer in the database cannot put plain text in the place of sealed text. Other programs that write to the database, such as a web\n" +
			"platform, must then have the key or go through the API.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withDB(cmd.Context(), func(ctx context.Context, db *storage.DB) error { return runSeal(ctx, a, db) })
		},
	}
}

func newKeysStatusCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "status", Short: "Say how much of the stored text is sealed", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withDB(cmd.Context(), func(ctx context.Context, db *storage.DB) error {
				seals, err := db.Seals(ctx)
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(a.out, "sealed with the first key\t%d\nsealed with another key\t%d\nplain\t%d\nplain is refused\t%t\n",
					seals.Sealed, seals.Older, seals.Plain, seals.Required)
				return err
			})
		},
	}
}

// runReseal seals everything with the first key and says how it goes.
func runReseal(ctx context.Context, a *app, db *storage.DB) error {
	said := 0
	n, err := db.Reseal(ctx, func(done int) {
		if done-said >= 10_000 {
			said = done
			fmt.Fprintf(a.err, "%d texts sealed so far\n", done)
		}
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.out, "%d texts were sealed with the first key; the others already were.\n", n)
	return err
}

// runSeal seals everything until nothing plain is left, then says so in the database.
func runSeal(ctx context.Context, a *app, db *storage.DB) error {
	if err := runReseal(ctx, a, db); err != nil {
		return err
	}
	seals, err := db.Seals(ctx)
	if err != nil {
		return err
	}
	if seals.Plain > 0 {
		return interview.Errorf(interview.CodeConflict,
			"%d plain texts were written meanwhile: give all programs that write to the database the key, then run this again.", seals.Plain)
	}
	return db.RequireSealed(ctx)
}
