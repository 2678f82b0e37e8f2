package tui

import (
	"cmp"
	"strings"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/printable"
)

// kindWord is what people call a kind of fact.
func kindWord(kind interview.FactKind) string {
	word := map[interview.FactKind]string{
		"org": "organisation", "span": "time", "duty": "responsibility", "action": "what you did", "outcome": "result", "metric": "figure", "learning": "lesson",
		"volunteer": "volunteering",
	}[kind]
	return cmp.Or(word, strings.ReplaceAll(printable.Line(string(kind)), "_", " "))
}

// slotWord is what people call a slot of a facet.
func slotWord(facet, slot string) string {
	word := map[string]string{
		"context/before": "how it was before", "context/org": "the place", "context/span": "when", "context/setting": "what the place does",
		"responsibility/mandate": "what was yours", "responsibility/reports": "who you reported to",
		"action/people": "getting others on board", "action/test": "trying it out", "action/deal": "dealing with trouble",
		"result/metric": "a figure", "challenge/turning": "the turning point", "challenge/constraint": "what was missing",
		"learning/transfer": "where it helped again", "learning/new": "what you can do now",
		"education/selftaught": "taught yourself", "education/now": "learning now",
		"skills/knownfor": "what you are known for", "skills/people": "with people", "skills/hidden": "what few can do", "skills/easy": "what comes easily",
		"goals/next": "the next step", "goals/reader": "who is to read it", "goals/more": "what you want more of", "goals/learn": "what to learn",
		"values/matters": "what matters", "values/goodday": "a good day", "values/whyfield": "why this field", "values/line": "what you would not do",
		"extras/earlier": "earlier work", "extras/volunteer": "volunteering", "extras/public": "talks and writing",
	}[facet+"/"+slot]
	return cmp.Or(word, strings.ReplaceAll(printable.Line(slot), "_", " "))
}
