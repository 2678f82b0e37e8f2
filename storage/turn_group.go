package storage

import (
	"context"
	"database/sql"
	"encoding/json"

	"github.com/lib/pq"

	"github.com/betterprofile/betterprofile/interview"
)

// Many turns that begin, or end, in one statement. It takes only conversations that nobody has locked, so that it never waits for one and never meets another
// such statement half-way; and of these only what is as usual. What it left has no row in its result, and goes alone.
// Rows are looked up by key whatever PostgreSQL believes of the tables: by a lateral subquery, which is not made a join, or by a list of all the keys.

const (
	beginGroup = `with asked as (
			select * from json_to_recordset(cast(? as json)) as a (message_id uuid, conversation_id uuid, user_id {id}, content text, at timestamp,
				lease_owner text, seconds double precision, recent integer, known text, known_at timestamp)
		), held as (
			select asked.* from asked cross join lateral (
				select 1 from conversations where id = asked.conversation_id and user_id = asked.user_id for no key update skip locked
			) as free
			where message_id <> all (array(select id from messages where id {in}))
		), c as (
			update conversations set updated_at = ` + nextAtHead + `held.at` + nextAtTail + ` from held
			where conversations.id {in} and conversations.id = held.conversation_id
				and case when held.known_at is null then {unmoved} else conversations.updated_at = held.known_at end
			returning held.*, conversations.title, conversations.state, conversations.updated_at,
				conversations.xmin as own, ` + transactions + `conversations.id ` + contextOrder + ` limit held.recent) as text) as messages
		), m as (
			insert into messages (id, conversation_id, role, content, created_at) select message_id, conversation_id, 'user', content, updated_at from c
		), t as (
			insert into turns (message_id, conversation_id, user_id, status, lease_owner, lease_until, created_at, updated_at)
			select message_id, conversation_id, user_id, 'running', lease_owner, (clock_timestamp() at time zone 'utc') + seconds * interval '1 second',
				updated_at, updated_at
			from c
		)
		select c.message_id as turn, found.* from c cross join lateral (
			` + beginHead + `, case when c.messages <> c.known then c.state end as metadata, c.updated_at as created_at
			` + contextBody + ` where conversation_id = c.conversation_id and c.messages <> c.known ` + contextOrder + ` limit c.recent) as recent
		) as found`

	finishGroup = `with ended as (
			select * from json_to_recordset(cast(? as json)) as e (message_id uuid, conversation_id uuid, user_id {id}, lease_owner text, at timestamp,
				title text, state jsonb, status text, attempt integer, error_code text, error_message text, error_details jsonb,
				engine text, model text, input_tokens integer, output_tokens integer, reply_id uuid, content text, metadata jsonb)
		), held as (
			select ended.* from ended cross join lateral (
				select 1 from conversations where id = ended.conversation_id and user_id = ended.user_id for no key update skip locked
			) as free cross join lateral (
				select 1 from turns where message_id = ended.message_id and conversation_id = ended.conversation_id
					and lease_owner = ended.lease_owner and reply_id is null
				for no key update skip locked
			) as running
		), c as (
			update conversations set title = coalesce(nullif(conversations.title, ''), held.title), state = coalesce(held.state, conversations.state),
				updated_at = case when held.reply_id is null then updated_at else ` + nextAtHead + `held.at` + nextAtTail + ` end
			from held
			where conversations.id {in} and conversations.id = held.conversation_id
			returning held.message_id, conversations.title as title, conversations.updated_at as updated_at, conversations.xmin as own
		), t as (
			update turns set status = held.status, attempt = held.attempt, reply_id = held.reply_id,
				error_code = held.error_code, error_message = held.error_message, error_details = held.error_details,
				engine = held.engine, model = held.model, input_tokens = held.input_tokens, output_tokens = held.output_tokens, updated_at = held.at,
				partial = '', cancel_requested = false, lease_owner = null, lease_until = null
			from held
			where turns.message_id {in} and turns.message_id = held.message_id
			returning turns.message_id, takeovers
		), r as (
			insert into messages (id, conversation_id, role, content, metadata, created_at)
			select held.reply_id, held.conversation_id, 'assistant', held.content, held.metadata, c.updated_at
			from held join c on c.message_id = held.message_id where held.reply_id is not null
		)
		select c.message_id, c.title, c.updated_at, t.takeovers, cast(c.own as text) as own from c join t on t.message_id = c.message_id`
)

// beginRow is an element of beginGroup's argument.
type beginRow struct {
	MessageID      string  `json:"message_id"`
	ConversationID string  `json:"conversation_id"`
	UserID         string  `json:"user_id"`
	Content        string  `json:"content"`
	At             stamp   `json:"at"`
	LeaseOwner     string  `json:"lease_owner"`
	Seconds        float64 `json:"seconds"`
	Recent         int     `json:"recent"`
	Known          string  `json:"known"`
	KnownAt        *stamp  `json:"known_at"`
}

// beginTogether begins those turns of all where everything is as usual. It notes in each that it began, that it was left, or err.
func (db *DB) beginTogether(ctx context.Context, all []*beginning) {
	asked := make([]beginRow, len(all))
	ids, conversations := make([]string, len(all)), make([]string, len(all))
	for i, b := range all {
		ids[i], conversations[i] = b.in.ID, b.conversationID
		asked[i] = beginRow{
			MessageID: b.in.ID, ConversationID: b.conversationID, UserID: b.userID, Content: b.sealed, At: db.stamp(),
			LeaseOwner: b.lease.Owner, Seconds: b.lease.For.Seconds(), Recent: b.in.Window, Known: b.known.messages,
		}
		if b.known.messages != "" {
			asked[i].KnownAt = &b.known.at
		}
	}
	found := make(map[string][]contextRow, len(all))
	err := db.write1(context.WithoutCancel(ctx), func(q conn) error {
		list, err := json.Marshal(asked)
		if err != nil {
			return err
		}
		var id string
		var row contextRow
		dest := append([]any{&id}, row.columns()...)
		return q.rows(ctx, dest, func() { found[id] = append(found[id], row) }, beginGroup, string(list), pq.Array(ids), pq.Array(conversations))
	})
	for _, b := range all {
		if rows := found[b.in.ID]; err == nil && len(rows) > 0 {
			sortContext(rows)
			b.err = b.begunWith(rows)
		} else {
			b.err = db.unlessOfOne(err)
			b.left = b.err == nil
		}
	}
}

// unlessOfOne is the error of a group for all of it: when the database is away. Any other is about what one of them holds, which is not the others' business:
// then it is nil, and each goes alone.
func (db *DB) unlessOfOne(err error) error {
	if err = db.unlessRefused(err); interview.ErrorCode(db.fail(context.Background(), "go together", err)) != interview.CodeUnavailable {
		return nil
	}
	return err
}

// unlessRefused is err, or nil when the statement met what it has no answer to: something that is there already, or others who were in its way.
func (db *DB) unlessRefused(err error) error {
	if db.dialect.violated(err) != "" || db.dialect.collided(err) {
		return nil
	}
	return err
}

// finishRow is an element of finishGroup's argument.
type finishRow struct {
	MessageID      string          `json:"message_id"`
	ConversationID string          `json:"conversation_id"`
	UserID         string          `json:"user_id"`
	LeaseOwner     string          `json:"lease_owner"`
	At             stamp           `json:"at"`
	Title          *string         `json:"title"`
	State          json.RawMessage `json:"state"`
	Status         string          `json:"status"`
	Attempt        int             `json:"attempt"`
	ErrorCode      *string         `json:"error_code"`
	ErrorMessage   *string         `json:"error_message"`
	ErrorDetails   json.RawMessage `json:"error_details"`
	Engine         *string         `json:"engine"`
	Model          *string         `json:"model"`
	InputTokens    int             `json:"input_tokens"`
	OutputTokens   int             `json:"output_tokens"`
	ReplyID        *string         `json:"reply_id"`
	Content        string          `json:"content"`
	Metadata       json.RawMessage `json:"metadata"`
}

// finishTogether ends those turns of all that are held and have no reply yet. It notes in each its row, that it was left, or an error.
func (db *DB) finishTogether(ctx context.Context, all []*finishing) {
	ended := make([]finishRow, len(all))
	ids, conversations := make([]string, len(all)), make([]string, len(all))
	rows := make(map[string]*finishedRow, len(all))
	for i, f := range all {
		ids[i], conversations[i] = f.end.MessageID, f.end.ConversationID
		ended[i] = finishRow{
			MessageID: f.end.MessageID, ConversationID: f.end.ConversationID, UserID: f.userID, LeaseOwner: f.end.Owner, At: db.stamp(),
			Title: pointer(f.title), State: raw(f.state), Status: string(f.end.Status), Attempt: f.end.Attempt,
			ErrorCode: pointer(f.err.code), ErrorMessage: pointer(f.err.message), ErrorDetails: raw(f.err.details),
			Engine: pointer(optional(f.end.Engine)), Model: pointer(optional(f.end.Model)),
			InputTokens: f.end.Usage.InputTokens, OutputTokens: f.end.Usage.OutputTokens,
			ReplyID: pointer(f.replyID()), Content: f.content, Metadata: json.RawMessage(f.metadata.JSON()),
		}
	}
	err := db.write1(context.WithoutCancel(ctx), func(q conn) error {
		list, err := json.Marshal(ended)
		if err != nil {
			return err
		}
		var id string
		var row finishedRow
		return q.rows(ctx, []any{&id, &row.title, &row.at, &row.takeovers, &row.own}, func() {
			found := row
			rows[id] = &found
		}, finishGroup, string(list), pq.Array(conversations), pq.Array(ids))
	})
	for _, f := range all {
		if f.row = rows[f.end.MessageID]; err != nil || f.row == nil {
			f.row, f.failed = nil, db.unlessOfOne(err)
			f.left = f.failed == nil
		}
	}
}

func pointer(s sql.NullString) *string {
	if !s.Valid {
		return nil
	}
	return &s.String
}

func raw(s sql.NullString) json.RawMessage {
	if !s.Valid {
		return nil
	}
	return json.RawMessage(s.String)
}
