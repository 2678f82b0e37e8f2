package storage

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/betterprofile/betterprofile/interview"
)

// encryptionVersion is the migration that made the table that checkKeys reads.
const encryptionVersion = 2

// resealBatch is how many texts are read at a time when keys change.
const resealBatch = 200

// column is where the texts of a field are.
type column struct {
	field           field
	table, id, name string // name is the column's, as SQL that yields text
	set             string // the column's own name, with a cast where it is not text
}

// columns lists all that is sealed.
func columns() []column {
	return []column{
		{fieldContent, "messages", "id", "content", "content = ?"},
		{fieldPrevious, "messages", "id", "cast(metadata as text)", "metadata = {json}"},
		{fieldTitle, "conversations", "id", "title", "title = ?"},
		{fieldState, "conversations", "id", "cast(state as text)", "state = {json}"},
		{fieldPartial, "turns", "message_id", "partial", "partial = ?"},
		{fieldOrg, "experiences", "id", "org", "org = ?"},
		{fieldRole, "experiences", "id", "role", "role = ?"},
		{fieldLabel, "experiences", "id", "label", "label = ?"},
		{fieldFactKey, "profile_facts", "id", "key", "key = ?"},
		{fieldFactText, "profile_facts", "id", "text", "text = ?"},
		{fieldFactValue, "profile_facts", "id", "value", "value = ?"},
		{fieldFactQuote, "profile_facts", "id", "quote", "quote = ?"},
		{fieldThread, "threads", "id", "quote", "quote = ?"},
		{fieldEpisode, "episodes", "id", "text", "text = ?"},
	}
}

// Reseal seals all stored text with the first key: text that is plain, or sealed with another key. It works in small steps beside serving
// servers, and may be stopped and begun again. Progress is called after each step with the number of texts sealed so far. It returns that
// number. Errors: invalid without keys; unavailable, also when a text does not open.
func (db *DB) Reseal(ctx context.Context, progress func(done int)) (int, error) {
	if db.keys == nil {
		return 0, badKeys("There is no key: set BETTERPROFILE_ENCRYPTION_KEYS; make a key with: betterprofile-server keys new main")
	}
	total := 0
	for _, c := range columns() {
		for last := zeroID; last != ""; {
			n, next, err := db.resealBatch(ctx, c, last)
			if err != nil {
				return total, db.fail(ctx, "seal "+string(c.field), err)
			}
			total, last = total+n, next
			progress(total)
		}
	}
	return total, nil
}

// zeroID is before all ids.
const zeroID = "00000000-0000-0000-0000-000000000000"

// resealBatch seals the next texts after the id and returns how many there were and the last id looked at, empty at the end.
func (db *DB) resealBatch(ctx context.Context, c column, after string) (n int, last string, err error) {
	var rows []struct {
		ID   string
		Text string
	}
	query := fmt.Sprintf(`select %[2]s as id, %[3]s as text from %[1]s where %[2]s > ? and %[3]s <> '' order by %[2]s limit ?`, c.table, c.id, c.name)
	if err := db.read(ctx, func(q conn) error { return q.list(ctx, &rows, query, after, resealBatch) }); err != nil {
		return 0, "", err
	}
	update := fmt.Sprintf(`update %s set %s where %s = ? and %s = ?`, c.table, c.set, c.id, c.name)
	for _, row := range rows {
		sealed, err := db.reseal(c.field, row.ID, row.Text)
		if err != nil {
			return n, "", err
		}
		if sealed == row.Text {
			continue
		}
		err = db.write(ctx, func(q conn) error {
			_, err := q.exec(ctx, update, sealed, row.ID, row.Text) // a row that has changed since was sealed by whoever changed it
			return err
		})
		if err != nil {
			return n, "", err
		}
		n++
	}
	if len(rows) < resealBatch {
		return n, "", nil
	}
	return n, rows[len(rows)-1].ID, nil
}

// reseal returns the stored text sealed with the first key; as it is when it already was.
func (db *DB) reseal(f field, id, stored string) (string, error) {
	if f == fieldPrevious {
		return db.resealPrevious(id, stored)
	}
	if keyID, _, ok := parseSealed(fromColumn(f, stored)); ok && keyID == db.keys.first {
		return stored, nil
	}
	text, err := db.open(f, id, stored)
	if err != nil {
		return "", err
	}
	return db.seal(f, id, text)
}

func (db *DB) resealPrevious(id, stored string) (string, error) {
	metadata, changed, err := mapPrevious([]byte(stored), func(text string) (string, error) {
		if keyID, _, ok := parseSealed(text); ok && keyID == db.keys.first {
			return text, nil
		}
		opened, err := db.open(fieldPrevious, id, text)
		if err != nil {
			return "", err
		}
		return db.seal(fieldPrevious, id, opened)
	})
	if err != nil || !changed {
		return stored, err
	}
	return string(metadata), nil
}

// sealMetadata and openMetadata do for the earlier texts in a message's metadata what seal and open do for its content.
func (db *DB) sealMetadata(id string, metadata []byte) ([]byte, error) {
	sealed, _, err := mapPrevious(metadata, func(text string) (string, error) { return db.seal(fieldPrevious, id, text) })
	return sealed, err
}

func (db *DB) openMetadata(id string, metadata []byte) ([]byte, error) {
	opened, _, err := mapPrevious(metadata, func(text string) (string, error) { return db.open(fieldPrevious, id, text) })
	return opened, err
}

// mapPrevious applies f to the texts under "previous" and returns the metadata with the results, and whether any is another. Metadata that has
// no such texts, or is no object of ours, is returned as it is.
func mapPrevious(metadata []byte, f func(string) (string, error)) (json.RawMessage, bool, error) {
	if !bytes.Contains(metadata, []byte(`"previous"`)) {
		return metadata, false, nil
	}
	all, err := keysOf(metadata)
	var texts []*string // others may have written a null among them
	if err != nil || json.Unmarshal(all["previous"], &texts) != nil {
		return metadata, false, nil //nolint:nilerr // what others wrote is kept
	}
	changed := false
	for i, text := range texts {
		if text == nil {
			continue
		}
		mapped, err := f(*text)
		if err != nil {
			return nil, false, err
		}
		changed = changed || mapped != *text
		texts[i] = &mapped
	}
	if !changed {
		return metadata, false, nil
	}
	if all["previous"], err = json.Marshal(texts); err != nil {
		return nil, false, err
	}
	mapped, err := json.Marshal(all)
	return mapped, true, err
}

// RequireSealed makes a plain text an error from now on, for servers as they start: after Reseal, when nothing else writes to the database.
func (db *DB) RequireSealed(ctx context.Context) error {
	err := db.write(ctx, func(q conn) error {
		_, err := q.exec(ctx, `insert into encryption (complete_since) select ? where not exists (select 1 from encryption)`, db.stamp())
		return err
	})
	if err == nil {
		db.sealedOnly = true
	}
	return db.fail(ctx, "require sealed text", err)
}

// Seals says what of the stored texts is sealed.
type Seals struct {
	Sealed   int  // texts sealed with the first key
	Older    int  // with another key
	Plain    int  // not sealed
	Required bool // a plain text is an error
}

// Seals counts all stored texts; it reads all of them.
func (db *DB) Seals(ctx context.Context) (Seals, error) {
	s := Seals{Required: db.sealedOnly}
	first := sealedPrefix
	if db.keys != nil {
		first += db.keys.first + ":"
	}
	for _, c := range columns() {
		if c.field == fieldPrevious {
			continue // they go with their message
		}
		text := c.name
		if c.field == fieldState {
			text = `trim(` + c.name + `, '"')`
		}
		var n struct{ Total, Ours, Sealed int }
		query := fmt.Sprintf(`select count(*) as total, coalesce(sum(case when substr(%[1]s, 1, ?) = ? then 1 else 0 end), 0) as ours,
			coalesce(sum(case when substr(%[1]s, 1, ?) = ? then 1 else 0 end), 0) as sealed from %[2]s where %[1]s <> ''`, text, c.table)
		err := db.read(ctx, func(q conn) error {
			return q.get(ctx, &n, query, len(first), first, len(sealedPrefix), sealedPrefix)
		})
		if err != nil {
			return s, db.fail(ctx, "count seals", err)
		}
		if db.keys == nil {
			n.Ours = 0
		}
		s.Sealed, s.Older, s.Plain = s.Sealed+n.Ours, s.Older+n.Sealed-n.Ours, s.Plain+n.Total-n.Sealed
	}
	return s, nil
}

// checkKeys makes sure that the keys open what is stored: by the newest message, of those that have an id of ours.
func (db *DB) checkKeys(ctx context.Context) error {
	var row []struct{ ID, Content string }
	var required []string
	err := db.read(ctx, func(q conn) error {
		if err := q.list(ctx, &required, `select cast(complete_since as text) from encryption`); err != nil {
			return err
		}
		return q.list(ctx, &row, `select id, content from messages order by id desc limit 1`)
	})
	if err != nil {
		return err
	}
	db.sealedOnly = len(required) > 0 && db.keys != nil
	if len(row) == 0 {
		return nil
	}
	if _, err := db.open(fieldContent, row[0].ID, row[0].Content); err != nil {
		return badKeys("%s Set the keys that this database was used with.", strings.TrimSpace(interview.AsError(err).Message))
	}
	return nil
}
