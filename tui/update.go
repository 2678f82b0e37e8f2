package tui

import (
	"context"
	"time"

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

	me        interview.Me
	known     bool // me is
	offline   bool
	signedOut bool // nobody is signed in any more

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
	panel    panel      // lies over the rest; nil for none
	leaving  []*leaving // deleted here, and soon at the server
	counting bool       // the seconds that those have
	places   map[string]spot
	seek     *seek // what is looked for in the open conversation
	where    where // as the last run left it
	mouse    bool  // the terminal's mouse events come here
	told     telling
	after    pursuit
	used     interview.Usage // since the program started
	search   *searchPanel    // as it was left

	message  string // in the status line until the next key
	alarming bool
	saving   bool
	unsaved  bool
	quitting bool

	orphanLoaded bool

	waiting  []Queued // for the server, oldest first
	flushing bool     // one of another conversation is on its way
	probing  bool     // a probeMsg is on its way
	probes   int      // in vain
	ahead    bool     // the newest conversations are being kept, or are

	asking  *question // waits for a yes
	details *details  // of a message, over the screen
	recall  recall
	menu    menu
	mistype string // what was refused as no command: sent again, it is sent
}

// conversation is the open one.
type conversation struct {
	id, title    string
	gen          int // of its messages: late ones of others are dropped
	ctx          context.Context
	leave        context.CancelFunc
	loading      bool
	isNew        bool // being created, or created here and not yet used
	unmade       bool // the server does not have it yet: it is away
	branch       bool // just made, for its last message to be replied to
	loadingOlder bool
	olderFailed  bool
	failed       string // why it could not be opened
	resend       *interview.TurnInput
	queuing      []interview.TurnInput // on their way into the outbox
	cached       bool                  // as last read: the server is away
	lost         *turn
	edit         *edit             // nil unless an earlier message is being edited
	edited       map[string]string // what was made of messages whose edit was left, by their ids
}

// open reports whether the conversation is there, to be written in.
func (c conversation) open() bool { return c.id != "" && !c.loading && c.failed == "" }

// newModel is the program before its first message. Its commands end with ctx.
func newModel(ctx context.Context, opts Options, now func() time.Time) *model {
	keys, md := newKeyMap(), newMarkdown()
	_ = keys.choose(opts.Keys) // Run has checked them
	theme := newStyles(true, cells{})
	m := &model{
		ctx: ctx, opts: opts, keys: keys, md: md, now: now, theme: theme, dark: true,
		commands: commands{server: opts.Server, outbox: opts.Outbox, cache: opts.Cache, drafts: newDraftBox(opts.Drafts), tasks: &tasks{}},
		list:     conversations{keys: keys, theme: theme, now: now},
		history:  newHistory(keys, md, theme, now),
		composer: composer{editor: newEditor(cells{}), keys: keys, theme: theme},
		turns:    map[int]*turn{},
		places:   map[string]spot{},
		mouse:    !opts.NoMouse,
	}
	m.conv = conversation{ctx: ctx, leave: func() {}, loading: true}
	m.dark = opts.darkness(true)
	m.theme = m.look(m.dark, cells{})
	return m
}

// Init asks for everything that the first screen shows, all at once.
func (m *model) Init() tea.Cmd {
	cmds := []tea.Cmd{
		tea.RequestBackgroundColor, m.commands.orphan, m.commands.queue, m.commands.me(m.ctx), m.commands.list(m.ctx, m.list.archived, ""), after(m.ctx, time.Minute, minuteMsg{}),
		awaitTrouble(m.ctx, m.opts.Trouble),
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
	case tea.MouseMsg:
		return m.mouseEvent(msg)
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
		return m.gotMe(msg)
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
	case panelMsg:
		if m.panel == msg.panel {
			return m.panel.answer(m, msg.content)
		}
	case forkedMsg:
		return m.forked(msg)
	case cancelledMsg:
		m.cancelled(msg)
	case savedMsg:
		return m.saved()
	case minuteMsg:
		return m.minute()
	case relistMsg:
		return m.commands.list(m.ctx, m.list.archived, "")
	case troubleMsg:
		m.complain(printable.Line(string(msg)))
		return awaitTrouble(m.ctx, m.opts.Trouble)
	case hurryMsg:
		return tea.Quit
	}
	return tea.Batch(m.answerAboutConversations(msg), m.answerAboutMessages(msg))
}

// gotMe notes who is signed in and what replies.
func (m *model) gotMe(msg meMsg) tea.Cmd {
	m.noteError(msg.err)
	if msg.err != nil {
		return nil
	}
	m.me, m.known = msg.me, true
	if len(m.history.entries) > 0 && m.history.entries[0].intro != nil {
		m.history.entries[0].intro = m.intro() // it says what replies
		m.history.entries[0].changed()
	}
	return m.back()
}

// restyle changes the theme or the way text is measured; all is laid out anew.
func (m *model) restyle(dark bool, c cells) {
	dark = m.opts.darkness(dark)
	if dark == m.dark && c == m.theme.cells {
		return
	}
	m.dark, m.theme = dark, m.look(dark, c)
}

// wanted asks for what will be needed soon: older messages, further conversations.
func (m *model) wanted() tea.Cmd {
	var cmds []tea.Cmd
	if !m.conv.loadingOlder && m.conv.id != "" && (m.history.wantsOlder() || m.seeking()) {
		m.conv.loadingOlder = true
		cmds = append(cmds, m.commands.older(m.conv.ctx, m.conv.gen, m.conv.id, m.history.older, m.olderLimit()))
	}
	if m.list.wantsMore() {
		m.list.loading = true
		cmds = append(cmds, m.commands.list(m.ctx, m.list.archived, m.list.more))
	}
	return tea.Batch(append(cmds, m.probe())...)
}

// say and complain put a sentence into the status line.
func (m *model) say(text string)      { m.message, m.alarming = text, false }
func (m *model) complain(text string) { m.message, m.alarming = text, true }

// noteError keeps the status line's idea of the connection.
func (m *model) noteError(err error) {
	if m.ctx.Err() == nil {
		m.offline, m.signedOut = err != nil && away(err), signedOut(err)
	}
}

// minute lets ages be drawn anew, and asks again for what a server did not say that was away, or wants a sign-in.
func (m *model) minute() tea.Cmd {
	next := after(m.ctx, time.Minute, minuteMsg{})
	if !m.known || m.signedOut {
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
