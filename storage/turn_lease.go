package storage

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/betterprofile/betterprofile/interview"
)

const (
	// renewLease leaves a lease alone that has more than two thirds to go: a row whose indexed columns stay as they are costs
	// PostgreSQL less to write.
	renewLease = `lease_until = case when lease_until > {lease} then lease_until else {lease} end`

	checkpointSQLite = `update turns set attempt = p.attempt, partial = p.partial, ` + renewLease + `
		from (
			select value ->> 'id' as id, value ->> 'attempt' as attempt, value ->> 'partial' as partial from json_each(?)
		) as p
		where message_id = p.id and status = 'running' and lease_owner = ?
		returning message_id as id, cancel_requested as cancel`

	expiredTurns = `select ` + turnColumns + ` from turns t
			join messages m on m.id = t.message_id
			join conversations c on c.id = t.conversation_id
			left join messages r on r.id = t.reply_id
		where t.status = 'running' and t.lease_until <= {now}
		order by t.lease_until limit ?`

	// A lease that has not changed since it was read was not renewed, taken or ended, and the turn has no newer partial either.
	takeTurn = `update turns set lease_owner = ?, lease_until = {lease}, attempt = attempt + 1, takeovers = ?, partial = '', updated_at = ?
		where message_id = ? and status = 'running' and attempt = ? and lease_until = ? and coalesce(lease_owner, '') = ?`

	releaseTurns = `update turns set lease_owner = null, lease_until = {now}
		where status = 'running' and lease_owner is not null and substr(lease_owner, 1, length(?)) = ?`
)

// Checkpoint implements interview.Store.
func (db *DB) Checkpoint(
	ctx context.Context, lease interview.Lease, progress []interview.TurnProgress,
) ([]interview.TurnSignal, error) {
	if len(progress) == 0 {
		return nil, nil
	}
	sealed := make([]string, len(progress))
	for i, p := range progress {
		text, err := db.seal(fieldPartial, p.MessageID, p.Partial)
		if err != nil {
			return nil, err
		}
		sealed[i] = text
	}
	var rows []struct {
		ID     string
		Cancel bool
	}
	query, args, err := db.dialect.checkpoint(lease.Owner, progress, sealed)
	if err != nil {
		return nil, err
	}
	seconds := lease.For.Seconds()
	args = append([]any{seconds * 2 / 3, seconds}, args...)
	err = db.write1(ctx, func(q conn) error {
		rows = nil
		return q.list(ctx, &rows, query, args...)
	})
	if err != nil {
		return nil, db.fail(ctx, "checkpoint", err)
	}
	signals := make([]interview.TurnSignal, len(rows))
	for i, row := range rows {
		signals[i] = interview.TurnSignal{MessageID: row.ID, Cancel: row.Cancel}
	}
	return signals, nil
}

// checkpointOnSQLite is the statement of a checkpoint with the arguments after the lease's.
func checkpointOnSQLite(owner string, progress []interview.TurnProgress, sealed []string) (string, []any, error) {
	type entry struct {
		ID      string `json:"id"`
		Attempt int    `json:"attempt"`
		Partial string `json:"partial"`
	}
	entries := make([]entry, len(progress))
	for i, p := range progress {
		entries[i] = entry{p.MessageID, p.Attempt, sealed[i]}
	}
	object, err := json.Marshal(entries)
	return checkpointSQLite, []any{string(object), owner}, err
}

// TakeTurns implements interview.Store. It reads first and then takes each turn on the condition that nobody else has; so it
// returns those that it took even if it fails on one after them.
func (db *DB) TakeTurns(ctx context.Context, lease interview.Lease, limit int, held ...string) ([]interview.Turn, error) {
	var rows []turnRow
	err := db.read(ctx, func(q conn) error {
		rows = nil
		return q.list(ctx, &rows, expiredTurns, max(limit, 0)+len(held))
	})
	if err != nil {
		return nil, db.fail(ctx, "find abandoned turns", err)
	}
	var taken []interview.Turn
	for _, row := range rows {
		if len(taken) >= limit || slices.Contains(held, row.ID) {
			continue
		}
		t, ok, err := db.take(ctx, row, lease)
		if err != nil && len(taken) == 0 {
			return nil, db.fail(ctx, "take a turn over", err)
		}
		if err != nil {
			break
		}
		if ok {
			taken = append(taken, t)
		}
	}
	return slices.Clip(taken), nil
}

// take takes a turn over as it was read; ok is false when it has changed since.
func (db *DB) take(ctx context.Context, row turnRow, lease interview.Lease) (t interview.Turn, ok bool, err error) {
	if t, err = db.turn(row); err != nil {
		return t, false, err
	}
	if t.Partial != "" && row.LeaseOwner.Valid {
		t.Takeovers++
	}
	t.Owner = lease.Owner
	t.Attempt++
	t.Message.Turn = t.State()
	var n int64
	err = db.write1(ctx, func(q conn) error {
		n, err = q.exec(ctx, takeTurn, lease.Owner, lease.For.Seconds(), t.Takeovers, db.stamp(),
			row.ID, row.Attempt, row.LeaseUntil, row.LeaseOwner.String)
		return err
	})
	return t, n == 1, err
}

// ReleaseTurns implements interview.Store.
func (db *DB) ReleaseTurns(ctx context.Context, ownerPrefix string) (int, error) {
	if ownerPrefix == "" {
		return 0, nil
	}
	var n int64
	err := db.write1(ctx, func(q conn) (err error) {
		n, err = q.exec(ctx, releaseTurns, ownerPrefix, ownerPrefix)
		return err
	})
	return int(n), db.fail(ctx, "release turns", err)
}
