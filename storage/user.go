package storage

import (
	"context"
	"crypto/rand"
	"strings"
	"time"

	"github.com/betterprofile/betterprofile/interview"
)

// CreateUser is CreateAccount of a user without a password.
func (db *DB) CreateUser(ctx context.Context, u interview.User) (interview.User, error) {
	a, err := db.CreateAccount(ctx, interview.NewAccount{ID: u.ID, Name: u.Name, Email: u.Email})
	return a.User, err
}

// EnsureUser stores a user with a given id unless there is one with that id. Errors: as of CreateUser, but for the id.
func (db *DB) EnsureUser(ctx context.Context, u interview.User) error {
	now := db.stamp()
	a, err := db.newAccount(interview.NewAccount{ID: u.ID, Name: u.Name, Email: u.Email}, now)
	if err != nil {
		return err
	}
	return db.fail(ctx, "ensure user", db.write1(ctx, func(q conn) error {
		return db.insertAccount(ctx, q, a, ` on conflict (id) do nothing`, now)
	}))
}

// GetUser returns the user with an id or an email, in any case. Errors: not_found.
func (db *DB) GetUser(ctx context.Context, idOrEmail string) (interview.User, error) {
	find := db.AccountByID
	if strings.Contains(idOrEmail, "@") { // which no id has
		find = db.AccountByEmail
	}
	a, _, err := find(ctx, idOrEmail)
	return a.User, err
}

// ListUsers returns all users, those who came first before the others.
func (db *DB) ListUsers(ctx context.Context) ([]interview.User, error) {
	users := []interview.User{}
	err := db.read(ctx, func(q conn) error {
		users = users[:0]
		var row accountRow
		return q.rows(ctx, row.dest(), func() { users = append(users, row.account(db.layout).User) }, selectAccounts)
	})
	return users, db.fail(ctx, "list users", err)
}

// CreateSession is StartSession of a user for some time.
func (db *DB) CreateSession(ctx context.Context, userID string, life time.Duration) (interview.Session, error) {
	in, err := db.StartSession(ctx, interview.NewSignIn{UserID: userID, For: life})
	return in.Session, err
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
