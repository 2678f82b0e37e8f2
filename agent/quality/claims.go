package quality

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/betterprofile/betterprofile/agent/planner"
)

// claims checks what a reply says of the user: figures and quotations. The fixed text for a crisis claims nothing.
func (f *faults) claims(reply string, quoted []quotation, asks []Ask, c Context) {
	if c.Act == "crisis" {
		return
	}
	sources := c.sources()
	for _, figure := range invented(reply, c.English, asks, sources) {
		f.add(KindFigure, "%q was never said", figure)
	}
	said := library{sources: sources}
	for _, q := range quoted {
		if !allowedQuotation(q.text) {
			f.quoted(q.text, &said)
		}
	}
	if !c.Calm {
		return
	}
	for _, ask := range asks {
		if c.English && AsksFigure(ask.Text) {
			f.add(KindCalm, "%q asks for figures after distress", ask.Text)
		}
	}
}

// sources are all texts that may be quoted, the message first.
func (c Context) sources() []string {
	return append(append(make([]string, 0, len(c.Known)+1), c.User), c.Known...)
}

// library is texts to look quotations up in, each folded when it is needed.
type library struct {
	sources []string
	folded  []string
}

func (l *library) at(i int) string {
	if i == len(l.folded) {
		l.folded = append(l.folded, fold(l.sources[i]))
	}
	return l.folded[i]
}

// quoted checks a quotation.
func (f *faults) quoted(quote string, said *library) {
	found, parts := false, quoteParts(quote)
	for i := range said.sources {
		at := find(parts, said.at(i))
		if slices.ContainsFunc(at, func(p place) bool { return !p.negated() }) {
			return
		}
		found = found || len(at) > 0
	}
	if found {
		f.add(KindNegation, "%q leaves out the negation before it", quote)
		return
	}
	f.add(KindQuotation, "%q was never written", quote)
}

// allowedQuotation reports whether a quotation is not one of the user: words that the interviewer understands.
func allowedQuotation(quote string) bool {
	switch fold(quote) {
	case "", "skip", "stop", "summarise", "summarize", "summary", "help", "forget that", "recap", "we", "i", "next", "pass":
		return true
	}
	return false
}

// fold makes texts comparable: NFC, lower case, straight apostrophes, no quotation marks, single blanks.
func fold(text string) string {
	if folded, ok := foldPlain(text); ok {
		return folded
	}
	text = strings.Map(func(r rune) rune {
		switch r {
		case '’', '‘', '`', '´', 'ʼ':
			return '\''
		case '"', '“', '”', '„', '«', '»', '‟':
			return -1
		case '–', '—', '‑', '−':
			return '-'
		}
		return unicode.ToLower(r)
	}, norm.NFC.String(planner.Clean(text)))
	return strings.Join(strings.Fields(text), " ")
}

// foldPlain is fold for a text that is nothing but printable ASCII and line ends; false for any other.
func foldPlain(text string) (string, bool) {
	folded := make([]byte, 0, len(text))
	blank := true // none at the start
	for i := range len(text) {
		b := text[i]
		switch {
		case b == ' ' || b == '\n':
			if blank {
				continue
			}
			b = ' '
		case b < ' ' || b >= 0x7f:
			return "", false
		case b == '"':
			continue
		case b == '`':
			b = '\''
		case 'A' <= b && b <= 'Z':
			b += 'a' - 'A'
		}
		blank = b == ' '
		folded = append(folded, b)
	}
	return strings.TrimSuffix(string(folded), " "), true
}

// place is where a quotation stands in a folded text.
type place struct {
	text       string
	start, end int
}

// quoteParts are the pieces of a quotation, folded. The marks at its ends need not be the user's, and dots in it stand for what was left out.
func quoteParts(quote string) []string {
	quote = fold(quote)
	for _, dots := range []string{"[…]", "[...]", "..."} {
		quote = strings.ReplaceAll(quote, dots, "…")
	}
	var parts []string
	for part := range strings.SplitSeq(quote, "…") {
		if part = strings.Trim(part, " .,;:!?\"'"); part != "" {
			parts = append(parts, part)
		}
	}
	return parts
}

// find returns where the parts of a quotation occur in a folded text one after the other, in whole words.
func find(parts []string, text string) []place {
	if len(parts) == 0 {
		return nil
	}
	var list []place
	for from := 0; ; {
		i := indexWords(text[from:], parts[0])
		if i < 0 {
			return list
		}
		start, end := from+i, from+i+len(parts[0])
		if follow(text[end:], parts[1:]) {
			list = append(list, place{text, start, end})
		}
		from = end
	}
}

func follow(text string, parts []string) bool {
	for _, part := range parts {
		i := indexWords(text, part)
		if i < 0 {
			return false
		}
		text = text[i+len(part):]
	}
	return true
}

// indexWords is strings.Index for whole words.
func indexWords(text, part string) int {
	for from := 0; ; {
		i := strings.Index(text[from:], part)
		if i < 0 {
			return -1
		}
		i += from
		before, _ := utf8.DecodeLastRuneInString(text[:i])
		after, _ := utf8.DecodeRuneInString(text[i+len(part):])
		if borders(before) && borders(after) {
			return i
		}
		_, size := utf8.DecodeRuneInString(text[i:])
		from = i + size
	}
}

// borders reports whether a word may end where r begins.
func borders(r rune) bool { return !letter(r) || dense(r) }

func letter(r rune) bool { return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r)) }

// dense reports whether r is of a script that puts no blanks between words.
func dense(r rune) bool {
	return r >= 0x0e00 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai)
}

// negated reports whether one of the two words before the place turns its meaning round.
func (p place) negated() bool {
	before := p.text[:p.start]
	if i := strings.LastIndexAny(before, ".!?;:"); i >= 0 {
		before = before[i:]
	}
	words := planner.Words(before)
	for _, w := range words[max(0, len(words)-2):] {
		if w == "not" || w == "never" || w == "no" || w == "without" || w == "nor" || w == "cannot" || strings.HasSuffix(w, "n't") {
			return true
		}
	}
	return false
}

// ragged reports whether the place cuts a phrase: the word after it still belongs to it, or its last word leads to another.
func (p place) ragged() bool {
	words := planner.Words(p.text[p.start:p.end])
	if len(words) == 0 {
		return true
	}
	rest, last := p.text[p.end:], words[len(words)-1]
	if r, _ := utf8.DecodeRuneInString(strings.TrimLeft(rest, " \"'")); rest == "" || !letter(r) {
		return leadsOn(last) && !mayEnd(last)
	}
	if leadsOn(last) {
		return true
	}
	next := planner.Words(rest)
	switch {
	case len(next) == 0:
		return false
	case len(next) > 1 && next[0] == "by" && next[1] == last: // "hour by hour"
		return true
	}
	return last == "together" && next[0] == "with" || !joins(next[0])
}

// leadsOn reports whether a phrase cannot end with w.
func leadsOn(w string) bool {
	switch w {
	case "a", "an", "the", "my", "your", "our", "their", "his", "its", "and", "or", "but", "because", "so", "of", "to", "with", "at", "for", "from", "by",
		"in", "into", "that", "which", "who", "is", "was", "were", "are", "be", "i", "we", "he", "she", "they", "very", "as", "than", "if", "when":
		return true
	}
	return false
}

// mayEnd reports whether a clause can end with a word that leads on elsewhere: "what I stopped believing in", "as it is".
func mayEnd(w string) bool {
	switch w {
	case "of", "to", "with", "at", "for", "from", "by", "in", "into", "is", "was", "were", "are", "be", "that", "i", "we", "he", "she", "they", "his", "so":
		return true
	}
	return false
}

// joins reports whether w begins a new phrase: a preposition, a conjunction, or a word that begins a clause.
func joins(w string) bool {
	switch w {
	case "of", "to", "with", "at", "for", "from", "by", "in", "into", "on", "onto", "over", "under", "about", "after", "before", "during", "since", "until",
		"till", "within", "without", "between", "through", "across", "against", "around", "along", "per", "via", "up", "down", "out", "off", "behind",
		"beside", "besides", "near", "and", "or", "but", "because", "so", "while", "when", "where", "which", "who", "that", "whose", "if", "as", "than",
		"then", "although", "though", "unless", "whereas", "yet", "nor", "i", "we", "he", "she", "they", "it", "you", "every", "each", "instead",
		"like", "once", "inside", "outside", "throughout", "upon", "towards", "toward", "how", "what", "why", "not", "is", "was", "were", "are", "has",
		"had", "have", "did", "last", "this", "today", "now", "there", "here", "again", "too", "alone", "together":
		return true
	}
	return false
}
