package setup_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/betterprofile/betterprofile/agent/openai/openaitest"
	"github.com/betterprofile/betterprofile/cmd/setup"
	"github.com/betterprofile/betterprofile/interview"
)

// journal is a log that can be read while it is written.
type journal struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buf.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buf.String()
}

// What must never be in a log. Each begins with the same mark, so that a part of it is found too.
const (
	mark         = "HUSHHUSH"
	markKey      = "sk-" + mark + "key"
	markSecret   = mark + "secret0123456789012345678901234567"
	markPassword = mark + "password"
	markText     = "I rebuilt the " + mark + " handover of our ward [fake:401] with 12 nurses."
	markEmail    = "hushhush-ada@example.org"
)

// visitor makes requests to a server, and keeps the tokens that it was given.
type visitor struct {
	*testing.T
	url    string
	token  string
	tokens []string
}

// ask makes a request and returns the answer's body. Header is pairs.
func (v *visitor) ask(method, path, body string, header ...string) string {
	v.Helper()
	req, err := http.NewRequestWithContext(v.Context(), method, v.url+path, strings.NewReader(body))
	if err != nil {
		v.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if v.token != "" {
		req.Header.Set("Authorization", "Bearer "+v.token)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		v.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		v.Fatal(err)
	}
	if token := resp.Header.Get("Set-Auth-Token"); token != "" {
		v.tokens = append(v.tokens, token)
	}
	return string(answer)
}

// field is a string of a JSON answer, by its name.
func (v *visitor) field(answer, name string) string {
	v.Helper()
	found := regexp.MustCompile(`"` + name + `":\s?"([^"]+)"`).FindStringSubmatch(answer)
	if found == nil {
		v.Fatalf("no %s in %s", name, answer)
	}
	return found[1]
}

// TestLog_HoldsNoTextTokenPasswordOrKey uses everything there is, well and badly, and looks for what was sent and received in the server's log.
func TestLog_HoldsNoTextTokenPasswordOrKey(t *testing.T) {
	t.Parallel()
	model, err := openaitest.Start("127.0.0.1:0", openaitest.Directives(), openaitest.Key(markKey))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(model.Close)
	config, _, problems := load(map[string]string{
		"DATABASE_URL": "sqlite:" + filepath.Join(t.TempDir(), "server.db"), "BETTERPROFILE_ADDR": "127.0.0.1:0", "BETTERPROFILE_SHUTDOWN_GRACE": "1s",
		"BETTERPROFILE_ENCRYPTION_KEYS": "main:SFVTSEhVU0hIVVNISFVTSEhVU0hIVVNISFVTSEhVU0g=", "OPENAI_BASE_URL": model.URL(), "OPENAI_API_KEY": markKey,
		"BETTER_AUTH_SECRET": markSecret, "BETTERPROFILE_LOG_LEVEL": "debug", "BETTERPROFILE_REQUESTS_PER_MIN": "0", "BETTERPROFILE_RATE_LIMIT_PER_MIN": "0",
	})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	var log journal
	s, err := setup.Start(t.Context(), config, setup.Options{Version: "test", Log: slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	if err != nil {
		t.Fatal(err)
	}
	v := &visitor{T: t, url: s.URL}
	v.signIn()
	v.talk()
	v.breakThings()
	v.leave()
	if err := s.Close(t.Context()); err != nil {
		t.Error(err)
	}
	text := log.String()
	for _, secret := range append(v.tokens, mark, "SFVTSEhVU0h", markEmail, "handover") {
		if strings.Contains(strings.ToLower(text), strings.ToLower(secret)) {
			t.Errorf("the log has %q", secret)
		}
	}
	for _, happened := range []string{
		"signed_up", "signed_in", "sign_in_failed", "device_approved", "device_signed_in", "password_changed", "exported", "imported", "forgotten", "signed_out",
		"user_erased",
	} {
		if !strings.Contains(text, `"audit":{"action":"`+happened+`"`) {
			t.Errorf("nothing says that somebody %s", happened)
		}
	}
	if len(v.tokens) < 5 || !strings.Contains(text, `"msg":"the built-in interviewer stands in for the model"`) {
		t.Errorf("%d tokens were met; %s", len(v.tokens), text)
	}
	if t.Failed() {
		t.Log(text)
	}
}

// signIn makes an account and signs in in all ways.
func (v *visitor) signIn() {
	v.Helper()
	sign := func(path string, body map[string]string) string {
		v.Helper()
		b, err := json.Marshal(body)
		if err != nil {
			v.Fatal(err)
		}
		return v.ask("POST", "/api/auth/"+path, string(b))
	}
	answer := sign("sign-up/email", map[string]string{"name": mark, "email": markEmail, "password": markPassword})
	v.tokens = append(v.tokens, v.field(answer, "token"))
	sign("sign-in/email", map[string]string{"email": markEmail, "password": mark + "wrong"})
	sign("sign-in/email", map[string]string{"email": mark + "nobody@example.org", "password": markPassword})
	device := v.ask("POST", "/api/auth/device/code", `{"client_id":"betterprofile-cli"}`)
	deviceCode, userCode := v.field(device, "device_code"), v.field(device, "user_code")
	v.tokens = append(v.tokens, deviceCode, userCode)
	v.token = v.field(answer, "token")
	v.ask("GET", "/api/auth/device?user_code="+userCode, "")
	v.ask("POST", "/api/auth/device/approve", `{"userCode":"`+userCode+`"}`)
	redeemed := v.ask("POST", "/api/auth/device/token",
		`{"grant_type":"urn:ietf:params:oauth:grant-type:device_code","device_code":"`+deviceCode+`","client_id":"betterprofile-cli"}`)
	v.tokens = append(v.tokens, v.field(redeemed, "access_token"))
	sign("change-password", map[string]string{"currentPassword": markPassword, "newPassword": markPassword + "2"})
	signedIn := v.ask("POST", "/api/auth/sign-in/email", `{"email":"`+markEmail+`","password":"`+markPassword+`2"}`)
	if strings.Contains(signedIn, `"token"`) { // unless the limit on guessing came first
		v.tokens = append(v.tokens, v.field(signedIn, "token"))
	}
	v.ask("POST", "/device", url.Values{"action": {"sign-in"}, "email": {markEmail}, "password": {markPassword}}.Encode(),
		"Content-Type", "application/x-www-form-urlencoded", "Origin", v.url, "Authorization", "")
}

// talk uses the API as it is meant.
func (v *visitor) talk() {
	v.Helper()
	conversation := v.field(v.ask("POST", "/api/v1/conversations", `{"title":"`+mark+`"}`), "id")
	message := interview.NewID()
	content, err := json.Marshal(map[string]string{"id": message, "content": markText})
	if err != nil {
		v.Fatal(err)
	}
	base := "/api/v1/conversations/" + conversation
	v.ask("POST", base+"/messages", string(content))
	v.ask("POST", base+"/messages", strings.Replace(string(content), message, interview.NewID(), 1), "Accept", "text/event-stream")
	v.ask("PATCH", base, `{"title":"`+mark+`2"}`)
	v.ask("GET", "/api/v1/search?q="+mark, "")
	v.ask("GET", "/api/v1/conversations?q="+mark, "")
	v.ask("GET", base+"/export?format=markdown", "")
	v.ask("POST", "/rpc/chat/sendMessage", `{"json":{"message":"`+mark+`"}}`)
	v.ask("POST", "/rpc/chat/streamMessage", `{"json":{"message":"`+mark+` [fake:400]"}}`)
	v.ask("POST", "/rpc/__batch__", `[{"url":"/rpc/chat/listConversations","body":{"json":{"`+mark+`":1}}}]`, "X-Orpc-Batch", "buffered")
	all := v.ask("GET", "/api/v1/me/export", "")
	v.ask("POST", "/api/v1/me/import", all, "Content-Type", interview.ExportType)
	v.ask("POST", "/api/v1/forget", `{"matching":"`+mark+`"}`)
}

// breakThings sends what is refused, with secrets in all places.
func (v *visitor) breakThings() {
	v.Helper()
	for _, directive := range []string{"400", "malformed", "html", "figure", "echo", "quota"} {
		v.ask("POST", "/rpc/chat/sendMessage", `{"json":{"message":"My `+mark+` ward [fake:`+directive+`] was busy."}}`)
	}
	for _, path := range []string{
		"/" + mark, "/api/v1/" + mark, "/api/v1/conversations/" + mark, "/api/v1/conversations?" + mark + "=1", "/api/auth/" + mark, "/rpc/" + mark,
		"/device?user_code=" + mark, "/api/auth/get-session?x=" + mark,
	} {
		for _, method := range []string{"GET", "POST", "DELETE", "PUT"} {
			v.ask(method, path, `{"`+mark+`":"`+mark+`"`)
		}
	}
	for _, header := range [][2]string{
		{"Authorization", "Bearer " + mark + "token"},
		{"Authorization", "Basic " + mark},
		{"Cookie", "better-auth.session_token=" + mark + ".x"},
		{"Last-Event-ID", mark},
		{"Traceparent", mark},
		{"Origin", "https://" + mark + ".example"},
		{"If-None-Match", mark},
		{"X-Forwarded-For", mark},
	} {
		v.ask("GET", "/api/v1/me", "", header[0], header[1])
		v.ask("POST", "/api/v1/conversations", `{"id":"`+mark+`"}`, header[0], header[1])
	}
	v.ask("POST", "/api/v1/me/import", `{"type":"`+mark+`"}`, "Content-Type", interview.ExportType)
}

// leave signs out and erases the account.
func (v *visitor) leave() {
	v.Helper()
	keep := v.token
	v.token = v.tokens[len(v.tokens)-1]
	for _, token := range v.tokens {
		if len(token) == 32 && token != keep {
			v.token = token
		}
	}
	v.ask("POST", "/api/auth/sign-out", "{}")
	v.token = keep
	v.ask("DELETE", "/api/v1/me", "")
}
