package tui

import (
	"slices"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"github.com/betterprofile/betterprofile/printable"
)

// help shows every key, over the whole screen.
type help struct {
	top    int // first line shown
	height int // of the box, as last drawn
	lines  int // of the text
	about  string
}

// openHelp shows every key.
func (m *model) openHelp() tea.Cmd {
	m.help = &help{about: strings.TrimSpace("Better Profile " + printable.Line(m.opts.Version))}
	return nil
}

// update takes in a key and reports whether it closes the help.
func (h *help) update(keys keyMap, msg tea.KeyPressMsg) bool {
	switch {
	case key.Matches(msg, keys.up):
		h.top--
	case key.Matches(msg, keys.down):
		h.top++
	case key.Matches(msg, keys.pageUp):
		h.top -= h.height
	case key.Matches(msg, keys.pageDown), msg.String() == "space":
		h.top += h.height
	default:
		return true
	}
	h.top = max(min(h.top, h.lines-h.height), 0)
	return false
}

// scroll moves by lines.
func (h *help) scroll(by int) { h.top = max(min(h.top+by, h.lines-h.height), 0) }

// twoColumns is from how many columns on the help is set in two.
const twoColumns = 110

// view fills a box.
func (h *help) view(theme *styles, keys keyMap, width, height int) []string {
	sections := slices.DeleteFunc(keys.sections(), func(s section) bool { return s.title == "" })
	var lines []string
	if width >= twoColumns {
		half := width / 2
		at := balanced(theme, sections, half)
		left, right := helpLines(theme, sections[:at], half), helpLines(theme, sections[at:], width-half)
		for i := range max(len(left), len(right)) {
			line := ""
			if i < len(left) {
				line = left[i]
			}
			if i < len(right) {
				line += spaces(half-theme.styledWidth(line)) + right[i]
			}
			lines = append(lines, line)
		}
	} else {
		lines = helpLines(theme, sections, width)
	}
	margin, textWidth := margins(width)
	lines = append(lines, "", spaces(margin)+theme.render(faint, theme.truncate(h.about, textWidth)))
	h.height, h.lines = height, len(lines)
	h.top = max(min(h.top, len(lines)-height), 0)
	lines = lines[h.top:]
	for len(lines) < height {
		lines = append(lines, "")
	}
	lines = lines[:height]
	for i, line := range lines {
		lines[i] = theme.cut(line, 0, width)
	}
	return lines
}

// balanced is how many sections go into the first of two columns, so that both end at about the same height.
func balanced(theme *styles, sections []section, width int) int {
	at, left, all := 0, 0, len(helpLines(theme, sections, width))
	for at < len(sections)-1 && left < all/2 {
		left += len(helpLines(theme, sections[at:at+1], width)) + 1
		at++
	}
	return max(at, 1)
}

// helpLines is sections one below the other: the keys in a column, what they do beside it.
func helpLines(theme *styles, sections []section, width int) []string {
	const keyWidth = 14
	var lines []string
	margin, _ := margins(width)
	for _, s := range sections {
		if len(lines) > 0 {
			lines = append(lines, "")
		}
		lines = append(lines, spaces(margin)+theme.render(heading, theme.truncate(s.title, width-margin)))
		for _, n := range s.keys {
			b := *n.binding
			name := theme.pad(theme.truncate(b.Help().Key, keyWidth-1), keyWidth)
			texts := wrapSpans(theme, []span{{b.Help().Desc, faint}}, max(width-2*margin-keyWidth, 1))
			for i, text := range texts {
				if i > 0 {
					name = spaces(keyWidth)
				}
				lines = append(lines, spaces(margin)+theme.render(bold, name)+text)
			}
		}
	}
	return lines
}
