package interview

import "encoding/json"

// Role says who wrote a message.
type Role string

// The two roles.
const (
	RoleUser      Role = "user"
	RoleAssistant Role = "assistant" // the interviewer
)

// Message is one stored entry of a conversation. Messages are ordered by (CreatedAt, ID); each is at least 1 ms after the one
// before it. Metadata is a JSON object or nil; keys that are not ours (see [ReplyMetadata]) are kept as they are. Turn is set on a
// user message whose turn is not completed.
type Message struct {
	ID             string          `json:"id"`
	ConversationID string          `json:"conversationId"`
	Role           Role            `json:"role"`
	Content        string          `json:"content"`
	Metadata       json.RawMessage `json:"metadata,omitempty"`
	CreatedAt      Time            `json:"createdAt"`
	Turn           *TurnState      `json:"turn,omitempty"`
}

// TurnState is what a reader needs to know of a turn that is not completed.
type TurnState struct {
	Status  TurnStatus `json:"status"`
	Attempt int        `json:"attempt"`
	Error   *Error     `json:"error,omitempty"`
	Partial string     `json:"partial,omitempty"` // the reply so far, as of the last checkpoint
}

// MessagePage is a page of older messages, oldest first; NextCursor leads to still older ones.
type MessagePage struct {
	Messages   []Message `json:"messages"`
	NextCursor Cursor    `json:"nextCursor"`
}

// MessageQuery asks for a page of a conversation's messages, newest page first.
type MessageQuery struct {
	Limit  int    // 1 to MaxLimit; 0 is DefaultLimit
	Cursor Cursor // where to go on, towards older ones
}

// Normalize returns the query with its limit set. Errors: invalid with the field.
func (q MessageQuery) Normalize() (MessageQuery, error) {
	limit, err := checkLimit(q.Limit)
	if err != nil {
		return q, err
	}
	q.Limit = limit
	_, err = q.Cursor.Position()
	return q, err
}

// ReplyMetadata is what we note about an assistant message, as its Metadata.
type ReplyMetadata struct {
	Engine   string   `json:"engine,omitempty"`   // what made the reply: "openai" or "builtin"
	Model    string   `json:"model,omitempty"`    // the model's name, when there was one
	Fallback string   `json:"fallback,omitempty"` // why the built-in engine stood in for the model
	Status   string   `json:"status,omitempty"`   // "failed" or "cancelled" when the reply is only a part
	Cut      bool     `json:"cut,omitempty"`      // the reply was longer than the limit and ends early
	Question string   `json:"qid,omitempty"`      // the question asked, by its id in the bank
	Facet    string   `json:"facet,omitempty"`    // what the question is about
	Slot     string   `json:"slot,omitempty"`     // what its answer would fill
	Wording  string   `json:"wording,omitempty"`  // in which wording of the bank: "a" around a quotation, "easier", or empty for the plain one
	Act      string   `json:"act,omitempty"`      // what the user's message did
	Anchor   *Source  `json:"anchor,omitempty"`   // the user's words that the reply quotes
	Subject  string   `json:"subject,omitempty"`  // the id of the experience that the question is about
	Facts    []string `json:"facts,omitempty"`    // the ids of the facts that a recap shows, or that contradict each other
	Thread   string   `json:"thread,omitempty"`   // the id of the thread that is asked about
	Lint     []string `json:"lint,omitempty"`     // the faults of a model's replies that were not shown
	Previous []string `json:"previous,omitempty"` // earlier texts of a regenerated reply, newest first, at most MaxPrevious
}

// MaxPrevious is how many earlier texts a regenerated reply keeps.
const MaxPrevious = 5

// JSON encodes m; nil when nothing is set.
func (m ReplyMetadata) JSON() json.RawMessage {
	b, err := json.Marshal(m)
	if err != nil || string(b) == "{}" {
		return nil // a struct of strings cannot fail
	}
	return b
}

// ReplyMetadata decodes the message's Metadata; unknown or malformed parts are left out.
func (m Message) ReplyMetadata() ReplyMetadata {
	var meta ReplyMetadata
	if len(m.Metadata) > 0 {
		_ = json.Unmarshal(m.Metadata, &meta) // rows of other writers may hold anything
	}
	return meta
}
