package storage

import (
	"context"
	"database/sql"
	"strings"

	"github.com/betterprofile/betterprofile/interview"
)

const (
	conversationColumns = `id, user_id, title, metadata, created_at, updated_at, {pinned} as pinned, (archived_at is not null) as archived`

	insertConversation = `insert into conversations (id, user_id, title, metadata, created_at, updated_at) values (?, ?, ?, ?, ?, ?)
		on conflict (id) do nothing`

	selectConversation = `select ` + conversationColumns + ` from conversations where id = ? and user_id = ?`

	lockConversation = `select id, title, updated_at from conversations where id = ? and user_id = ? {lock}`

	countConversations = `select count(*) from (select 1 from conversations where user_id = ? limit ?) as counted`

	// The newest message comes as one text, its id before its content, so that it costs one look at the index.
	listConversations = `select ` + conversationColumns + `, (
			select cast(m.id as text) || substr(m.content, 1, ?) from messages m where m.conversation_id = conversations.id
			order by m.created_at desc, m.id desc limit 1
		) as newest
		from conversations
		where user_id = ? and archived_at is null and ({pinned}, updated_at, id) < (?, ?, ?)
		order by {pinned} desc, updated_at desc, id desc limit ?`

	deleteConversation = `delete from conversations where id = ? and user_id = ?`
)

// listArchived is listConversations for the archived ones.
func listArchived() string {
	return strings.Replace(listConversations, "archived_at is null", "archived_at is not null", 1)
}

// listRecent is listConversations for all of them, pinned or archived or neither, from a place on that has no pin.
func listRecent() string {
	return strings.NewReplacer(
		"archived_at is null and ({pinned}, updated_at, id) < (?, ?, ?)", "(updated_at, id) < (?, ?)",
		"order by {pinned} desc, updated_at desc, id desc", "order by updated_at desc, id desc",
	).Replace(listConversations)
}

// conversationRow is a conversation as stored. Newest is the id of its newest message, if it has one, and its content, or as much of it
// as was asked for.
type conversationRow struct {
	ID        string
	UserID    string `db:"user_id"`
	Title     sql.NullString
	Metadata  []byte
	CreatedAt stamp `db:"created_at"`
	UpdatedAt stamp `db:"updated_at"`
	Pinned    bool
	Archived  bool
	Newest    sql.NullString
}

// listed is where the columns of listConversations go.
func (r *conversationRow) listed() []any {
	return []any{&r.ID, &r.UserID, &r.Title, &r.Metadata, &r.CreatedAt, &r.UpdatedAt, &r.Pinned, &r.Archived, &r.Newest}
}

// conversation opens the row; its Preview is the whole Newest.
func (db *DB) conversation(r conversationRow) (interview.Conversation, error) {
	c := interview.Conversation{
		ID: r.ID, UserID: r.UserID, Pinned: r.Pinned, Archived: r.Archived, Metadata: r.Metadata,
		CreatedAt: r.CreatedAt.time(), UpdatedAt: r.UpdatedAt.time(),
	}
	var err error
	if c.Title, err = db.open(fieldTitle, r.ID, r.Title.String); err != nil || len(r.Newest.String) < len(maxID) {
		return c, err
	}
	id, content := r.Newest.String[:len(maxID)], r.Newest.String[len(maxID):]
	c.Preview, err = db.open(fieldContent, id, content)
	return c, err
}

// title seals a title; empty is null.
func (db *DB) title(id, title string) (sql.NullString, error) {
	sealed, err := db.seal(fieldTitle, id, title)
	return sql.NullString{String: sealed, Valid: title != ""}, err
}

// CreateConversation implements interview.Store.
func (db *DB) CreateConversation(ctx context.Context, userID string, c interview.Conversation) (interview.Conversation, error) {
	id, ok := interview.ParseID(c.ID)
	if !ok {
		return interview.Conversation{}, interview.Invalid("id", "id must be a UUID.")
	}
	c.ID = id
	err := db.write(ctx, func(q conn) error { return db.createConversation(ctx, q, userID, c) })
	if err != nil {
		return interview.Conversation{}, db.fail(ctx, "create conversation", err)
	}
	view, err := db.GetConversation(ctx, userID, id, min(max(len(c.Messages), interview.DefaultLimit), interview.MaxLimit))
	if interview.ErrorCode(err) == interview.CodeNotFound {
		err = errIDTaken()
	}
	return view.Conversation, err
}

// createConversation inserts c, or nothing when its id is known.
func (db *DB) createConversation(ctx context.Context, q conn, userID string, c interview.Conversation) error {
	title, err := db.title(c.ID, c.Title)
	if err != nil {
		return err
	}
	now := db.stamp()
	last := now
	for range len(c.Messages) - 1 {
		last = last.after()
	}
	n, err := q.exec(ctx, insertConversation, c.ID, userID, title, jsonText(c.Metadata), now, last)
	switch {
	case db.dialect.violated(err) != "":
		return interview.NotFound("User")
	case err != nil || n == 0:
		return err
	}
	for _, m := range c.Messages {
		m.ConversationID, m.CreatedAt = c.ID, now.time()
		if err := db.insertMessage(ctx, q, m); err != nil {
			return err
		}
		now = now.after()
	}
	return nil
}

// CountConversations implements interview.Store.
func (db *DB) CountConversations(ctx context.Context, userID string, limit int) (n int, err error) {
	err = db.read(ctx, func(q conn) error { return q.get(ctx, &n, countConversations, userID, max(limit, 0)) })
	return n, db.fail(ctx, "count conversations", err)
}

// GetConversation implements interview.Store.
func (db *DB) GetConversation(ctx context.Context, userID, id string, limit int) (interview.ConversationView, error) {
	var view interview.ConversationView
	query, err := interview.MessageQuery{Limit: limit}.Normalize()
	if err != nil {
		return view, err
	}
	id, ok := interview.ParseID(id)
	if !ok {
		return view, interview.NotFound("Conversation")
	}
	err = db.read(ctx, func(q conn) error {
		if view.Conversation, err = db.getConversation(ctx, q, userID, id); err != nil {
			return err
		}
		page, err := db.messagesBefore(ctx, q, userID, id, query)
		view.Conversation.Messages, view.NextCursor = page.Messages, page.NextCursor
		return err
	})
	return view, db.fail(ctx, "get conversation", err)
}

// getConversation reads one without its messages.
func (db *DB) getConversation(ctx context.Context, q conn, userID, id string) (interview.Conversation, error) {
	var row conversationRow
	if err := q.get(ctx, &row, selectConversation, id, userID); err != nil {
		return interview.Conversation{}, notFound("Conversation", err)
	}
	return db.conversation(row)
}

// UpdateConversation implements interview.Store.
func (db *DB) UpdateConversation(
	ctx context.Context, userID, id string, p interview.ConversationPatch,
) (interview.Conversation, error) {
	p, err := p.Normalize()
	if err != nil {
		return interview.Conversation{}, err
	}
	id, ok := interview.ParseID(id)
	if !ok {
		return interview.Conversation{}, interview.NotFound("Conversation")
	}
	set, args, err := db.assignments(id, p)
	if err != nil {
		return interview.Conversation{}, err
	}
	query := `update conversations set ` + set + ` where id = ? and user_id = ? returning ` + conversationColumns
	var row conversationRow
	err = db.write1(ctx, func(q conn) error { return q.get(ctx, &row, query, append(args, id, userID)...) })
	if err != nil {
		return interview.Conversation{}, db.fail(ctx, "update conversation", notFound("Conversation", err))
	}
	return db.conversation(row)
}

// assignments is the patch as SQL. What was pinned or archived before keeps its time.
func (db *DB) assignments(id string, p interview.ConversationPatch) (set string, args []any, err error) {
	var sets []string
	now := db.stamp()
	if p.Title != nil {
		title, err := db.title(id, *p.Title)
		if err != nil {
			return "", nil, err
		}
		sets, args = append(sets, "title = ?, updated_at = {greatest}(?, {later})"), append(args, title, now)
	}
	for _, flag := range []struct {
		column string
		on     *bool
	}{{"pinned_at", p.Pinned}, {"archived_at", p.Archived}} {
		switch {
		case flag.on == nil:
		case *flag.on:
			sets, args = append(sets, flag.column+" = coalesce("+flag.column+", ?)"), append(args, now)
		default:
			sets = append(sets, flag.column+" = null")
		}
	}
	return strings.Join(sets, ", "), args, nil
}

// DeleteConversation implements interview.Store.
func (db *DB) DeleteConversation(ctx context.Context, userID, id string) error {
	id, ok := interview.ParseID(id)
	if !ok {
		return interview.NotFound("Conversation")
	}
	return db.fail(ctx, "delete conversation", db.write(ctx, func(q conn) error { return db.eraseConversation(ctx, q, userID, id) }))
}

func errIDTaken() error {
	return &interview.Error{
		Code: interview.CodeConflict, Message: "This id is taken. Make a new one.", Details: interview.Details{Field: "id"},
	}
}

// lock reads a conversation that this transaction is going to change, and keeps other writers of it waiting.
func (q conn) lock(ctx context.Context, userID, id string) (row conversationRow, err error) {
	err = q.get(ctx, &row, lockConversation, id, userID)
	return row, notFound("Conversation", err)
}
