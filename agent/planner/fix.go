package planner

import (
	"slices"
	"strings"
)

// maxFixWords is how long a corrected value may be.
const maxFixWords = 6

// shortFix is how long a message may be in which "26, not 28" alone makes a correction.
const shortFix = 12

// isCorrection matches a message that puts right what was said before.
func isCorrection(m *recognition) bool {
	cue := m.correctionCue()
	switch fixes := m.fixes(m.c); {
	case len(fixes) > 0 && (cue || m.n <= shortFix):
		return true
	case m.n <= 8 && m.phraseOf("that's wrong", "that is wrong", "that's not right", "that is not right", "that's incorrect", "that was wrong", "not correct",
		"isn't right", "is incorrect", "correct myself", "i have to correct", "i misspoke", "let me correct"):
		return true
	}
	return false
}

// correctionCue reports whether a message announces a correction.
func (d *document) correctionCue() bool {
	for i := range d.hits {
		if d.hits[i].class == d.acts["correction"] && !d.correcting(d.hits[i]) {
			return true
		}
	}
	switch d.tokens[0].low {
	case "sorry", "actually", "no", "correction", "oops", "wait":
		return true
	}
	return false
}

// correcting reports whether the word correction is only what the user does at work.
func (d *document) correcting(h hit) bool {
	low := d.tokens[h.from].low
	return h.to-h.from == 1 && (low == "correction" || low == "typo") && h.from > 0
}

func (d *document) phraseOf(terms ...string) bool {
	for _, h := range d.hits {
		if h.class != d.acts["correction"] {
			continue
		}
		phrase := ""
		for i := h.from; i < h.to; i++ {
			if i > h.from {
				phrase += " "
			}
			phrase += d.tokens[i].low
		}
		if slices.Contains(terms, phrase) {
			return true
		}
	}
	return false
}

// fixes finds corrections: "26, not 28", "not 28 but 26", "sorry, it was 26", "I meant 26".
func (d *document) fixes(c *Context) []Fix {
	var list []Fix
	for i := range d.tokens {
		if d.tokens[i].low != "not" {
			continue
		}
		if f, ok := d.fixAround(i, c); ok {
			list = append(list, f)
		}
	}
	if len(list) > 0 || len(d.tokens) == 0 {
		return list
	}
	if f, ok := d.fixAfterCue(); ok {
		list = append(list, f)
	}
	return list
}

// fixAround reads "A, not B", "not B but A" and "not B, it was A" around the word not.
func (d *document) fixAround(not int, c *Context) (Fix, bool) {
	oldFrom, oldTo, figure := d.value(not + 1)
	if oldTo == 0 || oldFrom != not+1 {
		return Fix{}, false
	}
	loose := c.Recap || c.Conflict || d.correctionCue()
	if !loose && (!figure || len(d.tokens) > shortFix) {
		return Fix{}, false
	}
	if after := d.fixAfter(oldTo); after < len(d.tokens) {
		if from, to, ok := d.newValue(after, figure); ok {
			return d.fix(from, to, oldFrom, oldTo)
		}
	}
	if not == 0 || d.tokens[not].gap&gapSentence != 0 {
		return Fix{}, false
	}
	for k := not - 1; k >= 0 && k >= not-4 && d.tokens[k+1].gap&gapSentence == 0; k-- {
		from, to, isFigure := d.value(k)
		if d.tokens[not].gap&gapComma == 0 && !loose {
			break
		}
		if to >= not-2 && to > 0 && isFigure == figure && to <= not {
			for from > 0 && !figure && d.tokens[from].gap == 0 && d.isName(from-1) {
				from--
			}
			return d.fix(from, to, oldFrom, oldTo)
		}
	}
	return Fix{}, false
}

func (d *document) newValue(i int, figure bool) (from, to int, ok bool) {
	from, to, isFigure := d.value(i)
	return from, to, to > 0 && isFigure == figure && from == i
}

// fixAfter returns where the new value begins after the old one: after "but" or ", it was".
func (d *document) fixAfter(i int) int {
	if i >= len(d.tokens) {
		return i
	}
	switch d.tokens[i].low {
	case "but":
		return i + 1
	case "it", "that":
		if i+2 < len(d.tokens) && (d.tokens[i+1].low == "was" || d.tokens[i+1].low == "is") {
			return i + 2
		}
	case "it's":
		return i + 1
	}
	return len(d.tokens)
}

// value returns the figure or the name that begins at the token; to is 0 when there is none.
func (d *document) value(i int) (from, to int, figure bool) {
	if i < 0 || i >= len(d.tokens) {
		return 0, 0, false
	}
	if a, ok := d.amountAt(i); ok {
		return a.from, a.to, true
	}
	if d.tokens[i].is(isDigits) {
		return i, i + 1, true
	}
	to = i
	for to < len(d.tokens) && to-i < maxFixWords && (to == i || d.tokens[to].gap == 0) && d.isName(to) {
		to++
	}
	if to == i {
		return 0, 0, false
	}
	return i, to, false
}

func (d *document) isName(i int) bool {
	t := &d.tokens[i]
	return t.is(isCapital) && !t.set.has(inFunction) && t.low != "i" && t.low != "sorry" && t.low != "actually"
}

// fixAfterCue reads what stands after "I meant", "sorry, it was", "actually it was", "correction:", "should be".
func (d *document) fixAfterCue() (Fix, bool) {
	at := -1
	for _, h := range d.hits {
		if h.class == d.acts["correction"] && !d.correcting(h) {
			at = int(h.to)
			last := d.tokens[at-1].low
			if last != "meant" && last != "was" && last != "is" && last != "it's" && last != "be" && last != "correction" && last != "say" && last != "typo" {
				at = -1
				continue
			}
			break
		}
	}
	if at < 0 || at >= len(d.tokens) {
		return Fix{}, false
	}
	meant := d.tokens[at-1].low == "meant" || d.tokens[at-1].low == "say" || d.tokens[at-1].low == "correction"
	for at < len(d.tokens)-1 && (d.tokens[at].low == "a" || d.tokens[at].low == "an" || d.tokens[at].low == "the" || d.tokens[at].low == "to" || d.tokens[at].low == "it" ||
		d.tokens[at].low == "was" || d.tokens[at].low == "is" || d.tokens[at].low == "about") {
		at++
	}
	from, to, _ := d.value(at)
	if to == 0 || from != at && !d.tokens[from].is(isSign) {
		if !meant && !d.tokens[at].set.has(inRole) && !d.startsSorry() {
			return Fix{}, false
		}
		from, to = at, at
		for to < len(d.tokens) && to-at < maxFixWords && (to == at || d.tokens[to].gap == 0) && !joining(d.tokens[to].low) && d.tokens[to].low != "not" && d.tokens[to].low != "instead" {
			to++
		}
	}
	if to <= from {
		return Fix{}, false
	}
	for k := to; k+1 < len(d.tokens) && k < to+2; k++ {
		if d.tokens[k].low == "not" || d.tokens[k].low == "of" || d.tokens[k].low == "than" {
			if f, t, _ := d.value(k + 1); t > 0 {
				return d.fix(from, to, f, t)
			}
			return d.fix(from, to, k+1, min(k+2, len(d.tokens)))
		}
	}
	return d.fix(from, to, 0, 0)
}

func (d *document) startsSorry() bool { return d.tokens[0].low == "sorry" && len(d.tokens) <= 10 }

// inFix reports whether tokens are part of a correction.
func (x *extraction) inFix(from, to int) bool {
	start, end := x.tokens[from].start, x.tokens[to-1].end
	return slices.ContainsFunc(x.r.Fixes, func(f Fix) bool {
		return f.New.Start < end && start < f.New.End || f.Old.Start < end && start < f.Old.End
	})
}

// fix makes a Fix of two runs of tokens, of which the old one may be empty.
func (d *document) fix(from, to, oldFrom, oldTo int) (Fix, bool) {
	f := Fix{New: d.slice(from, to)}
	if oldTo > oldFrom {
		f.Old = d.slice(oldFrom, oldTo)
	}
	ok := quotable(f.New.Text) && (f.Old.Text == "" || quotable(f.Old.Text))
	return f, ok
}

// amend puts what a correction says into a text, where the old value stands as whole words, and reports whether it does. A unit stands once: that of
// the text stays, and of two amounts one may do without.
func (f Fix) amend(text string) (string, bool) {
	fresh := f.New.Text
	number, unit := parted(fresh)
	if _, had := parted(f.Old.Text); had != "" && unit == "" && number != "" {
		fresh += " " + had
	}
	fixed, ok := replaceWord(text, f.Old.Text, "\x00")
	if !ok {
		return text, false
	}
	before, after, _ := strings.Cut(fixed, "\x00")
	if goesOn := len(after) > 1 && after[0] == ' ' && letterOrDigit(after[1]) && !functionWord(strings.Fields(after)[0]); goesOn && unit != "" {
		fresh = number
	}
	return before + fresh + after, true
}

// parted parts an amount of which the first word is the number; number is empty when it is none.
func parted(amount string) (number, unit string) {
	number, unit, _ = strings.Cut(amount, " ")
	if _, word := lists().lex.NumberWords[strings.ToLower(number)]; !word && !hasDigit(number) {
		return "", ""
	}
	return number, unit
}

// completed are corrections that say what they are of: of an amount with a unit, the newest in that unit that is noted.
func (st *State) completed(fixes []Fix) []Fix {
	for i, f := range fixes {
		number, unit := parted(f.New.Text)
		if f.Old.Text != "" || number == "" || unit == "" {
			continue
		}
		for _, n := range slices.Backward(st.Notes) {
			if old := amountIn(n.text(), unit); old != "" {
				fixes[i].Old.Text = old // its place is in another message
				break
			}
		}
	}
	return fixes
}

// amountIn returns the only amount of a text that is in a unit, as it stands there; empty for none or several.
func amountIn(text, unit string) string {
	words, found := strings.Fields(text), ""
	for i, w := range words[min(1, len(words)):] {
		if number, _ := parted(words[i]); number == "" || strings.TrimRight(w, ".,;:!?") != unit {
			continue
		}
		if found != "" {
			return ""
		}
		found = words[i] + " " + unit
	}
	return found
}
