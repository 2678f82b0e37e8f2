package tui

import (
	"cmp"
	"context"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/printable"
)

// searchPanel looks for words in all messages as they are typed, and leads to what it found.
type searchPanel struct {
	input   *editor
	text    string // that the results are for
	results []interview.SearchResult
	more    interview.Cursor
	loading bool
	failed  string
	cursor  int
	top     int
	fits    int // results in sight, as last drawn
}

// searched is a page of what was found.
type searched struct {
	text    string
	page    interview.SearchPage
	further bool
	err     error
}

// settled says that what is typed has stood for a moment.
type settled struct{ text string }

// find asks for messages that hold a text.
func (c commands) find(ctx context.Context, to panel, text string, cursor interview.Cursor) tea.Cmd {
	return c.tasks.command(func() tea.Msg {
		page, err := c.server.Search(ctx, interview.SearchQuery{Text: text, Limit: pageSize, Cursor: cursor})
		return panelMsg{to, searched{text, page, cursor != "", err}}
	})
}

// openSearch opens the search as it was left.
func (m *model) openSearch() tea.Cmd {
	if m.search == nil {
		m.search = &searchPanel{input: newEditor(m.theme.cells)}
		m.search.input.single, m.search.input.width = true, interview.MaxQueryRunes*tabWidth
	}
	m.panel = m.search
	return nil
}

func (p *searchPanel) wanted() string { return strings.TrimSpace(p.input.value()) }

// key takes in a key: what moves among the results, else what is typed.
func (p *searchPanel) key(m *model, msg tea.KeyPressMsg) tea.Cmd {
	switch {
	case key.Matches(msg, m.keys.cancel), key.Matches(msg, m.keys.search):
		m.panel = nil
	case key.Matches(msg, m.keys.accept):
		return p.open(m)
	case key.Matches(msg, m.keys.up):
		return p.move(m, -1)
	case key.Matches(msg, m.keys.down):
		return p.move(m, 1)
	case key.Matches(msg, m.keys.pageUp):
		return p.move(m, -max(p.fits-1, 1))
	case key.Matches(msg, m.keys.pageDown):
		return p.move(m, max(p.fits-1, 1))
	case key.Matches(msg, m.keys.retry):
		return p.start(m)
	case key.Matches(msg, m.keys.newline):
	case p.input.edit(m.keys, msg):
		return p.typed(m)
	}
	return nil
}

func (p *searchPanel) paste(m *model, text string) tea.Cmd {
	p.input.insert(text)
	return p.typed(m)
}

// typed waits for a rest in typing.
func (p *searchPanel) typed(m *model) tea.Cmd {
	text := p.wanted()
	if text == p.text {
		return nil
	}
	if !interview.Searchable(text) {
		p.text, p.results, p.more, p.failed, p.loading = "", nil, "", "", false
		return nil
	}
	return after(m.ctx, pause, panelMsg{p, settled{text}})
}

// start searches for what is typed, from the beginning.
func (p *searchPanel) start(m *model) tea.Cmd {
	text := p.wanted()
	if !interview.Searchable(text) {
		return nil
	}
	p.text, p.loading, p.failed = text, true, ""
	return m.commands.find(m.ctx, p, text, "")
}

func (p *searchPanel) answer(m *model, content any) tea.Cmd {
	switch got := content.(type) {
	case settled:
		if got.text == p.wanted() {
			return p.start(m)
		}
	case searched:
		return p.found(m, got)
	}
	return nil
}

// found shows a page, and goes on to the next one while nothing fills the screen.
func (p *searchPanel) found(m *model, got searched) tea.Cmd {
	if got.text != p.text {
		return nil
	}
	m.noteError(got.err)
	p.loading = false
	if !got.further {
		p.results, p.cursor, p.top = nil, 0, 0
	}
	if got.err != nil {
		p.failed, p.more = m.text(got.err), ""
		return nil
	}
	p.results = append(p.results, got.page.Results...)
	p.more = got.page.NextCursor
	return p.next(m)
}

// next asks for the next page when the end of what was found comes near.
func (p *searchPanel) next(m *model) tea.Cmd {
	if p.more == "" || p.loading || p.cursor+2*max(p.fits, 1) < len(p.results) {
		return nil
	}
	p.loading = true
	return m.commands.find(m.ctx, p, p.text, p.more)
}

func (p *searchPanel) move(m *model, by int) tea.Cmd {
	p.cursor = max(min(p.cursor+by, len(p.results)-1), 0)
	return p.next(m)
}

func (p *searchPanel) scroll(m *model, by int) tea.Cmd { return p.move(m, by) }

// open goes to the message under the cursor.
func (p *searchPanel) open(m *model) tea.Cmd {
	if p.cursor >= len(p.results) {
		return p.start(m)
	}
	r := p.results[p.cursor]
	m.panel = nil
	return m.jump(r.ConversationID, r.Title, r.MessageID)
}

// The layout of the search, in lines.
const (
	searchHead    = 4 // lines above the results
	resultHeight  = 4
	snippetHeight = 2
	shortTitle    = 20 // columns for a title below which the time has to go
)

func (p *searchPanel) click(m *model, _, y int) tea.Cmd {
	i := p.top + (y-searchHead)/resultHeight
	if y < searchHead || i >= len(p.results) {
		return nil
	}
	p.cursor = i
	return p.open(m)
}

func (p *searchPanel) hints(k keyMap) []key.Binding {
	return []key.Binding{bind(k.accept.Help().Key, "go there"), bind(k.cancel.Help().Key, "close")}
}

func (p *searchPanel) view(m *model, under []string) ([]string, *tea.Cursor) {
	height := len(under)
	margin, width := margins(m.width)
	row, column := inputRow(m.theme, p.input, "› ", width)
	if p.input.empty() {
		row += m.theme.render(faint, m.theme.truncate("Words that are in a message", max(width-2, 0)))
	}
	lines := []string{spaces(margin) + m.theme.render(heading, m.theme.truncate("Search all messages", width)), ""}
	cursor := tea.NewCursor(margin+column, len(lines))
	lines = append(lines, spaces(margin)+row, "")
	p.fits = max((height-searchHead)/resultHeight, 1)
	p.top = max(min(p.top, p.cursor), p.cursor-p.fits+1, 0)
	for i := p.top; i < len(p.results) && len(lines) < height; i++ {
		lines = append(lines, p.result(m, i, width)...)
	}
	if text := p.remark(); text != "" && len(lines) < height {
		lines = append(lines, m.indented(0, span{text, faint})...)
	}
	return strings.Split(box(m.theme, lines, m.width, height), "\n"), cursor
}

// remark says what there is to know besides the results.
func (p *searchPanel) remark() string {
	switch {
	case p.failed != "":
		return p.failed
	case p.loading:
		return "Searching…"
	case p.text != "" && len(p.results) == 0:
		return "No message has all of these words."
	}
	return ""
}

// result is a message that was found: where, whose and when, then a part of it, then an empty line.
func (p *searchPanel) result(m *model, i, width int) []string {
	r := p.results[i]
	margin, _ := margins(m.width)
	before, a := spaces(margin), bold
	if i == p.cursor {
		before, a = m.theme.render(accent|bold, "›")+spaces(max(margin-1, 1)), bold|accent
	}
	who := "Interviewer"
	if r.Role == interview.RoleUser {
		who = "You"
	}
	about := " · " + who + " · " + clock(r.CreatedAt.Time, m.now())
	if m.theme.cells.width(about)+shortTitle > width {
		about = " · " + who
	}
	title := cmp.Or(printable.Line(r.Title), untitled)
	title = m.theme.truncate(title, max(width-m.theme.cells.width(about), min(width, shortTitle)))
	lines := []string{before + m.theme.render(a, title) + m.theme.render(faint, about)}
	lines = append(lines, m.indented(0, snippet(r)...)...)
	if len(lines) > 1+snippetHeight {
		lines = lines[:1+snippetHeight]
	}
	for len(lines) < resultHeight {
		lines = append(lines, "")
	}
	return lines
}

// snippet is the part of the message with what was found in it.
func snippet(r interview.SearchResult) []span {
	text := []rune(r.Snippet)
	var spans []span
	at := 0
	add := func(to int, a attr) {
		to = max(min(to, len(text)), at)
		part := strings.ReplaceAll(printable.Text(string(text[at:to])), "\n", " ")
		spans = append(spans, span{part, a})
		at = to
	}
	for _, match := range r.Matches {
		add(match[0], 0)
		add(match[1], bold|accent)
	}
	add(len(text), 0)
	return spans
}
