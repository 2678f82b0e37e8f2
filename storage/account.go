package storage

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"github.com/betterprofile/betterprofile/interview"
)

const (
	accountColumns = `u.id, u.name, u.email, u.{.created_at}, u.{.email_verified}, coalesce(u.image, ''), u.{.updated_at}, {admin}`

	// selectAccount also returns the hash of the credential login.
	selectAccount = `select ` + accountColumns + `, coalesce((
			select a.password from {account} a
			where a.{.user_id} = u.id and a.{.provider_id} = 'credential' and a.{.account_id} = cast(u.id as text) limit 1), '')
		from {user} u where `

	selectAccounts = `select ` + accountColumns + ` from {user} u order by u.{.created_at}, u.id`

	insertAccount = `insert into {user} (id, name, email, image, {.email_verified}, {.created_at}, {.updated_at}) values (?, ?, ?, ?, ?, ?, ?)`

	// insertAdminAccount is insertAccount where users have roles.
	insertAdminAccount = `insert into {user} (id, name, email, image, {.email_verified}, {.created_at}, {.updated_at}, role) values (?, ?, ?, ?, ?, ?, ?, 'user')`

	updateAccount = `update {user} set name = coalesce(?, name), image = case when ? then ? else image end, {.updated_at} = ? where id = ?`

	lockUser = `select u.email, {admin} from {user} u where u.id = ? {lock}`

	insertCredential = `insert into {account} (id, {.account_id}, {.provider_id}, {.user_id}, password, {.created_at}, {.updated_at})
		values (?, ?, 'credential', ?, ?, ?, ?)`

	updateCredential = `update {account} set password = ?, {.updated_at} = ? where {.user_id} = ? and {.provider_id} = 'credential' and {.account_id} = ?`

	selectLogins = `select id, {.provider_id}, {.account_id}, {.user_id}, {.created_at}, {.updated_at}, coalesce(scope, '') from {account}
		where {.user_id} = ? order by {.created_at}, id`
)

// accountRow is a row of accountColumns.
type accountRow struct {
	id, name, email, image string
	createdAt, updatedAt   stamp
	verified               bool
	admin                  adminRow
}

// adminRow is what {admin} returns.
type adminRow struct {
	role   string
	banned bool
	ban
}

func (r *adminRow) dest() []any { return []any{&r.role, &r.banned, &r.reason, &r.until} }

func (r *accountRow) dest() []any {
	return append([]any{&r.id, &r.name, &r.email, &r.createdAt, &r.verified, &r.image, &r.updatedAt}, r.admin.dest()...)
}

func (r *accountRow) account(l layout) interview.Account {
	a := interview.Account{
		User:          interview.User{ID: r.id, Name: r.name, Email: r.email, CreatedAt: r.createdAt.time()},
		EmailVerified: r.verified, Image: r.image, UpdatedAt: r.updatedAt.time(),
	}
	if l.admin {
		a.Admin = &interview.AdminColumns{Role: r.admin.role, Banned: r.admin.banned, BanReason: r.admin.reason, BanExpires: timeOrNil(r.admin.until)}
	}
	return a
}

// CreateAccount implements interview.AccountStore.
func (db *DB) CreateAccount(ctx context.Context, a interview.NewAccount) (interview.Account, error) {
	now := db.stamp()
	account, err := db.newAccount(a, now)
	if err != nil {
		return interview.Account{}, err
	}
	write := db.write
	if a.PasswordHash == "" { // then it is one statement
		write = db.write1
	}
	err = write(ctx, func(q conn) error {
		if err := db.insertAccount(ctx, q, account, "", now); err != nil || a.PasswordHash == "" {
			return err
		}
		_, err := q.exec(ctx, insertCredential, db.layout.newID(), account.ID, account.ID, a.PasswordHash, now, now)
		return err
	})
	if err != nil {
		return interview.Account{}, db.fail(ctx, "create account", err)
	}
	return account, nil
}

// newAccount returns the account as it is stored at a time.
func (db *DB) newAccount(a interview.NewAccount, now stamp) (interview.Account, error) {
	made := interview.Account{
		User: interview.User{
			ID: a.ID, Name: strings.TrimSpace(clean(a.Name)), Email: normalEmail(a.Email), CreatedAt: now.time(),
		},
		Image: clean(a.Image), UpdatedAt: now.time(),
	}
	name, domain, _ := strings.Cut(made.Email, "@")
	if name == "" || domain == "" || strings.ContainsAny(made.Email, " \t\r\n") {
		return made, interview.Invalid("email", "email must be an address such as ada@example.com.")
	}
	if made.ID == "" {
		made.ID = db.layout.newID()
	}
	if db.layout.uuids {
		var ok bool
		if made.ID, ok = interview.ParseID(made.ID); !ok {
			return made, interview.Invalid("id", "id must be a UUID: the ids of this database's users are.")
		}
	}
	if db.layout.admin {
		made.Admin = &interview.AdminColumns{Role: "user"}
	}
	return made, nil
}

// normalEmail is an email as it is stored and compared.
func normalEmail(email string) string { return strings.ToLower(strings.TrimSpace(clean(email))) }

// insertAccount inserts a user; suffix ends the query.
func (db *DB) insertAccount(ctx context.Context, q conn, a interview.Account, suffix string, now stamp) error {
	query := insertAccount + suffix
	if db.layout.admin {
		query = insertAdminAccount + suffix
	}
	_, err := q.exec(ctx, query, a.ID, a.Name, a.Email, optional(a.Image), a.EmailVerified, now, now)
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

// AccountByEmail implements interview.AccountStore.
func (db *DB) AccountByEmail(ctx context.Context, email string) (interview.Account, string, error) {
	return db.account(ctx, `u.email = ?`, normalEmail(email))
}

// AccountByID implements interview.AccountStore.
func (db *DB) AccountByID(ctx context.Context, userID string) (interview.Account, string, error) {
	return db.account(ctx, `u.id = ?`, db.layout.userID(userID))
}

// account returns the account that the condition holds for, and its hash.
func (db *DB) account(ctx context.Context, condition, value string) (interview.Account, string, error) {
	var row accountRow
	var hash string
	err := db.read(ctx, func(q conn) error { return q.scan(ctx, append(row.dest(), &hash), selectAccount+condition, value) })
	if err != nil {
		return interview.Account{}, "", db.fail(ctx, "get account", notFound("User", err))
	}
	return row.account(db.layout), hash, nil
}

// UpdateAccount implements interview.AccountStore.
func (db *DB) UpdateAccount(ctx context.Context, userID string, p interview.AccountPatch) (interview.Account, error) {
	var name, image sql.NullString
	if p.Name != nil {
		name = sql.NullString{String: clean(*p.Name), Valid: true}
	}
	if p.Image != nil {
		image = optional(*p.Image)
	}
	err := db.write1(ctx, func(q conn) error {
		n, err := q.exec(ctx, updateAccount, name, p.Image != nil, image, db.stamp(), db.layout.userID(userID))
		if err == nil && n == 0 {
			return interview.NotFound("User")
		}
		return err
	})
	if err != nil {
		return interview.Account{}, db.fail(ctx, "update account", err)
	}
	a, _, err := db.AccountByID(ctx, userID)
	return a, err
}

// SetPassword implements interview.AccountStore.
func (db *DB) SetPassword(ctx context.Context, userID, hash string) error {
	now := db.stamp()
	userID = db.layout.userID(userID)
	return db.fail(ctx, "set password", db.write(ctx, func(q conn) error {
		if _, _, err := db.lockUser(ctx, q, userID); err != nil {
			return err
		}
		n, err := q.exec(ctx, updateCredential, hash, now, userID, userID)
		if err != nil || n > 0 {
			return err
		}
		_, err = q.exec(ctx, insertCredential, db.layout.newID(), userID, userID, hash, now, now)
		return err
	}))
}

// lockUser makes other changes of the user's sign-in wait for the end of the transaction. Errors: not_found.
func (db *DB) lockUser(ctx context.Context, q conn, userID string) (email string, admin adminRow, err error) {
	err = q.scan(ctx, append([]any{&email}, admin.dest()...), lockUser, userID)
	return email, admin, notFound("User", err)
}

// Logins implements interview.AccountStore.
func (db *DB) Logins(ctx context.Context, userID string) ([]interview.Login, error) {
	logins := []interview.Login{}
	err := db.read(ctx, func(q conn) error {
		logins = logins[:0]
		var l interview.Login
		var created, updated stamp
		var scopes string
		return q.rows(ctx, []any{&l.ID, &l.ProviderID, &l.AccountID, &l.UserID, &created, &updated, &scopes}, func() {
			l.CreatedAt, l.UpdatedAt, l.Scopes = created.time(), updated.time(), []string{}
			if scopes != "" {
				l.Scopes = strings.Split(scopes, ",")
			}
			logins = append(logins, l)
		}, selectLogins, db.layout.userID(userID))
	})
	return logins, unlessUnknown(db.fail(ctx, "list logins", err))
}

// unlessUnknown drops the error for a user that cannot be there, of whom there is nothing.
func unlessUnknown(err error) error {
	if interview.ErrorCode(err) == interview.CodeNotFound {
		return nil
	}
	return err
}

// isMissing reports whether a query found no row.
func isMissing(err error) bool { return errors.Is(err, sql.ErrNoRows) }

// timeOrNil is a time that may be null.
func timeOrNil(s *stamp) *interview.Time {
	if s == nil {
		return nil
	}
	t := s.time()
	return &t
}
