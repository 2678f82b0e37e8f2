package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// contender is a program to measure side by side with ours: a command of the shell that ends in a program and its arguments.
type contender struct{ name, command string }

// addContender takes NAME=COMMAND, as given to -compare.
func (s *settings) addContender(value string) error {
	name, command, ok := strings.Cut(value, "=")
	if !ok || name == "" || command == "" {
		return errors.New("not of the form name=command")
	}
	s.contenders = append(s.contenders, contender{name, command})
	return nil
}

// compare measures programs that one types into, each in an empty home: ours, the others, and cat, which draws nothing by itself: what a key
// takes there is what the terminal and this program take.
func compare(ctx context.Context, l *lab, s settings, out io.Writer) error {
	const row = "%-16s %14s %14s %14s %14s %12s\n"
	fmt.Fprintf(out, row, "PROGRAM, p50", "first frame", "worst", "key to screen", "p99", "resident")
	times := 10
	if s.quick {
		times = 3
	}
	for _, c := range slices.Concat([]contender{{"cat", "cat"}, {"betterprofile", l.program}}, s.contenders) {
		seen, err := watchContender(ctx, l, c, times)
		if err != nil {
			return fmt.Errorf("comparing with %s: %w", c.name, err)
		}
		first, worst := "-", "-"
		if len(seen.first) > 0 {
			first, worst = quantile(seen.first, 0.5).String(), quantile(seen.first, 1).String()
		}
		fmt.Fprintf(out, row, c.name, first, worst, quantile(seen.keys, 0.5), quantile(seen.keys, 0.99), megabytes(seen.resident))
	}
	return nil
}

// contenderSeen is what was measured of a contender.
type contenderSeen struct {
	first, keys []time.Duration // until anything was drawn; none for a program that draws nothing. Of each key
	resident    int64
}

// settling is how long a program may take to come to rest before keys are pressed.
const settling = 5 * time.Second

func watchContender(ctx context.Context, l *lab, c contender, times int) (seen contenderSeen, err error) {
	home, err := l.home("")
	if err != nil {
		return seen, err
	}
	for i := range times + 1 {
		x, err := open(ctx, darkLook(), 140, 40, environment(home), "sh", "-c", "exec "+c.command)
		if err != nil {
			return seen, err
		}
		if c.command != "cat" {
			err = x.until("a first frame", func(text string) bool { return strings.TrimSpace(text) != "" })
			if i > 0 { // the first start makes files
				seen.first = append(seen.first, time.Since(x.started))
			}
		}
		if err == nil {
			x.settle(ctx)
		}
		if err == nil && i == times {
			seen.keys, err = pressFor(ctx, x, time.Duration(times)*400*time.Millisecond)
			seen.resident = treeMemory(x.cmd.Process.Pid)
		}
		x.close()
		if err != nil {
			return seen, err
		}
	}
	return seen, nil
}

// settle is rest for programs that may never come to it.
func (x *terminal) settle(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, settling)
	defer cancel()
	x.rest(ctx)
}

// pressFor is pressing for a time.
func pressFor(ctx context.Context, x *terminal, d time.Duration) ([]time.Duration, error) {
	done := make(chan struct{})
	time.AfterFunc(d, func() { close(done) })
	return pressing(ctx, x, done)
}
