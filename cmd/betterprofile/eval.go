package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"github.com/betterprofile/betterprofile/printable"
)

type evalOptions struct {
	turns      int
	persona    string
	transcript bool
}

// newEvalCommand makes the command that measures the built-in interviewer. It is for who works on the interviewer, and not in the help.
func newEvalCommand(a *app) *cobra.Command {
	var opts evalOptions
	cmd := &cobra.Command{
		Use: "eval", Short: "Measure the built-in interviewer", Args: cobra.NoArgs, Hidden: true,
		Long: "Let the built-in interviewer, and two naive ones to compare it with, talk with scripted people, and print how well each did.\n" +
			"Nothing is stored and no server is used. The exit status is 1 when the built-in interviewer misses an aim.",
		Example: "  betterprofile eval\n  betterprofile eval --turns 40 --persona people.yaml --transcript",
		RunE:    func(cmd *cobra.Command, _ []string) error { return runEval(cmd.Context(), a, opts) },
	}
	cmd.Flags().IntVar(&opts.turns, "turns", 20, "messages of each person")
	cmd.Flags().StringVar(&opts.persona, "persona", "", "file with other people, in YAML")
	cmd.Flags().BoolVar(&opts.transcript, "transcript", false, "print the talks of the built-in interviewer as well")
	return cmd
}

func runEval(ctx context.Context, a *app, opts evalOptions) error {
	if opts.turns < 1 {
		return usagef("--turns must be at least 1")
	}
	text, met, err := evaluate(ctx, opts)
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return usageError{fmt.Errorf("--persona: %w", path)}
	}
	if err != nil {
		return err
	}
	if err := a.printf("%s", printable.Text(text)); err != nil {
		return err
	}
	if !met {
		return errReported // the report says which aim
	}
	return nil
}
