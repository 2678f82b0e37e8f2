// Fakemodel serves a fake OpenAI endpoint on loopback, for benchmarks and for trying by hand what the programs do when a model fails:
//
//	go run ./bench/fakemodel -addr 127.0.0.1:8181 -directives
//	OPENAI_BASE_URL=http://127.0.0.1:8181/v1 go run ./cmd/betterprofile ask "[fake:429] I am a nurse."
//
// It prints its base URL and serves until it is interrupted.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/betterprofile/betterprofile/agent/openai/openaitest"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "fakemodel:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	flags := flag.NewFlagSet("fakemodel", flag.ExitOnError)
	addr := flags.String("addr", "127.0.0.1:0", "`address` to listen on")
	first := flags.Duration("first", 0, "time to the first token")
	rate := flags.Float64("rate", 0, "tokens a second after the first; 0 for as fast as possible")
	tokens := flags.Int("tokens", 0, "length of each reply in tokens; 0 for an interviewer's reply")
	directives := flags.Bool("directives", false, `obey "[fake:NAME]" in a message and "fake:NAME" as the model's name`)
	if err := flags.Parse(args); err != nil {
		return err
	}
	opts := []openaitest.Option{openaitest.Default(reply(*first, *rate, *tokens)), openaitest.Unrecorded()}
	if *directives {
		opts = append(opts, openaitest.Directives())
	}
	server, err := openaitest.Start(*addr, opts...)
	if err != nil {
		return err
	}
	defer server.Close()
	fmt.Println(server.URL())
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	<-ctx.Done()
	return nil
}

// reply makes every reply: an interviewer's, or one of so many tokens that ends like an interviewer's.
func reply(first time.Duration, rate float64, tokens int) func(openaitest.Request) openaitest.Reply {
	return func(req openaitest.Request) openaitest.Reply {
		r := openaitest.Reply{Text: openaitest.Interviewer(req), First: first, Rate: rate}
		if pad := tokens - len(strings.Fields(r.Text)); pad > 0 {
			r.Text = strings.Repeat("word ", pad-1) + "word. " + r.Text
		}
		return r
	}
}
