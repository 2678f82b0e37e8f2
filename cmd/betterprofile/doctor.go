package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/printable"
)

// finding is what doctor says about one thing.
type finding struct {
	What string `json:"what"`
	OK   bool   `json:"ok"`
	Says string `json:"says"`
	Fix  string `json:"fix,omitempty"`
}

func newDoctorCommand(a *app) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "doctor", Short: "Check the configuration, the database, the server and the engine", Args: cobra.NoArgs,
		Long: "Check the configuration, the database, the server and what replies, and say how to mend what is broken. Nothing is changed.\n" +
			"The exit status is 1 when something is broken.",
		Example: "  betterprofile doctor\n  betterprofile doctor --jq '.[] | select(.ok | not) | .fix'",
		RunE:    func(cmd *cobra.Command, _ []string) error { return runDoctor(cmd.Context(), a, asJSON) },
	}
	jsonFlag(a, cmd, &asJSON, "print a JSON array", finding{})
	return cmd
}

func runDoctor(ctx context.Context, a *app, asJSON bool) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	findings := examine(ctx, a)
	healthy := true
	for _, f := range findings {
		healthy = healthy && f.OK
	}
	if asJSON {
		if err := a.printJSON(findings); err != nil {
			return err
		}
	} else if err := printFindings(a, findings); err != nil {
		return err
	}
	if !healthy {
		return errReported
	}
	return nil
}

func printFindings(a *app, findings []finding) error {
	for _, f := range findings {
		mark := "ok  "
		if !f.OK {
			mark = "FAIL"
		}
		if err := a.printf("%s  %-9s %s\n", mark, f.What, printable.Line(f.Says)); err != nil {
			return err
		}
		if f.Fix != "" {
			if err := a.printf("                fix: %s\n", printable.Line(f.Fix)); err != nil {
				return err
			}
		}
	}
	return nil
}

// examine looks at everything in the order in which it depends on each other.
func examine(ctx context.Context, a *app) []finding {
	s, err := a.settings()
	if err != nil {
		return []finding{{What: "config", Says: err.Error(), Fix: "Correct the file, or move it away to go on with the defaults."}}
	}
	config := finding{What: "config", OK: true, Says: s.path}
	if !s.exists {
		config.Says = "none at " + s.path + "; the defaults hold"
	}
	if len(s.unknown) > 0 {
		config.OK, config.Says = false, fmt.Sprintf("%s has unknown keys: %q", s.path, s.unknown)
		config.Fix = "Remove them, or correct their spelling: " + strings.Join(configKeys(), ", ") + " and [keys] are known. 'betterprofile config edit' opens the file."
	}
	if _, err := s.keys(); err != nil {
		config.OK, config.Says = false, err.Error()
		config.Fix = "Correct it; docs/keys.md lists the actions."
	}
	if s.server.value != "" {
		return append([]finding{config}, examineRemote(ctx, a, s)...)
	}
	return append([]finding{config}, examineLocal(ctx, a, s)...)
}

// examineLocal checks local mode: the file, the server in this process, what replies.
func examineLocal(ctx context.Context, a *app, s settings) []finding {
	path, sealed, err := checkLocalDatabase(ctx, a, s)
	database := check("database", path, err, "Free space, correct the permissions, or set XDG_DATA_HOME to a folder that can be written.")
	engineSays, err := checkLocalEngine(ctx, a, s)
	engine := check("engine", engineSays, err, "Correct OPENAI_API_KEY, OPENAI_BASE_URL or BETTERPROFILE_MODEL, or set BETTERPROFILE_ENGINE=builtin.")
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err == nil {
		err = listener.Close()
	}
	server := check("server", "local: runs in this process, on loopback", err, "Let programs listen on 127.0.0.1, or use a shared server with --server.")
	findings := []finding{database}
	if sealed != "" {
		findings = append(findings, finding{What: "privacy", OK: true, Says: sealed})
	}
	return append(findings, server, engine)
}

// examineRemote checks a shared server as its client sees it.
func examineRemote(ctx context.Context, a *app, s settings) []finding {
	from := " (from " + s.server.origin + ")"
	in, signInErr := a.signIn(s.server.value)
	c, err := a.client(s.server.value, in)
	if err == nil {
		err = c.Ready(ctx)
	}
	server := check("server", s.server.value+from, err, "Check the address and that the server runs; without --server the program works locally.")
	if err != nil {
		return []finding{server}
	}
	me, err := c.Me(ctx)
	if signInErr != nil {
		err = signInErr
	}
	session := check("session", "signed in as "+me.User.Name+"; the token is in "+in.where, err, a.hintFor(s.server.value, in))
	if err != nil {
		return []finding{server, session}
	}
	says := me.Engine.Name
	if me.Engine.Model != "" {
		says += ", model " + me.Engine.Model
	}
	return []finding{
		{What: "database", OK: true, Says: "kept by the server, which says it is ready"},
		server, session,
		{What: "engine", OK: true, Says: says},
	}
}

// check turns the outcome of a check into a finding.
func check(what, says string, err error, fix string) finding {
	if err == nil {
		return finding{What: what, OK: true, Says: says}
	}
	message := err.Error()
	if e, ok := errors.AsType[*interview.Error](err); ok {
		message = e.Message
	}
	return finding{What: what, Says: message, Fix: fix}
}
