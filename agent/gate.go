package agent

import (
	"bytes"

	"github.com/betterprofile/betterprofile/agent/planner"
	"github.com/betterprofile/betterprofile/interview"
)

// sensitive reports whether a text says what does not belong in a profile: health, family, faith and the like.
func sensitive(text string) bool { return planner.Sensitive(text) }

// tellable reports whether a message may be looked at again: it says something, is not forgotten, and is not one that the user wants nothing of kept.
func tellable(m interview.Message) bool {
	if m.Content == "" || m.Forgotten() {
		return false
	}
	if m.Role != interview.RoleUser {
		return true
	}
	r := planner.Glance(m.Content, planner.Context{})
	return !r.Private && !r.Distress && r.Act != planner.ActCrisis && r.Act != planner.ActInjection && r.Act != planner.ActPrivate
}

// withheld says of each of a conversation's messages whether it is not to be told again to a model: what is private, tells of a crisis or tries to
// give orders, what the user took back by "forget that", and the replies to all these.
func withheld(messages []interview.Message) []bool {
	hidden := make([]bool, len(messages))
	last, reply := -1, false // the user's message before, and whether replies are hidden
	for n := range messages {
		m := &messages[n]
		if m.Role != interview.RoleUser {
			hidden[n] = reply || confided(actOf(m))
			continue
		}
		act := actAt(messages, n)
		reply = confided(act)
		hidden[n] = reply || act == planner.ActForget // which may say what to forget
		for k := last; act == planner.ActForget && k >= 0 && k < n; k++ {
			hidden[k] = true
		}
		last = n
	}
	return hidden
}

// confided reports whether what a message did is such that nothing of it is told again.
func confided(a planner.Act) bool {
	return a == planner.ActPrivate || a == planner.ActCrisis || a == planner.ActInjection
}

// actAt is what the user's message did, as noted with the reply to it. One that has none is read, as far as it can tell alone.
func actAt(messages []interview.Message, n int) planner.Act {
	for k := n + 1; k < len(messages); k++ {
		m := &messages[k]
		if m.Role == interview.RoleUser {
			break
		}
		if bytes.Contains(m.Metadata, []byte(`"act"`)) {
			return actOf(m)
		}
	}
	if messages[n].Forgotten() {
		return planner.ActEmpty
	}
	return planner.Glance(messages[n].Content, planner.Context{}).Act
}

// actOf is the act of a reply if it is one for which messages are withheld, else empty.
func actOf(m *interview.Message) planner.Act {
	for _, act := range [...]planner.Act{planner.ActPrivate, planner.ActCrisis, planner.ActInjection, planner.ActForget} {
		if bytes.Contains(m.Metadata, []byte(`"`+string(act)+`"`)) && m.ReplyMetadata().Act == string(act) {
			return act
		}
	}
	return ""
}
