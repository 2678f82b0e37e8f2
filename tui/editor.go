package tui

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/betterprofile/betterprofile/printable"
)

// editor is a text with a cursor. Each line is laid out only after it has changed, so that a key costs the same in a long text as in a short
// one. Text that comes in is made printable, because a cursor must be able to stand on everything that is there.
type editor struct {
	cells  cells
	width  int // of the rows
	single bool

	lines [][]int  // per line: where its rows begin; nil when not laid out
	text  []string // per line
	row   int      // the cursor's line
	col   int      // and byte in it, between grapheme clusters
	goal  int      // column that up and down aim for, -1 for the present one

	size  int // characters, line ends among them
	undos []snapshot
	redos []snapshot
	last  change
}

// snapshot is a state to go back to. Lines are shared with the text.
type snapshot struct {
	text           []string
	row, col, size int
}

// change is a kind of edit: a run of one kind is undone at once.
type change uint8

const (
	other change = iota
	typing
	erasing
)

// maxUndo is how many steps are kept.
const maxUndo = 200

// newEditor is an empty editor, to be given a width by layout.
func newEditor(c cells) *editor {
	return &editor{cells: c, width: 80, text: []string{""}, lines: [][]int{nil}, goal: -1}
}

// layout sets the width and the way text is measured.
func (e *editor) layout(c cells, width int) {
	width = max(width, 1)
	if e.width != width || e.cells != c {
		e.cells, e.width = c, width
		clear(e.lines)
	}
}

func (e *editor) value() string { return strings.Join(e.text, "\n") }

func (e *editor) empty() bool { return len(e.text) == 1 && e.text[0] == "" }

// setValue replaces the text, with the cursor at its end and nothing to undo.
func (e *editor) setValue(s string) {
	e.text, e.lines, e.row, e.col, e.size = []string{""}, [][]int{nil}, 0, 0, 0
	e.insertText(s)
	e.undos, e.redos, e.last = nil, nil, other
}

// replace puts a text in the place of all, with the cursor at its end. It can be undone.
func (e *editor) replace(s string) {
	e.before(other)
	e.text, e.lines, e.row, e.col, e.size = []string{""}, [][]int{nil}, 0, 0, 0
	e.insertText(s)
}

// rows returns where the rows of a line begin.
func (e *editor) rows(line int) []int {
	if e.lines[line] == nil {
		e.lines[line] = e.cells.breaks(e.text[line], e.width)
	}
	return e.lines[line]
}

// height is the number of rows of the whole text.
func (e *editor) height() int {
	n := 0
	for i := range e.text {
		n += len(e.rows(i))
	}
	return n
}

// cursor returns the row of the whole text and the column that the cursor is at.
func (e *editor) cursor() (row, column int) {
	for i := range e.row {
		row += len(e.rows(i))
	}
	sub, start := e.subrow()
	return row + sub, min(e.cells.width(e.text[e.row][start:e.col]), e.width)
}

// subrow returns the cursor's row within its line and where that begins.
func (e *editor) subrow() (int, int) {
	starts := e.rows(e.row)
	i := len(starts) - 1
	for i > 0 && starts[i] > e.col {
		i--
	}
	return i, starts[i]
}

// window returns at most n rows from the given one on.
func (e *editor) window(from, n int) []string {
	var out []string
	for i := 0; i < len(e.text) && len(out) < n; i++ {
		starts := e.rows(i)
		if from >= len(starts) {
			from -= len(starts)
			continue
		}
		for j := from; j < len(starts) && len(out) < n; j++ {
			end := len(e.text[i])
			if j+1 < len(starts) {
				end = starts[j+1]
			}
			out = append(out, strings.TrimRight(expandTabs(e.text[i][starts[j]:end]), " "))
		}
		from = 0
	}
	return out
}

// insert puts typed or pasted text at the cursor.
func (e *editor) insert(s string) {
	kind := other
	if utf8.RuneCountInString(s) == 1 && s != "\n" {
		kind = typing
	}
	e.before(kind)
	e.insertText(s)
}

// insertText puts text at the cursor, made printable, and counts it.
func (e *editor) insertText(s string) {
	s = printable.Text(s)
	if e.single {
		s = strings.ReplaceAll(s, "\n", " ")
	}
	line := e.text[e.row]
	parts := strings.Split(line[:e.col]+s+line[e.col:], "\n")
	rest := len(line) - e.col
	e.replaceLines(e.row, e.row+1, parts)
	e.row += len(parts) - 1
	e.col = len(e.text[e.row]) - rest
	e.size += utf8.RuneCountInString(s)
	e.col = e.clusterStart(e.col)
}

// replaceLines puts parts in the place of the lines from..to.
func (e *editor) replaceLines(from, to int, parts []string) {
	e.goal = -1
	if len(parts) == 1 && to-from == 1 {
		e.text[from], e.lines[from] = parts[0], nil
		return
	}
	text := make([]string, 0, len(e.text)+len(parts))
	e.text = append(append(append(text, e.text[:from]...), parts...), e.text[to:]...)
	lines := make([][]int, 0, len(e.lines)+len(parts))
	lines = append(append(lines, e.lines[:from]...), make([][]int, len(parts))...)
	e.lines = append(lines, e.lines[to:]...)
}

// clusterStart returns at, moved to the end of the cluster that it is inside of.
func (e *editor) clusterStart(at int) int {
	line := e.text[e.row]
	i := 0
	for _, start := range e.rows(e.row) {
		if start > at {
			break
		}
		i = start
	}
	for i < at {
		cluster, _ := e.cells.next(line[i:])
		i += len(cluster)
	}
	return i
}

// erase removes what is between the cursor and another place.
func (e *editor) erase(row, col int, kind change) {
	if row == e.row && col == e.col {
		return
	}
	e.before(kind)
	fromRow, fromCol, toRow, toCol := e.row, e.col, row, col
	if row < e.row || row == e.row && col < e.col {
		fromRow, fromCol, toRow, toCol = row, col, e.row, e.col
	}
	e.size -= e.count(fromRow, fromCol, toRow, toCol)
	joined := e.text[fromRow][:fromCol] + e.text[toRow][toCol:]
	e.replaceLines(fromRow, toRow+1, []string{joined})
	e.row, e.col = fromRow, fromCol
}

func (e *editor) count(fromRow, fromCol, toRow, toCol int) int {
	if fromRow == toRow {
		return utf8.RuneCountInString(e.text[fromRow][fromCol:toCol])
	}
	n := utf8.RuneCountInString(e.text[fromRow][fromCol:]) + 1 + utf8.RuneCountInString(e.text[toRow][:toCol])
	for i := fromRow + 1; i < toRow; i++ {
		n += utf8.RuneCountInString(e.text[i]) + 1
	}
	return n
}

// before notes the state that an edit of the kind changes.
func (e *editor) before(kind change) {
	if kind != other && kind == e.last {
		return
	}
	e.last = kind
	e.redos = nil
	e.undos = append(e.undos, e.snapshot())
	if len(e.undos) > maxUndo {
		e.undos = e.undos[1:]
	}
}

func (e *editor) snapshot() snapshot {
	return snapshot{append([]string(nil), e.text...), e.row, e.col, e.size}
}

func (e *editor) undo() { e.swap(&e.undos, &e.redos) }
func (e *editor) redo() { e.swap(&e.redos, &e.undos) }

func (e *editor) swap(from, to *[]snapshot) {
	if len(*from) == 0 {
		return
	}
	*to = append(*to, e.snapshot())
	s := (*from)[len(*from)-1]
	*from = (*from)[:len(*from)-1]
	e.text, e.row, e.col, e.size = s.text, s.row, s.col, s.size
	e.lines = make([][]int, len(e.text))
	e.goal, e.last = -1, other
}

// moveTo puts the cursor at a place.
func (e *editor) moveTo(row, col int) {
	e.row, e.col, e.goal, e.last = row, col, -1, other
}

// left returns the place one character before the cursor.
func (e *editor) left() (int, int) {
	if e.col == 0 {
		if e.row == 0 {
			return 0, 0
		}
		return e.row - 1, len(e.text[e.row-1])
	}
	i, start := e.subrow()
	if start == e.col {
		start = e.rows(e.row)[max(i-1, 0)]
	}
	line := e.text[e.row]
	for {
		cluster, _ := e.cells.next(line[start:])
		if start+len(cluster) >= e.col {
			return e.row, start
		}
		start += len(cluster)
	}
}

// right returns the place one character after the cursor.
func (e *editor) right() (int, int) {
	line := e.text[e.row]
	if e.col == len(line) {
		if e.row == len(e.text)-1 {
			return e.row, e.col
		}
		return e.row + 1, 0
	}
	cluster, _ := e.cells.next(line[e.col:])
	return e.row, e.col + len(cluster)
}

// wordLeft returns the start of the word before the cursor, on the line before when there is none.
func (e *editor) wordLeft() (int, int) {
	if e.col == 0 {
		return e.left()
	}
	head := strings.TrimRightFunc(e.text[e.row][:e.col], isGap)
	i := strings.LastIndexFunc(head, isGap)
	if i < 0 {
		return e.row, 0
	}
	_, size := utf8.DecodeRuneInString(head[i:])
	return e.row, i + size
}

// wordRight returns the end of the word after the cursor, on the next line when there is none.
func (e *editor) wordRight() (int, int) {
	line := e.text[e.row]
	if e.col == len(line) {
		return e.right()
	}
	rest := line[e.col:]
	word := strings.TrimLeftFunc(rest, isGap)
	end := strings.IndexFunc(word, isGap)
	if end < 0 {
		end = len(word)
	}
	return e.row, e.col + len(rest) - len(word) + end
}

func isGap(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) && r != '\'' && r != '_'
}

// vertical moves the cursor up or down by rows, and reports whether it could.
func (e *editor) vertical(by int) bool {
	row, column := e.cursor()
	if e.goal < 0 {
		e.goal = column
	}
	goal, target := e.goal, row+by
	if target < 0 || target >= e.height() {
		return false
	}
	line := 0
	for ; target >= len(e.rows(line)); line++ {
		target -= len(e.rows(line))
	}
	start, end := e.rows(line)[target], len(e.text[line])
	if target+1 < len(e.rows(line)) {
		end = e.rows(line)[target+1]
	}
	head, _ := e.cells.fit(e.text[line][start:end], goal)
	e.moveTo(line, start+len(head))
	if end != len(e.text[line]) && e.col == end { // the end of a row is the start of the next
		e.moveTo(e.left())
	}
	e.goal = goal
	return true
}
