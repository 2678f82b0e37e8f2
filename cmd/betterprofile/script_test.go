package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/betterprofile/betterprofile/agent/openai/openaitest"
	"github.com/betterprofile/betterprofile/cmd/setup"
	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/printable/printabletest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"betterprofile": main, "approve-code": approveCode, "deny-code": denyCode, "press-ctrl-c": pressCtrlC, "note-page": notePage,
	})
}

func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			home := filepath.Join(env.WorkDir, "home")
			env.Setenv("HOME", home)
			for _, name := range []string{"XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "OPENAI_API_KEY", "OPENAI_BASE_URL"} {
				env.Setenv(name, "")
			}
			env.Setenv("BETTERPROFILE_KEYRING", "off") // nothing of a test belongs in the keyring of whoever runs it
			env.Setenv("GORACE", os.Getenv("GORACE"))
			return os.MkdirAll(home, 0o700)
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"fakemodel": fakeModel,
			"server":    sharedServer,
			"identity":  identityServer,
			"sessions":  sessions,
			"harmless":  harmless,
			"tamper":    tamper,
			"keep":      keep,
			"status":    status,
		},
	})
}

// fakeModel starts a model's endpoint that obeys directives in what it is told, and points the environment to it.
func fakeModel(ts *testscript.TestScript, _ bool, _ []string) {
	server, err := openaitest.Start("127.0.0.1:0", openaitest.Directives())
	ts.Check(err)
	ts.Defer(server.Close)
	ts.Setenv("OPENAI_BASE_URL", server.URL())
}

// sharedServer starts a server on a database of its own with a user, and sets SERVER and TOKEN.
func sharedServer(ts *testscript.TestScript, _ bool, _ []string) {
	config, _, problems := setup.Load(func(name string) (string, bool) {
		value, ok := map[string]string{
			"DATABASE_URL": "sqlite:" + ts.MkAbs("server.db"), "BETTERPROFILE_ADDR": "127.0.0.1:0", "BETTERPROFILE_ENCRYPTION": "off", "BETTERPROFILE_SHUTDOWN_GRACE": "1s",
		}[name]
		return value, ok
	})
	if len(problems) > 0 {
		ts.Fatalf("%v", problems)
	}
	ctx := context.Background() // the server outlives this command
	server, err := setup.Start(ctx, config, setup.Options{Version: "test", Log: slog.New(slog.DiscardHandler)})
	ts.Check(err)
	ts.Defer(func() { _ = server.Close(ctx) })
	user, err := server.DB.CreateUser(ctx, interview.User{Name: "Ada", Email: "ada@example.org"})
	ts.Check(err)
	session, err := server.DB.CreateSession(ctx, user.ID, time.Hour)
	ts.Check(err)
	ts.Setenv("SERVER", server.URL)
	ts.Setenv("TOKEN", session.Token)
}

// tamper changes something in the database of the shared server, as whoever can write to it might.
func tamper(ts *testscript.TestScript, _ bool, args []string) {
	db, err := sql.Open("sqlite", ts.MkAbs("server.db")+"?_pragma=busy_timeout(5000)")
	ts.Check(err)
	defer db.Close()
	done, err := db.ExecContext(context.Background(), strings.Join(args, " "))
	ts.Check(err)
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		ts.Fatalf("nothing was changed: %v", err)
	}
}

// harmless fails when a file or stream holds what could steer a terminal.
func harmless(ts *testscript.TestScript, _ bool, args []string) {
	for _, name := range args {
		t := &recorder{}
		printabletest.CheckSafe(t, ts.ReadFile(name))
		if t.failed != "" {
			ts.Fatalf("%s: %s", name, t.failed)
		}
	}
}

// recorder is a testing.TB that notes failures.
type recorder struct {
	testing.TB
	failed string
}

func (*recorder) Helper()                          {}
func (r *recorder) Errorf(format string, a ...any) { r.failed = fmt.Sprintf(format, a...) }
func (r *recorder) Fatalf(format string, a ...any) { r.failed = fmt.Sprintf(format, a...) }

// keep sets a variable to what a pattern's first group finds in a file: keep VARIABLE FILE PATTERN.
func keep(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: keep VARIABLE FILE PATTERN")
	}
	found := regexp.MustCompile(args[2]).FindStringSubmatch(ts.ReadFile(args[1]))
	if len(found) < 2 {
		ts.Fatalf("%s is not in %s", args[2], args[1])
	}
	ts.Setenv(args[0], strings.TrimSpace(found[1]))
}

// status runs a command and fails unless it exits with the status: status 2 betterprofile ask.
func status(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: status N COMMAND …")
	}
	err := ts.Exec(args[1], args[2:]...)
	exit, ok := errors.AsType[*exec.ExitError](err)
	if !ok || fmt.Sprint(exit.ExitCode()) != args[0] {
		ts.Fatalf("%q: %v, want exit status %s", args[1:], err, args[0])
	}
}
