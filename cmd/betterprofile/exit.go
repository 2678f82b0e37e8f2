package main

import (
	"errors"
	"fmt"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/printable"
)

var (
	errInterrupted = errors.New("interrupted")   // Ctrl-C
	errReported    = errors.New("reported")      // the command has said what was wrong
	errAborted     = errors.New("not confirmed") // the user said no
)

// usageError is a command line that cannot be understood.
type usageError struct{ error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// exitStatus is the program's exit status for an error: 0 for none, 2 for usage, 130 after Ctrl-C as in a shell, else what the error's
// code says, and 1.
func exitStatus(err error) int {
	usage, isUsage := errors.AsType[usageError](err)
	e, isCoded := errors.AsType[*interview.Error](err)
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errInterrupted):
		return 130
	case isUsage && usage.error != nil:
		return interview.CodeInvalid.ExitStatus()
	case isCoded:
		return e.Code.ExitStatus()
	}
	return 1
}

// report says on standard error what went wrong: a line for people, the API's error object when JSON was asked for.
func (a *app) report(err error) {
	if err == nil || errors.Is(err, errReported) || errors.Is(err, errInterrupted) {
		return
	}
	e, coded := errors.AsType[*interview.Error](err)
	hint := ""
	if coded && e.Code == interview.CodeUnauthenticated {
		hint = a.signInHint
	}
	if a.jsonErrors {
		if _, usage := errors.AsType[usageError](err); usage && !coded {
			e = interview.Errorf(interview.CodeInvalid, "%s", err)
		} else if !coded {
			e = interview.Errorf(interview.CodeInternal, "%s", err)
		} else if hint != "" {
			hinted := *e
			hinted.Message += " " + hint
			e = &hinted
		}
		_ = printLine(a.err, map[string]any{"error": e})
		return
	}
	message := err.Error()
	if coded {
		message = e.Message
	}
	fmt.Fprintln(a.err, "betterprofile: "+printable.Line(message))
	if _, usage := errors.AsType[usageError](err); usage {
		fmt.Fprintln(a.err, "Run 'betterprofile --help' or 'betterprofile COMMAND --help' for how to use it.")
	}
	if hint != "" {
		fmt.Fprintln(a.err, printable.Line(hint))
	}
}
