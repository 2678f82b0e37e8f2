package agent

import (
	"bytes"
	"encoding/json"

	"github.com/betterprofile/betterprofile/agent/planner"
	"github.com/betterprofile/betterprofile/interview"
)

// sensitive reports whether a text says what does not belong in a profile: health, family, faith and the like.
func sensitive(text string) bool { return planner.Sensitive(text) }

// tellable reports whether a message may be looked at again: it says something, is not forgotten, and is not one that the user wants nothing of kept.
func tellable(m interview.Message) bool {
	if m.Content == "" || forgotten(m) {
		return false
	}
	if m.Role != interview.RoleUser {
		return true
	}
	r := planner.ReadMessage(m.Content, planner.Context{})
	return !r.Private && !r.Distress && r.Act != planner.ActCrisis && r.Act != planner.ActInjection && r.Act != planner.ActPrivate
}

// forgotten reports whether the message's content was removed.
func forgotten(m interview.Message) bool {
	if !bytes.Contains(m.Metadata, []byte(`"forgotten"`)) {
		return false
	}
	var meta struct {
		Forgotten bool `json:"forgotten"`
	}
	return json.Unmarshal(m.Metadata, &meta) == nil && meta.Forgotten
}
