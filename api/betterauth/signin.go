package betterauth

import (
	"errors"
	"net/http"
	"strings"

	"github.com/betterprofile/betterprofile/interview"
)

// signUp makes an account with a password, and signs it in.
func (c *call) signUp() error {
	name := tidy(c.body.text("name"), maxName)
	email, password := c.body.email("email"), c.body.text("password")
	image, remember := "", c.body.flag("rememberMe", true)
	if _, given := c.body.values["image"]; given {
		image = c.body.bounded("image", maxImage)
	}
	if err := c.body.err(); err != nil {
		return err
	}
	if !c.signUpOpen {
		return refuse(http.StatusBadRequest, "EMAIL_PASSWORD_SIGN_UP_DISABLED", "Email and password sign up is not enabled")
	}
	if err := checkPassword(password); err != nil {
		return err
	}
	account, err := c.create(interview.NewAccount{Name: name, Email: email, Image: image}, password)
	if err != nil {
		return err
	}
	in, err := c.start(account.ID, remember)
	if err != nil {
		return err
	}
	c.happened(Event{Action: SignedUp, UserID: account.ID})
	return c.answer(map[string]any{"token": in.Token, "user": shownUser(account)})
}

func (c *call) create(a interview.NewAccount, password string) (interview.Account, error) {
	taken := refuse(http.StatusUnprocessableEntity, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL", "User already exists. Use another email.")
	_, _, err := c.accounts.AccountByEmail(c.r.Context(), a.Email)
	if err == nil {
		return interview.Account{}, taken
	}
	if interview.ErrorCode(err) != interview.CodeNotFound {
		return interview.Account{}, err
	}
	if a.PasswordHash, err = c.hashes.hash(c.r.Context(), password); err != nil {
		return interview.Account{}, err
	}
	account, err := c.accounts.CreateAccount(c.r.Context(), a)
	if interview.ErrorCode(err) == interview.CodeConflict {
		return account, taken
	}
	return account, err
}

// signIn makes a session for an email and its password.
func (c *call) signIn() error {
	email, password := c.body.text("email"), c.body.text("password")
	callback, remember := c.body.optional("callbackURL"), c.body.flag("rememberMe", true)
	if err := c.body.err(); err != nil {
		return err
	}
	if !isEmail(email) {
		return refuse(http.StatusBadRequest, "INVALID_EMAIL", "Invalid email")
	}
	account, in, err := c.enter(email, password, remember)
	if err != nil {
		return err
	}
	answer := map[string]any{"redirect": callback != "", "token": in.Token, "user": shownUser(account)}
	if callback != "" {
		c.w.Header().Set("Location", callback)
		answer["url"] = callback
	}
	return c.answer(answer)
}

// enter checks a password and starts a session. Whether it is the email or the password that is wrong shows neither in the answer nor in
// the time that it takes.
func (c *call) enter(email, password string, remember bool) (interview.Account, interview.SignIn, error) {
	email = strings.ToLower(email)
	if err := c.limitAccount(email); err != nil {
		c.happened(Event{Action: SignInFailed, Reason: "limit"})
		return interview.Account{}, interview.SignIn{}, err
	}
	var account interview.Account
	known := false
	right, err := c.hashes.verify(c.r.Context(), password, func() (hash string, err error) {
		account, hash, err = c.accounts.AccountByEmail(c.r.Context(), email)
		if known = err == nil; interview.ErrorCode(err) == interview.CodeNotFound {
			err = nil
		}
		return hash, err
	})
	switch {
	case err != nil:
		return account, interview.SignIn{}, err
	case !known:
		c.happened(Event{Action: SignInFailed, Reason: "user"})
		return account, interview.SignIn{}, errWrong()
	case !right:
		c.happened(Event{Action: SignInFailed, UserID: account.ID, Reason: "password"})
		return account, interview.SignIn{}, errWrong()
	}
	in, err := c.start(account.ID, remember)
	if err != nil {
		c.happened(Event{Action: SignInFailed, UserID: account.ID, Reason: reason(err)})
		return account, in, err
	}
	c.happened(Event{Action: SignedIn, UserID: account.ID})
	return account, in, nil
}

func errWrong() error {
	return refuse(http.StatusUnauthorized, "INVALID_EMAIL_OR_PASSWORD", "Invalid email or password")
}

// reason is why a session was not made, in a word.
func reason(err error) string {
	if e, ok := errors.AsType[*interview.Error](err); ok && e.Details.Reason != "" {
		return e.Details.Reason
	}
	return string(interview.ErrorCode(err))
}

// signOut ends the session. That there is none is as good.
func (c *call) signOut() error {
	userID, err := c.endSession(c.r.Context(), c.w, c.r)
	if err != nil {
		return err
	}
	if userID != "" {
		c.happened(Event{Action: SignedOut, UserID: userID})
	}
	return c.answer(map[string]bool{"success": true})
}
