package api_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/betterprofile/betterprofile/interview"
)

// cookie is the Cookie header of a session.
func cookie(token string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(token))
	return "better-auth.session_token=" + url.QueryEscape(token+"."+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
}

func TestIdentity_ACookieSignsInEverywhere(t *testing.T) {
	t.Parallel()
	e := setup(t)
	signed := []string{"Authorization", "", "Cookie", "theme=dark; " + cookie(e.token), "Origin", ownOrigin}
	if got := e.raw("GET", "/api/v1/me", "", signed...); got.status != http.StatusOK || !strings.Contains(got.body, e.user.ID) {
		t.Errorf("%d %s", got.status, got.body)
	}
	if got := e.raw("POST", "/api/v1/conversations", "{}", signed...); got.status != http.StatusCreated {
		t.Errorf("%d %s", got.status, got.body)
	}
	for _, root := range []string{"/rpc", "/api/rpc"} {
		if got := e.raw("POST", root+"/chat/listConversations", `{"json":{}}`, signed...); got.status != http.StatusOK || !strings.Contains(got.body, e.user.ID) {
			t.Errorf("%s: %d %s", root, got.status, got.body)
		}
	}
	if got := e.raw("GET", "/api/auth/get-session", "", signed...); got.status != http.StatusOK || !strings.Contains(got.body, e.user.ID) {
		t.Errorf("%d %s", got.status, got.body)
	}
	bad := strings.Replace(cookie(e.token), "=", "=x", 1)
	checkRefused(t, e.raw("GET", "/api/v1/me", "", "Authorization", "", "Cookie", bad), refused{interview.CodeUnauthenticated, ""})
	checkRefused(t, e.raw("GET", "/api/v1/me", "", "Authorization", "Bearer nobody", "Cookie", cookie(e.token)), refused{interview.CodeUnauthenticated, ""})
}

func TestIdentity_ForeignPagesCannotWriteWithACookie(t *testing.T) {
	t.Parallel()
	e := setup(t)
	c := "/api/v1/conversations/" + e.conversation()
	for _, source := range [][]string{
		{"Origin", "https://evil.example"}, {"Origin", "null"}, {"Referer", "https://evil.example/"}, {}, {"Origin", "https://app.example.com.evil.example"},
	} {
		signed := append([]string{"Authorization", "", "Cookie", cookie(e.token)}, source...)
		for _, write := range []struct{ method, path, body string }{
			{"POST", "/api/v1/conversations", "{}"},
			{"PATCH", c, `{"pinned":true}`},
			{"DELETE", c, ""},
			{"DELETE", "/api/v1/me", ""},
			{"POST", "/api/v1/forget", `{"matching":"x"}`},
		} {
			checkRefused(t, e.raw(write.method, write.path, write.body, signed...), refused{interview.CodeForbidden, ""})
		}
		if got := e.raw("POST", "/rpc/chat/sendMessage", `{"json":{"message":"x"}}`, signed...); got.status != http.StatusForbidden || !strings.Contains(got.body, `"code":"FORBIDDEN"`) {
			t.Errorf("%d %s", got.status, got.body)
		}
		if got := e.raw("GET", c, "", signed...); got.status != http.StatusOK {
			t.Errorf("reading from %q: %d", source, got.status)
		}
		if got := e.raw("PATCH", c, `{"pinned":true}`, append(signed, "Authorization", "Bearer "+e.token)...); got.status != http.StatusOK {
			t.Errorf("with a bearer token from %q: %d %s", source, got.status, got.body)
		}
	}
	for _, origin := range []string{ownOrigin, "https://app.example.com"} {
		if got := e.raw("PATCH", c, `{"pinned":true}`, "Authorization", "", "Cookie", cookie(e.token), "Origin", origin); got.status != http.StatusOK {
			t.Errorf("from %s: %d %s", origin, got.status, got.body)
		}
	}
}

func TestIdentity_TrustedOriginsMayReadAnswers(t *testing.T) {
	t.Parallel()
	e := setup(t)
	for _, path := range []string{"/api/v1/me", "/api/v1/conversations", "/rpc/chat/listConversations", "/api/rpc/__batch__", "/api/auth/get-session"} {
		preflight := []string{"Authorization", "", "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "content-type"}
		got := e.raw("OPTIONS", path, "", append(preflight, "Origin", "https://app.example.com")...)
		if got.status != http.StatusNoContent || got.header.Get("Access-Control-Allow-Origin") != "https://app.example.com" ||
			got.header.Get("Access-Control-Allow-Credentials") != "true" || got.header.Get("Access-Control-Allow-Headers") != "content-type" {
			t.Errorf("%s: %d %v", path, got.status, got.header)
		}
		got = e.raw("OPTIONS", path, "", append(preflight, "Origin", "https://evil.example")...)
		if got.status < 400 || got.header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s for a foreign origin: %d %v", path, got.status, got.header)
		}
	}
	for origin, allowed := range map[string]string{"https://app.example.com": "https://app.example.com", "https://evil.example": "", ownOrigin: "", "": ""} {
		got := e.raw("GET", "/api/v1/me", "", "Origin", origin)
		if got.header.Get("Access-Control-Allow-Origin") != allowed || strings.Join(got.header.Values("Vary"), ",") != "Origin" {
			t.Errorf("%q: %v", origin, got.header)
		}
	}
}

func TestIdentity_EndsOfSessionsCountAtOnce(t *testing.T) {
	t.Parallel()
	e := setup(t)
	me := func(token string) int { return e.raw("GET", "/api/v1/me", "", "Authorization", "Bearer "+token).status }
	post := func(path, body, token string) {
		t.Helper()
		if got := e.raw("POST", "/api/auth/"+path, body, "Authorization", "Bearer "+token); got.status != http.StatusOK {
			t.Fatalf("%s: %d %s", path, got.status, got.body)
		}
	}
	session := func() string {
		t.Helper()
		s, err := e.db.CreateSession(t.Context(), e.user.ID, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		if got := me(s.Token); got != http.StatusOK { // and it is remembered
			t.Fatalf("%d", got)
		}
		return s.Token
	}
	first, second, third := session(), session(), session()
	post("sign-out", "{}", first)
	post("revoke-session", `{"token":"`+second+`"}`, third)
	if me(first) != http.StatusUnauthorized || me(second) != http.StatusUnauthorized || me(third) != http.StatusOK {
		t.Errorf("%d, %d, %d", me(first), me(second), me(third))
	}
	post("revoke-other-sessions", "{}", third)
	if me(e.token) != http.StatusUnauthorized || me(third) != http.StatusOK {
		t.Errorf("%d, %d", me(e.token), me(third))
	}
}

func TestIdentity_ASessionInUseIsProlonged(t *testing.T) {
	t.Parallel()
	e := setup(t)
	s, err := e.db.CreateSession(t.Context(), e.user.ID, 5*24*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	got := e.raw("GET", "/api/v1/conversations", "", "Authorization", "", "Cookie", cookie(s.Token))
	set := got.header.Get("Set-Cookie")
	if got.status != http.StatusOK || !strings.HasPrefix(set, cookie(s.Token)) || !strings.Contains(set, "Max-Age=604800") || !strings.Contains(set, "HttpOnly") {
		t.Errorf("%d %q", got.status, set)
	}
	in, _, err := e.db.FindSession(t.Context(), s.Token)
	if err != nil || time.Until(in.ExpiresAt.Time) < 6*24*time.Hour {
		t.Errorf("%+v %v", in, err)
	}
	gone := e.raw("GET", "/api/v1/me", "", "Authorization", "", "Cookie", cookie("nobody"))
	if gone.status != http.StatusUnauthorized || !strings.Contains(strings.Join(gone.header.Values("Set-Cookie"), "\n"), "better-auth.session_token=; Max-Age=0") {
		t.Errorf("%d %v", gone.status, gone.header)
	}
}

func TestIdentity_ABannedUserIsOut(t *testing.T) {
	t.Parallel()
	var offset atomic.Int64
	e := setup(t, func(o *options) { o.api.Now = func() time.Time { return time.Now().Add(time.Duration(offset.Load())) } })
	if got := e.raw("GET", "/api/v1/me", ""); got.status != http.StatusOK {
		t.Fatalf("%d %s", got.status, got.body)
	}
	if err := e.db.BanUser(t.Context(), e.user.ID, "", nil); err != nil {
		t.Fatal(err)
	}
	offset.Store(int64(5 * time.Second))
	checkRefused(t, e.raw("GET", "/api/v1/me", ""), refused{interview.CodeUnauthenticated, ""})
}

func TestIdentity_PasswordsAndPagesPassThrough(t *testing.T) {
	t.Parallel()
	var l log
	e := setup(t, func(o *options) { o.api.Log = l.logger() })
	const person = `{"name":"Bob","email":"bob@example.org","password":"correct horse 1"}`
	got := e.raw("POST", "/api/auth/sign-up/email", person, "Authorization", "", "X-Request-Id", "up")
	var up struct{ Token string }
	if err := json.Unmarshal([]byte(got.body), &up); err != nil || got.status != http.StatusOK || up.Token == "" {
		t.Fatalf("%d %s", got.status, got.body)
	}
	if got := e.raw("GET", "/api/v1/me", "", "Authorization", "Bearer "+up.Token); !strings.Contains(got.body, "bob@example.org") {
		t.Errorf("%d %s", got.status, got.body)
	}
	page := e.raw("GET", "/device", "", "Authorization", "")
	if page.status != http.StatusOK || page.header.Get("Referrer-Policy") != "same-origin" || !strings.Contains(page.header.Get("Content-Security-Policy"), "form-action 'self'") {
		t.Errorf("%d %v", page.status, page.header)
	}
	if got := e.raw("GET", "/api/auth/nothing", ""); got.status != http.StatusNotFound || got.body != "" {
		t.Errorf("%d %s", got.status, got.body)
	}
	metrics := e.raw("GET", "/metrics", "").body
	for _, label := range []string{`route="/api/auth/sign-up/email"`, `route="/api/auth/*below"`, `route="/device"`} {
		if !strings.Contains(metrics, label) {
			t.Errorf("no metric has %s", label)
		}
	}
	if strings.Contains(metrics, "nothing") {
		t.Error("a made-up path became a label")
	}
	text := l.String()
	if !strings.Contains(text, `"msg":"audit","request":"up","audit":{"action":"signed_up"`) || !strings.Contains(text, `"client":"127.0.0.1"`) {
		t.Errorf("%s", text)
	}
}

func TestIdentity_WithoutOneThereAreOnlyTokens(t *testing.T) {
	t.Parallel()
	e := setup(t, func(o *options) { o.tokens = true })
	if got := e.raw("GET", "/api/v1/me", "", "Origin", "https://app.example.com"); got.status != http.StatusOK || got.header.Get("Vary") != "" {
		t.Errorf("%d %v", got.status, got.header)
	}
	checkRefused(t, e.raw("GET", "/api/v1/me", "", "Authorization", "", "Cookie", cookie(e.token)), refused{interview.CodeUnauthenticated, ""})
	if got := e.raw("POST", "/rpc/chat/listConversations", `{"json":{}}`); got.status != http.StatusOK {
		t.Errorf("%d %s", got.status, got.body)
	}
	for _, path := range []string{"/api/auth/ok", "/device"} {
		checkRefused(t, e.raw("GET", path, ""), refused{interview.CodeNotFound, ""})
	}
}

func TestHSTS_IsSentWhereItIsAskedFor(t *testing.T) {
	t.Parallel()
	for _, on := range []bool{true, false} {
		e := setup(t, func(o *options) { o.api.HSTS = on })
		for _, path := range []string{"/healthz", "/api/auth/ok", "/nope"} {
			if got := e.raw("GET", path, "").header.Get("Strict-Transport-Security"); (got == "max-age=31536000") != on {
				t.Errorf("%t: %q", on, got)
			}
		}
	}
}

func TestErase_RemovesTheUserAndEndsTheSessions(t *testing.T) {
	t.Parallel()
	var l log
	g := newGate("a")
	e := setup(t, func(o *options) { o.agent.reply, o.api.Log = g.reply, l.logger() })
	c, id := e.conversation(), interview.NewID()
	events := make(chan turn, 1)
	go func() { events <- follow(e.Send(t.Context(), c, interview.TurnInput{ID: id, Content: "x"})) }()
	g.pass(1) // a reply runs
	other, err := e.db.CreateSession(t.Context(), e.user.ID, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	for _, token := range []string{e.token, other.Token} {
		if got := e.raw("GET", "/api/v1/me", "", "Authorization", "Bearer "+token); got.status != http.StatusOK {
			t.Fatal(got.status)
		}
	}
	if got := e.raw("DELETE", "/api/v1/me", ""); got.status != http.StatusNoContent || got.body != "" {
		t.Fatalf("%d %s", got.status, got.body)
	}
	if err := (<-events).err; err == nil {
		t.Error("the reply of an erased user came to its end")
	}
	for _, token := range []string{e.token, other.Token} {
		checkRefused(t, e.raw("GET", "/api/v1/me", "", "Authorization", "Bearer "+token), refused{interview.CodeUnauthenticated, ""})
	}
	if _, err := e.db.GetUser(t.Context(), e.user.ID); interview.ErrorCode(err) != interview.CodeNotFound {
		t.Errorf("%v", err)
	}
	if !strings.Contains(l.String(), `"audit":{"action":"user_erased","user":"`+e.user.ID+`","client":"127.0.0.1"}`) {
		t.Errorf("%s", l.String())
	}
}
