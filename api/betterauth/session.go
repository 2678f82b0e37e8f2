package betterauth

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/betterprofile/betterprofile/interview"
)

// maxToken is the longest token that is looked up, in bytes; ours have 32.
const maxToken = 256

// credential is what a request says about who it is from.
type credential struct {
	token  string
	cookie bool // came in a cookie, not as a bearer token
}

// credential returns the token of the request. A bearer token counts before the cookie, also one that names no session; one whose
// signature is wrong does not count at all.
func (h *Handler) credential(r *http.Request) (credential, bool) {
	if token, ok := h.bearer(r); ok {
		return credential{token: token}, true
	}
	token, ok := h.signedCookie(r, h.cookies.session)
	return credential{token, true}, ok
}

// bearer returns the session token of the Authorization header: as it is, or signed as in set-auth-token.
func (h *Handler) bearer(r *http.Request) (string, bool) {
	scheme, token, _ := strings.Cut(strings.TrimSpace(strings.Join(r.Header.Values("Authorization"), ", ")), " ")
	token = strings.TrimSpace(token)
	if !strings.EqualFold(scheme, "bearer") || token == "" {
		return "", false
	}
	if strings.Contains(token, ".") {
		return h.verify(token)
	}
	return token, true
}

// wellFormed reports whether a token can be one at all.
func wellFormed(token string) bool {
	if len(token) > maxToken {
		return false
	}
	for i := range len(token) {
		if token[i] <= ' ' || token[i] > '~' {
			return false
		}
	}
	return token != ""
}

// find returns the session of the request. When there is none any more, the client's cookies are cleared. Errors: unauthenticated, unavailable.
func (h *Handler) find(w http.ResponseWriter, r *http.Request) (interview.SignIn, interview.Account, error) {
	cred, ok := h.credential(r)
	if !ok {
		return interview.SignIn{}, interview.Account{}, errAnonymous()
	}
	if !wellFormed(cred.token) {
		h.clearCookies(w)
		return interview.SignIn{}, interview.Account{}, errAnonymous()
	}
	in, account, err := h.accounts.FindSession(r.Context(), cred.token)
	if interview.ErrorCode(err) == interview.CodeUnauthenticated {
		h.clearCookies(w)
	}
	return in, account, err
}

func errAnonymous() error {
	return interview.Errorf(interview.CodeUnauthenticated, "Sign in first: the session is unknown or has expired.")
}

// resolve is find, and prolongs the session where that is due and asked for.
func (h *Handler) resolve(w http.ResponseWriter, r *http.Request, refresh bool) (interview.SignIn, interview.Account, error) {
	in, account, err := h.find(w, r)
	if err != nil {
		return in, account, err
	}
	now := h.clock()
	if !refresh || in.ExpiresAt.Add(updateAge-sessionLife).After(now) || !h.remembered(r) {
		return in, account, nil
	}
	until := interview.At(now.Add(sessionLife))
	err = h.accounts.ExtendSession(r.Context(), in.Token, until)
	switch code := interview.ErrorCode(err); {
	case code == interview.CodeUnauthenticated: // ended in between
		h.clearCookies(w)
		return in, account, err
	case err != nil: // the session is good all the same, and will be prolonged another time
		h.log.WarnContext(r.Context(), "prolonging a session", "error", err)
		return in, account, nil
	}
	in.ExpiresAt, in.UpdatedAt = until, interview.At(now)
	h.sendSession(w, in.Token, true)
	return in, account, nil
}

// session is resolve for an endpoint that needs one.
func (c *call) session() (interview.SignIn, interview.Account, error) {
	return c.resolve(c.w, c.r, true)
}

// start makes a session and gives it to the client.
func (c *call) start(userID string, remember bool) (interview.SignIn, error) {
	life := sessionLife
	if !remember {
		life = briefLife
	}
	in, err := c.accounts.StartSession(c.r.Context(), c.newSignIn(userID, life))
	if err != nil {
		return in, err
	}
	c.sendSession(c.w, in.Token, remember)
	return in, nil
}

// newSignIn is a session for the client of the request.
func (c *call) newSignIn(userID string, life time.Duration) interview.NewSignIn {
	return interview.NewSignIn{UserID: userID, For: life, IPAddress: c.remote(c.r), UserAgent: userAgent(c.r)}
}

// maxUserAgent is how much of a User-Agent is kept, in bytes.
const maxUserAgent = 512

// userAgent is what the client calls itself, fit to be stored and shown.
func userAgent(r *http.Request) string { return tidy(r.UserAgent(), maxUserAgent) }

// getSession says who signed in; null for nobody.
func (c *call) getSession() error {
	c.noStore()
	in, account, err := c.resolve(c.w, c.r, c.r.URL.Query().Get("disableRefresh") != "true")
	if interview.ErrorCode(err) == interview.CodeUnauthenticated {
		return c.answer(nil)
	}
	if err != nil {
		return err
	}
	if _, cached := readCookie(c.r, c.cookies.data); cached { // of a web platform with Better Auth's cookie cache, which we do not fill
		c.setCookie(c.w, c.cookies.data, "", 0)
	}
	return c.answer(map[string]any{"session": shownSession(in), "user": shownUser(account)})
}

// postSession is how clients of servers that only read on GET prolong a session.
func (c *call) postSession() error {
	c.noStore()
	return refuse(http.StatusMethodNotAllowed, "METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED",
		"POST method requires deferSessionRefresh to be enabled in session config")
}

func (c *call) listSessions() error {
	in, _, err := c.session()
	if err != nil {
		return err
	}
	if !c.fresh(in) {
		return refuse(http.StatusForbidden, "SESSION_NOT_FRESH", "Session is not fresh")
	}
	all, err := c.accounts.Sessions(c.r.Context(), in.UserID)
	if err != nil {
		return err
	}
	shown := make([]sessionJSON, len(all))
	for i, s := range all {
		shown[i] = shownSession(s)
	}
	return c.answer(shown)
}

// fresh reports whether somebody proved just now, as we take it, who they are.
func (c *call) fresh(in interview.SignIn) bool { return c.clock().Sub(in.CreatedAt.Time) < freshAge }

// revokeSession ends one of the user's sessions. That a token is unknown, or somebody else's, makes no difference.
func (c *call) revokeSession() error {
	token := c.body.text("token")
	if err := c.body.err(); err != nil {
		return err
	}
	in, _, err := c.session()
	if err != nil {
		return err
	}
	if wellFormed(token) {
		if err := c.accounts.EndSession(c.r.Context(), in.UserID, token); err != nil {
			return err
		}
		c.happened(Event{Action: SessionRevoked, UserID: in.UserID})
	}
	return c.answer(statusTrue())
}

func (c *call) revokeOtherSessions() error {
	in, _, err := c.session()
	if err != nil {
		return err
	}
	return c.endSessions(in.UserID, in.Token)
}

func (c *call) revokeSessions() error {
	in, _, err := c.session()
	if err != nil {
		return err
	}
	c.clearCookies(c.w)
	return c.endSessions(in.UserID, "")
}

func (c *call) endSessions(userID, except string) error {
	if _, err := c.accounts.EndSessions(c.r.Context(), userID, except); err != nil {
		return err
	}
	c.happened(Event{Action: SessionsRevoked, UserID: userID})
	return c.answer(statusTrue())
}

func statusTrue() map[string]bool { return map[string]bool{"status": true} }

// endSession ends the session of the request, if it has one, and clears the cookies.
func (h *Handler) endSession(ctx context.Context, w http.ResponseWriter, r *http.Request) (userID string, err error) {
	in, _, err := h.find(w, r)
	h.clearCookies(w)
	switch {
	case interview.ErrorCode(err) == interview.CodeUnauthenticated:
		return "", nil
	case err != nil:
		return "", err
	}
	return in.UserID, h.accounts.EndSession(ctx, in.UserID, in.Token)
}
