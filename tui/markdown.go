package tui

import (
	"slices"
	"strconv"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"github.com/betterprofile/betterprofile/printable"
)

// markdown renders Markdown (CommonMark with tables and strikethrough) as lines for the terminal. HTML is shown as text. It is not safe
// for concurrent use.
type markdown struct{ parser parser.Parser }

// newMarkdown is a renderer for what the interviewer may write; the parser is made once.
func newMarkdown() *markdown {
	return &markdown{parser.NewParser(
		parser.WithBlockParsers(parser.DefaultBlockParsers()...),
		parser.WithInlineParsers(append(parser.DefaultInlineParsers(), util.Prioritized(extension.NewStrikethroughParser(), 500))...),
		parser.WithParagraphTransformers(append(parser.DefaultParagraphTransformers(),
			util.Prioritized(extension.NewTableParagraphTransformer(), 200))...),
		parser.WithASTTransformers(util.Prioritized(extension.NewTableASTTransformer(), 0)),
	)}
}

// render returns the lines of foreign text, none wider than width.
func (m *markdown) render(s *styles, content string, width int) []string {
	return m.renderIn(s, content, width, 0)
}

// renderIn is render with the properties of base for all of it.
func (m *markdown) renderIn(s *styles, content string, width int, base attr) []string {
	source := []byte(printable.Text(content))
	doc := m.parser.Parse(text.NewReader(source))
	p := newPage(s, source, width)
	p.base = base
	return p.children(doc)
}

// page lays out the blocks of one source. Its methods return lines that are no wider than width.
type page struct {
	*styles
	source []byte
	width  int
	tight  bool // no empty lines between blocks
	base   attr // of all text
	depth  int
}

func newPage(s *styles, source []byte, width int) page {
	return page{styles: s, source: source, width: max(width, 1)}
}

// maxDepth is how deep quotes and lists are indented; what is deeper stays at that margin.
const maxDepth = 8

// children lays out the blocks inside n.
func (p page) children(n ast.Node) []string {
	return p.siblings(n.FirstChild(), nil)
}

// siblings lays out blocks from first up to end, which is left out.
func (p page) siblings(first, end ast.Node) []string {
	var out []string
	for n := first; n != nil && n != end; n = n.NextSibling() {
		lines := p.block(n)
		if len(lines) > 0 && len(out) > 0 && (!p.tight || !isInlineBlock(n) && n.Kind() != ast.KindList) {
			out = append(out, "")
		}
		out = append(out, lines...)
	}
	return out
}

func isInlineBlock(n ast.Node) bool {
	return n.Kind() == ast.KindTextBlock || n.Kind() == ast.KindParagraph
}

// block lays out one block by its kind.
func (p page) block(n ast.Node) []string {
	switch n := n.(type) {
	case *ast.Heading:
		p.base |= heading
		return p.paragraph(n)
	case *ast.Paragraph, *ast.TextBlock:
		return p.paragraph(n)
	case *ast.List:
		return p.list(n)
	case *ast.Blockquote:
		bar := p.sign("│ ", "> ")
		return p.indented(2, bar, bar, faint).children(n)
	case *ast.FencedCodeBlock:
		return p.fenced(n)
	case *ast.CodeBlock:
		return p.verbatim(p.blockText(n), code)
	case *ast.HTMLBlock:
		return p.html(n)
	case *ast.ThematicBreak:
		return []string{p.render(faint, strings.Repeat(p.sign("─", "-"), min(p.width, 24)))}
	case *east.Table:
		return p.table(n)
	case *ast.LinkReferenceDefinition:
		return nil
	}
	if n.Type() == ast.TypeBlock && n.HasChildren() {
		return p.children(n)
	}
	return nil
}

// sign is what is drawn, or what is written where nothing may be drawn.
func (p page) sign(drawn, written string) string {
	if p.bare {
		return written
	}
	return drawn
}

func (p page) paragraph(n ast.Node) []string {
	return wrapSpans(p.styles, p.inlines(n, p.base, nil), p.width)
}

// indentation lays out blocks behind a margin.
type indentation struct {
	page
	first, rest string
	attr        attr // of the margin
}

// indented is p behind a margin of n columns, first on the first line and rest on the others. There is none where it would leave no room.
func (p page) indented(n int, first, rest string, a attr) indentation {
	if p.width < n+4 || p.depth >= maxDepth {
		first, rest, n = "", "", 0
	}
	p.width -= n
	p.depth++
	return indentation{p, first, rest, a}
}

func (in indentation) children(n ast.Node) []string { return in.put(in.page.children(n)) }

func (in indentation) put(lines []string) []string {
	for i, line := range lines {
		margin := in.rest
		if i == 0 {
			margin = in.first
		}
		if line == "" {
			margin = strings.TrimRight(margin, " ")
		}
		lines[i] = in.render(in.attr, margin) + line
	}
	return lines
}

// list lays out the items of a list behind their markers.
func (p page) list(list *ast.List) []string {
	var out []string
	number := list.Start
	for item := list.FirstChild(); item != nil; item = item.NextSibling() {
		marker := p.sign("• ", "- ")
		if list.IsOrdered() {
			marker = strconv.Itoa(number) + string(list.Marker) + " "
			number++
		}
		inner := p
		inner.tight = list.IsTight
		n := len([]rune(marker))
		in := inner.indented(n, marker, spaces(n), faint)
		lines := in.page.children(item)
		if len(lines) == 0 {
			lines = []string{""}
		}
		lines = in.put(lines)
		if !list.IsTight && len(out) > 0 {
			out = append(out, "")
		}
		out = append(out, lines...)
	}
	return out
}

// blockText returns the text of a block that is shown as it stands.
func (p page) blockText(n ast.Node) string {
	var b strings.Builder
	for _, segment := range n.Lines().Sliced(0, n.Lines().Len()) {
		b.Write(segment.Value(p.source))
	}
	return printable.Text(strings.TrimRight(b.String(), "\n"))
}

// verbatim shows text with its line ends and spaces, behind a margin; long lines go on in the next.
func (p page) verbatim(s string, a attr) []string {
	in := p.indented(2, "  ", "  ", 0)
	var out []string
	for line := range strings.SplitSeq(s, "\n") {
		line = expandTabs(line)
		for {
			head, _ := p.fit(line, in.width)
			if head == "" && line != "" { // not even one character fits
				head, _ = p.next(line)
				line = line[len(head):]
				continue
			}
			out = append(out, p.render(p.base|a, head))
			if line = line[len(head):]; line == "" {
				break
			}
		}
	}
	return in.put(out)
}

// html shows a block of HTML as the text that it is.
func (p page) html(n *ast.HTMLBlock) []string {
	s := p.blockText(n)
	if n.HasClosure() {
		s += "\n" + printable.Text(string(n.ClosureLine.Value(p.source)))
	}
	var out []string
	for line := range strings.SplitSeq(strings.Trim(s, "\n"), "\n") {
		out = append(out, wrapSpans(p.styles, []span{{line, p.base}}, p.width)...)
	}
	return slices.Clip(out)
}
