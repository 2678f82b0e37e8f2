package planner

import (
	"slices"
	"strings"
)

// findRole finds the user's role: after "I am a", "work as", "promoted to" and the like, or at the start of the message.
func (x *extraction) findRole() {
	if x.c.Goals {
		return
	}
	for i := range x.tokens {
		at, strong, past, ok := x.roleCue(i)
		if !ok {
			continue
		}
		from, to, ok := x.rolePhrase(at, strong)
		if !ok || x.wished(i) {
			continue
		}
		before := past && !x.c.Earlier && !x.toldInPast(i) || x.beforeMarked(x.sentenceOf(i)) && !x.presently(i)
		if x.r.Role == nil || x.r.Before && !before {
			sp := x.slice(from, to)
			x.r.Role, x.r.Before = &sp, before
		}
		start := i
		if x.label(i) {
			start = from
		}
		x.propose(Candidate{Kind: "role", Key: "role", Value: map[string]any{"role": x.slice(from, to).Text}, Confidence: 0.85, Before: before}, start, to)
		x.findAudience(from, to)
	}
	x.careerChange()
}

// roleCue reports whether words that announce a role begin at the token: at is where the role would begin; strong cues take a role that is
// on no list; past is for what is over.
func (x *extraction) roleCue(i int) (at int, strong, past, ok bool) {
	low := x.tokens[i].low
	if x.label(i) && (low == "role" || low == "position" || low == "title" || low == "job") {
		return i + 1, true, false, true
	}
	next := func(k int) string {
		if i+k < len(x.tokens) && x.tokens[i+k].gap&gapSentence == 0 {
			return x.tokens[i+k].low
		}
		return ""
	}
	switch low {
	case "i'm", "im":
		return i + 1, false, false, true
	case "i":
		switch next(1) {
		case "am":
			return i + 2, false, false, true
		case "was":
			return i + 2, false, true, true
		case "have":
			if next(2) == "been" {
				return i + 3, false, false, true
			}
		}
	case "i've", "ive":
		if next(1) == "been" {
			return i + 2, false, false, true
		}
	case "work", "working", "works", "worked", "started", "hired", "employed", "qualified", "joined", "job", "position", "role":
		if next(1) == "as" && x.selfIn(max(i-4, 0), i+1) {
			return i + 2, low == "work" || low == "working" || low == "worked", low == "worked", true
		}
	case "became", "become":
		return i + 1, false, false, low == "became" && x.selfIn(max(i-3, 0), i)
	case "promoted":
		if next(1) == "to" {
			return i + 2, true, false, x.selfIn(max(i-4, 0), i)
		}
	case "title":
		if next(1) == "is" || next(1) == "was" {
			return i + 2, true, next(1) == "was", i > 0 && (x.tokens[i-1].low == "my" || x.tokens[i-1].low == "job" || x.tokens[i-1].low == "official")
		}
	case "as":
		if (next(1) == "a" || next(1) == "an") && x.tokens[i].gap&gapSentence != 0 {
			return i + 1, false, false, true
		}
	case "used":
		if next(1) == "to" && (next(2) == "be" || next(2) == "work") && x.selfIn(max(i-2, 0), i) {
			at := i + 3
			if next(3) == "as" {
				at++
			}
			return at, false, true, true
		}
	}
	listed := next(1) == "of" && i+2 < len(x.tokens) && x.tokens[i+2].gap&gapClause != 0 // "owner of: the roadmap"
	return i, false, false, i == 0 && !listed && x.c.Question.Facet != "skills" && x.c.Question.Facet != "values" && !x.tokens[0].set.has(inFunction)
}

// label reports whether the token begins a sentence or a piece of a list and a colon follows it: "Role: nurse".
func (x *extraction) label(i int) bool {
	t := &x.tokens[i]
	return (i == 0 || t.gap&(gapSentence|gapClause|gapComma) != 0) && i+1 < len(x.tokens) && x.tokens[i+1].gap&gapClause != 0 && t.end < len(x.text) && x.text[t.end] == ':'
}

// toldInPast reports whether the message answers a question about the experience in focus, which people tell in the past tense: "was" is
// then no sign of an earlier one. "Used to" always is.
func (x *extraction) toldInPast(i int) bool {
	switch x.c.Question.Facet {
	case "context", "responsibility", "action", "result", "challenge", "learning":
		return x.tokens[i].low != "used"
	}
	return false
}

// presently reports whether the words at the token are about now: "I am".
func (x *extraction) presently(i int) bool {
	low := x.tokens[i].low
	return low == "i'm" || low == "im" || low == "i" && i+1 < len(x.tokens) && x.tokens[i+1].low == "am"
}

// rolePhrase returns the role that begins at the token, after an article and words such as "currently".
func (x *extraction) rolePhrase(at int, strong bool) (from, to int, ok bool) {
	article := at > 0 && x.label(at-1)
	for at < len(x.tokens) && x.tokens[at].gap == 0 {
		switch x.tokens[at].low {
		case "a", "an", "the", "now", "currently", "also", "still", "just", "only", "actually", "basically", "originally":
			article = article || len(x.tokens[at].low) <= 3
			at++
			continue
		}
		break
	}
	from = at
	head := -1
	for k := from; k < len(x.tokens) && k-from <= 3; k++ {
		t := &x.tokens[k]
		if k > from && t.gap != 0 && t.gap != gapOther || t.set.has(inFunction) || t.set.has(inPreposition) || t.is(isSign) || t.is(isDigits) {
			break
		}
		if x.roleNoun(t) {
			head = k
			continue
		}
		if head >= 0 || t.set.has(inAction) && !t.set.has(inRoleModifier) {
			break
		}
	}
	if head < 0 {
		if !strong || !article {
			return 0, 0, false
		}
		if head = x.unknownRole(from); head < 0 {
			return 0, 0, false
		}
	}
	if x.tokens[from].is(isDigits) {
		return 0, 0, false
	}
	return from, x.roleTail(head + 1), true
}

// roleNoun knows the nouns of the lexicon, also at the end of a word with a hyphen: co-founder.
func (x *extraction) roleNoun(t *token) bool {
	if t.set.has(inRole) {
		return true
	}
	if i := strings.LastIndexByte(t.low, '-'); i > 0 {
		if n := x.root.next[t.low[i+1:]]; n != nil {
			return n.set.has(inRole)
		}
	}
	return false
}

// unknownRole returns the last word of a role that no list has: up to three words.
func (x *extraction) unknownRole(from int) int {
	last := -1
	for k := from; k < len(x.tokens) && k-from < 3; k++ {
		t := &x.tokens[k]
		if k > from && t.gap != 0 || t.set.has(inFunction) || t.is(isDigits) || t.set.has(inDull) || t.is(isSign) {
			break
		}
		last = k
	}
	return last
}

// roleTail takes in "of nursing", "of the laboratory", "for embedded systems", but neither times nor organisations.
func (x *extraction) roleTail(to int) int {
	if to+1 >= len(x.tokens) || x.tokens[to].gap != 0 || x.tokens[to+1].gap != 0 {
		return to
	}
	link := x.tokens[to].low
	if link != "of" && link != "for" {
		return to
	}
	k := to + 1
	if link == "of" && x.tokens[k].low == "the" && k+1 < len(x.tokens) {
		k++
	}
	last := -1
	for n := k; n < len(x.tokens) && n < k+2 && x.tokens[n].gap == 0; n++ {
		t := &x.tokens[n]
		if t.set.has(inFunction) || t.set.has(inPreposition) || t.is(isDigits) || t.is(isSign) || t.set.has(inNumberWord) || t.set.has(inUnit) ||
			link == "for" && t.is(isCapital) || t.set.has(inAction) && !strings.HasSuffix(t.low, "s") {
			break
		}
		last = n
	}
	if last < 0 {
		return to
	}
	return last + 1
}

// wished reports whether a role is only wished for: "I would like to work as".
func (x *extraction) wished(i int) bool {
	s := x.sentences[x.sentenceOf(i)]
	for k := s.from; k < s.to && k <= i+3; k++ {
		switch x.tokens[k].low {
		case "like", "want", "wanted", "hope", "dream", "looking", "apply", "applied", "applying", "ideally", "someday", "if", "imagine", "maybe",
			"next", "aim", "goal", "would":
			return true
		}
	}
	return x.negatedBefore(i) || x.sentences[x.sentenceOf(i)].question
}

// earlier reports whether the sentence is about an earlier experience, by its own words or because the earlier role is in it.
func (x *extraction) earlier(si int) bool {
	return x.beforeMarked(si) || x.r.Before && x.r.Role != nil && x.sentenceAt(x.r.Role.Start) == si
}

// beforeMarked reports whether the sentence is about an earlier experience.
func (x *extraction) beforeMarked(si int) bool {
	s := x.sentences[si]
	for i := s.from; i < s.to; i++ {
		next := ""
		if i+1 < s.to {
			next = x.tokens[i+1].low
		}
		switch x.tokens[i].low {
		case "previously", "formerly":
			return true
		case "used":
			if next == "to" && x.selfIn(s.from, i) {
				return true
			}
		case "before":
			if next == "that" || next == "this" && i+2 == s.to || i == s.from && i+1 < s.to && x.proper(i+1) {
				return true
			}
		case "previous", "last", "former", "old", "earlier":
			if next == "job" || next == "role" || next == "employer" || next == "position" || next == "company" {
				return true
			}
		case "back":
			if next == "then" {
				return true
			}
		}
	}
	return false
}

func (x *extraction) sentenceOf(token int) int {
	i, _ := slices.BinarySearchFunc(x.sentences, token, func(s sentence, t int) int { return s.to - t - 1 })
	return min(i, len(x.sentences)-1)
}

func (x *extraction) findAudience(from, to int) {
	for k, name := range x.audiences {
		if x.any(inAudience+class(k), from, to) {
			x.addAudience(name)
		}
	}
}

func (x *extraction) addAudience(name string) {
	for _, have := range x.r.Audience {
		if have == name {
			return
		}
	}
	x.r.Audience = append(x.r.Audience, name)
}

// careerChange finds the one audience that shows outside a role.
func (x *extraction) careerChange() {
	for k, name := range x.audiences {
		if name == "changer" && x.whole(inAudience+class(k)) {
			x.addAudience(name)
		}
	}
}
