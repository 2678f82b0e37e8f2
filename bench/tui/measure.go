package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"
)

// report prints figures beside their aims.
type report struct{ out io.Writer }

func (r report) line(what, figure, aim string) {
	fmt.Fprintf(r.out, "%-64s %-34s %s\n", what, figure, aim)
}

// times prints the median and the worst of times, or a quantile of them.
func (r report) times(what string, all []time.Duration, q float64, name, aim string) {
	r.line(what, fmt.Sprintf("p50 %s, %s %s (n=%d)", quantile(all, 0.5), name, quantile(all, q), len(all)), aim)
}

// quantile returns the quantile of times, which it sorts.
func quantile(all []time.Duration, q float64) time.Duration {
	slices.Sort(all)
	return all[min(int(q*float64(len(all))), len(all)-1)].Round(10 * time.Microsecond)
}

// measure measures everything.
func measure(ctx context.Context, l *lab, s settings, out io.Writer) error {
	r := report{out}
	load, _ := os.ReadFile("/proc/loadavg") // not everywhere there
	fmt.Fprintf(out, "%s/%s, %d processors, load %s, %s; local mode, %d conversations, %d messages in the open one\n\n",
		runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), cmp.Or(strings.TrimSpace(string(load)), "unknown"), runtime.Version(), manyConversations, manyMessages)
	r.line("WHAT", "SEEN", "AIM")
	home, err := l.home("")
	if err != nil {
		return err
	}
	if err := seedFull(ctx, l, home); err != nil {
		return err
	}
	times := 30
	if s.quick {
		times = 7
	}
	for _, part := range []struct {
		name string
		run  func() error
	}{
		{"start", func() error { return measureStart(ctx, l, r, home, times) }},
		{"commands", func() error { return measureCommands(ctx, l, r, home, times) }},
		{"keys", func() error { return measureKeys(ctx, l, r, home, times) }},
		{"streams", func() error { return measureStreams(ctx, l, r, home, s.quick) }},
		{"scrolling", func() error { return measureScrolling(ctx, l, r, home) }},
	} {
		if !slices.Contains(strings.Split(s.parts, ","), part.name) {
			continue
		}
		if err := part.run(); err != nil {
			return fmt.Errorf("measuring %s: %w", part.name, err)
		}
	}
	return nil
}

// newest is what the newest message of the full home begins with, and more of it than the list shows.
func newest() string {
	return fmt.Sprintf("This is message %d. We rebuilt the handover on our ward", manyMessages)
}

// measureStart measures from the start of the process until the first cell is drawn, and until the newest message and the list are.
func measureStart(ctx context.Context, l *lab, r report, home string, times int) error {
	var anything, everything, cpus []time.Duration
	for range times {
		x, err := open(ctx, darkLook(), 140, 40, environment(home), l.program)
		if err != nil {
			return err
		}
		err = x.until("a first frame", func(text string) bool { return strings.TrimSpace(text) != "" })
		anything = append(anything, time.Since(x.started))
		if err == nil {
			err = x.until("the conversation", func(text string) bool {
				return strings.Contains(text, newest()) && strings.Contains(text, "Interview 999")
			})
		}
		everything, cpus = append(everything, time.Since(x.started)), append(cpus, cpu(x.cmd.Process.Pid))
		x.close()
		if err != nil {
			return err
		}
	}
	r.times("first frame after start", anything, 1, "worst", "≤ 50 ms")
	r.times("  with the conversation and the list in it", everything, 1, "worst", "≤ 50 ms")
	r.times("  CPU time until then", cpus, 1, "worst", "")
	return nil
}

// measureCommands measures whole processes.
func measureCommands(ctx context.Context, l *lab, r report, home string, times int) error {
	for _, c := range []struct {
		what, aim string
		args      []string
	}{
		{"ask, whole process", "≤ 80 ms", []string{"ask", "--new", "We cut the handover from 40 minutes to 26 minutes."}},
		{"conversations list of 1000, whole process", "≤ 60 ms", []string{"conversations", "list", "--limit", "1000"}},
		{"version, whole process", "", []string{"version"}},
	} {
		copied, err := l.home(home)
		if err != nil {
			return err
		}
		var all, cpus []time.Duration
		for range times {
			took, used, err := l.run(ctx, environment(copied), nil, c.args...)
			if err != nil {
				return err
			}
			all, cpus = append(all, took), append(cpus, used)
		}
		r.times(c.what, all, 1, "worst", c.aim)
		r.times("  CPU time of it", cpus, 1, "worst", "")
	}
	return nil
}

// measureKeys measures keys while nothing else happens, ten for each of the times; in cat as well, which shows what the terminal takes.
func measureKeys(ctx context.Context, l *lab, r report, home string, times int) error {
	for _, c := range []struct{ what, program, shows, aim string }{
		{"key to screen while nothing else happens", l.program, newest(), "≤ 16 ms"},
		{"  in cat", "cat", "", ""},
	} {
		x, err := open(ctx, darkLook(), 140, 40, environment(home), c.program)
		if err != nil {
			return err
		}
		err = x.shows(c.shows)
		var all []time.Duration
		if err == nil {
			all, err = pressFor(ctx, x, time.Duration(times)*400*time.Millisecond)
		}
		x.close()
		if err != nil {
			return err
		}
		r.times(c.what, all, 0.99, "p99", c.aim)
	}
	return nil
}

// measureScrolling scrolls from the newest of the messages to the oldest and back.
func measureScrolling(ctx context.Context, l *lab, r report, home string) error {
	x, err := open(ctx, darkLook(), 140, 40, environment(home), l.program)
	if err != nil {
		return err
	}
	defer x.close()
	if err := x.shows(newest()); err != nil {
		return err
	}
	start, _ := memory(x.cmd.Process.Pid)
	began := time.Now()
	err = scroll(ctx, x, "\x1b[5~", "This is message 1.")
	there := time.Since(began)
	read, _ := memory(x.cmd.Process.Pid)
	if err == nil {
		err = scroll(ctx, x, "\x1b[6~", newest())
	}
	after, most := memory(x.cmd.Process.Pid)
	r.line("memory after the start, resident, server in it", megabytes(start), "")
	r.line("  at the oldest of 20000 messages, "+there.Round(time.Second).String()+" later", megabytes(read), "≤ 60 MB")
	r.line("  back at the newest; at most", megabytes(after)+"; "+megabytes(most), "≤ 60 MB")
	return err
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }

// scroll presses a key again and again until a text is on the screen.
func scroll(ctx context.Context, x *terminal, key, text string) error {
	for late := time.Now().Add(5 * time.Minute); time.Now().Before(late); {
		if strings.Contains(x.text(), text) {
			return nil
		}
		if err := errors.Join(x.types(strings.Repeat(key, 4)), ctx.Err()); err != nil {
			return err
		}
		wait(ctx, 10*time.Millisecond)
	}
	return fmt.Errorf("%q did not come by scrolling:\n%s", text, x.text())
}

// pressing presses keys at random moments until done is closed, and returns how long each took to be on the screen.
func pressing(ctx context.Context, x *terminal, done <-chan struct{}) ([]time.Duration, error) {
	const keys = "zqxjvwk"
	var all []time.Duration
	random := rand.New(rand.NewPCG(1, 2))
	for typed := "Q"; ; typed += string(keys[len(all)%len(keys)]) {
		select {
		case <-done:
			return all, ctx.Err()
		case <-time.After(time.Duration(20+random.IntN(40)) * time.Millisecond):
		}
		if len(typed) > 40 {
			if err := errors.Join(x.types(strings.Repeat("\x7f", len(typed)-1)), x.lacks("Q"+keys)); err != nil {
				return nil, err
			}
			typed = "Q"
		}
		begin := time.Now()
		if err := errors.Join(x.types(typed[len(typed)-1:]), x.shows(typed)); err != nil {
			return nil, err
		}
		all = append(all, time.Since(begin))
	}
}
