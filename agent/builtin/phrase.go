package builtin

import (
	"strings"

	"github.com/betterprofile/betterprofile/interview"
)

// phrase returns a fixed sentence for the purpose: the next one in rotation that none of the last two replies began with.
func (t *turn) phrase(purpose string) string { return rotate(t.phrases[purpose], t.st.Turn, t.avoid) }

// rotate returns the n-th of the list, counted round it, or the first after it that none of avoid begins with.
func rotate(list []string, n int, avoid []string) string {
	if len(list) == 0 {
		return ""
	}
	start := (n%len(list) + len(list)) % len(list)
	for i := range list {
		p := list[(start+i)%len(list)]
		if !beginsAny(avoid, p) {
			return p
		}
	}
	return list[start]
}

func beginsAny(texts []string, p string) bool {
	for _, t := range texts {
		if strings.HasPrefix(t, p) {
			return true
		}
	}
	return false
}

// lastReplies returns the last two replies among the messages.
func lastReplies(recent []interview.Message) []string {
	var list []string
	for i := len(recent) - 1; i >= 0 && len(list) < 2; i-- {
		if recent[i].Role == interview.RoleAssistant {
			list = append(list, recent[i].Content)
		}
	}
	return list
}

// join puts the first phrases of lists one after another.
func join(lists ...[]string) string {
	var parts []string
	for _, l := range lists {
		parts = append(parts, rotate(l, 0, nil))
	}
	return strings.Join(parts, " ")
}

// sentence puts the two parts of a reply together.
func sentence(lead, question string) string {
	if lead == "" || question == "" || strings.HasSuffix(lead, "\n") {
		return lead + question
	}
	return lead + " " + question
}
