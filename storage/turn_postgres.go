package storage

import (
	"context"
	"database/sql"
	"errors"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/lib/pq"
)

// A turn begins and ends in one statement here: one round trip, one commit. Both lock the conversation first. Who waited for the lock sees
// the locked row as it is now, but all other rows as they were before; therefore times are taken from the locked row's updated_at,
// which every new message moves, and a statement that finds anything unexpected writes nothing and leaves it to the transaction.

const (
	// nextAt is when a new message of the locked conversation c is: ?, and at least 1 ms after all that came before it.
	nextAt = `greatest(cast(? as timestamp), date_trunc('milliseconds', c.updated_at + interval '1999 microseconds'), (
			select date_trunc('milliseconds', created_at + interval '1999 microseconds') from messages
			where conversation_id = c.id order by created_at desc, id desc limit 1
		))`

	beginPostgres = `with c as (
			select id, user_id, title, updated_at from conversations where id = ? and user_id = ? {lock}
		), m as (
			insert into messages (id, conversation_id, role, content, created_at)
			select ?, c.id, 'user', ?, ` + nextAt + ` from c
			on conflict (id) do nothing
			returning id, created_at
		), t as (
			insert into turns (message_id, conversation_id, user_id, status, lease_owner, lease_until, created_at, updated_at)
			select m.id, c.id, c.user_id, 'running', ?, {lease}, m.created_at, m.created_at from m, c
		), u as (
			update conversations set updated_at = m.created_at from m, c where conversations.id = c.id
		)
		select m.created_at, c.title from m, c`

	finishPostgres = `with c as (
			select id, title, updated_at from conversations where id = ? and user_id = ? {lock}
		), t as (
			update turns set status = ?, attempt = ?, reply_id = ?, error_code = ?, error_message = ?, error_details = ?,
				engine = ?, model = ?, input_tokens = ?, output_tokens = ?, updated_at = ?,
				partial = '', cancel_requested = false, lease_owner = null, lease_until = null
			from c
			where message_id = ? and conversation_id = c.id and status = 'running' and lease_owner = ? and reply_id is null
			returning message_id, takeovers
		), r as (
			insert into messages (id, conversation_id, role, content, metadata, created_at)
			select cast(? as uuid), c.id, 'assistant', ?, cast(? as jsonb), ` + nextAt + ` from c, t
			where cast(? as boolean)
			returning id, metadata, created_at
		), u as (
			update conversations set
				title = coalesce(nullif(conversations.title, ''), ?),
				state = coalesce(?, conversations.state),
				updated_at = coalesce((select created_at from r), conversations.updated_at)
			from c, t where conversations.id = c.id
			returning conversations.title
		)
		select m.id, m.conversation_id, m.content, m.metadata, m.created_at, t.takeovers, u.title,
			r.id as reply_id, r.metadata as reply_metadata, r.created_at as reply_created_at
		from t join messages m on m.id = t.message_id cross join u left join r on true`

	// Not a join: PostgreSQL takes the running turns for few, and looks through all arrays for each of them.
	checkpointPostgres = `update turns set ` + renewLease + `,
			attempt = (cast(? as integer[]))[array_position(cast(? as uuid[]), message_id)],
			partial = (cast(? as text[]))[array_position(cast(? as uuid[]), message_id)]
		where message_id = any (cast(? as uuid[])) and status = 'running' and lease_owner = ?
		returning message_id as id, cancel_requested as cancel`
)

// fast begins the turn where nothing is in the way; else it writes nothing and done is false.
func (b *beginning) fast(ctx context.Context) (done bool, err error) {
	content, err := b.db.seal(fieldContent, b.in.ID, b.in.Content)
	if err != nil {
		return false, err
	}
	var row struct {
		CreatedAt stamp `db:"created_at"`
		Title     sql.NullString
	}
	err = b.db.write1(ctx, func(q conn) error {
		return q.get(ctx, &row, beginPostgres, b.conversationID, b.userID, b.in.ID, content, b.db.stamp(),
			b.lease.Owner, b.lease.For.Seconds())
	})
	if errors.Is(err, sql.ErrNoRows) || b.db.dialect.violated(err) != "" {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, b.done(b.message(row.CreatedAt), conversationRow{Title: row.Title})
}

// fast ends the turn where it has no reply yet; else it writes nothing and done is false.
func (f *finishing) fast(ctx context.Context) (done bool, err error) {
	content, err := f.db.seal(fieldContent, f.end.ReplyID, f.end.ReplyContent)
	if err != nil {
		return false, err
	}
	hasReply, now := f.end.ReplyContent != "", f.db.stamp()
	replyID := sql.NullString{String: f.end.ReplyID, Valid: hasReply}
	var row turnRow
	err = f.db.write1(ctx, func(q conn) error {
		return q.get(ctx, &row, finishPostgres, f.end.ConversationID, f.userID,
			f.end.Status, f.end.Attempt, replyID, f.err.code, f.err.message, f.err.details,
			optional(f.end.Engine), optional(f.end.Model), f.end.Usage.InputTokens, f.end.Usage.OutputTokens, now,
			f.end.MessageID, f.end.Owner,
			replyID, content, jsonText(f.metadata.JSON()), now, hasReply,
			f.title, f.state)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	f.turn, err = f.ended(row, content)
	return true, err
}

// ended completes what the statement returned by what it was given.
func (f *finishing) ended(row turnRow, content string) (interview.Turn, error) {
	row.UserID = f.userID
	row.Status = optional(string(f.end.Status))
	row.Attempt.Int64 = int64(f.end.Attempt)
	row.ErrorCode, row.ErrorMessage, row.ErrorDetails = f.err.code, f.err.message, []byte(f.err.details.String)
	row.Engine, row.Model = optional(f.end.Engine), optional(f.end.Model)
	row.InputTokens.Int64, row.OutputTokens.Int64 = int64(f.end.Usage.InputTokens), int64(f.end.Usage.OutputTokens)
	row.ReplyContent.String = content
	return f.db.turn(row)
}

// checkpointOnPostgres is the statement of a checkpoint with the arguments after the lease's.
func checkpointOnPostgres(owner string, progress []interview.TurnProgress, sealed []string) (string, []any, error) {
	ids, attempts := make([]string, len(progress)), make([]int64, len(progress))
	for i, p := range progress {
		ids[i], attempts[i] = p.MessageID, int64(p.Attempt)
	}
	list := pq.Array(ids)
	return checkpointPostgres, []any{pq.Array(attempts), list, pq.Array(sealed), list, list, owner}, nil
}
