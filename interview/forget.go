package interview

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
)

// ForgetInput says what to forget: the messages that hold the words of Matching, as [SearchQuery] finds them, or those with the ids.
type ForgetInput struct {
	Matching   string   `json:"matching,omitempty"`
	MessageIDs []string `json:"messageIds,omitempty"`
	DryRun     bool     `json:"dryRun,omitempty"` // only say what would be removed
}

// MaxForgetIDs is how many messages can be named at once.
const MaxForgetIDs = 1000

// Normalize returns the input with its ids in lower case, each once. Errors: invalid with the field, also when there is nothing to go by or both are given.
func (in ForgetInput) Normalize() (ForgetInput, error) {
	switch {
	case in.Matching == "" && len(in.MessageIDs) == 0:
		return in, Invalid("matching", "Say what to forget: matching, or messageIds.")
	case in.Matching != "" && len(in.MessageIDs) > 0:
		return in, Invalid("messageIds", "Give either matching or messageIds, not both.")
	case len(in.MessageIDs) > MaxForgetIDs:
		return in, Invalid("messageIds", "messageIds must name at most %d messages.", MaxForgetIDs)
	}
	if in.Matching != "" {
		if err := checkText("matching", in.Matching, MaxQueryRunes); err != nil {
			return in, err
		}
		if !Searchable(in.Matching) {
			return in, Invalid("matching", "matching must have a word to look for.")
		}
	}
	ids, seen := make([]string, 0, len(in.MessageIDs)), map[string]bool{}
	for _, raw := range in.MessageIDs {
		id, ok := ParseID(raw)
		if !ok {
			return in, Invalid("messageIds", "messageIds must be ids of messages, UUIDs.")
		}
		if !seen[id] {
			ids, seen[id] = append(ids, id), true
		}
	}
	in.MessageIDs = ids
	return in, nil
}

// ForgetReport counts what was removed, or would be.
type ForgetReport struct {
	Messages      int      `json:"messages"`      // the user's, emptied
	Replies       int      `json:"replies"`       // the interviewer's, emptied
	PreviousTexts int      `json:"previousTexts"` // earlier texts of replies that stay
	Facts         int      `json:"facts"`
	Experiences   int      `json:"experiences"` // whose names were taken off, or that went with their last fact
	Threads       int      `json:"threads"`
	Episodes      int      `json:"episodes"`
	Titles        int      `json:"titles"`
	States        int      `json:"states"`     // conversations whose planner starts anew from what is left
	MessageIDs    []string `json:"messageIds"` // the messages and replies that were emptied, oldest first
	DryRun        bool     `json:"dryRun"`
}

// Empty reports whether there was nothing to remove.
func (r ForgetReport) Empty() bool {
	return r.Messages+r.Replies+r.PreviousTexts+r.Facts+r.Experiences+r.Threads+r.Episodes+r.Titles+r.States == 0
}

// Summary says what was counted, in a row: "2 messages, 1 reply and 3 facts".
func (r ForgetReport) Summary() string {
	var parts []string
	for _, c := range []struct {
		n         int
		one, many string
	}{
		{r.Messages, "message", "messages"},
		{r.Replies, "reply", "replies"},
		{r.PreviousTexts, "earlier reply", "earlier replies"},
		{r.Facts, "fact", "facts"},
		{r.Experiences, "experience", "experiences"},
		{r.Threads, "open thread", "open threads"},
		{r.Episodes, "summary", "summaries"},
		{r.Titles, "title", "titles"},
	} {
		switch {
		case c.n == 1:
			parts = append(parts, "1 "+c.one)
		case c.n > 1:
			parts = append(parts, strconv.Itoa(c.n)+" "+c.many)
		}
	}
	switch last := len(parts) - 1; {
	case last < 0:
		return "what the interviewer keeps in mind"
	case last == 0:
		return parts[0]
	default:
		return strings.Join(parts[:last], ", ") + " and " + parts[last]
	}
}

// ForgottenText is the content of a message that was emptied.
const ForgottenText = "[forgotten]"

// ForgottenMetadata is the metadata of a message that was emptied.
const ForgottenMetadata = `{"forgotten":true}`

// Forgotten reports whether the message was emptied: it says nothing.
func (m Message) Forgotten() bool {
	var meta struct {
		Forgotten bool `json:"forgotten"`
	}
	return bytes.Contains(m.Metadata, []byte(`"forgotten"`)) && json.Unmarshal(m.Metadata, &meta) == nil && meta.Forgotten
}
