package tui

import (
	"context"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/printable"
)

// telling is how far the user's profile is told, as last heard.
type telling struct {
	report interview.CoverageReport
	known  bool
	asked  bool
}

// pursuit is what the newest reply of the open conversation is after, and why it is not the model's.
type pursuit struct {
	facet, subject, fallback string
}

// coverageMsg is what the server says of it.
type coverageMsg struct {
	report interview.CoverageReport
	err    error
}

// coverage asks how far the profile is told.
func (c commands) coverage(ctx context.Context) tea.Cmd {
	return c.tasks.command(func() tea.Msg {
		report, err := c.server.Coverage(ctx)
		return coverageMsg{report, err}
	})
}

// askCoverage asks how far the profile is told: when nobody has yet, or when something new has been said.
func (m *model) askCoverage(again bool) tea.Cmd {
	if m.told.asked && !again {
		return nil
	}
	m.told.asked = true
	return m.commands.coverage(m.ctx)
}

func (m *model) gotCoverage(msg coverageMsg) {
	if msg.err != nil {
		m.told.asked = m.told.known // it is asked again with the next conversation
		return
	}
	m.told = telling{report: msg.report, known: true, asked: true}
}

// notePursuit notes what the newest reply is after.
func (m *model) notePursuit() {
	m.after = pursuit{}
	for _, e := range slices.Backward(m.history.entries) {
		if e.isMessage() && e.message.Role == interview.RoleAssistant && e.live == nil {
			meta := e.message.ReplyMetadata()
			m.after = pursuit{printable.Line(meta.Facet), meta.Subject, printable.Line(strings.ReplaceAll(meta.Fallback, "_", " "))}
			return
		}
	}
}

// learned takes in what a completed turn says besides its reply.
func (m *model) learned(ev interview.Event) tea.Cmd {
	if ev.Usage != nil {
		m.used.InputTokens += ev.Usage.InputTokens
		m.used.OutputTokens += ev.Usage.OutputTokens
	}
	m.notePursuit()
	return m.askCoverage(true)
}

// share is how much of some facets is told, from 0 to 1: what was refused or is unknown counts as told, what is vague as half.
func share(facets []interview.FacetCoverage) float64 {
	all, told := 0.0, 0.0
	for _, f := range facets {
		for _, s := range f.Slots {
			all++
			switch s.State {
			case interview.CoverageAnswered, interview.CoverageRefused, interview.CoverageUnknown:
				told++
			case interview.CoverageVague:
				told += 0.5
			}
		}
	}
	if all == 0 {
		return 0
	}
	return told / all
}

// pursued is the facets that the newest reply is about: those of its experience, or of all when it has none.
func (m *model) pursued() []interview.FacetCoverage {
	r := m.told.report
	for _, e := range r.Experiences {
		if e.ID == m.after.subject {
			return e.Facets
		}
	}
	all := slices.Clone(r.Personal)
	if slices.ContainsFunc(r.Personal, func(f interview.FacetCoverage) bool { return f.Facet == m.after.facet }) {
		return all
	}
	for _, e := range r.Experiences {
		all = append(all, e.Facets...)
	}
	return all
}

// bar is a share as so many cells, some of them full.
func bar(share float64, cells int) string {
	full := int(share*float64(cells) + 0.5)
	if share > 0 && full == 0 {
		full = 1
	}
	if share < 1 && full == cells {
		full--
	}
	return strings.Repeat("▰", full) + strings.Repeat("▱", cells-full)
}

// pursuitText says what the interviewer is after and how much of that is told, "" while that is not known.
func (m *model) pursuitText() string {
	if !m.told.known {
		return ""
	}
	facets := m.pursued()
	if len(facets) == 0 {
		return ""
	}
	name := "told"
	if slices.ContainsFunc(facets, func(f interview.FacetCoverage) bool { return f.Facet == m.after.facet }) {
		name = m.theme.truncate(m.after.facet, 16)
	}
	return name + " " + bar(share(facets), 6)
}
