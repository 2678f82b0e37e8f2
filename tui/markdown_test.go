package tui

import (
	"regexp"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"github.com/betterprofile/betterprofile/printable"
	"github.com/betterprofile/betterprofile/printable/printabletest"
)

func TestMarkdown_Render(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, source string
		width        int
		want         []string
	}{
		{"nothing", "", 20, nil},
		{"paragraphs", "one two\nthree\n\nfour", 20, []string{"one two three", "", "four"}},
		{"wrapped", "the quick brown fox jumps", 10, []string{"the quick", "brown fox", "jumps"}},
		{"hard break", "one\\\ntwo  \nthree", 20, []string{"one", "two", "three"}},
		{"long word", "abcdefghij klm", 4, []string{"abcd", "efgh", "ij", "klm"}},
		{"heading", "# One\nTwo", 20, []string{"One", "", "Two"}},
		{"emphasis inside a word", "un**believ**able", 20, []string{"unbelievable"}},
		{"bullets", "- a\n- b\n  - c\n- d", 20, []string{"• a", "• b", "  • c", "• d"}},
		{"loose list", "- a\n\n- b", 20, []string{"• a", "", "• b"}},
		{"numbers", "9. a\n10. b c d e f", 10, []string{"9. a", "10. b c d", "    e f"}},
		{"empty item", "-\n- b", 20, []string{"•", "• b"}},
		{"quote", "> one two three\n> > four", 20, []string{"│ one two three", "│", "│ │ four"}},
		{"code", "```go\nif x {\n\treturn  1\n}\n```", 20, []string{"  if x {", "      return  1", "  }"}},
		{"long code line", "    abcdefghijkl", 10, []string{"  abcdefgh", "  ijkl"}},
		{"code span", "run `a  b` now", 20, []string{"run a b now"}},
		{"link", "see [the **page**](https://example.org/a?b=1)", 60, []string{"see the page (https://example.org/a?b=1)"}},
		{"link that hides nothing", "[https://a.example](https://a.example)", 60, []string{"https://a.example"}},
		{"autolink", "<https://a.example>", 60, []string{"https://a.example"}},
		{"image", "![a cat](cat.png)", 60, []string{"image: a cat (cat.png)"}},
		{"break", "a\n\n---\n\nb", 10, []string{"a", "", "──────────", "", "b"}},
		{"html", "<b>x</b> <script>\n\n<div>\nhi\n</div>", 40, []string{"<b>x</b> <script>", "", "<div>", "hi", "</div>"}},
		{"entities", "a &amp; b &lt;&#228;&#27;[31m \\&amp; &nope; &", 60, []string{"a & b <ä[31m &amp; &nope; &"}},
		{"table", "| a | bb |\n|---|---:|\n| ccc | d |", 40, []string{"a   │ bb", "────┼───", "ccc │  d"}},
		{"narrow table", "| a | bb |\n|---|---:|\n| ccc ccc ccc | d |", 9, []string{"a: ccc", "ccc ccc", "bb: d"}},
		{"wide characters", "日本語のテキスト、です", 10, []string{"日本語のテ", "キスト、で", "す"}},
		{"combining marks", "e\u0301te\u0301 e\u0301te\u0301", 4, []string{"e\u0301te\u0301", "e\u0301te\u0301"}},
		{"escape sequence", "a\x1b[31mb\x1b]0;title\x07c", 20, []string{"abc"}},
		{"crlf", "a\r\nb\r\n\r\nc", 20, []string{"a b", "", "c"}},
	}
	md, theme := newMarkdown(), newStyles(true, cells{})
	for _, tt := range tests {
		lines := md.render(theme, tt.source, tt.width)
		got := make([]string, len(lines))
		for i, line := range lines {
			got[i] = ansi.Strip(line)
		}
		if strings.Join(got, "\n") != strings.Join(tt.want, "\n") || len(got) != len(tt.want) {
			t.Errorf("%s:\ngot  %q\nwant %q", tt.name, got, tt.want)
		}
	}
}

func TestMarkdown_StylesEndWithTheirLine(t *testing.T) {
	t.Parallel()
	theme := newStyles(true, cells{})
	for _, line := range newMarkdown().render(theme, "**one two *three* four** `five`", 9) {
		if on, off := strings.Count(line, "\x1b["), strings.Count(line, "\x1b[m"); on != 2*off {
			t.Errorf("line %q switches on %d times and off %d times", line, on-off, off)
		}
	}
}

// checkRendered fails unless the lines are safe and fit.
func checkRendered(t *testing.T, theme *styles, lines []string, width int, source string) {
	t.Helper()
	for _, line := range lines {
		if bare := unstyled(line); !printable.Safe(bare) || strings.Contains(bare, "\n") {
			t.Fatalf("line %q of %q is not safe", line, source)
		}
		if got := theme.styledWidth(line); got > width {
			t.Fatalf("line %q of %q is %d columns wide, want at most %d", line, source, got, width)
		}
	}
}

// unstyled takes our own sequences away, and only those.
func unstyled(s string) string {
	return regexp.MustCompile(`\x1b\[[0-9;:]*m`).ReplaceAllString(s, "")
}

func TestMarkdown_HostileTextIsHarmless(t *testing.T) {
	t.Parallel()
	md := newMarkdown()
	for _, s := range printabletest.Hostile() {
		for _, source := range []string{s, "# " + s, "- " + s, "```" + s + "\n" + s, "[" + s + "](" + s + ")", "| " + s + " |\n|--|\n| " + s + " |", "<" + s + ">"} {
			for _, c := range []cells{{}, {ansi.GraphemeWidth}} {
				theme := newStyles(true, c)
				checkRendered(t, theme, md.render(theme, source, 24), 24, source)
			}
		}
	}
}

func FuzzMarkdown(f *testing.F) {
	f.Add("# a\n\n- b\n  1. c\n\n> d\n\n```\ne\n```\n\n| a | b |\n|---|---|\n| c | d |\n", 20)
	f.Add("[a](b) ![c](d) <https://e> **f** ~~g~~ &#27;[31m &amp; `h`", 7)
	f.Add("日本語 👩\u200d🚀 e\u0301 \u202e \x1b]0;x\x07", 3)
	f.Add(strings.Repeat("> ", 50)+"- 1. x", 1)
	f.Fuzz(func(t *testing.T, source string, width int) {
		width = 1 + width&127
		md, theme := newMarkdown(), newStyles(true, cells{})
		checkRendered(t, theme, md.render(theme, source, width), width, source)
		l := newLive(md)
		for i := 0; i < len(source); i += 7 {
			l.append(source[i:min(i+7, len(source))])
			l.layout(theme, width)
			checkRendered(t, theme, l.lines, width, source)
		}
	})
}

func TestLive_EndsLikeTheSettledMessage(t *testing.T) {
	t.Parallel()
	source := "Intro **bold**.\n\n## Head\n\n1. one\n2. two\n   - three\n\n> quote\n> more\n\n```go\nx := 1\n\ny := 2\n```\n\n" +
		"| a | b |\n|---|---|\n| c | d |\n\nLast `one` with a [link](https://example.org)."
	md, theme := newMarkdown(), newStyles(true, cells{})
	for size := 1; size < 40; size++ {
		l := newLive(md)
		for i := 0; i < len(source); i += size {
			l.append(source[i:min(i+size, len(source))])
			l.layout(theme, 30)
		}
		want := strings.Join(md.render(theme, source, 30), "\n")
		if got := strings.Join(l.lines, "\n"); got != want {
			t.Fatalf("in pieces of %d:\n%s\nwant\n%s", size, got, want)
		}
		if l.tail == 0 {
			t.Fatalf("in pieces of %d: nothing was settled", size)
		}
		l.layout(theme, 20)
		if got, want := strings.Join(l.lines, "\n"), strings.Join(md.render(theme, source, 20), "\n"); got != want {
			t.Fatalf("after a change of width:\n%s\nwant\n%s", got, want)
		}
	}
}
