package api

import (
	"context"
	"errors"
	"io"
	"iter"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/betterprofile/betterprofile/interview"
)

// serveEvents serves a stream of the events, and returns its address, the log, and a function that waits for its end.
func serveEvents(t *testing.T, begin events) (url string, log *strings.Builder, wait func()) {
	t.Helper()
	m, err := newMetrics(prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	log = &strings.Builder{}
	s := &Server{
		opts: Options{Heartbeat: time.Minute, WriteTimeout: 50 * time.Millisecond}, metrics: m,
		log: slog.New(slog.NewTextHandler(log, nil)),
	}
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	r.Use(s.observe, s.recover, s.headers)
	done := make(chan struct{})
	r.GET("/", s.handle(route{open: true, handler: func(c *gin.Context) error {
		defer close(done)
		return s.stream(c, nil, begin)
	}}))
	h := httptest.NewServer(r)
	t.Cleanup(h.Close)
	return h.URL, log, func() {
		<-done
		h.Close() // waits for the log
	}
}

func get(t *testing.T, url string) (*http.Response, string) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

func seq(f func(yield func(interview.Event, error) bool)) events {
	return func(context.Context) (iter.Seq2[interview.Event, error], error) { return f, nil }
}

var errAway = interview.Errorf(interview.CodeUnavailable, "Away.")

func TestStream_AnErrorThatComesFirstIsThePlainAnswer(t *testing.T) {
	t.Parallel()
	for name, begin := range map[string]events{
		"of the call":     func(context.Context) (iter.Seq2[interview.Event, error], error) { return nil, errAway },
		"of the iterator": seq(func(yield func(interview.Event, error) bool) { yield(interview.Event{}, errAway) }),
	} {
		url, _, _ := serveEvents(t, begin)
		resp, body := get(t, url)
		if resp.StatusCode != http.StatusServiceUnavailable || !strings.HasPrefix(body, `{"error":{"code":"unavailable"`) {
			t.Errorf("%s: %s %s", name, resp.Status, body)
		}
	}
	for name, begin := range map[string]events{
		"of the call":     func(context.Context) (iter.Seq2[interview.Event, error], error) { panic("boom") },
		"of the iterator": seq(func(func(interview.Event, error) bool) { panic("boom") }),
	} {
		url, log, wait := serveEvents(t, begin)
		resp, body := get(t, url)
		wait()
		if resp.StatusCode != http.StatusInternalServerError || !strings.Contains(body, `"requestId"`) || !strings.Contains(log.String(), "panic: string") || strings.Contains(log.String(), "boom") {
			t.Errorf("panic %s: %s %s %s", name, resp.Status, body, log)
		}
	}
}

func TestStream_ALaterErrorCutsIt(t *testing.T) {
	t.Parallel()
	delta := interview.Event{Kind: interview.EventDelta, ID: interview.EventID{Attempt: 1, Offset: 1}, Text: "x"}
	for name, then := range map[string]func(func(interview.Event, error) bool){
		"error": func(yield func(interview.Event, error) bool) { yield(interview.Event{}, errAway) },
		"panic": func(func(interview.Event, error) bool) { panic("boom") },
		"end":   func(func(interview.Event, error) bool) {},
	} {
		url, _, _ := serveEvents(t, seq(func(yield func(interview.Event, error) bool) {
			if yield(delta, nil) {
				then(yield)
			}
		}))
		resp, body := get(t, url)
		if resp.StatusCode != http.StatusOK || body != "id: 1.1\nevent: delta\ndata: {\"text\":\"x\"}\n\n" {
			t.Errorf("%s: %s %q", name, resp.Status, body)
		}
	}
}

func TestStream_AReaderWhoStopsReadingIsLetGo(t *testing.T) {
	t.Parallel()
	url, _, wait := serveEvents(t, func(ctx context.Context) (iter.Seq2[interview.Event, error], error) {
		return func(yield func(interview.Event, error) bool) {
			big := interview.Event{Kind: interview.EventDelta, ID: interview.EventID{Attempt: 1, Offset: 1}, Text: strings.Repeat("x", 1<<16)}
			for ctx.Err() == nil && yield(big, nil) {
			}
		}, nil
	})
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	wait() // although nobody reads
	_ = resp.Body.Close()
}

func TestStream_AReaderWhoLeavesIsLoggedAsGone(t *testing.T) {
	t.Parallel()
	url, log, wait := serveEvents(t, func(ctx context.Context) (iter.Seq2[interview.Event, error], error) {
		return func(yield func(interview.Event, error) bool) {
			yield(interview.Event{Kind: interview.EventDelta, ID: interview.EventID{Attempt: 1, Offset: 1}, Text: "x"}, nil)
			<-ctx.Done()
			yield(interview.Event{}, ctx.Err())
		}, nil
	})
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	wait()
	if !strings.Contains(log.String(), "status=499") {
		t.Errorf("%s", log)
	}
}

// flushes counts the packets that are sent off.
type flushes struct {
	*httptest.ResponseRecorder
	n int
}

func (f *flushes) Flush() { f.n++ }

func TestStream_AnEventIsSentWithTheNextThatIsAtHand(t *testing.T) {
	t.Parallel()
	m, err := newMetrics(prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{opts: Options{Heartbeat: time.Minute}, metrics: m, log: slog.New(slog.DiscardHandler)}
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	r.Use(s.observe, s.recover)
	all := func(more bool) func(yield func(interview.Event, error) bool) {
		return func(yield func(interview.Event, error) bool) {
			_ = yield(interview.Event{Kind: interview.EventStarted, More: more}, nil) &&
				yield(interview.Event{Kind: interview.EventDelta, ID: interview.EventID{Attempt: 1, Offset: 1}, Text: "x", More: more}, nil) &&
				yield(interview.Event{Kind: interview.EventCancelled, More: more}, nil)
		}
	}
	for path, begin := range map[string]events{"/one": seq(all(true)), "/each": seq(all(false))} {
		r.GET(path, s.handle(route{open: true, handler: func(c *gin.Context) error { return s.stream(c, nil, begin) }}))
	}
	var bodies [2]string
	for i, path := range []string{"/one", "/each"} {
		w := &flushes{ResponseRecorder: httptest.NewRecorder()}
		r.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, http.NoBody))
		if want := 2 * i; w.n != want { // the last event goes with the end of the answer
			t.Errorf("%s: %d flushes, want %d", path, w.n, want)
		}
		bodies[i] = w.Body.String()
	}
	if bodies[0] != bodies[1] || strings.Count(bodies[0], "event: ") != 3 {
		t.Errorf("got %q and %q", bodies[0], bodies[1])
	}
}

func TestStream_AnEventDoesNotWaitLongForTheNext(t *testing.T) {
	t.Parallel()
	url, _, wait := serveEvents(t, func(ctx context.Context) (iter.Seq2[interview.Event, error], error) {
		return func(yield func(interview.Event, error) bool) {
			yield(interview.Event{Kind: interview.EventDelta, ID: interview.EventID{Attempt: 1, Offset: 1}, Text: "x", More: true}, nil)
			<-ctx.Done() // the next one that was announced does not come
		}, nil
	})
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	const want = "id: 1.1\nevent: delta\ndata: {\"text\":\"x\"}\n\n"
	got := make([]byte, len(want))
	if _, err := io.ReadFull(resp.Body, got); err != nil || string(got) != want {
		t.Errorf("got %q, %v", got, err)
	}
	_ = resp.Body.Close()
	wait()
}

// aborting is an answer whose connection a handler below cuts, in the way of package http, when it is written to.
type aborting struct{ http.ResponseWriter }

func (aborting) Write([]byte) (int, error) { panic(http.ErrAbortHandler) }

func TestStream_AConnectionThatIsCutInWritingStaysCut(t *testing.T) {
	t.Parallel()
	m, err := newMetrics(prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	s := &Server{opts: Options{Heartbeat: time.Millisecond}, metrics: m, log: slog.New(slog.DiscardHandler)}
	r.Use(s.observe, s.recover)
	delta := interview.Event{Kind: interview.EventDelta, ID: interview.EventID{Attempt: 1, Offset: 1}, Text: "x"}
	for path, begin := range map[string]events{
		"/event": seq(func(yield func(interview.Event, error) bool) { yield(delta, nil) }),
		"/comment": func(ctx context.Context) (iter.Seq2[interview.Event, error], error) {
			return func(yield func(interview.Event, error) bool) {
				<-ctx.Done()
				yield(interview.Event{}, ctx.Err())
			}, nil
		},
	} {
		r.GET(path, s.handle(route{open: true, handler: func(c *gin.Context) error { return s.stream(c, nil, begin) }}))
	}
	for _, path := range []string{"/event", "/comment"} {
		func() {
			defer func() {
				if p := recover(); p != http.ErrAbortHandler {
					t.Errorf("%s: the panic is %v", path, p)
				}
			}()
			r.ServeHTTP(aborting{httptest.NewRecorder()}, httptest.NewRequest(http.MethodGet, path, http.NoBody))
		}()
	}
}

func TestRecover_CutsAnAnswerThatHasBegun(t *testing.T) {
	t.Parallel()
	s := &Server{log: slog.New(slog.DiscardHandler)}
	m, err := newMetrics(prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	s.metrics = m
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	r.Use(s.observe, s.recover)
	r.GET("/", func(c *gin.Context) {
		_, _ = c.Writer.WriteString("half")
		c.Writer.Flush()
		panic("boom")
	})
	h := httptest.NewServer(r)
	t.Cleanup(h.Close)
	resp, err := http.Get(h.URL)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(resp.Body); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("the answer looks whole: %v", err)
	}
	_ = resp.Body.Close()
}
