package tui

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/printable"
)

// agendaItems is how many questions the agenda shows.
const agendaItems = 7

// agendaPanel shows what the interviewer would ask next, and how far each part of the profile is told.
type agendaPanel struct {
	items   []interview.AgendaItem
	report  interview.CoverageReport
	loading bool
	failed  string
	reader  reader
}

// gotAgenda is what the server says of it.
type gotAgenda struct {
	items  []interview.AgendaItem
	report interview.CoverageReport
	err    error
}

// agenda asks what the interviewer would ask, and how far the profile is told.
func (c commands) agenda(ctx context.Context, to panel) tea.Cmd {
	return c.tasks.command(func() tea.Msg {
		var got gotAgenda
		if got.items, got.err = c.server.Agenda(ctx, agendaItems); got.err == nil {
			got.report, got.err = c.server.Coverage(ctx)
		}
		return panelMsg{to, got}
	})
}

// openAgenda shows what comes next.
func (m *model) openAgenda() tea.Cmd {
	p := &agendaPanel{loading: true}
	m.panel = p
	return m.commands.agenda(m.ctx, p)
}

func (p *agendaPanel) key(m *model, msg tea.KeyPressMsg) tea.Cmd {
	switch {
	case p.reader.move(m.keys, msg):
	case key.Matches(msg, m.keys.retry):
		return m.openAgenda()
	case key.Matches(msg, m.keys.profile):
		return m.openProfile()
	case key.Matches(msg, m.keys.cancel), key.Matches(msg, m.keys.agenda), msg.String() == "q":
		m.panel = nil
	}
	return nil
}

func (p *agendaPanel) paste(*model, string) tea.Cmd { return nil }

func (p *agendaPanel) answer(m *model, content any) tea.Cmd {
	got, ok := content.(gotAgenda)
	if !ok {
		return nil
	}
	m.noteError(got.err)
	p.loading = false
	if got.err != nil {
		p.failed = m.text(got.err)
		return nil
	}
	p.items, p.report = got.items, got.report
	m.told = telling{report: got.report, known: true, asked: true}
	return nil
}

func (p *agendaPanel) scroll(_ *model, by int) tea.Cmd {
	p.reader.by(by)
	return nil
}

func (p *agendaPanel) click(*model, int, int) tea.Cmd { return nil }

func (p *agendaPanel) hints(k keyMap) []key.Binding {
	return []key.Binding{bind(k.cancel.Help().Key, "close"), bind("Up/Down", "scroll"), bind(k.profile.Help().Key, "what you have told")}
}

func (p *agendaPanel) view(m *model, under []string) ([]string, *tea.Cursor) {
	return m.sheet("What comes next", p.text(m), &p.reader, len(under)), nil
}

func (p *agendaPanel) text(m *model) []string {
	switch {
	case p.failed != "":
		return m.indented(0, span{p.failed, failure}, span{"\n" + m.keys.retry.Help().Key + " tries again.", faint})
	case p.loading:
		return m.indented(0, span{"Asking the interviewer", faint})
	}
	var lines []string
	for i, item := range p.items {
		lines = append(lines, p.question(m, i, item)...)
	}
	if len(p.items) == 0 {
		lines = append(lines, m.indented(0, span{"The interviewer has nothing in particular to ask.", faint})...)
	}
	margin, width := margins(m.width)
	lines = append(lines, "", spaces(margin)+m.theme.render(heading, m.theme.truncate("How far it is told", width)), "")
	for _, e := range p.report.Experiences {
		lines = append(lines, p.facets(m, cmp.Or(printable.Line(e.Label), string(e.Kind)), e.Facets)...)
	}
	return append(lines, p.facets(m, "Across all", p.report.Personal)...)
}

// question is one of the agenda: what would be asked, what it is about, and why.
func (p *agendaPanel) question(m *model, i int, item interview.AgendaItem) []string {
	number := fmt.Sprintf("%d. ", i+1)
	lines := m.indented(len(number), span{printable.Line(item.Question), bold})
	if len(lines) > 0 {
		margin, _ := margins(m.width)
		lines[0] = spaces(margin) + m.theme.render(faint, number) + m.theme.cut(lines[0], margin+len(number), m.width)
	}
	why := "A reader of your profile will want to know " + printable.Line(item.Reason) + "."
	if label := printable.Line(item.Label); label != "" {
		why = "About " + label + ". " + why
	}
	return append(lines, m.indented(len(number), span{why, faint})...)
}

// facets is a bar for each facet of an experience, with what of it is not told yet.
func (p *agendaPanel) facets(m *model, name string, facets []interview.FacetCoverage) []string {
	if len(facets) == 0 {
		return nil
	}
	lines := m.indented(0, span{name, bold}, span{fmt.Sprintf(" · %d %%", int(share(facets)*100)), faint})
	const nameWidth, cells, column = 15, 6, 2 + 15 + 6 + 2
	margin, width := margins(m.width)
	for _, f := range facets {
		text := m.theme.pad(m.theme.truncate(printable.Line(f.Facet), nameWidth-1), nameWidth)
		head := spaces(margin+2) + text + m.theme.render(accent, bar(share([]interview.FacetCoverage{f}), cells))
		if width < 2*column { // below, as there is no room beside
			lines = append(append(lines, head), m.indented(4, span{missing(f), faint})...)
			continue
		}
		rest := m.indented(column, span{missing(f), faint})
		if len(rest) == 0 {
			rest = []string{""}
		}
		rest[0] = head + "  " + m.theme.cut(rest[0], margin+column, m.width)
		lines = append(lines, rest...)
	}
	return append(lines, "")
}

// missing says what of a facet is not told yet.
func missing(f interview.FacetCoverage) string {
	var open []string
	for _, s := range f.Slots {
		switch s.State {
		case interview.CoverageEmpty, interview.CoverageVague, interview.CoverageStale:
			open = append(open, slotWord(f.Facet, s.Slot))
		}
	}
	if len(open) == 0 {
		return ""
	}
	return "not yet: " + strings.Join(open, ", ")
}
