package builtin

import (
	"slices"

	"github.com/betterprofile/betterprofile/agent/planner"
)

// score is how much a question is worth among those of its bucket.
func (ch *chooser) score(q question) float64 {
	v := 0.25*float64(q.Value-3) + slotBonus(q.Slot) - 0.1*float64(q.Effort-1)
	if ch.covered(q.Question) {
		v -= 2.6
	}
	if q.easier {
		v -= 0.9
	}
	if needsResult(q.Slot) && !ch.told("result") {
		v -= 1.2
	}
	return v
}

// covered reports whether the question's slot, or one that amounts to it, was asked about: in this experience, or at all when
// it is about the person.
func (ch *chooser) covered(q planner.Question) bool {
	return slices.ContainsFunc(ch.st.Asked, func(a asked) bool {
		other, ok := planner.QuestionByID(a.ID)
		return ok && other.Facet == q.Facet && canonical(other) == canonical(q) && (personal(q.Facet) || a.Experience == ch.st.Experience)
	})
}

// personal reports whether a facet is about the person rather than about one experience.
func personal(facet string) bool {
	switch facet {
	case "education", "skills", "goals", "values", "extras":
		return true
	}
	return false
}

// canonical is the slot that stands for all that amount to the same.
func canonical(q planner.Question) string {
	switch q.Facet + "/" + q.Slot {
	case "action/first", "action/own":
		return "steps"
	case "context/trigger", "context/stake":
		return "before"
	case "result/time", "result/volume", "result/scale", "result/quality", "result/money":
		return "metric"
	case "result/who", "result/spread", "result/lasting":
		return "outcome"
	case "learning/advice", "learning/differently":
		return "lesson"
	case "challenge/people", "challenge/mistake", "challenge/surprise":
		return "obstacle"
	case "responsibility/expected", "responsibility/decisions", "responsibility/daily":
		return "mandate"
	}
	return q.Slot
}

// slotBonus is what a slot is worth beside the others of its facet.
func slotBonus(slot string) float64 {
	switch slot {
	case "deal":
		return 2.2
	case "metric":
		return 1
	case "before", "steps":
		return 0.9
	case "outcome":
		return 0.8
	case "mandate", "obstacle":
		return 0.7
	case "differently", "earlier":
		return 0.6
	case "tools":
		return 0.45
	case "matters", "next", "degree":
		return 0.4
	case "team":
		return 0.35
	case "knownfor", "trigger", "lesson":
		return 0.3
	case "span":
		return 0.25
	case "title":
		return 0
	case "org":
		return -0.1
	case "own":
		return -0.2
	case "recognition":
		return -0.4
	case "another":
		return -0.8
	}
	return -0.5
}

// needsResult reports whether a slot is about something whose result should be known first.
func needsResult(slot string) bool {
	switch slot {
	case "lasting", "spread", "who", "test", "follow", "choice":
		return true
	}
	return false
}
