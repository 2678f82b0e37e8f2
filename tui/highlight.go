package tui

import (
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"
)

// language is what colouring needs to know of a language that code is written in.
type language struct {
	keywords []string
	comment  string // begins a comment that goes to the end of the line; empty for none
	quotes   string // the characters that strings stand in
	blocks   bool   // there are /* comments */
}

// languageOf returns what is known of a language by the name that a code block gives, and whether anything is.
func languageOf(name string) (language, bool) {
	cLike := func(words string) (language, bool) {
		return language{strings.Fields(words), "//", "\"'`", true}, true
	}
	hash := func(words string) (language, bool) {
		return language{strings.Fields(words), "#", "\"'", false}, true
	}
	switch strings.ToLower(name) {
	case "go", "golang":
		return cLike("break case chan const continue default defer else fallthrough for func go goto if import interface map package range return select struct switch type var nil true false")
	case "js", "javascript", "ts", "typescript", "jsx", "tsx":
		return cLike("async await break case catch class const continue default delete do else export extends finally for from function if import in instanceof interface let new null of return static super switch this throw true false try type typeof undefined var void while yield")
	case "java", "kotlin", "kt", "scala", "cs", "csharp", "c#", "swift", "dart":
		return cLike("abstract break case catch class const continue def default do else enum extends false final finally for fun func if implements import in interface internal let new null object override package private protected public return sealed static struct super switch this throw true try val var void when while")
	case "c", "cpp", "c++", "h", "hpp":
		return cLike("auto bool break case char class const continue default delete do double else enum extern false float for goto if inline int long namespace new nullptr private public return short signed sizeof static struct switch template this true typedef union unsigned using virtual void while")
	case "rust", "rs":
		return cLike("as async await break const continue crate else enum extern false fn for if impl in let loop match mod move mut pub ref return self static struct super trait true type unsafe use where while")
	case "py", "python":
		return hash("and as assert async await break class continue def del elif else except False finally for from global if import in is lambda None nonlocal not or pass raise return True try while with yield")
	case "rb", "ruby":
		return hash("and begin break case class def do else elsif end ensure false for if in module next nil not or raise rescue return self super then true unless until when while yield")
	case "sh", "bash", "zsh", "shell", "console":
		return hash("case do done elif else esac export fi for function if in local return set then until while")
	case "yaml", "yml", "toml", "ini", "conf", "dockerfile", "makefile", "make":
		return hash("true false null yes no on off")
	case "json", "jsonc":
		return cLike("true false null")
	case "sql":
		words := "add all alter and as asc between by case create cross delete desc distinct drop else end exists foreign from full group having in inner insert into is join key left like limit not null on or order outer primary references right select set table then union unique update values when where with"
		return language{strings.Fields(words + " " + strings.ToUpper(words)), "--", "'\"", true}, true
	}
	return language{}, false
}

// fenced is a block of code, coloured where its language is known. What is coloured is also told without colours: it is the text as it stands.
func (p page) fenced(n *ast.FencedCodeBlock) []string {
	source := p.blockText(n)
	lang, ok := languageOf(string(n.Language(p.source)))
	if !ok || p.base&faint != 0 {
		return p.verbatim(source, code)
	}
	in := p.indented(2, "  ", "  ", 0)
	var out []string
	colours := &colouring{language: lang}
	for line := range strings.SplitSeq(source, "\n") {
		out = append(out, in.coloured(colours.line(expandTabs(line)))...)
	}
	return in.put(out)
}

// coloured breaks one line of code where it is full. Spaces stay.
func (p page) coloured(spans []span) []string {
	var out []string
	var line strings.Builder
	used := 0
	for _, s := range spans {
		for text := s.text; text != ""; {
			head, w := p.fit(text, p.width-used)
			if head == "" && used == 0 { // not even one character fits
				head, _ = p.next(text)
				text = text[len(head):]
				continue
			}
			line.WriteString(p.render(p.base|s.attr, head))
			used += w
			if text = text[len(head):]; text != "" {
				out = append(out, line.String())
				line.Reset()
				used = 0
			}
		}
	}
	return append(out, line.String())
}

// colouring goes through code line by line.
type colouring struct {
	language
	inBlock bool // within a comment that goes over lines
}

// line cuts a line of code into pieces of one colour.
func (c *colouring) line(s string) []span {
	var out []span
	for s != "" {
		n, a := c.piece(s)
		if last := len(out) - 1; last >= 0 && out[last].attr == a {
			out[last].text += s[:n]
		} else {
			out = append(out, span{s[:n], a})
		}
		s = s[n:]
	}
	return out
}

// piece returns the length and the look of what s begins with.
func (c *colouring) piece(s string) (int, attr) {
	switch {
	case c.inBlock:
		end := strings.Index(s, "*/")
		if end < 0 {
			return len(s), faint
		}
		c.inBlock = false
		return end + 2, faint
	case c.comment != "" && strings.HasPrefix(s, c.comment):
		return len(s), faint
	case c.blocks && strings.HasPrefix(s, "/*"):
		c.inBlock = true
		return 2, faint
	case strings.IndexByte(c.quotes, s[0]) >= 0:
		return stringEnd(s), interviewer
	case s[0] >= '0' && s[0] <= '9':
		return wordEnd(s), user
	case wordByte(s[0]):
		n := wordEnd(s)
		if slices.Contains(c.keywords, s[:n]) {
			return n, heading
		}
		return n, code
	}
	n := 1
	for n < len(s) && !wordByte(s[n]) && strings.IndexByte(c.quotes+"/"+c.comment, s[n]) < 0 {
		n++
	}
	return n, code
}

// stringEnd returns where the string ends that s begins with, at the end of the line at the latest.
func stringEnd(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case s[0]:
			return i + 1
		}
	}
	return len(s)
}

// wordEnd returns where the word or number ends that s begins with. Letters beyond ASCII are part of words.
func wordEnd(s string) int {
	n := 1
	for n < len(s) && wordByte(s[n]) {
		n++
	}
	return n
}

func wordByte(b byte) bool {
	return b == '_' || b >= 0x80 || b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
}
