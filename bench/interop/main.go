// Interop runs the real software of web platforms against the real betterprofile-server, each time on a fresh PostgreSQL database of its own:
//
//	go run ./bench/interop [-dir FOLDER] [-server PROGRAM] [SUITE...]
//
// Better Auth's own client and server, the client of oRPC in two versions, drizzle-orm and drizzle-kit come from npm at the versions of
// package.json, into a temporary folder; everything else stays on loopback. It needs node, npm and PostgreSQL's server programs. The checks
// themselves are JavaScript, in the files beside this one. It prints a line for each, and exits 0 only when all are good and all were made.
package main

import (
	"context"
	"embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

// scripts are the checks, and package.json with what they need.
//
//go:embed *.mjs package.json
var scripts embed.FS

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// options say how a run is done.
type options struct {
	dir    string // for packages, scripts, logs and the program
	server string // the server's program; empty to build it
}

// run does what the command line says and returns the exit status.
func run(ctx context.Context, args []string, out, errOut io.Writer) int {
	flags := flag.NewFlagSet("interop", flag.ContinueOnError)
	flags.SetOutput(errOut)
	var o options
	flags.StringVar(&o.dir, "dir", "", "`folder` for the packages and the logs, which stays and need not install again (default: a temporary one)")
	flags.StringVar(&o.server, "server", "", "the `program` to test instead of building ./cmd/server")
	flags.Usage = func() {
		fmt.Fprintln(errOut, "usage: go run ./bench/interop [flags] [suite...]\nsuites:", strings.Join(names(), ", "))
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return 2
	}
	for _, name := range flags.Args() {
		if !slices.Contains(names(), name) {
			flags.Usage()
			return 2
		}
	}
	sound, err := runAll(ctx, o, flags.Args(), out)
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return 130
	case err != nil:
		fmt.Fprintln(errOut, "interop:", err)
		return 1
	case !sound:
		return 1
	}
	return 0
}

// runAll runs the suites of these names, or all, and reports whether all were sound.
func runAll(ctx context.Context, o options, chosen []string, out io.Writer) (sound bool, err error) {
	began := time.Now()
	l, err := openLab(ctx, o)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, l.close(sound || ctx.Err() != nil)) }()
	var total tally
	for _, s := range suites() {
		if len(chosen) > 0 && !slices.Contains(chosen, s.name) {
			continue
		}
		fmt.Fprintf(out, "%s: %s\n", s.name, s.about)
		t, err := l.run(ctx, s, out)
		if err != nil {
			return false, fmt.Errorf("%s: %w (logs: %s)", s.name, err, l.dir)
		}
		total.good, total.bad = total.good+t.good, total.bad+t.bad
	}
	fmt.Fprintf(out, "%d checks: %d good, %d failed, %.1f s\n", total.good+total.bad, total.good, total.bad, time.Since(began).Seconds())
	if total.bad > 0 {
		fmt.Fprintln(out, "logs:", l.dir)
	}
	return total.bad == 0, nil
}
