package main

import (
	"cmp"
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/printable"
)

func newCoverageCommand(a *app) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "coverage", Short: "Show how far your profile is told", Args: cobra.NoArgs,
		Long: "Show how far each part of your profile is told: empty, vague (touched, but too little to write a line from), answered, refused, unknown (to you), or stale\n" +
			"(told long ago, of a kind that changes). Piped, it is a line for each slot: experience, what it is called, facet, slot, state, and when it was last spoken of.",
		Example: "  betterprofile coverage\n  betterprofile coverage --jq '.personal[] | select(.state == \"empty\") | .facet'",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.with(cmd.Context(), func(ctx context.Context, conn *connection) error {
				report, err := conn.Coverage(ctx)
				switch {
				case err != nil:
					return err
				case asJSON:
					return a.printJSON(report)
				case terminal(a.out):
					return a.table([]string{"ABOUT", "FACET", "STATE", "NOT TOLD YET"}, facetRows(report))
				}
				return a.table(nil, slotRows(report))
			})
		},
	}
	jsonFlag(a, cmd, &asJSON, "print the report", interview.CoverageReport{})
	return cmd
}

// facetRows has a row for each facet; what it is about stands in the first one only.
func facetRows(report interview.CoverageReport) [][]string {
	var rows [][]string
	add := func(name string, facets []interview.FacetCoverage) {
		for _, f := range facets {
			var open []string
			for _, s := range f.Slots {
				if s.State == interview.CoverageEmpty || s.State == interview.CoverageVague {
					open = append(open, s.Slot)
				}
			}
			rows = append(rows, []string{name, f.Facet, string(f.State), strings.Join(open, ", ")})
			name = ""
		}
	}
	for _, e := range report.Experiences {
		add(about(e), e.Facets)
	}
	add("across all", report.Personal)
	return rows
}

// about is what an experience is called: by its kind when it has no name yet.
func about(e interview.ExperienceCoverage) string {
	return cmp.Or(printable.Line(e.Label), string(e.Kind))
}

// slotRows has a row for each slot. The first two cells are empty for what goes across experiences.
func slotRows(report interview.CoverageReport) [][]string {
	var rows [][]string
	add := func(id, label string, facets []interview.FacetCoverage) {
		for _, f := range facets {
			for _, s := range f.Slots {
				var at string
				if s.At != nil {
					at = s.At.Format(interview.TimeFormat)
				}
				rows = append(rows, []string{id, label, f.Facet, s.Slot, string(s.State), at})
			}
		}
	}
	for _, e := range report.Experiences {
		add(e.ID, printable.Line(e.Label), e.Facets)
	}
	add("", "", report.Personal)
	return rows
}

type agendaOptions struct {
	limit int
	json  bool
}

func newAgendaCommand(a *app) *cobra.Command {
	var opts agendaOptions
	cmd := &cobra.Command{
		Use: "agenda", Short: "Show what the interviewer would ask you next", Args: cobra.NoArgs,
		Long: "Show what the interviewer would ask you next, in that order, and why. Your answers change it. Piped, it is a line for each question: facet, slot,\n" +
			"experience, what it is called, the question, and what a reader of your profile will want to know.",
		Example: "  betterprofile agenda\n  betterprofile agenda --limit 1 --jq '.[0].question'",
		RunE:    func(cmd *cobra.Command, _ []string) error { return runAgenda(cmd.Context(), a, opts) },
	}
	cmd.Flags().IntVarP(&opts.limit, "limit", "n", 5, "how many questions at most, up to 50")
	jsonFlag(a, cmd, &opts.json, "print a JSON array", interview.AgendaItem{})
	return cmd
}

func runAgenda(ctx context.Context, a *app, opts agendaOptions) error {
	if opts.limit < 1 || opts.limit > interview.MaxAgenda {
		return usagef("--limit must be from 1 to %d", interview.MaxAgenda)
	}
	return a.with(ctx, func(ctx context.Context, conn *connection) error {
		items, err := conn.Agenda(ctx, opts.limit)
		switch {
		case err != nil:
			return err
		case opts.json:
			return a.printJSON(items)
		case terminal(a.out):
			return a.printAgenda(items)
		}
		rows := make([][]string, len(items))
		for i, item := range items {
			rows[i] = []string{item.Facet, item.Slot, item.Subject, printable.Line(item.Label), printable.Line(item.Question), printable.Line(item.Reason)}
		}
		return a.table(nil, rows)
	})
}

// printAgenda prints questions for people, each with what it is about and why.
func (a *app) printAgenda(items []interview.AgendaItem) error {
	for i, item := range items {
		why := "A reader of your profile will want to know " + printable.Line(item.Reason) + "."
		if item.Label != "" {
			why = "About " + printable.Line(item.Label) + ". " + why
		}
		if err := a.printf("%2d. %s\n    %s\n", i+1, a.bold(printable.Line(item.Question)), a.dim(why)); err != nil {
			return err
		}
	}
	return nil
}
