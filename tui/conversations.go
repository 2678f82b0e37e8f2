package tui

import (
	"slices"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/printable"
)

// conversations is the list at the side: two lines for each conversation, and a page more of them when its end comes near.
type conversations struct {
	cached bool // items are what was last read: the server is away
	keys   keyMap
	theme  *styles
	now    func() time.Time

	items    []interview.Conversation // all that are known: the archived ones or the others
	rows     []interview.Conversation // what is shown: the items, or what the filter leaves and the server found besides
	archived bool
	away     map[string]bool // being deleted: not shown
	filter   *editor         // nil unless the list is filtered
	found    []interview.Conversation

	more    interview.Cursor // leads to further ones
	loaded  bool
	loading bool
	stalled bool   // the next page could not be read; a key asks for it again
	failed  string // why the list could not be read

	openID   string // the open conversation
	cursor   int    // the selected one
	top      int    // the first one shown
	focused  bool
	renaming *editor // nil unless the selected one is being renamed
}

const (
	itemHeight = 2
	listWidth  = 30 // columns of the list where it stands beside the history
)

// listAction is what a key in the list asks for.
type listAction uint8

const (
	nothing listAction = iota
	openItem
	renameItem
	removeItem
	pinItem
	archiveItem
	forkItem
	exportItem
	filterItems
	showArchived
	bringBack
	leaveList
)

// update takes in a key.
func (l *conversations) update(msg tea.KeyPressMsg) listAction {
	l.stalled = false
	switch {
	case l.renaming != nil:
		return l.updateRename(msg)
	case l.filter != nil:
		return l.updateFilter(msg)
	case l.motion(msg):
	case key.Matches(msg, l.keys.leaveList):
		return leaveList
	case key.Matches(msg, l.keys.filter):
		l.startFilter()
	case key.Matches(msg, l.keys.archived):
		return showArchived
	case key.Matches(msg, l.keys.undelete):
		return bringBack
	case len(l.rows) == 0:
	default:
		return l.updateItem(msg)
	}
	return nothing
}

// updateItem takes in a key that is about the selected conversation.
func (l *conversations) updateItem(msg tea.KeyPressMsg) listAction {
	switch {
	case key.Matches(msg, l.keys.open):
		return openItem
	case key.Matches(msg, l.keys.rename):
		l.startRename()
	case key.Matches(msg, l.keys.remove):
		return removeItem
	case key.Matches(msg, l.keys.pin):
		return pinItem
	case key.Matches(msg, l.keys.archive):
		return archiveItem
	case key.Matches(msg, l.keys.fork):
		return forkItem
	case key.Matches(msg, l.keys.export):
		return exportItem
	}
	return nothing
}

// motion moves the cursor by a key, and reports whether it was one for that.
func (l *conversations) motion(msg tea.KeyPressMsg) bool {
	switch {
	case key.Matches(msg, l.keys.listUp):
		l.move(-1)
	case key.Matches(msg, l.keys.listDown):
		l.move(1)
	case key.Matches(msg, l.keys.pageUp):
		l.move(-5)
	case key.Matches(msg, l.keys.pageDown):
		l.move(5)
	case key.Matches(msg, l.keys.listTop):
		l.move(-len(l.rows))
	case key.Matches(msg, l.keys.listBottom):
		l.move(len(l.rows))
	default:
		return false
	}
	return true
}

func (l *conversations) startRename() {
	l.renaming = newEditor(l.theme.cells)
	l.renaming.single = true
	l.renaming.width = interview.MaxTitleRunes * tabWidth // one row
	l.renaming.setValue(l.selected().Title)
}

func (l *conversations) updateRename(msg tea.KeyPressMsg) listAction {
	switch {
	case key.Matches(msg, l.keys.accept):
		return renameItem
	case key.Matches(msg, l.keys.cancel):
		l.renaming = nil
	case key.Matches(msg, l.keys.newline):
	default:
		l.renaming.edit(l.keys, msg)
	}
	return nothing
}

func (l *conversations) move(by int) {
	l.cursor = max(min(l.cursor+by, len(l.rows)-1), 0)
}

// selected is the conversation under the cursor, the zero one in an empty list.
func (l *conversations) selected() interview.Conversation {
	if l.cursor >= len(l.rows) {
		return interview.Conversation{}
	}
	return l.rows[l.cursor]
}

// put replaces the items by a list's first page, or adds a further one. The cursor stays on its conversation.
func (l *conversations) put(p interview.ConversationPage, further bool) {
	selected := l.selected().ID
	if !further {
		l.items = nil
	}
	for _, c := range p.Conversations {
		if l.index(c.ID) < 0 {
			l.items = append(l.items, c)
		}
	}
	l.more, l.loaded, l.failed = p.NextCursor, true, ""
	l.choose(selected)
}

// choose puts the cursor on a conversation that is shown, and sees to what is shown.
func (l *conversations) choose(id string) {
	l.sift()
	if i := indexOf(l.rows, id); i >= 0 {
		l.cursor = i
	}
	l.move(0)
}

// index is where a conversation stands among the items, less than 0 when it is not there.
func (l *conversations) index(id string) int { return indexOf(l.items, id) }

func indexOf(list []interview.Conversation, id string) int {
	return slices.IndexFunc(list, func(c interview.Conversation) bool { return c.ID == id })
}

// change replaces a conversation by a newer version of it, moved to where it belongs: among the pinned or the others by UpdatedAt.
func (l *conversations) change(c interview.Conversation) {
	selected := l.selected().ID
	if i := l.index(c.ID); i >= 0 {
		l.items = slices.Delete(l.items, i, i+1)
	}
	if c.Archived != l.archived {
		l.choose(selected)
		return
	}
	at := slices.IndexFunc(l.items, func(o interview.Conversation) bool {
		if o.Pinned != c.Pinned {
			return c.Pinned
		}
		return !o.UpdatedAt.After(c.UpdatedAt.Time)
	})
	if at < 0 {
		at = len(l.items)
	}
	l.items = slices.Insert(l.items, at, c)
	l.choose(selected)
}

// drop takes a conversation out of the list.
func (l *conversations) drop(id string) {
	selected := l.selected().ID
	if i := l.index(id); i >= 0 {
		l.items = slices.Delete(l.items, i, i+1)
	}
	if selected == id {
		selected = "" // the cursor goes to the one that moves up
	}
	l.choose(selected)
}

// latest is the conversation that was last written in, the zero one when there is none.
func (l *conversations) latest() interview.Conversation {
	var latest interview.Conversation
	for _, c := range l.items {
		if l.away[c.ID] {
			continue
		}
		if latest.ID == "" || c.UpdatedAt.After(latest.UpdatedAt.Time) {
			latest = c
		}
	}
	return latest
}

// neighbour returns the conversation that stands some places from the open one, and whether there is one.
func (l *conversations) neighbour(by int) (interview.Conversation, bool) {
	at := indexOf(l.rows, l.openID)
	if i := at + by; at >= 0 && i >= 0 && i < len(l.rows) {
		return l.rows[i], true
	}
	return interview.Conversation{}, false
}

// wantsMore reports whether the next page of the list should be asked for.
func (l *conversations) wantsMore() bool {
	return l.more != "" && !l.loading && !l.stalled && l.filter == nil && l.cursor >= len(l.rows)-10
}

// resize scrolls so that the cursor is in sight.
func (l *conversations) resize(theme *styles, height int) {
	l.theme = theme
	fits := max((height-2)/itemHeight, 1)
	l.top = max(min(l.top, l.cursor, len(l.rows)-fits), l.cursor-fits+1, 0)
}

// view fills a box.
func (l conversations) view(width, height int) (string, *tea.Cursor) {
	lines, cursor := l.head(width)
	for i := l.top; i < len(l.rows) && len(lines) < height; i++ {
		if l.renaming != nil && i == l.cursor {
			row, column := inputRow(l.theme, l.renaming, " › ", width)
			cursor = tea.NewCursor(column, len(lines))
			lines = append(lines, row, "   "+l.theme.render(faint, l.theme.truncate("Enter saves, Esc keeps", width-3)))
			continue
		}
		lines = append(lines, l.item(i, width)...)
	}
	if text := l.emptyText(); text != "" {
		for _, line := range l.theme.wrap(text, max(width-2, 1)) {
			lines = append(lines, " "+l.theme.render(faint, line))
		}
	}
	return box(l.theme, lines, width, height), cursor
}

func (l conversations) emptyText() string {
	switch {
	case l.failed != "":
		return "The list could not be read. " + l.keys.retry.Help().Key + " tries again."
	case !l.loaded:
		return "Loading"
	case len(l.rows) > 0:
	case l.filter != nil:
		return "None has that in its title or last message. " + l.keys.search.Help().Key + " searches all messages."
	case l.archived:
		return "None is archived. " + l.keys.archived.Help().Key + " goes back."
	default:
		return "None yet."
	}
	return ""
}

// item is the two lines of a conversation: its title and age, then how it goes on.
func (l conversations) item(i, width int) []string {
	c := l.rows[i]
	selected, open := l.focused && i == l.cursor, c.ID == l.openID
	first, second := " ", " "
	if open {
		first = l.theme.render(accent, "▌")
		second = first
	}
	if selected {
		first = l.theme.render(accent|bold, "›")
	}
	var a attr
	if open {
		a = bold
	}
	if selected {
		a = bold | accent
	}
	when := age(c.UpdatedAt.Time, l.now())
	room := max(width-3-len(when)-1, 1)
	marks := marksOf(c)
	room = max(room-l.theme.cells.width(marks), 1)
	title, rest := titleOf(c, l.theme, room)
	line := first + " " + l.theme.render(accent, marks) + l.theme.render(a, l.theme.pad(l.theme.truncate(title, room), room)) + " " + l.theme.render(faint, when)
	return []string{line, second + " " + l.theme.render(faint, l.theme.truncate(rest, max(width-3, 0)))}
}

// untitled is what a conversation is called until it has a title.
const untitled = "New conversation"

// titleOf returns what a conversation is called and what stands below: its preview, or the rest of it when it has no title.
func titleOf(c interview.Conversation, s *styles, room int) (title, rest string) {
	title, preview := printable.Line(c.Title), plainPreview(c.Preview)
	switch {
	case title != "":
		return title, preview
	case preview == "":
		return untitled, ""
	case s.cells.width(preview) <= room:
		return preview, ""
	}
	starts := s.breaks(preview, room)
	return strings.TrimRight(preview[:starts[1]], " "), preview[starts[1]:]
}

// plainPreview is the start of a message on one line, without the commonest marks of Markdown.
func plainPreview(s string) string {
	return strings.TrimLeft(strings.NewReplacer("**", "", "`", "").Replace(printable.Line(s)), "#> ")
}

// box makes styled lines fill a box: cut or filled up to width columns, height lines.
func box(s *styles, lines []string, width, height int) string {
	if len(lines) > height {
		lines = lines[:max(height, 0)]
	}
	for i, line := range lines {
		w := s.styledWidth(line)
		if w > width {
			line, w = s.method.Truncate(line, width, ""), width
		}
		lines[i] = line + spaces(width-w)
	}
	for len(lines) < height {
		lines = append(lines, spaces(width))
	}
	return strings.Join(lines, "\n")
}
