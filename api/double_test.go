package api_test

import (
	"context"

	"github.com/betterprofile/betterprofile/interview"
)

// forgetful is the part of an agent that remembers: this one looks at nothing again.
type forgetful struct{}

func (forgetful) Prepare(interview.ReplyRequest) any { return nil }

func (forgetful) NeedsHistory(interview.ReplyRequest) bool { return false }

func (forgetful) Summarise(context.Context, interview.SummaryRequest) (string, error) { return "", nil }

func (forgetful) Extract(context.Context, interview.ExtractRequest) (interview.Learned, error) {
	return interview.Learned{}, nil
}

func (forgetful) Title(context.Context, interview.TitleRequest) (string, error) { return "", nil }

// Coverage has a facet for each experience.
func (forgetful) Coverage(m *interview.Memory, now interview.Time) interview.CoverageReport {
	report := interview.CoverageReport{Experiences: []interview.ExperienceCoverage{}, Personal: []interview.FacetCoverage{}}
	for _, e := range m.Experiences {
		at := e.UpdatedAt
		report.Experiences = append(report.Experiences, interview.ExperienceCoverage{
			ID: e.ID, Label: e.Org, Kind: e.Kind, Facets: []interview.FacetCoverage{{
				Facet: "context", State: interview.CoverageAnswered, Slots: []interview.SlotCoverage{
					{Slot: "org", State: interview.CoverageAnswered, At: &at}, {Slot: "span", State: interview.CoverageEmpty},
				},
			}},
		})
	}
	return report
}

// Agenda asks about the conversation, as often as it may.
func (forgetful) Agenda(in interview.AgendaRequest) []interview.AgendaItem {
	var items []interview.AgendaItem
	for range in.N {
		items = append(items, interview.AgendaItem{
			Facet: "result", Slot: "outcome", Question: "What came of " + in.ConversationID + "?", Reason: "what came of it",
		})
	}
	return items
}
