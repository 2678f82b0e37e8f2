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

// text is errorText for what the server answered: that nobody is signed in any more comes with what to do about it.
func (m *model) text(err error) string {
	if !signedOut(err) || m.opts.SignIn == "" {
		return errorText(err)
	}
	return "You are signed out. Run “" + printable.Line(m.opts.SignIn) + "” in another window."
}

// trouble is a notice about what the server answered. Having to sign in is nothing to be alarmed at.
func (m *model) trouble(before string, err error, hint string) *notice {
	return &notice{text: before + m.text(err), hint: hint, calm: signedOut(err)}
}

// signedOut reports whether err means that nobody is signed in any more.
func signedOut(err error) bool { return interview.ErrorCode(err) == interview.CodeUnauthenticated }

// outdated reports whether err means that a conversation is not as it is shown: somebody else was faster.
func outdated(err error) bool {
	code := interview.ErrorCode(err)
	return code == interview.CodeConflict || code == interview.CodeTurnInProgress || code == interview.CodeNotFound
}

// later reports whether err means that a message which waits should go on waiting.
func later(err error) bool {
	return signedOut(err) || interview.ErrorCode(err) == interview.CodeTurnInProgress
}

// away reports whether err means that the server cannot be reached, rather than that it said no.
func away(err error) bool {
	e, ok := errors.AsType[*interview.Error](err)
	return !ok || e.Code == interview.CodeUnavailable
}
