package interview

import "context"

// Agent is the interviewer. It knows no database and no user but the one it is given, and keeps nothing between calls, so that
// any server can take the next turn.
type Agent interface {
	// Engine says what replies, without asking it.
	Engine() EngineInfo

	// Open makes the interviewer's first message of a new conversation, at once and without a model. Its Reply is complete.
	Open(ctx context.Context, in OpeningRequest) (Reply, error)

	// Reply answers the user's message. Text goes to emit as it arrives, and what was emitted, put together, equals the Content
	// returned. An error of emit ends the reply and is returned as it is. Errors: model_unavailable with a reason, model_timeout, or
	// ctx's own; what was emitted until then stands.
	Reply(ctx context.Context, in ReplyRequest, emit func(Delta) error) (Reply, error)
}

// EngineInfo says what replies.
type EngineInfo struct {
	Name     string `json:"name"`               // "openai" or "builtin"
	Model    string `json:"model,omitempty"`    // the name sent to the endpoint; empty for builtin
	Fallback string `json:"fallback,omitempty"` // what stands in when it cannot answer: "builtin", or empty
}

// OpeningRequest is what an opening may refer to.
type OpeningRequest struct {
	UserID string
	Now    Time
	First  bool // the user's first conversation
}

// ReplyRequest is everything that a reply may use.
type ReplyRequest struct {
	UserID         string
	ConversationID string
	Now            Time
	Message        Message   // the user's message, already stored
	Title          string    // the conversation's title, empty without one
	Recent         []Message // the newest messages before Message, oldest first
	State          []byte    // the planner's state after the turn before: JSON, or nil
}

// Delta is a piece of a reply on arrival.
type Delta struct {
	Text    string
	Replace bool // Text is the whole reply so far; what came before is void
}

// Reply is a finished reply.
type Reply struct {
	Content  string        // the whole text
	Metadata ReplyMetadata // Engine set, Model where there is one
	State    []byte        // the planner's next state; nil leaves it as it was
	Title    string        // a title for a conversation that has none; empty for no proposal
	Usage    Usage
}
