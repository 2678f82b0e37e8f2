package main

import (
	"cmp"
	"context"
	"encoding/json"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/printable"
	"github.com/betterprofile/betterprofile/resume"
)

type showOptions struct{ sources, json bool }

func newShowCommand(a *app) *cobra.Command {
	var opts showOptions
	cmd := &cobra.Command{
		Use: "show", Short: "Show what is known of you", Args: cobra.NoArgs,
		Long: "Show what is known of you, by experience. A fact that you have confirmed has a check mark before it, one that contradicts another says so, and which of them your\n" +
			"résumé goes by. With --sources your own words follow each fact, with the day and the message. What was rejected or superseded is not shown:\n" +
			"see 'betterprofile profile facts'.",
		Example: "  betterprofile profile show\n  betterprofile profile show --sources\n  betterprofile profile show --jq '.experiences[].role'",
		RunE:    func(cmd *cobra.Command, _ []string) error { return runShow(cmd.Context(), a, opts) },
	}
	cmd.Flags().BoolVar(&opts.sources, "sources", false, "show the words that each fact was drawn from")
	jsonFlag(a, cmd, &opts.json, "print the profile", resume.Profile{})
	return cmd
}

func runShow(ctx context.Context, a *app, opts showOptions) error {
	return a.with(ctx, func(ctx context.Context, conn *connection) error {
		raw, err := conn.Profile(ctx)
		if err != nil {
			return err
		}
		var p resume.Profile
		if err := json.Unmarshal(raw, &p); err != nil {
			return notReadable(err)
		}
		if opts.json {
			return a.printJSON(p)
		}
		return a.paged(ctx, func() error { return a.printProfile(p, opts.sources) })
	})
}

// notReadable is the error of an answer that this program does not understand.
func notReadable(err error) error {
	e := interview.Errorf(interview.CodeInternal, "The server's answer cannot be read: it may be newer or older than this program.")
	e.Err = err
	return e
}

// printProfile prints a profile for people: what was told of each experience, then of the rest.
func (a *app) printProfile(p resume.Profile, sources bool) error {
	if len(p.Experiences) == 0 && len(p.Personal) == 0 {
		return a.printf("Nothing is known of you yet. Tell the interviewer: betterprofile interview\n")
	}
	for _, e := range p.Experiences {
		if err := a.printf("%s%s\n", a.bold(experienceTitle(e)), a.dim("  "+experienceNote(e))); err != nil {
			return err
		}
		if err := a.printFacts(e.Facts, sources); err != nil {
			return err
		}
	}
	if len(p.Personal) > 0 {
		if err := a.printf("%s\n", a.bold("Across all")); err != nil {
			return err
		}
		if err := a.printFacts(p.Personal, sources); err != nil {
			return err
		}
	}
	if p.UpdatedAt == nil {
		return nil
	}
	return a.printf("%s\n", a.dim("Changed last on "+p.UpdatedAt.Local().Format("2 January 2006, 15:04")+"."))
}

// experienceTitle is what an experience is called: by its kind when it has no name yet.
func experienceTitle(e resume.Experience) string {
	var parts []string
	for _, part := range []string{printable.Line(e.Role), printable.Line(e.Org)} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return cmp.Or(strings.Join(parts, " — "), printable.Line(e.Label), string(e.Kind))
}

// experienceNote says what an experience is, when it was, and how much of it is told.
func experienceNote(e resume.Experience) string {
	note := string(e.Kind)
	start, end := printable.Line(e.Start), printable.Line(e.End)
	switch {
	case start != "" && end != "":
		note += ", " + start + " to " + end
	case start != "" && e.Current:
		note += ", since " + start
	case start+end != "":
		note += ", " + start + end
	}
	if e.Coverage.Slots > 0 {
		note += ", " + percent(e.Coverage) + " told"
	}
	return note
}

func percent(c resume.Coverage) string { return strconv.Itoa(100*c.Told/c.Slots) + " %" }

// printFacts prints facts with an empty line after them.
func (a *app) printFacts(facts []resume.ProfileFact, sources bool) error {
	for _, f := range facts {
		mark := " "
		if f.Status == interview.FactConfirmed {
			mark = "✓"
		}
		line := "  " + mark + " " + pad(printable.Line(string(f.Kind)), 12) + printable.Line(f.Text)
		if note := factNote(f); note != "" {
			line += a.dim(note)
		}
		if err := a.printf("%s\n", line); err != nil {
			return err
		}
		if !sources {
			continue
		}
		for _, s := range f.Sources {
			where := a.dim(s.At.Local().Format("2 January 2006") + ", in message " + printable.Line(s.MessageID))
			if s.Quote != "" {
				where = "“" + printable.Line(s.Quote) + "” " + where
			}
			if err := a.printf("      %s\n", where); err != nil {
				return err
			}
		}
	}
	return a.printf("\n")
}

func pad(word string, width int) string { return word + strings.Repeat(" ", max(1, width-len(word))) }

// factNote says what is to be known of a fact beside its text.
func factNote(f resume.ProfileFact) string {
	switch {
	case f.ValidTo != "":
		return "  (until " + printable.Line(f.ValidTo) + ")"
	case len(f.Conflicts) > 0 && f.Used:
		return "  (contradicts another; your résumé goes by this one)"
	case len(f.Conflicts) > 0:
		return "  (contradicts another; not in your résumé)"
	}
	return ""
}

type exportOptions struct{ format, output, name string }

func newExportCommand(a *app) *cobra.Command {
	var opts exportOptions
	cmd := &cobra.Command{
		Use: "export", Short: "Write your résumé", Args: cobra.NoArgs,
		Long: "Write your résumé, in your own words: as JSON Resume 1.0.0, which other programs and themes read, as Markdown, as a page to print, or as plain text to paste\n" +
			"into a form. Facts that you rejected or that gave way to others are left out, and so are other people's names.",
		Example: "  betterprofile profile export --name \"Ada Lovelace\"\n  betterprofile profile export --format html --output resume.html\n" +
			"  betterprofile profile export --format jsonresume | npx resumed render",
		RunE: func(cmd *cobra.Command, _ []string) error { return runExport(cmd.Context(), a, opts) },
	}
	cmd.Flags().StringVarP(&opts.format, "format", "f", "markdown", "jsonresume, markdown, html or text")
	a.completeWords(cmd, "format", "jsonresume", "markdown", "html", "text")
	cmd.Flags().StringVarP(&opts.output, "output", "o", "", "the file to write (default: standard output)")
	cmd.Flags().StringVar(&opts.name, "name", "", "your name as it is to stand there (default: that of your account; a local interview has none)")
	return cmd
}

func runExport(ctx context.Context, a *app, opts exportOptions) error {
	render, ok := map[string]func(resume.Resume) (string, error){
		"jsonresume": func(r resume.Resume) (string, error) { b, err := r.JSON(); return string(b), err },
		"markdown":   func(r resume.Resume) (string, error) { return r.Markdown(), nil },
		"html":       resume.Resume.HTML,
		"text":       func(r resume.Resume) (string, error) { return r.Text(), nil },
	}[opts.format]
	if !ok {
		return usagef("--format must be jsonresume, markdown, html or text")
	}
	return a.with(ctx, func(ctx context.Context, conn *connection) error {
		r, err := conn.resume(ctx)
		if err != nil {
			return err
		}
		text, err := render(r.Named(opts.name))
		if err != nil {
			return err
		}
		return a.save(io.NopCloser(strings.NewReader(text)), opts.output)
	})
}

// resume reads the user's résumé from the server.
func (c *connection) resume(ctx context.Context) (resume.Resume, error) {
	var r resume.Resume
	body, err := c.Resume(ctx, "json")
	if err != nil {
		return r, err
	}
	defer body.Close()
	text, err := io.ReadAll(body)
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(text, &r); err != nil {
		return r, notReadable(err)
	}
	return r, nil
}
