package interview

import (
	"encoding/json"
	"strings"
)

// ForkInput asks for a new conversation made of the messages before one of another conversation. With Content the message MessageID,
// which must be the user's, comes last with this text instead of its own, not answered yet. ID is the new conversation's; it makes
// forking idempotent, and is made here when it is empty.
type ForkInput struct {
	ID        string `json:"id,omitempty"`
	MessageID string `json:"messageId"`
	Content   string `json:"content,omitempty"`
}

// Normalize returns the input with its ids in lower case and its content as [TurnInput.Normalize] leaves it. Errors: invalid with the field.
func (in ForkInput) Normalize() (ForkInput, error) {
	conversation, err := ConversationInput{ID: in.ID}.Normalize()
	if err != nil {
		return in, err
	}
	in.ID = conversation.ID
	id, ok := ParseID(in.MessageID)
	if !ok {
		return in, Invalid("messageId", "messageId must be the id of a message of the conversation, a UUID.")
	}
	in.MessageID = id
	if in.Content == "" {
		return in, nil
	}
	turn, err := TurnInput{Content: in.Content}.Normalize()
	in.Content = turn.Content
	return in, err
}

// ConversationMetadata is what we note about a conversation, as its Metadata.
type ConversationMetadata struct {
	ForkedFrom *Fork `json:"forkedFrom,omitempty"`
}

// Fork is where a conversation branched off: before the message, or at it when its text was replaced. Both may be gone since.
type Fork struct {
	ConversationID string `json:"conversationId"`
	MessageID      string `json:"messageId"`
}

// JSON encodes m; nil when nothing is set.
func (m ConversationMetadata) JSON() json.RawMessage {
	b, err := json.Marshal(m)
	if err != nil || string(b) == "{}" {
		return nil // a struct of strings cannot fail
	}
	return b
}

// ForkedFrom is where the conversation branched off, nil when it did not.
func (c Conversation) ForkedFrom() *Fork {
	var m ConversationMetadata
	if len(c.Metadata) > 0 {
		_ = json.Unmarshal(c.Metadata, &m) // rows of other writers may hold anything
	}
	return m.ForkedFrom
}

// OneLine returns text with every run of white space as one space, and none at its ends.
func OneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
