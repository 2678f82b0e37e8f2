package planner

import "strings"

// findFacts takes what is told of the other kinds: outcomes, obstacles, what was learned, and what is about the person.
func (x *extraction) findFacts() {
	facet := x.c.Question.Facet
	whole := facet == "goals" || facet == "values" || facet == "skills" || facet == "learning" || facet == "challenge" // told in sentences
	for ci := range x.clauses {
		c := x.clauses[ci]
		s := &x.sentences[c.sentence]
		if whole {
			if !c.first {
				continue
			}
			c.to = s.to
		}
		x.findInClause(&c, s, x.bodyStart(c), c.to)
	}
	x.findLanguages()
}

// findInClause takes what a clause, or a sentence, tells.
func (x *extraction) findInClause(c *clause, s *sentence, from, to int) {
	if s.question || s.distress || s.sensitive {
		return
	}
	before := x.earlier(c.sentence)
	add := func(kind string, conf float64, personal bool) {
		if to-from >= 3 {
			x.propose(Candidate{Kind: kind, Key: x.listKey(kind, from, to), Confidence: conf, Before: before && !personal, Personal: personal}, from, to)
		}
	}
	if kind, conf := x.outcomeKind(c); kind != "" {
		add(kind, conf, false)
	}
	if kind, conf := x.personalKind(c); kind != "" {
		add(kind, conf, true)
	}
	x.findDuty(c, from, to)
	x.findStudy(c)
}

// outcomeKind tells whether a clause is about an outcome, an obstacle, a lesson or praise.
func (x *extraction) outcomeKind(c *clause) (kind string, conf float64) {
	facet := x.c.Question.Facet
	figure := x.figureIn(c.from, c.to)
	switch {
	case x.recognised(c):
		return "recognition", 0.7
	case facet == "learning" && c.to-c.from >= 4 && !x.strays(c):
		return "learning", 0.6
	case x.any(inLearning, c.from, c.to) && x.selfIn(c.from, c.to) && facet != "education":
		return "learning", 0.55
	case x.eased(c.from, c.to):
		return "outcome", 0.6
	case facet == "challenge" && c.to-c.from >= 4 && x.any(inChallenge, c.from, c.to):
		return "obstacle", 0.7
	case facet == "challenge" && c.to-c.from >= 5 && x.c.Question.Slot != "doubt" && c.from == 0 && !x.strays(c) && !x.any(inResult, c.from, c.to) &&
		!x.any(inGoals, c.from, c.to):
		return "obstacle", 0.55
	case strongCue(x, c) && x.any(inChallenge, c.from, c.to):
		return "obstacle", 0.55
	case subordinate(x.tokens[x.bodyStart(*c)].low):
		return "", 0
	case x.any(inResult, c.from, c.to) && (facet == "result" || figure):
		return "outcome", 0.65
	case facet == "result" && x.c.Question.Slot == "outcome" && c.to-c.from >= 5 && c.first && x.became(c):
		return "outcome", 0.55
	}
	return "", 0
}

// subordinate reports whether a clause that begins with the word says when or why, and needs another to say what.
func subordinate(low string) bool {
	switch low {
	case "when", "if", "because", "since", "although", "though", "unless", "whenever":
		return true
	}
	return false
}

// became reports whether a clause says that something is otherwise than before: by a verb of change or a figure that proves one, or by what is, or no longer is, now.
func (x *extraction) became(c *clause) bool {
	if x.any(inChange, c.from, c.to) || x.figureIn(c.from, c.to) {
		return true
	}
	for i := c.from; i < c.to; i++ {
		t := &x.tokens[i]
		switch t.low {
		case "now", "nobody", "longer", "anymore", "since", "became", "become", "started", "stopped", "better", "easier", "quicker", "calmer", "earlier", "sooner":
			return true
		}
		if pastForm(t) || t.set.has(inAction) {
			return true
		}
	}
	return false
}

// strongCue reports whether a difficulty is named as one.
func strongCue(x *extraction, c *clause) bool {
	for i := c.from; i < c.to; i++ {
		switch low := x.tokens[i].low; {
		case strings.HasPrefix(low, "difficult"), strings.HasPrefix(low, "resist"), low == "refused", low == "pushback", low == "sceptical", low == "skeptical",
			low == "shortage", low == "problem", strings.HasPrefix(low, "complain"), low == "failed":
			return true
		}
	}
	return false
}

// eased reports whether a piece tells that a difficulty became smaller: "fewer complaints", "complaints fell by half", "we solved the problem".
func (x *extraction) eased(from, to int) bool {
	const near = 4 // words between the two
	for i := from; i < to; i++ {
		if !x.tokens[i].set.has(inChallenge) {
			continue
		}
		if i > from {
			switch x.tokens[i-1].low {
			case "fewer", "less", "no", "zero":
				return true
			}
		}
		for k := max(from, i-near); k < min(to, i+near+1); k++ {
			switch x.tokens[k].low {
			case "fell", "dropped", "halved", "decreased", "shrank", "sank", "vanished", "disappeared", "stopped", "solved", "reduced", "resolved":
				return !x.negatedBefore(k)
			}
		}
	}
	return false
}

func (x *extraction) recognised(c *clause) bool {
	for i := c.from; i < c.to; i++ {
		switch x.tokens[i].low {
		case "award", "awarded", "prize", "commended", "praised", "shortlisted", "medal", "nominated":
			return true
		case "thanked":
			return i+1 < c.to && (x.tokens[i+1].low == "me" || x.tokens[i+1].low == "us")
		}
	}
	return false
}

func (x *extraction) figureIn(from, to int) bool {
	for _, m := range x.metrics {
		if m.from >= from && m.from < to {
			return true
		}
	}
	return false
}

// personalKind tells whether a clause is about the person: a goal, a value, a skill, what was published or done unpaid.
func (x *extraction) personalKind(c *clause) (kind string, conf float64) {
	facet := x.c.Question.Facet
	long := c.to-c.from >= 4
	self := x.selfIn(c.from, c.to)
	switch {
	case x.published(c):
		return "publication", 0.6
	case x.wordIn(c, "volunteer", "volunteered", "volunteering") && (self || facet == "extras"):
		return "volunteer", 0.65
	case facet == "goals" && long && !x.any(inHedge, c.from, c.to) && !x.strays(c):
		return "goal", 0.65
	case x.has(inGoals, c.from, c.to) || x.any(inGoals, c.from, c.to) && self && long && x.wished(c.from):
		return "goal", 0.55
	case facet == "values" && long && !x.strays(c) && !x.wished(c.from):
		return "value", 0.6
	case x.has(inValues, c.from, c.to) && self:
		return "value", 0.55
	case facet == "skills" && c.to-c.from >= 3 && !x.studies(c) && !x.wished(c.from):
		return "skill", 0.6
	case x.has(inSkills, c.from, c.to) && !x.wordIn(c, "languages"):
		return "skill", 0.55
	}
	return "", 0
}

// strays reports whether a sentence answers something else than a question about a difficulty, a lesson, a goal or a value: it tells what was studied, lists
// tools, or tells what somebody did or what a figure became.
func (x *extraction) strays(c *clause) bool {
	team := x.r.Team != nil && x.tokens[c.from].start <= x.r.Team.Start && x.r.Team.End <= x.tokens[c.to-1].end
	if team || x.beforeMarked(c.sentence) || x.studies(c) || x.figureIn(c.from, c.to) && x.any(inChange, c.from, c.to) {
		return true
	}
	if x.any(inChallenge, c.from, c.to) || x.any(inLearning, c.from, c.to) || x.any(inGoals, c.from, c.to) || x.any(inValues, c.from, c.to) {
		return false
	}
	tools := 0
	for _, t := range x.r.Tools {
		if t.Start >= x.tokens[c.from].start && t.End <= x.tokens[c.to-1].end {
			tools++
		}
	}
	return tools >= 2 || x.deedOf(c)
}

// deedOf reports whether a sentence begins with somebody and what they did: "I invited him".
func (x *extraction) deedOf(c *clause) bool {
	i := c.from
	switch x.tokens[i].low {
	case "i", "we", "he", "she", "they":
		i++
	default:
		return false
	}
	return i < c.to && (pastForm(&x.tokens[i]) || pastDeeds()[x.tokens[i].low])
}

// studies reports whether a sentence tells what was studied.
func (x *extraction) studies(c *clause) bool {
	for i := c.from; i < c.to; i++ {
		if low := x.tokens[i].low; studyWord(low) && low != "study" && low != "graduate" && low != "student" {
			return true
		}
	}
	return false
}

func (x *extraction) published(c *clause) bool {
	return x.wordIn(c, "published", "wrote", "presented", "co-wrote", "co-authored", "authored") &&
		x.wordIn(c, "paper", "article", "book", "talk", "conference", "journal", "thesis", "blog")
}

func (x *extraction) wordIn(c *clause, words ...string) bool {
	for i := c.from; i < c.to; i++ {
		for _, w := range words {
			if x.tokens[i].low == w {
				return true
			}
		}
	}
	return false
}

// findDuty takes what the user answers for: "responsible for", "in charge of", "look after".
func (x *extraction) findDuty(c *clause, from, to int) {
	for i := from; i+1 < c.to; i++ {
		a, b := x.tokens[i].low, x.tokens[i+1].low
		found := (a == "responsible" && b == "for") || (a == "charge" && b == "of") || (strings.HasPrefix(a, "look") && b == "after")
		if !found || !x.selfIn(from, i+1) && !(x.c.Question.Facet == "responsibility") {
			continue
		}
		x.credit("responsibility/mandate", 0.6)
		if to-i >= 3 {
			x.propose(Candidate{Kind: "duty", Key: x.listKey("duty", i, to), Confidence: 0.7, Before: x.earlier(c.sentence)}, i, to)
		}
		return
	}
}

// findStudy takes degrees and certificates.
func (x *extraction) findStudy(c *clause) {
	certificate, studied := false, false
	for i := c.from; i < c.to; i++ {
		certificate = certificate || certificateWord(x.tokens[i].low)
		studied = studied || degreeWord(x.tokens[i].low)
	}
	asked := x.c.Question.Facet == "education"
	if !asked && x.wished(c.from) {
		return
	}
	from, to := x.bodyStart(*c), c.to
	kind, conf := "", 0.0
	switch {
	case certificate && (x.selfIn(c.from, c.to) || asked || c.to-c.from <= 8):
		kind, conf = "certificate", 0.65
	case studied && (x.selfIn(c.from, c.to) || asked || c.first):
		kind, conf = "education", 0.7
	case asked && to-from >= 2 && (x.any(inEducation, c.from, c.to) || x.c.Question.Slot == "degree" && c.first):
		kind, conf = "education", 0.6
	}
	if kind == "" {
		return
	}
	slot := "education/degree"
	if kind == "certificate" {
		slot = "education/certificate"
	}
	x.credit(slot, 0.6)
	if to-from >= 2 {
		x.propose(Candidate{Kind: kind, Key: x.listKey(kind, from, to), Confidence: conf, Personal: true}, from, to)
	}
}

func certificateWord(low string) bool {
	switch low {
	case "certificate", "certificates", "certified", "certification", "licence", "license", "licensed", "accredited", "chartered":
		return true
	}
	return false
}

func degreeWord(low string) bool {
	switch low {
	case "studied", "degree", "bsc", "ba", "msc", "ma", "mba", "phd", "diploma", "apprenticeship", "graduated", "thesis", "pgce", "bootcamp", "bachelor",
		"bachelor's", "master's", "doctorate", "nvq", "hnd", "qualified":
		return true
	}
	return false
}

// findLanguages takes the languages that the user speaks.
func (x *extraction) findLanguages() {
	spoken := x.c.Question.Slot == "languages"
	for si := range x.sentences {
		s := &x.sentences[si]
		cue := spoken
		for i := s.from; i < s.to; i++ {
			t := &x.tokens[i]
			switch t.low {
			case "speak", "speaks", "fluent", "bilingual", "trilingual", "languages":
				cue = cue || x.selfIn(s.from, s.to) || i == s.from
			case "native":
				cue = cue || i+1 < s.to && (x.tokens[i+1].low == "language" || x.tokens[i+1].set.has(inLanguageName))
			}
			if !cue || !t.set.has(inLanguageName) || !t.is(isCapital) && i == s.from {
				continue
			}
			x.credit("extras/languages", 0.8)
			x.propose(Candidate{Kind: "language", Key: "language." + t.low, Value: map[string]any{"language": x.text[t.start:t.end]}, Confidence: 0.7, Personal: true}, i, i+1)
		}
	}
}
