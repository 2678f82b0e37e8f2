package client

import (
	"context"
	"iter"
	"net/http"

	"github.com/betterprofile/betterprofile/interview"
)

// ListFacts returns a page of what the user said, oldest first; q.All has no effect. [Client.Facts] yields all pages. Errors: invalid.
func (c *Client) ListFacts(ctx context.Context, q interview.FactQuery) (interview.FactPage, error) {
	var page interview.FactPage
	q, err := q.Normalize()
	if err != nil {
		return page, err
	}
	query := pageQuery(q.Limit, q.Cursor)
	for name, value := range map[string]string{"status": string(q.Status), "kind": string(q.Kind), "experience": q.ExperienceID} {
		if value != "" {
			query.Set(name, value)
		}
	}
	err = c.do(ctx, call{method: http.MethodGet, path: path("profile", "facts"), query: query, out: &page, safe: true})
	return page, err
}

// Facts yields all facts of a query, page by page, and ends with an error. Errors: invalid.
func (c *Client) Facts(ctx context.Context, q interview.FactQuery) iter.Seq2[interview.Fact, error] {
	return func(yield func(interview.Fact, error) bool) {
		for {
			page, err := c.ListFacts(ctx, q)
			if err != nil {
				yield(interview.Fact{}, err)
				return
			}
			for _, f := range page.Facts {
				if !yield(f, nil) {
					return
				}
			}
			if q.Cursor = page.NextCursor; q.Cursor == "" {
				return
			}
		}
	}
}

// UpdateFact changes a fact by the user's hand and returns it. What contradicts a fact that is confirmed is superseded by it. Errors: not_found;
// invalid, field status; conflict when it is being changed by another, to be tried again.
func (c *Client) UpdateFact(ctx context.Context, id string, p interview.FactPatch) (interview.Fact, error) {
	p, err := p.Normalize()
	if err != nil {
		return interview.Fact{}, err
	}
	var answer struct {
		Fact interview.Fact `json:"fact"`
	}
	err = c.do(ctx, call{method: http.MethodPatch, path: path("profile", "facts", id), body: p, out: &answer})
	return answer.Fact, err
}

// Coverage returns how far the user's profile is told.
func (c *Client) Coverage(ctx context.Context) (interview.CoverageReport, error) {
	var report interview.CoverageReport
	err := c.do(ctx, call{method: http.MethodGet, path: path("coverage"), out: &report, safe: true})
	return report, err
}

// Agenda returns what the interviewer would ask next, in order, at most limit questions (1 to [interview.MaxAgenda]; 0 is 5). Errors: invalid, field
// limit.
func (c *Client) Agenda(ctx context.Context, limit int) ([]interview.AgendaItem, error) {
	var answer struct {
		Agenda []interview.AgendaItem `json:"agenda"`
	}
	err := c.do(ctx, call{method: http.MethodGet, path: path("agenda"), query: pageQuery(limit, ""), out: &answer, safe: true})
	return answer.Agenda, err
}

// Forget removes messages' content and all that was made from it, for good, and says what that was; a report that is Empty is of nothing found. It is tried once unless
// it is a dry run: a second try would report on what the first has left. Errors: invalid with the field; not_found for a message id; turn_in_progress.
func (c *Client) Forget(ctx context.Context, in interview.ForgetInput) (interview.ForgetReport, error) {
	var report interview.ForgetReport
	in, err := in.Normalize()
	if err != nil {
		return report, err
	}
	err = c.do(ctx, call{method: http.MethodPost, path: path("forget"), body: in, out: &report, safe: in.DryRun})
	return report, err
}
