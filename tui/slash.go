package tui

import (
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"github.com/betterprofile/betterprofile/printable"
)

// slashCommand is a message that begins with a slash: one for the interviewer is sent, any other is carried out here.
type slashCommand struct {
	name  string // with the slash
	takes string // what may follow, empty for nothing
	does  string
	needs bool                                // it is nothing without what follows
	run   func(m *model, rest string) tea.Cmd // nil: it is sent
}

// slashCommands are all there are, those for the interviewer first.
func slashCommands() []slashCommand {
	return []slashCommand{
		{name: "/skip", does: "another question, please"},
		{name: "/unknown", does: "the answer is not known and never will be"},
		{name: "/why", does: "why this question is asked"},
		{name: "/recap", does: "what is noted so far, to be set right"},
		{name: "/private", takes: "TEXT", needs: true, does: "say something that nothing is noted of"},
		{name: "/forget", does: "drop what was noted of your last message"},
		{name: "/stop", does: "enough for today"},
		{name: "/new", does: "a new conversation", run: func(m *model, _ string) tea.Cmd { return m.newConversation() }},
		{name: "/search", takes: "TEXT", does: "search all messages", run: (*model).searchFor},
		{name: "/profile", does: "what you have told, and where", run: func(m *model, _ string) tea.Cmd { return m.openProfile() }},
		{name: "/agenda", does: "what comes next, how far it is told", run: func(m *model, _ string) tea.Cmd { return m.openAgenda() }},
		{name: "/export", does: "this conversation as a file", run: func(m *model, _ string) tea.Cmd { return m.onCurrent(m.export) }},
		{name: "/model", does: "what replies, and why", run: (*model).sayModel},
		{name: "/help", does: "every key and command", run: func(m *model, _ string) tea.Cmd { return m.openHelp() }},
		{name: "/quit", does: "leave; what is written stays as a draft", run: func(m *model, _ string) tea.Cmd { return m.quit() }},
	}
}

// menu is the commands that what is written may become.
type menu struct {
	at     int    // the chosen one
	closed string // the text for which it was closed
}

// menuItems returns the commands that begin with what is written, none while that is no command in the making.
func (m *model) menuItems() []slashCommand {
	if m.conv.edit != nil || m.reading() || len(m.composer.text) > 1 || !strings.HasPrefix(m.composer.text[0], "/") {
		return nil
	}
	text := strings.ToLower(m.composer.text[0])
	if text == m.menu.closed || strings.Contains(text, " ") {
		return nil
	}
	var items []slashCommand
	for _, c := range slashCommands() {
		if strings.HasPrefix(c.name, text) {
			items = append(items, c)
		}
	}
	return items
}

// menuKey takes in a key while commands are offered, and reports whether it was for them.
func (m *model) menuKey(msg tea.KeyPressMsg) (tea.Cmd, bool) {
	items := m.menuItems()
	if len(items) == 0 {
		return nil, false
	}
	at := min(m.menu.at, len(items)-1)
	switch {
	case key.Matches(msg, m.keys.up):
		m.menu.at = (at + len(items) - 1) % len(items)
	case key.Matches(msg, m.keys.down):
		m.menu.at = (at + 1) % len(items)
	case key.Matches(msg, m.keys.complete):
		return m.completeCommand(items[at]), true
	case key.Matches(msg, m.keys.stop):
		m.menu = menu{closed: strings.ToLower(m.composer.text[0])}
	case key.Matches(msg, m.keys.send) && items[at].needs:
		return m.completeCommand(items[at]), true
	case key.Matches(msg, m.keys.send):
		return m.runCommand(items[at], ""), true
	default:
		m.menu.at = 0
		return nil, false
	}
	return nil, true
}

// completeCommand writes a command out.
func (m *model) completeCommand(c slashCommand) tea.Cmd {
	text := c.name
	if c.takes != "" {
		text += " "
	}
	m.menu = menu{closed: strings.ToLower(text)}
	m.composer.replace(text)
	return m.saveDraft()
}

// runCommand carries a command out, or sends it.
func (m *model) runCommand(c slashCommand, rest string) tea.Cmd {
	m.menu = menu{}
	if c.run == nil {
		m.composer.replace(strings.TrimSpace(c.name + " " + rest))
		return m.send()
	}
	m.composer.setValue("")
	return tea.Batch(m.saveDraft(), c.run(m, rest))
}

// written returns the command that is written, and what follows it.
func (m *model) written() (slashCommand, string, bool) {
	text := strings.TrimSpace(m.composer.value())
	name, rest, _ := strings.Cut(text, " ")
	for _, c := range slashCommands() {
		if strings.EqualFold(c.name, name) && (rest == "" || c.takes != "") && !strings.Contains(rest, "\n") {
			return c, strings.TrimSpace(rest), true
		}
	}
	return slashCommand{}, "", false
}

// submit carries out the command that is written, or sends what is written.
func (m *model) submit() tea.Cmd {
	text := m.composer.value()
	c, rest, known := m.written()
	switch {
	case m.conv.edit != nil:
	case known && c.run != nil:
		return m.runCommand(c, rest)
	case known && c.needs && rest == "":
		m.say("Write what you want to say behind " + c.name + ".")
		return nil
	case !known && m.typo() && m.mistype != text:
		m.mistype = text
		m.complain("There is no such command. " + m.keys.send.Help().Key + " again sends it as it is.")
		return nil
	}
	m.mistype = ""
	return m.send()
}

// typo reports whether what is written looks like a command that there is not.
func (m *model) typo() bool {
	text := strings.TrimSpace(m.composer.value())
	if len(text) < 2 || text[0] != '/' || len(text) > 20 {
		return false
	}
	return strings.Trim(strings.ToLower(text[1:]), "abcdefghijklmnopqrstuvwxyz") == ""
}

// menuLines is the commands on offer, as many as there is room for.
func (m *model) menuLines(width, room int) []string {
	items := m.menuItems()
	if len(items) == 0 || room < 2 {
		return nil
	}
	at := min(m.menu.at, len(items)-1)
	n := min(len(items), room-1)
	from := max(min(at-n/2, len(items)-n), 0)
	margin, inner := margins(width)
	lines := []string{m.rule("commands · "+m.keys.complete.Help().Key+" completes", 0)}
	for i := from; i < from+n; i++ {
		c, sign, a := items[i], "  ", attr(0)
		if i == at {
			sign, a = prompt, bold
		}
		name := m.theme.pad(strings.TrimSpace(c.name+" "+c.takes), 15)
		room := inner - m.theme.cells.width(sign+name)
		line := m.theme.render(accent, sign) + m.theme.render(a, name)
		if room > 3 {
			line += m.theme.render(faint, m.theme.truncate(c.does, room))
		}
		lines = append(lines, m.theme.cut(spaces(margin)+line, 0, width))
	}
	return lines
}

// searchFor opens the search, with a text if there is one.
func (m *model) searchFor(text string) tea.Cmd {
	cmd := m.openSearch()
	if text == "" {
		return cmd
	}
	m.search.input.setValue("")
	return tea.Batch(cmd, m.panel.paste(m, text))
}

// sayModel says what replies, and since when it is not what was asked for.
func (m *model) sayModel(string) tea.Cmd {
	switch {
	case !m.known:
		m.say("The server has not said yet what replies.")
	case m.me.Engine.Model == "":
		m.say("The built-in interviewer replies; there is no language model.")
	default:
		m.say("Replies come from the model " + printable.Line(m.me.Engine.Model) + ".")
	}
	return nil
}
