package planner

import (
	"slices"
	"strings"
)

const (
	maxAnchors     = 12
	minAnchorWords = 2
	maxAnchorWords = 8
	maxWholeWords  = 12 // of a piece with the clause that it needs
)

// anchors finds the pieces worth quoting, best first (interview.md 8.4): whole phrases of two to eight words that lose no negation.
func (x *extraction) anchors() []Anchor {
	var list []Anchor
	for ci := range x.clauses {
		c := &x.clauses[ci]
		s := &x.sentences[c.sentence]
		if s.question || s.distress || s.sensitive || x.evasive(s) || x.metaTalk(s) || !x.beginsWhole(ci) || c.opener == "so" && x.tokens[c.from].low == "that" {
			continue
		}
		list = x.clauseAnchors(list, ci)
		list = x.objectAnchors(list, ci)
	}
	slices.SortStableFunc(list, func(a, b Anchor) int {
		switch {
		case a.Score > b.Score:
			return -1
		case a.Score < b.Score:
			return 1
		}
		return a.Start - b.Start
	})
	return spread(list)
}

// spread keeps the best anchors, of those that overlap and are of one kind only the best.
func spread(list []Anchor) []Anchor {
	var kept []Anchor
	for _, a := range list {
		clash := slices.ContainsFunc(kept, func(k Anchor) bool {
			return k.Start == a.Start && k.End == a.End || k.Kind == a.Kind && k.Start < a.End && a.Start < k.End
		})
		if !clash && len(kept) < maxAnchors {
			kept = append(kept, a)
		}
	}
	return kept
}

// beginsWhole reports whether a clause stands by itself: after "and" and "or", or a bare comma, it may be the rest of a list.
func (x *extraction) beginsWhole(ci int) bool {
	c := &x.clauses[ci]
	if c.first || c.opener == "" && c.to-c.from >= 5 && x.leadsIn(&x.clauses[ci-1]) {
		return true
	}
	i := x.bodyStart(*c)
	t := &x.tokens[i]
	switch {
	case t.set.has(inAction) || subjectWord(t.low) || slices.ContainsFunc(x.actions, func(a action) bool { return a.clause == ci }):
		return true
	case c.opener == "and" || c.opener == "" || c.opener == "so" || c.opener == "but":
		// a clause of its own has a verb or a subject that is said
		return c.opener == "but" && c.to-c.from >= 4 || x.tokens[c.from].gap&gapClause != 0 && c.to-c.from >= 3
	case c.opener == "who" || c.opener == "which":
		return t.set.has(inAction)
	}
	return true
}

// leadsIn reports whether a clause only leads into the next: "Before," or "At first,".
func (x *extraction) leadsIn(c *clause) bool {
	t := &x.tokens[c.from]
	return c.first && c.to-c.from <= 3 && (t.set.has(inFunction) || leadIn(t.low) || strings.HasSuffix(t.low, "ly"))
}

func subjectWord(low string) bool {
	switch low {
	case "i", "we", "i've", "we've", "i'd", "i'm", "i'll", "we're", "we'd", "we'll", "they", "they're", "it", "it's", "he", "she", "there", "that's", "you", "the", "our", "my", "nobody", "everybody", "everyone", "someone", "somebody", "people", "this", "that":
		return true
	}
	return false
}

// clauseAnchors adds the pieces that begin where the clause does, or at its action verb.
func (x *extraction) clauseAnchors(list []Anchor, ci int) []Anchor {
	c := &x.clauses[ci]
	starts := [2]int{x.anchorStart(c), -1}
	for _, a := range x.actions {
		if a.clause == ci && a.verb != starts[0] {
			starts[1] = a.verb
		}
	}
	need := x.neededAfter(ci)
	for _, from := range starts {
		if from < 0 {
			continue
		}
		if need > 0 && need-from <= maxWholeWords && x.wholeWith(from, need) {
			list = x.addAnchor(list, from, need, c, x.anchorKind(from, need))
		}
		for to := from + minAnchorWords; to <= c.to && to-from <= maxAnchorWords; to++ {
			if !(to == c.to && need > to) && !(to < c.to && x.subordinates(to, c.to)) && x.wholePhrase(from, to, c, false) {
				list = x.addAnchor(list, from, to, c, x.anchorKind(from, to))
			}
		}
	}
	return list
}

// neededAfter returns the end of the clause without which a clause says only half: "so that the next one can read it", "as if they were not in the
// room", "if it rains". 0 when there is none, so that the clause stands by itself.
func (x *extraction) neededAfter(ci int) int {
	c := &x.clauses[ci]
	s := &x.sentences[c.sentence]
	at := c.from + 1
	for at < s.to && at <= c.to && !x.subordinates(at, s.to) {
		at++
	}
	if at >= s.to || at > c.to {
		return 0
	}
	end := at + 1
	for end < s.to && x.tokens[end].gap&^gapOther == 0 {
		end++
	}
	return end
}

// subordinates reports whether a clause begins at the token that carries what is meant.
func (x *extraction) subordinates(i, to int) bool {
	if x.tokens[i].gap&^gapOther != 0 {
		return false
	}
	following := ""
	if i+1 < to {
		following = x.tokens[i+1].low
	}
	switch x.tokens[i].low {
	case "so":
		return following == "that"
	case "as":
		return following == "if" || following == "though"
	case "that":
		return following != "" && (subjectWord(following) || beingWord(following)) && x.tokens[i-1].low != "so"
	case "when", "if", "unless":
		return true
	}
	return false
}

// wholeWith reports whether a piece with the clause that it needs can be quoted.
func (x *extraction) wholeWith(from, to int) bool {
	last := &x.tokens[to-1]
	return !dangling(last.low) && !(last.set.has(inFunction) && !closing(last.low)) && !x.negatedBefore(from) && x.firstWord(from) && x.rare(from, to) > 0 &&
		!x.cutsAmount(from, to)
}

// anchorStart leaves out what leads into a clause: joining words, I and we with their auxiliaries.
func (x *extraction) anchorStart(c *clause) int {
	i := x.bodyStart(*c)
	subject := false
	for i < c.to-1 {
		switch low := x.tokens[i].low; {
		case low == "i" || low == "we" || low == "i've" || low == "we've" || low == "i'd" || low == "i'm" || low == "we're":
			subject = true
		case subject && auxiliary(low):
		case !subject && leadIn(low):
		default:
			return i
		}
		i++
	}
	return i
}

func auxiliary(low string) bool {
	switch low {
	case "have", "had", "has", "also", "then", "just", "really", "to", "am", "was", "were", "are", "been", "always", "usually", "often", "mostly", "even", "already",
		"first", "still", "now", "finally", "simply", "started", "decided":
		return true
	}
	return false
}

// wholePhrase reports, for a thing that was made or for any other piece, whether it cuts nothing: the word after it begins something new, and its last word does not hang in the air.
func (x *extraction) wholePhrase(from, to int, c *clause, thing bool) bool {
	last := &x.tokens[to-1]
	if last.set.has(inFunction) && !(to == c.to && closing(last.low) && to-from > 2) || last.is(isSign) && last.low != "%" || x.negatedBefore(from) || dangling(last.low) {
		return false
	}
	if last.set.has(inAction) && !last.set.has(inUnit) && to-from < 3 || last.set.has(inActionPresent) && to < c.to {
		return false
	}
	if to < c.to {
		next := &x.tokens[to]
		// "the checklist that every nurse uses", "a meeting with them"
		named := thing && (next.low == "that" || next.low != "of" && strings.HasSuffix(last.low, "ing"))
		if !next.set.has(inPreposition) || next.gap != 0 || glued(last, next) && !named || !thing && directional(next.low) {
			return false
		}
		if x.tokens[to-2].low == "to" || to+1 < len(x.tokens) && x.tokens[to+1].low == last.low { // "agreed to pay | for", "room | by room"
			return false
		}
	}
	return x.firstWord(from) && x.rare(from, to) > 0 && !x.openEnded(from, to) && !x.cutsAmount(from, to)
}

// closing knows the function words that may end a clause, and so a quotation.
func closing(low string) bool {
	switch low {
	case "other", "again", "well", "up", "down", "out", "off", "there", "here", "often", "always", "now", "them", "us", "it", "everyone":
		return true
	}
	return false
}

// dangling knows words that need another one after them.
func dangling(low string) bool {
	switch low {
	case "new", "old", "first", "second", "last", "next", "whole", "same", "different", "using", "called", "named", "because", "able", "going", "trying", "used", "including", "like",
		"various", "main", "own", "big", "small", "couple", "lot", "lots", "kind", "sort", "number", "responsible", "instead", "according", "sure", "due", "based":
		return true
	}
	return false
}

// directional knows prepositions that complete a verb: "moving the ledger off a monolith".
func directional(low string) bool {
	switch low {
	case "off", "into", "onto", "from", "towards", "toward", "about", "under", "against", "like", "via", "over", "through", "across", "among", "around", "upon", "behind":
		return true
	}
	return false
}

// glued reports whether a preposition belongs to the word before it: "looked after", "in charge of".
func glued(last, next *token) bool {
	switch next.low {
	case "of", "than", "that", "about", "like", "per", "and", "or":
		return true
	}
	return last.set.has(inAction) || last.set.has(inActionPresent) || strings.HasSuffix(last.low, "ing") || last.set.has(inNumberWord) || last.is(isDigits) || strings.HasSuffix(last.low, "ed")
}

// firstWord reports whether a piece may begin with the token.
func (x *extraction) firstWord(i int) bool {
	t := &x.tokens[i]
	switch t.low {
	case "the", "a", "an", "no", "nobody", "every", "our", "my", "two", "all", "both", "most", "more", "less", "fewer", "half", "one", "some", "many", "another", "each", "twice":
		return t.low != "our" && t.low != "my"
	case "never":
		return true
	case "not":
		return false
	}
	return !t.set.has(inFunction) && !x.negates(i) && !dangling(t.low) || t.low == "responsible" || t.low == "new" || t.low == "old"
}

// rare counts the words of a piece that carry meaning, up to three.
func (x *extraction) rare(from, to int) int {
	n := 0
	for i := from; i < to; i++ {
		t := &x.tokens[i]
		if !t.set.has(inFunction) && !t.set.has(inDull) && !t.is(isSign) && !t.is(isDigits) && !t.set.has(inNumberWord) {
			n++
		}
	}
	return min(n, 3)
}

// openEnded refuses pieces with a word that is not theirs: one that opens a clause, or a comma or a quotation inside.
func (x *extraction) openEnded(from, to int) bool {
	for i := from; i < to; i++ {
		if i > from && x.tokens[i].gap&^gapOther != 0 {
			return true
		}
		switch x.tokens[i].low {
		case "if", "when", "where", "why", "how", "what", "whether", "that", "than", "as":
			return true
		case "i", "i'm", "i've", "me", "you", "your":
			return true
		}
	}
	return false
}

// cutsAmount reports whether a piece ends between a number and what it counts, or leaves out half of "from A to B".
func (x *extraction) cutsAmount(from, to int) bool {
	if to < len(x.tokens) && x.tokens[to].gap == 0 && (x.tokens[to-1].is(isDigits) || x.tokens[to-1].set.has(inNumberWord)) && (x.tokens[to].set.has(inUnit) || x.tokens[to].is(isSign)) {
		return true
	}
	for _, m := range x.metrics {
		if m.from < to && m.to > to && m.from >= from || m.from < from && m.to > from {
			return true
		}
	}
	return false
}

func (x *extraction) anchorKind(from, to int) AnchorKind {
	facet := x.c.Question.Facet
	figure := false
	for _, m := range x.metrics {
		figure = figure || m.from >= from && m.to <= to
	}
	switch {
	case facet == "values":
		return AnchorValue
	case facet == "challenge" && (x.troubled(from, to) || !x.turnedOutWell(from, to) && !(figure && x.any(inChange, from, to)) && !x.any(inGoals, from, to)):
		return AnchorTrouble
	case figure:
		return AnchorChange
	case x.any(inResult, from, to) && facet != "goals":
		return AnchorChange
	case facet != "goals" && facet != "skills" && facet != "education" && x.troubled(from, to):
		return AnchorTrouble
	}
	return AnchorClause
}

// turnedOutWell reports whether a piece tells of a result or of how things are now: an answer may stray from the difficulty it was asked for.
func (x *extraction) turnedOutWell(from, to int) bool {
	for i := from; i < to; i++ {
		if low := x.tokens[i].low; low == "now" || low == "works" || low == "today" {
			return true
		}
	}
	return x.any(inResult, from, to)
}

// troubled reports whether a difficulty is in a piece. Words that praise as often as they complain do not count here.
func (x *extraction) troubled(from, to int) bool {
	if x.eased(from, to) {
		return false
	}
	for i := from; i < to; i++ {
		if t := &x.tokens[i]; t.set.has(inChallenge) && t.low != "against" && t.low != "late" && t.low != "hard" {
			return true
		}
	}
	return x.has(inChallenge, from, to)
}

func (x *extraction) addAnchor(list []Anchor, from, to int, c *clause, kind AnchorKind) []Anchor {
	sp := x.slice(from, to)
	if !quotable(sp.Text) || strings.ContainsAny(sp.Text, "“”\"«»?") || x.overlapsName(from, to) && kind != AnchorClause || x.distressed(from, to) {
		return list
	}
	score := float64(x.rare(from, to))
	for i := from; i < to; i++ {
		if x.tokens[i].is(isDigits) {
			score += 0.7
			break
		}
	}
	if x.tokens[from].set.has(inAction) || pastForm(&x.tokens[from]) {
		score += 0.6
	}
	for i := from + 1; i < to; i++ {
		if x.proper(i) {
			score += 0.5
			break
		}
	}
	if to == c.to {
		score += 0.5
	}
	score -= 0.12 * float64(max(to-from-5, 5-(to-from)))
	return append(list, Anchor{Span: sp, Kind: kind, Score: score})
}

// objectAnchors adds what a making verb made: one to four words after it and an article.
func (x *extraction) objectAnchors(list []Anchor, ci int) []Anchor {
	const most = 4
	c := &x.clauses[ci]
	for verb := c.from; verb < c.to-1; verb++ {
		phrase := x.has(inMaking, verb, min(verb+2, c.to)) && !x.has(inMaking, verb+1, min(verb+2, c.to)) // "set up", "rolled out"
		if !phrase && !x.tokens[verb].set.has(inMaking) || x.negatedBefore(verb) || !x.makes(verb, ci) {
			continue
		}
		from := verb + 1
		if phrase {
			from++
		}
		if from < c.to && (x.tokens[from].low == "our" || x.tokens[from].low == "my") {
			from++
		}
		first := from
		if from < c.to && article(x.tokens[from].low) {
			first++
		}
		for to := min(first+most, c.to); to > first; to-- {
			if x.isObject(first, to) && (to-from >= 2 || len(x.tokens[first].low) > 4) && x.wholePhrase(from, to, c, true) {
				list = x.addAnchor(list, from, to, c, AnchorObject)
				break
			}
		}
	}
	return list
}

// makes reports whether a making verb is what the user does: the verb of the clause, or one such as "moving".
func (x *extraction) makes(verb, ci int) bool {
	if strings.HasSuffix(x.tokens[verb].low, "ing") {
		return true
	}
	return slices.ContainsFunc(x.actions, func(a action) bool { return a.clause == ci && a.verb == verb })
}

func article(low string) bool {
	return low == "a" || low == "an" || low == "the" || low == "both"
}

// isObject reports whether a piece is a thing: neither pronoun nor adverb nor figure at its start, and no verb in it.
func (x *extraction) isObject(from, to int) bool {
	for i := from; i < to; i++ {
		t := &x.tokens[i]
		if t.set.has(inFunction) || t.set.has(inNegation) || i == to-1 && strings.HasSuffix(t.low, "ly") || t.set.has(inChallenge) {
			return false
		}
		if i == from && (t.is(isDigits) || t.set.has(inNumberWord)) {
			return false
		}
		switch t.low {
		case "sure", "mistake", "mistakes", "errors", "friends", "money", "progress", "sense", "there", "here", "yesterday", "later", "today":
			return false
		}
	}
	return true
}
