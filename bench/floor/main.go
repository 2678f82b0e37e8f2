// Floor is the least server that keeps the contract of a turn on PostgreSQL: the user's message, the running turn with its lease and the place
// of the conversation in the list are committed before the model is asked, the reply is committed before its end is told, a turn goes on when
// its reader leaves. It has two commits a turn and nothing else: no checkpoints, no accounts, no prompt. What our own server costs is measured
// against it.
//
//	go run ./bench/floor -database postgres://… -model http://127.0.0.1:8181/v1 -addr 127.0.0.1:8282 -init
//
// It answers POST /api/v1/conversations/{id}/messages, GET of the same path and GET /api/v1/conversations, for one user, who is known by
// the token.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// options are the program's flags.
type options struct {
	addr, database, model, token, user string
	conns                              int
	init, script                       bool
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "floor:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	var o options
	flags := flag.NewFlagSet("floor", flag.ExitOnError)
	flags.StringVar(&o.addr, "addr", "127.0.0.1:0", "`address` to listen on")
	flags.StringVar(&o.database, "database", "", "`URL` of the PostgreSQL database")
	flags.StringVar(&o.model, "model", "", "base `URL` of the model's endpoint")
	flags.StringVar(&o.token, "token", "floor", "the one bearer token")
	flags.StringVar(&o.user, "user", "floor", "the id of the one user")
	flags.IntVar(&o.conns, "conns", 10, "connections to the database at most")
	flags.BoolVar(&o.init, "init", false, "make the tables first")
	flags.BoolVar(&o.script, "script", false, "print the two statements of a turn as a script for pgbench, and exit")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if o.script {
		fmt.Print(script())
		return nil
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return serve(ctx, o)
}

// serve serves until ctx ends.
func serve(ctx context.Context, o options) error {
	f, err := open(ctx, o)
	if err != nil {
		return err
	}
	defer f.db.Close()
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", o.addr)
	if err != nil {
		return err
	}
	fmt.Println("http://" + listener.Addr().String())
	server := &http.Server{Handler: f.handler(), ReadHeaderTimeout: 10 * time.Second}
	context.AfterFunc(ctx, func() {
		last, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		defer cancel()
		if server.Shutdown(last) != nil {
			_ = server.Close()
		}
	})
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// handler is every route, behind the check of the token.
func (f *floor) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/v1/conversations/{id}/messages", f.send)
	mux.HandleFunc("GET /api/v1/conversations/{id}/messages", f.listMessages)
	mux.HandleFunc("GET /api/v1/conversations", f.listConversations)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != f.authorization {
			http.Error(w, "unauthenticated", http.StatusUnauthorized)
			return
		}
		mux.ServeHTTP(w, r)
	})
}
