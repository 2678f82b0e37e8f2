// Command betterprofile-server is the Better Profile server: conversations, turns and the interviewer behind an HTTP API, on PostgreSQL
// or SQLite. Any number of them share one database.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/betterprofile/betterprofile/cmd/setup"
	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/printable"
)

// version is set by the build.
var version = "dev"

func main() {
	a := &app{in: os.Stdin, out: os.Stdout, err: os.Stderr, lookup: os.LookupEnv}
	os.Exit(a.run(context.Background(), os.Args[1:]))
}

// app is what a command may touch.
type app struct {
	in       io.Reader
	out, err io.Writer
	lookup   func(string) (string, bool)
}

// run executes the command line and returns the exit status.
func (a *app) run(ctx context.Context, args []string) int {
	root := newRootCommand(a)
	root.SetArgs(args)
	root.SetOut(a.out)
	root.SetErr(a.err)
	err := root.ExecuteContext(ctx)
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errReported):
		return 1
	}
	fmt.Fprintln(a.err, "betterprofile-server: "+printable.Line(message(err)))
	if e, ok := errors.AsType[*interview.Error](err); ok {
		return e.Code.ExitStatus()
	}
	return 1
}

// errReported ends a command that has said what was wrong.
var errReported = errors.New("reported")

// message is the one line of an error for people.
func message(err error) string {
	if e, ok := errors.AsType[*interview.Error](err); ok {
		return e.Message
	}
	return err.Error()
}

func newRootCommand(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:   "betterprofile-server",
		Short: "The Better Profile server",
		Long: "The Better Profile server keeps conversations in PostgreSQL or SQLite and interviews people over HTTP.\n" +
			"Without a command it serves. Settings come from the environment; `betterprofile-server config` lists them.",
		Args:              cobra.NoArgs,
		SilenceUsage:      true,
		SilenceErrors:     true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
		RunE:              func(cmd *cobra.Command, _ []string) error { return runServe(cmd.Context(), a) },
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return interview.Invalid("flag", "%s.", err) })
	root.AddCommand(newServeCommand(a), newMigrateCommand(a), newUserCommand(a), newKeysCommand(a), newConfigCommand(a), newHealthcheckCommand(a),
		newVersionCommand(a), newHashCommand(a))
	return root
}

func newVersionCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(a.out, "betterprofile-server", buildVersion())
			return err
		},
	}
}

// buildVersion is the version set by the release build, else what the Go toolchain knows.
func buildVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok && version == "dev" && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return version
}

// load reads the settings; each problem is printed as one line.
func (a *app) load() (setup.Config, []setup.Setting, error) {
	config, rows, problems := setup.Load(a.lookup)
	if config.DatabaseURL == "" && len(problems) == 0 {
		problems = append(problems, errors.New("DATABASE_URL is not set: give it a PostgreSQL URL (postgres://user:password@host/name) or sqlite:PATH"))
	}
	for _, problem := range problems {
		fmt.Fprintln(a.err, "betterprofile-server: "+printable.Line(problem.Error()))
	}
	if len(problems) > 0 {
		return config, rows, errReported
	}
	return config, rows, nil
}
