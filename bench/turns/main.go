// Turns measures what a turn costs on our server: side by side with the model asked directly, a bare proxy, the floor (bench/floor), and
// pgbench doing the floor's two transactions, all in one run and in rotation, on a throw-away PostgreSQL that syncs to disk.
//
//	go run ./bench/turns          turns: about 20 minutes
//	go run ./bench/turns -quick   the same in less than a minute, roughly
//	go run ./bench/turns -lists   pages of lists and histories, 10,000 and 100,000 messages (1,000,000 with -full)
//
// Every server is a process of its own, so is the model; this program is the readers. On our server each reader is another user, and with each
// conversation the next of a thousand: everybody has a memory of their own, as in life. When a realistic load is measured, each is in the midst of a conversation of ten
// turns: one turn in ten is the first. The floor knows one user. The program asserts nothing: figures are printed beside the
// aims. CPU and memory come from /proc, so that they are there on Linux only.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// settings are the program's flags.
type settings struct {
	quick, lists, full bool
	sealed             bool
	parts              string
	rounds, conns      int
	free, paced        string // numbers of concurrent turns
	warm, window       time.Duration
	limit              time.Duration
	server, profile    string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "turns:", err)
		stop()
		os.Exit(1)
	}
}

// run runs the program, or one of the servers that it starts itself as.
func run(ctx context.Context, args []string) error {
	if len(args) > 0 {
		switch args[0] {
		case "model":
			return runModel(ctx, args[1:])
		case "proxy":
			return runProxy(ctx, args[1:])
		case "variant":
			return runVariant(ctx, args[1:])
		}
	}
	s, err := parse(args)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, s.limit, fmt.Errorf("not done after %s (-limit)", s.limit))
	defer cancel()
	if s.lists {
		err = measureLists(ctx, s, os.Stdout)
	} else {
		err = measureTurns(ctx, s, os.Stdout)
	}
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

func parse(args []string) (settings, error) {
	var s settings
	flags := flag.NewFlagSet("turns", flag.ExitOnError)
	flags.BoolVar(&s.quick, "quick", false, "one short round of the main figures")
	flags.BoolVar(&s.lists, "lists", false, "measure pages instead of turns")
	flags.BoolVar(&s.full, "full", false, "with -lists: 1,000,000 messages")
	flags.BoolVar(&s.sealed, "sealed", false, "let our server encrypt what it stores, as it does by default; the floor never does")
	flags.StringVar(&s.parts, "parts", "free,paced,checkpoints", "what to measure: free (a model without delay), paced (a realistic one), checkpoints; or nothing")
	flags.IntVar(&s.rounds, "rounds", 3, "rounds; figures are medians of them")
	flags.IntVar(&s.conns, "conns", 10, "connections to the database at most, of each server and of pgbench")
	flags.StringVar(&s.free, "free", "1,16,64,256", "concurrent turns without delay")
	flags.StringVar(&s.paced, "paced", "1,16,64,256,1000", "concurrent realistic turns; 1000 is also where memory is read")
	flags.DurationVar(&s.warm, "warm", time.Second, "time before each measurement without delay")
	flags.DurationVar(&s.window, "window", 4*time.Second, "length of each measurement")
	flags.DurationVar(&s.limit, "limit", 45*time.Minute, "when to give up")
	flags.StringVar(&s.server, "server", "", "`path` of a betterprofile-server to measure; built from this module by default")
	flags.StringVar(&s.profile, "profile", "", "`folder` for profiles of our server, each under a load of its own")
	if err := flags.Parse(args); err != nil {
		return s, err
	}
	if s.quick {
		s.rounds, s.warm, s.window = 1, 400*time.Millisecond, 1200*time.Millisecond
		s.parts, s.free, s.paced = "free,paced", "16,256", "64"
	}
	if s.profile != "" {
		s.parts += ",profile"
	}
	if flags.NArg() > 0 || s.rounds < 1 || s.conns < 1 || s.window <= 0 {
		return s, fmt.Errorf("see -help: numbers must be positive and nothing follows the flags")
	}
	_, err := numbers(s.free + "," + s.paced)
	return s, err
}

// has reports whether a part was asked for.
func (s settings) has(part string) bool { return strings.Contains(","+s.parts+",", ","+part+",") }

// numbers reads a list of positive numbers.
func numbers(list string) ([]int, error) {
	var all []int
	for field := range strings.SplitSeq(list, ",") {
		if field == "" {
			continue
		}
		n, err := strconv.Atoi(field)
		if err != nil || n < 1 || n > 10_000 {
			return nil, fmt.Errorf("%q is not a number from 1 to 10000", field)
		}
		all = append(all, n)
	}
	return all, nil
}
