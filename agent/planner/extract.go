package planner

import "strings"

// extraction is the reading of an answer.
type extraction struct {
	*document
	c       *Context
	r       *Reading
	clauses []clause
	metrics []metric
	actions []action
	names   []hit // of people
}

// clause is a part of a sentence between commas, colons, brackets and the words that join clauses. The joining word is none of its tokens.
type clause struct {
	from, to int
	sentence int
	opener   string // the joining word before it, or nothing
	first    bool   // of its sentence
	joined   bool   // a joining word, and no comma, comes after it
}

// extract takes what an answer says into the reading.
func (x *extraction) extract() {
	x.splitClauses()
	x.findNames()
	x.findRole()
	x.findOrgs()
	x.findYears()
	x.findMetrics()
	x.findTools()
	x.findActions()
	x.findFacts()
	x.findThreads()
	x.r.Notes = x.notes()
	x.r.Anchors = x.anchors()
	x.addCredit()
}

func (x *extraction) splitClauses() {
	x.clauses = make([]clause, 0, len(x.tokens)/5+2)
	for si := range x.sentences {
		s := &x.sentences[si]
		from, opener := s.from, ""
		for i := s.from; i < s.to; i++ {
			t := &x.tokens[i]
			joins := joining(t.low) && !(i > s.from && (t.low == "which" || t.low == "who") && t.gap == 0 && asking(x.tokens[i-1].low)) && (t.low != "and" || i == s.from || t.gap&(gapComma|gapClause) != 0 || x.clauseFrom(i+1, s.to))
			if i > s.from && (t.gap&(gapComma|gapClause) != 0 || joins) {
				x.addClause(clause{from: from, to: i, sentence: si, opener: opener, joined: joins && t.gap&(gapComma|gapClause) == 0})
				from, opener = i, ""
			}
			if joins {
				opener = t.low
				from = i + 1
			}
		}
		x.addClause(clause{from: from, to: s.to, sentence: si, opener: opener})
	}
}

func (x *extraction) addClause(c clause) {
	if c.from >= c.to {
		return
	}
	n := len(x.clauses)
	c.first = n == 0 || x.clauses[n-1].sentence != c.sentence
	x.clauses = append(x.clauses, c)
}

// asking knows the words after which "which" and "who" open a question rather than a clause of their own.
func asking(low string) bool {
	switch low {
	case "shows", "show", "showed", "showing", "know", "knew", "knows", "see", "saw", "sees", "decide", "decided", "ask", "asked", "tell", "tells", "told", "of", "in",
		"for", "with", "to", "about", "on", "by", "from", "check", "checked", "at", "choose", "chose", "learned", "remember", "say", "said":
		return true
	}
	return false
}

// clauseFrom reports whether what stands after "and" is a clause of its own rather than the rest of a list.
func (x *extraction) clauseFrom(i, to int) bool {
	for k := i; k < to && k < i+6 && (k == i || x.tokens[k].gap&(gapComma|gapClause) == 0); k++ {
		t := &x.tokens[k]
		switch {
		case k == i && (t.set.has(inAction) || pastForm(t) || leadIn(t.low) || pastWord(t.low)):
			return true
		case k == i && k+1 < to && (t.low == "just" || strings.HasSuffix(t.low, "ly")) && (x.tokens[k+1].set.has(inAction) || pastForm(&x.tokens[k+1]) || pastWord(x.tokens[k+1].low)):
			return true
		case k == i && subjectWord(t.low) && !article(t.low) && t.low != "my" && t.low != "our":
			return true
		case k > i && (beingWord(t.low) || pastWord(t.low) && k < i+4 || x.negates(k)):
			return true
		case k > i && joining(t.low):
			return false
		}
	}
	return false
}

func beingWord(low string) bool {
	switch low {
	case "is", "are", "was", "were", "has", "had", "have", "could", "can", "will", "would", "did", "does", "must", "should":
		return true
	}
	return false
}

// pastWord knows irregular verbs in the past tense that name no action.
func pastWord(low string) bool {
	switch low {
	case "went", "came", "saw", "found", "felt", "got", "had", "was", "were", "is", "are", "became", "said", "told", "thought", "knew", "left", "lost", "began", "fell",
		"rose", "let", "sat", "stood", "paid", "bought", "met", "held", "spoke", "read", "broke", "stopped", "dropped", "grew":
		return true
	}
	return false
}

func joining(low string) bool {
	switch low {
	case "and", "but", "because", "which", "so", "who", "until", "while":
		return true
	}
	return false
}

// findNames finds the names of people: after "my boss is", "called", and with, by, to before a name that is no organisation.
func (x *extraction) findNames() {
	for i := range x.tokens {
		if n := x.nameAt(i); n > i {
			x.names = append(x.names, hit{from: int32(i), to: int32(n)})
		}
	}
	for si := range x.sentences {
		s := &x.sentences[si]
		for _, n := range x.names {
			s.thirdParty = s.thirdParty || int(n.from) >= s.from && int(n.from) < s.to
		}
	}
}

// nameAt returns where the name of a person that begins at the token ends, or i.
func (x *extraction) nameAt(i int) int {
	if i == 0 || !x.proper(i) {
		return i
	}
	prev := x.tokens[i-1].low
	named := false
	switch prev {
	case "mr", "mrs", "ms", "dr", "prof", "professor":
		named = true
	case "with", "by", "to", "asked", "helped", "told", "trained", "mentored", "convinced", "and":
		named = x.tokens[i].gap == 0 && !x.orgLike(i) && prev != "and" && x.shortName(i) && (prev != "to" || !x.movesTo(i-1))
	case "called", "named":
		named = i < 2 || !x.orgNounBefore(i-1) && x.personBefore(i-1)
	case "is", "was":
		named = i > 1 && personWord(x.tokens[i-2].low)
	default:
		named = personWord(prev)
	}
	if !named {
		return i
	}
	n := i + 1
	for n < len(x.tokens) && x.tokens[n].gap == 0 && x.proper(n) {
		n++
	}
	return n
}

// movesTo reports whether a verb of moving or changing stands shortly before the token: "moved to Leeds", "switched to Postgres".
func (x *extraction) movesTo(i int) bool {
	for k := max(i-4, 0); k < i; k++ {
		switch x.tokens[k].low {
		case "moved", "move", "moving", "switched", "migrated", "migrate", "went", "go", "travelled", "came", "from", "changed", "converted", "ported":
			return true
		}
	}
	return false
}

func (x *extraction) shortName(i int) bool {
	n := i
	for n < len(x.tokens) && (n == i || x.tokens[n].gap == 0) && x.proper(n) {
		n++
	}
	return n-i <= 2 && !x.tokens[i].is(isUpper)
}

func personWord(low string) bool {
	switch low {
	case "boss", "manager", "colleague", "supervisor", "mentor", "teammate", "friend", "director", "lead", "foreman", "assistant", "predecessor",
		"successor", "apprentice", "trainee", "customer", "client", "patient", "pupil", "student", "neighbour", "neighbor", "boyfriend", "girlfriend":
		return true
	}
	return false
}

func (x *extraction) personBefore(i int) bool {
	for k := max(i-2, 0); k < i; k++ {
		if personWord(x.tokens[k].low) || x.tokens[k].set.has(inRole) || x.tokens[k].low == "woman" || x.tokens[k].low == "man" || x.tokens[k].low == "someone" {
			return true
		}
	}
	return false
}

// proper reports whether a token is written like a name inside a sentence, and is not one of a day, a language or a tool.
func (x *extraction) proper(i int) bool {
	t := &x.tokens[i]
	if !t.is(isCapital) || t.low == "i" || strings.HasPrefix(t.low, "i'") {
		return false
	}
	for _, c := range []class{inMonth, inWeekday, inSeason, inLanguageName, inTech} {
		if t.set.has(c) && (c != inTech || !t.set.has(inTechAmbiguous)) {
			return false
		}
	}
	return !t.set.has(inFunction)
}

// findThreads finds what was mentioned in passing with a promise of more.
func (x *extraction) findThreads() {
	const most = 3
	for _, h := range x.hits {
		if h.class != inThread || len(x.r.Threads) == most {
			continue
		}
		for ci := range x.clauses {
			c := &x.clauses[ci]
			if int(h.from) < c.from || int(h.from) >= c.to {
				continue
			}
			x.addThread(ci, h)
		}
	}
}

func (x *extraction) addThread(ci int, h hit) {
	c := x.clauses[ci]
	from, to := int(h.to), c.to
	last := x.tokens[h.to-1].low
	switch {
	case last == "story" || last == "later" || last == "another" || last == "more":
		if ci == 0 || to-from > 1 {
			return
		}
		c = x.clauses[ci-1]
		from, to = x.bodyStart(c), c.to
	case last == "side" || last == "project":
		from = x.bodyStart(c)
	}
	if from < to {
		switch x.tokens[from].low {
		case "was", "were", "is", "am", "are", "had", "have": // "what is the story there" wants a thing
			from++
		}
	}
	s := &x.sentences[c.sentence]
	if to-from < 2 || to-from > 12 || s.distress || s.sensitive || s.question || x.negatedBefore(from) || from >= int(h.to) && x.tokens[from].set.has(inPreposition) {
		return
	}
	if x.c.Question.Slot == "earlier" && x.r.Role != nil && x.tokens[from].start <= x.r.Role.Start && x.r.Role.End <= x.tokens[c.to-1].end {
		return // the earlier job that was asked for
	}
	if sp := x.slice(from, to); quotable(sp.Text) {
		x.r.Threads = append(x.r.Threads, sp)
	}
}
