// Package quality holds a reply of the interviewer to the rules of a good turn: one question, open, not too long, never asked before, with
// quotations that are the user's own words and no figure that the user did not give. The interviewer uses it before a reply is shown, the
// tests and the report of package eval to measure whole conversations.
//
// For English all rules hold. For other languages only those that need no knowledge of the words: question marks, figures, quotations,
// length, echo and repetition.
package quality

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/betterprofile/betterprofile/agent/planner"
)

// Limits of a reply, in words.
const (
	MaxAskWords   = 26
	MaxReplyWords = 60
	MaxRecapWords = 150 // of recaps, and of the fixed text for a crisis
)

// Context is what a reply is checked against.
type Context struct {
	User        string     // the message that is answered
	Known       []string   // all else that may be quoted: earlier texts of the user, and the figures and quotes of what is known of them
	Asked       []string   // earlier asks of this conversation
	AskedStems  [][]string // earlier asks by their stems (see [planner.Stems]), from who has them already
	Instruction string     // the model's instruction, which it must not recite; empty for none
	Recap       bool       // the reply shows what was noted and asks whether it is right
	English     bool       // the reply is in English
	Act         string     // what the user's message does; "crisis" and "stop" are answered without an ask
	Calm        bool       // the user was distressed a short while ago: no figures
}

// Kind says which rule a reply breaks.
type Kind string

// The kinds of fault.
const (
	KindEmpty      Kind = "empty"      // no letter in it
	KindControl    Kind = "control"    // control characters, or no UTF-8
	KindMarkup     Kind = "markup"     // Markdown, HTML, emoji, or a place of a template that was not filled
	KindAsks       Kind = "asks"       // too many questions, or none
	KindLongAsk    Kind = "longAsk"    // over MaxAskWords
	KindLong       Kind = "long"       // over MaxReplyWords
	KindDouble     Kind = "double"     // a question with a second one hanging on it
	KindLeading    Kind = "leading"    // a question that presses for an answer or presupposes one
	KindClosed     Kind = "closed"     // a question that yes or no would answer
	KindSuggesting Kind = "suggesting" // a question that offers answers to choose from
	KindRepeated   Kind = "repeated"   // a question that was asked before
	KindFigure     Kind = "figure"     // a figure that the user did not give
	KindQuotation  Kind = "quotation"  // words in quotation marks that the user did not write
	KindNegation   Kind = "negation"   // a quotation that leaves out the "not" before it
	KindSensitive  Kind = "sensitive"  // a question about a protected characteristic or about pay
	KindEcho       Kind = "echo"       // eight words in a row of the instruction
	KindCalm       Kind = "calm"       // a question about figures soon after distress
)

// Fault is a rule that a reply breaks. Detail is the words that break it, for people and for the correction that a model gets.
type Fault struct {
	Kind   Kind
	Detail string
}

// String is the kind and the detail.
func (f Fault) String() string { return fmt.Sprintf("%s: %s", f.Kind, f.Detail) }

// Check returns what is wrong with a reply, in a fixed order; nil when nothing is.
func Check(reply string, c Context) []Fault {
	var found faults
	if !found.text(reply) {
		return found
	}
	asks := Asks(reply)
	bare := hideQuotations(reply)
	found.markup(bare, c)
	found.number(asks, c)
	found.length(reply, asks, c)
	if part := presumes(plain(reply)); part != "" && c.English {
		found.add(KindLeading, "presumes by %q", part)
	}
	for _, ask := range asks {
		found.form(ask.Text, c)
		found.repeated(ask.Text, c)
	}
	found.claims(reply, asks, c)
	found.echo(reply, c.Instruction)
	return found
}

type faults []Fault

func (f *faults) add(kind Kind, format string, args ...any) {
	*f = append(*f, Fault{kind, fmt.Sprintf(format, args...)})
}

// text checks that a reply is text at all.
func (f *faults) text(reply string) bool {
	switch {
	case !utf8.ValidString(reply):
		f.add(KindControl, "not UTF-8")
		return false
	case strings.IndexFunc(reply, func(r rune) bool { return unicode.IsLetter(r) }) < 0:
		f.add(KindEmpty, "%q", reply)
		return false
	}
	if i := strings.IndexFunc(reply, control); i >= 0 {
		r, _ := utf8.DecodeRuneInString(reply[i:])
		f.add(KindControl, "%U", r)
	}
	return true
}

// control reports whether r steers a terminal or the direction of writing, or cannot be seen. The joiners of emoji and of some scripts are
// allowed.
func control(r rune) bool {
	return r != '\n' && r != '\u200d' && r != '\u200c' && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}

// number checks how many asks there are: one, none after a crisis or a stop, at most one where an answer may stand without.
func (f *faults) number(asks []Ask, c Context) {
	low, high := 1, 1
	switch c.Act {
	case "crisis", "stop":
		low, high = 0, 0
	case "distress", "forget", "private", "language":
		low = 0
	}
	switch n := len(asks); {
	case n > high && high == 0:
		f.add(KindAsks, "asks %q where nothing is to be asked", asks[0].Text)
	case n > high:
		f.add(KindAsks, "asks %d things: %q and %q", n, asks[0].Text, asks[1].Text)
	case n < low:
		f.add(KindAsks, "asks nothing")
	}
}

func (f *faults) length(reply string, asks []Ask, c Context) {
	limit := MaxReplyWords
	if c.Recap || c.Act == "crisis" || c.Act == "summary" {
		limit = MaxRecapWords
	}
	if n := CountWords(reply); n > limit {
		f.add(KindLong, "%d words, at most %d", n, limit)
	}
	for _, ask := range asks {
		if n := CountWords(ask.Text); n > MaxAskWords {
			f.add(KindLongAsk, "%d words in the question, at most %d", n, MaxAskWords)
		}
	}
}

// CountWords returns how many words a text has. Where words are written without spaces between them two characters count as one.
func CountWords(text string) int {
	characters := 0
	spaced := strings.Map(func(r rune) rune {
		if dense(r) {
			characters++
			return ' '
		}
		return r
	}, text)
	return len(planner.Words(spaced)) + (characters+1)/2
}

func (f *faults) repeated(ask string, c Context) {
	if c.Recap {
		return
	}
	stems := planner.Stems(ask)
	for _, earlier := range c.Asked {
		if SameAsk(stems, planner.Stems(earlier)) {
			f.add(KindRepeated, "%q was asked before, as %q", ask, earlier)
			return
		}
	}
	if slices.ContainsFunc(c.AskedStems, func(earlier []string) bool { return SameAsk(stems, earlier) }) {
		f.add(KindRepeated, "%q was asked before", ask)
	}
}

// SameAsk reports whether two asks are the same one in other words. They are given by their stems (see [planner.Stems]).
func SameAsk(a, b []string) bool { return planner.Overlap(a, b) >= planner.SameQuestion }

// echoWords is how many words in a row must not come from the instruction.
const echoWords = 8

func (f *faults) echo(reply, instruction string) {
	words := planner.Words(strings.ToLower(reply))
	if instruction == "" || len(words) < echoWords {
		return
	}
	text := " " + strings.Join(planner.Words(strings.ToLower(instruction)), " ") + " "
	for _, gram := range grams(words, echoWords) {
		if strings.Contains(text, " "+gram+" ") {
			f.add(KindEcho, "%q is of the instruction", gram)
			return
		}
	}
}

// grams returns all runs of n words.
func grams(words []string, n int) []string {
	var list []string
	for i := 0; i+n <= len(words); i++ {
		list = append(list, strings.Join(words[i:i+n], " "))
	}
	return list
}
