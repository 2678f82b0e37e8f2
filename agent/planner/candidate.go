package planner

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/betterprofile/betterprofile/interview"
)

const (
	maxCandidates = 40 // of one message
	maxKey        = 80 // bytes of what a key says
)

// propose adds a candidate whose quote is the tokens from up to to, unless something forbids it: distress, what is sensitive, a question, a
// negation cut off, somebody's name, or a piece that cannot be quoted. Without a text the quote is the text.
func (x *extraction) propose(f Candidate, from, to int) {
	if from >= to || len(x.r.Facts) >= maxCandidates {
		return
	}
	s := &x.sentences[x.sentenceOf(from)]
	if s.distress || s.sensitive || s.question || to > s.to || x.negatedBefore(from) || cutsNegation(x.text[s.start:x.tokens[from].start]) {
		return
	}
	for _, n := range x.names {
		if int(n.from) < to && int(n.to) > from {
			return
		}
	}
	f.Quote = x.slice(from, to)
	if f.Text == "" {
		f.Text = f.Quote.Text
	}
	if !quotable(f.Quote.Text) || utf8.RuneCountInString(f.Text) > interview.MaxFactRunes || utf8.RuneCountInString(f.Quote.Text) > 2*interview.MaxFactRunes {
		return
	}
	for i := range x.r.Facts {
		if have := &x.r.Facts[i]; have.Key == f.Key && have.Kind == f.Kind && have.Before == f.Before {
			if have.Confidence < f.Confidence {
				*have = f
			}
			return
		}
	}
	x.r.Facts = append(x.r.Facts, f)
}

// cutsNegation reports whether one of the last two runs of letters is a negation: the plain form of negatedBefore that every fact has to pass.
func cutsNegation(before string) bool {
	const far = 120 // bytes that two words take at most
	if len(before) > far {
		before = before[len(before)-far:]
	}
	words := strings.FieldsFunc(before, func(r rune) bool { return !unicode.IsLetter(r) && r != '\'' && r != '’' && r != '-' })
	for _, w := range words[max(0, len(words)-2):] {
		switch w = strings.ToLower(strings.ReplaceAll(w, "’", "'")); w {
		case "not", "never", "no", "without", "cannot", "nor", "neither", "none", "nobody", "nothing":
			return true
		default:
			if strings.HasSuffix(w, "n't") {
				return true
			}
		}
	}
	return false
}

// listKey is the key of a fact that adds up with others of its kind: equal only for what says the same.
func (x *extraction) listKey(kind string, from, to int) string {
	var b strings.Builder
	b.WriteString(kind)
	sep := byte('.')
	for i := from; i < to; i++ {
		t := &x.tokens[i]
		if t.set.has(inFunction) && !x.negates(i) || t.is(isSign) {
			continue
		}
		word := keyWord(t.low)
		if b.Len()+len(word)+1 > maxKey {
			break
		}
		b.WriteByte(sep)
		b.WriteString(word)
		sep = '_'
	}
	if sep == '.' {
		b.WriteByte(sep)
		b.WriteString(x.tokens[from].low)
	}
	return b.String()
}

// bodyStart returns where a clause begins when the words that lead into it are left out.
func (x *extraction) bodyStart(c clause) int {
	i := c.from
	for i < c.to-1 && leadIn(x.tokens[i].low) {
		if next := &x.tokens[i+1]; x.tokens[i].low == "first" && !subjectWord(next.low) && !next.set.has(inAction) && !pastForm(next) {
			break // "first aid"
		}
		i++
	}
	return i
}

func leadIn(low string) bool {
	switch low {
	case "and", "then", "so", "but", "also", "well", "later", "afterwards", "finally", "first", "basically", "actually", "honestly", "anyway", "still", "again",
		"or", "because", "plus", "yes", "no", "ok", "okay", "oh", "hmm", "eventually", "mostly", "mainly", "probably", "maybe", "that", "now":
		return true
	}
	return false
}
