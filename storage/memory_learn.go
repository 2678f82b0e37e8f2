package storage

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"maps"
	"slices"

	"github.com/betterprofile/betterprofile/interview"
)

const (
	// Locks the user's memory for this transaction and makes it the next version, whether it was there or not.
	nextMemory = `insert into memories (user_id, version) values (?, 1)
		on conflict (user_id) do update set version = memories.version + 1
		returning epoch, version, cast(coverage as text) as coverage`

	setCoverage = `update memories set coverage = {json} where user_id = ?`

	insertExperience = `insert into experiences
			(id, user_id, kind, org, role, start_on, end_on, current, label, position, coverage, version, created_at, updated_at)
		values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, {json}, ?, ?, ?) ` + orReplaceExperience + ` returning created_at`

	orReplaceExperience = `on conflict (id) do update set kind = excluded.kind, org = excluded.org, role = excluded.role, start_on = excluded.start_on,
			end_on = excluded.end_on, current = excluded.current, label = excluded.label, position = excluded.position, coverage = excluded.coverage,
			version = excluded.version, updated_at = excluded.updated_at
		where experiences.user_id = excluded.user_id`

	// What a fact may be drawn from: what the user wrote and has not had forgotten.
	isOwnWords = `m.role = 'user' and m.metadata ->> 'forgotten' is null and c.user_id = ?`

	// The sources are counted.
	countOwnSources = `select count(*) from messages m join conversations c on c.id = m.conversation_id where ` + isOwnWords + ` and m.id {in}`

	insertFact = `insert into profile_facts (id, user_id, experience_id, kind, key, text, value, quote, status, confidence, valid_from, valid_to, supersedes,
			engine, version, created_at, updated_at)
		values (?, ?, (select id from experiences where id = ? and user_id = ?), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ` + orReplaceFact + ` returning experience_id, created_at`

	orReplaceFact = `on conflict (id) do update set experience_id = excluded.experience_id, kind = excluded.kind, key = excluded.key, text = excluded.text,
			value = excluded.value, quote = excluded.quote, status = excluded.status, confidence = excluded.confidence, valid_from = excluded.valid_from,
			valid_to = excluded.valid_to, supersedes = excluded.supersedes, engine = excluded.engine, version = excluded.version,
			updated_at = excluded.updated_at
		where profile_facts.user_id = excluded.user_id`

	insertSource = `insert into fact_sources (fact_id, message_id, position, start, "end") values (?, ?, ?, ?, ?) ` + orReplaceSource

	orReplaceSource = `on conflict (fact_id, position) do update set message_id = excluded.message_id, start = excluded.start, "end" = excluded."end"`

	deleteSources = `delete from fact_sources where fact_id = ? and position >= ?`

	insertThread = `insert into threads (id, user_id, message_id, quote, start, "end", status, version, created_at)
		values (?, ?, ?, ?, ?, ?, ?, ?, ?) ` + orReplaceThread + ` returning message_id, quote, start, "end", created_at`

	orReplaceThread = `on conflict (id) do update set status = excluded.status, version = excluded.version where threads.user_id = excluded.user_id`

	// What an earlier reply to the message had learned, and this one has not.
	deleteUnlearned = `delete from profile_facts where user_id = ? and status = 'proposed' and not (id {in})
		and id in (select fact_id from fact_sources where message_id = ?)
		and not exists (select 1 from fact_sources s where s.fact_id = profile_facts.id and s.message_id <> ?)`
)

// errStale says that something was removed since what is to be stored was read: it may be made of that.
var errStale = errors.New("something was removed meanwhile")

// learned is what is to be stored of an interview.Learned: sealed, each id once.
type learned struct {
	coverage    map[string]interview.SlotState
	experiences []experienceRow
	facts       []factRow
	threads     []threadRow
}

// learned prepares l. Rows whose ids are none, or that no table takes, are left out.
func (db *DB) learned(l interview.Learned) (out learned, err error) {
	out.coverage = l.Coverage
	now := interview.At(db.now())
	out.experiences, err = prepare(l.Experiences, db.storedExperience, func(e *interview.Experience) *string {
		e.CreatedAt, e.UpdatedAt = orNow(e.CreatedAt, now), orNow(e.UpdatedAt, now)
		if interview.CheckExperience(*e) != nil {
			return new(string)
		}
		return &e.ID
	})
	if err != nil {
		return out, err
	}
	out.facts, err = prepare(l.Facts, db.storedFact, func(f *interview.Fact) *string {
		f.CreatedAt, f.UpdatedAt = orNow(f.CreatedAt, now), orNow(f.UpdatedAt, now)
		if !normalizeIDs(f) || !storable(*f) {
			return new(string)
		}
		return &f.ID
	})
	if err != nil {
		return out, err
	}
	out.threads, err = prepare(l.Threads, db.storedThread, func(t *interview.Thread) *string {
		t.CreatedAt = orNow(t.CreatedAt, now)
		var ok bool
		known := t.Status == interview.ThreadOpen || t.Status == interview.ThreadAsked || t.Status == interview.ThreadClosed
		if t.Source.MessageID, ok = interview.ParseID(t.Source.MessageID); !ok || !known {
			return new(string)
		}
		return &t.ID
	})
	return out, err
}

// normalizeIDs puts the ids that a fact refers to in their one form, and reports whether its sources have any.
func normalizeIDs(f *interview.Fact) bool {
	f.ExperienceID, _ = interview.ParseID(f.ExperienceID)
	f.Supersedes, _ = interview.ParseID(f.Supersedes)
	f.Sources = slices.Clone(f.Sources)
	for i, s := range f.Sources {
		id, ok := interview.ParseID(s.MessageID)
		if !ok {
			return false
		}
		f.Sources[i].MessageID = id
	}
	return len(f.Sources) > 0
}

// storable reports whether the table takes the fact's status.
func storable(f interview.Fact) bool {
	switch f.Status {
	case interview.FactProposed, interview.FactConfirmed, interview.FactSuperseded, interview.FactConflict, interview.FactRejected:
		return true
	}
	return false
}

// prepare makes rows of values: one for each id, of the last that has it. Ready completes a value and returns its id's place.
func prepare[T, R any](values []T, store func(T) (R, error), ready func(*T) *string) ([]R, error) {
	at, rows := make(map[string]int, len(values)), make([]R, 0, len(values))
	for _, v := range values {
		place := ready(&v)
		id, ok := interview.ParseID(*place)
		if !ok {
			continue
		}
		*place = id
		row, err := store(v)
		if err != nil {
			return nil, err
		}
		if i, known := at[id]; known {
			rows[i] = row
			continue
		}
		at[id], rows = len(rows), append(rows, row)
	}
	return rows, nil
}

func orNow(t, now interview.Time) interview.Time {
	if t.IsZero() {
		return now
	}
	return t
}

func (l learned) empty() bool {
	return len(l.coverage) == 0 && len(l.experiences) == 0 && len(l.facts) == 0 && len(l.threads) == 0
}

// Learn implements interview.Store.
func (db *DB) Learn(ctx context.Context, userID string, epoch int64, l interview.Learned) (change *interview.MemoryChange, ok bool, err error) {
	rows, err := db.learned(l)
	if err != nil || rows.empty() {
		return nil, err == nil, err
	}
	ok, err = db.unlessStale(ctx, "learn", func(q conn) error {
		m, err := q.nextMemory(ctx, userID, epoch)
		if err != nil {
			return err
		}
		change, err = db.learn(ctx, q, userID, m, rows)
		return err
	})
	if !ok {
		change = nil
	}
	return change, ok, err
}

// unlessStale calls f in a transaction and reports whether it went through: not when f finds that it comes too late.
func (db *DB) unlessStale(ctx context.Context, op string, f func(conn) error) (bool, error) {
	err := db.write(ctx, f)
	switch {
	case errors.Is(err, errStale), interview.ErrorCode(err) == interview.CodeNotFound:
		return false, nil
	case err != nil:
		return false, db.fail(ctx, op, err)
	}
	return true, nil
}

// memoryRow is a user's memory, locked, in its new version.
type memoryRow struct {
	Epoch    int64
	Version  int64
	Coverage string
}

// anyEpoch is for what is not made of anything that could have been removed.
const anyEpoch = -1

// nextMemory makes the memory of this transaction. It is errStale when it is of another epoch.
func (q conn) nextMemory(ctx context.Context, userID string, epoch int64) (m memoryRow, err error) {
	err = q.get(ctx, &m, nextMemory, userID)
	switch {
	case q.db.dialect.violated(err) != "":
		return m, interview.NotFound("User")
	case err == nil && epoch != anyEpoch && m.Epoch != epoch:
		return m, errStale
	}
	return m, err
}

// learnRows stores rows within a transaction and returns those that it stored, as they are now.
func learnRows(ctx context.Context, q conn, userID string, m memoryRow, l learned) (kept learned, err error) {
	for _, e := range l.experiences {
		stored, err := wasStored(q.scan(ctx, []any{&e.CreatedAt}, insertExperience, e.ID, userID, e.Kind, e.Org, e.Role, e.StartOn, e.EndOn, bool(e.Current),
			e.Label, e.Position, e.Coverage, m.Version, e.CreatedAt, e.UpdatedAt))
		if err != nil {
			return kept, err
		}
		if stored {
			kept.experiences = append(kept.experiences, e)
		}
	}
	for _, f := range l.facts {
		stored, err := learnFact(ctx, q, userID, m, &f)
		if err != nil {
			return kept, err
		}
		if stored {
			kept.facts = append(kept.facts, f)
		}
	}
	for _, t := range l.threads {
		stored, err := learnThread(ctx, q, userID, m, &t)
		if err != nil {
			return kept, err
		}
		if stored {
			kept.threads = append(kept.threads, t)
		}
	}
	return kept, nil
}

// wasStored reports whether a statement returned the row that it stored, given its error: not when the row is somebody else's.
func wasStored(err error) (bool, error) {
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// learnThread stores a thread, if its message is the user's, makes it what it is now, and reports whether it did.
func learnThread(ctx context.Context, q conn, userID string, m memoryRow, t *threadRow) (bool, error) {
	own, err := q.own(ctx, userID, []string{t.MessageID})
	if err != nil || !own {
		return false, err
	}
	return wasStored(q.scan(ctx, []any{&t.MessageID, &t.Quote, &t.Start, &t.End, &t.CreatedAt}, insertThread,
		t.ID, userID, t.MessageID, t.Quote, t.Start, t.End, t.Status, m.Version, t.CreatedAt))
}

// own reports whether all the messages are the user's words.
func (q conn) own(ctx context.Context, userID string, messageIDs []string) (bool, error) {
	ids := slices.Compact(slices.Sorted(slices.Values(messageIDs)))
	var n int
	err := q.get(ctx, &n, countOwnSources, userID, q.db.dialect.ids(ids))
	return n == len(ids), err
}

// learnFact stores a fact with its sources, if these are the user's, makes it what it is now, and reports whether it did.
func learnFact(ctx context.Context, q conn, userID string, m memoryRow, f *factRow) (bool, error) {
	ids := make([]string, len(f.Sources))
	for i, s := range f.Sources {
		ids[i] = s.MessageID
	}
	own, err := q.own(ctx, userID, ids)
	if err != nil || !own {
		return false, err
	}
	stored, err := wasStored(q.scan(ctx, []any{&f.ExperienceID, &f.CreatedAt}, insertFact, f.ID, userID, f.ExperienceID, userID, f.Kind, f.Key, f.Text, f.Value,
		f.Quote, f.Status, f.Confidence, f.ValidFrom, f.ValidTo, f.Supersedes, f.Engine, m.Version, f.CreatedAt, f.UpdatedAt))
	if err != nil || !stored {
		return false, err
	}
	for _, s := range f.Sources {
		if _, err := q.exec(ctx, insertSource, f.ID, s.MessageID, s.Position, s.Start, s.End); err != nil {
			return false, err
		}
	}
	_, err = q.exec(ctx, deleteSources, f.ID, len(f.Sources))
	return true, err
}

// mergeCoverage adds changed slots to the memory's and returns all, as JSON.
func mergeCoverage(ctx context.Context, q conn, userID string, m memoryRow, changed map[string]interview.SlotState) (string, error) {
	if len(changed) == 0 {
		return m.Coverage, nil
	}
	coverage, err := readCoverage(m.Coverage)
	if err != nil {
		return "", err
	}
	if coverage == nil {
		coverage = map[string]interview.SlotState{}
	}
	maps.Copy(coverage, changed)
	b, err := json.Marshal(coverage)
	if err != nil {
		return "", err
	}
	_, err = q.exec(ctx, setCoverage, string(b), userID)
	return string(b), err
}

// unlearn removes what an earlier reply to the message had learned, and the new one has not.
func (db *DB) unlearn(ctx context.Context, q conn, userID, messageID string, l learned) error {
	ids := make([]string, len(l.facts))
	for i, f := range l.facts {
		ids[i] = f.ID
	}
	_, err := q.exec(ctx, deleteUnlearned, userID, db.dialect.ids(ids), messageID, messageID)
	return err
}
