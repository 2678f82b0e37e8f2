package storage

import (
	"context"
	"iter"

	"github.com/betterprofile/betterprofile/interview"
)

const (
	importConversation = `insert into conversations
			(id, user_id, title, pinned_at, archived_at, created_at, updated_at, summarised_upto, metadata, state) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		on conflict (id) do nothing`

	importTurns = `insert into turns (message_id, conversation_id, user_id, status, attempt, reply_id, error_code, error_message, error_details,
			engine, model, input_tokens, output_tokens, created_at, updated_at) values`

	unlessKnown = `on conflict (id) do nothing `
)

// Import implements interview.Store. The records come from a reader that cannot go back, so that nothing is tried twice.
func (db *DB) Import(
	ctx context.Context, userID string, records iter.Seq2[interview.ExportRecord, error],
) (interview.ImportResult, error) {
	leave, err := db.transfer(ctx)
	if err != nil {
		return interview.ImportResult{}, err
	}
	defer leave()
	exit, err := db.dialect.enter(ctx)
	if err != nil {
		return interview.ImportResult{}, db.fail(ctx, "import", err)
	}
	defer exit()
	tx, err := db.sql.BeginTxx(ctx, nil)
	if err != nil {
		return interview.ImportResult{}, db.fail(ctx, "import", err)
	}
	defer func() { _ = tx.Rollback() }() // does nothing after a commit
	i := importing{db: db, q: conn{db: db, tx: tx}, userID: userID, imported: map[string]bool{}}
	if err := i.run(ctx, records); err != nil {
		return interview.ImportResult{}, db.fail(ctx, "import", err)
	}
	return i.result, db.fail(ctx, "import", tx.Commit())
}

// importing is one call of Import.
type importing struct {
	db       *DB
	q        conn
	userID   string
	skip     bool    // the records of the current conversation
	messages pending // not yet inserted
	turns    pending
	imported map[string]bool // the conversations that were not there before
	memory   memoryRow       // once something was known of the user
	result   interview.ImportResult
}

// pending are rows to be inserted, and the lines they come from.
type pending struct {
	rows  [][]any
	ids   []string
	lines []int
}

func (p *pending) add(id string, line int, row []any) {
	p.rows, p.ids, p.lines = append(p.rows, row), append(p.ids, id), append(p.lines, line)
}

func (i *importing) run(ctx context.Context, records iter.Seq2[interview.ExportRecord, error]) error {
	for r, err := range records {
		if err == nil {
			err = i.take(ctx, r)
		}
		if err != nil {
			return err
		}
	}
	return i.flush(ctx)
}

// take stores a record, or keeps it for the next flush.
func (i *importing) take(ctx context.Context, r interview.ExportRecord) error {
	switch {
	case r.Conversation != nil:
		return i.conversation(ctx, *r.Conversation, r.Line)
	case isMemory(r):
		return i.learn(ctx, r)
	case i.skip:
		return nil
	case r.Message != nil:
		if err := i.message(*r.Message, r.Line); err != nil || len(i.messages.rows) < maxBatch {
			return err
		}
		return i.flushMessages(ctx)
	case r.Turn != nil:
		if err := i.turn(*r.Turn, r.Line); err != nil || len(i.turns.rows) < maxBatch {
			return err
		}
		return i.flush(ctx)
	}
	return nil
}

// conversation stores a conversation, unless the user has it.
func (i *importing) conversation(ctx context.Context, c interview.ConversationRecord, line int) error {
	title, err := i.db.title(c.ID, c.Title)
	if err != nil {
		return err
	}
	state, err := i.db.seal(fieldState, c.ID, string(c.State))
	if err != nil {
		return err
	}
	n, err := i.q.exec(ctx, importConversation, c.ID, i.userID, title, stampOrNil(c.PinnedAt), stampOrNil(c.ArchivedAt),
		stamp{c.CreatedAt.Time}, stamp{c.UpdatedAt.Time}, optional(c.SummarisedUpto), jsonText(c.Metadata), jsonText([]byte(state)))
	switch {
	case i.db.dialect.violated(err) != "":
		return interview.NotFound("User")
	case err != nil:
		return err
	}
	i.skip = n == 0
	if !i.skip {
		i.imported[c.ID] = true
		i.result.Conversations++
		return nil
	}
	i.result.Skipped++
	_, err = i.db.getConversation(ctx, i.q, i.userID, c.ID)
	if interview.ErrorCode(err) == interview.CodeNotFound {
		return errTakenAt(line, "conversation")
	}
	return err
}

// errTakenAt is the conflict about the id in a line.
func errTakenAt(line int, noun string) error {
	e := interview.Errorf(interview.CodeConflict, "The id of this %s is taken by another one.", noun)
	e.Details.Field, e.Details.Line = "id", line
	return e
}

func (i *importing) message(m interview.MessageRecord, line int) error {
	row, err := i.db.messageValues(interview.Message{
		ID: m.ID, ConversationID: m.ConversationID, Role: m.Role, Content: m.Content, Metadata: m.Metadata,
		CreatedAt: interview.Time{Time: m.CreatedAt.Time},
	})
	i.messages.add(m.ID, line, row)
	i.result.Messages++
	return err
}

func (i *importing) turn(t interview.TurnRecord, line int) error {
	e, err := storeError(t.Error)
	i.turns.add(t.MessageID, line, []any{
		t.MessageID, t.ConversationID, i.userID, t.Status, t.Attempt, optional(t.ReplyID), e.code, e.message, e.details,
		optional(t.Engine), optional(t.Model), t.Usage.InputTokens, t.Usage.OutputTokens,
		stamp{t.CreatedAt.Time},
		stamp{t.UpdatedAt.Time},
	})
	i.result.Turns++
	return err
}

// flush inserts what is pending.
func (i *importing) flush(ctx context.Context) error {
	if err := i.flushMessages(ctx); err != nil {
		return err
	}
	_, err := i.q.insertRows(ctx, importTurns, `returning cast(message_id as text)`, i.turns.rows)
	i.turns = pending{}
	return err
}

func (i *importing) flushMessages(ctx context.Context) error {
	inserted, err := i.q.insertRows(ctx, insertMessages, unlessKnown+returningID, i.messages.rows)
	if err != nil {
		return err
	}
	free := make(map[string]bool, len(inserted))
	for _, id := range inserted {
		free[id] = true
	}
	for n, id := range i.messages.ids {
		if !free[id] {
			return errTakenAt(i.messages.lines[n], "message")
		}
	}
	i.messages = pending{}
	return nil
}

func stampOrNil(t *interview.ExactTime) any {
	if t == nil {
		return nil
	}
	return stamp{t.Time}
}
