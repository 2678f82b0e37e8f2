package api

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/betterprofile/betterprofile/interview"
)

// errorAnswer is the body of every answer that is an error.
type errorAnswer struct {
	Error *interview.Error `json:"error"`
}

// fail answers with the error. It is the one place where a code becomes a status, and where internal is logged.
func (s *Server) fail(c *gin.Context, err error) {
	state := request(c)
	if c.Request.Context().Err() != nil && errors.Is(err, context.Canceled) {
		state.gone = true // nobody is there to read an answer
		return
	}
	e := *interview.AsError(err)
	state.code = e.Code
	switch e.Code {
	case interview.CodeInternal:
		s.logInternal(c, err)
		e.Details.RequestID = state.id
	case interview.CodeUnauthenticated:
		c.Header("WWW-Authenticate", "Bearer")
	case interview.CodeUnavailable, interview.CodeRateLimited:
		e.Details.RetryAfterSeconds = cmp.Or(e.Details.RetryAfterSeconds, 1)
		c.Header("Retry-After", strconv.Itoa(e.Details.RetryAfterSeconds))
	}
	writeJSON(c, e.Code.HTTPStatus(), errorAnswer{Error: &e})
}

// logInternal writes what a client is not told.
func (s *Server) logInternal(c *gin.Context, err error) {
	state := request(c)
	s.log.LogAttrs(c.Request.Context(), slog.LevelError, "internal error",
		slog.String("request", state.id), slog.String("route", c.FullPath()), slog.String("user", state.user.ID),
		slog.String("traceparent", state.traceparent), slog.Any("error", err))
}

// writeJSON answers with the value. Every type that comes here can be encoded, whatever it holds: an error is a defect.
func writeJSON(c *gin.Context, status int, value any) {
	var body []byte
	var err error
	if own, ok := value.(appender); ok {
		body, err = own.AppendJSON(nil)
	} else {
		body, err = json.Marshal(value)
	}
	if err != nil {
		panic(err)
	}
	writeBody(c, status, "application/json; charset=utf-8", body)
}

// writeBody answers with the bytes.
func writeBody(c *gin.Context, status int, contentType string, body []byte) {
	c.Header("Content-Type", contentType)
	c.Header("Content-Length", strconv.Itoa(len(body)))
	c.Status(status)
	if c.Request.Method == http.MethodHead {
		c.Writer.WriteHeaderNow()
		return
	}
	if _, err := c.Writer.Write(body); err != nil {
		request(c).gone = true
	}
}
