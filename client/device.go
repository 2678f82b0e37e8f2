package client

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/betterprofile/betterprofile/interview"
)

// What RFC 8628 says about asking for a device's token (§3.2, §3.5), and bounds for servers that say what makes no sense.
const (
	defaultInterval = 5 * time.Second
	slowDown        = 5 * time.Second
	minInterval     = time.Second
	maxInterval     = time.Minute
	maxCodeLife     = 24 * time.Hour
	maxFailurePause = time.Minute
)

// DeviceCode is a request to be signed in that a person approves elsewhere, in a browser (RFC 8628).
type DeviceCode struct {
	UserCode    string // to be compared, or typed, by the person: eight letters and digits
	Address     string // where to go, as the server says; it may be anything
	AddressCode string // Address with the code in it; "" for none
	Life        time.Duration
	Interval    time.Duration // between two questions

	client string // id of the program
	secret string // what the token is had for
}

// BeginDevice asks the server for a code, for the program with the client id. Errors: not_found when the server has no such sign-in,
// rate_limited, unavailable.
func (c *Client) BeginDevice(ctx context.Context, clientID string) (DeviceCode, error) {
	var answer struct {
		DeviceCode              string `json:"device_code"`
		UserCode                string `json:"user_code"`
		VerificationURI         string `json:"verification_uri"`
		VerificationURIComplete string `json:"verification_uri_complete"`
		ExpiresIn               int    `json:"expires_in"`
		Interval                int    `json:"interval"`
	}
	err := c.identify(ctx, call{
		method: http.MethodPost, path: identity + "/device/code", body: map[string]string{"client_id": clientID}, out: &answer, safe: true,
	})
	if err == nil && (answer.DeviceCode == "" || answer.UserCode == "" || answer.VerificationURI == "") {
		err = c.notOurs()
	}
	if err != nil {
		return DeviceCode{}, err
	}
	code := DeviceCode{
		UserCode: answer.UserCode, Address: answer.VerificationURI, AddressCode: answer.VerificationURIComplete,
		Life: seconds(answer.ExpiresIn, maxCodeLife), Interval: defaultInterval, client: clientID, secret: answer.DeviceCode,
	}
	if answer.Interval > 0 {
		code.Interval = max(seconds(answer.Interval, maxInterval), minInterval)
	}
	return code, nil
}

// seconds is n seconds, at most limit.
func seconds(n int, limit time.Duration) time.Duration {
	return time.Duration(min(max(n, 0), int(limit/time.Second))) * time.Second
}

// AwaitDevice waits until the person has decided, and returns the new session's token. A server that is away is asked again, less and less
// often, as long as the code lives. Errors: forbidden when the person said no or is banned; unauthenticated when the code has expired; ctx's
// own, and a token that comes too late is given back.
func (c *Client) AwaitDevice(ctx context.Context, code DeviceCode) (token string, err error) {
	ends := c.opts.Now().Add(code.Life)
	interval, failures := code.Interval, 0
	pause := interval
	for {
		if !c.opts.Now().Add(pause).Before(ends) {
			return "", errCodeExpired()
		}
		if err := c.opts.Sleep(ctx, pause); err != nil {
			return "", err
		}
		token, err := c.pollDevice(ctx, code)
		oauth, _ := errors.AsType[oauthError](err)
		switch {
		case err == nil:
			return token, nil
		case oauth == "authorization_pending":
			failures = 0
		case oauth == "slow_down":
			interval, failures = interval+slowDown, 0
		case oauth == "access_denied":
			return "", interview.Errorf(interview.CodeForbidden, "The sign-in was denied.")
		case oauth == "expired_token", oauth == "invalid_grant":
			return "", errCodeExpired()
		case passing(err):
			failures++
		default: // ctx's own error among them
			return "", err
		}
		pause = max(interval, min(interval<<min(failures, 8), maxFailurePause), retryAfter(err))
	}
}

func errCodeExpired() error {
	return interview.Errorf(interview.CodeUnauthenticated, "The code has expired before it was approved. Sign in again for a new one.")
}

// retryAfter is how long the server asked to be left alone.
func retryAfter(err error) time.Duration {
	if e := interview.AsError(err); e != nil {
		return seconds(e.Details.RetryAfterSeconds, maxCodeLife)
	}
	return 0
}

// pollDevice asks once for the token.
func (c *Client) pollDevice(ctx context.Context, code DeviceCode) (string, error) {
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	return c.begin(ctx, call{
		method: http.MethodPost, path: identity + "/device/token", out: &answer, body: map[string]string{
			"grant_type": "urn:ietf:params:oauth:grant-type:device_code", "device_code": code.secret, "client_id": code.client,
		},
	}, &answer.AccessToken)
}
