package tui

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// cells measures text in columns of the terminal, by the method that the renderer uses: code points by default, grapheme
// clusters once the terminal has said that it supports them (mode 2027). Text given to it is printable and unstyled.
type cells struct{ method ansi.Method }

// tabWidth is how many columns a tab takes, wherever it stands: terminals' own tab stops do not know our margins.
const tabWidth = 4

func (c cells) width(s string) int {
	if isASCII(s) {
		return len(s) + (tabWidth-1)*strings.Count(s, "\t")
	}
	return c.method.StringWidth(s) + tabWidth*strings.Count(s, "\t")
}

// next returns the first grapheme cluster of s, which is not empty, and its width.
func (c cells) next(s string) (string, int) {
	if s[0] < 0x80 && (len(s) == 1 || s[1] < 0x80) {
		if s[0] == '\t' {
			return s[:1], tabWidth
		}
		return s[:1], 1
	}
	return ansi.FirstGraphemeCluster(s, c.method)
}

// fit returns the longest start of s that takes at most width columns, and its width.
func (c cells) fit(s string, width int) (string, int) {
	used := 0
	for i := 0; i < len(s); {
		cluster, w := c.next(s[i:])
		if used+w > width {
			return s[:i], used
		}
		used += w
		i += len(cluster)
	}
	return s, used
}

// truncate shortens s to width columns, ending in … where something is missing.
func (c cells) truncate(s string, width int) string {
	if len(s) <= width && isASCII(s) || c.width(s) <= width {
		return s
	}
	if width < 1 {
		return ""
	}
	head, _ := c.fit(s, width-1)
	return strings.TrimRight(head, " ") + "…"
}

// pad fills s up with spaces to width columns.
func (c cells) pad(s string, width int) string {
	return s + spaces(width-c.width(s))
}

// styledWidth is width for a line that holds escape sequences of ours.
func (c cells) styledWidth(line string) int { return c.method.StringWidth(line) }

// wrap breaks plain text into lines of at most width columns, keeping its line ends and its spaces.
func (c cells) wrap(s string, width int) []string {
	var out []string
	for line := range strings.SplitSeq(s, "\n") {
		starts := c.breaks(line, width)
		for i, start := range starts {
			end := len(line)
			if i+1 < len(starts) {
				end = starts[i+1]
			}
			out = append(out, strings.TrimRight(expandTabs(line[start:end]), " "))
		}
	}
	return out
}

// breaks returns where the rows of a line begin when it is laid out width columns wide: after the last space that fits, else
// within a word. Spaces at the end of a row hang over. The first is 0.
func (c cells) breaks(line string, width int) []int {
	width = max(width, 1)
	starts := []int{0}
	row, afterSpace, used := 0, 0, 0
	for i := 0; i < len(line); {
		cluster, w := c.next(line[i:])
		space := cluster == " " || cluster == "\t"
		if used+w > width && !space && i > row {
			row = i
			if afterSpace > starts[len(starts)-1] {
				row = afterSpace
			}
			starts = append(starts, row)
			used = c.width(line[row:i])
		}
		used += w
		i += len(cluster)
		if space || w == 2 {
			afterSpace = i
		}
	}
	return starts
}

// cut returns the columns from left up to right of a line that holds escape sequences of ours. Half of a wide character is shown as
// a space. (Method.Cut of x/ansi 0.11.9 cuts the wrong end off when it counts code points.)
func (c cells) cut(line string, left, right int) string {
	line = c.method.Truncate(line, max(right, 0), "")
	if left <= 0 {
		return line
	}
	rest := c.method.TruncateLeft(line, left, "")
	if c.styledWidth(rest) > c.styledWidth(line)-left {
		rest = " " + c.method.TruncateLeft(line, left+1, "")
	}
	return rest
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

func expandTabs(s string) string {
	return strings.ReplaceAll(s, "\t", spaces(tabWidth))
}

// spaces returns n spaces, none when n is negative.
func spaces(n int) string {
	return strings.Repeat(" ", max(n, 0))
}
