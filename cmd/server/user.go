package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/betterprofile/betterprofile/api/betterauth"
	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/printable"
	"github.com/betterprofile/betterprofile/storage"
)

// tokenLife is how long a token made by an administrator signs in, unless told otherwise: long, because it is for who has no other way.
const tokenLife = 365 * 24 * time.Hour

func newUserCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use: "user", Short: "Manage users",
		Long: "Manage users. They are in the database that DATABASE_URL names, which a web platform with Better Auth may share. USER is an id or an\n" +
			"e-mail address.",
	}
	cmd.AddCommand(newUserCreateCommand(a), newUserListCommand(a), newUserTokenCommand(a), newUserRevokeCommand(a), newUserBanCommand(a), newUserUnbanCommand(a),
		newUserDeleteCommand(a))
	return cmd
}

type userCreateOptions struct {
	name, email    string
	password, json bool
}

func newUserCreateCommand(a *app) *cobra.Command {
	var opts userCreateOptions
	cmd := &cobra.Command{
		Use: "create NAME", Short: "Create a user and print a token to sign in with", Args: cobra.ExactArgs(1),
		Example: `  betterprofile-server user create "Ada Lovelace"
  betterprofile-server user create ada --email ada@example.org --json
  betterprofile-server user create ada --email ada@example.org --password
  betterprofile-server user create ada --email ada@example.org --password <password.txt`,
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.name = args[0]
			return a.withDB(cmd.Context(), func(ctx context.Context, db *storage.DB) error { return runUserCreate(ctx, a, db, opts) })
		},
	}
	cmd.Flags().StringVar(&opts.email, "email", "", "e-mail address (default: a made-up one that gets no mail)")
	cmd.Flags().BoolVar(&opts.password, "password", false, "ask for a password, or read it from the first line of the standard input")
	cmd.Flags().BoolVar(&opts.json, "json", false, `print {"id","token"}`)
	return cmd
}

func runUserCreate(ctx context.Context, a *app, db *storage.DB, opts userCreateOptions) error {
	account := interview.NewAccount{Name: opts.name, Email: opts.email}
	if account.Email == "" {
		account.Email = strings.ToLower(rand.Text()) + "@users.invalid" // a name that never resolves: RFC 2606 §2
	}
	if opts.password {
		password, err := a.newPassword()
		if err != nil {
			return err
		}
		if err := betterauth.CheckPassword(password); err != nil {
			return err
		}
		account.PasswordHash = betterauth.Hash(password)
	}
	user, err := db.CreateAccount(ctx, account)
	if err != nil {
		return err
	}
	a.audit(auditCreated, user.ID)
	return a.printToken(ctx, db, user.User, tokenLife, opts.json)
}

// printToken signs the user in and prints the token.
func (a *app) printToken(ctx context.Context, db *storage.DB, user interview.User, life time.Duration, asJSON bool) error {
	session, err := db.StartSession(ctx, interview.NewSignIn{UserID: user.ID, For: life, UserAgent: "betterprofile-server"})
	if err != nil {
		return err
	}
	a.audit(auditToken, user.ID)
	if asJSON {
		return json.NewEncoder(a.out).Encode(map[string]string{"id": user.ID, "token": session.Token})
	}
	_, err = fmt.Fprintf(a.out, "User:  %s (%s)\nToken: %s\n\nThe token is shown only here. It signs in until %s:\n  betterprofile login URL --with-token\n",
		printable.Line(user.Name), user.ID, session.Token, session.ExpiresAt.Format(time.DateOnly))
	return err
}

func newUserListCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the users, and which of them are banned", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withDB(cmd.Context(), func(ctx context.Context, db *storage.DB) error { return runUserList(ctx, a, db) })
		},
	}
}

func runUserList(ctx context.Context, a *app, db *storage.DB) error {
	users, err := db.ListUsers(ctx)
	if err != nil {
		return err
	}
	bans, err := db.Bans(ctx)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	for _, u := range users {
		status := "-"
		if ban, banned := bans[u.ID]; banned {
			status = "banned" + until(ban.Until)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", u.ID, printable.Line(u.Name), printable.Line(u.Email), u.CreatedAt.Format(time.DateOnly), status)
	}
	return w.Flush()
}

// until says when a ban ends, if it does.
func until(end *interview.Time) string {
	if end == nil {
		return ""
	}
	return " until " + end.Format(time.RFC3339)
}

// newUserActionCommand is a command that does something with one user.
func newUserActionCommand(a *app, use, short string, run func(context.Context, *storage.DB, interview.User) error) *cobra.Command {
	return &cobra.Command{
		Use: use + " USER", Short: short, Args: cobra.ExactArgs(1),
		Example: "  betterprofile-server user " + use + " ada@example.org",
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withDB(cmd.Context(), func(ctx context.Context, db *storage.DB) error {
				user, err := db.GetUser(ctx, args[0])
				if err != nil {
					return err
				}
				return run(ctx, db, user)
			})
		},
	}
}

func newUserTokenCommand(a *app) *cobra.Command {
	var asJSON bool
	var life time.Duration
	cmd := newUserActionCommand(a, "token", "Sign a user in and print the new token", func(ctx context.Context, db *storage.DB, user interview.User) error {
		if life <= 0 {
			return interview.Invalid("for", "--for must be longer than nothing, such as 720h.")
		}
		return a.printToken(ctx, db, user, life, asJSON)
	})
	cmd.Example += "\n  betterprofile-server user token ada@example.org --for 24h --json"
	cmd.Flags().DurationVar(&life, "for", tokenLife, "how long the token signs in")
	cmd.Flags().BoolVar(&asJSON, "json", false, `print {"id","token"}`)
	return cmd
}

func newUserRevokeCommand(a *app) *cobra.Command {
	return newUserActionCommand(a, "revoke-tokens", "Sign a user out everywhere", func(ctx context.Context, db *storage.DB, user interview.User) error {
		n, err := db.EndSessions(ctx, user.ID, "")
		if err != nil {
			return err
		}
		a.audit(auditRevoked, user.ID)
		_, err = fmt.Fprintf(a.out, "%d sessions of %s were ended.\n", n, printable.Line(user.Email))
		return err
	})
}

func newUserBanCommand(a *app) *cobra.Command {
	var reason string
	var life time.Duration
	cmd := newUserActionCommand(a, "ban", "Sign a user out everywhere and keep them out", func(ctx context.Context, db *storage.DB, user interview.User) error {
		var end *interview.Time
		if life < 0 {
			return interview.Invalid("for", "--for must be longer than nothing, such as 720h.")
		}
		if life > 0 {
			t := interview.At(time.Now().Add(life))
			end = &t
		}
		if err := db.BanUser(ctx, user.ID, reason, end); err != nil {
			return err
		}
		a.audit(auditBanned, user.ID)
		_, err := fmt.Fprintf(a.out, "%s is banned%s.\n", printable.Line(user.Email), until(end))
		return err
	})
	cmd.Example += "\n  betterprofile-server user ban ada@example.org --for 72h --reason \"too many sign-ins\""
	cmd.Flags().DurationVar(&life, "for", 0, "how long (default: until they are unbanned)")
	cmd.Flags().StringVar(&reason, "reason", "", "why, for other administrators")
	return cmd
}

func newUserUnbanCommand(a *app) *cobra.Command {
	return newUserActionCommand(a, "unban", "Let a banned user in again", func(ctx context.Context, db *storage.DB, user interview.User) error {
		if err := db.UnbanUser(ctx, user.ID); err != nil {
			return err
		}
		a.audit(auditUnbanned, user.ID)
		_, err := fmt.Fprintf(a.out, "%s may sign in.\n", printable.Line(user.Email))
		return err
	})
}

func newUserDeleteCommand(a *app) *cobra.Command {
	var yes bool
	cmd := newUserActionCommand(a, "delete", "Erase a user, with all conversations and whatever else is known of them", func(ctx context.Context, db *storage.DB, user interview.User) error {
		who := fmt.Sprintf("%s (%s, %s)", printable.Line(user.Name), printable.Line(user.Email), user.ID)
		if !yes {
			if err := a.confirm("Erase " + who + " with all conversations, for good?"); err != nil {
				return err
			}
		}
		if err := db.EraseUser(ctx, user.ID); err != nil {
			return err
		}
		a.audit(auditErased, user.ID)
		_, err := fmt.Fprintf(a.out, "%s was erased.\n", who)
		return err
	})
	cmd.Long = cmd.Short + ". It cannot be undone; sessions end within seconds."
	cmd.Example += "\n  betterprofile-server user delete ada@example.org --yes"
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}
