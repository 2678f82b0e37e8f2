package interview

import (
	"context"
	"iter"
)

// Store keeps conversations and turns. Every method takes the owner right after the context and touches nothing of anybody else;
// what belongs to somebody else is not_found, like what does not exist. Each sentence here is a test of the conformance suite,
// which every backend passes.
//
// All methods return unavailable when the database cannot be reached or is too busy, and then nothing was changed, or it cannot
// be known whether it was (a connection lost during commit); repeating the call with the same ids is safe.
type Store interface {
	ConversationStore
	TurnStore
	ExportStore
	MemoryStore

	// Ping returns nil when the database answers and has the schema that this program needs.
	Ping(ctx context.Context) error
}

// ConversationStore keeps conversations and their messages.
type ConversationStore interface {
	// CreateConversation stores c, with its messages in order, and returns it as stored, with Messages set. CreatedAt and UpdatedAt
	// are set here. A conversation of the same user with the same id is returned as it stands, with its newest messages. Errors:
	// conflict when the id belongs to somebody else.
	CreateConversation(ctx context.Context, userID string, c Conversation) (Conversation, error)

	// CountConversations returns how many conversations the user has, up to limit.
	CountConversations(ctx context.Context, userID string, limit int) (int, error)

	// ListConversations returns a page: pinned first (with Recent: not so), then newest UpdatedAt, then greatest id; each with Preview,
	// without Messages.
	ListConversations(ctx context.Context, userID string, q ConversationQuery) (ConversationPage, error)

	// GetConversation returns the conversation with its newest messages, at most limit (1 to MaxLimit), oldest first.
	GetConversation(ctx context.Context, userID, id string, limit int) (ConversationView, error)

	// UpdateConversation changes what the patch names, and UpdatedAt only with the title, and returns the result without messages.
	UpdateConversation(ctx context.Context, userID, id string, p ConversationPatch) (Conversation, error)

	// DeleteConversation removes the conversation and all that hangs on it.
	DeleteConversation(ctx context.Context, userID, id string) error

	// ListMessages returns a page of messages older than the cursor, oldest first. User messages whose turn is not completed carry it.
	ListMessages(ctx context.Context, userID, conversationID string, q MessageQuery) (MessagePage, error)

	// EachMessage calls f with every message of a conversation, oldest first, and returns f's error as soon as it has one. It holds nothing of
	// the database while f runs; messages that come meanwhile come too. User messages whose turn is not completed carry it. Errors: not_found.
	EachMessage(ctx context.Context, userID, conversationID string, f func(Message) error) error

	// Search returns a page of the messages, in all of the user's conversations, that hold what the query asks for, newest first. Errors: invalid.
	Search(ctx context.Context, userID string, q SearchQuery) (SearchPage, error)

	// ForkConversation makes a new conversation of the messages of another one that come before in.MessageID, and returns it with its newest
	// messages, at most MaxLimit. The copies have new ids, the roles, contents, metadata and times of the originals, and are at least 1 ms apart. Title
	// is kept, Metadata says where it comes from; state and turns are not copied. With in.Content a user message with that text comes last, now; it
	// has no turn yet, so that RetryTurn begins its first. A conversation of the same user with in.ID is returned as it stands. Errors: not_found
	// for the conversation or the message; invalid, field messageId, for content in place of a message of the interviewer; conflict when the
	// id belongs to somebody else.
	ForkConversation(ctx context.Context, userID, conversationID string, in ForkInput) (Conversation, error)
}

// ExportStore takes all of a user out and in again.
type ExportStore interface {
	// Export calls f with all records of the user, in the order of an export, by id and then by time. They are as of one moment, whatever
	// happens meanwhile; text is opened. It ends with f's error as soon as it has one.
	Export(ctx context.Context, userID string, f func(ExportRecord) error) error

	// Import stores the records, as ReadExport yields them, all or none. A conversation that the user has already is left as it is, with all
	// in it. Errors: that of the records; conflict, with Details.Line, when a conversation's id belongs to somebody else or a message's
	// id is known; not_found when there is no such user.
	Import(ctx context.Context, userID string, records iter.Seq2[ExportRecord, error]) (ImportResult, error)
}

// TurnStore keeps turns.
type TurnStore interface {
	// BeginTurn stores the user's message and a running turn for it, under the lease, in one transaction, and returns the turn and true.
	//
	// A turn already begun with the same id and content is returned as it stands, with false, and nothing is written; but one that failed
	// or was cancelled is begun again, with Attempt one higher and Takeovers 0, and true. With in.Known, Context may be Unchanged, and only when State and
	// Recent are what they were at that revision. Errors: not_found when the user has no such conversation; conflict when the id is known
	// with other content or in another conversation; turn_in_progress when another turn of the conversation is running.
	BeginTurn(ctx context.Context, userID, conversationID string, in TurnInput, lease Lease) (Turn, bool, error)

	// RetryTurn begins an ended turn again: one that failed or was cancelled, or the completed one that is the newest of its
	// conversation, whose reply stays until the new one takes its place. Errors: not_found; conflict with Details.Status in any other
	// state; turn_in_progress.
	RetryTurn(ctx context.Context, userID, conversationID, messageID string, lease Lease) (Turn, error)

	// GetTurn returns a turn as it stands. A user message that never had a turn here (written by another program, imported) is one that
	// completed with the assistant message right after it, or failed with interrupted when there is none.
	GetTurn(ctx context.Context, userID, conversationID, messageID string) (Turn, error)

	// LoadTurn reads what a reply needs: at most limit messages before the turn's own.
	LoadTurn(ctx context.Context, userID, conversationID, messageID string, limit int) (TurnContext, error)

	// CancelTurn asks the owner of a running turn to stop it; the next Checkpoint says so. Errors: not_found; conflict with
	// Details.Status when the turn is not running.
	CancelTurn(ctx context.Context, userID, conversationID, messageID string) error

	// FinishTurn ends a running turn that end.Owner holds: reply, status, planner state and title in one transaction. It returns the
	// turn with Reply, when it has content, and its message as stored. A reply that the turn has from an earlier attempt is replaced in
	// place, its text kept in metadata.previous when it was complete; it is left alone when the turn failed or was cancelled and the
	// reply was complete, and the turn is then completed again. Errors: conflict when the turn is not running under that owner any
	// more; not_found when it was deleted.
	FinishTurn(ctx context.Context, userID string, end TurnEnd) (Turn, error)

	// Checkpoint stores running replies and renews their leases, all in one statement. It answers for those that the owner still
	// holds, in any order; the others were taken over, ended or deleted.
	Checkpoint(ctx context.Context, lease Lease, progress []TurnProgress) ([]TurnSignal, error)

	// TakeTurns takes over at most limit running turns whose lease has run out, longest ago first, except those held, with Attempt one
	// higher, and Takeovers one higher when the attempt before had spoken (a checkpoint held text) and was not released. Partial is the
	// text of the attempt before; the stored one is emptied. It is for servers, not for users: it crosses owners.
	TakeTurns(ctx context.Context, lease Lease, limit int, held ...string) ([]Turn, error)

	// ReleaseTurns ends the leases, now, of all running turns whose owner begins with the prefix, so that others can take them over at
	// once, and returns how many. With a Lease's whole Owner it is about one server, with its instance name and "#" about all its starts.
	ReleaseTurns(ctx context.Context, ownerPrefix string) (int, error)
}
