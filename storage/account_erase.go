package storage

import (
	"context"

	"github.com/betterprofile/betterprofile/interview"
)

// EraseUser implements interview.AccountStore. What hangs on the user by a foreign key that cascades goes with the row: conversations, messages,
// turns, memory, bans.
func (db *DB) EraseUser(ctx context.Context, userID string) error {
	userID = db.layout.userID(userID)
	return db.fail(ctx, "erase user", db.write(ctx, func(q conn) error {
		email, _, err := db.lockUser(ctx, q, userID)
		if err != nil {
			return err
		}
		for _, s := range eraseStatements(db.layout, userID, email) {
			if _, err := q.exec(ctx, s.query, s.args...); err != nil {
				return err
			}
		}
		n, err := q.exec(ctx, `delete from {user} where id = ?`, userID)
		if err == nil && n == 0 {
			return interview.NotFound("User")
		}
		return err
	}))
}

// eraseStatement removes rows of a user.
type eraseStatement struct {
	query string
	args  []any
}

// eraseStatements remove what does not go with the user's row by itself. In layout C sessions and accounts do not. Values of verifications may hold an
// id among other things, and so may the keys of rate limits.
func eraseStatements(l layout, userID, email string) []eraseStatement {
	all := []eraseStatement{
		{`delete from {session} where {.user_id} = ?`, []any{userID}},
		{`delete from {account} where {.user_id} = ?`, []any{userID}},
		{`delete from {device} where {.user_id} = ?`, []any{userID}},
		{
			`delete from {verification} where identifier = ? or replace(identifier, ?, '') <> identifier or replace(value, ?, '') <> value`,
			[]any{email, userID, userID},
		},
		{`delete from rate_buckets where replace(key, ?, '') <> key`, []any{userID}},
	}
	if l.impersonated {
		all = append(all, eraseStatement{`delete from {session} where {.impersonated_by} = ?`, []any{userID}})
	}
	return all
}
