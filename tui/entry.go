package tui

import (
	"strings"
	"time"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/printable"
)

// entry is one thing in the history: a message, a reply on its way, or a notice about a turn. Its lines are kept until it, the theme
// or the width changes.
type entry struct {
	message interview.Message
	live    *live   // the reply on its way; nil once it has settled
	sending bool    // a user's message that the server has not acknowledged
	waiting bool    // one that is not even on its way
	marked  bool    // a user's message that is being edited
	notice  *notice // not a message
	intro   []span  // not a message

	theme   *styles
	width   int
	version int      // of what is shown while live
	lines   []string // without the margin
	day     int      // the day that stands above it, 0 for none
	first   bool     // nothing is above it: there is an empty line
	above   int      // how many of the lines are not its own
	laid    bool     // lines are counted in history.laid
}

// isMessage reports whether the entry is a message, stored or on its way.
func (e *entry) isMessage() bool { return e.notice == nil && e.intro == nil }

// notice says what became of a turn, and what can be done.
type notice struct {
	text string
	hint string
	calm bool // nothing went wrong
}

// changed makes the entry be laid out again.
func (e *entry) changed() { e.lines = nil }

// mark shows that a message is being edited, or no longer is.
func (e *entry) mark(on bool) {
	e.marked = on
	e.changed()
}

// again reports whether a reply is to take the place of one that is there, and has not begun.
func (e *entry) again() bool { return e.live != nil && e.live.empty() && e.message.Content != "" }

// maxTextWidth is how wide text is set, in columns: longer lines are hard to read on.
const maxTextWidth = 88

// margins returns where text begins in a window of width columns, and how wide it is.
func margins(width int) (margin, textWidth int) {
	switch {
	case width >= 30:
		margin = 2
	case width >= 16:
		margin = 1
	}
	return margin, max(min(width-2*margin, maxTextWidth), 1)
}

// layout returns the entry's lines, an empty one last.
func (e *entry) layout(h *history) []string {
	_, width := margins(h.width)
	version := e.liveVersion(h, width)
	if e.lines != nil && e.theme == h.theme && e.width == h.width {
		if e.again() && !e.live.lost && e.version != version { // only the sign moves
			e.version, e.lines[len(e.lines)-2] = version, e.sign(h, width)
		}
		if e.version == version {
			return e.lines
		}
	}
	e.theme, e.width, e.version = h.theme, h.width, version
	above := e.dayLines(h, width)
	if e.first {
		above = append([]string{""}, above...)
	}
	e.above = len(above)
	e.lines = append(append(above, e.body(h, width)...), "")
	if !e.laid {
		e.laid = true
		h.laid = append(h.laid, e)
	}
	return e.lines
}

// body is what the entry says, width columns wide.
func (e *entry) body(h *history, width int) []string {
	switch {
	case e.intro != nil:
		return wrapSpans(h.theme, e.intro, width)
	case e.notice != nil:
		return e.notice.lines(h.theme, h.keys, width)
	}
	body := []string{e.label(h, width)}
	switch {
	case e.message.Forgotten():
		return append(body, h.theme.render(faint, h.theme.truncate("forgotten", width)))
	case e.message.Role == interview.RoleUser:
		return append(body, h.theme.wrap(printable.Text(e.message.Content), width)...)
	case e.again():
		body = append(body, h.md.renderIn(h.theme, e.message.Content, width, faint)...)
		if e.live.lost {
			return body
		}
		return append(body, "", e.sign(h, width))
	case e.live != nil:
		return append(body, e.liveLines(h, width)...)
	}
	body = append(body, h.md.render(h.theme, e.message.Content, width)...)
	return append(body, e.remark(h.theme, width)...)
}

// edge is the margin of so many columns before a line, with a bar in it beside a message that is chosen or being edited.
func (e *entry) edge(theme *styles, margin, line int, chosen bool) string {
	if margin < 1 || line < e.above || line == len(e.lines)-1 || !chosen && !e.marked {
		return spaces(margin)
	}
	return theme.render(accent, "▌") + spaces(margin-1)
}

// label is the line that says who speaks, and when.
func (e *entry) label(h *history, width int) string {
	name, a := "Interviewer", interviewer
	if e.message.Role == interview.RoleUser {
		name, a = "You", user
	}
	when := ""
	switch {
	case e.waiting:
		when = "waiting for the server"
	case e.sending:
		when = "sending…"
	case e.marked:
		when = "being edited"
	case !e.message.CreatedAt.IsZero():
		when = clock(e.message.CreatedAt.Time, h.now())
	}
	label := h.theme.render(a|bold, h.theme.truncate(name, width))
	if when == "" || len(name)+2+h.theme.cells.width(when) > width {
		return label
	}
	return label + "  " + h.theme.render(faint, when)
}

// clock is a time as short as it can be told apart: with the day when it is not today, with the year when it is not this year.
func clock(t, now time.Time) string {
	t = t.In(now.Location())
	switch {
	case t.Year() != now.Year():
		return t.Format("2 Jan 2006, 15:04")
	case t.YearDay() != now.YearDay():
		return t.Format("2 Jan, 15:04")
	}
	return t.Format("15:04")
}

// liveVersion lays the reply so far out when it must be, and changes whenever what is to be shown of it does.
func (e *entry) liveVersion(h *history, width int) int {
	switch {
	case e.live == nil:
		return 0
	case e.live.empty():
		return -1 - h.frame
	case e.live.theme != h.theme || e.live.width != width:
		e.live.layout(h.theme, width)
	}
	return e.live.version
}

// liveLines is the reply so far as last laid out, or a sign that one is awaited.
func (e *entry) liveLines(h *history, width int) []string {
	switch {
	case e.live.empty() && e.live.lost:
		return nil
	case e.live.empty():
		return []string{e.sign(h, width)}
	}
	return e.live.lines
}

// sign says that a reply is awaited.
func (e *entry) sign(h *history, width int) string {
	text := " thinking"
	if e.again() {
		text = " thinking again"
	}
	return h.theme.render(faint, h.theme.truncate(spinner(h.frame)+text, width))
}

// spinner returns a frame of the sign that something is awaited.
func spinner(frame int) string {
	frames := []rune("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏")
	return string(frames[frame%len(frames)])
}

// remark says what is special about a settled reply.
func (e *entry) remark(theme *styles, width int) []string {
	meta := e.message.ReplyMetadata()
	var out []string
	add := func(text string) {
		out = append(out, wrapSpans(theme, []span{{printable.Line(text), faint}}, width)...)
	}
	if meta.Fallback != "" {
		add("The model could not answer (" + strings.ReplaceAll(meta.Fallback, "_", " ") + "): this is the built-in interviewer.")
	}
	if meta.Cut {
		add("The reply was longer than the limit and ends here.")
	}
	if len(out) > 0 {
		out = append([]string{""}, out...)
	}
	return out
}

// lines is the notice laid out: what happened, then what can be done.
func (n *notice) lines(theme *styles, keys keyMap, width int) []string {
	a := failure
	if n.calm {
		a = faint
	}
	lines := wrapSpans(theme, []span{{printable.Line(n.text), a}}, width)
	if n.hint == "" {
		return lines
	}
	return append(lines, wrapSpans(theme, []span{{keys.words(n.hint), faint}}, width)...)
}
