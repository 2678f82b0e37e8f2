package planner

// takeTeam takes an amount of people as the size of the team when the words around it say so.
func (x *extraction) takeTeam(a amount, c *clause) bool {
	size := a.number
	s := &x.sentences[c.sentence]
	from, to := a.from, a.to
	switch {
	case a.number != float64(int(a.number)) || a.number > 100000 || a.period:
		return false
	case a.from >= 2 && x.tokens[a.from-1].low == "of" && teamWord(x.tokens[a.from-2].low):
		from = a.from - 2
	case a.from >= 3 && x.tokens[a.from-2].low == "of" && teamWord(x.tokens[a.from-3].low): // of about 12
		from = a.from - 3
	case a.numberTo+1 < len(x.tokens) && x.tokens[a.numberTo].low == "of" && x.tokens[a.numberTo+1].low == "us":
		to = a.numberTo + 2
	case !a.people && a.unit != "direct":
		return x.shortTeam(a)
	case a.from > 0 && x.tokens[a.from-1].low == "with" && x.tokens[a.from].gap == 0, a.unit == "direct" || x.slotAsksForPeople() || x.any(inTeamCue, c.from, a.from) || x.has(inTeamCue, a.to, c.to):
		if cue, ok := x.first(inTeamCue, c.from, a.from); ok && a.from-int(cue.from) <= 5 {
			from = int(cue.from)
		}
	default:
		return false
	}
	if s.distress || s.question || x.changeBefore(a, c) {
		return false
	}
	x.setTeam(from, to, a, size)
	return true
}

// changeBefore reports whether the amount is what changed, rather than a size: "trained 40 nurses".
func (x *extraction) changeBefore(a amount, c *clause) bool {
	if a.from <= c.from {
		return false
	}
	switch x.tokens[a.from-1].low {
	case "trained", "served", "reached", "interviewed", "hired", "recruited", "helped", "taught", "by":
		return true
	}
	return false
}

func teamWord(low string) bool {
	switch low {
	case "team", "crew", "squad", "group", "department", "shift", "unit", "brigade", "staff":
		return true
	}
	return false
}

func (x *extraction) slotAsksForPeople() bool {
	switch x.c.Question.Slot {
	case "team", "people", "reports":
		return x.c.Question.Facet == "responsibility"
	}
	return false
}

// shortTeam takes a bare number that answers the question about the team.
func (x *extraction) shortTeam(a amount) bool {
	if !x.slotAsksForPeople() || a.unit != "" || len(x.tokens) > 8 || x.r.Team != nil {
		return false
	}
	x.setTeam(a.from, a.to, a, a.number)
	return true
}

func (x *extraction) setTeam(from, to int, a amount, size float64) {
	if x.r.Team == nil {
		x.r.Team = &Figure{Span: x.slice(a.from, a.to), Number: size, Unit: a.unit}
		if a.unit == "direct" {
			x.r.Team.Unit = "people"
		}
	}
	x.credit("responsibility/team", 1)
	value := map[string]any{}
	if a.simple {
		value["size"] = size
	}
	x.propose(Candidate{Kind: "team", Key: "team.size", Value: value, Confidence: 0.8, Before: x.earlier(x.sentenceOf(from))}, from, to)
}
