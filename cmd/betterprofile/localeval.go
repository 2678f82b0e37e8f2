package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/betterprofile/betterprofile/agent/eval"
	"github.com/betterprofile/betterprofile/interview"
)

// evaluate lets the interviewer of this program talk with scripted people, in this process, and returns what to print and whether every
// aim was met. Errors: invalid for a file that cannot be read.
func evaluate(ctx context.Context, opts evalOptions) (text string, met bool, err error) {
	run := eval.Options{Turns: opts.turns, Acts: true}
	if opts.persona != "" {
		data, err := os.ReadFile(opts.persona)
		if err != nil {
			return "", false, err
		}
		if run.Personas, err = eval.ParsePersonas(data); err != nil {
			return "", false, interview.Errorf(interview.CodeInvalid, "%s: %s", opts.persona, err)
		}
	}
	report, err := eval.Run(ctx, eval.Contenders(), run)
	if err != nil {
		return "", false, fmt.Errorf("evaluate: %w", err)
	}
	var b strings.Builder
	if opts.transcript {
		b.WriteString(report.Transcript())
	}
	b.WriteString(report.Text())
	return b.String(), len(report.Missed()) == 0, nil
}
