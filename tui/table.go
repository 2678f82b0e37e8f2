package tui

import (
	"strings"

	east "github.com/yuin/goldmark/extension/ast"
)

// minColumn is the narrowest a column of a table is made, in columns of the terminal.
const minColumn = 4

// columnGap stands between the columns of a table.
const columnGap = " │ "

// table shows a table with its columns aligned, text wrapped inside them. Where they would get too narrow each row becomes
// a list of its cells instead.
func (p page) table(n *east.Table) []string {
	rows := p.rows(n)
	if len(rows) == 0 {
		return nil
	}
	widths, ok := p.columns(rows)
	if !ok || p.bare {
		return p.stacked(rows)
	}
	var out []string
	for i, row := range rows {
		out = append(out, p.tableRow(row, widths, n.Alignments)...)
		if i == 0 {
			rules := make([]string, len(widths))
			for j, w := range widths {
				rules[j] = strings.Repeat("─", w)
			}
			out = append(out, p.render(faint, strings.Join(rules, "─┼─")))
		}
	}
	return out
}

// rows returns the cells of the table, its header first and bold.
func (p page) rows(n *east.Table) [][][]span {
	var rows [][][]span
	for r := n.FirstChild(); r != nil; r = r.NextSibling() {
		a := p.base
		if r.Kind() == east.KindTableHeader {
			a |= bold
		}
		var row [][]span
		for c := r.FirstChild(); c != nil; c = c.NextSibling() {
			row = append(row, p.inlines(c, a, nil))
		}
		rows = append(rows, row)
	}
	return rows
}

// columns shares the width out: each column gets what it needs, or, when that is too much, the widest ones give way first. It
// reports whether there is room at all.
func (p page) columns(rows [][][]span) ([]int, bool) {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i := range min(len(row), len(widths)) {
			widths[i] = max(widths[i], p.spansWidth(row[i]), 1)
		}
	}
	room := p.width - (len(widths)-1)*len([]rune(columnGap))
	if total(widths) <= room {
		return widths, true
	}
	if room < len(widths)*minColumn {
		return nil, false
	}
	limit := p.width
	for total(clamped(widths, limit)) > room {
		limit--
	}
	return clamped(widths, limit), true
}

func clamped(widths []int, limit int) []int {
	out := make([]int, len(widths))
	for i, w := range widths {
		out[i] = min(w, max(limit, minColumn))
	}
	return out
}

func total(widths []int) int {
	sum := 0
	for _, w := range widths {
		sum += w
	}
	return sum
}

func (p page) spansWidth(spans []span) int {
	w := 0
	for _, sp := range spans {
		w += p.styles.width(sp.text)
	}
	return w
}

// tableRow lays out one row, as many lines high as its highest cell.
func (p page) tableRow(row [][]span, widths []int, align []east.Alignment) []string {
	height := 1
	texts := make([][]string, len(widths))
	for i := range min(len(row), len(widths)) {
		texts[i] = wrapSpans(p.styles, row[i], widths[i])
		height = max(height, len(texts[i]))
	}
	out := make([]string, height)
	for y := range out {
		cells := make([]string, len(widths))
		for x, lines := range texts {
			text := ""
			if y < len(lines) {
				text = lines[y]
			}
			cells[x] = p.aligned(text, widths[x], align, x)
		}
		out[y] = strings.TrimRight(strings.Join(cells, p.render(faint, columnGap)), " ")
	}
	return out
}

func (p page) aligned(line string, width int, align []east.Alignment, column int) string {
	space := width - p.styledWidth(line)
	if column >= len(align) {
		return line + spaces(space)
	}
	switch align[column] {
	case east.AlignRight:
		return spaces(space) + line
	case east.AlignCenter:
		return spaces(space/2) + line + spaces(space-space/2)
	}
	return line + spaces(space)
}

// stacked shows each row as lines of "heading: cell", for narrow windows.
func (p page) stacked(rows [][][]span) []string {
	var out []string
	for r, row := range rows {
		if r == 0 && len(rows) > 1 {
			continue
		}
		if len(out) > 0 {
			out = append(out, "")
		}
		for i, cell := range row {
			var spans []span
			if r > 0 && i < len(rows[0]) {
				spans = append(append(spans, rows[0][i]...), span{": ", p.base | faint})
			}
			out = append(out, wrapSpans(p.styles, append(spans, cell...), p.width)...)
		}
	}
	return out
}
