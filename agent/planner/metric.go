package planner

import (
	"slices"
	"strings"
)

// metric is a figure that proves something.
type metric struct {
	from, to int // of the figures
	clause   int
	value    map[string]any
	unit     string
}

// findMetrics finds what proves something with a figure, and how large the team is. Years and mere durations are none.
func (x *extraction) findMetrics() {
	for ci := range x.clauses {
		c := &x.clauses[ci]
		change := x.any(inChange, c.from, c.to)
		for i := c.from; i < c.to; i++ {
			if m, ok := x.multiple(i, ci); ok {
				x.metrics = append(x.metrics, m)
				continue
			}
			a, ok := x.amountAt(i)
			if !ok || x.inTool(i) {
				continue
			}
			if _, isYear := x.year(i); isYear {
				continue
			}
			if i >= 2 && x.tokens[a.from-1].low == "of" && budgetWord(x.tokens[a.from-2].low) {
				i = max(a.numberTo-1, i)
				continue
			}
			if x.takeTeam(a, c) {
				i = a.to - 1
				continue
			}
			m, ok := x.metricOf(a, ci, change)
			if ok {
				x.metrics = append(x.metrics, m)
				i = max(m.to-1, i)
			} else {
				i = max(a.numberTo-1, i)
			}
		}
	}
	x.metrics = slices.DeleteFunc(x.metrics, func(m metric) bool {
		c := &x.clauses[m.clause]
		return x.r.Act == ActCorrection && x.inFix(m.from, m.to) && m.value["from"] == nil && !x.any(inChange, c.from, c.to)
	})
	for _, m := range x.metrics {
		x.proposeMetric(m)
	}
	x.findBudget()
}

// multiple knows doubled and halved, "twice as", "by half".
func (x *extraction) multiple(i, ci int) (metric, bool) {
	m := metric{from: i, to: i + 1, clause: ci}
	switch x.tokens[i].low {
	case "doubled", "halved", "tripled", "quadrupled":
		return m, true
	case "half", "third", "quarter":
		if i > 0 && (x.tokens[i-1].low == "by" || x.tokens[i-1].low == "a" && i > 1 && x.tokens[i-2].low == "by") {
			m.from = i - 1
			return m, true
		}
	case "twice", "half-price":
		if i+1 < len(x.tokens) && x.tokens[i+1].low == "as" {
			m.to = i + 2
			return m, true
		}
	}
	return m, false
}

// inTool reports whether a number is part of the name of a tool or certificate: "iso 9001".
func (x *extraction) inTool(i int) bool {
	for k := x.hitsFrom(max(i-3, 0)); k < len(x.hits) && int(x.hits[k].from) <= i; k++ {
		if h := x.hits[k]; (h.class == inTech || h.class == inEducation) && int(h.to) > i {
			return true
		}
	}
	return false
}

// metricOf decides whether an amount is a metric, and takes in "from 40 to 26 minutes" as a whole.
func (x *extraction) metricOf(a amount, ci int, change bool) (metric, bool) {
	c := &x.clauses[ci]
	m := metric{from: a.from, to: a.to, clause: ci, unit: a.unit, value: map[string]any{}}
	if a.simple {
		m.value["number"] = a.number
	}
	if x.fromTo(&m, a, change) {
		return m, true
	}
	prev := ""
	if a.from > 0 {
		prev = x.tokens[a.from-1].low
	}
	if a.unit != "" {
		m.value["unit"] = a.unit
	}
	switch {
	case !x.tokens[a.numberTo-1].is(isNumber) && a.number < 10 && !change && !a.period || a.people && prev == "the": // "two planners" prove nothing
		return m, false
	case longTime(a.unit) && !a.period:
		return m, change && !durationAfter(prev) && x.saves(c)
	case x.compared(a.from), a.to < len(x.tokens) && (x.tokens[a.to].low == "instead" || x.tokens[a.to].low == "compared"):
		return m, true
	case a.unit == "" && x.ordinalNoun(a.from):
		return m, false
	case a.unit != "" && !clockTime(a.unit):
		return m, true
	case clockTime(a.unit):
		return m, change || a.period && a.unit != "hour" || prev == "takes" || prev == "took" || prev == "only" || prev == "under" || prev == "in" || prev == "to"
	case a.period:
		return m, true
	case change:
		return m, prev == "to" || prev == "by" || prev == "from" || a.number >= 3
	}
	return m, x.counted(a)
}

// fromTo takes in the second amount of "from A to B".
func (x *extraction) fromTo(m *metric, a amount, change bool) bool {
	begin := a.from - 1
	if begin > 0 && x.tokens[begin].low != "from" {
		begin-- // "from roughly 40"
	}
	if begin < 0 || x.tokens[begin].low != "from" {
		return false
	}
	for k := a.numberTo; k < len(x.tokens) && k < a.to+5; k++ {
		if x.tokens[k].gap&^gapComma != 0 {
			return false
		}
		if x.tokens[k].low != "to" || k+1 >= len(x.tokens) {
			continue
		}
		next := k + 1
		for next < len(x.tokens)-1 && (x.tokens[next].set.has(inFunction) || x.tokens[next].is(isSign) || roughly(x.tokens[next].low)) && next < k+3 {
			next++
		}
		b, ok := x.amountAt(next)
		if !ok {
			return false
		}
		if _, isYear := x.year(next); isYear {
			return false
		}
		if b.unit == "" && a.unit == "" && !change && !a.period && !x.nounBefore(begin) {
			return false
		}
		m.from, m.to = begin, b.to
		if b.unit == "" && b.to < len(x.tokens) && x.tokens[b.to].low == "now" {
			m.to++
		}
		delete(m.value, "number")
		if a.simple && b.simple {
			m.value["from"], m.value["to"] = a.number, b.number
		}
		if m.unit = b.unit; m.unit == "" {
			m.unit = a.unit
		}
		if m.unit != "" {
			m.value["unit"] = m.unit
		}
		return true
	}
	return false
}

// roughly knows the words that make a number a guess.
func roughly(low string) bool {
	switch low {
	case "maybe", "perhaps", "roughly", "around", "approximately", "nearly", "circa", "some", "probably":
		return true
	}
	return false
}

func (x *extraction) nounBefore(i int) bool {
	return i > 0 && x.tokens[i].gap == 0 && !x.tokens[i-1].set.has(inFunction) && !strings.HasPrefix(x.tokens[i-1].low, "open") && x.tokens[i-1].low != "work" &&
		x.tokens[i-1].low != "worked"
}

func durationAfter(prev string) bool {
	switch prev {
	case "in", "for", "over", "within", "after", "during", "last", "past", "every", "since", "these", "those", "the", "about", "nearly", "almost", "next", "first":
		return true
	}
	return false
}

// saves reports whether the clause is about time won or lost.
func (x *extraction) saves(c *clause) bool {
	for i := c.from; i < c.to; i++ {
		switch x.tokens[i].low {
		case "saved", "save", "saves", "saving", "reduced", "cut", "shortened", "faster", "dropped", "fell", "earlier", "down", "less":
			return true
		}
	}
	return false
}

// compared reports whether the amount is what something is compared with.
func (x *extraction) compared(i int) bool {
	if i < 2 {
		return false
	}
	a, b := x.tokens[i-2].low, x.tokens[i-1].low
	return a == "compared" || a == "instead" && b == "of" || a == "rather" && b == "than" || a == "down" && b == "from" || a == "up" && b == "from"
}

// ordinalNoun reports whether a bare number only names something: "version 3", "page 12", "level 3".
func (x *extraction) ordinalNoun(i int) bool {
	if i == 0 {
		return false
	}
	switch x.tokens[i-1].low {
	case "version", "page", "level", "chapter", "number", "room", "grade", "phase", "step", "line", "section", "unit", "building", "year", "class", "covid",
		"type", "windows", "no", "euro", "category":
		return x.tokens[i].gap == 0
	}
	return x.tokens[i-1].set.has(inMonth)
}

// counted takes "14,000 files": a number of ten and more before a noun that is on no list.
func (x *extraction) counted(a amount) bool {
	if a.numberTo >= len(x.tokens) || !x.tokens[a.numberTo-1].is(isNumber) || a.number < 10 {
		return false
	}
	for k := a.numberTo; k < len(x.tokens) && k < a.numberTo+2; k++ {
		t := &x.tokens[k]
		if t.gap != 0 || t.set.has(inFunction) || t.is(isDigits) {
			return false
		}
		if len(t.low) > 3 && strings.HasSuffix(t.low, "s") && !strings.HasSuffix(t.low, "ss") {
			return true
		}
	}
	return false
}

// proposeMetric makes a fact of a metric. Its key says what was measured, in what unit.
func (x *extraction) proposeMetric(m metric) {
	c := &x.clauses[m.clause]
	topic := x.topic(m)
	key := "metric." + topic
	if m.unit != "" && m.unit != topic {
		key += "_" + keyWord(m.unit)
	}
	from, to := x.bodyStart(*c), max(c.to, m.to)
	if from > m.from {
		from = c.from
	}
	x.credit("result/metric", 1)
	conf := 0.75
	if m.value["from"] != nil {
		conf = 0.85
	}
	result, change := x.any(inResult, c.from, c.to), x.any(inChange, c.from, c.to)
	switch {
	case change && (result || m.value["from"] != nil || m.value == nil): // "fell to 26", "from 40 to 26", "doubled"
		x.credit("result/outcome", 0.7)
	case result:
		x.credit("result/outcome", 0.5)
	}
	if len(m.value) == 1 && m.value["unit"] != nil {
		m.value = nil
	}
	x.propose(Candidate{Kind: "metric", Key: key, Value: m.value, Confidence: conf, Before: x.earlier(c.sentence)}, from, to)
}

// topic is the word that says what a metric is about: the content word nearest before it in its clause, else after it.
func (x *extraction) topic(m metric) string {
	c := &x.clauses[m.clause]
	if m.unit == "" && m.to < c.to && x.tokens[m.to].gap == 0 && m.value["from"] == nil && x.contentNoun(m.to) {
		return keyWord(x.tokens[m.to].low) // "1,400 mismatches"
	}
	for i := m.from - 1; i >= c.from; i-- {
		if x.contentNoun(i) {
			return keyWord(x.tokens[i].low)
		}
	}
	for i := m.to; i < len(x.tokens) && i < c.to; i++ {
		if x.contentNoun(i) {
			return keyWord(x.tokens[i].low)
		}
	}
	if m.unit != "" {
		return keyWord(m.unit)
	}
	return "figure"
}

func (x *extraction) contentNoun(i int) bool {
	t := &x.tokens[i]
	if i > 0 && t.gap == 0 && (article(x.tokens[i-1].low) || x.tokens[i-1].low == "our" || x.tokens[i-1].low == "my") && !t.is(isDigits) && !t.set.has(inUnit) {
		return true
	}
	switch t.low {
	case "takes", "took", "take", "taking", "lasts", "lasted", "needs", "needed", "costs", "cost", "makes", "goes", "going", "counts", "reaches", "look", "looked", "looks", "wait", "waits", "waited":
		return false
	}
	for _, c := range []class{inFunction, inAction, inActionPresent, inChange, inUnit, inNumberWord, inMonth} {
		if t.set.has(c) {
			return false
		}
	}
	return !t.is(isDigits) && !t.is(isSign) && !roughly(t.low) && len(t.low) > 2 && !strings.HasSuffix(t.low, "ly")
}

// keyWord makes a word fit for a key.
func keyWord(low string) string {
	switch low {
	case "€":
		return "euro"
	case "$":
		return "dollar"
	case "£":
		return "pound"
	}
	return stem(low)
}

func budgetWord(low string) bool { return low == "budget" || low == "turnover" }

// findBudget takes in "a budget of 2 million".
func (x *extraction) findBudget() {
	for i := range x.tokens {
		if !budgetWord(x.tokens[i].low) {
			continue
		}
		for k := i + 1; k < len(x.tokens) && k <= i+3 && x.tokens[k].gap == 0; k++ {
			a, ok := x.amountAt(k)
			if !ok {
				continue
			}
			value := map[string]any{}
			if a.simple {
				value["number"] = a.number
			}
			if a.unit != "" {
				value["unit"] = a.unit
			}
			x.credit("responsibility/budget", 1)
			x.propose(Candidate{Kind: "budget", Key: x.tokens[i].low + ".size", Value: value, Confidence: 0.75}, i, a.to)
			break
		}
	}
}
