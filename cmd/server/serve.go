package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/betterprofile/betterprofile/cmd/setup"
)

func newServeCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "serve", Short: "Serve until SIGINT or SIGTERM (the default)", Args: cobra.NoArgs,
		Long: "Serve until SIGINT or SIGTERM. Running replies then get BETTERPROFILE_SHUTDOWN_GRACE to finish, and what is left is\n" +
			"handed to the other servers of the database; a second signal ends the program at once.",
		RunE: func(cmd *cobra.Command, _ []string) error { return runServe(cmd.Context(), a) },
	}
}

func runServe(ctx context.Context, a *app) error {
	config, _, err := a.load()
	if err != nil {
		return err
	}
	defer paceCollector(a.lookup)()
	log := config.Logger(a.err)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	starting, cancel := context.WithCancel(ctx)
	defer cancel()
	server, err := startUnless(starting, cancel, signals, func() (*setup.Server, error) {
		return setup.Start(starting, config, setup.Options{Version: buildVersion(), Log: log, Derive: deriveApart()})
	})
	if err != nil {
		return err
	}
	engine := server.Service.Engine()
	log.Info("serving", "url", server.URL, "version", buildVersion(), "database", server.DB.Kind(), "engine", engine.Name, "model", engine.Model)
	select {
	case err := <-server.Failed():
		_ = server.Close(ctx)
		return fmt.Errorf("serving failed: %w", err)
	case sig := <-signals:
		log.Info("stopping", "signal", sig.String(), "grace", config.ShutdownGrace.String())
	}
	return stop(ctx, server, signals)
}

// startUnless starts, giving up when a signal comes first.
func startUnless(ctx context.Context, cancel func(), signals <-chan os.Signal, start func() (*setup.Server, error)) (*setup.Server, error) {
	started := make(chan struct{})
	defer close(started)
	go func() {
		select {
		case <-signals:
			cancel()
		case <-started:
		}
	}()
	server, err := start()
	if err != nil && ctx.Err() != nil {
		return nil, errReported
	}
	return server, err
}

// stop closes the server; a second signal ends the program at once, with the status a shell gives to it.
func stop(ctx context.Context, server *setup.Server, signals <-chan os.Signal) error {
	done := make(chan error, 1)
	go func() { done <- server.Close(ctx) }()
	select {
	case err := <-done:
		return err
	case sig := <-signals:
		code := 130
		if sig == syscall.SIGTERM {
			code = 143
		}
		os.Exit(code)
		return nil
	}
}

// hashName is the command that makes the key of a password, for the server alone.
const hashName = "hash-password"

func newHashCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use: hashName, Short: "Make the key of a password", Args: cobra.NoArgs, Hidden: true,
		RunE: func(*cobra.Command, []string) error { return setup.RunHash(a.in, a.out) },
	}
}

// deriveApart has keys made by this program, nil where it cannot be found.
func deriveApart() func(password, salt string) ([]byte, error) {
	program, err := os.Executable()
	if err != nil {
		return nil
	}
	return setup.DeriveApart(program, hashName)
}

func newHealthcheckCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "healthcheck", Short: "Exit 0 when the server at the configured address is ready", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, cancel := context.WithTimeout(cmd.Context(), 5*time.Second)
			defer cancel()
			return runHealthcheck(ctx, a)
		},
	}
}
