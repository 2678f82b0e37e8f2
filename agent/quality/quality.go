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
	User        string                // the message that is answered
	Known       []string              // all else that may be quoted: earlier texts of the user, and the figures and quotes of what is known of them
	Asked       []string              // earlier asks of this conversation
	AskedStems  [][]string            // earlier asks by their stems (see [planner.Stems]), from who has them already
	WasAsked    func(ask string) bool // whether an ask was asked before, from who knows; nil for nobody
	Instruction *Instruction          // what the model was told and must not recite; nil for none
	Recap       bool                  // the reply shows what was noted and asks whether it is right
	English     bool                  // the reply is in English
	Act         string                // what the user's message does; "crisis" and "stop" are answered without an ask
	Calm        bool                  // the user was distressed a short while ago: no figures
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
	Soft   bool // of form alone: too long, nothing asked, Markdown; the reply is fit to be shown all the same
}

// Hard returns the faults for which a reply cannot be shown.
func Hard(list []Fault) []Fault {
	return slices.DeleteFunc(slices.Clone(list), func(f Fault) bool { return f.Soft })
}

// String is the kind and the detail.
func (f Fault) String() string { return fmt.Sprintf("%s: %s", f.Kind, f.Detail) }

// Check returns what is wrong with a reply, in a fixed order; nil when nothing is.
func Check(reply string, c Context) []Fault {
	var found faults
	if !found.text(reply) {
		return found
	}
	quoted := quotations(reply)
	bare, asks := hide(reply, quoted), Asks(reply)
	found.markup(bare, c)
	found.number(asks, c)
	found.length(reply, asks, c)
	if part := presumes(bare); part != "" && c.English {
		found.add(KindLeading, "presumes by %q", part)
	}
	for _, ask := range asks {
		found.form(ask.Text, c)
		found.repeated(ask.Text, c)
	}
	found.claims(reply, quoted, asks, c)
	found.echo(reply, c.Instruction)
	return found
}

type faults []Fault

func (f *faults) add(kind Kind, format string, args ...any) {
	*f = append(*f, Fault{Kind: kind, Detail: fmt.Sprintf(format, args...)})
}

// soft adds a fault of form.
func (f *faults) soft(kind Kind, format string, args ...any) {
	*f = append(*f, Fault{Kind: kind, Detail: fmt.Sprintf(format, args...), Soft: true})
}

// text checks that a reply is text at all.
func (f *faults) text(reply string) bool {
	switch {
	case !utf8.ValidString(reply):
		f.add(KindControl, "not UTF-8")
		return false
	case strings.IndexFunc(reply, unicode.IsLetter) < 0:
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
	if r < utf8.RuneSelf {
		return r < ' ' && r != '\n' || r == 0x7f
	}
	return r != '\u200d' && r != '\u200c' && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
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
		f.soft(KindAsks, "asks nothing")
	}
}

func (f *faults) length(reply string, asks []Ask, c Context) {
	limit := MaxReplyWords
	if c.Recap || c.Act == "crisis" || c.Act == "summary" {
		limit = MaxRecapWords
	}
	if n := CountWords(reply); n > limit {
		f.soft(KindLong, "%d words, at most %d", n, limit)
	}
	for _, ask := range asks {
		if n := CountWords(ask.Text); n > MaxAskWords {
			f.add(KindLongAsk, "%d words in the question, at most %d", n, MaxAskWords)
		}
	}
}

// CountWords returns how many words a text has. Where words are written without spaces between them two characters count as one.
func CountWords(text string) int {
	characters, words := 0, 0
	if strings.IndexFunc(text, dense) >= 0 {
		text = strings.Map(func(r rune) rune {
			if dense(r) {
				characters++
				return ' '
			}
			return r
		}, text)
	}
	for range planner.EachWord(text) {
		words++
	}
	return words + (characters+1)/2
}

func (f *faults) repeated(ask string, c Context) {
	if c.Recap {
		return
	}
	if c.WasAsked != nil && c.WasAsked(ask) {
		f.add(KindRepeated, "%q was asked before", ask)
		return
	}
	if len(c.Asked)+len(c.AskedStems) == 0 {
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
