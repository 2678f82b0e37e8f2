package tui

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/printable"
)

// profilePanel shows what the user has told, fact by fact with the words in which it was said, under the experience that it belongs to.
type profilePanel struct {
	facts   []interview.Fact // those that count, by experience
	labels  map[string]string
	loading bool
	failed  string
	cursor  int
	reader  reader
	at      []int // the first line of each fact, as last drawn
	moved   bool  // the cursor is to be brought into sight
}

// gotFacts is all that the user has told.
type gotFacts struct {
	facts  []interview.Fact
	report interview.CoverageReport
	err    error
}

// judged is a fact that the user has confirmed or rejected.
type judged struct {
	fact interview.Fact
	err  error
}

// facts reads all facts and what the experiences are called.
func (c commands) facts(ctx context.Context, to panel) tea.Cmd {
	return c.tasks.command(func() tea.Msg {
		var got gotFacts
		q := interview.FactQuery{Limit: interview.MaxLimit}
		for {
			page, err := c.server.ListFacts(ctx, q)
			if err != nil {
				return panelMsg{to, gotFacts{err: err}}
			}
			got.facts = append(got.facts, page.Facts...)
			if q.Cursor = page.NextCursor; q.Cursor == "" {
				break
			}
		}
		got.report, got.err = c.server.Coverage(ctx)
		return panelMsg{to, got}
	})
}

// judge confirms or rejects a fact.
func (c commands) judge(ctx context.Context, to panel, id string, status interview.FactStatus) tea.Cmd {
	return c.tasks.command(func() tea.Msg {
		fact, err := c.server.UpdateFact(ctx, id, interview.FactPatch{Status: &status})
		return panelMsg{to, judged{fact, err}}
	})
}

// openProfile shows what the user has told.
func (m *model) openProfile() tea.Cmd {
	p := &profilePanel{loading: true}
	m.panel = p
	return m.commands.facts(m.ctx, p)
}

func (p *profilePanel) key(m *model, msg tea.KeyPressMsg) tea.Cmd {
	switch {
	case key.Matches(msg, m.keys.listUp):
		p.move(-1)
	case key.Matches(msg, m.keys.listDown):
		p.move(1)
	case key.Matches(msg, m.keys.listTop):
		p.move(-len(p.facts))
	case key.Matches(msg, m.keys.listBottom):
		p.move(len(p.facts))
	case key.Matches(msg, m.keys.pageUp):
		p.page(-1)
	case key.Matches(msg, m.keys.pageDown):
		p.page(1)
	case key.Matches(msg, m.keys.factConfirm):
		return p.judge(m, interview.FactConfirmed)
	case key.Matches(msg, m.keys.factReject):
		return p.judge(m, interview.FactRejected)
	case key.Matches(msg, m.keys.retry):
		return m.openProfile()
	case key.Matches(msg, m.keys.cancel), key.Matches(msg, m.keys.profile), msg.String() == "q":
		m.panel = nil
	case key.Matches(msg, m.keys.agenda):
		return m.openAgenda()
	}
	return nil
}

func (p *profilePanel) paste(*model, string) tea.Cmd { return nil }

func (p *profilePanel) move(by int) {
	p.cursor = max(min(p.cursor+by, len(p.facts)-1), 0)
	p.moved = true
}

// page moves by a screen, to the fact that is then at its top.
func (p *profilePanel) page(by int) {
	p.reader.by(by * max(p.reader.height-1, 1))
	for i, line := range p.at {
		if line >= p.reader.top || i == len(p.at)-1 {
			p.cursor = i
			break
		}
	}
}

func (p *profilePanel) scroll(_ *model, by int) tea.Cmd {
	p.reader.by(by)
	return nil
}

func (p *profilePanel) click(_ *model, _, y int) tea.Cmd {
	line := y - 2 + p.reader.top
	for i, from := range p.at {
		if line >= from {
			p.cursor = i
		}
	}
	return nil
}

func (p *profilePanel) judge(m *model, status interview.FactStatus) tea.Cmd {
	if p.cursor >= len(p.facts) {
		return nil
	}
	f := p.facts[p.cursor]
	if f.Status == status {
		status = interview.FactProposed // the same key again takes it back
	}
	return m.commands.judge(m.ctx, p, f.ID, status)
}

func (p *profilePanel) answer(m *model, content any) tea.Cmd {
	switch got := content.(type) {
	case gotFacts:
		m.noteError(got.err)
		p.loading = false
		if got.err != nil {
			p.failed = m.text(got.err)
			return nil
		}
		p.show(got)
		m.told = telling{report: got.report, known: true, asked: true}
	case judged:
		m.noteError(got.err)
		if got.err != nil {
			m.complain("It could not be changed: " + m.text(got.err))
			return nil
		}
		for i := range p.facts {
			if p.facts[i].ID == got.fact.ID {
				p.facts[i] = got.fact
			}
		}
	}
	return nil
}

// show puts facts in the order of their experiences, those across all last.
func (p *profilePanel) show(got gotFacts) {
	p.labels = map[string]string{}
	order := map[string]int{"": len(got.report.Experiences) + 1}
	for i, e := range got.report.Experiences {
		p.labels[e.ID] = cmp.Or(printable.Line(e.Label), string(e.Kind))
		order[e.ID] = i
	}
	p.facts = slices.DeleteFunc(slices.Clone(got.facts), func(f interview.Fact) bool { return !f.Current() })
	for _, f := range p.facts {
		if _, known := order[f.ExperienceID]; !known {
			order[f.ExperienceID] = len(got.report.Experiences)
		}
	}
	slices.SortStableFunc(p.facts, func(a, b interview.Fact) int {
		return cmp.Compare(order[a.ExperienceID], order[b.ExperienceID])
	})
	p.move(0)
}

func (p *profilePanel) hints(k keyMap) []key.Binding {
	hints := []key.Binding{bind(k.cancel.Help().Key, "close")}
	if len(p.facts) > 0 {
		hints = append(hints, k.factConfirm, k.factReject)
	}
	return append(hints, bind(k.agenda.Help().Key, "what comes next"))
}

func (p *profilePanel) view(m *model, under []string) ([]string, *tea.Cursor) {
	lines := p.text(m)
	if p.moved && p.cursor < len(p.at) {
		end := len(lines)
		if p.cursor+1 < len(p.at) {
			end = p.at[p.cursor+1]
		}
		from := p.at[p.cursor]
		if p.cursor == 0 {
			from = 0
		}
		p.reader.lines = len(lines)
		p.reader.height = max(len(under)-2, 1)
		p.reader.top = max(min(p.reader.top, from), end-p.reader.height)
		p.moved = false
	}
	return m.sheet("What you have told", lines, &p.reader, len(under)), nil
}

// text is all facts, each with the words in which it was said.
func (p *profilePanel) text(m *model) []string {
	switch {
	case p.failed != "":
		return m.indented(0, span{p.failed, failure}, span{"\n" + m.keys.retry.Help().Key + " tries again.", faint})
	case p.loading:
		return m.indented(0, span{"Reading what you have told", faint})
	case len(p.facts) == 0:
		return m.indented(0, span{"Nothing yet. What you tell the interviewer is gathered here, with the words in which you said it.", faint})
	}
	var lines []string
	p.at = p.at[:0]
	for i, f := range p.facts {
		if i == 0 || f.ExperienceID != p.facts[i-1].ExperienceID {
			if i > 0 {
				lines = append(lines, "")
			}
			lines = append(lines, m.indented(0, span{p.heading(f), bold})...)
		}
		p.at = append(p.at, len(lines))
		lines = append(lines, p.fact(m, f, i == p.cursor)...)
		if quote := quoteAfter(p.facts, i); quote != "" {
			lines = append(lines, m.indented(4, span{"“" + quote + "”", faint})...)
		}
	}
	return lines
}

// quoteAfter is the quote to show below a fact, printable: the longest of those before it that overlap, below the last of them. It is "" when the next
// fact has the same words, and when one of them says just these.
func quoteAfter(facts []interview.Fact, i int) string {
	overlap := func(a, b interview.Fact) bool {
		return a.ExperienceID == b.ExperienceID && (strings.Contains(a.Quote, b.Quote) || strings.Contains(b.Quote, a.Quote))
	}
	if i+1 < len(facts) && overlap(facts[i], facts[i+1]) {
		return ""
	}
	first := i
	for first > 0 && overlap(facts[first-1], facts[first]) {
		first--
	}
	group := facts[first : i+1]
	longest := slices.MaxFunc(group, func(a, b interview.Fact) int { return cmp.Compare(len(a.Quote), len(b.Quote)) }).Quote
	if slices.ContainsFunc(group, func(f interview.Fact) bool { return strings.EqualFold(f.Text, longest) }) {
		return ""
	}
	return printable.Line(longest)
}

func (p *profilePanel) heading(f interview.Fact) string {
	if f.ExperienceID == "" {
		return "Across all"
	}
	return cmp.Or(p.labels[f.ExperienceID], "Another experience")
}

// fact is a fact: how it stands, what it says, of what kind it is and when it was said.
func (p *profilePanel) fact(m *model, f interview.Fact, selected bool) []string {
	mark, a := "· ", attr(0)
	switch f.Status {
	case interview.FactConfirmed:
		mark = "✓ "
	case interview.FactConflict:
		mark, a = "! ", failure
	case interview.FactRejected:
		mark, a = "× ", faint|strike
	}
	if selected {
		a |= bold | accent
	}
	about := " · " + kindWord(f.Kind)
	if f.Status == interview.FactConflict {
		about += ", contradicts another"
	}
	about += " · " + clock(f.CreatedAt.Time, m.now())
	lines := m.indented(4, span{printable.Line(f.Text), a}, span{about, faint})
	cursor := "  "
	if selected {
		cursor = m.theme.render(bold|accent, "› ")
	}
	margin, _ := margins(m.width)
	lines[0] = spaces(margin) + cursor + m.theme.render(a, mark) + m.theme.cut(lines[0], margin+4, m.width)
	return lines
}
