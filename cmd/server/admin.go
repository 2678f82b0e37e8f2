package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/betterprofile/betterprofile/cmd/setup"
	"github.com/betterprofile/betterprofile/printable"
	"github.com/betterprofile/betterprofile/storage"
)

func newMigrateCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "migrate", Short: "Bring the database's schema up to date and exit", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withDB(cmd.Context(), func(ctx context.Context, db *storage.DB) error {
				have, _, err := db.SchemaVersion(ctx)
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(a.out, "The %s database is at schema version %d.\n", db.Kind(), have)
				return err
			})
		},
	}
}

// withDB runs f on the configured database, migrated.
func (a *app) withDB(ctx context.Context, f func(context.Context, *storage.DB) error) (err error) {
	config, _, err := a.load()
	if err != nil {
		return err
	}
	config.LogLevel = max(config.LogLevel, slog.LevelWarn) // the command itself says what it did
	db, err := storage.Open(ctx, storage.Options{URL: config.DatabaseURL, MaxConns: 2, Keys: config.Keys, Log: config.Logger(a.err)})
	if err != nil {
		return err
	}
	defer func() {
		if cerr := db.Close(); err == nil {
			err = cerr
		}
	}()
	return f(ctx, db)
}

func newConfigCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "config", Short: "List the settings, their values and where these came from", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, rows, problems := setup.Load(a.lookup)
			w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "SETTING\tVALUE\tFROM\tWHAT")
			for _, row := range rows {
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", row.Env, shown(row), row.Origin, row.Help)
			}
			if err := w.Flush(); err != nil {
				return err
			}
			for _, problem := range problems {
				fmt.Fprintln(a.err, "betterprofile-server:", problem)
			}
			if len(problems) > 0 {
				return errReported
			}
			return nil
		},
	}
}

// shown is a setting's value for people; a secret is only told to be there.
func shown(s setup.Setting) string {
	switch {
	case s.Secret && s.Origin != "default" && s.Origin != "":
		return "(set)"
	case s.Value == "":
		return "-"
	}
	return printable.Line(s.Value)
}

// runHealthcheck asks the server on this machine whether it is ready.
func runHealthcheck(ctx context.Context, a *app) error {
	config, _, problems := setup.Load(a.lookup)
	if len(problems) > 0 {
		return problems[0]
	}
	_, port, err := net.SplitHostPort(config.Addr)
	if err != nil {
		return err
	}
	scheme, client := "http", &http.Client{}
	if config.HTTPS() {
		// The server is on this machine, and its certificate is for other names.
		trust := &tls.Config{InsecureSkipVerify: true, ServerName: strings.Join(config.ACMEDomains[:min(1, len(config.ACMEDomains))], "")} //nolint:gosec // loopback
		scheme, client.Transport = "https", &http.Transport{TLSClientConfig: trust}
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, scheme+"://localhost:"+port+"/readyz", nil)
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("not ready: %s", response.Status)
	}
	return nil
}
