package storage

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/betterprofile/betterprofile/interview"
)

// maxCounted is up to where a user's conversations are counted.
const maxCounted = 1000

const (
	experienceObject = `{object}('id', e.id, 'kind', e.kind, 'org', e.org, 'role', e.role, 'start_on', e.start_on, 'end_on', e.end_on, 'current', e.current,
			'label', e.label, 'position', e.position, 'coverage', cast(e.coverage as text),
			'created_at', cast(e.created_at as text), 'updated_at', cast(e.updated_at as text))`

	factObject = `{object}('id', f.id, 'experience_id', f.experience_id, 'kind', f.kind, 'key', f.key, 'text', f.text, 'value', f.value, 'quote', f.quote,
			'status', f.status, 'confidence', f.confidence, 'valid_from', f.valid_from, 'valid_to', f.valid_to, 'supersedes', f.supersedes, 'engine', f.engine,
			'created_at', cast(f.created_at as text), 'updated_at', cast(f.updated_at as text), 'sources', {nested}((
				select {array}({object}('message_id', s.message_id, 'position', s.position, 'start', s.start, 'end', s."end"))
				from fact_sources s where s.fact_id = f.id
			)))`

	threadObject = `{object}('id', t.id, 'message_id', t.message_id, 'quote', t.quote, 'start', t.start, 'end', t."end", 'status', t.status,
			'created_at', cast(t.created_at as text))`

	episodeObject = `{object}('id', p.id, 'conversation_id', p.conversation_id, 'level', p.level, 'from_seq', p.from_seq, 'to_seq', p.to_seq,
			'last_message', p.last_message, 'text', p.text, 'created_at', cast(p.created_at as text))`

	// One read: the memory itself, then all rows written after the version that is known, if that is of the same epoch.
	loadMemory = `with m as (
			select epoch, version, coverage from memories where user_id = ?
		), known as (
			select case when epoch = ? and version >= ? then ? else 0 end as number from m
		)
		select 'memory' as type, {object}('epoch', coalesce(m.epoch, 0), 'version', coalesce(m.version, 0), 'known', coalesce(known.number, 0),
			'coverage', coalesce(cast(m.coverage as text), '{}'), 'conversations', (` + countConversations + `)) as data
		from (select 1) as one left join m on true left join known on true
		union all select 'experience', ` + experienceObject + ` from known join experiences e on e.user_id = ? and e.version > known.number
		union all select 'fact', ` + factObject + ` from known join profile_facts f on f.user_id = ? and f.version > known.number
		union all select 'thread', ` + threadObject + ` from known join threads t on t.user_id = ? and t.version > known.number
		union all select 'episode', ` + episodeObject + ` from known join episodes p on p.user_id = ? and p.version > known.number`

	loadContents = `select m.id, m.content from messages m join conversations c on c.id = m.conversation_id
		where c.user_id = ? and m.role = 'user' and m.id {in}`

	selectSummarised = `select c.summarised_upto, m.created_at from conversations c left join messages m on m.id = c.summarised_upto
		where c.id = ? and c.user_id = ?`

	selectState = `select cast(state as text) from conversations where id = ? and user_id = ?`

	conversationEpisodes = `select id, conversation_id, level, from_seq, to_seq, last_message, text, created_at from episodes
		where conversation_id = ? order by from_seq`
)

// memoryHead is the first row of loadMemory.
type memoryHead struct {
	Epoch         int64  `json:"epoch"`
	Version       int64  `json:"version"`
	Known         int64  `json:"known"`
	Coverage      string `json:"coverage"`
	Conversations int    `json:"conversations"`
}

// LoadMemory implements interview.Store.
func (db *DB) LoadMemory(ctx context.Context, userID string, since interview.MemoryVersion) (change interview.MemoryChange, err error) {
	err = db.read(ctx, func(q conn) error {
		change = interview.MemoryChange{}
		return q.each(ctx, func(rows *sql.Rows) error {
			var kind string
			var data []byte
			if err := rows.Scan(&kind, &data); err != nil {
				return err
			}
			return db.changed(&change, kind, data)
		}, loadMemory, userID, since.Epoch, since.Number, since.Number, userID, maxCounted, userID, userID, userID, userID)
	})
	if err != nil {
		return interview.MemoryChange{}, db.fail(ctx, "load memory", err)
	}
	sortChange(&change)
	return change, nil
}

// sortChange puts the rows of a change in their order.
func sortChange(change *interview.MemoryChange) {
	slices.SortFunc(change.Experiences, func(a, b interview.Experience) int {
		return cmp.Or(cmp.Compare(a.Position, b.Position), a.CreatedAt.Compare(b.CreatedAt.Time), cmp.Compare(a.ID, b.ID))
	})
	slices.SortFunc(change.Facts, func(a, b interview.Fact) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt.Time), cmp.Compare(a.ID, b.ID))
	})
	slices.SortFunc(change.Threads, func(a, b interview.Thread) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt.Time), cmp.Compare(a.ID, b.ID))
	})
	slices.SortFunc(change.Episodes, func(a, b interview.Episode) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt.Time), cmp.Compare(a.ID, b.ID))
	})
}

// changed adds a row of loadMemory to the change.
func (db *DB) changed(change *interview.MemoryChange, kind string, data []byte) error {
	switch kind {
	case "memory":
		var head memoryHead
		if err := json.Unmarshal(data, &head); err != nil {
			return err
		}
		return head.begin(change)
	case "experience":
		return addRow(&change.Experiences, data, db.experience)
	case "fact":
		return addRow(&change.Facts, data, db.fact)
	case "thread":
		return addRow(&change.Threads, data, db.thread)
	default:
		return addRow(&change.Episodes, data, db.episode)
	}
}

// begin makes change that of the head, without rows.
func (h memoryHead) begin(change *interview.MemoryChange) (err error) {
	change.Version = interview.MemoryVersion{Epoch: h.Epoch, Number: h.Version}
	change.Whole, change.Conversations = h.Known == 0, h.Conversations
	change.Coverage, err = readCoverage(h.Coverage)
	return err
}

// addRow decodes a row, opens it and appends it.
func addRow[R, T any](list *[]T, data []byte, open func(R) (T, error)) error {
	var row R
	if err := json.Unmarshal(data, &row); err != nil {
		return err
	}
	return openRow(list, row, open)
}

// openRow opens a row and appends it.
func openRow[R, T any](list *[]T, row R, open func(R) (T, error)) error {
	value, err := open(row)
	*list = append(*list, value)
	return err
}

// LoadContents implements interview.Store.
func (db *DB) LoadContents(ctx context.Context, userID string, messageIDs []string) (map[string]string, error) {
	var contents map[string]string
	err := db.read(ctx, func(q conn) (err error) {
		contents, err = db.contents(ctx, q, userID, messageIDs)
		return err
	})
	return contents, db.fail(ctx, "load contents", err)
}

func (db *DB) contents(ctx context.Context, q conn, userID string, messageIDs []string) (map[string]string, error) {
	contents := make(map[string]string, len(messageIDs))
	for ids := range slices.Chunk(messageIDs, readBatch) {
		var rows []struct{ ID, Content string }
		if err := q.list(ctx, &rows, loadContents, userID, db.dialect.ids(ids)); err != nil {
			return nil, err
		}
		for _, row := range rows {
			content, err := db.open(fieldContent, row.ID, row.Content)
			if err != nil {
				return nil, err
			}
			contents[row.ID] = content
		}
	}
	return contents, nil
}

// LoadBlock implements interview.Store.
func (db *DB) LoadBlock(ctx context.Context, userID, conversationID string, limit int) (block interview.Block, err error) {
	id, ok := interview.ParseID(conversationID)
	if !ok {
		return block, interview.NotFound("Conversation")
	}
	err = db.read(ctx, func(q conn) error {
		block, err = db.loadBlock(ctx, q, userID, id, limit)
		return err
	})
	return block, db.fail(ctx, "load messages to summarise", err)
}

func (db *DB) loadBlock(ctx context.Context, q conn, userID, id string, limit int) (block interview.Block, err error) {
	var at struct {
		Upto      sql.NullString `db:"summarised_upto"`
		CreatedAt *stamp         `db:"created_at"`
	}
	if err := q.get(ctx, &at, selectSummarised, id, userID); err != nil {
		return block, notFound("Conversation", err)
	}
	var episodes []episodeRow
	if err := q.list(ctx, &episodes, conversationEpisodes, id); err != nil {
		return block, err
	}
	block.Upto, block.From = at.Upto.String, 1
	for _, row := range episodes {
		e, err := db.episode(row)
		if err != nil {
			return block, err
		}
		block.Episodes = append(block.Episodes, e)
		block.From = max(block.From, e.To+1)
	}
	after, afterID := stamp{}, zeroID
	if at.CreatedAt != nil && len(episodes) > 0 {
		after, afterID = *at.CreatedAt, at.Upto.String
	}
	var rows []messageRow
	if err := q.list(ctx, &rows, exportMessages, id, after, afterID, limit); err != nil {
		return block, err
	}
	for _, row := range rows {
		m, err := db.message(row)
		if err != nil {
			return block, err
		}
		block.Messages = append(block.Messages, m)
	}
	return block, nil
}

// LoadState implements interview.Store.
func (db *DB) LoadState(ctx context.Context, userID, conversationID string, limit int) (state []byte, recent []interview.Message, err error) {
	id, ok := interview.ParseID(conversationID)
	if !ok {
		return nil, nil, interview.NotFound("Conversation")
	}
	err = db.read(ctx, func(q conn) error {
		var stored sql.NullString
		if err := q.get(ctx, &stored, selectState, id, userID); err != nil {
			return notFound("Conversation", err)
		}
		opened, err := db.open(fieldState, id, stored.String)
		if err != nil {
			return err
		}
		if state = nil; opened != "" {
			state = []byte(opened)
		}
		page, err := db.messagesBefore(ctx, q, userID, id, interview.MessageQuery{Limit: limit})
		recent = page.Messages
		return err
	})
	return state, recent, db.fail(ctx, "load state", err)
}

// memoryVersion reads the two numbers of a version.
func memoryVersion(text string) (v interview.MemoryVersion, err error) {
	epoch, number, _ := strings.Cut(text, " ")
	if v.Epoch, err = strconv.ParseInt(epoch, 10, 64); err != nil {
		return v, err
	}
	v.Number, err = strconv.ParseInt(number, 10, 64)
	return v, err
}
