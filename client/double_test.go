package client_test

import (
	"context"

	"github.com/betterprofile/betterprofile/interview"
)

// forgetful is the part of an agent that remembers: this one has nothing to say about it.
type forgetful struct{}

func (forgetful) Prepare(interview.ReplyRequest) any { return nil }

func (forgetful) NeedsHistory(interview.ReplyRequest) bool { return false }

func (forgetful) Summarise(context.Context, interview.SummaryRequest) (string, error) { return "", nil }

func (forgetful) Extract(context.Context, interview.ExtractRequest) (interview.Learned, error) {
	return interview.Learned{}, nil
}

func (forgetful) Title(context.Context, interview.TitleRequest) (string, error) { return "", nil }

func (forgetful) Coverage(*interview.Memory, interview.Time) interview.CoverageReport {
	return interview.CoverageReport{}
}

func (forgetful) Agenda(interview.AgendaRequest) []interview.AgendaItem { return nil }
