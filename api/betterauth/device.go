package betterauth

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/betterprofile/betterprofile/interview"
)

// What Better Auth gives device codes.
const (
	deviceLife     = 30 * time.Minute
	deviceInterval = 5 * time.Second

	letters         = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	userCodeLetters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789" // without those that look like others
	userCodeLength  = 8
)

// The states of a device code.
const (
	pending  = "pending"
	approved = "approved"
	denied   = "denied"
)

// deviceGrant is the grant_type of RFC 8628 §3.4.
const deviceGrant = "urn:ietf:params:oauth:grant-type:device_code"

// maxClient is the length limit of what a terminal calls itself and asks for, in bytes.
const maxClient = 200

// deviceCode gives a terminal a code to be signed in by (RFC 8628 §3.1).
func (c *call) deviceCode() error {
	client, scope := c.body.bounded("client_id", maxClient), ""
	if _, given := c.body.values["scope"]; given {
		scope = c.body.bounded("scope", maxClient)
	}
	if err := c.body.err(); err != nil {
		return refuseDevice(http.StatusBadRequest, "invalid_request", strings.Join(c.body.issues, "; "))
	}
	d, err := c.newDeviceCode(client, scope)
	if err != nil {
		return err
	}
	complete := *c.verification
	query := complete.Query()
	query.Set("user_code", d.UserCode)
	complete.RawQuery = query.Encode()
	c.noStore()
	return c.answer(map[string]any{
		"device_code": d.DeviceCode, "user_code": d.UserCode, "verification_uri": c.verification.String(),
		"verification_uri_complete": complete.String(), "expires_in": int(deviceLife.Seconds()), "interval": int(deviceInterval.Seconds()),
	})
}

// newDeviceCode stores a code that nobody has yet.
func (c *call) newDeviceCode(client, scope string) (interview.DeviceCode, error) {
	var err error
	for range 5 { // user codes are short enough to be taken once in a while
		d := interview.DeviceCode{
			DeviceCode: random(letters, 40), UserCode: random(userCodeLetters, userCodeLength), Status: pending,
			ClientID: client, Scope: scope, ExpiresAt: interview.At(c.clock().Add(deviceLife)), Interval: deviceInterval,
		}
		if err = c.accounts.CreateDeviceCode(c.r.Context(), d); interview.ErrorCode(err) != interview.CodeConflict {
			return d, err
		}
	}
	return interview.DeviceCode{}, fmt.Errorf("making a device code: %w", &interview.Error{Code: interview.CodeUnavailable, Message: "No free code was found.", Err: err})
}

// random returns n letters of the alphabet, which has at most 64.
func random(alphabet string, n int) string {
	code := make([]byte, 0, n)
	var bits [64]byte
	for {
		_, _ = rand.Read(bits[:]) // never fails
		for _, b := range bits {
			if b &= 63; int(b) < len(alphabet) {
				if code = append(code, alphabet[b]); len(code) == n {
					return string(code)
				}
			}
		}
	}
}

// deviceToken is what the terminal asks until somebody has decided (RFC 8628 §3.4). A code is redeemed once.
func (c *call) deviceToken() error {
	if c.body.values["grant_type"] != deviceGrant {
		c.body.issue("grant_type", `Invalid input: expected "`+deviceGrant+`"`)
	}
	code, client := c.body.text("device_code"), c.body.text("client_id")
	if err := c.body.err(); err != nil {
		return err
	}
	c.noStore()
	unknown := refuseDevice(http.StatusBadRequest, "invalid_grant", "Invalid device code")
	if !wellFormed(code) {
		return unknown
	}
	d, err := c.accounts.DeviceCodeByDeviceCode(c.r.Context(), code)
	if interview.ErrorCode(err) == interview.CodeNotFound {
		return unknown
	}
	if err != nil {
		return err
	}
	if err := c.poll(d, client); err != nil {
		return err
	}
	in, err := c.accounts.RedeemDeviceCode(c.r.Context(), code, c.newSignIn(d.UserID, sessionLife))
	if interview.ErrorCode(err) == interview.CodeNotFound { // redeemed in between
		return unknown
	}
	if err != nil {
		c.happened(Event{Action: SignInFailed, UserID: d.UserID, ClientID: d.ClientID, Reason: reason(err)})
		return err
	}
	c.happened(Event{Action: DeviceSignedIn, UserID: in.UserID, ClientID: d.ClientID})
	return c.answer(map[string]any{
		"access_token": in.Token, "token_type": "Bearer", "scope": d.Scope,
		"expires_in": max(0, int(in.ExpiresAt.Sub(c.clock()).Seconds())),
	})
}

// poll notes that the terminal asked for a code, and returns nil when the code is approved.
func (c *call) poll(d interview.DeviceCode, client string) error {
	ctx, now := c.r.Context(), interview.At(c.clock())
	if client != d.ClientID {
		return refuseDevice(http.StatusBadRequest, "invalid_grant", "Client ID mismatch")
	}
	// The absolute difference, because the last poll may have been noted by a replica whose clock is ahead.
	if d.PolledAt != nil && now.Sub(d.PolledAt.Time).Abs() < d.Interval {
		return refuseDevice(http.StatusBadRequest, "slow_down", "Polling too frequently")
	}
	if err := c.accounts.PollDeviceCode(ctx, d.DeviceCode, now); err != nil {
		return err
	}
	switch {
	case !d.ExpiresAt.After(now.Time):
		return c.drop(d, refuseDevice(http.StatusBadRequest, "expired_token", "Device code has expired"))
	case d.Status == denied:
		return c.drop(d, refuseDevice(http.StatusBadRequest, "access_denied", "Access denied"))
	case d.Status != approved:
		return refuseDevice(http.StatusBadRequest, "authorization_pending", "Authorization pending")
	}
	return nil
}

// drop removes a code that has served, and returns the answer.
func (c *call) drop(d interview.DeviceCode, answer error) error {
	if err := c.accounts.DeleteDeviceCode(c.r.Context(), d.DeviceCode); err != nil {
		return err
	}
	return answer
}

// normalUserCode is a user code as people type it, as it is stored.
func normalUserCode(typed string) string {
	return strings.Map(func(r rune) rune {
		if r > 'z' || !isAlphanumeric(byte(r)) {
			return -1
		}
		return r
	}, strings.ToUpper(tidy(typed, maxClient)))
}

// deviceVerify looks a user code up. A person who signed in gets to know who asks, and is from then on the only one who may decide.
func (c *call) deviceVerify() error {
	query := c.r.URL.Query()
	typed := query.Get("user_code")
	if !query.Has("user_code") {
		in := input{where: "query"}
		in.text("user_code")
		return in.err()
	}
	d, err := c.findUserCode(typed)
	if err != nil {
		return err
	}
	in, _, err := c.session()
	if interview.ErrorCode(err) == interview.CodeUnauthenticated {
		return c.answer(map[string]any{"user_code": typed, "status": d.Status})
	}
	if err != nil {
		return err
	}
	if d, err = c.claim(d, in.UserID); err != nil {
		return err
	}
	answer := map[string]any{"user_code": typed, "status": d.Status}
	if d.UserID == in.UserID {
		answer["client_id"], answer["scope"] = d.ClientID, orNull(d.Scope)
	}
	return c.answer(answer)
}

// findUserCode returns an unexpired code by what somebody typed.
func (c *call) findUserCode(typed string) (interview.DeviceCode, error) {
	unknown := refuseDevice(http.StatusBadRequest, "invalid_request", "Invalid user code")
	code := normalUserCode(typed)
	if code == "" {
		return interview.DeviceCode{}, unknown
	}
	d, err := c.accounts.DeviceCodeByUserCode(c.r.Context(), code)
	switch {
	case interview.ErrorCode(err) == interview.CodeNotFound:
		return d, unknown
	case err == nil && !d.ExpiresAt.After(c.clock()):
		return d, refuseDevice(http.StatusBadRequest, "expired_token", "User code has expired")
	}
	return d, err
}

// claim gives a code to a user, if it is still to be had.
func (c *call) claim(d interview.DeviceCode, userID string) (interview.DeviceCode, error) {
	if d.Status != pending || d.UserID != "" {
		return d, nil
	}
	claimed, err := c.accounts.ClaimDeviceCode(c.r.Context(), d.UserCode, userID)
	if interview.ErrorCode(err) == interview.CodeNotFound { // removed in between
		return d, refuseDevice(http.StatusBadRequest, "invalid_request", "Invalid user code")
	}
	return claimed, err
}

// deviceDecide approves or denies a code that the person has looked up before.
func (c *call) deviceDecide(status string) error {
	typed := c.body.text("userCode")
	if err := c.body.err(); err != nil {
		return err
	}
	in, _, err := c.session()
	if interview.ErrorCode(err) == interview.CodeUnauthenticated {
		return refuseDevice(http.StatusUnauthorized, "unauthorized", "Authentication required")
	}
	if err != nil {
		return err
	}
	if _, err := c.decide(in.UserID, typed, status); err != nil {
		return err
	}
	return c.answer(map[string]bool{"success": true})
}

// decide sets the status of a code. Errors: failures in OAuth's form, and those of the store.
func (c *call) decide(userID, typed, status string) (interview.DeviceCode, error) {
	d, err := c.findUserCode(typed)
	if err != nil {
		return d, err
	}
	verb := map[string]string{approved: "approve", denied: "deny"}[status]
	processed := refuseDevice(http.StatusBadRequest, "invalid_request", "Device code already processed")
	switch d.UserID {
	case userID:
	case "":
		if d.Status != pending {
			return d, processed
		}
		return d, refuseDevice(http.StatusBadRequest, "invalid_request", "Device code has not been claimed by a verifying session; "+
			"call `GET /device` with the `user_code` while signed in before approving or denying")
	default:
		if d.Status != pending {
			return d, processed
		}
		return d, refuseDevice(http.StatusForbidden, "access_denied", "You are not authorized to "+verb+" this device authorization")
	}
	done, err := c.accounts.DecideDeviceCode(c.r.Context(), d.UserCode, userID, status)
	if err != nil {
		return d, err
	}
	if !done {
		return d, processed
	}
	action := map[string]Action{approved: DeviceApproved, denied: DeviceDenied}[status]
	c.happened(Event{Action: action, UserID: userID, ClientID: d.ClientID})
	return d, nil
}
