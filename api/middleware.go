package api

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/betterprofile/betterprofile/interview"
)

// statusGone is what a request is logged with whose client left before the answer: nginx's 499.
const statusGone = 499

// requestKey is the key of a request's requestState in its gin.Context.
type requestKey struct{}

// requestState is what we know of a request beyond what it says itself.
type requestState struct {
	id          string // for the log and the client, safe to print
	traceparent string // as it came, if it is one
	route       string // for the log and metrics, when it is not the router's
	client      string // the address that it came from
	user        interview.User
	query       url.Values     // of the parameters the route takes, each once and not empty
	gone        bool           // the client left before it had the whole answer
	code        interview.Code // of the error answered, or that cut a stream
}

// request returns the state that observe has set.
func request(c *gin.Context) *requestState {
	state, _ := c.MustGet(requestKey{}).(*requestState)
	return state
}

// observe gives the request its id, and writes its line in the log and its metrics when it is over. It comes first.
func (s *Server) observe(c *gin.Context) {
	began := time.Now()
	state := &requestState{
		id:          requestID(c.GetHeader("X-Request-Id")),
		traceparent: traceparent(c.GetHeader("Traceparent")),
		client:      c.ClientIP(),
	}
	c.Set(requestKey{}, state)
	c.Header("X-Request-Id", state.id)
	defer func() {
		took := time.Since(began)
		status := c.Writer.Status()
		if state.gone {
			status = statusGone
		}
		state.route = cmp.Or(state.route, c.FullPath())
		s.metrics.request(c.Request.Method, state.route, status, took)
		s.logRequest(c, state, status, took)
	}()
	c.Next()
}

// logRequest writes the request's line. It has the route's template, not its path, and no query: those may hold text.
func (s *Server) logRequest(c *gin.Context, state *requestState, status int, took time.Duration) {
	level := slog.LevelInfo
	if state.user.ID == "" && status < 400 {
		level = slog.LevelDebug // probes and scrapes, every few seconds
	}
	if !s.log.Enabled(c.Request.Context(), level) {
		return
	}
	attrs := append(make([]slog.Attr, 0, 9),
		slog.String("method", c.Request.Method), slog.String("route", state.route), slog.Int("status", status),
		slog.Duration("took", took), slog.String("client", state.client), slog.String("request", state.id))
	for _, a := range []slog.Attr{
		slog.String("user", state.user.ID), slog.String("code", string(state.code)), slog.String("traceparent", state.traceparent),
	} {
		if a.Value.String() != "" {
			attrs = append(attrs, a)
		}
	}
	s.log.LogAttrs(c.Request.Context(), level, "request", attrs...)
}

// recover turns a panic into the answer internal. When the answer has begun already, the connection is cut, so that nobody takes it for
// whole.
func (s *Server) recover(c *gin.Context) {
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
			panic(p)
		}
		err := panicked(p)
		if !c.Writer.Written() {
			s.fail(c, err)
			return
		}
		s.logInternal(c, err)
		panic(http.ErrAbortHandler)
	}()
	c.Next()
}

// panicked is the error that a recovered panic becomes; call it in the deferred function.
func panicked(p any) error {
	return fmt.Errorf("panic: %s\n%s", interview.PanicText(p), debug.Stack())
}

// headers sets what every answer has. Cached are only answers with an ETag, and they say so themselves.
func (s *Server) headers(c *gin.Context) {
	h := c.Writer.Header()
	if s.opts.HSTS {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
}

// MaxHeader is the size limit of a request's header fields, in bytes. It is checked here, so that the answer is like any other error; the
// http.Server must allow more (its MaxHeaderBytes, 1 MiB by default).
const MaxHeader = 64 << 10

// boundHeader refuses a request with too large a header: 431 (RFC 6585 §5).
func (s *Server) boundHeader(c *gin.Context) {
	size := len(c.Request.RequestURI)
	for name, values := range c.Request.Header {
		for _, value := range values {
			size += len(name) + len(value)
		}
	}
	if size <= MaxHeader {
		return
	}
	request(c).code = interview.CodeTooLarge
	e := interview.Errorf(interview.CodeTooLarge, "The request's header is over %d bytes.", MaxHeader)
	writeJSON(c, http.StatusRequestHeaderFieldsTooLarge, errorAnswer{Error: e})
	c.Abort()
}

// requestID returns the id that came with the request when it is one of the usual forms (UUID, hexadecimal, a cloud's dotted or
// colon-separated id), else a new one.
func requestID(came string) string {
	if came == "" || len(came) > 64 || strings.Trim(came, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:=") != "" {
		return interview.NewID()
	}
	return came
}

// traceparent returns s when it has the form of W3C Trace Context (https://www.w3.org/TR/trace-context/#traceparent-header), else "".
func traceparent(s string) string {
	const form = "00-00000000000000000000000000000000-0000000000000000-00"
	if len(s) != len(form) {
		return ""
	}
	for i := range len(s) {
		digit := strings.IndexByte("0123456789abcdef", s[i]) >= 0
		if dash := form[i] == '-'; dash && s[i] != '-' || !dash && !digit {
			return ""
		}
	}
	return s
}
