package betterauth

// Event is something that matters for security. It holds no token, password, code or email.
type Event struct {
	Action    Action
	UserID    string // empty when unknown
	Address   string // of the client
	UserAgent string
	ClientID  string // of a device code: what the terminal calls itself
	Reason    string // of a failure: "user", "password", "limit", "banned"
}

// Action is what happened.
type Action string

// The actions.
const (
	SignedUp        Action = "signed_up"
	SignedIn        Action = "signed_in"
	SignInFailed    Action = "sign_in_failed" // also of a password that was asked for again
	SignedOut       Action = "signed_out"
	SessionRevoked  Action = "session_revoked"
	SessionsRevoked Action = "sessions_revoked"
	PasswordChanged Action = "password_changed"
	UserErased      Action = "user_erased"
	DeviceApproved  Action = "device_approved"
	DeviceDenied    Action = "device_denied"
	DeviceSignedIn  Action = "device_signed_in"
)

// happened tells the audit log.
func (c *call) happened(e Event) {
	e.Address, e.UserAgent = c.remote(c.r), userAgent(c.r)
	c.audit(c.r.Context(), e)
}
