package planner

import (
	"strconv"
	"strings"
)

// closingChoice makes a question for a conversation that has used up the bank. There is always another one.
func (ch *chooser) closingChoice() Choice {
	for n := ch.st.Closing; ; n++ {
		text := closingText(ch.closing, n)
		if n > ch.st.Closing+100 || !ch.st.Heard.has(sums(text)) {
			return Choice{ID: closingPrefix + itoa(n), Facet: "extras", Slot: "another", Text: text, Reason: Reason("extras")}
		}
	}
}

// closingText is the n-th of the questions without end, from 0: the topics in turn, each round in the next frame, and then a
// running number.
func closingText(c Closing, n int) string {
	round, topic := n/len(c.Topics), n%len(c.Topics)
	if round >= len(c.Frames) {
		return strings.ReplaceAll(c.Last, "{n}", itoa(n))
	}
	frame := c.Frames[(round+topic)%len(c.Frames)]
	return strings.ReplaceAll(frame, "{topic}", c.Topics[topic])
}

// closingNumber is the n of a closing question's id; 0 for anything else.
func closingNumber(id string) int {
	n, err := strconv.Atoi(strings.TrimPrefix(id, closingPrefix))
	if err != nil || n < 0 || n > 1_000_000 {
		return 0
	}
	return n
}
