package interview

import "context"

// User is a person with an account. ID is text: a UUID or the 32 letters and digits of Better Auth, as the installation has it.
type User struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Email     string `json:"email"`
	CreatedAt Time   `json:"createdAt"`
}

// LocalUser is the one user of local mode, where the program serves only the person who started it.
func LocalUser() User {
	return User{ID: "local", Name: "You", Email: "local@localhost"}
}

// Session is a signed-in period of a user, known by its token: 32 random letters and digits.
type Session struct {
	ID        string
	Token     string
	UserID    string
	ExpiresAt Time
	CreatedAt Time
}

// Authenticator turns a bearer token into a user.
type Authenticator interface {
	// Authenticate returns the user of an unexpired session. Errors: unauthenticated when the token names none, unavailable.
	Authenticate(ctx context.Context, token string) (User, error)
}

// SessionAuthenticator is an Authenticator that also knows when sessions end. Who keeps its answers for a while does not keep them any
// longer than that.
type SessionAuthenticator interface {
	Authenticator

	// AuthenticateSession is Authenticate, and says when the session ends.
	AuthenticateSession(ctx context.Context, token string) (User, Time, error)
}

// Me is what a signed-in client learns about itself and the server.
type Me struct {
	User    User       `json:"user"`
	Engine  EngineInfo `json:"engine"`
	Limits  Limits     `json:"limits"`
	Version string     `json:"version"`
}

// Limits are the server's limits that a client does well to know.
type Limits struct {
	ContentCharacters int `json:"contentCharacters"` // of one message
	TitleCharacters   int `json:"titleCharacters"`
	BodyBytes         int `json:"bodyBytes"`         // of one request
	PageItems         int `json:"pageItems"`         // of one page
	MessagesPerMinute int `json:"messagesPerMinute"` // sent by one user; 0 for no limit
}
