package client

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/betterprofile/betterprofile/interview"
)

// refusal is the error that an answer is, ours or that of something between us and the server.
func (c *Client) refusal(resp *http.Response) error {
	body, _ := io.ReadAll(io.LimitReader(resp.Body, maxErrorAnswer)) // half a body is no JSON
	var answer struct {
		Error *interview.Error `json:"error"`
	}
	e := &interview.Error{}
	if json.Unmarshal(body, &answer) == nil && answer.Error != nil && answer.Error.Code != "" {
		e = answer.Error
		if !slices.Contains(interview.Codes(), e.Code) {
			e.Code = codeOf(resp.StatusCode)
		}
	} else {
		e.Code, e.Message = codeOf(resp.StatusCode), c.statusMessage(resp)
		if resp.StatusCode < 400 {
			e.Details.Field = "server"
		}
	}
	if seconds, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && seconds > 0 && e.Details.RetryAfterSeconds == 0 {
		e.Details.RetryAfterSeconds = seconds
	}
	return e
}

// statusMessage says what came instead of one of our answers. It quotes nothing of the body, which may be a page of HTML.
func (c *Client) statusMessage(resp *http.Response) string {
	status := strconv.Itoa(resp.StatusCode)
	if text := http.StatusText(resp.StatusCode); text != "" {
		status += " " + text
	}
	if resp.StatusCode >= 300 && resp.StatusCode < 400 {
		if to, err := resp.Location(); err == nil && to.Host != "" {
			return c.base.String() + " sends us on to " + (&url.URL{Scheme: to.Scheme, Host: to.Host}).String() +
				". If that is right, use its address."
		}
	}
	if resp.StatusCode == http.StatusNotFound {
		return c.base.String() + " answered " + status + ". Is the address right?"
	}
	return c.base.String() + " answered " + status + "."
}

// codeOf is the code for an answer that has none.
func codeOf(status int) interview.Code {
	switch status {
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return interview.CodeUnavailable // it comes from a proxy: our own errors have a code
	case http.StatusConflict:
		return interview.CodeConflict
	}
	if status < 400 {
		return interview.CodeInvalid
	}
	for _, code := range interview.Codes() {
		if code.HTTPStatus() == status {
			return code
		}
	}
	if status < 500 {
		return interview.CodeInvalid
	}
	return interview.CodeInternal
}

// notOurs is the error of a good answer that is not one of ours, as from a hotel's sign-in page.
func (c *Client) notOurs() error {
	return interview.Errorf(interview.CodeUnavailable, "What answers at %s is not a Better Profile server. Is the address right?", c.base)
}

// unreachable is the error of a request without a whole answer: ctx's own when the caller has ended it.
func (c *Client) unreachable(ctx context.Context, err error) error {
	if cause := ended(ctx); cause != nil {
		return cause
	}
	if slow, ok := errors.AsType[errSlow](context.Cause(ctx)); ok {
		err = slow
	}
	return &interview.Error{
		Code: interview.CodeUnavailable, Message: "Cannot reach " + c.base.String() + ": " + reason(err), Err: err,
	}
}

// reason says in a few words why a request had no answer, and what to look at.
func reason(err error) string {
	if dns, ok := errors.AsType[*net.DNSError](err); ok && dns.IsNotFound {
		return "there is no such host. Is the address right?"
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "its certificate is not trusted. Is the address right?"
	}
	if slow, ok := errors.AsType[errSlow](err); ok {
		return slow.Error() + "."
	}
	timeout, ok := errors.AsType[net.Error](err)
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused. Is the server running?"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.EPIPE):
		return "the connection was cut."
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH):
		return "there is no way to it. Are you online?"
	case ok && timeout.Timeout():
		return "it did not answer in time."
	case strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return "it does not speak https://."
	}
	return "the connection failed."
}
