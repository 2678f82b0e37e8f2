package tui

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// span is a piece of text with one set of properties. A line end in it is a forced break.
type span struct {
	text string
	attr attr
}

// wrapper lays spans out in lines of at most width columns, breaking at spaces and between wide characters, and within a word
// only when it is wider than a line, behind a slash if that can be. Every line ends with its properties switched off.
type wrapper struct {
	*styles
	width int

	lines []string
	line  strings.Builder
	used  int  // columns of line
	attr  attr // switched on at the end of line

	word      []span // not yet placed
	wordWidth int
	space     bool // a space stands before word
	spaceAttr attr
}

// wrapSpans returns the lines of a paragraph: none for no text.
func wrapSpans(s *styles, spans []span, width int) []string {
	w := wrapper{styles: s, width: max(width, 1)}
	for _, sp := range spans {
		if s.bare {
			sp.attr = 0
		}
		w.add(sp)
	}
	w.flushWord()
	if w.line.Len() > 0 {
		w.newline()
	}
	return w.lines
}

func (w *wrapper) add(sp span) {
	text := sp.text
	for text != "" {
		i := plainRun(text)
		if i > 0 {
			w.extend(text[:i], sp.attr, i)
			text = text[i:]
			continue
		}
		switch text[0] {
		case '\n':
			w.flushWord()
			w.newline()
			text = text[1:]
		case ' ', '\t':
			w.flushWord()
			w.space, w.spaceAttr = true, sp.attr
			text = text[1:]
		default:
			cluster, width := w.next(text)
			w.cluster(cluster, width, sp.attr)
			text = text[len(cluster):]
		}
	}
}

// plainRun returns the length of the ASCII word that text begins with, without its last letter when a character that may
// combine with it follows.
func plainRun(text string) int {
	for i := range len(text) {
		switch c := text[i]; {
		case c == ' ' || c == '\n' || c == '\t':
			return i
		case c >= 0x80:
			return max(i-1, 0)
		}
	}
	return len(text)
}

// cluster takes in one character; lines may break before and after a wide one, but not before closing punctuation.
func (w *wrapper) cluster(text string, width int, a attr) {
	if width == 2 && !strings.Contains("、。，．！？）」』】：；", text) {
		w.flushWord()
	}
	w.extend(text, a, width)
}

func (w *wrapper) extend(text string, a attr, width int) {
	w.wordWidth += width
	if n := len(w.word); n > 0 && w.word[n-1].attr == a {
		w.word[n-1].text += text
		return
	}
	w.word = append(w.word, span{text, a})
}

// flushWord places the word, on the next line if it must.
func (w *wrapper) flushWord() {
	if len(w.word) == 0 {
		return
	}
	gap := 0
	if w.space && w.used > 0 {
		gap = 1
	}
	if w.used > 0 && w.used+gap+w.wordWidth > w.width {
		w.newline()
		gap = 0
	}
	if gap == 1 {
		w.write(" ", w.spaceAttr&w.word[0].attr, 1)
	}
	for _, sp := range w.word {
		w.place(sp)
	}
	w.word, w.wordWidth, w.space = w.word[:0], 0, false
}

// place writes a span, cut where it does not fit.
func (w *wrapper) place(sp span) {
	for sp.text != "" {
		head, width := w.fit(sp.text, w.width-w.used)
		if at := strings.LastIndexAny(head, `/\`) + 1; len(head) < len(sp.text) && at > len(head)/2 { // a path or an address
			head, width = head[:at], w.cells.width(head[:at])
		}
		if head == "" && w.used == 0 { // one character wider than a line: it cannot be shown
			cluster, _ := w.next(sp.text)
			sp.text = sp.text[len(cluster):]
			continue
		}
		w.write(head, sp.attr, width)
		if sp.text = sp.text[len(head):]; sp.text != "" {
			w.newline()
		}
	}
}

func (w *wrapper) write(text string, a attr, width int) {
	if text == "" {
		return
	}
	if a != w.attr {
		if w.attr != 0 {
			w.line.WriteString(ansi.ResetStyle)
		}
		w.line.WriteString(w.on(a))
		w.attr = a
	}
	w.line.WriteString(text)
	w.used += width
}

func (w *wrapper) newline() {
	if w.attr != 0 {
		w.line.WriteString(ansi.ResetStyle)
	}
	w.lines = append(w.lines, w.line.String())
	w.line.Reset()
	w.used, w.attr, w.space = 0, 0, false
}
