package main

import (
	"context"
	"errors"
	"flag"
	"os"
	"runtime/pprof"
	"time"

	"github.com/betterprofile/betterprofile/agent"
	"github.com/betterprofile/betterprofile/agent/builtin"
	"github.com/betterprofile/betterprofile/agent/openai"
	"github.com/betterprofile/betterprofile/api"
	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/storage"
)

// variantOptions are the flags of the variant.
type variantOptions struct {
	addr, database, model, cpu, heap string
	checkpoint                       time.Duration
	conns                            int
}

// runVariant serves our own layers, with the checkpoints as often as asked for, or never, and writes profiles. The program itself has
// no such setting: a server without checkpoints would break the contract.
func runVariant(ctx context.Context, args []string) error {
	var o variantOptions
	flags := flag.NewFlagSet("variant", flag.ExitOnError)
	flags.StringVar(&o.addr, "addr", "127.0.0.1:0", "`address` to listen on")
	flags.StringVar(&o.database, "database", "", "`URL` of the database")
	flags.StringVar(&o.model, "model", "", "base `URL` of the model's endpoint")
	flags.StringVar(&o.cpu, "cpu", "", "`file` for a profile of the CPU")
	flags.StringVar(&o.heap, "heap", "", "`file` for a profile of all allocations")
	flags.DurationVar(&o.checkpoint, "checkpoint", 0, "time between checkpoints; 0 for the usual, negative for never")
	flags.IntVar(&o.conns, "conns", 10, "connections to the database at most")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if o.cpu != "" {
		file, err := os.Create(o.cpu)
		if err != nil {
			return err
		}
		defer file.Close()
		if err := pprof.StartCPUProfile(file); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	return errors.Join(serveVariant(ctx, o), writeHeap(o.heap))
}

func writeHeap(path string) error {
	if path == "" {
		return nil
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	return pprof.Lookup("allocs").WriteTo(file, 0)
}

func serveVariant(ctx context.Context, o variantOptions) error {
	db, err := storage.Open(ctx, storage.Options{URL: o.database, MaxConns: o.conns})
	if err != nil {
		return err
	}
	defer db.Close()
	engine, err := openai.New(openai.Options{BaseURL: o.model})
	if err != nil {
		return err
	}
	interviewer := agent.New(agent.Options{Engine: engine, Builtin: builtin.New()})
	service := interview.NewService(db, interviewer, interview.Options{CheckpointEvery: o.checkpoint})
	defer func() {
		last, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		service.Close(last)
	}()
	server, err := api.New(api.Options{Store: db, Service: service, Auth: db, Version: "bench"})
	if err != nil {
		return err
	}
	return serveHTTP(ctx, o.addr, server.Handler())
}
