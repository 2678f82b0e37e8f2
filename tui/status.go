package tui

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/printable"
)

// statusLine says on the left what replies and how the connection is, or what has just happened, and on the right which keys matter
// now.
func (m *model) statusLine(width int) string {
	hints := m.hints()
	room := width - 2 // a column free on either side
	if room < 1 {
		return ""
	}
	left, a := m.statusText(room, hints)
	left = m.theme.truncate(left, room)
	used := m.theme.cells.width(left)
	var right []string
	for _, h := range hints {
		text := h.Help().Key + " " + h.Help().Desc
		if used+3+m.theme.cells.width(text) > room {
			break
		}
		used += 3 + m.theme.cells.width(text)
		right = append(right, m.theme.render(bold, h.Help().Key)+" "+m.theme.render(faint, h.Help().Desc))
	}
	tail := strings.Join(right, "   ")
	gap := room - m.theme.cells.width(left) - m.theme.styledWidth(tail)
	return " " + m.theme.render(a, left) + spaces(gap) + tail
}

// statusText is the left side, printable: as much as leaves room for the first hint. What has just happened needs no hint.
func (m *model) statusText(room int, hints []key.Binding) (string, attr) {
	switch {
	case m.quitting:
		return "Sending your message before quitting; " + m.keys.quit.Help().Key + " quits now", accent
	case m.message != "" && m.alarming:
		return m.message, failure
	case m.message != "":
		return m.message, accent
	case m.lastLeaving() != nil:
		return m.leavingText(room), accent
	case m.reading() && m.turn == nil: // the keys need the room
		return "", 0
	}
	if len(hints) > 0 {
		room -= 3 + m.theme.cells.width(hints[0].Help().Key+" "+hints[0].Help().Desc)
	}
	return m.theme.join(m.statusParts(), room), faint
}

// part is a piece of the status line. Where there is not room for all, those that matter least go first.
type part struct {
	text    string
	matters int
}

// statusParts are the pieces: who is signed in, what replies, how the connection is, what waits, what was used, what the interviewer is after.
func (m *model) statusParts() []part {
	var parts []part
	add := func(text string, matters int) {
		if text != "" {
			parts = append(parts, part{text, matters})
		}
	}
	if !m.opts.Local {
		add(m.theme.truncate(printable.Line(m.me.User.Name), 24), 1)
	}
	if m.known {
		add(m.engine(), 4)
	}
	connection, news := m.connection()
	if news {
		add(connection, 9)
	} else {
		add(connection, 2)
	}
	add(m.queuedText(), 8)
	add(m.pursuitText(), 3)
	add(usedText(m.used), 0)
	return parts
}

// join puts as many parts next to each other as there is room for.
func (s *styles) join(parts []part, room int) string {
	for {
		texts := make([]string, len(parts))
		least := 0
		for i, p := range parts {
			texts[i] = p.text
			if p.matters < parts[least].matters {
				least = i
			}
		}
		line := strings.Join(texts, " · ")
		if len(parts) < 2 || s.cells.width(line) <= room {
			return line
		}
		parts = slices.Delete(parts, least, least+1)
	}
}

// queuedText says how many messages wait for a server that is away.
func (m *model) queuedText() string {
	n := len(m.waiting)
	if m.offline || m.turn != nil && m.turn.reconnecting {
		for _, t := range m.turns {
			if t.isNew && !t.acknowledged && !m.waits(t.input.ID) {
				n++
			}
		}
	}
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n) + " waiting to be sent"
}

// usedText says what replies have used since the program started.
func usedText(u interview.Usage) string {
	if u.InputTokens+u.OutputTokens == 0 {
		return ""
	}
	return thousands(u.InputTokens) + " + " + thousands(u.OutputTokens) + " tokens"
}

// thousands is a number in at most 5 columns: 950, 1.2k, 34k.
func thousands(n int) string {
	switch {
	case n < 1000:
		return strconv.Itoa(n)
	case n < 10_000:
		return fmt.Sprintf("%.1fk", float64(n)/1000)
	}
	return strconv.Itoa(n/1000) + "k"
}

// engine names what replies, and why it is not the model when that could not.
func (m *model) engine() string {
	model := printable.Line(m.me.Engine.Model)
	switch {
	case model == "":
		return "built-in interviewer"
	case m.after.fallback != "":
		return "built-in interviewer for " + m.theme.truncate(model, 20) + " (" + m.theme.truncate(m.after.fallback, 24) + ")"
	}
	return m.theme.truncate(model, 32)
}

// connection says how the server is reached, and whether that is news.
func (m *model) connection() (string, bool) {
	switch {
	case m.turn != nil && m.turn.reconnecting:
		return "reconnecting…" + elapsed(m.now().Sub(m.turn.since)), true
	case m.turn != nil && m.turn.stopping:
		return "stopping…", true
	case m.offline:
		return "offline", true
	case m.signedOut:
		return "signed out", true
	case !m.known:
		return "connecting…", true
	case m.opts.Local:
		return "on this computer", false
	}
	return "connected", false
}

// elapsed is how long something has taken already, nothing before the first second.
func elapsed(d time.Duration) string {
	switch d = d.Truncate(time.Second); {
	case d < time.Second:
		return ""
	case d < time.Minute:
		return fmt.Sprintf(" %ds", d/time.Second)
	}
	return fmt.Sprintf(" %dm %02ds", d/time.Minute, d%time.Minute/time.Second)
}

// hints are the keys that matter now, the most useful first.
func (m *model) hints() []key.Binding {
	short := func(b key.Binding, desc string) key.Binding {
		return bind(b.Help().Key, desc, b.Keys()...)
	}
	k := m.keys
	help := short(k.help, "help")
	switch {
	case m.help != nil:
		return []key.Binding{short(k.cancel, "close"), bind("Up/Down", "scroll", "up", "down")}
	case m.panel != nil:
		return m.panel.hints(k)
	case m.list.filter != nil && m.list.focused:
		return []key.Binding{short(k.accept, "open"), short(k.cancel, "all of them"), short(k.search, "search messages")}
	case m.asking != nil:
		return nil
	case m.details != nil:
		return []key.Binding{short(k.closeDetails, "close"), bind("Up/Down", "scroll", "up", "down")}
	case m.list.renaming != nil:
		return []key.Binding{k.accept, k.cancel}
	case m.list.focused:
		return []key.Binding{k.open, short(k.leaveList, "back"), k.filter, short(k.palette, "actions"), k.remove, help}
	case m.reading():
		return []key.Binding{
			short(k.copyMessage, "copy"), short(k.quote, "quote"), short(k.messageEdit, "edit"), short(k.forget, "forget"),
			short(k.details, "details"), short(k.leaveHistory, "back"), help,
		}
	case m.conv.edit != nil && !m.conv.edit.forking:
		return []key.Binding{short(k.send, "send in a branch"), short(k.stop, "leave"), short(k.edit, "the one before"), help}
	case m.turn != nil:
		return []key.Binding{short(k.stop, "stop"), help}
	case m.wide():
		return []key.Binding{help, short(k.palette, "actions"), short(k.newConversation, "new"), short(k.focusList, "list"), short(k.quit, "quit")}
	}
	return []key.Binding{help, short(k.palette, "actions"), short(k.focusList, "list"), short(k.newConversation, "new"), short(k.quit, "quit")}
}
