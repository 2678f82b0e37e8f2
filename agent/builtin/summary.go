package builtin

import (
	"slices"
	"strings"

	"github.com/betterprofile/betterprofile/agent/planner"
	"github.com/betterprofile/betterprofile/interview"
)

const (
	summaryLines = 9   // at most so many answers
	summaryRunes = 160 // of which at most so much is shown
)

// summary returns the newest answers at hand in the user's own words, and asks for corrections. What was said in distress stays
// out, and so does what the user asked.
func (t *turn) summary() answer {
	var lines []string
	for _, m := range slices.Backward(t.in.Recent) {
		if m.Role != interview.RoleUser || len(lines) == summaryLines {
			continue
		}
		clean := planner.Clean(interview.FirstRunes(m.Content, matchRunes))
		text := planner.Read(clean)
		if t.recognise(text, text, &state{}) == actAnswer && len(text.Words) >= 4 && !strings.Contains(clean, "?") {
			lines = append(lines, "– “"+excerpt(clean)+"”")
		}
	}
	if len(lines) == 0 {
		return t.reworded(t.phrase("empty"))
	}
	slices.Reverse(lines)
	return answer{
		lead: t.phrase("summary_intro") + "\n" + strings.Join(lines, "\n") + "\n", raw: t.phrase("recap_ask"), id: recapID, slot: recapID,
	}
}

// excerpt returns the beginning of a text on one line, cut at a blank, without quotation marks that would end the quotation.
func excerpt(clean string) string {
	line := strings.Join(strings.Fields(clean), " ")
	line = strings.NewReplacer("“", "'", "”", "'", "\"", "'").Replace(line)
	short := interview.FirstRunes(line, summaryRunes)
	if short == line {
		return line
	}
	if i := strings.LastIndexByte(short, ' '); i > summaryRunes/2 {
		short = short[:i]
	}
	return short + " …"
}
