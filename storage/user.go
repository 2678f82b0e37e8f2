package storage

import (
	"context"
	"crypto/rand"
	"strings"
	"time"

	"github.com/betterprofile/betterprofile/interview"
)

const (
	userColumns = `id, name, email, created_at`

	insertUser = `insert into "user" (id, name, email, email_verified, created_at, updated_at) values (?, ?, ?, ?, ?, ?)`

	selectUser = `select ` + userColumns + ` from "user" where id = ? or email = ? order by id = ? desc limit 1`

	selectUsers = `select ` + userColumns + ` from "user" order by created_at, id`

	insertSession = `insert into session (id, token, user_id, expires_at, created_at, updated_at) values (?, ?, ?, ?, ?, ?)`

	selectSessionUser = `select u.id, u.name, u.email, u.created_at from session s join "user" u on u.id = s.user_id
		where s.token = ? and s.expires_at > ?`
)

type userRow struct {
	ID        string
	Name      string
	Email     string
	CreatedAt stamp `db:"created_at"`
}

func (r userRow) user() interview.User {
	return interview.User{ID: r.ID, Name: r.Name, Email: r.Email, CreatedAt: r.CreatedAt.time()}
}

// CreateUser stores a user without a password and returns it as stored: with an id of 32 letters and digits where it had none, and
// its email in lower case. Errors: invalid, field email; conflict, field email or id, when there is such a user.
func (db *DB) CreateUser(ctx context.Context, u interview.User) (interview.User, error) {
	u, err := db.normalize(u)
	if err != nil {
		return interview.User{}, err
	}
	err = db.write1(ctx, func(q conn) error { return db.insertUser(ctx, q, insertUser, u) })
	if err != nil {
		return interview.User{}, db.fail(ctx, "create user", err)
	}
	return u, nil
}

// EnsureUser stores a user with a given id unless there is one with that id. Errors: as of CreateUser, but for the id.
func (db *DB) EnsureUser(ctx context.Context, u interview.User) error {
	u, err := db.normalize(u)
	if err != nil {
		return err
	}
	return db.fail(ctx, "ensure user", db.write1(ctx, func(q conn) error {
		return db.insertUser(ctx, q, insertUser+` on conflict (id) do nothing`, u)
	}))
}

// normalize returns the user as it is stored.
func (db *DB) normalize(u interview.User) (interview.User, error) {
	u.Email = strings.ToLower(strings.TrimSpace(clean(u.Email)))
	u.Name = strings.TrimSpace(clean(u.Name))
	name, domain, _ := strings.Cut(u.Email, "@")
	if name == "" || domain == "" || strings.ContainsAny(u.Email, " \t\r\n") {
		return u, interview.Invalid("email", "email must be an address such as ada@example.com.")
	}
	if u.ID == "" {
		u.ID = randomID()
	}
	u.CreatedAt = db.stamp().time()
	return u, nil
}

func (db *DB) insertUser(ctx context.Context, q conn, query string, u interview.User) error {
	now := stamp{u.CreatedAt.Time}
	_, err := q.exec(ctx, query, u.ID, u.Name, u.Email, false, now, now)
	violated := db.dialect.violated(err)
	if violated == "" {
		return err
	}
	e := interview.Errorf(interview.CodeConflict, "There is a user with this id already.")
	e.Details.Field = "id"
	if strings.Contains(violated, "email") {
		e.Message, e.Details.Field = "There is a user with this email already.", "email"
	}
	return e
}

// GetUser returns the user with an id or an email, in any case. Errors: not_found.
func (db *DB) GetUser(ctx context.Context, idOrEmail string) (interview.User, error) {
	var row userRow
	idOrEmail = clean(idOrEmail)
	err := db.read(ctx, func(q conn) error {
		return q.get(ctx, &row, selectUser, idOrEmail, strings.ToLower(strings.TrimSpace(idOrEmail)), idOrEmail)
	})
	if err != nil {
		return interview.User{}, db.fail(ctx, "get user", notFound("User", err))
	}
	return row.user(), nil
}

// ListUsers returns all users, those who came first before the others.
func (db *DB) ListUsers(ctx context.Context) ([]interview.User, error) {
	var rows []userRow
	err := db.read(ctx, func(q conn) error {
		rows = nil
		return q.list(ctx, &rows, selectUsers)
	})
	users := make([]interview.User, len(rows))
	for i, row := range rows {
		users[i] = row.user()
	}
	return users, db.fail(ctx, "list users", err)
}

// CreateSession signs a user in for some time, from now. Errors: not_found when there is no such user.
func (db *DB) CreateSession(ctx context.Context, userID string, life time.Duration) (interview.Session, error) {
	now := db.stamp()
	s := interview.Session{
		ID: randomID(), Token: randomID(), UserID: userID, CreatedAt: now.time(), ExpiresAt: interview.At(now.Add(life)),
	}
	err := db.write1(ctx, func(q conn) error {
		_, err := q.exec(ctx, insertSession, s.ID, s.Token, userID, stamp{s.ExpiresAt.Time}, now, now)
		if db.dialect.violated(err) != "" { // the random parts do not collide
			return interview.NotFound("User")
		}
		return err
	})
	if err != nil {
		return interview.Session{}, db.fail(ctx, "create session", err)
	}
	return s, nil
}

// Authenticate implements interview.Authenticator.
func (db *DB) Authenticate(ctx context.Context, token string) (interview.User, error) {
	var row userRow
	if token == "" || token != clean(token) {
		return interview.User{}, errUnauthenticated()
	}
	err := db.read(ctx, func(q conn) error { return q.get(ctx, &row, selectSessionUser, token, db.stamp()) })
	if interview.ErrorCode(notFound("Session", err)) == interview.CodeNotFound {
		return interview.User{}, errUnauthenticated()
	}
	return row.user(), db.fail(ctx, "authenticate", err)
}

func errUnauthenticated() error {
	return interview.Errorf(interview.CodeUnauthenticated, "Sign in first: the session is unknown or has expired.")
}

// randomID makes 32 random letters and digits, 190 bits, as Better Auth makes ids and tokens.
func randomID() string {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	id := make([]byte, 0, 32)
	var random [64]byte
	for {
		_, _ = rand.Read(random[:]) // never fails
		for _, b := range random {
			if b &= 63; int(b) < len(letters) {
				if id = append(id, letters[b]); len(id) == cap(id) {
					return string(id)
				}
			}
		}
	}
}
