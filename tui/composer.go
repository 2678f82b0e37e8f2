package tui

import (
	"strconv"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"github.com/betterprofile/betterprofile/interview"
)

// composer is where the next message is written: an editor that grows with its text, to a third of the screen.
type composer struct {
	*editor
	keys  keyMap
	theme *styles
	wide  int // columns, the prompt's among them
	top   int // first row shown
}

// prompt stands before the first row where there is room for it.
const prompt = "› "

// margin is how many columns stand before the text.
func (c composer) margin() int {
	if c.wide < 8 {
		return 0
	}
	return 2
}

// update takes in a key or a paste and reports whether it was for the composer.
func (c *composer) update(msg tea.Msg) bool {
	switch msg := msg.(type) {
	case tea.PasteMsg:
		c.insert(strings.ReplaceAll(msg.Content, "\r\n", "\n"))
		return true
	case tea.KeyPressMsg:
		return c.edit(c.keys, msg)
	}
	return false
}

// edit applies an editing key and reports whether it was one. Up and down that lead out of the text are not.
func (e *editor) edit(keys keyMap, msg tea.KeyPressMsg) bool {
	switch {
	case e.move(keys, msg), e.remove(keys, msg):
	case key.Matches(msg, keys.newline):
		e.insert("\n")
	case key.Matches(msg, keys.undo):
		e.undo()
	case key.Matches(msg, keys.redo):
		e.redo()
	case msg.Text != "" && msg.Mod&^tea.ModShift&^tea.ModCapsLock&^tea.ModNumLock == 0:
		e.insert(msg.Text)
	default:
		return false
	}
	return true
}

// move applies a key that moves the cursor.
func (e *editor) move(keys keyMap, msg tea.KeyPressMsg) bool {
	switch {
	case key.Matches(msg, keys.left):
		e.moveTo(e.left())
	case key.Matches(msg, keys.right):
		e.moveTo(e.right())
	case key.Matches(msg, keys.wordLeft):
		e.moveTo(e.wordLeft())
	case key.Matches(msg, keys.wordRight):
		e.moveTo(e.wordRight())
	case key.Matches(msg, keys.lineStart):
		e.moveTo(e.row, 0)
	case key.Matches(msg, keys.lineEnd):
		e.moveTo(e.row, len(e.text[e.row]))
	case key.Matches(msg, keys.up):
		return e.vertical(-1)
	case key.Matches(msg, keys.down):
		return e.vertical(1)
	default:
		return false
	}
	return true
}

// remove applies a key that takes text away.
func (e *editor) remove(keys keyMap, msg tea.KeyPressMsg) bool {
	to := func(row, col int) { e.erase(row, col, erasing) }
	switch {
	case key.Matches(msg, keys.backspace):
		to(e.left())
	case key.Matches(msg, keys.deleteRight):
		to(e.right())
	case key.Matches(msg, keys.wordErase):
		e.last = other
		to(e.wordLeft())
	case key.Matches(msg, keys.wordCut):
		e.last = other
		to(e.wordRight())
	case key.Matches(msg, keys.lineErase):
		e.last = other
		to(e.row, 0)
	case key.Matches(msg, keys.lineCut):
		e.last = other
		to(e.row, len(e.text[e.row]))
	default:
		return false
	}
	return true
}

// layout fits the composer into width columns and at most limit rows, and returns how many it takes. The cursor stays in sight.
func (c *composer) layout(theme *styles, width, limit int) int {
	c.theme = theme
	c.wide = min(width, maxTextWidth+3)
	c.editor.layout(theme.cells, c.wide-c.margin()-1) // one column for a cursor after the last character
	rows := c.height()
	height := min(rows, max(limit, 1))
	row, _ := c.cursor()
	c.top = min(c.top, row, max(rows-height, 0))
	c.top = max(c.top, row-height+1)
	return height
}

// view shows so many rows of the composer as laid out, and where the cursor is in it.
func (c composer) view(height int) (string, *tea.Cursor) {
	lines := c.window(c.top, height)
	for i := range lines {
		margin := spaces(c.margin())
		if c.top+i == 0 && margin != "" {
			margin = c.theme.render(accent, prompt)
		}
		if c.empty() {
			lines[i] = c.theme.render(faint, c.theme.truncate("Write your answer", c.wide-c.margin()))
		}
		lines[i] = margin + lines[i]
	}
	for len(lines) < height {
		lines = append(lines, "")
	}
	row, column := c.cursor()
	return strings.Join(lines, "\n"), tea.NewCursor(min(column+c.margin(), max(c.wide-1, 0)), row-c.top)
}

// remaining returns how many characters may still be written, as a text, when that is good to know.
func (c composer) remaining() string {
	left := interview.MaxContentRunes - c.size
	switch {
	case left < 0:
		return strconv.Itoa(-left) + " characters too many"
	case left < interview.MaxContentRunes/10:
		return strconv.Itoa(left) + " characters left"
	}
	return ""
}
