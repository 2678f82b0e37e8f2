package main

import (
	"context"
	"fmt"
	"time"
)

// mark is what has been spent by a moment.
type mark struct {
	cpu   time.Duration
	bytes int64
}

// measureStreams measures what streamed tokens cost and how quick keys are meanwhile.
func measureStreams(ctx context.Context, l *lab, r report, home string, quick bool) error {
	tokens := 3000
	if quick {
		tokens = 1000
	}
	var early, late float64
	for _, c := range []struct {
		what          string
		fast, slow    int
		width, height int
		keys          bool
		cpu           *float64
	}{
		{"140x40, from the beginning to 1 KB", 0, 200, 140, 40, false, &early},
		{"140x40, from 100 KB on", 100_000, 400, 140, 40, false, &late},
		{"80x24", 0, 400, 80, 24, false, nil},
		{"140x40", 0, 400, 140, 40, false, nil},
		{"140x40", 0, tokens, 140, 40, true, nil},
	} {
		copied, err := l.home(home)
		if err != nil {
			return err
		}
		seen, err := follow(ctx, l, copied, newStreamOf(c.fast, c.slow), c.width, c.height, c.keys)
		if err != nil {
			return fmt.Errorf("streaming at %s: %w", c.what, err)
		}
		switch {
		case c.cpu != nil:
			*c.cpu = seen.cpu.Seconds() * 1e6 / float64(c.slow)
			r.line("CPU per streamed token, "+c.what, fmt.Sprintf("%.0f µs", *c.cpu), "")
		case c.keys:
			r.times("key to screen while 200 tokens a second arrive", seen.keys, 0.99, "p99", "≤ 16 ms")
		default:
			r.line("bytes written per byte of text streamed, "+c.what, fmt.Sprintf("%.1f", float64(seen.bytes)/float64(seen.text)), "≤ 4")
		}
	}
	r.line("  CPU per token at 100 KB by that at 1 KB", fmt.Sprintf("%.2f", late/early), "1: flat")
	return nil
}

// newStreamOf is a stream before anybody follows it.
func newStreamOf(fast, slow int) *stream { return newStream(fast, slow, nil) }

// spent is what a stream has cost.
type spent struct {
	mark
	text int // bytes of it
	keys []time.Duration
}

// follow lets the program show a stream, in a conversation of its own, and returns what its slow tokens cost.
func follow(ctx context.Context, l *lab, home string, s *stream, width, height int, keys bool) (spent, error) {
	streams := make(chan *stream, 1)
	model, err := startModel(streams)
	if err != nil {
		return spent{}, err
	}
	defer model.Close()
	env := environment(home, "OPENAI_BASE_URL="+model.URL(), "BETTERPROFILE_MAX_REPLY=1000000", "BETTERPROFILE_ENGINE=openai")
	x, err := open(ctx, darkLook(), width, height, env, l.program)
	if err != nil {
		return spent{}, err
	}
	defer x.close()
	if err := x.shows(newest()); err != nil {
		return spent{}, err
	}
	began, done := make(chan struct{}), make(chan struct{})
	var from, to mark
	s.reach = func(token int) {
		now := mark{cpu(x.cmd.Process.Pid), x.bytes()}
		switch token {
		case 0:
			from = now
			close(began)
		case s.slow:
			to = now
			close(done)
		}
	}
	streams <- s
	return watch(ctx, x, s, keys, began, done, &from, &to)
}

// watch sends a message and waits for the reply, pressing keys meanwhile if asked to.
func watch(ctx context.Context, x *terminal, s *stream, keys bool, began, done <-chan struct{}, from, to *mark) (spent, error) {
	if err := x.types("Go on.\r"); err != nil {
		return spent{}, err
	}
	if err := reached(ctx, x, began); err != nil {
		return spent{}, err
	}
	var all []time.Duration
	if keys {
		var err error
		if all, err = pressing(ctx, x, done); err != nil {
			return spent{}, err
		}
	}
	if err := reached(ctx, x, done); err != nil {
		return spent{}, err
	}
	return spent{mark{to.cpu - from.cpu, to.bytes - from.bytes}, s.slowBytes, all}, x.shows("What did you do first?")
}

// reached waits for a moment of a stream.
func reached(ctx context.Context, x *terminal, moment <-chan struct{}) error {
	select {
	case <-moment:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(time.Minute):
		return fmt.Errorf("the stream did not come; the screen shows:\n%s", x.text())
	}
}
