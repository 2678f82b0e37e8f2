package planner

// credit gives a slot what was volunteered about it; the most counts.
func (x *extraction) credit(key string, value float64) {
	if x.r.Credit[key] >= value {
		return
	}
	if x.r.Credit == nil {
		x.r.Credit = map[string]float64{}
	}
	x.r.Credit[key] = value
}

// LongAnswer is how many words make an answer in which steps count as told rather than touched.
const LongAnswer = 35

// PastedWords is how many words make a message that was most likely pasted.
const PastedWords = 220

// addCredit gives credit for what was volunteered (interview.md 8.2). A cue alone earns little: lost, missing and finished are everywhere.
func (x *extraction) addCredit() {
	if x.r.Org != nil {
		x.credit("context/org", 0.9)
	}
	if x.r.Role != nil {
		x.credit("responsibility/title", 0.6)
	}
	if len(x.r.Years) > 0 {
		x.credit("context/span", 1)
	}
	done := 0
	for _, a := range x.actions {
		if !a.present {
			done++
		}
	}
	switch long := len(x.tokens) > LongAnswer; {
	case done >= 3 && long:
		x.credit("action/steps", 1)
	case done > 0 && long:
		x.credit("action/steps", 0.6)
	case done > 0:
		x.credit("action/steps", 0.4)
	}
	for ci := range x.clauses {
		if c := &x.clauses[ci]; !x.sentences[c.sentence].distress && !x.sentences[c.sentence].question && x.wishes(c) {
			x.credit("goals/next", 0.9)
		}
	}
	for _, cue := range []struct {
		class class
		slot  string
	}{
		{inResult, "result/outcome"},
		{inChallenge, "challenge/obstacle"},
		{inLearning, "learning/lesson"},
		{inEducation, "education/degree"},
		{inSkills, "skills/knownfor"},
		{inGoals, "goals/next"},
		{inValues, "values/matters"},
	} {
		if x.any(cue.class, 0, len(x.tokens)) && !x.onlyTold(cue.class) {
			x.credit(cue.slot, 0.3)
		}
	}
}

// wishes reports whether a clause names the work that the user wants: "I want to work as", "a junior role", "head of".
func (x *extraction) wishes(c *clause) bool {
	if c.from > 0 && x.label(c.from-1) && (x.tokens[c.from-1].low == "goals" || x.tokens[c.from-1].low == "goal") {
		return true
	}
	subject := &clause{from: c.from, to: min(c.from+2, c.to)}
	if !x.wished(c.from) || x.negatedBefore(c.from) || !x.wordIn(subject, "i", "i'd", "i'm", "my") || x.wordIn(c, "if") {
		return false
	}
	for i := c.from; i+1 < c.to; i++ {
		if x.tokens[i].low == "work" && x.tokens[i+1].set.has(inPreposition) {
			return true
		}
	}
	return x.wordIn(c, "become", "job", "role", "position", "lead", "head", "manager", "as", "career", "promoted", "promotion", "team")
}

// onlyTold reports whether the class's cues stand only in sentences of distress or in questions.
func (x *extraction) onlyTold(c class) bool {
	for i := range x.sentences {
		if s := &x.sentences[i]; !s.distress && !s.question && x.any(c, s.from, s.to) {
			return false
		}
	}
	return true
}

// Substantive reports whether an answer says enough to count its open slot as told: at least four words, or something that was found in it.
func (r *Reading) Substantive() bool {
	return r.Words >= 4 || len(r.Facts) > 0 || len(r.Tools) > 0 || r.Team != nil || r.Role != nil || r.Org != nil || len(r.Years) > 0 || r.Figure
}

// notes are the sentences worth keeping for a recap, in the order told.
func (x *extraction) notes() []Note {
	var notes []Note
	for si := range x.sentences {
		s := &x.sentences[si]
		if n := s.to - s.from; n < 4 || n > 45 || s.distress || s.sensitive || s.question || x.metaTalk(s) || x.evasive(s) {
			continue
		}
		score := x.noteScore(s)
		sp := x.span(s.start, s.end)
		if score > 0.5 && quotable(sp.Text) {
			notes = append(notes, Note{Span: sp, Score: score})
		}
	}
	return notes
}

// metaTalk reports whether a sentence is about the talk itself.
func (x *extraction) metaTalk(s *sentence) bool {
	if x.hasAny(x.aboutTalk, s.from, s.to) {
		return true
	}
	for i := s.from + 1; i < s.to; i++ {
		if x.tokens[i].low == "english" && x.tokens[i-1].low == "my" {
			return true
		}
	}
	return s.to-s.from <= 5 && x.has(x.acts["greeting"], s.from, s.to)
}

// evasive reports whether a sentence only evades: by a hedge, or as "it is rather quiet work" does.
func (x *extraction) evasive(s *sentence) bool {
	if x.has(inHedge, s.from, s.to) {
		return true
	}
	i := s.from
	for i < s.to && leadIn(x.tokens[i].low) {
		i++
	}
	const longest = 7
	if s.to-i > longest || s.to-i < 3 || x.figureIn(s.from, s.to) {
		return false
	}
	switch x.tokens[i].low {
	case "it's", "that's":
		return faint(x.tokens[i+1].low)
	case "it", "that", "this":
		return (x.tokens[i+1].low == "is" || x.tokens[i+1].low == "was") && faint(x.tokens[i+2].low)
	}
	return false
}

// faint knows the words that make what follows say little.
func faint(low string) bool {
	switch low {
	case "rather", "quite", "pretty", "fairly", "just", "mostly", "sort", "kind", "like", "normal", "usual", "okay", "ok", "fine":
		return true
	}
	return false
}

// Evasive reports whether a text only evades a question.
func Evasive(text string) bool {
	x := &extraction{document: newDocument(text), c: &Context{}, r: &Reading{}}
	for i := range x.sentences {
		if !x.evasive(&x.sentences[i]) {
			return false
		}
	}
	return len(x.sentences) > 0
}

func (x *extraction) noteScore(s *sentence) float64 {
	score := 0.0
	for _, m := range x.metrics {
		if m.from >= s.from && m.from < s.to {
			score += 2.5
			break
		}
	}
	for _, a := range x.actions {
		if a.verb >= s.from && a.verb < s.to {
			score += 1.2
			break
		}
	}
	if x.any(inResult, s.from, s.to) {
		score += 0.8
	}
	for _, t := range x.r.Tools {
		if t.Start >= s.start && t.Start < s.end {
			score += 0.5
			break
		}
	}
	year, name := false, false
	for i := s.from; i < s.to; i++ {
		_, y := x.year(i)
		year = year || y
		name = name || i > s.from && x.proper(i)
	}
	if year {
		score += 0.4
	}
	if name {
		score += 0.3
	}
	switch x.c.Question.Facet {
	case "goals", "values", "skills", "education":
		score += 0.6
	}
	return score
}
