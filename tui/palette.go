package tui

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"github.com/betterprofile/betterprofile/interview"
)

// action is something that can be done, as the palette has it.
type action struct {
	title string
	keys  key.Binding
	run   func() tea.Cmd
}

// actions is all that can be done now, in the order of the palette.
func (m *model) actions() []action {
	k := m.keys
	does := func(f func()) func() tea.Cmd {
		return func() tea.Cmd { f(); return nil }
	}
	all := []action{
		{"New conversation", k.newConversation, m.newConversation},
		{"Search all messages", k.search, m.openSearch},
		{"Filter the conversations", k.filter, m.filterList},
		{"Go to the list", k.focusList, does(m.focusList)},
		{"Go to the messages", k.focusHistory, does(m.focusHistory)},
		{"Next conversation", k.next, func() tea.Cmd { return m.openNeighbour(1) }},
		{"Previous conversation", k.previous, func() tea.Cmd { return m.openNeighbour(-1) }},
		{"What you have told: the profile with its sources", k.profile, m.openProfile},
		{"What comes next: agenda and coverage", k.agenda, m.openAgenda},
	}
	all = append(all, m.conversationActions()...)
	all = append(all, m.messageActions()...)
	return append(all, []action{
		{"Try again, or another reply", k.retry, m.retry},
		{"Stop the reply", k.stop, m.stop},
		{"Edit an earlier message", k.edit, m.editEarlier},
		{"Write in your editor", k.external, m.editOutside},
		{"To the oldest message", k.top, does(m.history.goTop)},
		{"To the newest message", k.bottom, does(m.history.goEnd)},
		{"Show or hide the list", k.list, does(m.toggleList)},
		{"Mouse on or off", k.mouse, does(m.toggleMouse)},
		{"Help: all keys", k.help, m.openHelp},
		{"Draw the screen anew", k.redraw, func() tea.Cmd { return tea.ClearScreen }},
		{"Go to the shell", k.suspend, func() tea.Cmd { return tea.Suspend }},
		{"Quit", k.quit, m.quit},
	}...)
}

// conversationActions are those about the open conversation, or the one selected in the list.
func (m *model) conversationActions() []action {
	k, c := m.keys, m.current()
	on := func(do func(interview.Conversation) tea.Cmd) func() tea.Cmd {
		return func() tea.Cmd { return m.onCurrent(do) }
	}
	pin, archive, other := "Pin the conversation", "Archive the conversation", "Show the archived conversations"
	if c.Pinned {
		pin = "Unpin the conversation"
	}
	if c.Archived {
		archive = "Take the conversation out of the archive"
	}
	if m.list.archived {
		other = "Show the conversations that are not archived"
	}
	all := []action{
		{"Rename the conversation", k.rename, on(m.renameCurrent)},
		{pin, k.pin, on(m.pin)},
		{archive, k.archive, on(m.archive)},
		{other, k.archived, func() tea.Cmd { return m.showArchived(!m.list.archived) }},
		{"Fork: a copy up to the last question", k.fork, on(m.forkWhole)},
		{"Delete the conversation", k.remove, on(m.remove)},
	}
	if m.opts.Export != nil {
		all = append(all, action{"Export the conversation to a file", k.export, on(m.export)})
	}
	if m.lastLeaving() != nil {
		all = append(all, action{"Bring back what was deleted", k.bringBack, m.bringBack})
	}
	return all
}

// messageActions are those about the chosen message, or the newest one in sight.
func (m *model) messageActions() []action {
	e := m.history.chosen
	if e == nil {
		e = m.history.lastShown()
	}
	if e == nil || !m.conv.open() {
		return nil
	}
	which := "the newest message in sight"
	if m.reading() {
		which = "the chosen message"
	}
	k := m.keys
	on := func(do func(*entry) tea.Cmd) func() tea.Cmd { return func() tea.Cmd { return do(e) } }
	return []action{
		{"Copy " + which, k.copyMessage, on(m.copyText)},
		{"Quote " + which, k.quote, on(m.quoteText)},
		{"Details of " + which, k.details, on(m.openDetails)},
		{"Forget " + which, k.forget, on(m.askToForget)},
	}
}

// filterList goes to the list and lets a filter be written.
func (m *model) filterList() tea.Cmd {
	m.focusList()
	m.list.startFilter()
	return nil
}

// palettePanel lets one of all actions be chosen by a part of its name.
type palettePanel struct {
	input   *editor
	actions []action
	rows    []action // that fit what is typed, the best first
	cursor  int
	top     int
	first   int // row of the screen with the first one shown, and how many are, as last drawn
	fits    int
}

func newActions(m *model) *palettePanel {
	p := &palettePanel{input: newEditor(m.theme.cells), actions: m.actions()}
	p.input.single, p.input.width = true, interview.MaxQueryRunes*tabWidth
	p.rows = p.actions
	return p
}

func (p *palettePanel) key(m *model, msg tea.KeyPressMsg) tea.Cmd {
	switch {
	case key.Matches(msg, m.keys.cancel), key.Matches(msg, m.keys.palette):
		m.panel = nil
	case key.Matches(msg, m.keys.accept):
		return p.run(m)
	case key.Matches(msg, m.keys.up):
		p.move(-1)
	case key.Matches(msg, m.keys.down):
		p.move(1)
	case key.Matches(msg, m.keys.pageUp):
		p.move(-max(p.fits-1, 1))
	case key.Matches(msg, m.keys.pageDown):
		p.move(max(p.fits-1, 1))
	case key.Matches(msg, m.keys.newline):
	case p.input.edit(m.keys, msg):
		p.sift()
	}
	return nil
}

func (p *palettePanel) paste(_ *model, text string) tea.Cmd {
	p.input.insert(text)
	p.sift()
	return nil
}

func (p *palettePanel) answer(*model, any) tea.Cmd { return nil }

// sift keeps the actions that fit what is typed.
func (p *palettePanel) sift() {
	type scored struct {
		action
		score int
	}
	var fit []scored
	for _, a := range p.actions {
		if n, ok := fuzzy(p.input.value(), a.title); ok {
			fit = append(fit, scored{a, n})
		}
	}
	slices.SortStableFunc(fit, func(a, b scored) int { return cmp.Compare(b.score, a.score) })
	p.rows, p.cursor = nil, 0
	for _, f := range fit {
		p.rows = append(p.rows, f.action)
	}
}

func (p *palettePanel) move(by int) { p.cursor = max(min(p.cursor+by, len(p.rows)-1), 0) }

func (p *palettePanel) scroll(_ *model, by int) tea.Cmd {
	p.move(by)
	return nil
}

// run does what is under the cursor.
func (p *palettePanel) run(m *model) tea.Cmd {
	if p.cursor >= len(p.rows) {
		return nil
	}
	m.panel = nil
	return p.rows[p.cursor].run()
}

func (p *palettePanel) click(m *model, _, y int) tea.Cmd {
	i := y - p.first
	if i < 0 || i >= p.fits || p.top+i >= len(p.rows) {
		m.panel = nil
		return nil
	}
	p.cursor = p.top + i
	return p.run(m)
}

func (p *palettePanel) hints(k keyMap) []key.Binding {
	return []key.Binding{bind(k.accept.Help().Key, "do it"), bind(k.cancel.Help().Key, "close")}
}

// paletteRows is how many actions the palette shows at most, and paletteWidth how wide it is.
const (
	paletteRows  = 12
	paletteWidth = 66
)

func (p *palettePanel) view(m *model, under []string) ([]string, *tea.Cursor) {
	width := max(min(m.width-4, paletteWidth), 5)
	if m.width < 24 {
		width = max(m.width, 5)
	}
	inner := max(width-4, 1)
	p.fits = max(min(paletteRows, len(under)-4), 1)
	p.top = max(min(p.top, p.cursor, len(p.rows)-p.fits), p.cursor-p.fits+1, 0)
	row, column := inputRow(m.theme, p.input, "› ", inner)
	if p.input.empty() {
		row += m.theme.render(faint, m.theme.truncate("What to do", max(inner-2, 0)))
	}
	text := []string{row, m.theme.render(faint, strings.Repeat("─", inner))}
	for i := p.top; i < min(p.top+p.fits, len(p.rows)); i++ {
		text = append(text, p.row(m, i, inner))
	}
	if len(p.rows) == 0 {
		text = append(text, m.theme.render(faint, m.theme.truncate("Nothing is called that.", inner)))
	}
	for len(text) < 2+p.fits {
		text = append(text, "")
	}
	box := framed(m.theme, text, width)
	x, y := m.corner(len(under), len(box), width)
	p.first = y + 3
	return m.centred(under, box, width), tea.NewCursor(x+2+column, y+1)
}

// row is an action and its key.
func (p *palettePanel) row(m *model, i, width int) string {
	a := attr(0)
	before := "  "
	if i == p.cursor {
		a, before = bold|accent, "› "
	}
	keys := p.rows[i].keys.Help().Key
	room := max(width-2-m.theme.cells.width(keys)-1, 1)
	return m.theme.render(a, before+m.theme.pad(m.theme.truncate(p.rows[i].title, room), room)) + " " + m.theme.render(faint, keys)
}

// fuzzy reports whether the characters of what is typed are in a title in that order, case and spaces aside, and how well they fit: best at the beginnings of
// words and next to each other.
func fuzzy(typed, title string) (score int, ok bool) {
	at, run := 0, 0
	var before rune
	for _, want := range strings.ToLower(typed) {
		if unicode.IsSpace(want) {
			run = 0
			continue
		}
		found := false
		for at < len(title) {
			r, size := utf8.DecodeRuneInString(title[at:])
			at += size
			start := before == 0 || !unicode.IsLetter(before)
			before = r
			if unicode.ToLower(r) == want {
				found = true
				score += 1 + 2*run
				if start {
					score += 3
				}
				run++
				break
			}
			run = 0
		}
		if !found {
			return 0, false
		}
	}
	return score, true
}

// corner is where centred puts the left upper corner of a panel.
func (m *model) corner(lines, panel, width int) (x, y int) {
	if panel > lines || width+4 > m.width {
		return 0, 0
	}
	return (m.width - width) / 2, (lines - panel) / 2
}
