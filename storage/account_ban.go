package storage

import (
	"context"

	"github.com/betterprofile/betterprofile/interview"
)

// A ban is in the columns of the user where these exist, so that a web platform keeps to it as well, and else in a table of our own.
const (
	banUser = `update {user} set banned = true, {.ban_reason} = ?, {.ban_expires} = ? where id = ?`

	unbanUser = `update {user} set banned = false, {.ban_reason} = null, {.ban_expires} = null where id = ?`

	insertBan = `insert into user_bans (user_id, reason, expires_at, created_at) values (?, ?, ?, ?)
		on conflict (user_id) do update set reason = excluded.reason, expires_at = excluded.expires_at, created_at = excluded.created_at`

	selectBan = `select reason, expires_at from user_bans where user_id = ?`

	deleteBan = `delete from user_bans where user_id = ?`

	selectBans = `select cast(user_id as text), reason, expires_at from user_bans`

	selectBannedUsers = `select cast(u.id as text), coalesce(u.{.ban_reason}, ''), u.{.ban_expires} from {user} u where u.banned`
)

// ban is why a user is kept out, and until when; for good when until is nil.
type ban struct {
	reason string
	until  *stamp
}

func (b ban) isOver(now stamp) bool { return b.until != nil && !b.until.After(now.Time) }

// BanUser implements interview.AccountStore.
func (db *DB) BanUser(ctx context.Context, userID, reason string, until *interview.Time) error {
	var end *stamp
	if until != nil {
		end = &stamp{interview.At(until.Time).Time}
	}
	userID = db.layout.userID(userID)
	return db.fail(ctx, "ban user", db.write(ctx, func(q conn) error {
		if _, _, err := db.lockUser(ctx, q, userID); err != nil {
			return err
		}
		var err error
		if db.layout.admin {
			_, err = q.exec(ctx, banUser, clean(reason), end, userID)
		} else {
			_, err = q.exec(ctx, insertBan, userID, clean(reason), end, db.stamp())
		}
		if err == nil {
			_, err = q.exec(ctx, deleteSessions, userID, "")
		}
		return err
	}))
}

// UnbanUser implements interview.AccountStore.
func (db *DB) UnbanUser(ctx context.Context, userID string) error {
	userID = db.layout.userID(userID)
	return db.fail(ctx, "unban user", db.write(ctx, func(q conn) error {
		if _, _, err := db.lockUser(ctx, q, userID); err != nil {
			return err
		}
		return db.unban(ctx, q, userID)
	}))
}

// unban removes the user's ban, wherever it is.
func (db *DB) unban(ctx context.Context, q conn, userID string) error {
	if db.layout.admin {
		if _, err := q.exec(ctx, unbanUser, userID); err != nil {
			return err
		}
	}
	_, err := q.exec(ctx, deleteBan, userID)
	return err
}

// Ban is why a user is kept out, and until when; for good when Until is nil.
type Ban struct {
	Reason string
	Until  *interview.Time
}

// Bans returns the bans that have not run out, by the user's id.
func (db *DB) Bans(ctx context.Context) (map[string]Ban, error) {
	queries := []string{selectBans}
	if db.layout.admin {
		queries = append(queries, selectBannedUsers)
	}
	bans, now := map[string]Ban{}, db.stamp()
	err := db.read(ctx, func(q conn) error {
		for _, query := range queries {
			var userID string
			var b ban
			err := q.rows(ctx, []any{&userID, &b.reason, &b.until}, func() {
				if !b.isOver(now) {
					bans[userID] = Ban{Reason: b.reason, Until: timeOrNil(b.until)}
				}
			}, query)
			if err != nil {
				return err
			}
		}
		return nil
	})
	return bans, db.fail(ctx, "list bans", err)
}

// admit returns an error unless the user may have a session, and locks the user, so that nobody bans them before it is there. Bans that have
// run out are removed. A ban in our table counts also where the columns came later.
func (db *DB) admit(ctx context.Context, q conn, userID string) error {
	_, admin, err := db.lockUser(ctx, q, userID)
	if err != nil {
		return err
	}
	var bans []ban
	if admin.banned {
		bans = append(bans, admin.ban)
	}
	var own ban
	if err := q.scan(ctx, []any{&own.reason, &own.until}, selectBan, userID); err == nil {
		bans = append(bans, own)
	} else if !isMissing(err) {
		return err
	}
	now := db.stamp()
	for _, b := range bans {
		if !b.isOver(now) {
			e := interview.Errorf(interview.CodeForbidden, "This user has been banned.")
			e.Details.Reason = interview.ReasonBanned
			return e
		}
	}
	if len(bans) == 0 {
		return nil
	}
	return db.unban(ctx, q, userID)
}
