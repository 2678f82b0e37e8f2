package storage

import (
	"context"
	"database/sql"
	"errors"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/lib/pq"
)

// A turn begins and ends in one statement here: one round trip, one commit. Both change the conversation first, which locks it. Who waited for
// the lock sees the locked row as it is now, but all other rows as they were before; therefore times are taken from the locked row's
// updated_at, which every new message moves, and a statement that finds anything unexpected writes nothing and leaves it to the transaction.
// A begin reads the messages for the reply as well, and must not give those that were forgotten meanwhile: see unmoved.
// Only a running turn has an owner. Its status is not asked for: PostgreSQL would take that for a reason to go through the index of the running
// turns, where the entries of all that ended lately still are, rather than by the key.
// What runs in every turn is kept short: each table or subquery more costs PostgreSQL as much as a look at an index.

const (
	// nextAt is when a new message of the locked conversation is: ?, and at least 1 ms after all that came before it.
	nextAt = `greatest(cast(? as timestamp), {later}, (
			select date_trunc('milliseconds', created_at + interval '1999 microseconds') from messages
			where conversation_id = conversations.id order by created_at desc, id desc limit 1
		))`

	// An id that is known is left to the transaction; one that becomes known at the same time violates the primary key. What is read is as in
	// loadTurn.
	beginPostgres = `with c as (
			update conversations set updated_at = ` + nextAt + `
			where id = ? and user_id = ? and not exists (select 1 from messages where id = ?) and {unmoved}
			returning id, user_id, title, state, updated_at
		), m as (
			insert into messages (id, conversation_id, role, content, created_at) select ?, id, 'user', ?, updated_at from c
		), t as (
			insert into turns (message_id, conversation_id, user_id, status, lease_owner, lease_until, created_at, updated_at)
			select ?, id, user_id, 'running', ?, {lease}, updated_at, updated_at from c
		)
		` + contextHead + `, c.updated_at as created_at from c
		` + contextBody + `
			where conversation_id = ? and exists (select 1 from c)
		` + contextTail

	// The conversation is changed when the turn is held, and the turn when it still is: should it have been taken in between, nothing may be
	// changed, and the division by zero sees to that.
	finishPostgres = finishTables + finishResult

	finishTables = `with c as (
			update conversations set title = coalesce(nullif(title, ''), ?), state = coalesce(cast(? as jsonb), state),
				updated_at = case when cast(? as boolean) then ` + nextAt + ` else updated_at end
			where id = ? and user_id = ? and exists (
				select 1 from turns where message_id = ? and conversation_id = ? and lease_owner = ? and reply_id is null
			)
			returning id, title, updated_at
		), t as (
			update turns set status = ?, attempt = ?, reply_id = ?, error_code = ?, error_message = ?, error_details = ?,
				engine = ?, model = ?, input_tokens = ?, output_tokens = ?, updated_at = ?,
				partial = '', cancel_requested = false, lease_owner = null, lease_until = null
			from c
			where message_id = ? and lease_owner = ? and reply_id is null
			returning takeovers
		), r as (
			insert into messages (id, conversation_id, role, content, metadata, created_at)
			select ?, id, 'assistant', ?, ?, updated_at from c where cast(? as boolean)
		)`

	finishResult = `
		select title, updated_at, (select takeovers from t) as takeovers, 1 / (select count(*) from t) as held from c`

	// Not a join, which could become a look through the whole table.
	checkpointPostgres = `update turns set ` + renewLease + `,
			attempt = (cast(? as integer[]))[array_position(cast(? as uuid[]), message_id)],
			partial = (cast(? as text[]))[array_position(cast(? as uuid[]), message_id)]
		where message_id = any (cast(? as uuid[])) and lease_owner = ?
		returning message_id as id, cancel_requested as cancel`
)

// fast begins the turn where all is as usual; else it writes nothing and done is false.
func (b *beginning) fast(ctx context.Context) (done bool, err error) {
	content, err := b.db.seal(fieldContent, b.in.ID, b.in.Content)
	if err != nil {
		return false, err
	}
	var rows []contextRow
	err = b.db.write1(ctx, func(q conn) (err error) {
		rows, err = q.contextRows(ctx, beginPostgres, b.db.stamp(), b.conversationID, b.userID, b.in.ID, b.in.ID, content,
			b.in.ID, b.lease.Owner, b.lease.For.Seconds(), b.conversationID, b.in.Window)
		return err
	})
	if err == nil && len(rows) == 0 || b.db.dialect.violated(err) != "" {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	found, err := b.db.turnContext(b.conversationID, rows)
	if err != nil {
		return false, err
	}
	b.done(b.message(rows[0].CreatedAt), found.Title)
	if b.in.Window > 0 {
		b.turn.Context = &found
	}
	return true, nil
}

// fast ends the turn where it has no reply yet; else it writes nothing and done is false.
func (f *finishing) fast(ctx context.Context) (done bool, err error) {
	content, err := f.db.seal(fieldContent, f.end.ReplyID, f.end.ReplyContent)
	if err != nil {
		return false, err
	}
	hasReply, now, metadata := f.end.ReplyContent != "", f.db.stamp(), f.metadata.JSON()
	replyID := sql.NullString{String: f.end.ReplyID, Valid: hasReply}
	var title sql.NullString
	var at stamp
	var takeovers, held int
	query, args := finishPostgres, []any{
		f.title, f.state, hasReply, now, f.end.ConversationID, f.userID, f.end.MessageID, f.end.ConversationID, f.end.Owner,
		f.end.Status, f.end.Attempt, replyID, f.err.code, f.err.message, f.err.details,
		optional(f.end.Engine), optional(f.end.Model), f.end.Usage.InputTokens, f.end.Usage.OutputTokens, now,
		f.end.MessageID, f.end.Owner,
		replyID, content, jsonText(metadata), hasReply,
	}
	if !f.learned.empty() {
		learned, err := f.learned.args(f.userID)
		if err != nil {
			return false, err
		}
		query, args = finishLearning, append(args, learned...)
	}
	err = f.db.write1(ctx, func(q conn) error {
		return q.scan(ctx, []any{&title, &at, &takeovers, &held}, query, args...)
	})
	if errors.Is(err, sql.ErrNoRows) || pq.As(err, "22012") != nil || f.db.dialect.violated(err) != "" { // division_by_zero; a source was just deleted
		return false, nil
	}
	if err != nil {
		return false, err
	}
	f.turn, err = f.ended(title.String, takeovers)
	if hasReply {
		f.turn.Reply = &interview.Message{
			ID: f.end.ReplyID, ConversationID: f.end.ConversationID, Role: interview.RoleAssistant, Content: f.end.ReplyContent,
			Metadata: metadata, CreatedAt: at.time(),
		}
	}
	return true, err
}

// ended is the turn as it was stored, but for its reply.
func (f *finishing) ended(title string, takeovers int) (interview.Turn, error) {
	t, err := f.db.stateOf(f.end.MessageID, turnState{
		Status: optional(string(f.end.Status)), Attempt: sql.NullInt64{Int64: int64(f.end.Attempt)},
		ErrorCode: f.err.code, ErrorMessage: f.err.message, ErrorDetails: []byte(f.err.details.String),
	})
	if err != nil {
		return t, err
	}
	t.UserID, t.Takeovers, t.Message = f.userID, takeovers, f.end.Message
	t.Engine, t.Model, t.Usage = clean(f.end.Engine), clean(f.end.Model), f.end.Usage
	t.Message.Turn = t.State()
	t.Title, err = f.db.open(fieldTitle, f.end.ConversationID, title)
	return t, err
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
