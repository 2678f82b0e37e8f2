package tui

import (
	"context"
	"errors"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/printable"
)

// errorText is a failure in a sentence for people, printable.
func errorText(err error) string {
	e, ok := errors.AsType[*interview.Error](err)
	switch {
	case ok && e == nil:
		return "The reply could not be made."
	case ok && e.Message != "":
		return printable.Line(e.Message)
	case errors.Is(err, context.DeadlineExceeded):
		return "The server took too long to answer."
	}
	return "The server could not be reached."
}

// outdated reports whether err means that a conversation is not as it is shown: somebody else was faster.
func outdated(err error) bool {
	code := interview.ErrorCode(err)
	return code == interview.CodeConflict || code == interview.CodeTurnInProgress || code == interview.CodeNotFound
}

// away reports whether err means that the server cannot be reached, rather than that it said no.
func away(err error) bool {
	e, ok := errors.AsType[*interview.Error](err)
	return !ok || e.Code == interview.CodeUnavailable
}
