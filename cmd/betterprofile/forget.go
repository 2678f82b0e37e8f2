package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/betterprofile/betterprofile/interview"
)

type forgetOptions struct {
	matching          string
	messages          []string
	dryRun, yes, json bool
}

// input is what the server is asked.
func (o forgetOptions) input(dryRun bool) interview.ForgetInput {
	return interview.ForgetInput{Matching: o.matching, MessageIDs: o.messages, DryRun: dryRun}
}

func newForgetCommand(a *app) *cobra.Command {
	var opts forgetOptions
	cmd := &cobra.Command{
		Use: "forget --matching TEXT | MESSAGE…", Short: "Take back something you said, and all that was made from it", Args: cobra.ArbitraryArgs,
		Long: "Empty the messages that hold all the words of TEXT, case and accents aside, or those with the ids, with the replies that quote them, and remove all that was\n" +
			"made from them: facts, summaries, titles, earlier replies, what the interviewer keeps in mind. It is for good. The ids of messages are in\n" +
			"'betterprofile conversations show CONVERSATION --json' and 'betterprofile profile facts --sources'. Files that backup or export wrote keep what is in them.",
		Example: "  betterprofile forget --matching Brightpost --dry-run\n  betterprofile forget --matching '\"night shift\"' --yes",
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.messages = args
			return runForget(cmd.Context(), a, opts)
		},
	}
	cmd.Flags().StringVar(&opts.matching, "matching", "", "forget the messages that hold these words; \"quoted words\" must stand together")
	cmd.Flags().BoolVar(&opts.dryRun, "dry-run", false, "only say what would be forgotten")
	cmd.Flags().BoolVarP(&opts.yes, "yes", "y", false, "do not ask")
	jsonFlag(a, cmd, &opts.json, "print the report", interview.ForgetReport{})
	return cmd
}

func runForget(ctx context.Context, a *app, opts forgetOptions) error {
	switch {
	case opts.matching == "" && len(opts.messages) == 0:
		return usagef("nothing to forget: give --matching TEXT or the ids of messages")
	case opts.matching != "" && len(opts.messages) > 0:
		return usagef("give either --matching or the ids of messages, not both")
	case !opts.yes && !opts.dryRun && !terminal(a.in):
		return usagef("forgetting needs --yes when there is nobody to ask")
	}
	for _, message := range opts.messages {
		if _, ok := interview.ParseID(message); !ok {
			return usagef("%q is not the id of a message: give it whole, or --matching for words", message)
		}
	}
	if _, err := opts.input(opts.dryRun).Normalize(); err != nil {
		return err
	}
	return a.with(ctx, func(ctx context.Context, conn *connection) error {
		if !opts.yes && !opts.dryRun {
			found, err := conn.Forget(ctx, opts.input(true))
			switch {
			case err != nil:
				return err
			case found.Empty():
				return errNothingToForget()
			case !a.confirm("Forget %s for good?", found.Summary()):
				return errAborted
			}
		}
		report, err := conn.Forget(ctx, opts.input(opts.dryRun))
		if err == nil && report.Empty() {
			err = errNothingToForget()
		}
		if err != nil {
			return err
		}
		if !opts.dryRun && conn.local == nil {
			files, owner, err := a.stateOf(ctx, conn)
			if err != nil {
				return err
			}
			newCache(files, owner).Clear()
		}
		return a.printForgotten(report, opts.json)
	})
}

func errNothingToForget() error {
	return interview.Errorf(interview.CodeNotFound, "There is nothing to forget: no message, fact or title holds that.")
}

func (a *app) printForgotten(report interview.ForgetReport, asJSON bool) error {
	switch {
	case asJSON:
		return a.printJSON(report)
	case report.DryRun:
		return a.printf("Would forget %s.\n", report.Summary())
	}
	return a.say("Forgot %s.\n", report.Summary())
}
