package tui

import (
	"fmt"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"

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
		return "Sending your message before quitting; Ctrl+C quits now", accent
	case m.message != "" && m.alarming:
		return m.message, failure
	case m.message != "":
		return m.message, accent
	}
	if len(hints) > 0 {
		room -= 3 + m.theme.cells.width(hints[0].Help().Key+" "+hints[0].Help().Desc)
	}
	var parts []string
	if user := printable.Line(m.me.User.Name); user != "" && !m.opts.Local {
		parts = append(parts, m.theme.truncate(user, 24))
	}
	if m.known {
		parts = append(parts, m.engine())
	}
	connection, news := m.connection()
	parts = append(parts, connection)
	for len(parts) > 1 && m.theme.cells.width(strings.Join(parts, " · ")) > room {
		if news || len(parts) > 2 {
			parts = parts[1:]
		} else {
			parts = parts[:1]
		}
	}
	return strings.Join(parts, " · "), faint
}

// engine names what replies.
func (m *model) engine() string {
	if model := printable.Line(m.me.Engine.Model); model != "" {
		return m.theme.truncate(model, 32)
	}
	return "built-in interviewer"
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
	case m.deleting != nil:
		return nil
	case m.list.renaming != nil:
		return []key.Binding{k.accept, k.cancel}
	case m.list.focused:
		return []key.Binding{k.open, k.rename, k.remove, short(k.leaveList, "back"), help}
	case m.conv.edit != nil && !m.conv.edit.forking:
		return []key.Binding{short(k.send, "send in a branch"), short(k.stop, "leave"), short(k.edit, "the one before"), help}
	case m.turn != nil:
		return []key.Binding{short(k.stop, "stop"), help}
	case m.wide():
		return []key.Binding{help, short(k.newConversation, "new"), short(k.focusList, "list"), short(k.quit, "quit")}
	}
	return []key.Binding{help, short(k.focusList, "list"), short(k.newConversation, "new"), short(k.quit, "quit")}
}
