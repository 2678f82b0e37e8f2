package tui

import (
	"bytes"
	"strings"
	"time"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"

	"github.com/betterprofile/betterprofile/printable"
)

// live is a reply on its way. Blocks that a later block has closed are laid out once; only the last one, which may still change,
// is laid out again.
type live struct {
	md      *markdown
	scanner printable.Scanner
	whole   strings.Builder // what came, made printable; it only grows, so that its String can be cut without copying
	lost    bool            // nothing more comes, for now

	// What is laid out, of the first laid bytes of whole, at width in theme.
	theme   *styles
	width   int
	settled []string // lines of the blocks before tail
	tail    int      // where the last block begins
	lines   []string // settled and the last block's
	laid    int
	version int           // counts the layouts
	took    time.Duration // of the last one
}

// newLive is a reply of which nothing has come.
func newLive(md *markdown) *live { return &live{md: md} }

// append adds a piece of the reply, cut anywhere.
func (l *live) append(delta string) { l.whole.WriteString(l.scanner.Append(delta)) }

// empty reports whether nothing has come yet.
func (l *live) empty() bool { return l.whole.Len() == 0 }

// stale reports whether there is text that is not laid out.
func (l *live) stale() bool { return l.laid < l.whole.Len() }

// layout brings lines up to date.
func (l *live) layout(theme *styles, width int) {
	if l.theme == theme && l.width == width && !l.stale() {
		return
	}
	start := time.Now()
	if l.theme != theme || l.width != width {
		l.theme, l.width, l.settled, l.tail = theme, width, nil, 0
	}
	l.laid = l.whole.Len()
	source := []byte(l.whole.String()[l.tail:])
	doc := l.md.parser.Parse(text.NewReader(source))
	p := newPage(theme, source, width)
	last := doc.LastChild()
	if at := blockStart(source, last); at > 0 {
		l.settle(p.siblings(doc.FirstChild(), last))
		l.tail += at
		l.lines = joined(l.settled, p.siblings(last, nil))
	} else {
		l.lines = joined(l.settled, p.children(doc))
	}
	l.version++
	l.took = time.Since(start)
}

// blockStart returns where the line begins that a block begins on, 0 when that is not known.
func blockStart(source []byte, n ast.Node) int {
	if n == nil || n.Pos() <= 0 {
		return 0
	}
	return bytes.LastIndexByte(source[:n.Pos()], '\n') + 1
}

// settle takes in lines that will not change any more.
func (l *live) settle(lines []string) {
	if len(lines) > 0 && len(l.settled) > 0 {
		l.settled = append(l.settled, "")
	}
	l.settled = append(l.settled, lines...)
}

// joined returns the lines of two runs of blocks; a's spare room may be used.
func joined(a, b []string) []string {
	if len(a) == 0 {
		return b
	}
	if len(b) == 0 {
		return a
	}
	return append(append(a, ""), b...)
}

// interval is how long to wait until the reply is laid out again: 20 times a second, or a tenth of the time on slow machines
// and very long blocks.
func (l *live) interval() time.Duration {
	return min(max(50*time.Millisecond, 10*l.took), 500*time.Millisecond)
}
