// Tui measures the terminal program as a person meets it: the real binary in a real pseudo terminal, whose bytes an emulator draws.
//
//	go run ./bench/tui                    figures beside their aims: about two minutes
//	go run ./bench/tui -quick             the same with fewer repetitions, roughly
//	go run ./bench/tui -compare 'weechat=weechat -t'  first frame, keys and memory side by side with another program
//	go run ./bench/tui pictures docs/img  the screenshots and the recording that the documents show
//
// It asserts nothing. The program runs in local mode on a throw-away home; the model is a fake one in this process, which says so many words a
// second. CPU and memory come from /proc, so that they are there on Linux only; they are those of the whole program, its server in the same
// process included.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "tui:", err)
		stop()
		os.Exit(1)
	}
}

// settings are the program's flags.
type settings struct {
	quick   bool
	parts   string
	program string
	limit   time.Duration

	contenders []contender
}

func run(ctx context.Context, args []string) (err error) {
	var s settings
	flags := flag.NewFlagSet("tui", flag.ExitOnError)
	flags.BoolVar(&s.quick, "quick", false, "fewer repetitions")
	flags.StringVar(&s.parts, "parts", "start,commands,keys,streams,scrolling", "what to measure")
	flags.StringVar(&s.program, "program", "", "`path` of a betterprofile to run; built from this module by default")
	flags.DurationVar(&s.limit, "limit", 15*time.Minute, "when to give up")
	flags.Func("compare", "`name=command` of another program that one types into, to measure side by side instead; may be given again", s.addContender)
	if err := flags.Parse(args); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, s.limit, fmt.Errorf("not done after %s (-limit)", s.limit))
	defer cancel()
	dir, err := os.MkdirTemp("", "bp")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	program := cmp.Or(s.program, filepath.Join(dir, "betterprofile"))
	if s.program == "" {
		if err := build(ctx, program); err != nil {
			return err
		}
	}
	switch l := (&lab{dir: dir, program: program}); {
	case flags.NArg() == 0 && len(s.contenders) > 0:
		err = compare(ctx, l, s, os.Stdout)
	case flags.NArg() == 0:
		err = measure(ctx, l, s, os.Stdout)
	case flags.NArg() == 2 && flags.Arg(0) == "pictures":
		err = drawPictures(ctx, l, flags.Arg(1))
	default:
		err = errors.New("see -help: nothing, or: pictures FOLDER")
	}
	if err != nil && ctx.Err() != nil {
		return errors.Join(context.Cause(ctx), err)
	}
	return err
}

// build builds the program as it is released.
func build(ctx context.Context, path string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-tags", "nomsgpack", "-trimpath", "-ldflags", "-s -w", "-o", path, "./cmd/betterprofile")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building: %w: %s", err, out)
	}
	return nil
}
