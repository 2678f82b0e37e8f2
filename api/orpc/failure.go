package orpc

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/betterprofile/betterprofile/interview"
)

// failure is an error as oRPC has it: its fields are the only members that the error's JSON may have, with "defined" beside them. Data is nil for
// none.
type failure struct {
	code    string
	status  int
	message string
	data    map[string]any
	retry   int // the Retry-After header, in seconds; 0 for none
}

// Error is for logs.
func (f *failure) Error() string { return f.code + ": " + f.message }

// json is the body of an answer that is the error.
func (f *failure) json() ([]byte, error) {
	e := map[string]any{"defined": false, "code": f.code, "status": f.status, "message": f.message}
	if f.data != nil {
		e["data"] = f.data
	}
	return encode(e)
}

// issue is what is wrong with one part of an input, as Zod says it. The path is that of the input's member, empty for the whole.
type issue struct {
	path    []any
	message string
}

func badInput(issues ...issue) *failure {
	list := make([]any, len(issues))
	for i, one := range issues {
		list[i] = map[string]any{"path": one.path, "message": one.message}
	}
	return &failure{
		code: "BAD_REQUEST", status: http.StatusBadRequest, message: "Input validation failed", data: map[string]any{"issues": list},
	}
}

func badRequest(message string) *failure {
	return &failure{code: "BAD_REQUEST", status: http.StatusBadRequest, message: message}
}

// errMalformed is oRPC's own.
func errMalformed() *failure {
	return badRequest("Malformed request. Ensure the request body is properly formatted and the 'Content-Type' header is set correctly.")
}

func errNoProcedure() *failure {
	return &failure{code: "NOT_FOUND", status: http.StatusNotFound, message: "No procedure matched"}
}

func errMethod() *failure {
	return &failure{code: "METHOD_NOT_SUPPORTED", status: http.StatusMethodNotAllowed, message: "Method Not Supported"}
}

// codes returns oRPC's name for a code; its status is that of our own API.
func codes(c interview.Code) string {
	switch c {
	case interview.CodeInvalid:
		return "BAD_REQUEST"
	case interview.CodeUnauthenticated:
		return "UNAUTHORIZED"
	case interview.CodeForbidden:
		return "FORBIDDEN"
	case interview.CodeNotFound:
		return "NOT_FOUND"
	case interview.CodeMethodNotAllowed:
		return "METHOD_NOT_SUPPORTED"
	case interview.CodeConflict, interview.CodeTurnInProgress:
		return "CONFLICT"
	case interview.CodeTooLarge:
		return "PAYLOAD_TOO_LARGE"
	case interview.CodeUnsupportedMediaType:
		return "UNSUPPORTED_MEDIA_TYPE"
	case interview.CodeRateLimited:
		return "TOO_MANY_REQUESTS"
	case interview.CodeModelUnavailable, interview.CodeInterrupted:
		return "BAD_GATEWAY"
	case interview.CodeUnavailable:
		return "SERVICE_UNAVAILABLE"
	case interview.CodeModelTimeout:
		return "GATEWAY_TIMEOUT"
	}
	return "INTERNAL_SERVER_ERROR"
}

// failureOf says an error the way oRPC does. What is internal is told to nobody.
func failureOf(err error) *failure {
	if f, ok := errors.AsType[*failure](err); ok {
		return f
	}
	e := interview.AsError(err)
	f := &failure{code: codes(e.Code), status: e.Code.HTTPStatus(), message: e.Message}
	switch e.Code {
	case interview.CodeInvalid:
		return badInput(issue{path: fieldPath(e.Details.Field), message: e.Message})
	case interview.CodeNotFound:
		f.message = "Conversation not found" // nothing else is looked for
	case interview.CodeRateLimited:
		f.retry = cmp.Or(e.Details.RetryAfterSeconds, 1)
		f.data = map[string]any{"retryAfter": f.retry}
	case interview.CodeUnavailable:
		f.retry = cmp.Or(e.Details.RetryAfterSeconds, 1)
	}
	if f.status == http.StatusInternalServerError {
		f.message = "Internal server error"
	}
	return f
}

// fieldPath is the place in the input of a field as our own API names it.
func fieldPath(field string) []any {
	switch field {
	case "":
		return []any{}
	case "content":
		return []any{"message"}
	}
	return []any{field}
}

// errorOf is failureOf, and logs what is internal.
func (h *handler) errorOf(r *http.Request, out http.Header, err error) *failure {
	f := failureOf(err)
	if f.status == http.StatusInternalServerError && !errors.Is(err, context.Canceled) {
		h.opts.Log.LogAttrs(r.Context(), slog.LevelError, "internal error",
			slog.String("request", out.Get("X-Request-Id")), slog.String("procedure", procedurePath(r.URL)), slog.Any("error", err))
	}
	if f.retry > 0 {
		out.Set("Retry-After", strconv.Itoa(f.retry))
	}
	return f
}
