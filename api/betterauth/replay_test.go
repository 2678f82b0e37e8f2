package betterauth_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/betterprofile/betterprofile/api/betterauth"
	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/storage"
	"github.com/betterprofile/betterprofile/storage/storagetest"
)

// recordedSecret is the one that the recordings were made with.
const recordedSecret = "test-secret-0123456789-0123456789-abcdef"

// recording is a list of exchanges with a real Better Auth.
type recording struct {
	Steps []exchange `json:"steps"`
}

type exchange struct {
	Name    string `json:"name"`
	Request struct {
		Method  string            `json:"method"`
		Path    string            `json:"path"`
		Headers map[string]string `json:"headers"`
		Body    any               `json:"body"`
	} `json:"request"`
	Response struct {
		Status  int            `json:"status"`
		Headers map[string]any `json:"headers"`
		Body    any            `json:"body"`
	} `json:"response"`
}

func readRecording(t *testing.T, name string) []exchange {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var rec recording
	if err := json.Unmarshal(text, &rec); err != nil || len(rec.Steps) == 0 {
		t.Fatalf("read %s: %v, %d steps", name, err, len(rec.Steps))
	}
	return rec.Steps
}

// clock is a time that tests set.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// forwarded is the client's address as the recordings have it.
func forwarded(r *http.Request) string { return r.Header.Get("X-Forwarded-For") }

// replay sends the requests of a recording with what our answers have in the places of recorded ids, tokens and codes.
type replay struct {
	handler http.Handler
	known   map[string]string // recorded text → ours
	admin   bool              // the columns of the admin plugin, which were not there when this was recorded, must be shown
}

// send sends the exchange's request and returns our answer.
func (r *replay) send(t *testing.T, e exchange) *http.Response {
	t.Helper()
	var body io.Reader = http.NoBody
	headers := http.Header{}
	switch b := e.Request.Body.(type) {
	case nil:
	case string:
		body = strings.NewReader(r.ours(b))
	default:
		text, err := json.Marshal(b)
		if err != nil {
			t.Fatal(err)
		}
		headers.Set("Content-Type", "application/json")
		body = strings.NewReader(r.ours(string(text)))
	}
	request := httptest.NewRequestWithContext(t.Context(), e.Request.Method, r.ours(e.Request.Path), body)
	for name, value := range e.Request.Headers {
		headers.Set(name, r.ours(value))
	}
	request.Header = headers
	w := httptest.NewRecorder()
	r.handler.ServeHTTP(w, request)
	return w.Result()
}

// ours replaces what is known, the longest first.
func (r *replay) ours(text string) string {
	keys := make([]string, 0, len(r.known))
	for recorded := range r.known {
		keys = append(keys, recorded)
	}
	slices.SortFunc(keys, func(a, b string) int { return len(b) - len(a) })
	var pairs []string
	for _, recorded := range keys {
		pairs = append(pairs, recorded, r.known[recorded])
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// learn notes which recorded text stands for which of ours.
func (r *replay) learn(recorded, got any) {
	switch recorded := recorded.(type) {
	case map[string]any:
		object, _ := got.(map[string]any)
		for key, value := range recorded {
			if s, ok := value.(string); ok && slices.Contains([]string{"id", "token", "access_token", "device_code", "user_code"}, key) {
				if mine, ok := object[key].(string); ok && len(s) >= 8 {
					r.known[s] = mine
					if key == "user_code" && len(mine) == 8 {
						r.known[typed(s)] = typed(mine)
					}
				}
				continue
			}
			r.learn(value, object[key])
		}
	case []any:
		array, _ := got.([]any)
		for i := range min(len(recorded), len(array)) {
			r.learn(recorded[i], array[i])
		}
	}
}

// typed is a user code as somebody may type it.
func typed(code string) string { return strings.ToLower(code[:4] + "-" + code[4:]) }

// learnCookies notes the values of cookies and of set-auth-token.
func (r *replay) learnCookies(e exchange, got *http.Response) {
	mine := got.Header.Values("Set-Cookie")
	for i, line := range recordedCookies(e) {
		if i < len(mine) {
			_, recorded, _ := strings.Cut(strings.SplitN(line, ";", 2)[0], "=")
			_, value, _ := strings.Cut(strings.SplitN(mine[i], ";", 2)[0], "=")
			if recorded != "" {
				r.known[recorded] = value
			}
		}
	}
	if signed, ok := e.Response.Headers["set-auth-token"].(string); ok {
		r.known[signed] = got.Header.Get("Set-Auth-Token")
	}
}

func recordedCookies(e exchange) []string {
	list, _ := e.Response.Headers["set-cookie"].([]any)
	lines := make([]string, len(list))
	for i, line := range list {
		lines[i], _ = line.(string)
	}
	return lines
}

// compare says how our answer differs from the recorded one, in status, headers, cookies, and what the body is made of.
func (r *replay) compare(e exchange, got *http.Response) []string {
	var differences []string
	report := func(format string, args ...any) { differences = append(differences, fmt.Sprintf(format, args...)) }
	if got.StatusCode != e.Response.Status {
		report("status %d, recorded %d", got.StatusCode, e.Response.Status)
	}
	for _, name := range []string{"content-type", "pragma", "location", "access-control-expose-headers"} {
		recorded, _ := e.Response.Headers[name].(string)
		if value := got.Header.Get(name); value != recorded {
			report("header %s %q, recorded %q", name, value, recorded)
		}
	}
	for _, name := range []string{"set-auth-token", "x-retry-after"} {
		recorded, _ := e.Response.Headers[name].(string)
		if value := got.Header.Get(name); (value == "") != (recorded == "") {
			report("header %s %q, recorded %q", name, value, recorded)
		}
	}
	if recorded, ok := e.Response.Headers["cache-control"]; ok && got.Header.Get("Cache-Control") != recorded {
		report("Cache-Control %q, recorded %q", got.Header.Get("Cache-Control"), recorded)
	}
	cookies, mine := recordedCookies(e), got.Header.Values("Set-Cookie")
	if want, have := r.shapes(cookies), r.shapes(mine); !slices.Equal(want, have) {
		report("cookies %q, recorded %q", have, want)
	}
	text, _ := io.ReadAll(got.Body)
	var body any = ""
	if len(text) > 0 {
		if err := json.Unmarshal(text, &body); err != nil {
			report("body %q: %v", text, err)
		}
	}
	recorded := e.Response.Body
	if recorded == "null" {
		recorded = nil
	}
	if r.admin {
		recorded = withAdmin(recorded)
	}
	differences = append(differences, unlike("body", recorded, body)...)
	r.learn(recorded, body)
	r.learnCookies(e, got)
	return differences
}

// withAdmin is a recorded body as it would be on the web platform's tables.
func withAdmin(recorded any) any {
	switch value := recorded.(type) {
	case map[string]any:
		for key := range value {
			value[key] = withAdmin(value[key])
		}
		if _, user := value["emailVerified"]; user {
			value["role"], value["banned"], value["banReason"], value["banExpires"] = "user", false, nil, nil
		}
		if _, session := value["expiresAt"]; session {
			value["impersonatedBy"] = nil
		}
	case []any:
		for i := range value {
			value[i] = withAdmin(value[i])
		}
	}
	return recorded
}

// shapes are the cookies without their values, but for "" and those that are ours to the letter.
func (r *replay) shapes(lines []string) []string {
	var shapes []string
	for _, line := range lines {
		pair, attributes, _ := strings.Cut(line, ";")
		name, value, _ := strings.Cut(pair, "=")
		switch {
		case value == "" || strings.HasSuffix(name, "dont_remember"):
		case len(value) > 32 && strings.HasSuffix(value, "%3D"):
			value = "SIGNED"
		default:
			value = "UNSIGNED"
		}
		shapes = append(shapes, name+"="+value+";"+attributes)
	}
	return shapes
}

// literal are the keys whose text is compared to the letter.
func literal(key string) bool {
	return slices.Contains([]string{
		"code", "message", "error", "error_description", "status", "email", "name", "providerId", "token_type", "scope", "client_id",
		"url", "verification_uri", "ipAddress", "userAgent",
	}, key)
}

// unlike lists how two values differ in keys, types and the text of some keys.
func unlike(path string, recorded, got any) []string {
	if reflect.TypeOf(recorded) != reflect.TypeOf(got) {
		return []string{fmt.Sprintf("%s: %T %v, recorded %T %v", path, got, got, recorded, recorded)}
	}
	var differences []string
	switch recorded := recorded.(type) {
	case map[string]any:
		object := got.(map[string]any)
		for key := range object {
			if _, ok := recorded[key]; !ok {
				differences = append(differences, path+"."+key+": not recorded")
			}
		}
		for key, value := range recorded {
			mine, ok := object[key]
			switch {
			case !ok:
				differences = append(differences, path+"."+key+": missing")
			case literal(key) && mine != value:
				differences = append(differences, fmt.Sprintf("%s.%s: %v, recorded %v", path, key, mine, value))
			default:
				differences = append(differences, unlike(path+"."+key, value, mine)...)
			}
		}
	case []any:
		array := got.([]any)
		if len(array) != len(recorded) {
			return []string{fmt.Sprintf("%s: %d elements, recorded %d", path, len(array), len(recorded))}
		}
		for i := range recorded {
			differences = append(differences, unlike(fmt.Sprintf("%s[%d]", path, i), recorded[i], array[i])...)
		}
	case bool, float64:
		if !strings.HasSuffix(path, "expires_in") && got != recorded {
			differences = append(differences, fmt.Sprintf("%s: %v, recorded %v", path, got, recorded))
		}
	}
	return differences
}

// layouts runs f with an empty database of each layout. Those of the web platform have the columns of the admin plugin.
func layouts(t *testing.T, f func(t *testing.T, admin bool, open func(now func() time.Time) interview.AccountStore)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		f(t, false, func(now func() time.Time) interview.AccountStore {
			return openStore(t, storagetest.SQLiteURL(t), now)
		})
	})
	for name, files := range map[string][]string{
		"fresh": nil, "a": {"layout-a.sql"}, "b": {"layout-b.sql"}, "c": {"layout-c.sql"}, "platform": {"platform-c-existing.sql"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f(t, name == "platform", func(now func() time.Time) interview.AccountStore {
				return openStore(t, storagetest.MigratedFrom(t, files...), now)
			})
		})
	}
}

func openStore(t *testing.T, url string, now func() time.Time) *storage.DB {
	t.Helper()
	db, err := storage.Open(t.Context(), storage.Options{URL: url, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func newHandler(t *testing.T, o betterauth.Options) *betterauth.Handler {
	t.Helper()
	h, err := betterauth.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestReplay_TranscriptOfBetterAuth(t *testing.T) {
	t.Parallel()
	ours := map[string]string{ // where we differ on purpose: what the recorded answer is with us
		"head": "status 200, recorded 404",
		"device/token form-encoded (RFC 8628 clients)": "status 400, recorded 415",
	}
	layouts(t, func(t *testing.T, admin bool, open func(func() time.Time) interview.AccountStore) {
		clock := newClock()
		handler := newHandler(t, betterauth.Options{
			Accounts: open(clock.now), Secrets: []string{recordedSecret}, BaseURL: "http://127.0.0.1:4101",
			NoLimits: true, Remote: forwarded, Clock: clock.now,
		})
		betterauth.Derive(handler, betterauth.Quick)
		r := &replay{known: map[string]string{}, handler: handler, admin: admin}
		for _, e := range readRecording(t, "transcript.json") {
			clock.add(17 * time.Millisecond) // so that sessions have an order
			if e.Name == "device/token success" {
				clock.add(6 * time.Second)
			}
			differences := r.compare(e, r.send(t, e))
			if want, ok := ours[e.Name]; ok {
				if len(differences) == 0 || differences[0] != want {
					t.Errorf("%s: %q, want first %q", e.Name, differences, want)
				}
				continue
			}
			for _, d := range differences {
				t.Errorf("%s: %s", e.Name, d)
			}
		}
	})
}

func TestReplay_LifeOfSessionsLimitsAndSecureCookies(t *testing.T) {
	t.Parallel()
	layouts(t, func(t *testing.T, admin bool, open func(func() time.Time) interview.AccountStore) {
		clock := newClock()
		store := open(clock.now)
		base := betterauth.Options{
			Accounts: store, Secrets: []string{recordedSecret}, BaseURL: "http://127.0.0.1:4100", Remote: forwarded, Clock: clock.now,
		}
		secure := base
		secure.BaseURL = "https://app.example.com"
		plain, overTLS := newHandler(t, base), newHandler(t, secure)
		betterauth.Derive(plain, betterauth.Quick)
		betterauth.Derive(overTLS, betterauth.Quick)
		r := &replay{known: map[string]string{}, admin: admin}
		left := func(d time.Duration) func() {
			return func() {
				token := r.known["iIY7qwk4FdyrB9vflkWvPUtupzCEemXO"]
				if err := store.ExtendSession(t.Context(), token, interview.At(clock.now().Add(d))); err != nil {
					t.Fatal(err)
				}
			}
		}
		const day = 24 * time.Hour
		before := map[string]func(){
			"get-session, 6d1h left: no refresh":                                     left(6*day + time.Hour),
			"get-session, 5d23h left: refreshed to now+7d, cookie re-issued":         left(5*day + 23*time.Hour),
			"get-session?disableRefresh=true, 5d23h left":                            left(5*day + 23*time.Hour),
			"list-sessions also refreshes (any session-guarded endpoint)":            left(5*day + 23*time.Hour),
			"get-session by bearer, 5d23h left: refreshed, set-auth-token re-issued": left(5*day + 23*time.Hour),
			"list-sessions, session created 25h ago (not fresh)":                     func() { clock.add(25 * time.Hour); left(7 * day)() },
			"get-session expired: null, cookies cleared, row deleted":                left(-time.Second),
		}
		for _, e := range readRecording(t, "special.json") {
			clock.add(time.Millisecond)
			if prepare := before[e.Name]; prepare != nil {
				prepare()
				delete(before, e.Name)
			}
			r.handler = plain
			if strings.HasPrefix(e.Name, "secure:") {
				r.handler = overTLS
			}
			if e.Name == "cookieCache: sign-in" { // we fill no cookie cache
				list, _ := e.Response.Headers["set-cookie"].([]any)
				e.Response.Headers["set-cookie"] = list[:1]
			}
			for _, d := range r.compare(e, r.send(t, e)) {
				t.Errorf("%s: %s", e.Name, d)
			}
		}
		for name := range before {
			t.Errorf("the recording has no step %q", name)
		}
	})
}
