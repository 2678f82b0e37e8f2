package storage

import (
	"context"
	"time"

	"github.com/betterprofile/betterprofile/interview"
)

const (
	selectMessagePlace = `select role, created_at from messages where id = ? and conversation_id = ?`

	// Messages between two places, oldest first.
	copyMessages = `select id, conversation_id, role, content, metadata, created_at from messages
		where conversation_id = ? and (created_at, id) > (?, ?) and (created_at, id) < (?, ?) order by created_at, id limit ?`

	returningID = `returning cast(id as text)`
)

// ForkConversation implements interview.Store.
func (db *DB) ForkConversation(
	ctx context.Context, userID, conversationID string, in interview.ForkInput,
) (interview.Conversation, error) {
	in, err := in.Normalize()
	if err != nil {
		return interview.Conversation{}, err
	}
	conversationID, ok := interview.ParseID(conversationID)
	if !ok {
		return interview.Conversation{}, interview.NotFound("Conversation")
	}
	f := forking{db: db, userID: userID, from: conversationID, in: in}
	if err := db.write(ctx, func(q conn) error { return f.run(ctx, q) }); err != nil {
		return interview.Conversation{}, db.fail(ctx, "fork conversation", err)
	}
	view, err := db.GetConversation(ctx, userID, in.ID, interview.MaxLimit)
	if interview.ErrorCode(err) == interview.CodeNotFound {
		err = errIDTaken()
	}
	return view.Conversation, err
}

// forking is one call of ForkConversation.
type forking struct {
	db     *DB
	userID string
	from   string // the conversation that is forked
	in     interview.ForkInput
	last   stamp // when the newest copy is, zero before there is one
}

// run makes the fork within a transaction, or nothing where its id is known.
func (f *forking) run(ctx context.Context, q conn) error {
	f.last = stamp{}
	_, err := f.db.getConversation(ctx, q, f.userID, f.in.ID)
	if interview.ErrorCode(err) != interview.CodeNotFound {
		return err
	}
	source, err := q.lock(ctx, f.userID, f.from)
	if err != nil {
		return err
	}
	var at struct {
		Role      interview.Role
		CreatedAt stamp `db:"created_at"`
	}
	if err := q.get(ctx, &at, selectMessagePlace, f.in.MessageID, f.from); err != nil {
		return notFound("Message", err)
	}
	if f.in.Content != "" && at.Role != interview.RoleUser {
		return interview.Invalid("messageId", "messageId must be the id of a message of yours when content is given: only those can be replaced.")
	}
	made, err := f.insert(ctx, q, source)
	if err != nil || !made {
		return err
	}
	if err := f.copy(ctx, q, at.CreatedAt); err != nil {
		return err
	}
	return f.finish(ctx, q)
}

// insert stores the new conversation, still empty, and reports whether its id was free.
func (f *forking) insert(ctx context.Context, q conn, source conversationRow) (bool, error) {
	title, err := f.db.open(fieldTitle, f.from, source.Title.String)
	if err != nil {
		return false, err
	}
	sealed, err := f.db.title(f.in.ID, title)
	if err != nil {
		return false, err
	}
	metadata := interview.ConversationMetadata{ForkedFrom: &interview.Fork{ConversationID: f.from, MessageID: f.in.MessageID}}
	now := f.db.stamp()
	n, err := q.exec(ctx, insertConversation, f.in.ID, f.userID, sealed, jsonText(metadata.JSON()), now, now)
	return n == 1, err
}

// copy copies the messages before the message of the fork, which is at a time.
func (f *forking) copy(ctx context.Context, q conn, end stamp) error {
	for lastID, lastAt := zeroID, (stamp{}); ; {
		var rows []messageRow
		err := q.list(ctx, &rows, copyMessages, f.from, lastAt, lastID, end, f.in.MessageID, maxBatch)
		if err != nil {
			return err
		}
		copies := make([][]any, len(rows))
		for i, row := range rows {
			lastID, lastAt = row.ID, row.CreatedAt
			if copies[i], err = f.copied(row); err != nil {
				return err
			}
		}
		if _, err := q.insertRows(ctx, insertMessages, returningID, copies); err != nil || len(rows) < maxBatch {
			return err
		}
	}
}

// copied is the copy of a message as the columns of an insert.
func (f *forking) copied(row messageRow) ([]any, error) {
	m, err := f.db.message(row)
	if err != nil {
		return nil, err
	}
	m.ID, m.ConversationID = interview.NewID(), f.in.ID
	if !f.last.IsZero() && row.CreatedAt.Sub(f.last.Time) < time.Millisecond {
		row.CreatedAt = f.last.after()
	}
	f.last = row.CreatedAt
	m.CreatedAt = f.last.time()
	return f.db.messageValues(m)
}

// finish adds the user's message where there is one, and brings the conversation up to its newest message.
func (f *forking) finish(ctx context.Context, q conn) error {
	now := f.db.stamp()
	if f.in.Content != "" {
		if !f.last.IsZero() {
			now = latestOf(now, f.last.after())
		}
		err := f.db.insertMessage(ctx, q, interview.Message{
			ID: interview.NewID(), ConversationID: f.in.ID, Role: interview.RoleUser, Content: f.in.Content, CreatedAt: now.time(),
		})
		if err != nil {
			return err
		}
	}
	_, err := q.exec(ctx, touchConversation, latestOf(now, f.last), f.in.ID)
	return err
}
