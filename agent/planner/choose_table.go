package planner

import (
	"maps"
	"slices"
	"strings"
	"sync"
)

// The facets that are about nothing yet.
const (
	facetOpening   = "opening"
	facetReturning = "returning"
)

// The wordings of a question of the bank, as ReplyMetadata names them.
const (
	wordingPlain  = ""
	wordingQuoted = "a"
	wordingEasier = "easier"
)

// experienceFacets are those of one experience, in the order in which it is told.
func experienceFacets() []string {
	return []string{"context", "responsibility", "action", "result", "challenge", "learning"}
}

// personal reports whether a facet is about the person rather than about one experience.
func personal(facet string) bool {
	switch facet {
	case "education", "skills", "goals", "values", "extras":
		return true
	}
	return false
}

// numFacets is how many facets there are, with 0 for what is none.
const numFacets = 14

// facetNumber gives a facet its number.
func facetNumber(facet string) int {
	switch facet {
	case "context":
		return 1
	case "responsibility":
		return 2
	case "action":
		return 3
	case "result":
		return 4
	case "challenge":
		return 5
	case "learning":
		return 6
	case "education":
		return 7
	case "skills":
		return 8
	case "goals":
		return 9
	case "values":
		return 10
	case "extras":
		return 11
	case facetOpening:
		return 12
	case facetReturning:
		return 13
	}
	return 0
}

// canonical is the slot that stands for all of a facet that amount to the same.
func canonical(facet, slot string) string {
	switch facet + "/" + slot {
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
	return slot
}

// entry is a question of the bank with all that does not change about it.
type entry struct {
	Question
	key                 string  // "facet/slot" with the canonical slot
	slot                int     // its number
	own                 bool    // about the person, not an experience
	alone               bool    // the slot is worth asking about however well its facet is told
	quoting             bool    // it has an "a" wording
	worth               float64 // the part of its value that does not change
	plain               []uint16
	easy                []uint16
	plainSign, easySign uint64 // of the two, see signOf
}

// table is the bank, ready to choose from, and what is known of slots.
type table struct {
	entries []entry
	slots   map[string]int         // every canonical "facet/slot", and "facet/told", by its number
	keys    []string               // by number
	byFacet [numFacets][]facetSlot // what counts for a facet, by its number, in the order of the keys
	metric  int                    // the numbers of the slots that most values depend on
	steps   int
	reasons map[string]string
	closing Closing
	phrases map[string][]string
}

var choices = sync.OnceValue(func() *table {
	t := &table{slots: map[string]int{}, reasons: Lexicons().Reasons, closing: Lexicons().Closing, phrases: Lexicons().Phrases}
	for _, q := range Questions() {
		e := entry{Question: q, own: personal(q.Facet), quoting: q.A != "", alone: standsAlone(q.Slot)}
		e.key = q.Facet + "/" + canonical(q.Facet, q.Slot)
		e.worth = baseOf(q.Facet) + 0.25*float64(q.Value-3) + slotBonus(q.Slot) - 0.1*float64(q.Effort-1)
		if !strings.Contains(q.Q, "{") {
			e.plain = sums(q.Q)
		}
		if q.Easier != "" && !strings.Contains(q.Easier, "{") {
			e.easy = sums(q.Easier)
		}
		e.plainSign, e.easySign = signOf(e.plain), signOf(e.easy)
		e.slot = t.number(e.key)
		t.entries = append(t.entries, e)
	}
	for _, list := range profileSlots() {
		for _, slot := range list.slots {
			t.number(list.facet + "/" + canonical(list.facet, slot))
		}
		t.number(list.facet + "/" + dimmed)
	}
	for _, key := range slices.Sorted(maps.Keys(t.slots)) { // so that sums of floating point come out the same
		if facet, slot, _ := strings.Cut(key, "/"); slot != "metric" {
			n := facetNumber(facet)
			t.byFacet[n] = append(t.byFacet[n], facetSlot{t.slots[key], minor(slot)})
		}
	}
	t.metric, t.steps = t.slots["result/metric"], t.slots["action/steps"]
	return t
})

// facetSlot is a slot that counts for its facet. Minor ones only name something.
type facetSlot struct {
	slot  int
	minor bool
}

// number gives a slot its number.
func (t *table) number(key string) int {
	n, ok := t.slots[key]
	if !ok {
		n = len(t.keys)
		t.slots[key], t.keys = n, append(t.keys, key)
	}
	return n
}

// knownSlot reports whether "facet/slot" is one that the bank asks about or the profile shows.
func knownSlot(key string) bool {
	_, ok := choices().slots[key]
	return ok
}

func opensExperience(id string) bool {
	q, ok := QuestionByID(id)
	return ok && q.Opens != "" && q.Slot != "thread"
}

// standsAlone reports whether a slot is worth a question however well its facet is told.
func standsAlone(slot string) bool {
	return slices.Contains([]string{"metric", "team", "tools", "span", "deal", "recognition"}, slot)
}

// baseOf is what a facet is worth (interview.md 8.5).
func baseOf(facet string) float64 {
	switch facet {
	case "context", "learning":
		return 3.2
	case "responsibility", "goals":
		return 2.9
	case "action":
		return 4.2
	case "result":
		return 4.3
	case "challenge":
		return 3.9
	case "education":
		return 2.3
	case "skills":
		return 2.5
	case "values":
		return 2.6
	case "extras":
		return 2.4
	}
	return 0
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

// facetSlots are the slots of a facet that count for a profile.
type facetSlots struct {
	facet string
	slots []string
}

// profileSlots are the facets with the slots that count, in the order in which an interview goes.
var profileSlots = sync.OnceValue(func() []facetSlots {
	return []facetSlots{
		{"context", []string{"before", "org", "span", "setting", "size"}},
		{"responsibility", []string{"mandate", "title", "team", "reports", "budget"}},
		{"action", []string{"steps", "tools", "people", "test", "decision", "deal"}},
		{"result", []string{"outcome", "metric", "recognition"}},
		{"challenge", []string{"obstacle", "constraint", "turning"}},
		{"learning", []string{"lesson", "transfer", "new"}},
		{"education", []string{"degree", "course", "selftaught", "certificate", "now"}},
		{"skills", []string{"knownfor", "people", "hidden", "easy"}},
		{"goals", []string{"next", "reader", "more", "learn"}},
		{"values", []string{"matters", "goodday", "whyfield", "line"}},
		{"extras", []string{"earlier", "volunteer", "languages", "public"}},
	}
})

// Reason says why a facet is asked about, to follow "a reader of your profile will want to know".
func Reason(facet string) string {
	if r := choices().reasons[facet]; r != "" {
		return r
	}
	return choices().reasons[facetOpening]
}
