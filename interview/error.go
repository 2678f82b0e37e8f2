package interview

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
)

// Code names a kind of failure for programs. The set is closed: clients switch on it, and [Code.HTTPStatus] and
// [Code.ExitStatus] say what it becomes at the two outer borders.
type Code string

// The codes, in the order of their HTTP status.
const (
	CodeInvalid              Code = "invalid"                // the input breaks a rule; Details.Field names it
	CodeUnauthenticated      Code = "unauthenticated"        // no session, or one that has expired
	CodeForbidden            Code = "forbidden"              // a session that may not do this
	CodeNotFound             Code = "not_found"              // does not exist, or belongs to somebody else
	CodeMethodNotAllowed     Code = "method_not_allowed"     // the path exists, with another method
	CodeConflict             Code = "conflict"               // the thing is in a state that does not allow this
	CodeTurnInProgress       Code = "turn_in_progress"       // another turn is running in the conversation
	CodeTooLarge             Code = "too_large"              // the request is over a limit of size
	CodeUnsupportedMediaType Code = "unsupported_media_type" // the body is not JSON
	CodeRateLimited          Code = "rate_limited"           // too many requests; Details.RetryAfterSeconds is set
	CodeInternal             Code = "internal"               // a defect of ours; Details.RequestID finds it in the log
	CodeModelUnavailable     Code = "model_unavailable"      // the model cannot answer; Details.Reason says why
	CodeInterrupted          Code = "interrupted"            // a stream or a turn was cut for good
	CodeUnavailable          Code = "unavailable"            // the database is away or the server is stopping; try again
	CodeModelTimeout         Code = "model_timeout"          // the model took too long
)

// codes is the one table of codes: what each becomes as an HTTP status and as an exit status (0 success, 1 failure, 2 usage,
// 4 sign-in needed as in gh, 75 EX_TEMPFAIL of sysexits.h).
func codes(c Code) (http, exit int) {
	switch c {
	case CodeInvalid:
		return 400, 2
	case CodeUnauthenticated:
		return 401, 4
	case CodeForbidden:
		return 403, 4
	case CodeNotFound:
		return 404, 1
	case CodeMethodNotAllowed:
		return 405, 1
	case CodeConflict, CodeTurnInProgress:
		return 409, 1
	case CodeTooLarge:
		return 413, 2
	case CodeUnsupportedMediaType:
		return 415, 1
	case CodeRateLimited:
		return 429, 75
	case CodeModelUnavailable, CodeInterrupted:
		return 502, 1
	case CodeUnavailable:
		return 503, 75
	case CodeModelTimeout:
		return 504, 1
	default:
		return 500, 1
	}
}

// HTTPStatus is the status of an answer that carries the code; 500 for an unknown one.
func (c Code) HTTPStatus() int { s, _ := codes(c); return s }

// ExitStatus is the exit status of a command that ends with the code; 1 for an unknown one.
func (c Code) ExitStatus() int { _, s := codes(c); return s }

// Codes lists every code once.
func Codes() []Code {
	return []Code{
		CodeInvalid, CodeUnauthenticated, CodeForbidden, CodeNotFound, CodeMethodNotAllowed, CodeConflict, CodeTurnInProgress,
		CodeTooLarge, CodeUnsupportedMediaType, CodeRateLimited, CodeInternal, CodeModelUnavailable, CodeInterrupted,
		CodeUnavailable, CodeModelTimeout,
	}
}

// Reasons of [CodeModelUnavailable], in Details.Reason.
const (
	ReasonBadKey      = "bad_key"      // the endpoint refused the key (401, 403)
	ReasonNoSuchModel = "no_model"     // the endpoint does not know the model (404)
	ReasonQuota       = "quota"        // rate or spending limit of the endpoint (429, 402)
	ReasonUnreachable = "unreachable"  // no connection
	ReasonServerError = "server_error" // 5xx, or an error in mid-stream
	ReasonBadResponse = "bad_response" // not the wire format: malformed chunk, HTML, empty reply
	ReasonCut         = "cut"          // the stream ended without saying why
	ReasonRefused     = "refused"      // the request was refused (400, content filter)
)

// Error is a failure that may be shown: Code is for programs, Message for people, Err for the log only. Its JSON form is the
// `error` object of the HTTP API.
type Error struct {
	Code    Code    `json:"code"`
	Message string  `json:"message"`
	Details Details `json:"details,omitzero"`
	Err     error   `json:"-"`
}

// Details says more about an error, as far as its code calls for it.
type Details struct {
	Field             string `json:"field,omitempty"`             // the field, parameter or header at fault
	Reason            string `json:"reason,omitempty"`            // why the model is unavailable: one of the Reason constants
	Status            string `json:"status,omitempty"`            // the state that is in the way, of a conflict
	RetryAfterSeconds int    `json:"retryAfterSeconds,omitempty"` // when to try again, in seconds, rounded up
	RequestID         string `json:"requestId,omitempty"`         // finds the request in the server's log
	Line              int    `json:"line,omitempty"`              // the line of an imported file, from 1
}

// Error is for logs: the code, the message and what is below.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(string(e.Code))
	if e.Details.Field != "" {
		b.WriteString(" (" + e.Details.Field + ")")
	}
	b.WriteString(": " + e.Message)
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Errorf makes an error with the code and a message for people.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Invalid makes a CodeInvalid error about the field. The message is a whole sentence that says what is wrong and what would be right.
func Invalid(field, format string, args ...any) *Error {
	return &Error{Code: CodeInvalid, Message: fmt.Sprintf(format, args...), Details: Details{Field: field}}
}

// NotFound makes the CodeNotFound error for a noun ("Conversation"). It is the same for what does not exist and for what is
// somebody else's.
func NotFound(noun string) *Error {
	return &Error{Code: CodeNotFound, Message: noun + " not found."}
}

// ErrorCode returns the code of err, "" for nil and CodeInternal for an error that carries none.
func ErrorCode(err error) Code {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return CodeInternal
}

// AsError returns the *Error in err's chain, or an internal error around err, so that err can be shown. It returns nil for nil.
func AsError(err error) *Error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return &Error{Code: CodeInternal, Message: "Something went wrong on our side.", Err: err}
}

// PanicText says what a panic was, for a log: the runtime's own errors as they are, of others only the type, because their text may hold what people
// wrote. The stack tells where it was.
func PanicText(p any) string {
	switch p := p.(type) {
	case runtime.Error:
		return p.Error()
	case *panicApart:
		return PanicText(p.value) + "\n" + string(p.stack)
	default:
		return fmt.Sprintf("%T", p)
	}
}
