package storage

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

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
	nextAt     = nextAtHead + `cast(? as timestamp)` + nextAtTail
	nextAtHead = `greatest(`
	nextAtTail = `, {later}, (
			select date_trunc('milliseconds', created_at + interval '1999 microseconds') from messages
			where conversation_id = conversations.id order by created_at desc, id desc limit 1
		))`

	// An id that is known is left to the transaction; one that becomes known at the same time violates the primary key. What is read is as in
	// loadTurn.
	beginPostgres = `with c as (
			update conversations set updated_at = ` + nextAt + `
			where id = ? and user_id = ? and not exists (select 1 from messages where id = ?) and {unmoved}
			returning id, user_id, title, state, updated_at, conversations.xmin as own, ` + transactions + `? ` + contextOrder + ` limit ?) as text) as messages
		)` + beginTables + beginHead + `, c.state as metadata, c.updated_at as created_at from c
		` + contextBody + ` where conversation_id = ? and exists (select 1 from c) ` + contextTail

	// A conversation that is known is not read, when it is as it was at the end of its last turn, also for who had to wait for its lock; else nothing is written.
	// What is asked of it makes the rest spare: its newest message is the last reply, whose time is its updated_at, and an id that is known violates the primary key.
	beginKnown = `with c as (
			update conversations set updated_at = greatest(cast(? as timestamp), {later})
			where id = ? and user_id = ? and updated_at = ? and state is not null
				and ? = cast(array(select xmin from messages where conversation_id = ? ` + contextOrder + ` limit ?) as text)
			returning id, user_id, title, updated_at, conversations.xmin as own
		)` + beginTables + `select title, updated_at, ` + contextVersion + ` as version, cast(own as text) as own from c`

	beginTables = `, m as (
			insert into messages (id, conversation_id, role, content, created_at) select ?, id, 'user', ?, updated_at from c
		), t as (
			insert into turns (message_id, conversation_id, user_id, status, lease_owner, lease_until, created_at, updated_at)
			select ?, id, user_id, 'running', ?, {lease}, updated_at, updated_at from c
		)
		`

	// transactions are those that messages are from, see revision, after a mark of a state that is gone. What follows names the conversation, and how many.
	transactions = `case when conversations.state is null then '-' else '' end || cast(array(select xmin from messages where conversation_id = `

	// beginHead is contextHead with transactions after the version: the own one and those of the messages.
	beginHead = `select null as id, ` + contextVersion + ` || ' ' || cast(c.own as text) || ' ' || c.messages as role, coalesce(c.title, '') as content`

	// The conversation is changed when the turn is held, and the turn when it still is: should it have been taken in between, nothing may be
	// changed, and the division by zero sees to that.
	finishPostgres = finishTables + finishResult

	finishTables = `with c as (
			update conversations set title = coalesce(nullif(title, ''), ?), state = coalesce(cast(? as jsonb), state),
				updated_at = case when cast(? as boolean) then ` + nextAt + ` else updated_at end
			where id = ? and user_id = ? and exists (
				select 1 from turns where message_id = ? and conversation_id = ? and lease_owner = ? and reply_id is null
			)
			returning id, title, updated_at, conversations.xmin as own
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
		select title, updated_at, (select takeovers from t) as takeovers, 1 / (select count(*) from t) as held,
			cast(own as text) as own from c`

	// Not a join, which could become a look through the whole table.
	checkpointPostgres = `update turns set ` + renewLease + `,
			attempt = (cast(? as integer[]))[array_position(cast(? as uuid[]), message_id)],
			partial = (cast(? as text[]))[array_position(cast(? as uuid[]), message_id)]
		where message_id = any (cast(? as uuid[])) and lease_owner = ?
		returning message_id as id, cancel_requested as cancel`
)

// fast begins the turn where all is as usual, with others that begin at the same time; else it writes nothing and done is false.
func (b *beginning) fast(ctx context.Context) (done bool, err error) {
	if b.sealed, err = b.db.seal(fieldContent, b.in.ID, b.in.Content); err != nil {
		return false, err
	}
	alone := func() { b.alone(ctx) }
	err = b.db.begins.do(ctx, b, alone, func(all []*beginning) { b.db.beginTogether(ctx, all) })
	if b.left {
		b.alone(ctx)
	}
	return b.began, cmp.Or(err, b.err)
}

// alone begins the turn where all is as usual. It notes began or err. A statement that had to wait for the conversation, as for its title that is just being
// stored, finds it moved; the next one sees what became of it, and costs a tenth of what the transaction would.
func (b *beginning) alone(ctx context.Context) {
	ctx = b.db.unwatched(ctx)
	err := b.asKnown(ctx)
	for try := 0; try < 2 && err == nil && !b.began; try++ {
		err = b.read(ctx)
	}
	b.err = b.db.unlessRefused(err)
}

// asKnown begins the turn when the conversation is as known.
func (b *beginning) asKnown(ctx context.Context) error {
	if b.known.messages == "" {
		return nil
	}
	var title sql.NullString
	var at stamp
	var version, own string
	err := b.db.write1(ctx, func(q conn) error {
		return q.scan(ctx, []any{&title, &at, &version, &own}, beginKnown, b.db.stamp(), b.conversationID, b.userID, b.known.at,
			b.known.messages, b.conversationID, b.in.Window, b.in.ID, b.sealed, b.in.ID, b.lease.Owner, b.lease.For.Seconds())
	})
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	found := interview.TurnContext{Unchanged: true}
	if found.Version, err = memoryVersion(version); err != nil {
		return err
	}
	if found.Title, err = b.db.open(fieldTitle, b.conversationID, title.String); err != nil {
		return err
	}
	b.done(b.message(at), found.Title)
	b.turn.Revision, b.turn.Context = begunRevision(own, b.known.messages, b.in.Window), &found
	return nil
}

// read begins the turn and reads what its reply needs.
func (b *beginning) read(ctx context.Context) (err error) {
	var rows []contextRow
	err = b.db.write1(ctx, func(q conn) (err error) {
		rows, err = q.contextRows(ctx, beginPostgres, b.db.stamp(), b.conversationID, b.userID, b.in.ID, b.conversationID, b.in.Window,
			b.in.ID, b.sealed, b.in.ID, b.lease.Owner, b.lease.For.Seconds(), b.conversationID, b.in.Window)
		return err
	})
	if err != nil || len(rows) == 0 {
		return err
	}
	return b.begunWith(rows)
}

// begunWith notes that the turn was begun, with what was read for its reply: all, or that it is as known.
func (b *beginning) begunWith(rows []contextRow) error {
	head := strings.Fields(string(rows[0].Role)) // epoch and number of the version, transactions: the own one and those of the messages
	if len(head) != 4 {
		return fmt.Errorf("%d fields in the head of a context, want 4", len(head))
	}
	rows[0].Role = interview.Role(head[0] + " " + head[1])
	found, err := b.db.turnContext(b.conversationID, rows)
	if err != nil {
		return err
	}
	b.done(b.message(rows[0].CreatedAt), found.Title)
	if b.in.Window == 0 {
		return nil
	}
	b.turn.Revision = begunRevision(head[2], strings.TrimPrefix(head[3], "-"), b.in.Window)
	found.Unchanged = len(rows) == 1 && head[3] == b.known.messages
	b.turn.Context = &found
	return nil
}

// fast ends the turn where it has no reply yet, with others that end at the same time; else it writes nothing and done is false.
func (f *finishing) fast(ctx context.Context) (done bool, err error) {
	if f.content, err = f.db.seal(fieldContent, f.end.ReplyID, f.end.ReplyContent); err != nil {
		return false, err
	}
	if !f.learned.empty() {
		err = f.alone(ctx)
	} else {
		alone := func() { f.failed = f.alone(ctx) }
		err = f.db.finishes.do(ctx, f, alone, func(all []*finishing) { f.db.finishTogether(ctx, all) })
		if f.left {
			f.failed = f.alone(ctx)
		}
		err = cmp.Or(err, f.failed)
	}
	if err != nil || f.row == nil {
		return false, err
	}
	return true, f.finished()
}

// finishedRow is what a statement that ends a turn returns of it.
type finishedRow struct {
	title     sql.NullString
	at        stamp
	takeovers int
	own       string // the transaction
	stored    []byte // of finishLearning: see storedMemory
}

// alone ends the turn where it has no reply yet. Then there is a row.
func (f *finishing) alone(ctx context.Context) error {
	hasReply, now := f.end.ReplyContent != "", f.db.stamp()
	var row finishedRow
	var held int
	dest := []any{&row.title, &row.at, &row.takeovers, &held, &row.own}
	query, args := finishPostgres, []any{
		f.title, f.state, hasReply, now, f.end.ConversationID, f.userID, f.end.MessageID, f.end.ConversationID, f.end.Owner,
		f.end.Status, f.end.Attempt, f.replyID(), f.err.code, f.err.message, f.err.details,
		optional(f.end.Engine), optional(f.end.Model), f.end.Usage.InputTokens, f.end.Usage.OutputTokens, now,
		f.end.MessageID, f.end.Owner,
		f.replyID(), f.content, jsonText(f.metadata.JSON()), hasReply,
	}
	if !f.learned.empty() {
		learned, err := f.learned.args(f.userID)
		if err != nil {
			return err
		}
		query, args, dest = finishLearning, append(args, learned...), append(dest, &row.stored)
	}
	err := f.db.write1(ctx, func(q conn) error {
		return q.scan(ctx, dest, query, args...)
	})
	if errors.Is(err, sql.ErrNoRows) || pq.As(err, "22012") != nil { // division_by_zero
		return nil
	}
	if err == nil {
		f.row = &row
	}
	return f.db.unlessRefused(err) // a source was just deleted
}

// replyID is null when there is no reply.
func (f *finishing) replyID() sql.NullString {
	return sql.NullString{String: f.end.ReplyID, Valid: f.end.ReplyContent != ""}
}

// finished notes the turn that was ended.
func (f *finishing) finished() (err error) {
	if f.turn, err = f.ended(f.row.title.String, f.row.takeovers); err == nil && f.end.ReplyContent != "" {
		f.turn.Reply = &interview.Message{
			ID: f.end.ReplyID, ConversationID: f.end.ConversationID, Role: interview.RoleAssistant, Content: f.end.ReplyContent,
			Metadata: f.metadata.JSON(), CreatedAt: f.row.at.time(),
		}
		f.turn.Revision = endedRevision(f.end.Revision, f.row.at, f.row.own)
	}
	if f.row.stored != nil {
		f.turn.Change, _ = f.learned.stored(f.db, f.row.stored) // the turn has ended all the same, and the memory can be read
	}
	return err
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
