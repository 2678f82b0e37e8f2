package tui

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/betterprofile/betterprofile/interview"
)

// ExportConversation is the messages, one after the other.
func (s *fakeServer) ExportConversation(ctx context.Context, id, format string) (io.ReadCloser, error) {
	if err := s.call(ctx, "ExportConversation"); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.find(id)
	if err != nil {
		return nil, err
	}
	text := fmt.Sprintf("# %s (%s)\n", c.Title, format)
	for _, m := range c.Messages {
		text += m.Content + "\n"
	}
	return io.NopCloser(strings.NewReader(text)), nil
}

// Search looks for the text as it is.
func (s *fakeServer) Search(ctx context.Context, q interview.SearchQuery) (interview.SearchPage, error) {
	if err := s.call(ctx, "Search"); err != nil {
		return interview.SearchPage{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var page interview.SearchPage
	for _, c := range s.conversations {
		for _, m := range slices.Backward(c.Messages) {
			at := strings.Index(m.Content, q.Text)
			if at < 0 {
				continue
			}
			start := len([]rune(m.Content[:at]))
			page.Results = append(page.Results, interview.SearchResult{
				ConversationID: c.ID, Title: c.Title, MessageID: m.ID, Role: m.Role, Snippet: m.Content, CreatedAt: m.CreatedAt,
				Matches: [][2]int{{start, start + len([]rune(q.Text))}},
			})
		}
	}
	return page, nil
}

// ListFacts returns facts.
func (s *fakeServer) ListFacts(ctx context.Context, _ interview.FactQuery) (interview.FactPage, error) {
	if err := s.call(ctx, "ListFacts"); err != nil {
		return interview.FactPage{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return interview.FactPage{Facts: slices.Clone(s.facts)}, nil
}

// UpdateFact sets the status.
func (s *fakeServer) UpdateFact(ctx context.Context, id string, p interview.FactPatch) (interview.Fact, error) {
	if err := s.call(ctx, "UpdateFact"); err != nil {
		return interview.Fact{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.facts {
		if s.facts[i].ID == id {
			s.facts[i].Status = *p.Status
			return s.facts[i], nil
		}
	}
	return interview.Fact{}, interview.NotFound("Fact")
}

// Coverage returns coverage.
func (s *fakeServer) Coverage(ctx context.Context) (interview.CoverageReport, error) {
	err := s.call(ctx, "Coverage")
	return s.coverage, err
}

// Agenda returns agenda.
func (s *fakeServer) Agenda(ctx context.Context, _ int) ([]interview.AgendaItem, error) {
	err := s.call(ctx, "Agenda")
	return s.agenda, err
}

// Forget reports on one message and forgets nothing.
func (s *fakeServer) Forget(ctx context.Context, _ interview.ForgetInput) (interview.ForgetReport, error) {
	err := s.call(ctx, "Forget")
	return s.forgotten, err
}
