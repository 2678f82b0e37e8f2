package interview

import (
	"strings"
	"time"
)

// MaxContentRunes is the length limit of a user's message, in characters.
const MaxContentRunes = 100_000

// TurnStatus is where a turn stands. Running is the only one that ends by itself.
type TurnStatus string

// The states of a turn.
const (
	TurnRunning   TurnStatus = "running"
	TurnCompleted TurnStatus = "completed"
	TurnFailed    TurnStatus = "failed"    // Turn.Error says why; sending the same message again runs it again
	TurnCancelled TurnStatus = "cancelled" // by the user; sending the same message again runs it again
)

// TurnInput is a user's message on its way in. ID is the turn's id and makes sending idempotent: whoever sends it again gets the same
// turn. It is made here when it is empty, and then a lost answer cannot be asked for again.
type TurnInput struct {
	ID      string `json:"id,omitempty"`
	Content string `json:"content"`

	Window int    `json:"-"` // how many messages before it the reply may need; BeginTurn may read them in passing
	Known  string `json:"-"` // the Turn.Revision of a conversation that is known and so need not be read; empty for none
}

// Normalize returns the input with its id in lower case (made when it is empty) and line ends at either end of its content removed;
// inside, the text stays as typed. Errors: invalid, with the field.
func (in TurnInput) Normalize() (TurnInput, error) {
	if in.ID == "" {
		in.ID = NewID()
	}
	id, ok := ParseID(in.ID)
	if !ok {
		return in, Invalid("id", "id must be a UUID, such as %q.", NewID())
	}
	in.ID = id
	in.Content = strings.Trim(in.Content, "\r\n")
	if isBlank(in.Content) {
		return in, Invalid("content", "content must not be empty.")
	}
	return in, checkText("content", in.Content, MaxContentRunes)
}

// Turn is a user's message and the reply to it. Its id is Message.ID.
type Turn struct {
	UserID    string
	Message   Message // the user's message; its Turn field is set unless Status is completed
	Status    TurnStatus
	Owner     string // the Lease.Owner that holds it, while running; empty when it was released
	Attempt   int    // counts the replies begun, from 1; part of every event id
	Takeovers int    // how many attempts were cut in mid-reply by the death of a server since the turn was last asked for
	Partial   string // the reply as of the last checkpoint, while running
	Reply     *Message
	Error     *Error // set when failed
	Engine    string // what replied, once ended
	Model     string // its model's name, if it has one
	Usage     Usage
	Title     string // the conversation's title as it stands, empty without one

	// Revision stands for what the conversation holds, where the database has a name for that; else it is empty. What BeginTurn says is for TurnEnd.Revision, and
	// what FinishTurn says then for the Known of the conversation's next turn.
	Revision string

	Context *TurnContext  // what LoadTurn would say, or that it is Unchanged, where BeginTurn had it at hand; else nil
	Change  *MemoryChange // what FinishTurn changed in the user's memory, as LoadMemory returns it since the version before; nil for nothing, or where it is not known
}

// State is the turn as shown with its message: nil once completed.
func (t Turn) State() *TurnState {
	if t.Status == TurnCompleted {
		return nil
	}
	return &TurnState{Status: t.Status, Attempt: t.Attempt, Error: t.Error, Partial: t.Partial}
}

// Usage counts a turn's tokens as the model's endpoint reported them; zero for the built-in engine.
type Usage struct {
	InputTokens  int `json:"inputTokens"`
	OutputTokens int `json:"outputTokens"`
}

// Lease is a server's claim on the turns it runs. A turn whose lease has run out may be taken over by any server.
type Lease struct {
	Owner string        // unique for each start of a server: its instance name, "#", a random part
	For   time.Duration // how long from now, by the database's clock
}

// TurnContext is what is loaded for a reply.
type TurnContext struct {
	Title     string        // the conversation's title, empty without one
	Unchanged bool          // State and Recent are as they were at the revision that was Known, and so not read
	State     []byte        // the planner's state of the conversation: JSON, or nil at the start
	Recent    []Message     // the newest messages before the turn's own, oldest first
	Version   MemoryVersion // of what is known of the user
}

// TurnProgress is a running reply as it stands.
type TurnProgress struct {
	MessageID string
	Attempt   int
	Partial   string
}

// TurnSignal is the database's answer to a checkpoint: the turn is still ours, and perhaps somebody wants it cancelled.
type TurnSignal struct {
	MessageID string
	Cancel    bool
}

// TurnEnd is how a turn ends. Status is completed, failed or cancelled. ReplyContent empty means that there is no reply to keep.
type TurnEnd struct {
	ConversationID string
	MessageID      string
	Message        Message // the user's, as the turn has it; left empty, it is read again
	Revision       string  // the Turn's
	Owner          string
	Attempt        int
	Status         TurnStatus
	ReplyID        string // the id of a new reply; a reply that the turn already has keeps its own
	ReplyContent   string
	Metadata       ReplyMetadata
	State          []byte  // the planner's next state; nil leaves it
	Title          string  // used when the conversation has none
	Learned        Learned // from the message; of a completed turn
	Error          *Error
	Engine         string
	Model          string
	Usage          Usage
}
