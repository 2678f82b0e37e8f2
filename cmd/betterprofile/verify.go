package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/printable"
)

func newFactsVerifyCommand(a *app) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "verify", Short: "Check that every fact stands on your own words", Args: cobra.NoArgs,
		Long: "Check that every fact stands on your own words: its quote is what the message says at that place, and every figure in the fact is in the quote. All\n" +
			"messages are read anew, and the check is made here, not by the server. Prints what fails, and exits with 1 then.",
		Example: "  betterprofile profile facts verify\n  betterprofile profile facts verify --jq '.faults[].factId'",
		RunE:    func(cmd *cobra.Command, _ []string) error { return runFactsVerify(cmd.Context(), a, asJSON) },
	}
	jsonFlag(a, cmd, &asJSON, `print {"facts", "faults"}`, verification{})
	return cmd
}

// verification is the outcome of looking at all facts.
type verification struct {
	Facts  int     `json:"facts"` // how many there are
	Faults []fault `json:"faults"`
}

// fault is a fact that does not stand on what the user said.
type fault struct {
	interview.FactFault
	Text string `json:"text"`
}

func runFactsVerify(ctx context.Context, a *app, asJSON bool) error {
	return a.with(ctx, func(ctx context.Context, conn *connection) error {
		body, err := conn.Export(ctx)
		if err != nil {
			return err
		}
		defer body.Close()
		v, err := verify(body)
		if err != nil {
			return err
		}
		if err := a.printVerification(v, asJSON); err != nil {
			return err
		}
		if len(v.Faults) > 0 {
			return errReported
		}
		return nil
	})
}

func (a *app) printVerification(v verification, asJSON bool) error {
	if asJSON {
		return a.printJSON(v)
	}
	if len(v.Faults) == 0 {
		return a.say("%s\n", soundness(v.Facts))
	}
	do := "do"
	if len(v.Faults) == 1 {
		do = "does"
	}
	fmt.Fprintf(a.err, "betterprofile: %d of %s %s not stand on what you said.\n", len(v.Faults), count(v.Facts, "fact", "facts"), do)
	rows := make([][]string, len(v.Faults))
	for i, f := range v.Faults {
		rows[i] = []string{printable.Line(f.FactID), f.Rule, printable.Line(f.Text)}
	}
	return a.table([]string{"FACT", "BROKEN RULE", "TEXT"}, rows)
}

// soundness says that nothing is wrong with so many facts.
func soundness(facts int) string {
	switch facts {
	case 0:
		return "There are no facts yet."
	case 1:
		return "1 fact, and it stands on what you said."
	}
	return count(facts, "fact", "facts") + ", and each stands on what you said."
}

// verify checks the facts of an export against the user's messages in it, which come before them and are of the same moment. It reads the lines by itself, and not
// as an import does, which refuses a file at its first fault. Errors: interrupted when the export is not whole; the reader's.
func verify(export io.Reader) (verification, error) {
	v := verification{Faults: []fault{}}
	contents, whole := map[string]string{}, false
	lines := bufio.NewScanner(export)
	lines.Buffer(nil, interview.MaxExportLine)
	for lines.Scan() {
		var line struct{ Type, ID, Role, Content string }
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			return v, notWhole(err)
		}
		switch line.Type {
		case "message":
			if line.Role == string(interview.RoleUser) {
				contents[line.ID] = line.Content
			}
		case "fact":
			var f interview.Fact
			if err := json.Unmarshal(lines.Bytes(), &f); err != nil {
				return v, notWhole(err)
			}
			v.Facts++
			if err := interview.CheckFact(f, contents); err != nil {
				v.Faults = append(v.Faults, fault{interview.FactFault{FactID: f.ID, Rule: interview.AsError(err).Details.Field}, f.Text})
			}
		case "end":
			whole = true
		}
	}
	if err := lines.Err(); err != nil {
		return v, err
	}
	if !whole {
		return v, notWhole(io.ErrUnexpectedEOF)
	}
	return v, nil
}

// notWhole is the error of an export that cannot be relied on.
func notWhole(err error) error {
	e := interview.Errorf(interview.CodeInterrupted, "The server's export is not whole: nothing was checked. Try again.")
	e.Err = err
	return e
}
