package tui

import (
	"context"
	"io"
	"iter"

	"github.com/betterprofile/betterprofile/interview"
)

// Server is what the screens need of a server. Package client makes one. Methods block, are called from several goroutines at once
// and return *interview.Error values, perhaps wrapped, or the context's error.
//
// The three streams yield the events of a turn in order and end after the one that ends it, or with an error. A cut stream they
// resume themselves, yielding interview.EventReconnecting meanwhile; an error means that they have given up. An error of Send
// before its started event leaves open whether the message is stored: sending it again with the same id is always right.
type Server interface {
	// Me says who is signed in and what replies.
	Me(ctx context.Context) (interview.Me, error)

	// CreateConversation returns the new conversation with its messages.
	CreateConversation(ctx context.Context, in interview.ConversationInput) (interview.Conversation, error)
	// ListConversations returns a page, pinned ones first, then newest UpdatedAt first, each with its Preview.
	ListConversations(ctx context.Context, q interview.ConversationQuery) (interview.ConversationPage, error)
	// GetConversation returns a conversation with its newest messages, at most limit.
	GetConversation(ctx context.Context, id string, limit int) (interview.ConversationView, error)
	// UpdateConversation changes title, pin or archive.
	UpdateConversation(ctx context.Context, id string, patch interview.ConversationPatch) (interview.Conversation, error)
	// DeleteConversation removes a conversation and its messages for good.
	DeleteConversation(ctx context.Context, id string) error
	// Fork returns a new conversation with the messages before one, and with in.Content that one written anew as the last, which has no
	// reply yet: Retry makes it. The same in.ID again is the same conversation.
	Fork(ctx context.Context, conversationID string, in interview.ForkInput) (interview.Conversation, error)

	// ExportConversation returns a conversation as a file, "markdown" or "json", as it is read. The caller closes it.
	ExportConversation(ctx context.Context, id, format string) (io.ReadCloser, error)
	// Search returns a page of the messages that hold all words of a text, newest first. An empty page may lead on.
	Search(ctx context.Context, q interview.SearchQuery) (interview.SearchPage, error)

	// ListFacts returns a page of what the user said, oldest first.
	ListFacts(ctx context.Context, q interview.FactQuery) (interview.FactPage, error)
	// UpdateFact confirms or rejects a fact by the user's hand and returns it as it then stands.
	UpdateFact(ctx context.Context, id string, patch interview.FactPatch) (interview.Fact, error)
	// Coverage returns how far the user's profile is told.
	Coverage(ctx context.Context) (interview.CoverageReport, error)
	// Agenda returns what the interviewer would ask next, in order, at most limit questions.
	Agenda(ctx context.Context, limit int) ([]interview.AgendaItem, error)
	// Forget removes messages' content and what was made from it, for good, or says on a dry run what that would be.
	Forget(ctx context.Context, in interview.ForgetInput) (interview.ForgetReport, error)

	// ListMessages returns a page of older messages, oldest first.
	ListMessages(ctx context.Context, conversationID string, q interview.MessageQuery) (interview.MessagePage, error)

	// Send begins the turn of a message, or joins the one that the message's id already names.
	Send(ctx context.Context, conversationID string, in interview.TurnInput) iter.Seq2[interview.Event, error]
	// Events joins a turn: from its beginning when after is nil, else behind that place of its reply.
	Events(ctx context.Context, conversationID, messageID string, after *interview.EventID) iter.Seq2[interview.Event, error]
	// Retry runs an ended turn again. A completed one must be the newest; its reply stays until the new one takes its place.
	Retry(ctx context.Context, conversationID, messageID string) iter.Seq2[interview.Event, error]
	// Cancel stops a running turn and returns its message as it then stands.
	Cancel(ctx context.Context, conversationID, messageID string) (interview.Message, error)
}

// Drafts keeps what was written and not yet sent, between runs of the program. Calls come one at a time and not from the goroutine that
// draws. The id "" stands for what was written when no conversation could be opened. What is kept is a text of our own making, not to be
// shown to anybody. Failures are the implementation's to report.
type Drafts interface {
	// Load returns what was last saved for the conversation, "" for nothing.
	Load(conversationID string) string
	// Save keeps draft for the conversation, in place of what was there; "" means that there is nothing to keep any more.
	Save(conversationID, draft string)
}
