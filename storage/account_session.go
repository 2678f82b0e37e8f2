package storage

import (
	"context"

	"github.com/betterprofile/betterprofile/interview"
)

const (
	signInColumns = `s.id, s.token, s.{.user_id}, s.{.expires_at}, s.{.created_at}, s.{.updated_at}, coalesce(s.{.ip_address}, ''),
		coalesce(s.{.user_agent}, ''), {impersonated}`

	insertSession = `insert into {session} (id, token, {.user_id}, {.expires_at}, {.created_at}, {.updated_at}, {.ip_address}, {.user_agent})
		values (?, ?, ?, ?, ?, ?, ?, ?)`

	// selectSession also returns whether the user is banned in our own table.
	selectSession = `select ` + signInColumns + `, ` + accountColumns + `,
			exists (select 1 from user_bans b where b.user_id = u.id and (b.expires_at is null or b.expires_at > ?))
		from {session} s join {user} u on u.id = s.{.user_id} where s.token = ?`

	selectSessions = `select ` + signInColumns + ` from {session} s where s.{.user_id} = ? and s.{.expires_at} > ? order by s.{.created_at}, s.id`

	deleteExpired = `delete from {session} where token = ? and {.expires_at} <= ?`

	extendSession = `update {session} set {.expires_at} = ?, {.updated_at} = ? where token = ? and {.expires_at} > ?`

	deleteSession = `delete from {session} where {.user_id} = ? and token = ?`

	deleteSessions = `delete from {session} where {.user_id} = ? and token <> ?`
)

// signInRow is a row of signInColumns.
type signInRow struct {
	id, token, userID, address, agent, impersonatedBy string
	expiresAt, createdAt, updatedAt                   stamp
}

func (r *signInRow) dest() []any {
	return []any{&r.id, &r.token, &r.userID, &r.expiresAt, &r.createdAt, &r.updatedAt, &r.address, &r.agent, &r.impersonatedBy}
}

func (r *signInRow) signIn(l layout) interview.SignIn {
	in := interview.SignIn{
		Session:   interview.Session{ID: r.id, Token: r.token, UserID: r.userID, ExpiresAt: r.expiresAt.time(), CreatedAt: r.createdAt.time()},
		UpdatedAt: r.updatedAt.time(), IPAddress: r.address, UserAgent: r.agent,
	}
	if l.impersonated {
		by := r.impersonatedBy
		in.ImpersonatedBy = &by
	}
	return in
}

// StartSession implements interview.AccountStore.
func (db *DB) StartSession(ctx context.Context, s interview.NewSignIn) (in interview.SignIn, err error) {
	err = db.write(ctx, func(q conn) (err error) {
		in, err = db.startSession(ctx, q, s)
		return err
	})
	return in, db.fail(ctx, "start session", err)
}

// startSession makes a session in a transaction, unless the user is banned.
func (db *DB) startSession(ctx context.Context, q conn, s interview.NewSignIn) (interview.SignIn, error) {
	s.UserID = db.layout.userID(s.UserID)
	if err := db.admit(ctx, q, s.UserID); err != nil {
		return interview.SignIn{}, err
	}
	now := db.stamp()
	row := signInRow{
		id: db.layout.newID(), token: randomID(), userID: s.UserID, address: clean(s.IPAddress), agent: clean(s.UserAgent),
		expiresAt: stamp{interview.At(now.Add(s.For)).Time}, createdAt: now, updatedAt: now,
	}
	_, err := q.exec(ctx, insertSession, row.id, row.token, row.userID, row.expiresAt, now, now, row.address, row.agent)
	return row.signIn(db.layout), err
}

// FindSession implements interview.AccountStore.
func (db *DB) FindSession(ctx context.Context, token string) (interview.SignIn, interview.Account, error) {
	if token == "" || token != clean(token) {
		return interview.SignIn{}, interview.Account{}, errUnauthenticated()
	}
	var session signInRow
	var account accountRow
	var banned bool
	now := db.stamp()
	err := db.read(ctx, func(q conn) error {
		return q.scan(ctx, append(append(session.dest(), account.dest()...), &banned), selectSession, now, token)
	})
	switch {
	case isMissing(err):
		return interview.SignIn{}, interview.Account{}, errUnauthenticated()
	case err != nil:
		return interview.SignIn{}, interview.Account{}, db.fail(ctx, "find session", err)
	case !session.expiresAt.After(now.Time):
		// Whether it can be removed does not change the answer: the next look-up tries again.
		_ = db.write1(ctx, func(q conn) error {
			_, err := q.exec(ctx, deleteExpired, token, now)
			return err
		})
		return interview.SignIn{}, interview.Account{}, errUnauthenticated()
	case banned, account.admin.banned && !account.admin.isOver(now):
		return interview.SignIn{}, interview.Account{}, errUnauthenticated()
	}
	return session.signIn(db.layout), account.account(db.layout), nil
}

// Authenticate implements interview.Authenticator.
func (db *DB) Authenticate(ctx context.Context, token string) (interview.User, error) {
	user, _, err := db.AuthenticateSession(ctx, token)
	return user, err
}

// AuthenticateSession implements interview.SessionAuthenticator.
func (db *DB) AuthenticateSession(ctx context.Context, token string) (interview.User, interview.Time, error) {
	in, account, err := db.FindSession(ctx, token)
	return account.User, in.ExpiresAt, err
}

func errUnauthenticated() error {
	return interview.Errorf(interview.CodeUnauthenticated, "Sign in first: the session is unknown or has expired.")
}

// ExtendSession implements interview.AccountStore.
func (db *DB) ExtendSession(ctx context.Context, token string, until interview.Time) error {
	now := db.stamp()
	return db.fail(ctx, "extend session", db.write1(ctx, func(q conn) error {
		n, err := q.exec(ctx, extendSession, stamp{interview.At(until.Time).Time}, now, clean(token), now)
		if err == nil && n == 0 {
			return errUnauthenticated()
		}
		return err
	}))
}

// Sessions implements interview.AccountStore.
func (db *DB) Sessions(ctx context.Context, userID string) ([]interview.SignIn, error) {
	all := []interview.SignIn{}
	err := db.read(ctx, func(q conn) error {
		all = all[:0]
		var row signInRow
		return q.rows(ctx, row.dest(), func() { all = append(all, row.signIn(db.layout)) }, selectSessions, db.layout.userID(userID), db.stamp())
	})
	return all, unlessUnknown(db.fail(ctx, "list sessions", err))
}

// EndSession implements interview.AccountStore.
func (db *DB) EndSession(ctx context.Context, userID, token string) error {
	return unlessUnknown(db.fail(ctx, "end session", db.write1(ctx, func(q conn) error {
		_, err := q.exec(ctx, deleteSession, db.layout.userID(userID), clean(token))
		return err
	})))
}

// EndSessions implements interview.AccountStore.
func (db *DB) EndSessions(ctx context.Context, userID, except string) (int, error) {
	var n int64
	err := db.write1(ctx, func(q conn) (err error) {
		n, err = q.exec(ctx, deleteSessions, db.layout.userID(userID), clean(except))
		return err
	})
	return int(n), unlessUnknown(db.fail(ctx, "end sessions", err))
}
