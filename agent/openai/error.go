package openai

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/betterprofile/betterprofile/interview"
)

// failure is why a request came to nothing.
type failure struct {
	err   *interview.Error
	again bool          // a later request may fare better
	after time.Duration // when, if the endpoint said so
}

func (f *failure) Error() string { return f.err.Error() }

// fail makes a failure with the code model_unavailable.
func fail(reason string, cause error, format string, args ...any) *failure {
	err := interview.Errorf(interview.CodeModelUnavailable, format, args...)
	err.Details.Reason, err.Err = reason, cause
	return &failure{err: err}
}

// retry marks the failure as one to try again after, which goes to the user as well.
func (f *failure) retry(after time.Duration) *failure {
	f.again, f.after = true, after
	f.err.Details.RetryAfterSeconds = int((after + time.Second - 1) / time.Second)
	return f
}

// refused says what an answer other than 200 means.
func (e *Engine) refused(ctx context.Context, res *http.Response) *failure {
	a, err := readAnswer(res)
	if err != nil && ctx.Err() != nil {
		return e.tooSlow(ctx, false)
	}
	return e.judge(a, retryAfter(res.Header, time.Now()))
}

// midStream says what an error object in a stream means. Its code may be an HTTP status; without one it counts as trouble of the endpoint.
func (e *Engine) midStream(raw json.RawMessage, spoke bool) *failure {
	var a answer
	a.fill(raw)
	status, err := strconv.Atoi(a.code)
	known := err == nil && status >= 400 && status < 600
	switch {
	case known && !spoke:
		a.status = status
	case a.says("rate_limit", "insufficient_quota"):
		a.status = http.StatusTooManyRequests
	case a.says("content_filter", "content_policy", "context_length"):
		a.status = http.StatusBadRequest
	default:
		text := "%s reported an error instead of a reply. Send the message again."
		if spoke {
			text = "%s reported an error in the middle of the reply. Send the message again."
		}
		return fail(interview.ReasonServerError, a, text, e.capitalHost()).retry(0)
	}
	return e.judge(a, 0)
}

// judge says what an answer means.
func (e *Engine) judge(a answer, after time.Duration) *failure {
	switch {
	case e.lacksModel(a):
		return fail(interview.ReasonNoSuchModel, a, "There is no model named %q at %s. Set BETTERPROFILE_MODEL.", e.opts.Model, e.host)
	case a.status == http.StatusPaymentRequired || a.says("insufficient_quota", "billing_hard_limit", "billing_not_active"):
		return fail(interview.ReasonQuota, a, "The account at %s is out of credit or at its spending limit. Check its plan and billing.", e.host)
	case a.says("content_filter", "content_policy"):
		return e.filtered()
	}
	switch a.status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return e.badKey(a)
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		return fail(interview.ReasonBadResponse, a,
			"There is no chat API at %s. Check OPENAI_BASE_URL; it usually ends in /v1.", e.host)
	case http.StatusTooManyRequests:
		return fail(interview.ReasonQuota, a, "%s is getting too many requests. Try again %s.", e.capitalHost(), later(after)).retry(after)
	case http.StatusRequestTimeout:
		f := fail("", a, "%s gave up waiting. Send the message again.", e.capitalHost()).retry(after)
		f.err.Code = interview.CodeModelTimeout
		return f
	}
	return e.judgeClass(a, after)
}

// lacksModel reports whether it is the model that does not exist. A 404 that says nothing, or speaks of the URL, is about the address.
func (e *Engine) lacksModel(a answer) bool {
	switch a.status {
	case http.StatusNotFound:
		return a.code+a.message != "" && !a.says("url", "route", "path", "endpoint")
	case http.StatusBadRequest:
		return a.says("model_not_found") || a.says("model") && a.says("not found", "does not exist", "not a valid", "unknown model")
	}
	return a.says("model_not_found")
}

// judgeClass says what an answer means by the class of its status.
func (e *Engine) judgeClass(a answer, after time.Duration) *failure {
	switch {
	case a.status >= 500 || a.status == http.StatusConflict:
		return fail(interview.ReasonServerError, a, "%s has trouble of its own (HTTP %d). Try again %s.",
			e.capitalHost(), a.status, later(after)).retry(after)
	case a.status < 400:
		return fail(interview.ReasonBadResponse, a, "%s answered with HTTP %d instead of a reply. Check OPENAI_BASE_URL.",
			e.capitalHost(), a.status)
	case a.status == http.StatusRequestEntityTooLarge || a.says("context_length", "context length", "too long"):
		return fail(interview.ReasonRefused, a, "The message is too long for the model %q. Shorten it, or set BETTERPROFILE_MODEL.",
			e.opts.Model)
	}
	return fail(interview.ReasonRefused, a, "%s refused the request (HTTP %d). Check that BETTERPROFILE_MODEL names a chat model.",
		e.capitalHost(), a.status)
}

func (e *Engine) badKey(a answer) *failure {
	switch {
	case e.opts.APIKey == "":
		return fail(interview.ReasonBadKey, a, "The model's endpoint %s wants an API key. Set OPENAI_API_KEY.", e.host)
	case a.status == http.StatusForbidden:
		return fail(interview.ReasonBadKey, a, "The model's endpoint %s does not let this API key use the model %q. "+
			"Check OPENAI_API_KEY and BETTERPROFILE_MODEL.", e.host, e.opts.Model)
	}
	return fail(interview.ReasonBadKey, a, "The model's endpoint %s refused the API key. Check OPENAI_API_KEY.", e.host)
}

// unanswered says what it means that a request got no answer.
func (e *Engine) unanswered(ctx context.Context, err error) *failure {
	if ctx.Err() != nil {
		return e.tooSlow(ctx, false)
	}
	again := true
	text := "The model's endpoint %s cannot be reached. Check the network and OPENAI_BASE_URL."
	var op *net.OpError
	var dns *net.DNSError
	switch {
	case isTLS(err):
		again, text = false, "No safe connection to %s: its certificate or TLS does not hold. Check OPENAI_BASE_URL (http or https?)."
	case errors.As(err, &dns):
		again, text = !dns.IsNotFound, "The name in %s cannot be found. Check OPENAI_BASE_URL and the network."
	case errors.As(err, &op) && op.Op == "dial" && !op.Timeout():
		text = "Nothing answers at %s. Is it running? Check OPENAI_BASE_URL."
	}
	f := fail(interview.ReasonUnreachable, err, text, e.host)
	f.again = again
	return f
}

func isTLS(err error) bool {
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	return errors.As(err, &certificate) || errors.As(err, &record) || errors.As(err, &alert) || errors.As(err, &unknown) ||
		errors.As(err, &host) || errors.Is(err, http.ErrSchemeMismatch)
}

// tooSlow is the failure of a request that we gave up. It is final: the user has waited long enough.
func (e *Engine) tooSlow(ctx context.Context, begun bool) *failure {
	cause := context.Cause(ctx)
	err := interview.Errorf(interview.CodeModelTimeout, "The model did not begin to answer within %s. Send the message again.",
		span(e.opts.FirstToken))
	switch {
	case errors.Is(cause, errTotal):
		err = interview.Errorf(interview.CodeModelTimeout, "The reply took longer than %s. Send the message again.", span(e.opts.Total))
	case begun:
		err = interview.Errorf(interview.CodeModelTimeout, "The model fell silent in the middle of the reply for %s. Send the message again.",
			span(e.opts.BetweenTokens))
	}
	err.Err = cause
	return &failure{err: err}
}

func (e *Engine) cut(err error) *failure {
	return fail(interview.ReasonCut, err, "The connection to the model ended before the reply was complete. Send the message again.").retry(0)
}

func (e *Engine) malformed(err error) *failure {
	return fail(interview.ReasonBadResponse, fmt.Errorf("reading a chunk: %w", shape(err)),
		"%s sent something that is not a reply. Send the message again; if it stays so, check OPENAI_BASE_URL.", e.capitalHost())
}

func (e *Engine) notTheFormat(what string) *failure {
	return fail(interview.ReasonBadResponse, errors.New("the answer is "+what),
		"%s answers, but not as a model does. Check OPENAI_BASE_URL; it usually ends in /v1.", e.capitalHost())
}

func (e *Engine) empty(finish string) *failure {
	return fail(interview.ReasonBadResponse, fmt.Errorf("empty reply, finish reason %q", interview.FirstRunes(finish, 60)),
		"The model returned an empty reply. Send the message again.")
}

func (e *Engine) filtered() *failure {
	return fail(interview.ReasonRefused, nil, "The model's content filter stopped the reply. Say it in other words.")
}

// shape strips a JSON error of what it may quote.
func shape(err error) error {
	if _, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return errors.New("JSON of another form")
	}
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Errorf("JSON syntax error after %d bytes", syntax.Offset)
	}
	return err
}

// inner removes what names the URL from an error of net/http.
func inner(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}

// later says when to try again.
func later(after time.Duration) string {
	if after < time.Second {
		return "in a moment"
	}
	return "in " + span(after)
}

// span writes a time for people, in whole seconds or minutes from one second on.
func span(d time.Duration) string {
	n, unit := int((d+time.Second-1)/time.Second), "second"
	switch {
	case d < time.Second:
		return d.String()
	case n >= 120:
		n, unit = (n+59)/60, "minute"
	}
	if n != 1 {
		unit += "s"
	}
	return strconv.Itoa(n) + " " + unit
}

// capitalHost names the endpoint at the start of a sentence.
func (e *Engine) capitalHost() string { return "The model's endpoint " + e.host }

// printable removes from a foreign name what is not to be seen.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) && r != unicode.ReplacementChar {
			return r
		}
		return -1
	}, s)
}
