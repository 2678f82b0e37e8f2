package storage

import (
	"context"
	"database/sql"
	"encoding/json"
	"strings"

	"github.com/betterprofile/betterprofile/interview"
)

const (
	turnColumns = `m.id, m.conversation_id, c.user_id, m.content, m.metadata, m.created_at, c.title,
			t.status, t.attempt, t.takeovers, t.partial, t.error_code, t.error_message, t.error_details,
			t.engine, t.model, t.input_tokens, t.output_tokens, t.lease_owner, t.lease_until,
			case when r.conversation_id = m.conversation_id then r.id end as reply_id, r.content as reply_content, r.metadata as reply_metadata, r.created_at as reply_created_at`

	turnJoins = `join conversations c on c.id = m.conversation_id
		left join turns t on t.message_id = m.id
		left join messages r on r.id = t.reply_id`

	selectTurn = `select ` + turnColumns + ` from messages m ` + turnJoins + `
		where m.id = ? and m.conversation_id = ? and c.user_id = ? and m.role = 'user'`

	// The message after (created_at, id): the reply to a user message that was written by others, if it is the interviewer's.
	selectNextMessage = `select id, conversation_id, role, content, metadata, created_at from messages
		where conversation_id = ? and (created_at, id) > (?, ?) order by created_at, id limit 1`
)

// turnState is the part of a turn that is shown with its message. Status is null where there is no turn.
type turnState struct {
	Status       sql.NullString
	Attempt      sql.NullInt64
	Partial      sql.NullString
	ErrorCode    sql.NullString `db:"error_code"`
	ErrorMessage sql.NullString `db:"error_message"`
	ErrorDetails []byte         `db:"error_details"`
}

// turnRow is a turn as stored, with its message, its reply and its conversation's title.
type turnRow struct {
	ID             string
	ConversationID string `db:"conversation_id"`
	UserID         string `db:"user_id"`
	Content        string
	Metadata       []byte
	CreatedAt      stamp `db:"created_at"`
	Title          sql.NullString
	turnState
	Takeovers      sql.NullInt64
	Engine         sql.NullString
	Model          sql.NullString
	InputTokens    sql.NullInt64  `db:"input_tokens"`
	OutputTokens   sql.NullInt64  `db:"output_tokens"`
	LeaseOwner     sql.NullString `db:"lease_owner"`
	LeaseUntil     *stamp         `db:"lease_until"`
	ReplyID        sql.NullString `db:"reply_id"`
	ReplyContent   sql.NullString `db:"reply_content"`
	ReplyMetadata  []byte         `db:"reply_metadata"`
	ReplyCreatedAt *stamp         `db:"reply_created_at"`
}

// stateOf opens the state of the turn of a message.
func (db *DB) stateOf(messageID string, s turnState) (interview.Turn, error) {
	partial, err := db.open(fieldPartial, messageID, s.Partial.String)
	t := interview.Turn{Status: interview.TurnStatus(s.Status.String), Attempt: int(s.Attempt.Int64), Partial: partial}
	if s.ErrorCode.Valid {
		t.Error = &interview.Error{Code: interview.Code(s.ErrorCode.String), Message: s.ErrorMessage.String}
		_ = json.Unmarshal(s.ErrorDetails, &t.Error.Details) // written by store; without it the error still says enough
	}
	return t, err
}

// turn opens a row that has a turn.
func (db *DB) turn(r turnRow) (interview.Turn, error) {
	t, err := db.stateOf(r.ID, r.turnState)
	if err != nil {
		return t, err
	}
	t.UserID, t.Takeovers = r.UserID, int(r.Takeovers.Int64)
	if t.Status == interview.TurnRunning {
		t.Owner = r.LeaseOwner.String
	} else { // while it runs, these are of the attempt before
		t.Engine, t.Model = r.Engine.String, r.Model.String
		t.Usage = interview.Usage{InputTokens: int(r.InputTokens.Int64), OutputTokens: int(r.OutputTokens.Int64)}
	}
	if t.Title, err = db.open(fieldTitle, r.ConversationID, r.Title.String); err != nil {
		return t, err
	}
	t.Message, err = db.message(messageRow{
		ID: r.ID, ConversationID: r.ConversationID, Role: interview.RoleUser, Content: r.Content, Metadata: r.Metadata,
		CreatedAt: r.CreatedAt, turnState: r.turnState,
	})
	if err != nil || !r.ReplyID.Valid {
		return t, err
	}
	reply, err := db.message(messageRow{
		ID: r.ReplyID.String, ConversationID: r.ConversationID, Role: interview.RoleAssistant, Content: r.ReplyContent.String,
		Metadata: r.ReplyMetadata, CreatedAt: *r.ReplyCreatedAt,
	})
	t.Reply = &reply
	return t, err
}

// readTurn reads a turn, or makes up the one of a user message that never had one: then the row has no Status.
func (db *DB) readTurn(
	ctx context.Context, q conn, userID, conversationID, messageID string,
) (t interview.Turn, row turnRow, err error) {
	if err := q.get(ctx, &row, selectTurn, messageID, conversationID, userID); err != nil {
		return t, row, notFound("Message", err)
	}
	if row.Status.Valid {
		t, err = db.turn(row)
		return t, row, err
	}
	var next []messageRow
	if err := q.list(ctx, &next, selectNextMessage, conversationID, row.CreatedAt, messageID); err != nil {
		return t, row, err
	}
	if len(next) == 1 && next[0].Role == interview.RoleAssistant {
		r := next[0]
		row.ReplyID = sql.NullString{String: r.ID, Valid: true}
		row.ReplyContent = sql.NullString{String: r.Content, Valid: true}
		row.ReplyMetadata, row.ReplyCreatedAt = r.Metadata, &r.CreatedAt
	}
	t, err = db.turn(row)
	made := unanswered()
	if t.Reply != nil {
		made = interview.Turn{Status: interview.TurnCompleted, Attempt: 1}
	}
	t.Status, t.Attempt, t.Error = made.Status, made.Attempt, made.Error
	t.Message.Turn = t.State()
	return t, row, err
}

// storedError is an error as columns.
type storedError struct{ code, message, details sql.NullString }

// storeError prepares an error for storing. Its text may come from a model's endpoint, so it is made storable.
func storeError(e *interview.Error) (s storedError, err error) {
	if e == nil {
		return s, nil
	}
	details, err := json.Marshal(e.Details)
	text := func(s string) sql.NullString { return sql.NullString{String: clean(s), Valid: true} }
	return storedError{code: text(string(e.Code)), message: text(e.Message), details: text(string(details))}, err
}

// clean returns text without what PostgreSQL refuses: bytes that are not UTF-8, and NUL.
func clean(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	return strings.ReplaceAll(text, "\x00", "")
}

// optional is text as a column that is null when it is empty.
func optional(text string) sql.NullString {
	return sql.NullString{String: clean(text), Valid: text != ""}
}
