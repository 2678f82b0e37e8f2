package planner

// youngTopic is for how many turns a topic is too young for questions whose ground is not laid.
const youngTopic = 6

// value is how much a question is worth now (interview.md 8.5).
func (ch *chooser) value(e *entry) float64 {
	v := e.worth
	if len(e.For) > 0 {
		v += 0.3
	}
	if ch.terse {
		v -= 0.25 * float64(e.Effort-1)
	}
	if ch.open != nil && ch.open.Facet == e.Facet && !(e.own && ch.cross == 4) && e.Slot != "deal" {
		v -= 0.45
	}
	if m := ch.st.Asked[e.ID]; m != "" {
		v -= 1 // only another wording is left
	}
	if e.own {
		return v + ch.personalValue(e)
	}
	return v + ch.experienceValue(e)
}

func (ch *chooser) personalValue(e *entry) float64 {
	if e.Slot == "thread" {
		return ch.threadValue()
	}
	v := -1.7 * min(1, ch.facetCredit(e.Facet))
	if e.Facet == "extras" {
		v = -1.7 * ch.slotTold(e.slot)
		switch {
		case e.Slot == "another":
			v = -1.2
			if ch.cross == 4 {
				v = 1.2
			}
		case e.Slot != "earlier":
			v -= 1.2
		case ch.open != nil && ch.open.ID == RecapID:
			v += 0.5 // what came before is easiest to tell right after
		}
		if e.ID == "ex-09" {
			v += 0.1 // it says before what
		}
	}
	if ch.topicOpen() {
		if ch.done() >= 5.5 {
			return v - 1.6
		}
		return v - 3.4
	}
	return v
}

func (ch *chooser) experienceValue(e *entry) float64 {
	slot := ch.slotTold(e.slot)
	v := -2.6 * slot
	if e.Facet == "challenge" || e.Facet == "learning" { // the story leads there: what it was about comes first
		for _, facet := range []string{"context", "responsibility"} {
			if ch.facetCredit(facet) < 0.5 {
				v -= 0.6
			}
		}
	}
	if !e.alone {
		told := ch.facetCredit(e.Facet)
		if slot < 0.6 {
			told = max(0, told-slot) // what was touched counts once
		}
		v -= 1.9 * told
	}
	enough := 0
	if e.Facet == "action" || e.Facet == "result" {
		enough = 1
	}
	v -= 0.5 * float64(max(0, ch.exp.Asked[e.Facet]-enough))
	if ch.exp.Turns < youngTopic && ch.unprepared(e) {
		v -= 1.6
	}
	return v + ch.slotValue(e) + ch.standing(e)
}

// slotValue is what a question is worth more or less for its slot.
func (ch *chooser) slotValue(e *entry) float64 {
	v, outcome := 0.0, ch.facetCredit("result")
	switch e.Slot {
	case "time", "volume", "scale", "money", "quality":
		if ch.slotTold(ch.metric) > 0 || outcome < 0.5 {
			v -= 1.5
		}
	case "metric":
		if outcome < 0.3 {
			v -= 1.2
		}
	case "lasting", "spread", "who", "test", "follow", "choice":
		if outcome < 0.5 {
			v -= 1.2
		}
	case "deal":
		if ch.r.Credit["action/steps"] < 0.4 { // else the answer told it
			v += 2.2
		}
	case "tools":
		if ch.slotTold(ch.steps) < 0.6 {
			v -= 1.5 // tools for what
		}
		v -= 0.5
		if ch.facetCredit("challenge") < 0.6 || ch.facetCredit("context") < 0.6 {
			v -= 0.7
		}
	case "team", "span":
		v -= 0.4
	case "recognition":
		v -= 1
	}
	return v
}

// unprepared reports whether what a facet grows out of was not told yet.
func (ch *chooser) unprepared(e *entry) bool {
	switch {
	case e.key == "result/metric":
		return ch.facetCredit("result") < 0.5
	case e.Facet == "result", e.Facet == "challenge":
		return ch.facetCredit("action") < 0.5
	case e.Facet == "learning":
		return ch.facetCredit("result") < 0.5 && ch.facetCredit("challenge") < 0.5
	}
	return false
}

// standing is what a question about an earlier experience, or one that is told, is worth less.
func (ch *chooser) standing(e *entry) float64 {
	v := 0.0
	if ch.exp.Earlier {
		switch e.Facet {
		case "context":
			v -= 1.4
		case "result":
			if e.key == "result/metric" {
				v -= 1.5
			}
		case "learning":
			v -= 2
		case "challenge":
			v -= 1.2
		case "action":
			v -= 1.2
		case "responsibility":
			v += 1.2 // what it was for is asked of a job, how it went of a piece of work
		}
	}
	if ch.exp.Recapped {
		if e.alone {
			return v - 1.2
		}
		return v - 2.4
	}
	return v
}
