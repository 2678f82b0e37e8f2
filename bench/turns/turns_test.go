package main

import (
	"bytes"
	"context"
	"io"
	"math"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/betterprofile/betterprofile/sse"
)

// TestMain makes this program what a run starts: the model, the proxy or the variant.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && slices.Contains([]string{"model", "proxy", "variant"}, os.Args[1]) {
		main()
		return
	}
	os.Exit(m.Run())
}

// tiny is a run as short as can be.
func tiny(t *testing.T, args ...string) settings {
	t.Helper()
	s, err := parse(append([]string{"-rounds", "1", "-warm", "50ms", "-window", "300ms", "-free", "2", "-paced", "", "-limit", "2m"}, args...))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestTurns_TinyRunOfEachPartIsSane(t *testing.T) {
	t.Parallel()
	l, err := openLab(t.Context(), tiny(t, "-profile", t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.close(); err != nil {
			t.Error(err)
		}
	})
	st := &study{lab: l, out: io.Discard, cells: map[key][]cell{}, began: time.Now()}
	if err := st.prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := st.rounds(t.Context(), free(), "2", st.targets); err != nil {
		t.Fatal(err)
	}
	short := profile{Name: "short", First: 50 * time.Millisecond, Rate: 1000, Tokens: 20}
	if err := st.rounds(t.Context(), short, "4", st.targets); err != nil {
		t.Fatal(err)
	}
	if err := st.verify(t.Context()); err != nil {
		t.Error(err)
	}
	if len(st.trouble) > 0 {
		t.Error(st.trouble)
	}
	for k, cells := range st.cells {
		checkCell(t, k, cells[0], short)
	}
	if want := 2*len(st.targets) + 1; len(st.cells) != want && st.pgbench != nil {
		t.Errorf("%d cells, want %d", len(st.cells), want)
	}
	st.report()
}

// checkCell looks for figures that cannot be.
func checkCell(t *testing.T, k key, c cell, short profile) {
	t.Helper()
	if c.turns == 0 || c.failed > 0 || c.window <= 0 {
		t.Errorf("%v: %d turns, %d failed, window %s", k, c.turns, c.failed, c.window)
	}
	if k.target == bench {
		return
	}
	first, total := quantile(c.first, 0), quantile(c.total, 0)
	if first <= 0 || total < first {
		t.Errorf("%v: first token after %s, end after %s", k, first, total)
	}
	if k.profile == short.Name && (first < short.First || total < short.length()) {
		t.Errorf("%v: first token after %s, end after %s: faster than the model", k, first, total)
	}
	if runtime.GOOS == "linux" && c.peak < 1<<20 {
		t.Errorf("%v: peak memory %d", k, c.peak)
	}
}

func TestLists_TinyRunReachesTheFarPage(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	s := tiny(t, "-lists", "-window", "40ms")
	s.quick = true
	if err := measureLists(t.Context(), s, &out); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(out.String(), ", page 80"); got != 4 {
		t.Errorf("%d lines about page 80, want 4:\n%s", got, &out)
	}
}

// serveModel serves the fast model until the test ends.
func serveModel(t *testing.T, p profile) string {
	t.Helper()
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	m := &fastModel{}
	m.script.Store(newScript(p))
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go m.serve(conn)
		}
	}()
	return listener.Addr().String()
}

func TestModel_SpeaksTheWireFormat(t *testing.T) {
	t.Parallel()
	for name, p := range map[string]profile{
		"free": {Tokens: 3}, "paced": {First: time.Millisecond, Rate: 1000, Tokens: 3}, "one token": {Tokens: 1},
	} {
		addr := serveModel(t, p)
		res, err := http.Post("http://"+addr+"/v1/chat/completions", "application/json", strings.NewReader(`{"stream":true}`)) //nolint:noctx // a test
		if err != nil {
			t.Fatal(err)
		}
		events, last := 0, ""
		for event, err := range sse.Read(res.Body) {
			if err != nil {
				t.Fatal(err)
			}
			events, last = events+1, event.Data
		}
		_ = res.Body.Close()
		if want := p.Tokens + 4; events != want || last != "[DONE]" { // the role, the end, the count, [DONE]
			t.Errorf("%s: %d events, the last %q; want %d and [DONE]", name, events, last, want)
		}
	}
}

func TestModel_ChangesItsProfile(t *testing.T) {
	t.Parallel()
	addr := serveModel(t, free())
	if err := setProfile(t.Context(), addr, profile{First: 30 * time.Millisecond, Tokens: 2}); err != nil {
		t.Fatal(err)
	}
	c := client{addr: addr}
	defer c.close()
	for range 2 { // on one connection
		got, err := c.stream(t.Context(), appendPost(nil, "/v1/chat/completions", "", `{"stream":true}`), chatMarks())
		if err != nil || got.first < 30*time.Millisecond || got.total < got.first {
			t.Errorf("%+v, %v", got, err)
		}
	}
}

func TestClient_FailedAndCutStreamsAreErrors(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]string{
		"cut":    "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nevent: delta\n\n",
		"failed": "HTTP/1.1 200 OK\r\nContent-Length: 35\r\n\r\nevent: failed\ndata: {\"error\":\"why\"}\n",
		"ended":  "HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\nevent: delta\n\n",
		"status": "HTTP/1.1 409 Conflict\r\nContent-Length: 4\r\n\r\nbusy",
	} {
		listener, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			conn, err := listener.Accept()
			if err == nil {
				_, _ = io.CopyN(io.Discard, conn, 10)
				_, _ = io.WriteString(conn, answer)
				_ = conn.(*net.TCPConn).CloseWrite()
				_, _ = io.Copy(io.Discard, conn)
			}
		}()
		c := client{addr: listener.Addr().String()}
		if got, err := c.stream(t.Context(), appendPost(nil, "/", "", "{}"), eventMarks()); err == nil {
			t.Errorf("%s: %+v, want an error", name, got)
		}
		c.close()
		_ = listener.Close()
	}
}

func TestLoad_CountsOnlyWhatEndsInTheWindow(t *testing.T) {
	t.Parallel()
	l := load{readers: 3, spread: 20 * time.Millisecond, warm: 50 * time.Millisecond, window: 100 * time.Millisecond}
	o := l.run(t.Context(), func(ctx context.Context, _ int) (timing, error) {
		sleep(ctx, 5*time.Millisecond)
		return timing{first: time.Millisecond, total: 5 * time.Millisecond}, nil
	}, func() {}, func() {})
	if err := o.check(); err != nil || o.turns >= o.all || len(o.total) != o.turns || len(o.first) != o.turns {
		t.Errorf("%d of %d turns in the window, %d times, %v", o.turns, o.all, len(o.total), err)
	}
}

func TestLoad_EndsWithItsContextAndOnFailures(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	o := load{readers: 2, window: time.Hour}.run(ctx, func(context.Context, int) (timing, error) {
		cancel()
		return timing{}, io.ErrUnexpectedEOF
	}, func() {}, func() {})
	if o.check() == nil || o.failed == 0 {
		t.Errorf("%+v: want failures", o)
	}
}

func TestQuantileAndMedian(t *testing.T) {
	t.Parallel()
	var samples []time.Duration
	for i := range 100 {
		samples = append(samples, time.Duration(100-i))
	}
	if a, b, c := quantile(samples, 0.5), quantile(samples, 0.99), quantile(samples, 1); a != 50 || b != 99 || c != 100 {
		t.Errorf("quantiles %d, %d, %d", a, b, c)
	}
	if quantile(nil, 0.5) != 0 || medianFloat([]float64{3, 1}) != 2 || medianFloat([]float64{9, 1, 2}) != 2 || !math.IsNaN(ratio(1, 0)) {
		t.Error("a median or ratio is wrong")
	}
}

func TestReadPgbench(t *testing.T) {
	t.Parallel()
	o, err := readPgbench("number of transactions actually processed: 200\nnumber of failed transactions: 0 (0.000%)\nlatency average = 4.5 ms\ntps = 100.0 (without initial connection time)\n")
	if err != nil || o.turns != 200 || o.window != 2*time.Second || o.total[0] != 4500*time.Microsecond {
		t.Errorf("%+v, %v", o, err)
	}
	if _, err := readPgbench("connection refused"); err == nil {
		t.Error("an output without figures was taken")
	}
}

func TestStat_OfThisProcess(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Log("there is no /proc here; the figures are left out")
		return
	}
	if s := readStat(os.Getpid()); s.parent != os.Getppid() {
		t.Errorf("%+v, want the parent %d", s, os.Getppid())
	}
	if own := cpuOf(os.Getpid()); peakMemory(os.Getpid()) < 1<<20 || cpuOfTree(os.Getpid()) < own {
		t.Error("peak memory or CPU time is missing")
	}
}

func TestParse_RefusesNonsense(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"-rounds", "0"}, {"-free", "x"}, {"-paced", "0"}, {"now"}} {
		if _, err := parse(args); err == nil {
			t.Errorf("%q was taken", args)
		}
	}
	s, err := parse([]string{"-quick", "-profile", filepath.Join(t.TempDir(), "p")})
	if err != nil || !s.has("free") || !s.has("profile") || s.has("checkpoints") {
		t.Errorf("%+v, %v", s, err)
	}
}
