package tui

import (
	"context"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/printable"
)

// model is the whole program: the parts of the screen, the open conversation and the turns being followed. Update changes it and never
// waits; what blocks is done by commands.
type model struct {
	commands
	ctx  context.Context
	opts Options
	keys keyMap
	md   *markdown
	now  func() time.Time

	theme         *styles
	dark          bool
	width, height int
	frame         frame

	me      interview.Me
	known   bool // me is
	offline bool

	list     conversations
	unused   string // a conversation in which the user has not said anything yet; empty when none is known
	hidden   bool   // the list is not wanted at the side
	drawer   bool   // the list lies over the history
	conv     conversation
	history  history
	composer composer

	turns    map[int]*turn
	turn     *turn // of the open conversation
	lastTurn int

	help     *help
	deleting *interview.Conversation // waits for a yes

	message  string // in the status line until the next key
	alarming bool
	saving   bool
	unsaved  bool
	quitting bool

	orphanLoaded bool
}

// conversation is the open one.
type conversation struct {
	id, title    string
	gen          int // of its messages: late ones of others are dropped
	ctx          context.Context
	leave        context.CancelFunc
	loading      bool
	isNew        bool // being created, or created here and not yet used
	branch       bool // just made, for its last message to be replied to
	loadingOlder bool
	olderFailed  bool
	failed       string // why it could not be opened
	resend       *interview.TurnInput
	lost         *turn
	edit         *edit             // nil unless an earlier message is being edited
	edited       map[string]string // what was made of messages whose edit was left, by their ids
}

// open reports whether the conversation is there, to be written in.
func (c conversation) open() bool { return c.id != "" && !c.loading && c.failed == "" }

// newModel is the program before its first message. Its commands end with ctx.
func newModel(ctx context.Context, opts Options, now func() time.Time) *model {
	keys, md := newKeyMap(), newMarkdown()
	theme := newStyles(true, cells{})
	m := &model{
		ctx: ctx, opts: opts, keys: keys, md: md, now: now, theme: theme, dark: true,
		commands: commands{server: opts.Server, drafts: newDraftBox(opts.Drafts), tasks: &tasks{}},
		list:     conversations{keys: keys, theme: theme, now: now},
		history:  newHistory(md, theme, now),
		composer: composer{editor: newEditor(cells{}), keys: keys, theme: theme},
		turns:    map[int]*turn{},
	}
	m.conv = conversation{ctx: ctx, leave: func() {}, loading: true}
	return m
}

// Init asks for everything that the first screen shows, all at once.
func (m *model) Init() tea.Cmd {
	cmds := []tea.Cmd{
		tea.RequestBackgroundColor, m.commands.orphan, m.commands.me(m.ctx), m.commands.list(m.ctx, ""), after(m.ctx, time.Minute, minuteMsg{}),
	}
	switch {
	case m.opts.New:
		cmds = append(cmds, m.createConversation())
	case m.opts.Conversation != "":
		cmds = append(cmds, m.openConversation(m.opts.Conversation))
	}
	m.list.loading = true
	return tea.Batch(cmds...)
}

// Update takes in a message and lays the screen out for the next View.
func (m *model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	cmd := m.handle(msg)
	m.layout()
	return m, tea.Batch(cmd, m.wanted())
}

func (m *model) handle(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
	case tea.BackgroundColorMsg:
		m.restyle(msg.IsDark(), m.theme.cells)
	case tea.ModeReportMsg:
		if msg.Mode == ansi.ModeUnicodeCore && !msg.Value.IsNotRecognized() {
			m.restyle(m.dark, cells{ansi.GraphemeWidth})
		}
	case tea.PasteMsg:
		return m.paste(msg)
	case tea.KeyPressMsg:
		return m.key(msg)
	default:
		return m.answer(msg)
	}
	return nil
}

// answer takes in what commands found out.
func (m *model) answer(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case eventsMsg:
		return m.events(msg)
	case layoutMsg:
		return m.drawn(msg)
	case spinMsg:
		return m.spun(msg)
	case waitedMsg:
		return m.waited(msg)
	case meMsg:
		m.gotMe(msg)
	case listMsg:
		return m.listed(msg)
	case openedMsg:
		return m.opened(msg)
	case createdMsg:
		return m.created(msg)
	case orphanMsg:
		return m.takeOrphan(msg)
	case olderMsg:
		m.gotOlder(msg)
	case renamedMsg:
		m.renamed(msg)
	case deletedMsg:
		return m.deleted(msg)
	case forkedMsg:
		return m.forked(msg)
	case cancelledMsg:
		m.cancelled(msg)
	case savedMsg:
		return m.saved()
	case minuteMsg:
		return m.minute()
	case relistMsg:
		return m.commands.list(m.ctx, "")
	case hurryMsg:
		return tea.Quit
	}
	return nil
}

// gotMe notes who is signed in and what replies.
func (m *model) gotMe(msg meMsg) {
	m.noteError(msg.err)
	if msg.err != nil {
		return
	}
	m.me, m.known = msg.me, true
	if len(m.history.entries) > 0 && m.history.entries[0].intro != nil {
		m.history.entries[0].intro = m.intro() // it says what replies
		m.history.entries[0].changed()
	}
}

// restyle changes the theme or the way text is measured; all is laid out anew.
func (m *model) restyle(dark bool, c cells) {
	if dark == m.dark && c == m.theme.cells {
		return
	}
	m.dark, m.theme = dark, newStyles(dark, c)
}

// key takes in a key press: what lies on top gets it first.
func (m *model) key(msg tea.KeyPressMsg) tea.Cmd {
	m.message = ""
	switch {
	case key.Matches(msg, m.keys.quit):
		return m.quit()
	case key.Matches(msg, m.keys.redraw):
		return tea.ClearScreen
	case key.Matches(msg, m.keys.suspend):
		return tea.Suspend
	case m.help != nil:
		if m.help.update(m.keys, msg) {
			m.help = nil
		}
		return nil
	case m.deleting != nil:
		return m.confirm(msg)
	case m.list.renaming != nil:
		return m.listKey(msg)
	}
	if cmd, ok := m.command(msg); ok {
		return cmd
	}
	if m.list.focused {
		return m.listKey(msg)
	}
	return m.compose(msg)
}

// command runs what a key means everywhere, and reports whether it means something.
func (m *model) command(msg tea.KeyPressMsg) (tea.Cmd, bool) {
	switch {
	case key.Matches(msg, m.keys.help), msg.String() == "?" && (m.composer.empty() || m.list.focused):
		m.help = &help{about: strings.TrimSpace("Better Profile " + printable.Line(m.opts.Version))}
	case key.Matches(msg, m.keys.newConversation):
		return m.newConversation(), true
	case key.Matches(msg, m.keys.next):
		return m.openNeighbour(1), true
	case key.Matches(msg, m.keys.previous):
		return m.openNeighbour(-1), true
	case key.Matches(msg, m.keys.list):
		m.toggleList()
	case key.Matches(msg, m.keys.retry):
		return m.retry(), true
	default:
		return nil, false
	}
	return nil, true
}

// compose takes in a key while the composer has the focus.
func (m *model) compose(msg tea.KeyPressMsg) tea.Cmd {
	switch {
	case key.Matches(msg, m.keys.send):
		return m.send()
	case key.Matches(msg, m.keys.edit):
		return m.editEarlier()
	case key.Matches(msg, m.keys.stop) && m.conv.edit != nil:
		return m.leaveEdit()
	case key.Matches(msg, m.keys.stop):
		return m.stop()
	case key.Matches(msg, m.keys.focusList):
		m.focusList()
	case key.Matches(msg, m.keys.quitEmpty) && m.composer.empty() && m.conv.edit == nil:
		return m.quit()
	case m.scrollKey(msg):
	case m.composer.update(msg):
		return m.saveDraft()
	}
	return nil
}

// scrollKey moves the history. Up and down do that too while nothing is written.
func (m *model) scrollKey(msg tea.KeyPressMsg) bool {
	before := m.history.top
	defer func() {
		if m.conv.olderFailed && m.history.top != before {
			m.conv.loadingOlder, m.conv.olderFailed = false, false
		}
	}()
	page := max(m.history.height-2, 1)
	empty := m.composer.empty()
	switch {
	case key.Matches(msg, m.keys.pageUp):
		m.history.scroll(-page)
	case key.Matches(msg, m.keys.pageDown):
		m.history.scroll(page)
	case key.Matches(msg, m.keys.scrollUp), empty && key.Matches(msg, m.keys.up):
		m.history.scroll(-1)
	case key.Matches(msg, m.keys.scrollDown), empty && key.Matches(msg, m.keys.down):
		m.history.scroll(1)
	case key.Matches(msg, m.keys.top):
		m.history.goTop()
	case key.Matches(msg, m.keys.bottom):
		m.history.goBottom()
	default:
		return false
	}
	return true
}

// paste puts pasted text where the cursor is: into the title being edited, else into the composer.
func (m *model) paste(msg tea.PasteMsg) tea.Cmd {
	switch {
	case m.help != nil || m.deleting != nil:
		return nil
	case m.list.renaming != nil:
		m.list.renaming.insert(msg.Content)
		return nil
	}
	m.message = ""
	m.list.focused, m.drawer = false, false
	m.composer.update(msg)
	return m.saveDraft()
}

// wanted asks for what will be needed soon: older messages, further conversations.
func (m *model) wanted() tea.Cmd {
	var cmds []tea.Cmd
	if !m.conv.loadingOlder && m.conv.id != "" && m.history.wantsOlder() {
		m.conv.loadingOlder = true
		cmds = append(cmds, m.commands.older(m.conv.ctx, m.conv.gen, m.conv.id, m.history.older))
	}
	if m.list.wantsMore() {
		m.list.loading = true
		cmds = append(cmds, m.commands.list(m.ctx, m.list.more))
	}
	return tea.Batch(cmds...)
}

// say and complain put a sentence into the status line.
func (m *model) say(text string)      { m.message, m.alarming = text, false }
func (m *model) complain(text string) { m.message, m.alarming = text, true }

// noteError keeps the status line's idea of the connection.
func (m *model) noteError(err error) {
	if m.ctx.Err() == nil {
		m.offline = err != nil && away(err)
	}
}

// minute lets ages be drawn anew, and asks again for what a server that was away did not say.
func (m *model) minute() tea.Cmd {
	next := after(m.ctx, time.Minute, minuteMsg{})
	if !m.known {
		return tea.Batch(next, m.commands.me(m.ctx))
	}
	return next
}

// quit ends the program. What is written stays as a draft; a message on its way is waited for, briefly.
func (m *model) quit() tea.Cmd {
	if m.quitting || !m.unacknowledged() {
		return tea.Quit
	}
	m.quitting = true
	return after(m.ctx, time.Second, hurryMsg{})
}

// quitIfIdle quits if that was waited for.
func (m *model) quitIfIdle() tea.Cmd {
	if m.quitting && !m.unacknowledged() {
		return tea.Quit
	}
	return nil
}
