package storage

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/jmoiron/sqlx"
)

// transferWait is how long an export or import waits for others to end. Each holds a connection, maybe for a slow reader, and most of the pool must
// be left for those who are typing.
const transferWait = 5 * time.Second

const (
	exportIDs = `select cast(id as text) from conversations where user_id = ? order by id`

	exportConversation = `select id, title, pinned_at, archived_at, created_at, updated_at, summarised_upto, metadata, state
		from conversations where id = ? and user_id = ?`

	exportMessages = `select id, conversation_id, role, content, metadata, created_at from messages
		where conversation_id = ? and (created_at, id) > (?, ?) order by created_at, id limit ?`

	exportTurns = `select m.id, m.conversation_id, m.created_at as message_at,
			t.status, t.attempt, case when r.conversation_id = m.conversation_id then r.id end as reply_id, t.error_code, t.error_message, t.error_details, t.engine, t.model, t.input_tokens, t.output_tokens,
			t.created_at, t.updated_at, r.metadata as reply_metadata
		from messages m join turns t on t.message_id = m.id left join messages r on r.id = t.reply_id
		where m.conversation_id = ? and (m.created_at, m.id) > (?, ?) order by m.created_at, m.id limit ?`
)

// Export implements interview.Store.
func (db *DB) Export(ctx context.Context, userID string, f func(interview.ExportRecord) error) error {
	leave, err := db.transfer(ctx)
	if err != nil {
		return err
	}
	defer leave()
	return db.fail(ctx, "export", db.snapshot(ctx, func(q conn) error {
		var ids []string
		if err := q.list(ctx, &ids, exportIDs, userID); err != nil {
			return err
		}
		e := exporting{db: db, q: q, userID: userID, f: f}
		for _, id := range ids {
			if err := e.conversation(ctx, id); err != nil {
				return err
			}
		}
		return e.memory(ctx)
	}))
}

// transfer waits until this export or import may begin.
func (db *DB) transfer(ctx context.Context) (leave func(), err error) {
	waiting, cancel := context.WithTimeout(ctx, transferWait)
	defer cancel()
	leave, err = takePlace(waiting, db.transfers)
	if err != nil && ctx.Err() == nil {
		return nil, unavailable("Other exports and imports are running. Try again in a moment.")
	}
	return leave, err
}

// snapshot calls f in a transaction that reads the database as of one moment.
func (db *DB) snapshot(ctx context.Context, f func(conn) error) error {
	var tx *sqlx.Tx
	err := db.read(ctx, func(conn) (err error) {
		tx, err = db.sql.BeginTxx(ctx, &sql.TxOptions{Isolation: db.dialect.snapshot, ReadOnly: true})
		return err
	})
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // nothing was changed
	return f(conn{db: db, tx: tx, snapshot: true})
}

// exporting is one call of Export.
type exporting struct {
	db     *DB
	q      conn
	userID string
	f      func(interview.ExportRecord) error
}

// conversation exports a conversation and all in it.
func (e *exporting) conversation(ctx context.Context, id string) error {
	var row exportedConversation
	if err := e.q.get(ctx, &row, exportConversation, id, e.userID); err != nil {
		return err
	}
	record, err := row.record(e.db)
	if err != nil {
		return err
	}
	if err := e.f(interview.ExportRecord{Conversation: &record}); err != nil {
		return err
	}
	if err := e.messages(ctx, id); err != nil {
		return err
	}
	return e.turns(ctx, id)
}

func (e *exporting) messages(ctx context.Context, conversationID string) error {
	for last, at := zeroID, (stamp{}); ; {
		var rows []messageRow
		if err := e.q.list(ctx, &rows, exportMessages, conversationID, at, last, readBatch); err != nil {
			return err
		}
		for _, row := range rows {
			m, err := e.db.message(row)
			if err != nil {
				return err
			}
			err = e.f(interview.ExportRecord{Message: &interview.MessageRecord{
				ID: m.ID, ConversationID: m.ConversationID, Role: m.Role, Content: m.Content, Metadata: m.Metadata, CreatedAt: row.CreatedAt.exact(),
			}})
			if err != nil {
				return err
			}
			last, at = row.ID, row.CreatedAt
		}
		if len(rows) < readBatch {
			return nil
		}
	}
}

func (e *exporting) turns(ctx context.Context, conversationID string) error {
	for last, at := zeroID, (stamp{}); ; {
		var rows []exportedTurn
		if err := e.q.list(ctx, &rows, exportTurns, conversationID, at, last, readBatch); err != nil {
			return err
		}
		for _, row := range rows {
			record, err := row.record(e.db)
			if err != nil {
				return err
			}
			if err := e.f(interview.ExportRecord{Turn: &record}); err != nil {
				return err
			}
			last, at = row.ID, row.MessageAt
		}
		if len(rows) < readBatch {
			return nil
		}
	}
}

// exportedConversation is a conversation with all its columns.
type exportedConversation struct {
	ID             string
	Title          sql.NullString
	PinnedAt       *stamp         `db:"pinned_at"`
	ArchivedAt     *stamp         `db:"archived_at"`
	CreatedAt      stamp          `db:"created_at"`
	UpdatedAt      stamp          `db:"updated_at"`
	SummarisedUpto sql.NullString `db:"summarised_upto"`
	Metadata       []byte
	State          []byte
}

func (r exportedConversation) record(db *DB) (interview.ConversationRecord, error) {
	c := interview.ConversationRecord{
		ID: r.ID, PinnedAt: exactOrNil(r.PinnedAt), ArchivedAt: exactOrNil(r.ArchivedAt), CreatedAt: r.CreatedAt.exact(), UpdatedAt: r.UpdatedAt.exact(),
		SummarisedUpto: r.SummarisedUpto.String, Metadata: r.Metadata,
	}
	var err error
	if c.Title, err = db.open(fieldTitle, r.ID, r.Title.String); err != nil {
		return c, err
	}
	state, err := db.open(fieldState, r.ID, string(r.State))
	c.State = json.RawMessage(state)
	return c, err
}

// exportedTurn is a turn as stored, with what its reply is.
type exportedTurn struct {
	ID             string
	ConversationID string `db:"conversation_id"`
	MessageAt      stamp  `db:"message_at"`
	Status         interview.TurnStatus
	Attempt        int
	ReplyID        sql.NullString `db:"reply_id"`
	ErrorCode      sql.NullString `db:"error_code"`
	ErrorMessage   sql.NullString `db:"error_message"`
	ErrorDetails   []byte         `db:"error_details"`
	Engine         sql.NullString
	Model          sql.NullString
	InputTokens    int    `db:"input_tokens"`
	OutputTokens   int    `db:"output_tokens"`
	CreatedAt      stamp  `db:"created_at"`
	UpdatedAt      stamp  `db:"updated_at"`
	ReplyMetadata  []byte `db:"reply_metadata"`
}

func (r exportedTurn) record(db *DB) (interview.TurnRecord, error) {
	state, err := db.stateOf(r.ID, turnState{ErrorCode: r.ErrorCode, ErrorMessage: r.ErrorMessage, ErrorDetails: r.ErrorDetails})
	t := interview.TurnRecord{
		MessageID: r.ID, ConversationID: r.ConversationID, Status: r.Status, Attempt: r.Attempt, ReplyID: r.ReplyID.String, Error: state.Error,
		Engine: r.Engine.String, Model: r.Model.String, Usage: interview.Usage{InputTokens: r.InputTokens, OutputTokens: r.OutputTokens},
		CreatedAt: r.CreatedAt.exact(), UpdatedAt: r.UpdatedAt.exact(),
	}
	if t.Status == interview.TurnRunning {
		t.Status = interview.TurnFailed
		if r.ReplyID.Valid && isComplete(interview.Message{Metadata: r.ReplyMetadata}) {
			t.Status = interview.TurnCompleted // a new reply was being made; the one before stands
		}
	}
	switch {
	case t.Status != interview.TurnFailed:
		t.Error = nil
	case t.Error == nil:
		t.Error = interview.Errorf(interview.CodeInterrupted, "The reply was being made when this was exported. Send the message again to get one.")
	}
	return t, err
}

// exact is s as it is exported.
func (s stamp) exact() interview.ExactTime { return interview.ExactTime{Time: s.UTC()} }

func exactOrNil(s *stamp) *interview.ExactTime {
	if s == nil {
		return nil
	}
	t := s.exact()
	return &t
}
