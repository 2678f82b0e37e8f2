package interview

import "context"

// MemoryStore keeps what is known of users. All of it goes with the user; what was drawn from messages goes with the last message it was drawn
// from.
type MemoryStore interface {
	// LoadMemory returns what has changed since a version of the user's memory: what was written after since.Number, or everything, with Whole, when
	// since is of another epoch or nothing. Of a user that nothing is known of it returns version 0, whole and empty.
	LoadMemory(ctx context.Context, userID string, since MemoryVersion) (MemoryChange, error)

	// LoadContents returns the contents of those of the messages that are the user's own words, by id.
	LoadContents(ctx context.Context, userID string, messageIDs []string) (map[string]string, error)

	// LoadState returns the planner's state of a conversation, nil for none, and its newest messages, at most limit, oldest first. Errors: not_found.
	LoadState(ctx context.Context, userID, conversationID string, limit int) (state []byte, recent []Message, err error)

	// LoadBlock returns the oldest messages of a conversation that no episode covers yet, at most limit. Errors: not_found.
	LoadBlock(ctx context.Context, userID, conversationID string, limit int) (Block, error)

	// Learn stores what was learned away from a turn and reports whether it did: nothing is stored when something was removed since the epoch, which may be what was
	// learned from. A fact is left out unless all its sources are messages that the user wrote; one that is known is replaced, but its CreatedAt stays. The change is
	// what LoadMemory returns since the version before it, nil when nothing was changed.
	Learn(ctx context.Context, userID string, epoch int64, l Learned) (*MemoryChange, bool, error)

	// AddEpisode stores an episode of the messages after upto, the last message of the one before (empty for the first), and reports whether it did: not when another was first,
	// or something was removed since the epoch.
	AddEpisode(ctx context.Context, userID string, epoch int64, e Episode, upto string) (bool, error)

	// MergeEpisodes stores an episode in place of those that it is made of, and reports whether it did: not when one of them is gone, or
	// something was removed since the epoch.
	MergeEpisodes(ctx context.Context, userID string, epoch int64, e Episode, of []string) (bool, error)

	// SetTitle gives a title to a conversation that has none, unless something was removed since the epoch, and reports whether it did. UpdatedAt stays.
	SetTitle(ctx context.Context, userID string, epoch int64, conversationID, title string) (bool, error)

	// Forget empties messages and removes what was made from them, all in one transaction, after which nothing of them is left. With in.DryRun it only
	// says what it would remove. Errors: not_found for a message id that is none of the user's; turn_in_progress while a turn of the user is running and there is something to remove.
	Forget(ctx context.Context, userID string, in ForgetInput) (ForgetReport, error)
}

// Block is the messages of a conversation that no episode covers yet, or the oldest of them.
type Block struct {
	Upto     string    // the last message that is covered; empty for none
	From     int       // the number of the first of Messages in the conversation, from 1
	Messages []Message // oldest first
	Episodes []Episode // of the conversation, oldest first
}
