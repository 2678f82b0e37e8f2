package betterauth

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/betterprofile/betterprofile/interview"
)

// failure is an answer that is no success.
type failure struct {
	status int
	body   map[string]string
	after  time.Duration // when to try again; zero for nothing to say
}

// Error is for logs and tests.
func (f *failure) Error() string { return strconv.Itoa(f.status) + ": " + f.message() }

// message is what the answer says to people.
func (f *failure) message() string {
	if m := f.body["message"]; m != "" {
		return m
	}
	return f.body["error_description"]
}

// refuse makes an answer in Better Auth's form.
func refuse(status int, code, message string) *failure {
	return &failure{status: status, body: map[string]string{"message": message, "code": code}}
}

// refuseDevice makes an answer in OAuth's form (RFC 6749 §5.2), as the endpoints of device codes do.
func refuseDevice(status int, code, description string) *failure {
	return &failure{status: status, body: map[string]string{"error": code, "error_description": description}}
}

// tooMany is the answer beyond a limit.
func tooMany(after time.Duration) *failure {
	return &failure{
		status: http.StatusTooManyRequests, after: after,
		body: map[string]string{"message": "Too many requests. Please try again later."},
	}
}

// failureOf is the answer that an error becomes; internal reports that it is a defect of ours.
func failureOf(err error) (f *failure, internal bool) {
	if f, ok := errors.AsType[*failure](err); ok {
		return f, false
	}
	e := interview.AsError(err)
	switch {
	case e.Code == interview.CodeUnauthenticated, e.Code == interview.CodeNotFound: // the user was erased in between
		return refuse(http.StatusUnauthorized, "UNAUTHORIZED", "Unauthorized"), false
	case e.Code == interview.CodeForbidden && e.Details.Reason == "banned":
		return refuse(http.StatusForbidden, "BANNED_USER",
			"You have been banned from this application. Please contact support if you believe this is an error."), false
	case e.Code == interview.CodeInvalid:
		return refuse(http.StatusBadRequest, "VALIDATION_ERROR", e.Message), false
	case e.Code == interview.CodeUnavailable:
		f := refuse(http.StatusServiceUnavailable, "SERVICE_UNAVAILABLE", "Service unavailable")
		f.after = 5 * time.Second
		return f, false
	}
	return refuse(http.StatusInternalServerError, "INTERNAL_SERVER_ERROR", "Internal server error"), true
}

// explain is failureOf, and logs what is a defect. Nothing is logged when it is the client that went away.
func (h *Handler) explain(r *http.Request, err error) *failure {
	f, internal := failureOf(err)
	if internal && !errors.Is(err, context.Canceled) {
		h.log.ErrorContext(r.Context(), "identity request failed", "path", r.URL.Path, "error", err)
	}
	return f
}

// fail answers with an error.
func (c *call) fail(err error) {
	f := c.explain(c.r, err)
	sayWhen(c.w, f.after)
	c.write(f.status, f.body)
}

// sayWhen sets the headers of an answer that asks to come again: X-Retry-After, which Better Auth's client reads, and the standard one.
func sayWhen(w http.ResponseWriter, after time.Duration) {
	if after > 0 {
		seconds := strconv.Itoa(int(math.Ceil(after.Seconds())))
		w.Header().Set("X-Retry-After", seconds)
		w.Header().Set("Retry-After", seconds)
	}
}

// answer is a success.
func (c *call) answer(body any) error { c.write(http.StatusOK, body); return nil }

func (c *call) write(status int, body any) {
	text, err := json.Marshal(body)
	if err != nil { // of a time beyond the year 9999
		c.log.ErrorContext(c.r.Context(), "writing an answer", "path", c.r.URL.Path, "error", err)
		status, text = http.StatusInternalServerError, []byte(`{"message":"Internal server error","code":"INTERNAL_SERVER_ERROR"}`)
	}
	c.w.Header().Set("Content-Type", "application/json")
	c.w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	c.w.WriteHeader(status)
	_, _ = c.w.Write(text) // that the client went away changes nothing
}

// noStore marks the answer as the real server marks those with tokens.
func (c *call) noStore() { c.w.Header().Set("Pragma", "no-cache") }
