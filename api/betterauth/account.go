package betterauth

import (
	"net/http"

	"github.com/betterprofile/betterprofile/interview"
)

// userJSON is a user as Better Auth shows it.
type userJSON struct {
	Name          string         `json:"name"`
	Email         string         `json:"email"`
	EmailVerified bool           `json:"emailVerified"`
	Image         *string        `json:"image"`
	CreatedAt     interview.Time `json:"createdAt"`
	UpdatedAt     interview.Time `json:"updatedAt"`
	*adminJSON
	ID string `json:"id"`
}

// adminJSON is what the admin plugin adds to a user.
type adminJSON struct {
	Role       *string         `json:"role"`
	Banned     bool            `json:"banned"`
	BanReason  *string         `json:"banReason"`
	BanExpires *interview.Time `json:"banExpires"`
}

func shownUser(a interview.Account) userJSON {
	u := userJSON{
		Name: a.Name, Email: a.Email, EmailVerified: a.EmailVerified, Image: orNull(a.Image),
		CreatedAt: a.CreatedAt, UpdatedAt: a.UpdatedAt, ID: a.ID,
	}
	if admin := a.Admin; admin != nil {
		u.adminJSON = &adminJSON{orNull(admin.Role), admin.Banned, orNull(admin.BanReason), admin.BanExpires}
	}
	return u
}

// sessionJSON is a session as Better Auth shows it.
type sessionJSON struct {
	ExpiresAt interview.Time `json:"expiresAt"`
	Token     string         `json:"token"`
	CreatedAt interview.Time `json:"createdAt"`
	UpdatedAt interview.Time `json:"updatedAt"`
	IPAddress string         `json:"ipAddress"`
	UserAgent string         `json:"userAgent"`
	UserID    string         `json:"userId"`
	*impersonationJSON
	ID string `json:"id"`
}

type impersonationJSON struct {
	By *string `json:"impersonatedBy"`
}

func shownSession(in interview.SignIn) sessionJSON {
	s := sessionJSON{
		ExpiresAt: in.ExpiresAt, Token: in.Token, CreatedAt: in.CreatedAt, UpdatedAt: in.UpdatedAt,
		IPAddress: in.IPAddress, UserAgent: in.UserAgent, UserID: in.UserID, ID: in.ID,
	}
	if by := in.ImpersonatedBy; by != nil {
		s.impersonationJSON = &impersonationJSON{orNull(*by)}
	}
	return s
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// loginJSON is a way to sign in as Better Auth shows it.
type loginJSON struct {
	AccountID  string         `json:"accountId"`
	ProviderID string         `json:"providerId"`
	UserID     string         `json:"userId"`
	CreatedAt  interview.Time `json:"createdAt"`
	UpdatedAt  interview.Time `json:"updatedAt"`
	ID         string         `json:"id"`
	Scopes     []string       `json:"scopes"`
}

func (c *call) listAccounts() error {
	in, _, err := c.session()
	if err != nil {
		return err
	}
	logins, err := c.accounts.Logins(c.r.Context(), in.UserID)
	if err != nil {
		return err
	}
	shown := make([]loginJSON, len(logins))
	for i, l := range logins {
		shown[i] = loginJSON{l.AccountID, l.ProviderID, l.UserID, l.CreatedAt, l.UpdatedAt, l.ID, append([]string{}, l.Scopes...)}
	}
	return c.answer(shown)
}

// Limits of what a user may say about themselves, in bytes. The real server has none.
const (
	maxName  = 1000
	maxImage = 64 << 10 // an address, or a small picture as one
)

// updateUser changes name and picture; a picture of null removes it.
func (c *call) updateUser() error {
	patch := interview.AccountPatch{}
	_, hasName := c.body.values["name"]
	image, hasImage := c.body.values["image"]
	if hasName {
		name := tidy(c.body.text("name"), maxName)
		patch.Name = &name
	}
	switch {
	case hasImage && image == nil:
		patch.Image = new(string)
	case hasImage:
		picture := c.body.bounded("image", maxImage)
		patch.Image = &picture
	}
	if err := c.body.err(); err != nil {
		return err
	}
	in, _, err := c.session()
	switch email := c.body.values["email"]; {
	case err != nil:
		return err
	case email != nil && email != "":
		return refuse(http.StatusBadRequest, "EMAIL_CAN_NOT_BE_UPDATED", "Email can not be updated")
	case !hasName && !hasImage:
		return refuse(http.StatusBadRequest, "NO_FIELDS_TO_UPDATE", "No fields to update")
	}
	if _, err := c.accounts.UpdateAccount(c.r.Context(), in.UserID, patch); err != nil {
		return err
	}
	c.sendSession(c.w, in.Token, c.remembered(c.r))
	return c.answer(statusTrue())
}

// changePassword sets a new password. With revokeOtherSessions every session ends, and a new one begins.
func (c *call) changePassword() error {
	current, fresh := c.body.text("currentPassword"), c.body.text("newPassword")
	revoke := c.body.flag("revokeOtherSessions", false)
	if err := c.body.err(); err != nil {
		return err
	}
	in, account, err := c.session()
	if err != nil {
		return err
	}
	if err := checkPassword(fresh); err != nil {
		return err
	}
	if err := c.confirm(in.UserID, current); err != nil {
		return err
	}
	if err := c.setPassword(in.UserID, fresh); err != nil {
		return err
	}
	if !revoke {
		return c.answer(map[string]any{"token": nil, "user": shownUser(account)})
	}
	if _, err := c.accounts.EndSessions(c.r.Context(), in.UserID, ""); err != nil {
		return err
	}
	renewed, err := c.start(in.UserID, c.remembered(c.r))
	if err != nil {
		return err
	}
	return c.answer(map[string]any{"token": renewed.Token, "user": shownUser(account)})
}

func (c *call) setPassword(userID, password string) error {
	hash, err := c.hashes.hash(c.r.Context(), password)
	if err != nil {
		return err
	}
	if err := c.accounts.SetPassword(c.r.Context(), userID, hash); err != nil {
		return err
	}
	c.happened(Event{Action: PasswordChanged, UserID: userID})
	return nil
}

// confirm checks the password of who signed in already.
func (c *call) confirm(userID, password string) error {
	if len(password) > 0 && tooLong(password) {
		return errTooLong()
	}
	if err := c.limitAccount(userID); err != nil {
		return err
	}
	_, hash, err := c.accounts.AccountByID(c.r.Context(), userID)
	if err != nil {
		return err
	}
	if hash == "" {
		return refuse(http.StatusBadRequest, "CREDENTIAL_ACCOUNT_NOT_FOUND", "Credential account not found")
	}
	right, err := c.hashes.verify(c.r.Context(), password, func() (string, error) { return hash, nil })
	if err != nil {
		return err
	}
	if !right {
		c.happened(Event{Action: SignInFailed, UserID: userID, Reason: "password"})
		return refuse(http.StatusBadRequest, "INVALID_PASSWORD", "Invalid password")
	}
	return nil
}

// deleteUser erases the account and all that is about it. It wants the password, or a sign-in of the last day.
func (c *call) deleteUser() error {
	password := c.body.optional("password")
	if err := c.body.err(); err != nil {
		return err
	}
	in, _, err := c.session()
	if err != nil {
		return err
	}
	if password == "" && !c.fresh(in) {
		return refuse(http.StatusBadRequest, "SESSION_EXPIRED", "Session expired. Re-authenticate to perform this action.")
	}
	if password != "" {
		if err := c.confirm(in.UserID, password); err != nil {
			return err
		}
	}
	if err := c.accounts.EraseUser(c.r.Context(), in.UserID); err != nil {
		return err
	}
	c.clearCookies(c.w)
	c.happened(Event{Action: UserErased, UserID: in.UserID})
	return c.answer(map[string]any{"success": true, "message": "User deleted"})
}
