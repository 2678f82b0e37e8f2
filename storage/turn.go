package storage

import (
	"cmp"
	"context"
	"database/sql"
	"slices"

	"github.com/betterprofile/betterprofile/interview"
)

const (
	insertTurn = `insert into turns (message_id, conversation_id, user_id, status, attempt, reply_id, lease_owner, lease_until, created_at, updated_at)
		values (?, ?, ?, 'running', ?, ?, ?, {lease}, ?, ?)`

	restartTurn = `update turns set status = 'running', attempt = attempt + 1, takeovers = 0, cancel_requested = false, partial = '',
			lease_owner = ?, lease_until = {lease}, error_code = null, error_message = null, error_details = null, updated_at = ?
		where message_id = ?`

	touchConversation = `update conversations set updated_at = ? where id = ?`

	hasLaterMessage = `select exists (
			select 1 from messages where conversation_id = ? and role = 'user' and (created_at, id) > (?, ?)
		)`

	cancelTurn = `update turns set cancel_requested = true
		where message_id = ? and conversation_id = ? and user_id = ? and status = 'running'`

	// What a reply needs in one read: a row without id is the conversation, its title as content, its state as metadata, and the version of the user's memory
	// as role; the others are messages. In which order they come is not said, because a sort costs a database as much as reading them: see sortContext.
	contextHead = `select null as id, ` + contextVersion + ` as role, coalesce(c.title, '') as content, c.state as metadata`

	contextVersion = `coalesce((
				select cast(epoch as text) || ' ' || cast(version as text) from memories where memories.user_id = c.user_id
			), '0 0')`

	contextBody = `union all
		select * from (
			select id, role, content, metadata, created_at from messages`

	contextTail  = contextOrder + ` limit ?) as recent`
	contextOrder = `order by created_at desc, id desc`

	loadTurn = contextHead + `, m.created_at from messages m join conversations c on c.id = m.conversation_id
		where m.id = ? and c.id = ? and c.user_id = ? and m.role = 'user'
		` + contextBody + ` where conversation_id = ? and (created_at, id) < (select created_at, id from messages where id = ?) ` + contextTail
)

// BeginTurn implements interview.Store.
func (db *DB) BeginTurn(
	ctx context.Context, userID, conversationID string, in interview.TurnInput, lease interview.Lease,
) (interview.Turn, bool, error) {
	in, err := in.Normalize()
	if err != nil {
		return interview.Turn{}, false, err
	}
	conversationID, ok := interview.ParseID(conversationID)
	if !ok {
		return interview.Turn{}, false, interview.NotFound("Conversation")
	}
	b := beginning{db: db, userID: userID, conversationID: conversationID, in: in, known: parseRevision(in.Known), lease: lease}
	if db.dialect.kind == "postgres" {
		if done, err := b.fast(ctx); done || err != nil {
			return b.turn, b.began, db.fail(ctx, "begin turn", err)
		}
	}
	err = db.write(ctx, func(q conn) error { return b.run(ctx, q) })
	if err != nil {
		return interview.Turn{}, false, db.fail(ctx, "begin turn", err)
	}
	return b.turn, b.began, nil
}

// beginning is one call of BeginTurn.
type beginning struct {
	db                     *DB
	userID, conversationID string
	in                     interview.TurnInput
	known                  revision
	lease                  interview.Lease
	sealed                 string         // the content
	turn                   interview.Turn // the result
	began                  bool
	left                   bool // by those it was to begin with
	err                    error
}

func (b *beginning) key() string { return b.conversationID }

// run begins the turn within a transaction, whatever is there already.
func (b *beginning) run(ctx context.Context, q conn) error {
	c, err := q.lock(ctx, b.userID, b.conversationID)
	if err != nil {
		return err
	}
	turn, row, err := b.db.readTurn(ctx, q, b.userID, b.conversationID, b.in.ID)
	switch {
	case interview.ErrorCode(err) == interview.CodeNotFound:
		return b.insert(ctx, q, c)
	case err != nil:
		return err
	case turn.Message.Content != b.in.Content:
		return errIDTaken()
	}
	b.turn, b.began = turn, turn.Status == interview.TurnFailed || turn.Status == interview.TurnCancelled
	if !b.began {
		return nil
	}
	b.turn, err = b.db.restart(ctx, q, turn, row, b.lease)
	return err
}

// insert stores the message and its turn.
func (b *beginning) insert(ctx context.Context, q conn, c conversationRow) error {
	at, err := b.db.nextTime(ctx, q, c)
	if err != nil {
		return err
	}
	m := b.message(at)
	if err := b.db.insertMessage(ctx, q, m); err != nil {
		return err
	}
	_, err = q.exec(ctx, insertTurn, m.ID, m.ConversationID, b.userID, 1, nil, b.lease.Owner, b.lease.For.Seconds(), at, at)
	if b.db.dialect.violated(err) != "" {
		return errTurnInProgress()
	}
	if err != nil {
		return err
	}
	if _, err := q.exec(ctx, touchConversation, at, m.ConversationID); err != nil {
		return err
	}
	title, err := b.db.open(fieldTitle, b.conversationID, c.Title.String)
	b.done(m, title)
	return err
}

// message is the user's message, stored at a time.
func (b *beginning) message(at stamp) interview.Message {
	return interview.Message{
		ID: b.in.ID, ConversationID: b.conversationID, Role: interview.RoleUser, Content: b.in.Content, CreatedAt: at.time(),
	}
}

// done notes the turn that was begun.
func (b *beginning) done(m interview.Message, title string) {
	b.turn = interview.Turn{UserID: b.userID, Message: m, Status: interview.TurnRunning, Owner: b.lease.Owner, Attempt: 1, Title: title}
	b.turn.Message.Turn = b.turn.State()
	b.began = true
}

// nextTime is when a new message of a locked conversation is: now, and after all that came before it.
func (db *DB) nextTime(ctx context.Context, q conn, c conversationRow) (stamp, error) {
	var newest []stamp
	if err := q.list(ctx, &newest, newestMessage, c.ID); err != nil {
		return stamp{}, err
	}
	at := latestOf(db.stamp(), c.UpdatedAt.after())
	for _, s := range newest {
		at = latestOf(at, s.after())
	}
	return at, nil
}

// restart lets an ended turn run again. The conversation is locked.
func (db *DB) restart(ctx context.Context, q conn, t interview.Turn, row turnRow, lease interview.Lease) (interview.Turn, error) {
	t.Attempt++
	t.Status, t.Owner, t.Takeovers, t.Partial, t.Error = interview.TurnRunning, lease.Owner, 0, "", nil
	t.Engine, t.Model, t.Usage = "", "", interview.Usage{}
	t.Message.Turn = t.State()
	now, seconds := db.stamp(), lease.For.Seconds()
	var err error
	if row.Status.Valid {
		_, err = q.exec(ctx, restartTurn, lease.Owner, seconds, now, t.Message.ID)
	} else {
		_, err = q.exec(ctx, insertTurn,
			t.Message.ID, t.Message.ConversationID, t.UserID, t.Attempt, row.ReplyID, lease.Owner, seconds, now, now)
	}
	if db.dialect.violated(err) != "" {
		return t, errTurnInProgress()
	}
	return t, err
}

// RetryTurn implements interview.Store.
func (db *DB) RetryTurn(
	ctx context.Context, userID, conversationID, messageID string, lease interview.Lease,
) (turn interview.Turn, err error) {
	conversationID, messageID, err = turnIDs(conversationID, messageID)
	if err != nil {
		return turn, err
	}
	err = db.write(ctx, func(q conn) error {
		if _, err := q.lock(ctx, userID, conversationID); err != nil {
			return err
		}
		t, row, err := db.readTurn(ctx, q, userID, conversationID, messageID)
		if err != nil {
			return err
		}
		if err := db.mayRetry(ctx, q, t); err != nil {
			return err
		}
		turn, err = db.restart(ctx, q, t, row, lease)
		return err
	})
	if err != nil {
		return interview.Turn{}, db.fail(ctx, "retry turn", err)
	}
	return turn, nil
}

// mayRetry returns a conflict unless the turn can run again.
func (db *DB) mayRetry(ctx context.Context, q conn, t interview.Turn) error {
	switch t.Status {
	case interview.TurnFailed, interview.TurnCancelled:
		return nil
	case interview.TurnRunning:
		return errStatus(t.Status, "This turn is running. Wait for its end, or cancel it.")
	}
	var later bool
	m := t.Message
	err := q.get(ctx, &later, hasLaterMessage, m.ConversationID, stamp{m.CreatedAt.Time}, m.ID)
	if err == nil && later {
		err = errStatus(t.Status, "This turn has its reply, and the conversation has gone on since.")
	}
	return err
}

// turnIDs checks the ids of a turn. Errors: not_found.
func turnIDs(conversationID, messageID string) (string, string, error) {
	c, ok1 := interview.ParseID(conversationID)
	m, ok2 := interview.ParseID(messageID)
	if !ok1 || !ok2 {
		return "", "", interview.NotFound("Message")
	}
	return c, m, nil
}

// GetTurn implements interview.Store.
func (db *DB) GetTurn(ctx context.Context, userID, conversationID, messageID string) (t interview.Turn, err error) {
	conversationID, messageID, err = turnIDs(conversationID, messageID)
	if err != nil {
		return t, err
	}
	err = db.read(ctx, func(q conn) error {
		t, _, err = db.readTurn(ctx, q, userID, conversationID, messageID)
		return err
	})
	return t, db.fail(ctx, "get turn", err)
}

// LoadTurn implements interview.Store.
func (db *DB) LoadTurn(
	ctx context.Context, userID, conversationID, messageID string, limit int,
) (tc interview.TurnContext, err error) {
	conversationID, messageID, err = turnIDs(conversationID, messageID)
	if err != nil {
		return tc, err
	}
	var rows []contextRow
	err = db.read(ctx, func(q conn) (err error) {
		rows, err = q.contextRows(ctx, loadTurn, messageID, conversationID, userID, conversationID, messageID, max(limit, 0))
		return err
	})
	switch {
	case err != nil:
		return tc, db.fail(ctx, "load turn", err)
	case len(rows) == 0 || rows[0].ID.Valid: // messages, but not of a conversation of the user's
		return tc, interview.NotFound("Message")
	}
	return db.turnContext(conversationID, rows)
}

// contextRow is a row of loadTurn. The conversation's has no id.
type contextRow struct {
	ID        sql.NullString
	Role      interview.Role
	Content   string
	Metadata  []byte
	CreatedAt stamp
}

// contextRows reads the rows of loadTurn, or of another query with such.
func (q conn) contextRows(ctx context.Context, query string, args ...any) (rows []contextRow, err error) {
	var row contextRow
	err = q.rows(ctx, row.columns(), func() { rows = append(rows, row) }, query, args...)
	sortContext(rows)
	return rows, err
}

// sortContext puts the conversation first, and then the messages, newest first.
func sortContext(rows []contextRow) {
	slices.SortFunc(rows, func(a, b contextRow) int {
		if a.ID.Valid != b.ID.Valid {
			return cmp.Compare(len(a.ID.String), len(b.ID.String))
		}
		return cmp.Or(b.CreatedAt.Compare(a.CreatedAt.Time), cmp.Compare(b.ID.String, a.ID.String))
	})
}

// columns is where a row is scanned to.
func (r *contextRow) columns() []any {
	return []any{&r.ID, (*string)(&r.Role), &r.Content, &r.Metadata, &r.CreatedAt}
}

// turnContext opens the rows of loadTurn, in order.
func (db *DB) turnContext(conversationID string, rows []contextRow) (tc interview.TurnContext, err error) {
	if tc.Version, err = memoryVersion(string(rows[0].Role)); err != nil {
		return tc, err
	}
	if tc.Title, err = db.open(fieldTitle, conversationID, rows[0].Content); err != nil {
		return tc, err
	}
	if len(rows[0].Metadata) > 0 {
		state, err := db.open(fieldState, conversationID, string(rows[0].Metadata))
		if err != nil {
			return tc, err
		}
		tc.State = []byte(state)
	}
	tc.Recent = make([]interview.Message, 0, len(rows)-1)
	for _, row := range slices.Backward(rows[1:]) {
		m, err := db.message(messageRow{
			ID: row.ID.String, ConversationID: conversationID, Role: row.Role, Content: row.Content, Metadata: row.Metadata, CreatedAt: row.CreatedAt,
		})
		if err != nil {
			return tc, err
		}
		tc.Recent = append(tc.Recent, m)
	}
	return tc, nil
}

// CancelTurn implements interview.Store.
func (db *DB) CancelTurn(ctx context.Context, userID, conversationID, messageID string) error {
	conversationID, messageID, err := turnIDs(conversationID, messageID)
	if err != nil {
		return err
	}
	var n int64
	err = db.write1(ctx, func(q conn) error {
		n, err = q.exec(ctx, cancelTurn, messageID, conversationID, userID)
		return err
	})
	if err != nil || n == 1 {
		return db.fail(ctx, "cancel turn", err)
	}
	t, err := db.GetTurn(ctx, userID, conversationID, messageID)
	switch {
	case err != nil:
		return err
	case t.Status == interview.TurnRunning: // begun again just now
		return db.CancelTurn(ctx, userID, conversationID, messageID)
	}
	return errStatus(t.Status, "This turn has ended already.")
}

func errTurnInProgress() error {
	return interview.Errorf(interview.CodeTurnInProgress, "Another message of this conversation is being answered. Wait for the reply, or cancel it.")
}

func errStatus(status interview.TurnStatus, message string) error {
	e := interview.Errorf(interview.CodeConflict, "%s", message)
	e.Details.Status = string(status)
	return e
}
