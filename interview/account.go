package interview

import (
	"context"
	"time"
)

// Account is a user with all that identity endpoints show.
type Account struct {
	User
	EmailVerified bool
	Image         string // empty for none
	UpdatedAt     Time
	Admin         *AdminColumns // nil where the installation's tables have no such columns
}

// AdminColumns are what Better Auth's admin plugin adds to a user (layout C).
type AdminColumns struct {
	Role       string
	Banned     bool
	BanReason  string
	BanExpires *Time
}

// SignIn is a session with all that identity endpoints show. IPAddress and UserAgent are empty when unknown.
type SignIn struct {
	Session
	UpdatedAt      Time
	IPAddress      string
	UserAgent      string
	ImpersonatedBy *string // nil where there is no such column; empty for nobody
}

// Login is a way in which a user signs in: a password ("credential") or an identity provider.
type Login struct {
	ID         string
	ProviderID string
	AccountID  string
	UserID     string
	CreatedAt  Time
	UpdatedAt  Time
	Scopes     []string
}

// NewAccount is a user in the making. Without PasswordHash there is no credential login.
type NewAccount struct {
	ID           string // made where it is empty
	Name         string
	Email        string
	Image        string
	PasswordHash string
}

// AccountPatch changes what is not nil. An Image of "" removes it.
type AccountPatch struct {
	Name  *string
	Image *string
}

// NewSignIn is a session in the making.
type NewSignIn struct {
	UserID    string
	For       time.Duration
	IPAddress string
	UserAgent string
}

// DeviceCode is a terminal's request to be signed in (RFC 8628).
type DeviceCode struct {
	DeviceCode string // 40 letters and digits
	UserCode   string // 8 characters
	UserID     string // who claimed it; empty until then
	Status     string // "pending", "approved" or "denied"
	ClientID   string
	Scope      string
	ExpiresAt  Time
	PolledAt   *Time
	Interval   time.Duration
}

// ReasonBanned is the Details.Reason of [CodeForbidden] when the user has been banned.
const ReasonBanned = "banned"

// AccountStore keeps accounts, sessions and device codes in Better Auth's tables, whichever of the three layouts the database has
// (compatibility notes in docs). Emails are compared and stored in lower case. All methods return unavailable when the database cannot
// be reached. A malformed id is not_found.
type AccountStore interface {
	// CreateAccount stores a user, with a credential login when there is a hash. Errors: invalid, field email; conflict, field email or id.
	CreateAccount(ctx context.Context, a NewAccount) (Account, error)

	// AccountByEmail returns a user and the hash of the credential login (provider "credential" whose account id is the user's id), empty
	// without one. Errors: not_found.
	AccountByEmail(ctx context.Context, email string) (Account, string, error)

	// AccountByID is AccountByEmail by id.
	AccountByID(ctx context.Context, userID string) (Account, string, error)

	// UpdateAccount returns the account as it is then. Errors: not_found.
	UpdateAccount(ctx context.Context, userID string, p AccountPatch) (Account, error)

	// SetPassword changes the hash of the credential login, or makes one. Errors: not_found.
	SetPassword(ctx context.Context, userID, hash string) error

	// Logins lists the ways a user signs in, oldest first; none of a user that is not there.
	Logins(ctx context.Context, userID string) ([]Login, error)

	// EraseUser removes the user and every row that is about them, in one transaction. Errors: not_found.
	EraseUser(ctx context.Context, userID string) error

	// BanUser keeps a user out, until a time or for good, and ends their sessions; a ban that there is already is replaced. UnbanUser lets them
	// in again. Errors: not_found.
	BanUser(ctx context.Context, userID, reason string, until *Time) error
	UnbanUser(ctx context.Context, userID string) error

	// StartSession makes a session with a new token. A ban that has run out is removed. Errors: not_found; forbidden with
	// Details.Reason [ReasonBanned] when the user is banned.
	StartSession(ctx context.Context, s NewSignIn) (SignIn, error)

	// FindSession returns an unexpired session and its user; one that has expired is deleted. Errors: unauthenticated, also when the user is
	// banned, whoever made the session or wrote the ban.
	FindSession(ctx context.Context, token string) (SignIn, Account, error)

	// ExtendSession sets the end of a session, and UpdatedAt to now. Errors: unauthenticated.
	ExtendSession(ctx context.Context, token string, until Time) error

	// Sessions lists a user's unexpired sessions, oldest first.
	Sessions(ctx context.Context, userID string) ([]SignIn, error)

	// EndSession deletes a session of the user, if there is one with the token.
	EndSession(ctx context.Context, userID, token string) error

	// EndSessions deletes all sessions of the user but the one with the token except, and returns how many.
	EndSessions(ctx context.Context, userID, except string) (int, error)

	// CreateDeviceCode stores a new code. Errors: conflict when either code is taken.
	CreateDeviceCode(ctx context.Context, d DeviceCode) error

	// DeviceCodeByUserCode and DeviceCodeByDeviceCode return a code, also an expired one. Errors: not_found.
	DeviceCodeByUserCode(ctx context.Context, userCode string) (DeviceCode, error)
	DeviceCodeByDeviceCode(ctx context.Context, deviceCode string) (DeviceCode, error)

	// ClaimDeviceCode gives a pending, unclaimed code to a user; a code that somebody has already stays as it is. It returns the code as it
	// stands. Errors: not_found.
	ClaimDeviceCode(ctx context.Context, userCode, userID string) (DeviceCode, error)

	// DecideDeviceCode sets the status of a pending code that the user has claimed; false when it is not so any more.
	DecideDeviceCode(ctx context.Context, userCode, userID, status string) (bool, error)

	// PollDeviceCode notes a poll at now.
	PollDeviceCode(ctx context.Context, deviceCode string, now Time) error

	// DeleteDeviceCode removes a code.
	DeleteDeviceCode(ctx context.Context, deviceCode string) error

	// RedeemDeviceCode deletes an approved code and makes a session for who approved it, whatever s.UserID, in one transaction, once. Errors:
	// not_found when it is gone, expired or not approved; forbidden as of StartSession, and then the code stays.
	RedeemDeviceCode(ctx context.Context, deviceCode string, s NewSignIn) (SignIn, error)
}

// RateStore counts for limits that replicas share.
type RateStore interface {
	// TakeRate takes n tokens from the bucket of the key, which holds burst tokens at most and gains one each interval, by the database's
	// clock. It returns how long to wait until there are n, and takes none then; zero when they were taken. An n above burst counts as burst.
	TakeRate(ctx context.Context, key string, n, burst int, interval time.Duration) (time.Duration, error)
}
