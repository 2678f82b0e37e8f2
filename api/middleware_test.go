package api_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/betterprofile/betterprofile/api"
	"github.com/betterprofile/betterprofile/interview"
)

// log is a log that can be read while it is written.
type log struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func (l *log) logger() *slog.Logger {
	return slog.New(slog.NewJSONHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// broken is the database, except where a test breaks it.
type broken struct {
	interview.Store
	ping  error
	panic bool
}

func (b *broken) Ping(ctx context.Context) error {
	if b.ping != nil {
		return b.ping
	}
	return b.Store.Ping(ctx)
}

func (b *broken) ListConversations(ctx context.Context, userID string, q interview.ConversationQuery) (interview.ConversationPage, error) {
	if b.panic {
		panic("secret text")
	}
	return b.Store.ListConversations(ctx, userID, q)
}

// setupBroken is setup with a way to break the database under the API.
func setupBroken(t *testing.T, logger *slog.Logger) (*env, *broken) {
	t.Helper()
	b := &broken{}
	e := setup(t, func(o *options) {
		o.api.Store, o.api.Log = b, logger
	})
	b.Store = e.db
	return e, b
}

func TestPanic_IsInternalAndLoggedOnce(t *testing.T) {
	t.Parallel()
	var l log
	e, b := setupBroken(t, l.logger())
	b.panic = true
	got := e.raw("GET", "/api/v1/conversations", "", "X-Request-Id", "find-me")
	checkRefused(t, got, refused{interview.CodeInternal, ""})
	if !strings.Contains(got.body, `"requestId":"find-me"`) || strings.Contains(got.body, "secret") {
		t.Errorf("%s", got.body)
	}
	if n := strings.Count(l.String(), `"msg":"internal error"`); n != 1 || !strings.Contains(l.String(), `"request":"find-me"`) ||
		!strings.Contains(l.String(), "panic: string") || strings.Contains(l.String(), "secret") {
		t.Errorf("logged %d times: %s", n, l.String())
	}
	b.panic = false
	if _, err := e.ListConversations(t.Context(), interview.ConversationQuery{}); err != nil {
		t.Errorf("after the panic: %v", err)
	}
}

func TestRequestID_IsTakenWhenSaneAndElseMade(t *testing.T) {
	t.Parallel()
	e := setup(t)
	for _, sane := range []string{"a", "0af7651916cd43dd8448eb211c80319c", interview.NewID(), "Root=1-67891233-abcdef012345678912345678"} {
		if got := e.raw("GET", "/healthz", "", "X-Request-Id", sane).header.Get("X-Request-Id"); got != sane {
			t.Errorf("%q became %q", sane, got)
		}
	}
	for _, odd := range []string{"", "a b", "a\tb", `"x"`, "<x>", "ü", "\xff", strings.Repeat("x", 65), "a;b"} {
		got := e.raw("GET", "/healthz", "", "X-Request-Id", odd).header.Get("X-Request-Id")
		if _, ok := interview.ParseID(got); !ok {
			t.Errorf("%q became %q", odd, got)
		}
	}
}

func TestLog_HasOneLinePerRequestAndNoText(t *testing.T) {
	t.Parallel()
	var l log
	e := setup(t, func(o *options) { o.api.Log = l.logger() })
	const parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	c := e.conversation()
	e.raw("POST", "/api/v1/conversations/"+c+"/messages", `{"content":"SECRETTEXT"}`, "Traceparent", parent, "X-Request-Id", "r1")
	e.raw("GET", "/api/v1/conversations?q=SECRETQUERY", "", "Traceparent", "00-SECRET\t")
	e.raw("GET", "/api/v1/SECRETPATH", "")
	e.raw("PATCH", "/api/v1/conversations/"+c, `{"title":"SECRETTITLE","x":1}`)
	e.raw("GET", "/api/v1/me", "", "Authorization", "Bearer SECRETTOKEN")
	text := l.String()
	if strings.Contains(text, "SECRET") || strings.Contains(text, e.token) {
		t.Errorf("the log tells too much: %s", text)
	}
	lines := 0
	for line := range strings.Lines(text) {
		var entry map[string]any
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatal(err)
		}
		if entry["msg"] == "request" {
			lines++
		}
		if entry["request"] == "r1" && (entry["traceparent"] != parent || entry["user"] != e.user.ID ||
			entry["route"] != "/api/v1/conversations/:conversation/messages" || entry["status"] != 200.0 || entry["took"] == nil) {
			t.Errorf("%s", line)
		}
	}
	if lines != 6 { // the one that made the conversation too
		t.Errorf("%d lines: %s", lines, text)
	}
}

func TestHeaders_AreOnEveryAnswer(t *testing.T) {
	t.Parallel()
	e := setup(t)
	for _, path := range []string{"/healthz", "/api/v1/me", "/nope", "/docs", "/metrics"} {
		h := e.raw("GET", path, "").header
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Cache-Control") != "no-store" ||
			!strings.HasPrefix(h.Get("Content-Security-Policy"), "default-src 'none'") || h.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s: %v", path, h)
		}
	}
}

func TestRoutes_UnknownPathsAndMethods(t *testing.T) {
	t.Parallel()
	e := setup(t)
	c := "/api/v1/conversations/" + e.conversation()
	for _, path := range []string{
		"/", "/nope", "/api", "/api/v1", "/api/v1/", "/api/v1/conversations/", c + "/", c + "/messages/", c + "/nope", "//healthz", "/healthz/",
		"/HEALTHZ", "/api/v2/me", "/api/v1/me/x", "/favicon.ico", "/%2e%2e/etc/passwd", c + "/messages/x",
	} {
		for _, authorization := range []string{"", "Bearer " + e.token} {
			got := e.raw("GET", path, "", "Authorization", authorization)
			checkRefused(t, got, refused{interview.CodeNotFound, ""})
			if got.header.Get("Location") != "" {
				t.Errorf("%s redirects", path)
			}
		}
	}
	for path, allow := range map[string]string{
		"/healthz": "GET, HEAD", "/api/v1/me": "GET, HEAD, DELETE", "/api/v1/conversations": "POST, GET, HEAD",
		c: "DELETE, GET, HEAD, PATCH", c + "/messages": "POST, GET, HEAD", c + "/messages/x/cancel": "POST", c + "/messages/x/events": "GET",
	} {
		for _, method := range []string{"PUT", "OPTIONS", "TRACE", "BREW"} {
			got := e.raw(method, path, "")
			checkRefused(t, got, refused{interview.CodeMethodNotAllowed, ""})
			if !sameSet(got.header.Get("Allow"), allow) {
				t.Errorf("%s: Allow is %q, want %q", path, got.header.Get("Allow"), allow)
			}
		}
	}
	if got := e.raw("HEAD", c+"/messages/"+interview.NewID()+"/events", ""); got.status != http.StatusMethodNotAllowed {
		t.Errorf("HEAD of a stream: %d", got.status)
	}
	for _, path := range []string{"/healthz", "/readyz", "/docs", "/api/v1/me", c} {
		head, get := e.raw("HEAD", path, ""), e.raw("GET", path, "")
		if head.status != get.status || head.body != "" || head.header.Get("Content-Length") != get.header.Get("Content-Length") {
			t.Errorf("HEAD %s: %d %v", path, head.status, head.header)
		}
	}
}

func sameSet(a, b string) bool {
	count := map[string]int{}
	for _, s := range strings.Split(a, ", ") {
		count[s]++
	}
	for _, s := range strings.Split(b, ", ") {
		count[s]--
	}
	for _, n := range count {
		if n != 0 {
			return false
		}
	}
	return true
}

// TestRoutes_OddRequestTargets sends what no http.Client would.
func TestRoutes_OddRequestTargets(t *testing.T) {
	t.Parallel()
	e := setup(t, func(o *options) { o.bare = true })
	address := strings.TrimPrefix(e.url, "http://")
	for _, target := range []string{"CONNECT example.org:443", "OPTIONS *", "GET http://other.example/nope", "GET /%ff%00", "GET /?%zz"} {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		_, err = io.WriteString(conn, target+" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Errorf("%s: %v", target, err)
			continue
		}
		if resp.StatusCode >= 500 {
			t.Errorf("%s: %s", target, resp.Status)
		}
		_ = resp.Body.Close()
		_ = conn.Close()
	}
}

func TestBody_EndsEarly(t *testing.T) {
	t.Parallel()
	e := setup(t, func(o *options) { o.bare = true })
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(e.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.WriteString(conn, "POST /api/v1/conversations HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "+e.token+
		"\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"title\":")
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	answer, _ := io.ReadAll(conn) // what counts is what it does not hold
	if bytes.Contains(answer, []byte(" 500 ")) || bytes.Contains(answer, []byte(" 201 ")) {
		t.Errorf("%s", answer)
	}
	page, err := e.ListConversations(t.Context(), interview.ConversationQuery{})
	if err != nil || len(page.Conversations) != 0 {
		t.Errorf("%+v %v", page, err)
	}
}

func TestBody_MustArriveInTime(t *testing.T) {
	t.Parallel()
	g := newGate()
	e := setup(t, func(o *options) { o.bare, o.api.BodyTime, o.agent.reply = true, 100*time.Millisecond, g.reply })
	path := "/api/v1/conversations/" + e.conversation() + "/messages"
	for _, stuck := range []string{path, "/rpc/chat/sendMessage", "/api/auth/sign-out"} {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(e.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		_, err = io.WriteString(conn, "POST "+stuck+" HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "+e.token+
			"\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"content\":")
		if err != nil {
			t.Fatal(err)
		}
		answer, err := io.ReadAll(conn) // to the end of the connection, which is the server's doing
		if err != nil || !bytes.Contains(answer, []byte("HTTP/1.1 4")) {
			t.Errorf("%s: %s %v", stuck, answer, err)
		}
		_ = conn.Close()
	}
	answers := make(chan answer)
	go func() { answers <- e.raw("POST", path, `{"content":"x"}`) }()
	<-time.After(150 * time.Millisecond) // a reply may take longer than a body
	g.pass(1)
	if got := <-answers; got.status != http.StatusOK {
		t.Errorf("%d %s", got.status, got.body)
	}
}

func TestHealth_ReadyFollowsTheDatabase(t *testing.T) {
	t.Parallel()
	var l log
	e, b := setupBroken(t, l.logger())
	if err := e.Ready(t.Context()); err != nil {
		t.Error(err)
	}
	b.ping = errors.New("dial tcp 10.1.2.3:5432")
	got := e.raw("GET", "/readyz", "", "Authorization", "")
	checkRefused(t, got, refused{interview.CodeUnavailable, ""})
	if strings.Contains(got.body, "10.1.2.3") || !strings.Contains(l.String(), "10.1.2.3") {
		t.Errorf("the cause belongs in the log only: %s", got.body)
	}
	if got := e.raw("GET", "/healthz", "", "Authorization", ""); got.status != http.StatusOK || got.body != `{"status":"ok"}` {
		t.Errorf("%d %s", got.status, got.body)
	}
	b.ping = nil
	if err := e.Ready(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestMe_SaysWhoAndWhat(t *testing.T) {
	t.Parallel()
	e := setup(t, func(o *options) { o.api.MessagesPerMinute = 20 })
	me, err := e.Me(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := interview.Limits{ContentCharacters: 100_000, TitleCharacters: 200, BodyBytes: 1 << 20, PageItems: 200, MessagesPerMinute: 20}
	if me.User.ID != e.user.ID || me.User.Name != "Ada" || me.Engine.Name != "builtin" || me.Version != "test" || me.Limits != want {
		t.Errorf("%+v", me)
	}
}

func TestMetrics_CountRequestsAndTurns(t *testing.T) {
	t.Parallel()
	e := setup(t)
	follow(e.Send(t.Context(), e.conversation(), interview.TurnInput{Content: "x"}))
	e.raw("GET", "/no/such/path", "")
	e.raw("BREW", "/coffee", "")
	got := e.raw("GET", "/metrics", "", "Authorization", "").body
	for _, want := range []string{
		`betterprofile_turns_total{outcome="completed"} 1`,
		`betterprofile_turn_first_delta_seconds_count 1`,
		`betterprofile_streams_open 0`,
		`betterprofile_http_request_duration_seconds_count{method="any",route="unknown",status="404"} 2`,
		`betterprofile_http_request_duration_seconds_count{method="POST",route="/api/v1/conversations/:conversation/messages",status="200"} 1`,
	} {
		if !strings.Contains(got, want+"\n") {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
}

func TestDocs_ShowEveryOperationWithoutScripts(t *testing.T) {
	t.Parallel()
	e := setup(t)
	got := e.raw("GET", "/docs", "", "Authorization", "")
	document := e.raw("GET", "/openapi.json", "", "Authorization", "")
	var doc struct {
		OpenAPI string
		Paths   map[string]map[string]json.RawMessage
	}
	if err := json.Unmarshal([]byte(document.body), &doc); err != nil || doc.OpenAPI != "3.1.0" {
		t.Fatalf("%v %.200s", err, document.body)
	}
	for path, item := range doc.Paths {
		for method, raw := range item {
			var operation struct{ OperationID string }
			if method != "parameters" && json.Unmarshal(raw, &operation) == nil && !strings.Contains(got.body, `<article id="`+operation.OperationID+`">`) {
				t.Errorf("%s %s is not on the page", method, path)
			}
		}
	}
	if strings.Contains(got.body, "<script") || regexp.MustCompile(`(?i)(src|href)="(https?:)?//`).MatchString(got.body) {
		t.Error("the page loads something")
	}
	for _, link := range regexp.MustCompile(`href="#([^"]+)"`).FindAllStringSubmatch(got.body, -1) {
		if !strings.Contains(got.body, ` id="`+link[1]+`"`) {
			t.Errorf("dead link to %s", link[1])
		}
	}
	if csp := got.header.Get("Content-Security-Policy"); !strings.Contains(csp, "style-src 'sha256-") || strings.Contains(csp, "unsafe") {
		t.Errorf("policy %q", csp)
	}
}

func TestNew_RefusesBadOptions(t *testing.T) {
	t.Parallel()
	e := setup(t)
	if _, err := api.New(api.Options{}); err == nil {
		t.Error("no options were accepted")
	}
	good := api.Options{Store: e.db, Auth: e.db, Service: e.service}
	bad := good
	bad.TrustedProxies = []string{"everybody"}
	if _, err := api.New(bad); interview.ErrorCode(err) != interview.CodeInvalid {
		t.Errorf("proxies: %v", err)
	}
	good.Metrics = prometheus.NewRegistry()
	if _, err := api.New(good); err != nil {
		t.Error(err)
	}
	if _, err := api.New(good); err == nil {
		t.Error("the same registry was accepted twice")
	}
}
