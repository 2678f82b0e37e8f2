package storage

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"strings"

	"github.com/betterprofile/betterprofile/interview"
)

const (
	insertMessages = `insert into messages (id, conversation_id, role, content, metadata, created_at) values`

	insertMessage = insertMessages + ` (?, ?, ?, ?, ?, ?)`

	updateMessage = `update messages set content = ?, metadata = ? where id = ?`

	ownsConversation = `exists (select 1 from conversations where id = ? and user_id = ?)`

	// nextRole is the role of the message after m, empty after the last.
	nextRole = `coalesce((
			select n.role from messages n where n.conversation_id = m.conversation_id and (n.created_at, n.id) > (m.created_at, m.id)
			order by n.created_at, n.id limit 1
		), '')`

	// turnNote is what a page says of the turn of m, a user message: nothing when it is completed, else a stateNote in JSON. A user message without
	// a turn was written by others: what comes next says whether it was answered. A subquery for the row, because a join of the two tables costs
	// PostgreSQL more; in one column, because each costs the driver as much as the look at the index.
	turnNote = `coalesce((
				select case when t.status = 'completed' then '' else cast({object}(
					'status', t.status, 'attempt', t.attempt, 'partial', t.partial,
					'code', t.error_code, 'message', t.error_message, 'details', cast(t.error_details as text)
				) as text) end
				from turns t where t.message_id = m.id
			), case when ` + nextRole + ` = 'assistant' then '' else '{}' end)`

	listMessages = `select m.id, m.role, m.content, m.metadata, m.created_at, case when m.role = 'user' then ` + turnNote + ` else '' end as turn
		from messages m
		where m.conversation_id = ? and ` + ownsConversation + ` and (m.created_at, m.id) < (?, ?)
		order by m.created_at desc, m.id desc limit ?`

	newestMessage = `select created_at from messages where conversation_id = ? order by created_at desc, id desc limit 1`
)

// readBatch is how many messages are read at a time where all of them are wanted.
const readBatch = 100

// messageRow is a message as stored, with what is known of its turn.
type messageRow struct {
	ID             string
	ConversationID string `db:"conversation_id"`
	Role           interview.Role
	Content        string
	Metadata       []byte
	CreatedAt      stamp `db:"created_at"`
	turnState
}

// stateNote is a turn that is not completed, as turnNote writes it; that of a user message which nobody answered has no status.
type stateNote struct {
	Status                 string
	Attempt                int64
	Partial                string
	Code, Message, Details *string
}

// messages calls f for up to limit messages of a conversation, which it reads by listMessages or a query like it.
func (q conn) messages(ctx context.Context, conversationID string, f func(interview.Message), query string, args ...any) error {
	row := messageRow{ConversationID: conversationID}
	var note string
	dest := []any{&row.ID, (*string)(&row.Role), &row.Content, &row.Metadata, &row.CreatedAt, &note}
	return q.each(ctx, func(rows *sql.Rows) error {
		if err := rows.Scan(dest...); err != nil {
			return err
		}
		m, err := q.db.message(row)
		if err == nil && note != "" {
			m.Turn, err = q.db.noted(row.ID, note)
		}
		f(m)
		return err
	}, query, args...)
}

// noted is the state that a stateNote stands for.
func (db *DB) noted(messageID, note string) (*interview.TurnState, error) {
	var n stateNote
	if err := json.Unmarshal([]byte(note), &n); err != nil {
		return nil, err
	}
	if n.Status == "" {
		return unanswered().State(), nil
	}
	text := func(s *string) sql.NullString {
		if s == nil {
			return sql.NullString{}
		}
		return sql.NullString{String: *s, Valid: true}
	}
	state := turnState{
		Status: text(&n.Status), Attempt: sql.NullInt64{Int64: n.Attempt, Valid: true}, Partial: text(&n.Partial),
		ErrorCode: text(n.Code), ErrorMessage: text(n.Message),
	}
	if n.Details != nil {
		state.ErrorDetails = []byte(*n.Details)
	}
	turn, err := db.stateOf(messageID, state)
	return turn.State(), err
}

// message opens the row.
func (db *DB) message(r messageRow) (interview.Message, error) {
	content, err := db.open(fieldContent, r.ID, r.Content)
	if err != nil {
		return interview.Message{}, err
	}
	metadata, err := db.openMetadata(r.ID, r.Metadata)
	if err != nil {
		return interview.Message{}, err
	}
	m := interview.Message{
		ID: r.ID, ConversationID: r.ConversationID, Role: r.Role, Content: content, Metadata: metadata, CreatedAt: r.CreatedAt.time(),
	}
	if r.Status.Valid {
		turn, err := db.stateOf(r.ID, r.turnState)
		m.Turn = turn.State()
		return m, err
	}
	return m, nil
}

// unanswered is the turn of a user message that others wrote and nobody answered.
func unanswered() interview.Turn {
	return interview.Turn{
		Status: interview.TurnFailed, Attempt: 1,
		Error: interview.Errorf(interview.CodeInterrupted, "This message was never answered. Send it again to get a reply."),
	}
}

// jsonText is JSON as both drivers take it: text, or null.
func jsonText(b []byte) sql.NullString { return sql.NullString{String: string(b), Valid: len(b) > 0} }

// insertMessage stores m with all that is set in it. Errors: conflict when its id is known.
func (db *DB) insertMessage(ctx context.Context, q conn, m interview.Message) error {
	row, err := db.messageValues(m)
	if err != nil {
		return err
	}
	_, err = q.exec(ctx, insertMessage, row...)
	if db.dialect.violated(err) != "" {
		return errIDTaken()
	}
	return err
}

// messageValues is m, sealed, as the columns of an insert.
func (db *DB) messageValues(m interview.Message) ([]any, error) {
	content, err := db.seal(fieldContent, m.ID, m.Content)
	if err != nil {
		return nil, err
	}
	metadata, err := db.sealMetadata(m.ID, m.Metadata)
	return []any{m.ID, m.ConversationID, m.Role, content, jsonText(metadata), stamp{m.CreatedAt.Time}}, err
}

// ListMessages implements interview.Store.
func (db *DB) ListMessages(
	ctx context.Context, userID, conversationID string, query interview.MessageQuery,
) (page interview.MessagePage, err error) {
	if query, err = query.Normalize(); err != nil {
		return page, err
	}
	id, ok := interview.ParseID(conversationID)
	if !ok {
		return page, interview.NotFound("Conversation")
	}
	err = db.read(ctx, func(q conn) error {
		page, err = db.messagesBefore(ctx, q, userID, id, query)
		if err != nil || len(page.Messages) > 0 {
			return err
		}
		_, err = db.getConversation(ctx, q, userID, id)
		return err
	})
	return page, db.fail(ctx, "list messages", err)
}

// messagesBefore reads a page of messages; an empty one too where the user has no such conversation.
func (db *DB) messagesBefore(
	ctx context.Context, q conn, userID, conversationID string, query interview.MessageQuery,
) (interview.MessagePage, error) {
	from, err := before(query.Cursor)
	if err != nil {
		return interview.MessagePage{}, err
	}
	found := make([]interview.Message, 0, query.Limit+1)
	err = q.messages(ctx, conversationID, func(m interview.Message) { found = append(found, m) }, listMessages,
		conversationID, conversationID, userID, stamp{from.Time.Time}, from.ID, query.Limit+1)
	if err != nil {
		return interview.MessagePage{}, err
	}
	page := interview.MessagePage{Messages: found[:min(len(found), query.Limit)]}
	if len(found) > query.Limit {
		last := found[query.Limit-1]
		page.NextCursor = interview.Position{Time: last.CreatedAt, ID: last.ID}.Cursor()
	}
	slices.Reverse(page.Messages)
	return page, nil
}

// listMessagesUp is listMessages from a place on, oldest first.
func listMessagesUp() string {
	return strings.NewReplacer("(m.created_at, m.id) < (?, ?)", "(m.created_at, m.id) > (?, ?)", "desc", "asc").Replace(listMessages)
}

// EachMessage implements interview.Store.
func (db *DB) EachMessage(ctx context.Context, userID, conversationID string, f func(interview.Message) error) error {
	id, ok := interview.ParseID(conversationID)
	if !ok {
		return interview.NotFound("Conversation")
	}
	query := listMessagesUp()
	found := make([]interview.Message, 0, readBatch)
	for last, at := zeroID, (stamp{}); ; {
		err := db.read(ctx, func(q conn) error {
			found = found[:0]
			err := q.messages(ctx, id, func(m interview.Message) { found = append(found, m) }, query, id, id, userID, at, last, readBatch)
			if err != nil || len(found) == readBatch {
				return err
			}
			_, err = db.getConversation(ctx, q, userID, id) // it may have gone, with the rest of its messages
			return err
		})
		if err != nil {
			return db.fail(ctx, "read messages", err)
		}
		for _, m := range found {
			if err := f(m); err != nil {
				return err
			}
			last, at = m.ID, stamp{m.CreatedAt.Time}
		}
		if len(found) < readBatch {
			return nil
		}
	}
}

// regenerated is the metadata of a reply that takes the place of an earlier one: its own, what others wrote beside ours, and the
// earlier texts.
func regenerated(old interview.Message, meta interview.ReplyMetadata) (json.RawMessage, error) {
	was := old.ReplyMetadata()
	meta.Previous = was.Previous
	if isComplete(old) {
		meta.Previous = append([]string{old.Content}, was.Previous...)
	}
	meta.Previous = meta.Previous[:min(len(meta.Previous), interview.MaxPrevious)]
	ours, err := keysOf(was.JSON())
	if err != nil {
		return nil, err
	}
	all, err := keysOf(old.Metadata)
	if err != nil {
		all = nil // not an object: others' doing
	}
	next, err := keysOf(meta.JSON())
	if err != nil {
		return nil, err
	}
	for key, value := range all {
		if _, our := ours[key]; !our {
			if _, taken := next[key]; !taken {
				next[key] = value
			}
		}
	}
	if len(next) == 0 {
		return nil, nil
	}
	return json.Marshal(next)
}

// keysOf decodes a JSON object, or nothing.
func keysOf(object []byte) (map[string]json.RawMessage, error) {
	keys := map[string]json.RawMessage{}
	if len(object) == 0 {
		return keys, nil
	}
	err := json.Unmarshal(object, &keys)
	return keys, err
}

// isComplete reports whether a reply is whole, not the part that was there when its turn failed or was cancelled.
func isComplete(reply interview.Message) bool { return reply.ReplyMetadata().Status == "" }
