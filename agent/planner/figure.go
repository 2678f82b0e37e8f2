package planner

import (
	"slices"
	"strings"
)

// plainFigure takes out separators of thousands: commas or apostrophes between a group of one to three digits and groups of exactly three.
func plainFigure(s string) string {
	if !strings.ContainsAny(s, ",'") {
		return s
	}
	for _, sep := range []string{",", "'"} {
		whole, rest, _ := strings.Cut(s, ".")
		groups := strings.Split(whole, sep)
		if len(groups) < 2 || len(groups[0]) > 3 || slices.ContainsFunc(groups[1:], func(g string) bool { return len(g) != 3 }) {
			continue
		}
		if len(rest) > 0 {
			return strings.Join(groups, "") + "." + rest
		}
		return strings.Join(groups, "")
	}
	return s
}

// amount is a number in a message, with what it counts.
type amount struct {
	from, to int // to is after the unit and the period
	numberTo int // after the number
	number   float64
	simple   bool   // a single number, not one put together
	unit     string // singular, or empty
	period   bool   // "a week"
	people   bool
}

// amountAt reads the number that begins at the token.
func (d *document) amountAt(i int) (amount, bool) {
	a := amount{from: i, simple: true}
	n, ok := d.numberToken(i)
	if !ok {
		return a, false
	}
	a.number, a.numberTo = n, i+1
	a.simple = d.tokens[i].is(isNumber) || n < 100 // "a hundred" may go on: "and five"
	for a.numberTo < len(d.tokens) && d.tokens[a.numberTo].gap == 0 {
		next, isWord := d.tokenNumber(a.numberTo)
		if !isWord || next < 10 && (a.number < 20 || a.number >= 100) || next >= 10 && next < 100 && a.number < 100 || next < 1 {
			break
		}
		if next >= 100 {
			a.number *= next
		} else {
			a.number += next
		}
		a.simple = false
		a.numberTo++
	}
	a.to = a.numberTo
	a.simple = a.simple && !d.digitsAt(i-1, i) && !d.digitsAt(a.to, a.to) && !d.numberNear(i-1) && !d.numberNear(a.to)
	d.readUnit(&a)
	return a, true
}

// digitsAt reports whether the token is digits with nothing but a blank before the token at gap: "31 000" may be one number or two.
func (d *document) digitsAt(i, gap int) bool {
	return i >= 0 && gap < len(d.tokens) && d.tokens[i].is(isDigits) && d.tokens[gap].gap == 0
}

// numberNear reports whether the token, or the one beyond an "and" at it, is a number word: then what is read may be part of a larger number.
func (d *document) numberNear(i int) bool {
	if i < 0 || i >= len(d.tokens) {
		return false
	}
	if d.tokens[i].low != "and" {
		_, ok := d.tokenNumber(i)
		return ok
	}
	for k := max(i-1, 0); k <= i+1 && k < len(d.tokens); k++ {
		if _, ok := d.tokenNumber(k); ok {
			return true
		}
	}
	return false
}

// numberToken returns the value of a number of one token; "one" and the words for parts are none.
func (d *document) numberToken(i int) (float64, bool) {
	t := &d.tokens[i]
	if t.is(isNumber) {
		switch t.suffix() {
		case "st", "nd", "rd", "th", "am", "pm", "s":
			return 0, false
		}
		return t.number, true
	}
	n, ok := d.tokenNumber(i)
	if n < 2 || t.low == "double" || t.low == "twice" {
		return 0, false
	}
	return n, ok
}

// tokenNumber is the value of a number that is a word.
func (d *document) tokenNumber(i int) (float64, bool) {
	t := &d.tokens[i]
	if !t.set.has(inNumberWord) && strings.IndexByte(t.low, '-') < 0 {
		return 0, false
	}
	return d.wordNumber(t.low)
}

// wordNumber is the value of a word for a number, or of two with a hyphen.
func (d *document) wordNumber(low string) (float64, bool) {
	if n, ok := d.lex.NumberWords[low]; ok {
		return n, true
	}
	tens, ones, found := strings.Cut(low, "-")
	if !found {
		return 0, false
	}
	a, okA := d.lex.NumberWords[tens]
	b, okB := d.lex.NumberWords[ones]
	return a + b, okA && okB && a >= 20 && a < 100 && b < 10
}

// readUnit reads what stands after a number, or before it, and the period that it is counted in.
func (d *document) readUnit(a *amount) {
	if a.from > 0 && d.tokens[a.from-1].is(isSign) && d.tokens[a.from-1].low != "%" && d.tokens[a.from-1].low != "&" && d.tokens[a.from].gap == 0 {
		a.from--
		a.unit = d.tokens[a.from].low
	}
	if s := d.tokens[a.numberTo-1].suffix(); s != "" && a.unit == "" {
		if _, isNumber := d.wordNumber(s); !isNumber {
			a.unit = singular(s)
		}
	}
	if a.to < len(d.tokens) && d.tokens[a.to].gap&^gapOther == 0 && a.unit == "" {
		if t := &d.tokens[a.to]; t.set.has(inUnit) && !t.set.has(inNumberWord) || t.set.has(inTeamPeople) || t.low == "direct" {
			a.unit, a.people = singular(t.low), t.set.has(inTeamPeople)
			a.to++
		} else if a.to+1 < len(d.tokens) && d.tokens[a.to+1].gap == 0 && d.tokens[a.to+1].set.has(inTeamPeople) && !t.set.has(inFunction) && t.gap == 0 && !t.is(isCapital) {
			a.unit, a.people = singular(d.tokens[a.to+1].low), true
			a.to += 2
		}
	}
	if a.to < len(d.tokens) && a.unit != "" && d.tokens[a.to].set.has(inUnit) && d.tokens[a.to].gap == 0 && (a.unit == "million" || a.unit == "thousand" || a.unit == "k" || len(a.unit) > 0 && a.unit[0] >= 0x80) {
		a.to++
	}
	if a.unit == "" && a.to+2 < len(d.tokens) && d.counts(a.to) { // "52,000 bottles per day"
		a.unit = singular(d.tokens[a.to].low)
		a.to++
	}
	if a.to+1 < len(d.tokens) && d.tokens[a.to].gap&^gapOther == 0 && d.tokens[a.to+1].gap == 0 {
		switch d.tokens[a.to].low {
		case "a", "an", "per", "each", "every":
			if periodWord(d.tokens[a.to+1].low) {
				a.to += 2
				a.period = true
			}
		}
	}
}

// counts reports whether the token is a noun that is counted by a period: "bottles per day".
func (d *document) counts(i int) bool {
	t, per, period := &d.tokens[i], &d.tokens[i+1], &d.tokens[i+2]
	return t.gap == 0 && per.gap == 0 && period.gap == 0 && !t.set.has(inFunction) && !t.is(isDigits) && !t.is(isSign) && (per.low == "per" || per.low == "each" || per.low == "every") &&
		periodWord(period.low)
}

func periodWord(low string) bool {
	switch low {
	case "day", "week", "month", "year", "hour", "minute", "shift", "quarter", "night", "patient", "order", "customer", "head", "person", "unit", "class":
		return true
	}
	return false
}

func singular(unit string) string {
	switch unit {
	case "%":
		return "percent"
	case "people", "persons":
		return "people"
	case "mins", "min":
		return "minute"
	case "staff", "ms", "kg", "campuses":
		return strings.TrimSuffix(unit, "es")
	case "countries":
		return "country"
	}
	if len(unit) > 3 {
		return strings.TrimSuffix(unit, "s")
	}
	return unit
}

func longTime(unit string) bool {
	return unit == "year" || unit == "month" || unit == "week" || unit == "day"
}

func clockTime(unit string) bool {
	switch unit {
	case "hour", "minute", "second", "ms":
		return true
	}
	return false
}

// year returns the year that a token is.
func (d *document) year(i int) (int, bool) {
	t := &d.tokens[i]
	if len(t.low) != 4 || !t.is(isNumber) || t.letters > 0 || t.number < 1960 || t.number > 2049 || t.number != float64(int(t.number)) {
		return 0, false
	}
	dated := i > 0 && (datedBy(d.tokens[i-1].low) || d.tokens[i-1].set.has(inMonth) || d.tokens[i-1].set.has(inSeason))
	if !dated && i+1 < len(d.tokens) && d.tokens[i+1].gap == 0 {
		next := &d.tokens[i+1]
		if next.set.has(inUnit) || next.set.has(inTeamPeople) || strings.HasSuffix(next.low, "s") && !next.set.has(inFunction) {
			return 0, false
		}
	}
	if i > 0 && d.tokens[i-1].is(isSign) {
		return 0, false
	}
	return int(t.number), true
}

func datedBy(low string) bool {
	switch low {
	case "in", "since", "from", "until", "till", "between", "of", "early", "late", "mid", "around", "year":
		return true
	}
	return false
}

// findYears takes in years and how long something has lasted.
func (x *extraction) findYears() {
	var first, last int
	for i := range x.tokens {
		y, ok := x.year(i)
		if !ok || x.sentences[x.sentenceOf(i)].distress {
			continue
		}
		if !slices.Contains(x.r.Years, y) && len(x.r.Years) < 12 {
			x.r.Years = append(x.r.Years, y)
		}
		from := i
		value := map[string]any{}
		if i > 0 && x.tokens[i].gap == 0 && x.tokens[i-1].set.has(inMonth) {
			from--
			value["month"] = x.tokens[i-1].low
		}
		key := x.spanEnd(from)
		value[key] = x.tokens[i].low
		if key == "start" {
			first++
		} else {
			last++
		}
		if first > 1 && key == "start" || last > 1 && key == "end" {
			continue // several years in one message: which is whose cannot be told
		}
		cue := from
		if from > 0 && x.tokens[from].gap == 0 && datedBy(x.tokens[from-1].low) {
			cue--
		}
		for back := 1; cue > 0 && x.tokens[cue].low == "of" && back <= 3 && back <= cue; back++ { // "since the summer of 2017"
			if low := x.tokens[cue-back].low; low != "of" && datedBy(low) {
				cue -= back
			}
		}
		x.propose(Candidate{Kind: "span", Key: "span." + key, Value: value, Confidence: x.spanConfidence(cue), Before: x.r.Before || x.beforeMarked(x.sentenceOf(i))}, cue, i+1)
	}
	x.findLengths()
}

// workingWord knows the words beside which a number of years tells how long someone has worked.
func workingWord(low string) bool {
	switch low {
	case "been", "did", "spent", "job", "as", "taught", "here", "there", "employed", "ran", "run", "nursing", "teaching", "stayed", "role":
		return true
	}
	return strings.HasPrefix(low, "work")
}

// spanEnd tells whether a year ends a time or starts it.
func (x *extraction) spanEnd(i int) string {
	if i == 0 {
		return "start"
	}
	switch prev := x.tokens[i-1].low; {
	case prev == "until" || prev == "till" || prev == "left":
		return "end"
	case prev == "to" || prev == "and" || x.tokens[i].gap&gapClause != 0:
		for k := max(i-4, 0); k < i; k++ {
			if _, ok := x.year(k); ok {
				return "end"
			}
		}
	}
	return "start"
}

// spanConfidence is higher for a year that says since when something has lasted than for one that only dates an event.
func (x *extraction) spanConfidence(cue int) float64 {
	if x.c.Question.Slot == "span" {
		return 0.8
	}
	s := x.sentences[x.sentenceOf(cue)]
	switch x.tokens[cue].low {
	case "since", "from", "until", "till", "between":
		return 0.7
	}
	for i := s.from; i < cue; i++ {
		switch x.tokens[i].low {
		case "started", "joined", "start", "began", "became", "left":
			return 0.7
		}
	}
	return 0.4
}

// findLengths takes in "for eight years".
func (x *extraction) findLengths() {
	for i := range x.tokens {
		a, ok := x.amountAt(i)
		if !ok || a.period || !longTime(a.unit) {
			continue
		}
		forLong := i > 0 && (x.tokens[i-1].low == "for" || i > 1 && x.tokens[i-2].low == "for")
		if a.unit != "year" && !forLong && x.c.Question.Slot != "span" {
			continue
		}
		if a.to < len(x.tokens) && (x.tokens[a.to].low == "old" || x.tokens[a.to].low == "ago") {
			continue
		}
		s := x.sentences[x.sentenceOf(i)]
		if (a.unit == "week" || a.unit == "day") && x.c.Question.Slot != "span" {
			continue // how long something took, and not how long somebody was there
		}
		working := x.c.Question.Slot == "span" || x.r.Role != nil && s.start <= x.r.Role.Start && x.r.Role.End <= s.end
		for k := s.from; k < i && !working; k++ {
			working = workingWord(x.tokens[k].low)
		}
		far := i > 0 && (x.tokens[i-1].low == "in" || x.tokens[i-1].low == "a" || x.tokens[i-1].low == "every" || x.tokens[i-1].low == "within")
		if far || !working && len(x.tokens) > 6 {
			continue
		}
		x.credit("context/span", 1)
		if working && a.simple {
			from := i
			if forLong && x.tokens[i-1].low == "for" {
				from--
			}
			x.propose(Candidate{Kind: "span", Key: "span.length", Value: map[string]any{"number": a.number, "unit": a.unit}, Confidence: 0.65, Before: x.r.Before || x.beforeMarked(x.sentenceOf(i))}, from, a.to)
		}
	}
}
