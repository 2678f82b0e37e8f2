package storage

import (
	"context"

	"github.com/betterprofile/betterprofile/interview"
)

// selectUsage reads the user's turns by their index: once a minute at most for each user with a ceiling.
const selectUsage = `select coalesce(sum(input_tokens + output_tokens), 0) from turns where user_id = ? and updated_at >= ?`

// TokensSince implements interview.UsageStore.
func (db *DB) TokensSince(ctx context.Context, userID string, since interview.Time) (int, error) {
	var tokens int
	err := db.read(ctx, func(q conn) error {
		return q.scan(ctx, []any{&tokens}, selectUsage, db.layout.userID(userID), stamp{since.Time})
	})
	return tokens, unlessUnknown(db.fail(ctx, "add up tokens", err))
}
