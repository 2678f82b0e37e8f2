package tui

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/printable"
)

// details is what there is to know of a message, over the whole screen.
type details struct {
	entry   *entry
	facts   []interview.Fact // drawn from it
	reading bool             // facts are on their way
	failed  string

	top, height, lines int // as in help
}

// factsMsg brings the facts that were drawn from a message.
type factsMsg struct {
	messageID string
	facts     []interview.Fact
	err       error
}

// factsOf reads the facts that have a message as a source. The server has no such question: all are looked through.
func (c commands) factsOf(ctx context.Context, messageID string) tea.Cmd {
	return c.tasks.command(func() tea.Msg {
		msg := factsMsg{messageID: messageID}
		q := interview.FactQuery{Limit: interview.MaxLimit}
		for {
			page, err := c.server.ListFacts(ctx, q)
			if err != nil {
				msg.err = err
				return msg
			}
			for _, f := range page.Facts {
				if slices.ContainsFunc(f.Sources, func(s interview.Source) bool { return s.MessageID == messageID }) {
					msg.facts = append(msg.facts, f)
				}
			}
			if q.Cursor = page.NextCursor; q.Cursor == "" {
				return msg
			}
		}
	})
}

// openDetails shows what there is to know of a message.
func (m *model) openDetails(e *entry) tea.Cmd {
	m.details = &details{entry: e}
	if e.message.Role != interview.RoleUser || e.message.ID == "" || e.sending {
		return nil
	}
	m.details.reading = true
	return m.commands.factsOf(m.conv.ctx, e.message.ID)
}

// gotFacts takes in the facts of the message that is shown.
func (m *model) gotFacts(msg factsMsg) {
	d := m.details
	if d == nil || d.entry.message.ID != msg.messageID {
		return
	}
	m.noteError(msg.err)
	d.reading, d.facts = false, msg.facts
	if msg.err != nil {
		d.failed = m.text(msg.err)
	}
}

// update takes in a key and reports whether it closes the details.
func (d *details) update(keys keyMap, msg tea.KeyPressMsg) bool {
	switch {
	case key.Matches(msg, keys.closeDetails):
		return true
	case key.Matches(msg, keys.messageUp):
		d.top--
	case key.Matches(msg, keys.messageDown):
		d.top++
	case key.Matches(msg, keys.pageUp, keys.halfUp):
		d.top -= d.height
	case key.Matches(msg, keys.pageDown, keys.halfDown), msg.String() == "space":
		d.top += d.height
	}
	d.top = max(min(d.top, d.lines-d.height), 0)
	return false
}

// view fills a box.
func (d *details) view(m *model, width, height int) []string {
	margin, inner := margins(width)
	lines := []string{m.theme.render(heading, m.theme.truncate("About this message", inner)), ""}
	for _, row := range d.rows(m) {
		lines = append(lines, hanging(m.theme, row[0]+"  ", []span{{row[1], 0}}, inner)...)
	}
	if d.entry.message.Role == interview.RoleUser {
		lines = append(lines, "", m.theme.render(heading, m.theme.truncate("Drawn from it", inner)), "")
		lines = append(lines, d.factLines(m.theme, inner)...)
	}
	for i, line := range lines {
		lines[i] = spaces(margin) + line
	}
	d.height, d.lines = height, len(lines)
	d.top = max(min(d.top, len(lines)-height), 0)
	return strings.Split(box(m.theme, lines[d.top:], width, height), "\n")
}

// factLines is what was drawn from the message, each fact with the words that it stands on.
func (d *details) factLines(theme *styles, width int) []string {
	switch {
	case d.reading:
		return wrapSpans(theme, []span{{"Being read…", faint}}, width)
	case d.failed != "":
		return wrapSpans(theme, []span{{"This could not be read: " + d.failed, failure}}, width)
	case len(d.facts) == 0:
		return wrapSpans(theme, []span{{"Nothing yet. What you say is looked through after the reply.", faint}}, width)
	}
	var lines []string
	for i, f := range d.facts {
		lines = append(lines, hanging(theme, "• ", []span{
			{kindWord(f.Kind) + ": ", faint}, {printable.Line(f.Text), 0}, {" (" + printable.Line(string(f.Status)) + ")", faint},
		}, width)...)
		if quote := quoteAfter(d.facts, i); quote != "" {
			lines = append(lines, hanging(theme, "  ", []span{{"“" + quote + "”", faint}}, width)...)
		}
	}
	return lines
}

// hanging lays text out beside a head, which the lines after the first are indented by where there is room for that.
func hanging(theme *styles, head string, spans []span, width int) []string {
	indent := theme.cells.width(head)
	if indent+8 > width {
		return wrapSpans(theme, append([]span{{head, faint}}, spans...), width)
	}
	lines := wrapSpans(theme, spans, width-indent)
	for i, line := range lines {
		if i == 0 {
			lines[i] = theme.render(faint, head) + line
		} else {
			lines[i] = spaces(indent) + line
		}
	}
	return lines
}

// rows are the facts about the message itself, a name and a value each, printable.
func (d *details) rows(m *model) [][2]string {
	e := d.entry
	rows := [][2]string{{"By", "you"}}
	if e.message.Role == interview.RoleAssistant {
		rows = [][2]string{{"By", "the interviewer"}}
	}
	if !e.message.CreatedAt.IsZero() {
		rows = append(rows, [2]string{"At", e.message.CreatedAt.In(m.now().Location()).Format("Monday, 2 January 2006, 15:04:05")})
	}
	rows = append(rows, e.engineRows()...)
	text := e.said()
	n := utf8.RuneCountInString(text)
	rows = append(rows, [2]string{"Length", fmt.Sprintf("%s, about %s", count(n, "character", "characters"), count(tokens(text), "token", "tokens"))})
	if e.message.ID != "" {
		rows = append(rows, [2]string{"Id", printable.Line(e.message.ID)})
	}
	widest := 0
	for _, row := range rows {
		widest = max(widest, len(row[0]))
	}
	for i := range rows {
		rows[i][0] = m.theme.pad(rows[i][0], widest)
	}
	return rows
}

// engineRows say what made a reply, and why.
func (e *entry) engineRows() [][2]string {
	if e.message.Role != interview.RoleAssistant {
		return nil
	}
	meta := e.message.ReplyMetadata()
	var rows [][2]string
	add := func(name, value string) {
		if value = printable.Line(strings.ReplaceAll(value, "_", " ")); value != "" {
			rows = append(rows, [2]string{name, value})
		}
	}
	engine := "the built-in interviewer"
	if meta.Engine != "builtin" && meta.Engine != "" {
		engine = "a language model (" + meta.Engine + ")"
	}
	if meta.Engine != "" {
		add("Made by", engine)
	}
	if model := printable.Line(meta.Model); model != "" {
		rows = append(rows, [2]string{"Model", model})
	}
	add("Stands in", meta.Fallback)
	add("Only a part", meta.Status)
	if meta.Facet != "" {
		add("Asks about", strings.TrimSuffix(meta.Facet+": "+slotWord(meta.Facet, meta.Slot), ": "))
	}
	if n := len(meta.Previous); n > 0 {
		add("Earlier texts", fmt.Sprint(n))
	}
	return rows
}

// tokens estimates what a text costs a model: 3.6 characters each, and one for each of those scripts that have a character for a word.
func tokens(text string) int {
	parts := 0
	for _, r := range text {
		if r >= 0x1100 && r <= 0xffff && (r < 0x1200 || r >= 0x2e80) {
			parts += 18
		} else {
			parts += 5
		}
	}
	return (parts + 17) / 18
}
