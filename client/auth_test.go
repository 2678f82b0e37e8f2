package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/betterprofile/betterprofile/client"
	"github.com/betterprofile/betterprofile/interview"
)

// step is an exchange with the real Better Auth, recorded.
type step struct {
	Name    string
	Request struct {
		Method, Path string
		Headers      map[string]string
		Body         json.RawMessage
	}
	Response struct {
		Status  int
		Headers map[string]any
		Body    json.RawMessage
	}
}

// identity is a server that answers as Better Auth did when it was recorded: each request with the next step, the last one again and again.
type identity struct {
	t     *testing.T
	steps map[string]step
	next  []string
	on    func(string) // is told each request's step before the answer

	mu   sync.Mutex
	seen []string // steps, and the bearer tokens that came with them
}

func newIdentity(t *testing.T, steps ...string) *identity {
	t.Helper()
	content, err := os.ReadFile("testdata/identity.json")
	if err != nil {
		t.Fatal(err)
	}
	var recording struct{ Steps []step }
	if err := json.Unmarshal(content, &recording); err != nil {
		t.Fatal(err)
	}
	s := &identity{t: t, steps: map[string]step{}, next: steps, on: func(string) {}}
	for _, st := range recording.Steps {
		s.steps[st.Name] = st
	}
	return s
}

func (s *identity) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	name := s.next[0]
	if len(s.next) > 1 {
		s.next = s.next[1:]
	}
	seen := name
	if token := r.Header.Get("Authorization"); token != "" {
		seen += " as " + token
	}
	s.seen = append(s.seen, seen)
	s.mu.Unlock()
	s.on(name)
	st, known := s.steps[name]
	if !known { // "503" and the like: something in between
		w.WriteHeader(map[string]int{"503": 503, "404": 404, "302": 302, "500": 500}[name])
		return
	}
	s.check(r, st)
	for header, value := range st.Response.Headers {
		if text, ok := value.(string); ok {
			w.Header().Set(header, text)
		}
	}
	w.WriteHeader(st.Response.Status)
	_, _ = w.Write(st.Response.Body)
}

// check wants the request that was recorded: the same path and the same names in the body.
func (s *identity) check(r *http.Request, st step) {
	if r.Method != st.Request.Method || r.URL.Path != st.Request.Path {
		s.t.Errorf("%s: asked %s %s, want %s %s", st.Name, r.Method, r.URL.Path, st.Request.Method, st.Request.Path)
	}
	if r.Header.Get("Cookie") != "" || r.Header.Get("Origin") != "" {
		s.t.Errorf("%s: the request has a cookie or an origin", st.Name)
	}
	body, _ := io.ReadAll(r.Body)
	var got, want map[string]any
	_, _ = json.Unmarshal(body, &got), json.Unmarshal(st.Request.Body, &want)
	delete(want, "scope")
	for name, value := range want {
		if text, _ := got[name].(string); text == "" || name == "grant_type" && text != value {
			s.t.Errorf("%s: sent %s, want %s", st.Name, body, st.Request.Body)
		}
	}
	if len(got) != len(want) || len(want) > 0 && r.Header.Get("Content-Type") != "application/json" {
		s.t.Errorf("%s: sent %s, want %s", st.Name, body, st.Request.Body)
	}
}

// clock is a clock that only sleeping moves.
type clock struct {
	now    time.Time
	slept  []time.Duration
	during func(n int) // is called in the n-th sleep
}

func (c *clock) options(o *client.Options) {
	c.now = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	o.Now = func() time.Time { return c.now }
	o.Random = func() float64 { return 1 }
	o.Sleep = func(ctx context.Context, d time.Duration) error {
		c.now, c.slept = c.now.Add(d), append(c.slept, d)
		if c.during != nil {
			c.during(len(c.slept))
		}
		return ctx.Err()
	}
}

func identityClient(t *testing.T, s http.Handler, token string) (*client.Client, *clock) {
	t.Helper()
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	var o client.Options
	c := &clock{}
	c.options(&o)
	made, err := client.New(h.URL, token, o)
	if err != nil {
		t.Fatal(err)
	}
	return made, c
}

func TestSignIn_SpeaksAsRecorded(t *testing.T) {
	t.Parallel()
	for step, want := range map[string]struct {
		code  interview.Code
		says  string
		after int
	}{
		"sign-in/email":                             {},
		"sign-in/email wrong password":              {interview.CodeUnauthenticated, "Invalid email or password.", 0},
		"sign-in/email invalid email":               {interview.CodeInvalid, "Invalid email.", 0},
		"rate limit: sign-in attempt 4 within 10 s": {interview.CodeRateLimited, "Too many requests. Please try again later.", 10},
		"404": {interview.CodeNotFound, "does not sign anybody in", 0},
		"503": {interview.CodeUnavailable, "503 Service Unavailable", 0},
		"302": {interview.CodeInvalid, "302 Found", 0},
	} {
		s := newIdentity(t, step)
		c, _ := identityClient(t, s, "")
		token, err := c.SignIn(t.Context(), "ann@example.com", "correct horse 1")
		if want.code == "" {
			if err != nil || token != "wpOM8gZQZwGZ29Moa7haAgGMevmcPwtX" {
				t.Errorf("%s: %q, %v", step, token, err)
			}
			continue
		}
		e := interview.AsError(err)
		if e == nil || e.Code != want.code || !strings.Contains(e.Message, want.says) || e.Details.RetryAfterSeconds != want.after {
			t.Errorf("%s: %v, want %s: %s", step, err, want.code, want.says)
		}
		if strings.Contains(err.Error(), "horse") {
			t.Errorf("%s: the error holds the password", step)
		}
		if len(s.seen) != 1 {
			t.Errorf("%s: tried %d times", step, len(s.seen))
		}
	}
}

func TestSessionEnd_SpeaksAsRecorded(t *testing.T) {
	t.Parallel()
	c, _ := identityClient(t, newIdentity(t, "get-session bearer raw token", "get-session bearer unknown token"), "wpOM8gZQZwGZ29Moa7haAgGMevmcPwtX")
	if ends, err := c.SessionEnd(t.Context()); err != nil || ends.UTC().Format(time.DateOnly) != "2026-11-30" {
		t.Errorf("%v, %v", ends, err)
	}
	if _, err := c.SessionEnd(t.Context()); interview.ErrorCode(err) != interview.CodeUnauthenticated {
		t.Error(err)
	}
}

func TestSignOut_IsRepeatedUntilItIsDone(t *testing.T) {
	t.Parallel()
	s := newIdentity(t, "503", "sign-out bearer")
	c, _ := identityClient(t, s, "token")
	if err := c.SignOut(t.Context()); err != nil {
		t.Fatal(err)
	}
	if want := []string{"503 as Bearer token", "sign-out bearer as Bearer token"}; !slices.Equal(s.seen, want) {
		t.Errorf("%q", s.seen)
	}
}

func TestDevice_WaitsAsTheServerAsks(t *testing.T) {
	t.Parallel()
	pending, slow := "device/token pending", "device/token slow_down"
	s := newIdentity(t, "device/code", pending, pending, slow, "503", "503", pending, "rate limit: sign-in attempt 4 within 10 s", "device/token success")
	s.steps["rate limit: sign-in attempt 4 within 10 s"] = limitedPoll(s)
	c, clock := identityClient(t, s, "")
	code, err := c.BeginDevice(t.Context(), "betterprofile-cli")
	if err != nil {
		t.Fatal(err)
	}
	if code.UserCode != "48356C4K" || code.Life != 30*time.Minute || code.Interval != 5*time.Second ||
		code.Address != "http://127.0.0.1:4101/device" || code.AddressCode != "http://127.0.0.1:4101/device?user_code=48356C4K" {
		t.Errorf("%+v", code)
	}
	token, err := c.AwaitDevice(t.Context(), code)
	if err != nil || token != "w40DaTsVLLCQtmQ4VbwJyuHOJyqRnZbs" {
		t.Errorf("%q, %v", token, err)
	}
	var seconds []int
	for _, d := range clock.slept {
		seconds = append(seconds, int(d.Seconds()))
	}
	if want := []int{5, 5, 5, 10, 20, 40, 10, 20}; !slices.Equal(seconds, want) {
		t.Errorf("waited %d s, want %d: each interval, 5 s more after slow_down, twice as long after each failure", seconds, want)
	}
}

// limitedPoll is a refusal for asking too often, at the endpoint that is polled.
func limitedPoll(s *identity) step {
	limited, poll := s.steps["rate limit: sign-in attempt 4 within 10 s"], s.steps["device/token pending"]
	limited.Request = poll.Request
	return limited
}

func TestDevice_EndsWithoutAToken(t *testing.T) {
	t.Parallel()
	for step, want := range map[string]interview.Code{
		"device/token denied":  interview.CodeForbidden,
		"device/token replay":  interview.CodeUnauthenticated, // somebody else has had it
		"device/token pending": interview.CodeUnauthenticated, // until it has expired
		"503":                  interview.CodeUnauthenticated,
		"500":                  interview.CodeInternal,
	} {
		s := newIdentity(t, "device/code", step)
		c, clock := identityClient(t, s, "")
		began := clock.now
		code, err := c.BeginDevice(t.Context(), "betterprofile-cli")
		if err != nil {
			t.Fatal(err)
		}
		token, err := c.AwaitDevice(t.Context(), code)
		if interview.ErrorCode(err) != want || token != "" {
			t.Errorf("%s: %q, %v", step, token, err)
		}
		if clock.now.Sub(began) > code.Life {
			t.Errorf("%s: waited %s", step, clock.now.Sub(began))
		}
		if exit := interview.ErrorCode(err).ExitStatus(); step != "500" && exit != 4 {
			t.Errorf("%s: exit status %d", step, exit)
		}
	}
}

func TestDevice_ServersThatMakeNoSense(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]string{
		`{}`:   "unavailable",
		`null`: "unavailable",
		`[1]`:  "unavailable",
		`{"device_code":"d","user_code":"u","verification_uri":"v"}`:                                                "0s 5s",
		`{"device_code":"d","user_code":"u","verification_uri":"v","expires_in":-1,"interval":-1}`:                  "0s 5s",
		`{"device_code":"d","user_code":"u","verification_uri":"v","expires_in":1000000000000,"interval":99999999}`: "24h0m0s 1m0s",
	} {
		c, _ := identityClient(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, answer) }), "")
		code, err := c.BeginDevice(t.Context(), "betterprofile-cli")
		got := code.Life.String() + " " + code.Interval.String()
		if err != nil {
			got = string(interview.ErrorCode(err))
		}
		if got != want {
			t.Errorf("%s: %s, want %s", answer, got, want)
		}
	}
}

func TestDevice_CtrlCWhileWaiting(t *testing.T) {
	t.Parallel()
	s := newIdentity(t, "device/code", "device/token pending")
	c, clock := identityClient(t, s, "")
	code, err := c.BeginDevice(t.Context(), "betterprofile-cli")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	clock.during = func(n int) {
		if n == 3 {
			cancel()
		}
	}
	if _, err := c.AwaitDevice(ctx, code); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if len(s.seen) != 3 {
		t.Errorf("%q", s.seen)
	}
}

func TestDevice_TokenThatComesAfterCtrlCIsGivenBack(t *testing.T) {
	t.Parallel()
	s := newIdentity(t, "device/code", "device/token success", "sign-out bearer")
	c, _ := identityClient(t, s, "")
	code, err := c.BeginDevice(t.Context(), "betterprofile-cli")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	s.on = func(step string) {
		if step == "device/token success" {
			cancel()
		}
	}
	if token, err := c.AwaitDevice(ctx, code); !errors.Is(err, context.Canceled) || token != "" {
		t.Errorf("%q, %v", token, err)
	}
	if want := "sign-out bearer as Bearer w40DaTsVLLCQtmQ4VbwJyuHOJyqRnZbs"; len(s.seen) != 3 || s.seen[2] != want {
		t.Errorf("%q, want %q at the end", s.seen, want)
	}
}

// silence never answers.
type silence struct{}

func (silence) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

func TestSignIn_CtrlCIsWaitedForOnlyAMoment(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, err := client.New("https://profile.example", "", client.Options{HTTPClient: &http.Client{Transport: silence{}}})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		_, err = c.SignIn(ctx, "ann@example.com", "correct horse 1")
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != 3*time.Second {
			t.Errorf("%v after %s", err, time.Since(began))
		}
	})
}

// renewing serves whoever has the token of the moment.
type renewing struct {
	mu    sync.Mutex
	token string
	seen  []string
}

func (s *renewing) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, _ = io.Copy(io.Discard, r.Body)
	s.seen = append(s.seen, r.Header.Get("Authorization"))
	if r.Header.Get("Authorization") != "Bearer "+s.token {
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = io.WriteString(w, `{"error":{"code":"unauthenticated","message":"Sign in first."}}`)
		return
	}
	_, _ = io.WriteString(w, `{"user":{"id":"ada"}}`)
}

func TestRenew_RefusedTokenIsReplacedAndTheRequestMadeAgain(t *testing.T) {
	t.Parallel()
	s := &renewing{token: "new"}
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	var mu sync.Mutex
	asked, stored := 0, "old"
	renew := func(refused string) string {
		mu.Lock()
		defer mu.Unlock()
		if asked++; refused != "old" {
			t.Errorf("%q was refused", refused)
		}
		return stored
	}
	c, err := client.New(h.URL, "old", client.Options{Renew: renew})
	if err != nil {
		t.Fatal(err)
	}
	for _, useless := range []string{"old", "", "a\nb", "other"} {
		stored = useless
		if _, err := c.Me(t.Context()); interview.ErrorCode(err) != interview.CodeUnauthenticated {
			t.Errorf("with %q: %v", useless, err)
		}
		if useless == "other" { // it was tried, and is the one in use now
			c, _ = client.New(h.URL, "old", client.Options{Renew: renew})
		}
	}
	stored, asked = "new", 0
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if me, err := c.Me(t.Context()); err != nil || me.User.ID != "ada" {
				t.Errorf("%v, %v", me, err)
			}
		})
	}
	wg.Wait()
	if asked != 1 {
		t.Errorf("asked %d times for one refused token", asked)
	}
}

func TestRenew_UploadIsNotSentTwice(t *testing.T) {
	t.Parallel()
	s := &renewing{token: "new"}
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	c, err := client.New(h.URL, "old", client.Options{Renew: func(string) string { return "new" }})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Import(t.Context(), strings.NewReader("{}\n")); interview.ErrorCode(err) != interview.CodeUnauthenticated || len(s.seen) != 1 {
		t.Errorf("%v after %q", err, s.seen)
	}
	if _, err := c.Me(t.Context()); err != nil || len(s.seen) != 2 {
		t.Errorf("the next request: %v after %q", err, s.seen)
	}
}
