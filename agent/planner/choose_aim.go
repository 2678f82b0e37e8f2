package planner

import "sync"

// aim tells a facet and slot by words of a question.
type aim struct {
	facet, slot string
	terms       Terms
}

// aims are in the order in which they are tried: the particular before the general.
var aims = sync.OnceValue(func() []aim {
	of := func(facet, slot string, terms ...string) aim { return aim{facet, slot, NewTerms(terms...)} }
	return []aim{
		of("learning", "differently", "do differently", "done differently", "change about it next time", "over again"),
		of("learning", "lesson", "learn from", "learned from", "learnt from", "take away", "taught you", "lesson*", "advice", "hindsight"),
		of("result", "metric", "number", "figure*", "how many", "how much", "percent*", "measur*", "how long did", "how often", "by how much"),
		of("action", "tools", "tool*", "software", "technolog*", "equipment", "which systems", "which methods"),
		of("responsibility", "team", "who else", "team", "worked with you", "work with you", "colleagues were"),
		of("skills", "knownfor", "come to you", "good at", "skill*", "strength*", "rely on you", "trust you"),
		of("goals", "next", "next step", "would you like to", "in the future", "where do you want", "hope to", "looking for", "next role"),
		of("values", "matters", "matters to you", "matters most", "important to you", "good day", "value*", "proud*", "pleased"),
		of("education", "degree", "study", "studied", "studies", "training", "course*", "degree", "certificat*", "qualif*"),
		of("extras", "earlier", "before that job", "before this job", "earlier role", "previous role", "previous job", "earlier job", "before you joined"),
		of("challenge", "obstacle", "challeng*", "difficult*", "hard", "hardest", "trick*", "in the way", "obstacle*", "went wrong", "go wrong", "problem*",
			"surprised you", "resist*"),
		of("action", "deal", "deal with", "handle", "handled", "overcome", "solve"),
		of("result", "outcome", "changed", "change", "different afterwards", "result*", "came of", "outcome*", "effect", "impact", "afterwards", "better now"),
		of("context", "before", "before you", "how were things", "led to", "why was", "background", "at stake", "started in the first place"),
		of("context", "span", "when did you start", "since when", "how long have you", "which year"),
		of("context", "setting", "kind of place", "kind of company", "where is", "organisation", "organization", "company"),
		of("responsibility", "mandate", "responsib*", "your role", "your part", "yours to", "in charge", "expected of you"),
		of("action", "steps", "how did you", "walk me through", "what did you do", "first step", "steps", "go about", "went about", "approach*"),
		of(facetOpening, "recent", "working on lately", "been working on", "recent work", "kept you busy", "lately", "recently"),
	}
})
