package openai_test

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/betterprofile/betterprofile/agent/openai"
	"github.com/betterprofile/betterprofile/agent/openai/openaitest"
	"github.com/betterprofile/betterprofile/interview"
)

func TestReply_TriesAgainBeforeTheFirstToken(t *testing.T) {
	t.Parallel()
	for name, reply := range map[string]openaitest.Reply{
		"408": openaitest.Fail(408), "409": openaitest.Fail(409), "429": openaitest.Fail(429), "500": openaitest.Fail(500),
		"502": openaitest.Fail(502), "503": openaitest.Fail(503), "504": openaitest.Fail(504), "529": openaitest.Fail(529),
		"cut":   {Text: "x", Fault: openaitest.Cut},
		"error": {Text: "x", Fault: openaitest.MidError},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T, opts openai.Options, server *openaitest.Server) {
				start := time.Now()
				var h heard
				got, err := newEngine(t, opts).Reply(t.Context(), asked(), h.emit)
				if err != nil || got.Content != "And then?" || h.text() != "And then?" {
					t.Errorf("got %q, %v", got.Content, err)
				}
				if n, waited := len(server.Requests()), time.Since(start); n != 3 || waited != 750*time.Millisecond {
					t.Errorf("%d requests in %v, want 3 in 0.25 s + 0.5 s", n, waited)
				}
			}, openaitest.Replies(reply, reply, openaitest.Say("And then?")))
		})
	}
}

func TestReply_WaitsAtRandom(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, opts openai.Options, _ *openaitest.Server) {
		opts.Jitter, opts.MaxRetries = func() float64 { return 0.5 }, 7
		start := time.Now()
		_, _ = fails(t, newEngine(t, opts), t.Context())
		want := 3 * (500 + 1000 + 2000 + 4000 + 3*8000) * time.Millisecond / 4
		if waited := time.Since(start); waited != want {
			t.Errorf("waited %v, want %v", waited, want)
		}
	}, always(openaitest.Fail(500)))
}

func TestReply_RetryAfter(t *testing.T) {
	t.Parallel()
	date := func(d time.Duration) string { // synctest's clock starts here
		return time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).Add(d).Format(http.TimeFormat)
	}
	for name, c := range map[string]struct {
		status   int
		header   string
		waited   time.Duration // in all, over the requests
		requests int
		seconds  int // told to the user
	}{
		"seconds":            {429, "7", 14 * time.Second, 3, 7},
		"with a fraction":    {429, "0.5", time.Second, 3, 1},
		"503":                {503, "20", 40 * time.Second, 3, 20},
		"longer than we do":  {429, "21", 0, 1, 21},
		"an hour":            {429, "3600", 0, 1, 3600},
		"a silly number":     {429, "1e300", 0, 1, 86400},
		"a date":             {429, date(5 * time.Second), 5*time.Second + 250*time.Millisecond, 3, 0},
		"a date that is far": {503, date(time.Hour), 0, 1, 3600},
		"in the past":        {429, date(-time.Hour), 750 * time.Millisecond, 3, 0},
		"negative":           {429, "-5", 750 * time.Millisecond, 3, 0},
		"nonsense":           {429, "soon\x80", 750 * time.Millisecond, 3, 0},
		"not a number":       {429, "NaN", 750 * time.Millisecond, 3, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T, opts openai.Options, server *openaitest.Server) {
				start := time.Now()
				_, err := fails(t, newEngine(t, opts), t.Context())
				if waited, n := time.Since(start), len(server.Requests()); n != c.requests || waited < c.waited || waited > c.waited+time.Second {
					t.Errorf("%d requests in %v, want %d in %v", n, waited, c.requests, c.waited)
				}
				if err.Details.RetryAfterSeconds != c.seconds {
					t.Errorf("told the user %d seconds, want %d", err.Details.RetryAfterSeconds, c.seconds)
				}
			}, always(openaitest.Reply{Status: c.status, RetryAfter: c.header}))
		})
	}
}

func TestReply_RetriesStayWithinTheTotal(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, opts openai.Options, server *openaitest.Server) {
		opts.Total = 15 * time.Second
		start := time.Now()
		_, err := fails(t, newEngine(t, opts), t.Context())
		if n := len(server.Requests()); err.Details.Reason != interview.ReasonQuota || n != 2 || time.Since(start) != 10*time.Second {
			t.Errorf("%v after %d requests in %v, want quota after 2 in 10 s: the next would be too late", err, n, time.Since(start))
		}
	}, always(openaitest.Reply{Status: 429, RetryAfter: "10"}))
}

func TestReply_NoRetriesWhenNoneAreWanted(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, opts openai.Options, server *openaitest.Server) {
		opts.MaxRetries = -1
		_, _ = fails(t, newEngine(t, opts), t.Context())
		if n := len(server.Requests()); n != 1 {
			t.Errorf("%d requests, want 1", n)
		}
	}, always(openaitest.Fail(500)))
}

func TestReply_TriesAgainOnlyWhereAConnectionMayStillCome(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err   error
		dials int
	}{
		"refused":       {syscall.ECONNREFUSED, 3},
		"no such name":  {&net.DNSError{Err: "no such host", IsNotFound: true}, 1},
		"name server":   {&net.DNSError{Err: "server misbehaving", IsTemporary: true}, 3},
		"a bad TLS end": {tls.AlertError(70), 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			dials := 0
			client := &http.Client{Transport: &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
				dials++
				return nil, &net.OpError{Op: "dial", Net: "tcp", Err: c.err}
			}}}
			_, err := fails(t, newEngine(t, openai.Options{HTTPClient: client}), t.Context())
			if err.Details.Reason != interview.ReasonUnreachable || dials != c.dials {
				t.Errorf("%s: %v after %d dials, want unreachable after %d", name, err, dials, c.dials)
			}
		})
	}
}
