package main

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/printable"
)

func newProfileCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use: "profile", Aliases: []string{"p"}, Short: "What you have told: your profile, your résumé, and taking something back",
		Long:    "What the interviewer has learned from your messages. Every fact carries the words in which you said it.",
		Example: "  betterprofile profile show --sources\n  betterprofile profile export --format html --output resume.html\n  betterprofile profile facts --status conflict",
	}
	cmd.AddCommand(newShowCommand(a), newExportCommand(a), newFactsCommand(a), newCoverageCommand(a), newForgetCommand(a))
	return cmd
}

type factsOptions struct {
	status, kind  string
	sources, json bool
}

func newFactsCommand(a *app) *cobra.Command {
	var opts factsOptions
	cmd := &cobra.Command{
		Use: "facts", Aliases: []string{"fact"}, Short: "List what you said about yourself, oldest first", Args: cobra.NoArgs,
		Long: "List what you said about yourself, oldest first. A fact is proposed until you confirm it, here or when the interviewer sums up; two that contradict\n" +
			"each other are in conflict until you do; superseded ones gave way to another, and rejected ones you did not want. With --sources your own\n" +
			"words follow each fact, and the message that they are in.",
		Example: "  betterprofile profile facts --status conflict\n  betterprofile profile facts --kind metric --sources\n  betterprofile profile facts confirm 01a2",
		RunE:    func(cmd *cobra.Command, _ []string) error { return runFacts(cmd.Context(), a, opts) },
	}
	cmd.Flags().StringVar(&opts.status, "status", "", "only those: proposed, confirmed, superseded, conflict or rejected")
	cmd.Flags().StringVar(&opts.kind, "kind", "", "only those of a kind, such as role, metric or skill")
	cmd.Flags().BoolVar(&opts.sources, "sources", false, "show the words that each fact was drawn from")
	jsonFlag(a, cmd, &opts.json, "print a JSON array", interview.Fact{})
	cmd.AddCommand(
		newFactStatusCommand(a, "confirm", "Say that a fact is right", interview.FactConfirmed),
		newFactStatusCommand(a, "reject", "Say that a fact is wrong, or not wanted", interview.FactRejected),
		newFactsVerifyCommand(a),
	)
	return cmd
}

func runFacts(ctx context.Context, a *app, opts factsOptions) error {
	return a.with(ctx, func(ctx context.Context, conn *connection) error {
		list, err := conn.facts(ctx, interview.FactQuery{Status: interview.FactStatus(opts.status), Kind: interview.FactKind(opts.kind)})
		switch {
		case err != nil:
			return err
		case opts.json:
			return a.printJSON(list)
		case opts.sources:
			return a.paged(ctx, func() error { return a.printSources(list) })
		}
		return a.paged(ctx, func() error { return a.table([]string{"ID", "STATUS", "KIND", "FACT"}, factRows(a, list)) })
	})
}

// facts returns all facts of a query.
func (c *connection) facts(ctx context.Context, q interview.FactQuery) ([]interview.Fact, error) {
	list := []interview.Fact{}
	q.Limit = interview.MaxLimit
	for f, err := range c.Facts(ctx, q) {
		if err != nil {
			return nil, err
		}
		list = append(list, f)
	}
	return list, nil
}

// factRows makes the cells of a list: short ids for people, whole ones in a pipe.
func factRows(a *app, list []interview.Fact) [][]string {
	short := 36
	if terminal(a.out) {
		short = shortestPrefix(factIDs(list))
	}
	rows := make([][]string, 0, len(list))
	for _, f := range list {
		rows = append(rows, []string{f.ID[:short], string(f.Status), string(f.Kind), printable.Line(f.Text)})
	}
	return rows
}

func factIDs(list []interview.Fact) []string {
	ids := make([]string, len(list))
	for i, f := range list {
		ids[i] = f.ID
	}
	return ids
}

// printSources prints facts with the words that they stand on: for people under each fact, in a pipe as a line for each source, whose last cells are the message's id, from
// which byte to which, and the quote, which is that of the first source.
func (a *app) printSources(list []interview.Fact) error {
	for i, row := range factRows(a, list) {
		f := list[i]
		if terminal(a.out) {
			if err := a.printf("%s\n    “%s”\n", strings.Join(row, "  "), printable.Line(f.Quote)); err != nil {
				return err
			}
		}
		for n, s := range f.Sources {
			line := "    " + a.dim(f.CreatedAt.Local().Format("2 January 2006")+", in message "+s.MessageID)
			if !terminal(a.out) {
				cells := append(slices.Clone(row), s.MessageID, strconv.Itoa(s.Start), strconv.Itoa(s.End), "")
				if n == 0 {
					cells[len(cells)-1] = printable.Line(f.Quote)
				}
				line = strings.Join(cells, "\t")
			}
			if err := a.printf("%s\n", line); err != nil {
				return err
			}
		}
	}
	return nil
}

func newFactStatusCommand(a *app, verb, short string, status interview.FactStatus) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: verb + " FACT", Short: short, Args: cobra.ExactArgs(1),
		Long:              short + ". FACT is an id, or the beginning of one. Facts that contradict one that is confirmed give way to it.",
		Example:           "  betterprofile profile facts " + verb + " 01a2b3c4",
		ValidArgsFunction: a.completeFacts(),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.with(cmd.Context(), func(ctx context.Context, conn *connection) error {
				id, err := conn.resolveFact(ctx, args[0])
				if err != nil {
					return err
				}
				fact, err := conn.UpdateFact(ctx, id, interview.FactPatch{Status: &status})
				if err != nil {
					return err
				}
				if asJSON {
					return a.printJSON(map[string]any{"fact": fact})
				}
				return a.printf("%s\n", strings.Join([]string{fact.ID, string(fact.Status), string(fact.Kind), printable.Line(fact.Text)}, "\t"))
			})
		},
	}
	jsonFlag(a, cmd, &asJSON, `print {"fact"}`, interview.Fact{})
	return cmd
}

// resolveFact returns the id of the fact that arg stands for: a whole id, or the beginning of just one.
func (c *connection) resolveFact(ctx context.Context, arg string) (string, error) {
	if id, ok := interview.ParseID(arg); ok {
		return id, nil
	}
	prefix, err := idPrefix("fact", arg)
	if err != nil {
		return "", err
	}
	var found string
	for f, err := range c.Facts(ctx, interview.FactQuery{Limit: interview.MaxLimit}) {
		switch {
		case err != nil:
			return "", err
		case !strings.HasPrefix(f.ID, prefix):
		case found != "":
			return "", usagef("%q is the beginning of several facts: give more of the id", arg)
		default:
			found = f.ID
		}
	}
	if found == "" {
		return "", interview.Errorf(interview.CodeNotFound, "There is no fact that begins with %s.", prefix)
	}
	return found, nil
}

// idPrefix checks what may be the beginning of a noun's id, and returns it in lower case.
func idPrefix(noun, arg string) (string, error) {
	prefix := strings.ToLower(arg)
	if len(prefix) < minPrefix || strings.Trim(prefix, "0123456789abcdef-") != "" {
		return "", usagef("%q is not a %s: give an id, or at least %d characters of its beginning", arg, noun, minPrefix)
	}
	return prefix, nil
}
