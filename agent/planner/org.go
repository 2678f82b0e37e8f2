package planner

import "strings"

// findOrgs finds organisations: a name after at, joined, left, for, called and with, but never after plain "in".
func (x *extraction) findOrgs() {
	for i := 1; i < len(x.tokens); i++ {
		named := x.apposition(i)
		if x.tokens[i].gap&^gapQuote != 0 && !named || !x.orgStart(i) {
			continue
		}
		to := x.orgEnd(i)
		if !named && !x.orgCue(i-1, i, to) || street(x.tokens[to-1].low) || x.overlapsName(i, to) || x.studiedAt(i) {
			continue
		}
		si := x.sentenceOf(i)
		left := x.tokens[i-1].low == "left"
		before := left || x.beforeMarked(si) && !x.turnsBack(i, si) || x.r.Role != nil && x.r.Before && x.sentenceOf(i) == x.sentenceAt(x.r.Role.Start) && !x.turnsBack(i, si)
		sp := x.orgSpan(i, to)
		if x.r.Org == nil && (x.r.Role == nil || x.r.Before == before) {
			if x.r.Role == nil {
				x.r.Before = before
			}
			x.r.Org = &sp
		}
		x.propose(Candidate{Kind: "org", Key: "org", Text: sp.Text, Value: map[string]any{"org": sp.Text}, Confidence: 0.8, Before: before}, x.cueStart(i), to)
		i = to
	}
}

// turnsBack reports whether the sentence turns to what was before only after the token: "I teach at Elm Road, and before that I was a guide".
func (x *extraction) turnsBack(i, si int) bool {
	for k := i; k+2 < x.sentences[si].to; k++ {
		if x.tokens[k].low == "before" && x.tokens[k+1].low == "that" && (x.tokens[k].gap != 0 || x.tokens[k-1].low == "and") {
			return true
		}
	}
	return false
}

// studiedAt reports whether the name at the token is of where the user studied: that belongs to the education, and is nobody's employer.
func (x *extraction) studiedAt(i int) bool {
	for k := i - 1; k >= x.sentences[x.sentenceOf(i)].from; k-- {
		switch t := &x.tokens[k]; {
		case studyWord(t.low):
			return true
		case t.set.has(inRole) && t.low != "student", strings.HasPrefix(t.low, "work"), t.low == "job":
			return false
		}
	}
	return x.c.Question.Facet == "education"
}

// studyWord knows the words by which people say what they studied.
func studyWord(low string) bool {
	switch low {
	case "studied", "studying", "study", "studies", "degree", "graduated", "graduate", "bsc", "ba", "msc", "ma", "mba", "phd", "diploma", "thesis", "dissertation",
		"bachelor", "bachelor's", "bachelors", "master's", "masters", "doctorate", "pgce", "student":
		return true
	}
	return false
}

// apposition reports whether a name follows "our firm,", "my company," or the label "Company:".
func (x *extraction) apposition(i int) bool {
	if x.label(i-1) && (x.tokens[i-1].set.has(inOrgNoun) || x.tokens[i-1].low == "employer" || x.tokens[i-1].low == "organisation" || x.tokens[i-1].low == "organization") {
		return true
	}
	if i < 2 || x.tokens[i].gap != gapComma || !x.tokens[i-1].set.has(inOrgNoun) {
		return false
	}
	owner := x.tokens[i-2].low
	return owner == "our" || owner == "my"
}

// cueStart is where the quotation of an organisation begins: at the word that says it is one, when that is beside it.
func (x *extraction) cueStart(i int) int {
	if x.tokens[i].gap == 0 {
		return i - 1
	}
	return i
}

func street(low string) bool {
	switch low {
	case "road", "street", "lane", "avenue", "square", "park", "place", "hill", "station", "airport":
		return true
	}
	return false
}

func (x *extraction) sentenceAt(start int) int {
	for i := range x.sentences {
		if start < x.sentences[i].end {
			return i
		}
	}
	return len(x.sentences) - 1
}

// orgSpan leaves out the possessive ending.
func (x *extraction) orgSpan(from, to int) Span {
	sp := x.slice(from, to)
	for _, ending := range []string{"'s", "’s"} {
		if rest, ok := strings.CutSuffix(sp.Text, ending); ok {
			return x.span(sp.Start, sp.Start+len(rest))
		}
	}
	return sp
}

func (x *extraction) orgStart(i int) bool {
	t := &x.tokens[i]
	if t.is(isDigits) {
		return false
	}
	if t.low == "the" && i+1 < len(x.tokens) && x.tokens[i+1].gap == 0 {
		return x.proper(i+1) && x.orgEnd(i+1) > i+1 && x.orgLike(i+1)
	}
	return x.proper(i)
}

// orgEnd returns where a name of several words ends: of, and, & join it with further words in capitals.
func (x *extraction) orgEnd(i int) int {
	to := i + 1
	if x.tokens[i].low == "the" {
		to++
	}
	for to < len(x.tokens) {
		t := &x.tokens[to]
		if t.gap != 0 && (t.gap != gapQuote || !x.tokens[to-1].is(isSign)) {
			break
		}
		switch {
		case x.properOrSuffix(to):
			to++
			continue
		case to+1 < len(x.tokens) && x.tokens[to+1].gap == 0 && (t.low == "of" || t.low == "and" || t.low == "&") && x.proper(to+1):
			to += 2
			continue
		}
		break
	}
	return to
}

func (x *extraction) properOrSuffix(i int) bool {
	return x.proper(i) || x.tokens[i].is(isCapital) && x.tokens[i].set.has(inOrgSuffix)
}

// orgLike reports whether a name has a word in it that organisations are called by.
func (x *extraction) orgLike(i int) bool {
	for k := i; k < x.orgEnd(i); k++ {
		if x.tokens[k].set.has(inOrgSuffix) || x.tokens[k].set.has(inOrgNoun) || x.tokens[k].is(isUpper) || x.tokens[k].is(isSign) {
			return true
		}
	}
	return false
}

// orgCue reports whether the word before a name says that it is an organisation's.
func (x *extraction) orgCue(cue, from, to int) bool {
	if cue == 0 && x.tokens[cue].low == "is" {
		return false
	}
	switch x.tokens[cue].low {
	case "at":
		return true
	case "joined", "left", "joining", "leaving":
		return x.selfIn(max(cue-4, 0), cue) || cue == 0 || x.orgLike(from)
	case "for":
		return x.orgLike(from) || x.worksBefore(cue)
	case "with", "by":
		return x.orgSuffixed(from, to) || x.tokens[cue].low == "with" && cue > 0 && (x.tokens[cue-1].low == "job" || x.tokens[cue-1].low == "role")
	case "called", "named":
		return x.orgNounBefore(cue)
	case "employer", "company", "firm":
		return true
	case "is":
		if x.tokens[cue-1].low == "name" { // "a factory, name is Flora"
			return x.orgNounBefore(cue)
		}
		return cue > 1 && (x.tokens[cue-1].low == "employer" || x.tokens[cue-1].low == "company") && x.tokens[cue-2].low == "my"
	}
	return false
}

func (x *extraction) orgSuffixed(from, to int) bool {
	for k := from; k < to; k++ {
		if x.tokens[k].set.has(inOrgSuffix) {
			return true
		}
	}
	return false
}

func (x *extraction) worksBefore(i int) bool {
	for k := max(i-4, 0); k < i; k++ {
		t := &x.tokens[k]
		if t.set.has(inRole) || strings.HasPrefix(t.low, "work") || t.low == "job" || t.low == "employed" {
			return true
		}
	}
	return false
}

func (x *extraction) orgNounBefore(i int) bool {
	for k := max(i-4, 0); k < i; k++ {
		if x.tokens[k].set.has(inOrgNoun) || x.tokens[k].set.has(inOrgSuffix) {
			return true
		}
	}
	return false
}

func (x *extraction) overlapsName(from, to int) bool {
	for _, n := range x.names {
		if int(n.from) < to && int(n.to) > from {
			return true
		}
	}
	return false
}
