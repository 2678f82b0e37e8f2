package tui

import (
	"strings"

	"github.com/yuin/goldmark/ast"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/util"

	"github.com/betterprofile/betterprofile/printable"
)

// inlines appends the text inside n to spans. Every text node passes printable after its entities are resolved: "&#27;" is an ESC only then.
func (p page) inlines(n ast.Node, a attr, spans []span) []span {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		spans = p.inline(c, a, spans)
	}
	return spans
}

func (p page) inline(n ast.Node, a attr, spans []span) []span {
	switch n := n.(type) {
	case *ast.Text:
		return p.text(n, a, spans)
	case *ast.String:
		return append(spans, oneLine(string(n.Value), a))
	case *ast.CodeSpan:
		return p.inlines(n, a|code, spans)
	case *ast.Emphasis:
		if n.Level >= 2 {
			return p.inlines(n, a|bold, spans)
		}
		return p.inlines(n, a|italic, spans)
	case *east.Strikethrough:
		return p.inlines(n, a|strike, spans)
	case *ast.Link:
		return p.link(n, n.Destination, a, spans)
	case *ast.Image:
		return p.link(n, n.Destination, a, append(spans, span{"image: ", a | faint}))
	case *ast.AutoLink:
		return append(spans, oneLine(string(n.Label(p.source)), a|underline))
	case *ast.RawHTML:
		for i := range n.Segments.Len() {
			segment := n.Segments.At(i)
			spans = append(spans, oneLine(string(segment.Value(p.source)), a))
		}
		return spans
	}
	return p.inlines(n, a, spans)
}

func (p page) text(n *ast.Text, a attr, spans []span) []span {
	value := n.Segment.Value(p.source)
	if n.IsRaw() || a&code != 0 {
		spans = append(spans, oneLine(string(value), a))
	} else {
		spans = append(spans, oneLine(unescape(value), a))
	}
	switch {
	case n.HardLineBreak():
		spans = append(spans, span{"\n", a})
	case n.SoftLineBreak():
		spans = append(spans, span{" ", a})
	}
	return spans
}

// link shows a link's text and its address: no address hides behind a text.
func (p page) link(n ast.Node, destination []byte, a attr, spans []span) []span {
	address := printable.Line(unescape(destination))
	before := len(spans)
	spans = p.inlines(n, a|underline, spans)
	var shown strings.Builder
	for _, sp := range spans[before:] {
		shown.WriteString(sp.text)
	}
	switch label := strings.TrimSpace(shown.String()); {
	case address == "" || label == address:
		return spans
	case label == "":
		return append(spans, span{address, a | underline})
	}
	return append(spans, span{" (" + address + ")", a | faint})
}

// oneLine is foreign text made safe, with its line ends as spaces.
func oneLine(s string, a attr) span {
	return span{strings.ReplaceAll(printable.Text(s), "\n", " "), a}
}

// unescape resolves backslash escapes and entities in one pass, so that what one yields is not read by the other (CommonMark 2.4, 2.5).
func unescape(b []byte) string {
	if !strings.ContainsAny(string(b), `\&`) {
		return string(b)
	}
	var out strings.Builder
	for i := 0; i < len(b); i++ {
		switch {
		case b[i] == '\\' && i+1 < len(b) && util.IsPunct(b[i+1]):
			i++
			out.WriteByte(b[i])
		case b[i] == '&':
			n, value := entity(b[i:])
			out.WriteString(value)
			i += n - 1
		default:
			out.WriteByte(b[i])
		}
	}
	return out.String()
}

// maxEntity is the length of the longest entity of HTML, "&CounterClockwiseContourIntegral;".
const maxEntity = 33

// entity returns what the entity at the start of b stands for and its length; a lone & stands for itself.
func entity(b []byte) (int, string) {
	end := strings.IndexByte(string(b[:min(len(b), maxEntity)]), ';')
	if end < 2 {
		return 1, "&"
	}
	source := b[:end+1]
	var value []byte
	if b[1] == '#' {
		value = util.ResolveNumericReferences(source)
	} else {
		value = util.ResolveEntityNames(source)
	}
	if string(value) == string(source) {
		return 1, "&"
	}
	return len(source), string(value)
}
