package storage

import (
	"context"
	"strings"

	"github.com/betterprofile/betterprofile/interview"
)

const (
	moveSummarised = `update conversations set summarised_upto = ?
		where id = ? and user_id = ? and coalesce(cast(summarised_upto as text), '') = ?`

	insertEpisode = `insert into episodes (id, user_id, conversation_id, level, from_seq, to_seq, last_message, text, version, created_at)
		values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing`

	deleteEpisodes = `delete from episodes where user_id = ? and conversation_id = ? and id {in}`

	setTitle = `update conversations set title = ? where id = ? and user_id = ? and coalesce(title, '') = '' and {unmoved}
			and coalesce((select epoch from memories where memories.user_id = conversations.user_id), 0) = ?`
)

// AddEpisode implements interview.Store.
func (db *DB) AddEpisode(ctx context.Context, userID string, epoch int64, e interview.Episode, upto string) (bool, error) {
	row, ok, err := db.newEpisode(e)
	if err != nil || !ok {
		return false, err
	}
	upto, _ = interview.ParseID(upto)
	return db.unlessStale(ctx, "add an episode", func(q conn) error {
		n, err := q.exec(ctx, moveSummarised, row.LastMessage, row.ConversationID, userID, upto)
		if err != nil || n == 0 {
			return orStale(err)
		}
		return q.insertEpisode(ctx, userID, epoch, row)
	})
}

// newEpisode prepares an episode and reports whether its ids are any.
func (db *DB) newEpisode(e interview.Episode) (row episodeRow, ok bool, err error) {
	id, ok1 := interview.ParseID(e.ID)
	conversationID, ok2 := interview.ParseID(e.ConversationID)
	last, ok3 := interview.ParseID(e.LastMessage)
	if !ok1 || !ok2 || !ok3 {
		return row, false, nil
	}
	e.ID, e.ConversationID, e.LastMessage = id, conversationID, last
	e.CreatedAt = orNow(e.CreatedAt, interview.At(db.now()))
	row, err = db.storedEpisode(e)
	return row, true, err
}

// insertEpisode stores an episode in the next version of the memory.
func (q conn) insertEpisode(ctx context.Context, userID string, epoch int64, e episodeRow) error {
	m, err := q.nextMemory(ctx, userID, epoch)
	if err != nil {
		return err
	}
	n, err := q.exec(ctx, insertEpisode, e.ID, userID, e.ConversationID, e.Level, e.FromSeq, e.ToSeq, e.LastMessage, e.Text, m.Version, e.CreatedAt)
	if err != nil || n == 0 {
		return orStale(err)
	}
	return nil
}

// orStale is err, or errStale.
func orStale(err error) error {
	if err == nil {
		return errStale
	}
	return err
}

// MergeEpisodes implements interview.Store.
func (db *DB) MergeEpisodes(ctx context.Context, userID string, epoch int64, e interview.Episode, of []string) (bool, error) {
	row, ok, err := db.newEpisode(e)
	if err != nil || !ok || len(of) == 0 {
		return false, err
	}
	ids := make([]string, len(of))
	for i, id := range of {
		if ids[i], ok = interview.ParseID(id); !ok {
			return false, nil
		}
	}
	return db.unlessStale(ctx, "merge episodes", func(q conn) error {
		if _, err := q.lock(ctx, userID, row.ConversationID); err != nil {
			return err
		}
		n, err := q.exec(ctx, deleteEpisodes, userID, row.ConversationID, db.dialect.ids(ids))
		if err != nil || n != int64(len(ids)) {
			return orStale(err)
		}
		return q.insertEpisode(ctx, userID, epoch, row)
	})
}

// SetTitle implements interview.Store.
func (db *DB) SetTitle(ctx context.Context, userID string, epoch int64, conversationID, title string) (bool, error) {
	id, ok := interview.ParseID(conversationID)
	title = strings.TrimSpace(clean(title))
	if !ok || title == "" {
		return false, nil
	}
	sealed, err := db.title(id, title)
	if err != nil {
		return false, err
	}
	var n int64
	for try := 0; try < 2 && err == nil && n == 0; try++ { // the second time for a conversation that a turn was just beginning in
		err = db.write1(ctx, func(q conn) (err error) {
			n, err = q.exec(ctx, setTitle, sealed, id, userID, epoch)
			return err
		})
	}
	return n > 0, db.fail(ctx, "set a title", err)
}
