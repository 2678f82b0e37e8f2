package client

import (
	"cmp"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/betterprofile/betterprofile/interview"
)

// identity is where the server's identity endpoints are, which are those of Better Auth (https://better-auth.com, 1.7).
const identity = "/api/auth"

// SignIn begins a session with an email and a password, and returns its token. It is tried once. Errors: unauthenticated when they are wrong,
// invalid, forbidden when the user is banned, rate_limited, unavailable.
func (c *Client) SignIn(ctx context.Context, email, password string) (token string, err error) {
	var answer struct{ Token string }
	return c.begin(ctx, call{
		method: http.MethodPost, path: identity + "/sign-in/email", body: map[string]string{"email": email, "password": password}, out: &answer,
	}, &answer.Token)
}

// SignOut ends the session at the server. That there is none any more is as good. Errors: rate_limited, unavailable.
func (c *Client) SignOut(ctx context.Context) error {
	return c.identify(ctx, call{method: http.MethodPost, path: identity + "/sign-out", body: struct{}{}, safe: true})
}

// SessionEnd returns when the session ends if nothing more is done in it. Errors: unauthenticated when it has ended, rate_limited, unavailable.
func (c *Client) SessionEnd(ctx context.Context) (interview.Time, error) {
	var answer struct {
		Session *struct {
			ExpiresAt interview.Time `json:"expiresAt"`
		} `json:"session"`
	}
	err := c.identify(ctx, call{method: http.MethodGet, path: identity + "/get-session", out: &answer, safe: true})
	switch {
	case err != nil:
		return interview.Time{}, err
	case answer.Session == nil:
		return interview.Time{}, interview.Errorf(interview.CodeUnauthenticated, "The session has ended.")
	}
	return answer.Session.ExpiresAt, nil
}

// identify is do for an identity endpoint.
func (c *Client) identify(ctx context.Context, call call) error {
	call.refusal = c.identityRefusal
	return c.do(ctx, call)
}

// begin makes the call that may begin a session, and returns its token, which the call's answer is decoded into. When ctx ends meanwhile, the
// answer is awaited for a moment, and the session that it may be is ended: a token that nobody gets could not be given back.
func (c *Client) begin(ctx context.Context, call call, token *string) (string, error) {
	asking, cancel := lingering(ctx, lastWords)
	defer cancel()
	switch err := c.identify(asking, call); {
	case err != nil && ctx.Err() != nil:
		return "", ctx.Err()
	case err != nil:
		return "", err
	case *token == "" || !isToken(*token):
		return "", c.notOurs()
	case ctx.Err() != nil:
		_ = c.as(*token).SignOut(asking) // if that fails, it ends by itself, unused
		return "", ctx.Err()
	}
	return *token, nil
}

// lastWords is how long begin goes on when its context has ended.
const lastWords = 2 * time.Second

// lingering is a context that ends some time after ctx.
func lingering(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	out, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(d, cancel) })
	return out, func() { stop(); cancel() }
}

// as is a client like c with another session.
func (c *Client) as(token string) *Client {
	return &Client{base: c.base, session: newSession(token), http: c.http, opts: c.opts}
}

// oauthError is the code of an error in OAuth's form (RFC 6749 §5.2, RFC 8628 §3.5).
type oauthError string

func (e oauthError) Error() string { return string(e) }

// identityRefusal is the error that an answer of an identity endpoint is: Better Auth's, OAuth's, or that of something in between.
func (c *Client) identityRefusal(resp *http.Response) error {
	body, _ := io.ReadAll(io.LimitReader(resp.Body, maxErrorAnswer)) // half a body is no JSON
	var answer struct {
		Message     string
		Error       oauthError
		Description string `json:"error_description"`
	}
	if json.Unmarshal(body, &answer) != nil {
		answer.Message, answer.Error, answer.Description = "", "", ""
	}
	e := &interview.Error{Code: codeOf(resp.StatusCode), Message: c.statusMessage(resp)}
	if said := strings.TrimSpace(cmp.Or(answer.Message, answer.Description)); said != "" {
		e.Message = strings.TrimRight(said, ".") + "."
	} else if resp.StatusCode == http.StatusNotFound {
		e.Message = c.base.String() + " does not sign anybody in. Is the address right?"
	}
	if answer.Error != "" {
		e.Err = answer.Error
	}
	for _, name := range []string{"Retry-After", "X-Retry-After"} { // the latter is Better Auth's
		if seconds, err := strconv.Atoi(resp.Header.Get(name)); err == nil && seconds > 0 {
			e.Details.RetryAfterSeconds = seconds
			break
		}
	}
	return e
}
