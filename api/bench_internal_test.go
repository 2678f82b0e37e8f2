package api

import (
	"context"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/betterprofile/betterprofile/interview"
)

// discard is a response that nobody reads.
type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }
func (d *discard) WriteHeader(int)             {}
func (d *discard) Flush()                      {}

// benchmarkServer is a server without anything below.
func benchmarkServer(b *testing.B) *Server {
	b.Helper()
	m, err := newMetrics(prometheus.NewRegistry())
	if err != nil {
		b.Fatal(err)
	}
	gin.SetMode(gin.ReleaseMode)
	o := Options{Auth: &sessions{}}.withDefaults()
	return &Server{
		opts: o, log: o.Log, metrics: m, signIns: newSignIns(finder(o.Auth), o.Now), places: newPlaces(0),
		messages: newLimiter("messages", 0, 0, nil, o.Now), requests: newLimiter("requests", 0, 0, nil, o.Now),
	}
}

// serveMany serves the route again and again.
func serveMany(b *testing.B, s *Server, rt route, body string) {
	b.Helper()
	r := gin.New()
	r.Use(s.observe, s.recover, s.headers, s.boundHeader, s.boundBody, s.shareOrigins)
	r.Handle(rt.method, "/", s.handle(rt))
	req := httptest.NewRequest(rt.method, "/", http.NoBody)
	req.Header.Set("Authorization", "Bearer "+strings.Repeat("x", 32))
	req.Header.Set("Content-Type", "application/json")
	b.ReportAllocs()
	for b.Loop() {
		req.Body = io.NopCloser(strings.NewReader(body))
		r.ServeHTTP(&discard{http.Header{}}, req)
	}
}

// BenchmarkServe_Request is what every request costs before and after its handler.
func BenchmarkServe_Request(b *testing.B) {
	s := benchmarkServer(b)
	serveMany(b, s, route{method: "GET", handler: func(c *gin.Context) error { c.Status(http.StatusNoContent); return nil }}, "")
}

func BenchmarkServe_Body(b *testing.B) {
	s := benchmarkServer(b)
	body := `{"id":"` + interview.NewID() + `","content":"` + strings.Repeat("I led the night shift of a ward. ", 8) + `"}`
	serveMany(b, s, route{method: "POST", handler: func(c *gin.Context) error {
		var in interview.TurnInput
		return s.decode(c, text("id", &in.ID), required(text("content", &in.Content)))
	}}, body)
}

func BenchmarkServe_Page(b *testing.B) {
	s := benchmarkServer(b)
	page := interview.MessagePage{NextCursor: interview.Position{ID: interview.NewID()}.Cursor()}
	for i := range interview.DefaultLimit {
		m := interview.Message{
			ID: interview.NewID(), ConversationID: interview.NewID(), Role: interview.RoleUser, CreatedAt: interview.At(time.UnixMilli(1_790_000_000_000)),
			Content: strings.Repeat("I led the night shift of a ward. ", 1+i%16),
		}
		if i%2 == 1 {
			m.Role, m.Metadata = interview.RoleAssistant, []byte(`{"engine": "openai", "model": "gpt-4o-mini"}`)
		}
		page.Messages = append(page.Messages, m)
	}
	serveMany(b, s, route{method: "GET", handler: func(c *gin.Context) error { return s.writeTagged(c, page) }}, "")
}

// BenchmarkStream_Turn is a reply of a hundred deltas, each flushed.
func BenchmarkStream_Turn(b *testing.B) {
	s := benchmarkServer(b)
	m := &interview.Message{ID: interview.NewID(), ConversationID: interview.NewID(), Role: interview.RoleUser, Content: "x"}
	all := func(yield func(interview.Event, error) bool) {
		ok := yield(interview.Event{Kind: interview.EventStarted, Message: m, ConversationID: m.ConversationID, Attempt: 1}, nil)
		for i := 0; ok && i < 100; i++ {
			ok = yield(interview.Event{Kind: interview.EventDelta, ID: interview.EventID{Attempt: 1, Offset: 5 * i}, Text: "word "}, nil)
		}
		_ = ok && yield(interview.Event{Kind: interview.EventCompleted, Message: m, UserMessage: m, ConversationID: m.ConversationID}, nil)
	}
	serveMany(b, s, route{method: "GET", handler: func(c *gin.Context) error {
		return s.stream(c, nil, func(context.Context) (iter.Seq2[interview.Event, error], error) { return all, nil })
	}}, "")
}
