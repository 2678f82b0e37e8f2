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
	// returned; a Delta with Replace voids what came before it. An error of emit ends the reply and is returned as it is. Errors:
	// model_unavailable with a reason, model_timeout, or ctx's own; what was emitted until then stands.
	Reply(ctx context.Context, in ReplyRequest, emit func(Delta) error) (Reply, error)

	// Prepare thinks about the reply to a message that is not stored yet: its CreatedAt is not known, and Title may be another one in the end. What it returns is
	// for the Prepared of the one request that asks for that reply, which then begins at once; nil for nothing.
	Prepare(in ReplyRequest) any

	// NeedsHistory reports whether in.Recent is too little to know where the interview stands: then Reply wants all messages in it, with
	// Whole set.
	NeedsHistory(in ReplyRequest) bool

	// Summarise makes the text of an [Episode]. It says nothing that the messages do not say; without a model, or when that does not
	// answer or strays from the facts, it is the best of the user's own sentences. Empty when there is nothing to keep. The only error is
	// ctx's own.
	Summarise(ctx context.Context, in SummaryRequest) (string, error)

	// Extract looks at messages again, with a model, for what they say about the user. Every fact has passed [CheckFact]. Without a model
	// nothing is learned. Errors: the model's, or ctx's own.
	Extract(ctx context.Context, in ExtractRequest) (Learned, error)

	// Title makes a title for a conversation; empty while nothing was said that could be one. The only error is ctx's own.
	Title(ctx context.Context, in TitleRequest) (string, error)

	// Coverage says how far each facet of each experience is told.
	Coverage(m *Memory, now Time) CoverageReport

	// Agenda lists what is worth asking next, in the order in which it would be asked.
	Agenda(in AgendaRequest) []AgendaItem
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
	First  bool    // the user's first conversation
	Memory *Memory // what is known of the user; nil for nothing
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
	Whole          bool      // Recent is all there is of the conversation
	Offline        bool      // without a model: the user's tokens of the day are used up
	Memory         *Memory   // what is known of the user; nil for nothing
	Prepared       any       // what Prepare returned for the same request; nil for nothing
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
	Learned  Learned // what the user's message taught; each fact has passed CheckFact
}

// SummaryRequest is a block of messages of one conversation, or the texts of two episodes that become one.
type SummaryRequest struct {
	UserID   string
	Now      Time
	Messages []Message // oldest first; of episodes that are merged the messages that they cover, as far as they are at hand
	Merge    []string  // the texts of the episodes, older first; empty for a block of messages
	Facts    []*Fact   // known from these messages
	Offline  bool      // without a model
}

// ExtractRequest is what is looked at again.
type ExtractRequest struct {
	UserID         string
	ConversationID string
	Now            Time
	Messages       []Message // of one conversation, oldest first, both sides
	Memory         *Memory   // what is known already; nil for nothing
}

// TitleRequest is what a title is made from.
type TitleRequest struct {
	UserID   string
	Now      Time
	Messages []Message // the conversation's first messages, oldest first
}
