package planner

import "strings"

// action is a clause in which the user did something.
type action struct {
	verb, to int // from the verb up to the end of the clause
	clause   int
	present  bool
}

// findActions finds what the user did: an action verb after I or we, at the start of a sentence, or in a clause that goes on from such a one.
func (x *extraction) findActions() {
	subject := false // I or we is the subject of the sentence
	for ci := range x.clauses {
		c := &x.clauses[ci]
		if c.first {
			subject = false
		}
		verb, mine := x.verbOf(c, subject)
		subject = mine
		if verb < 0 {
			continue
		}
		present := !x.done(verb)
		x.actions = append(x.actions, action{verb: verb, to: c.to, clause: ci, present: present})
		if c.to-verb < 3 || x.rare(verb+1, c.to) == 0 || x.c.Question.Facet == "goals" || x.wished(verb) {
			continue
		}
		kind, conf := "action", 0.6
		if present {
			kind, conf = "duty", 0.55
		}
		x.propose(Candidate{Kind: kind, Key: x.listKey(kind, verb, c.to), Confidence: conf, Before: x.earlier(c.sentence)}, verb, c.to)
	}
}

// done reports whether a verb tells of something done, or being done, rather than of what is done as a rule.
func (x *extraction) done(verb int) bool {
	t := &x.tokens[verb]
	return t.set.has(inAction) || pastForm(t) || strings.HasSuffix(t.low, "ing")
}

// verbOf returns the action verb of a clause whose subject is the user, or -1, and whether I or we is still the subject after it.
func (x *extraction) verbOf(c *clause, subject bool) (verb int, mine bool) {
	start := x.bodyStart(*c)
	for i := start; i < c.to && i <= start+4; i++ {
		switch x.tokens[i].low {
		case "i", "we", "i've", "we've", "i'd", "we'd", "i'm", "we're", "i'll", "we'll":
			return x.verbAfter(i+1, c.to, true), true
		case "you", "he", "she", "it", "they", "who", "there", "this", "that", "it's", "he's", "she's", "they've":
			return -1, false
		}
	}
	if subject || c.first {
		if v := x.verbAfter(start, min(start+2, c.to), subject); v >= 0 {
			return v, true
		}
	}
	return -1, subject && c.opener == "and"
}

// verbAfter returns the first action verb from the token on, with nothing but auxiliaries and adverbs before it.
func (x *extraction) verbAfter(from, to int, present bool) int {
	for i := from; i < to && i < from+5; i++ {
		t := &x.tokens[i]
		switch {
		case x.continuing(i, to):
			return i + 1
		case x.negates(i) || t.low == "used" && i+1 < to && x.tokens[i+1].low == "to" || t.low == "was" || t.low == "were" || t.low == "been" || t.low == "got" || t.low == "would" || t.low == "could" || t.low == "might":
			return -1
		case t.set.has(inAction):
			if i+1 < to && x.tokens[i+1].low == "not" {
				return -1
			}
			return i
		case pastForm(t) && (present || i == from):
			return i
		case present && t.set.has(inActionPresent) && !t.is(isCapital):
			return i
		case !t.set.has(inFunction) && !strings.HasSuffix(t.low, "ly") && t.low != "had" && t.low != "first" && t.low != "started" && t.low != "decided":
			return -1
		}
	}
	return -1
}

// continuing reports whether "been rewiring" or "was building" stands at the token.
func (x *extraction) continuing(i, to int) bool {
	switch x.tokens[i].low {
	case "been", "was", "were":
		return i+1 < to && len(x.tokens[i+1].low) > 5 && strings.HasSuffix(x.tokens[i+1].low, "ing") && x.tokens[i+1].gap == 0
	}
	return false
}

// pastForm knows regular verbs in the past tense that are on no list, but not those of feeling and being.
func pastForm(t *token) bool {
	if len(t.low) < 5 || !strings.HasSuffix(t.low, "ed") || t.is(isCapital) && t.gap&gapSentence == 0 || strings.HasSuffix(t.low, "eed") {
		return false
	}
	switch t.low {
	case "loved", "liked", "wanted", "needed", "hated", "enjoyed", "seemed", "lived", "stayed", "cried", "worried", "missed", "hoped", "wished", "feared",
		"noticed", "realised", "realized", "learned", "believed", "wondered", "failed", "lacked", "struggled", "suffered", "refused", "looked", "tired", "interested",
		"excited", "bored", "pleased", "happened", "based", "related", "named", "called", "mixed", "hundred", "sacred", "naked", "supposed", "scared", "stressed",
		"exhausted", "remained", "appeared", "belonged", "existed", "started", "decided", "agreed", "moved", "used", "limited", "united", "retired", "married", "graduated", "studied", "qualified", "turned":
		return t.low == "called" || t.low == "agreed" || t.low == "moved" || t.low == "looked"
	}
	return true
}

// findTools finds tools. Names that are ordinary words too count only near another tool or after using, with and in.
func (x *extraction) findTools() {
	seen := map[string]bool{}
	for _, h := range x.hits {
		if h.class != inTech || x.has2(h, inTechAmbiguous) && !x.clearTool(h) || x.longer(h) {
			continue
		}
		from, to := int(h.from), int(h.to)
		sp := x.slice(from, to)
		key := strings.ToLower(strings.Join(strings.Fields(sp.Text), " "))
		si := x.sentenceOf(from)
		s := &x.sentences[si]
		if seen[key] || len(seen) == 20 || s.question || s.distress || x.unused(from, s.from) || !quotable(sp.Text) {
			continue
		}
		seen[key] = true
		x.r.Tools = append(x.r.Tools, sp)
		x.credit("action/tools", 0.9)
		x.propose(Candidate{Kind: "tool", Key: "tool." + key, Text: sp.Text, Value: map[string]any{"tool": sp.Text}, Confidence: 0.75, Before: x.earlier(si), Personal: x.c.Question.Facet == "skills"}, from, to)
	}
	if x.c.Question.Slot == "tools" {
		x.listTools(seen)
	}
}

// listTools takes the things that an answer to the question about tools lists, also those that no list has.
func (x *extraction) listTools(seen map[string]bool) {
	for si := range x.sentences {
		s := &x.sentences[si]
		if s.question || s.distress || s.sensitive {
			continue
		}
		from := s.from
		for i := s.from; i <= s.to; i++ {
			if i < s.to && (i == s.from || x.tokens[i].gap&(gapComma|gapClause) == 0) && x.tokens[i].low != "and" && x.tokens[i].low != "or" {
				continue
			}
			x.listedTool(from, i, seen)
			from = i
		}
	}
}

// listedTool takes up to three words of the tokens as a tool, when nothing but using and articles stands before them.
func (x *extraction) listedTool(from, to int, seen map[string]bool) {
	for from < to && (x.tokens[from].set.has(inFunction) || usingWord(x.tokens[from].low) || strings.HasSuffix(x.tokens[from].low, "ly")) {
		from++
	}
	if from >= to || to-from > 3 {
		return
	}
	for i := from; i < to; i++ {
		t := &x.tokens[i]
		if t.is(isDigits) || t.set.has(inFunction) || t.set.has(inAction) || t.set.has(inTech) || t.set.has(inDull) || t.is(isSign) || t.set.has(inNumberWord) {
			return
		}
	}
	sp := x.slice(from, to)
	key := strings.ToLower(sp.Text)
	if seen[key] || len(seen) >= 20 || !quotable(sp.Text) || len(key) < 3 || x.unused(from, x.sentences[x.sentenceOf(from)].from) {
		return
	}
	seen[key] = true
	x.r.Tools = append(x.r.Tools, sp)
	x.credit("action/tools", 0.9)
	x.propose(Candidate{Kind: "tool", Key: "tool." + key, Text: sp.Text, Value: map[string]any{"tool": sp.Text}, Confidence: 0.6}, from, to)
}

func usingWord(low string) bool {
	switch low {
	case "use", "used", "using", "rely", "relied", "work", "worked", "mainly", "great", "deal", "lots", "lot", "plenty", "kinds", "sorts", "plus":
		return true
	}
	return false
}

// has2 reports whether the same words are on another list too.
func (x *extraction) has2(h hit, c class) bool {
	if h.to-h.from == 1 {
		return x.tokens[h.from].set.has(c)
	}
	return x.has(c, int(h.from), int(h.to))
}

// longer reports whether the name is part of a longer one: "github actions".
func (x *extraction) longer(h hit) bool {
	for _, o := range x.hits[x.hitsFrom(max(int(h.from)-4, 0)):] {
		if o.from > h.from {
			break
		}
		if o.class == inTech && o.to-o.from > h.to-h.from && o.to >= h.to {
			return true
		}
	}
	return false
}

// clearTool reports whether a name that is an ordinary word too stands for the tool.
func (x *extraction) clearTool(h hit) bool {
	i := int(h.from)
	t := &x.tokens[i]
	if len(t.low) <= 2 && !t.is(isCapital) {
		return false
	}
	s := &x.sentences[x.sentenceOf(i)]
	if t.is(isCapital) && i > s.from {
		switch x.tokens[i-1].low {
		case "using", "in", "with", "use", "used", "on", "into", "from", "to", "microsoft", "google", "ms", "apple":
			return true
		}
	}
	for _, o := range x.hits[x.hitsFrom(max(i-4, s.from)):] {
		if int(o.from) > i+4 || int(o.to) > s.to {
			break
		}
		if o.class == inTech && o.from != h.from && !x.has2(o, inTechAmbiguous) {
			return t.is(isCapital) || x.tokens[i].gap&gapComma != 0 || int(h.to) < s.to && x.tokens[h.to].gap&gapComma != 0
		}
	}
	return false
}

// unused reports whether the tool is one that the user did without.
func (x *extraction) unused(i, from int) bool {
	for k := i - 1; k >= from && k >= i-4; k-- {
		t := &x.tokens[k]
		if t.gap&(gapComma|gapClause) != 0 && k > from {
			return false
		}
		if x.negates(k) || t.low == "instead" || t.low == "replaced" || t.low == "replacing" {
			return true
		}
	}
	return false
}
