package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// doneWithin is how long a suite may take, tens of times as long as it does.
const doneWithin = 10 * time.Minute

// suite is a script of checks and what it runs on.
type suite struct {
	name, about string
	script      string
	least       int      // how many checks there are at least: a script that ends early has not passed
	env         []string // for the scripts
	platform    string   // the layout of a database whose tables a web platform makes before we come; empty for none
	instead     bool     // the platform's server is tested instead of ours, to check the checks
	model       bool     // also runs a server with a model that fails on request
}

// suites are all there are, in the order in which they run.
func suites() []suite {
	return []suite{
		{name: "client", about: "Better Auth's client against ours", script: "client.mjs", least: 19},
		{name: "control", about: "the same checks against the real Better Auth", script: "client.mjs", least: 19, env: []string{"LAYOUT=b"}, platform: "b", instead: true},
		{
			name: "beside-a", about: "the real Better Auth beside ours, on tables that its own migration made", script: "beside.mjs", least: 22,
			env: []string{"LAYOUT=a"}, platform: "a",
		},
		{
			name: "beside-b", about: "the same on tables that drizzle-kit made", script: "beside.mjs", least: 22,
			env: []string{"LAYOUT=b"}, platform: "b",
		},
		{name: "beside-ours", about: "the same on tables that our migrations made", script: "beside.mjs", least: 22, env: []string{"LAYOUT=b"}},
		{
			name: "beside-c", about: "the same on the tables of the Better Profile web platform", script: "beside.mjs", least: 24,
			env: []string{"LAYOUT=c"}, platform: "c",
		},
		{name: "orpc", about: "oRPC's client 1.16", script: "orpc.mjs", least: 17, env: []string{"ORPC=@orpc/client"}, model: true},
		{name: "orpc-1.8", about: "oRPC's client 1.8", script: "orpc.mjs", least: 17, env: []string{"ORPC=@orpc/client-1.8"}, model: true},
		{name: "drizzle", about: "drizzle-kit and drizzle-orm on our tables, in New York", script: "drizzle.mjs", least: 10, env: []string{"TZ=America/New_York"}},
	}
}

func names() (all []string) {
	for _, s := range suites() {
		all = append(all, s.name)
	}
	return all
}

// tally counts checks.
type tally struct{ good, bad int }

// run runs one suite on a database and servers of its own, and prints its checks.
func (l *lab) run(ctx context.Context, s suite, out io.Writer) (tally, error) {
	ctx, cancel := context.WithTimeout(ctx, doneWithin)
	defer cancel()
	b, err := l.openBench(ctx, s)
	if err != nil {
		return tally{}, err
	}
	defer b.close()
	script, err := l.node(ctx, s.name, b.env, s.script)
	if err != nil {
		return tally{}, err
	}
	t := count(script.output, out)
	err = script.wait()
	switch {
	case ctx.Err() != nil:
		return t, context.Cause(ctx)
	case err != nil && t.bad == 0:
		t.fail(out, "the script", "%v: %s", err, tail(script.log))
	case t.good+t.bad < s.least:
		t.fail(out, "the script", "made %d checks and not %d: %s", t.good+t.bad, s.least, tail(script.log))
	}
	return t, nil
}

// count prints the lines of checks, and counts them.
func count(lines io.Reader, out io.Writer) (t tally) {
	scanner := bufio.NewScanner(lines)
	for scanner.Scan() {
		line := scanner.Text()
		fmt.Fprintln(out, "  "+line)
		switch {
		case strings.HasPrefix(line, "ok "):
			t.good++
		case strings.HasPrefix(line, "FAIL "):
			t.bad++
		}
	}
	_, _ = io.Copy(io.Discard, lines) // after a line too long for us: the script must not wait
	return t
}

// fail prints and counts a check of ours that failed.
func (t *tally) fail(out io.Writer, name, format string, args ...any) {
	fmt.Fprintf(out, "  FAIL %s: %s\n", name, fmt.Sprintf(format, args...))
	t.bad++
}

// tail is the end of a log.
func tail(path string) string {
	const most = 1500
	text, err := os.ReadFile(path)
	if err != nil {
		return errors.Unwrap(err).Error()
	}
	return strings.TrimSpace(string(text[max(0, len(text)-most):]))
}
