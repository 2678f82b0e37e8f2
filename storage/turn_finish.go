package storage

import (
	"context"
	"database/sql"
	"strings"

	"github.com/betterprofile/betterprofile/interview"
)

const (
	finishTurn = `update turns set status = ?, attempt = ?, reply_id = ?, error_code = ?, error_message = ?, error_details = ?,
			engine = ?, model = ?, input_tokens = ?, output_tokens = ?, updated_at = ?,
			partial = '', cancel_requested = false, lease_owner = null, lease_until = null
		where message_id = ?`

	// An earlier reply stays: so does what is known of it.
	keepTurn = `update turns set status = 'completed', attempt = ?, updated_at = ?,
			partial = '', cancel_requested = false, lease_owner = null, lease_until = null
		where message_id = ?`

	finishConversation = `update conversations set title = coalesce(nullif(title, ''), ?), state = coalesce(?, state), updated_at = ?
		where id = ?`
)

// FinishTurn implements interview.Store.
func (db *DB) FinishTurn(ctx context.Context, userID string, end interview.TurnEnd) (interview.Turn, error) {
	conversationID, messageID, err := turnIDs(end.ConversationID, end.MessageID)
	if err != nil {
		return interview.Turn{}, err
	}
	end.ConversationID, end.MessageID = conversationID, messageID
	f := finishing{db: db, userID: userID, end: end, metadata: cleanMetadata(end.Metadata)}
	if err := f.seal(); err != nil {
		return interview.Turn{}, err
	}
	if db.dialect.kind == "postgres" && end.Message.ID == messageID {
		if done, err := f.fast(ctx); done || err != nil {
			return f.turn, db.fail(ctx, "finish turn", err)
		}
	}
	err = db.write(ctx, func(q conn) error { return f.run(ctx, q) })
	if err != nil {
		return interview.Turn{}, db.fail(ctx, "finish turn", err)
	}
	return f.turn, nil
}

// finishing is one call of FinishTurn.
type finishing struct {
	db       *DB
	userID   string
	end      interview.TurnEnd
	metadata interview.ReplyMetadata
	learned  learned
	title    sql.NullString // sealed
	state    sql.NullString // sealed
	content  string         // sealed
	err      storedError
	row      *finishedRow // of a statement that ended it
	left     bool         // by those it was to end with
	failed   error
	change   *interview.MemoryChange
	turn     interview.Turn // the result
}

func (f *finishing) key() string { return f.end.ConversationID }

// seal prepares what is stored as it is given.
func (f *finishing) seal() (err error) {
	if f.title, err = f.db.title(f.end.ConversationID, clean(strings.TrimSpace(f.end.Title))); err != nil {
		return err
	}
	if len(f.end.State) > 0 {
		f.state.Valid = true
		if f.state.String, err = f.db.seal(fieldState, f.end.ConversationID, string(f.end.State)); err != nil {
			return err
		}
	}
	if f.end.Status == interview.TurnCompleted {
		if f.learned, err = f.db.learned(f.end.Learned); err != nil {
			return err
		}
	}
	f.err, err = storeError(f.end.Error)
	return err
}

// run ends the turn within a transaction, whatever reply it has already.
func (f *finishing) run(ctx context.Context, q conn) error {
	c, err := q.lock(ctx, f.userID, f.end.ConversationID)
	if err != nil {
		return err
	}
	t, row, err := f.db.readTurn(ctx, q, f.userID, f.end.ConversationID, f.end.MessageID)
	switch {
	case err != nil:
		return err
	case t.Status != interview.TurnRunning:
		return errStatus(t.Status, "This turn has ended already.")
	case row.LeaseOwner.String != f.end.Owner:
		return errStatus(t.Status, "This turn is held by another server.")
	}
	if err := f.reply(ctx, q, c, t.Reply); err != nil {
		return err
	}
	if err := f.learn(ctx, q, t.Reply); err != nil {
		return err
	}
	f.turn, _, err = f.db.readTurn(ctx, q, f.userID, f.end.ConversationID, f.end.MessageID)
	f.turn.Change = f.change
	return err
}

// learn stores what was learned, in place of what an earlier reply had.
func (f *finishing) learn(ctx context.Context, q conn, old *interview.Message) error {
	f.change = nil
	again := old != nil && f.end.Status == interview.TurnCompleted && f.end.ReplyContent != ""
	if f.learned.empty() && !again {
		return nil
	}
	m, err := q.nextMemory(ctx, f.userID, anyEpoch)
	if err != nil {
		return err
	}
	if f.change, err = f.db.learn(ctx, q, f.userID, m, f.learned); err != nil || !again {
		return err
	}
	f.change = nil // what is removed moves the memory on, to a version that is not known here
	return f.db.unlearn(ctx, q, f.userID, f.end.MessageID, f.learned)
}

// reply stores the reply beside or instead of the old one, and all that goes with it.
func (f *finishing) reply(ctx context.Context, q conn, c conversationRow, old *interview.Message) error {
	at := latestOf(f.db.stamp(), c.UpdatedAt.after())
	switch {
	case old != nil && isComplete(*old) && (f.end.Status != interview.TurnCompleted || f.end.ReplyContent == ""):
		if _, err := q.exec(ctx, keepTurn, f.end.Attempt, at, f.end.MessageID); err != nil {
			return err
		}
		return f.conversation(ctx, q, c.UpdatedAt)
	case f.end.ReplyContent == "":
		if err := f.finish(ctx, q, idOf(old), at); err != nil {
			return err
		}
		return f.conversation(ctx, q, c.UpdatedAt)
	case old != nil:
		if err := f.replace(ctx, q, *old, at); err != nil {
			return err
		}
	default:
		var err error
		if at, err = f.db.nextTime(ctx, q, c); err != nil {
			return err
		}
		if err := f.insert(ctx, q, at); err != nil {
			return err
		}
	}
	return f.conversation(ctx, q, at)
}

// insert stores a new reply and the turn with it.
func (f *finishing) insert(ctx context.Context, q conn, at stamp) error {
	err := f.db.insertMessage(ctx, q, interview.Message{
		ID: f.end.ReplyID, ConversationID: f.end.ConversationID, Role: interview.RoleAssistant, Content: f.end.ReplyContent,
		Metadata: f.metadata.JSON(), CreatedAt: at.time(),
	})
	if err != nil {
		return err
	}
	return f.finish(ctx, q, optional(f.end.ReplyID), at)
}

// replace stores the reply in place of the old one.
func (f *finishing) replace(ctx context.Context, q conn, old interview.Message, at stamp) error {
	metadata, err := regenerated(old, f.metadata)
	if err != nil {
		return err
	}
	if metadata, err = f.db.sealMetadata(old.ID, metadata); err != nil {
		return err
	}
	content, err := f.db.seal(fieldContent, old.ID, f.end.ReplyContent)
	if err != nil {
		return err
	}
	if _, err := q.exec(ctx, updateMessage, content, jsonText(metadata), old.ID); err != nil {
		return err
	}
	return f.finish(ctx, q, optional(old.ID), at)
}

// finish stores the turn's own end.
func (f *finishing) finish(ctx context.Context, q conn, replyID sql.NullString, at stamp) error {
	_, err := q.exec(ctx, finishTurn, f.end.Status, f.end.Attempt, replyID, f.err.code, f.err.message, f.err.details,
		optional(f.end.Engine), optional(f.end.Model), f.end.Usage.InputTokens, f.end.Usage.OutputTokens, at, f.end.MessageID)
	return err
}

// conversation stores title and state.
func (f *finishing) conversation(ctx context.Context, q conn, updatedAt stamp) error {
	_, err := q.exec(ctx, finishConversation, f.title, f.state, updatedAt, f.end.ConversationID)
	return err
}

func idOf(m *interview.Message) sql.NullString {
	if m == nil {
		return sql.NullString{}
	}
	return optional(m.ID)
}

// cleanMetadata makes storable what came from a model's endpoint.
func cleanMetadata(m interview.ReplyMetadata) interview.ReplyMetadata {
	for _, text := range []*string{&m.Engine, &m.Model, &m.Fallback, &m.Status, &m.Question, &m.Facet, &m.Slot, &m.Act} {
		*text = clean(*text)
	}
	return m
}
