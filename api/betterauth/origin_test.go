package betterauth_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/betterprofile/betterprofile/interview"
)

func TestOrigins_OfWritesWithACookie(t *testing.T) {
	t.Parallel()
	s := start(t)
	session := cookie(s.signedIn())
	for origin, code := range map[string]string{
		ownOrigin:                                    "",
		"https://app.example.com":                    "",
		"https://a.b.preview.example.com":            "",
		"HTTPS://APP.example.com:443":                "",
		"https://evilpreview.example.com":            "INVALID_ORIGIN",
		"http://app.example.com":                     "INVALID_ORIGIN",
		"https://app.example.com:8443":               "INVALID_ORIGIN",
		"https://app.example.com.evil.example":       "INVALID_ORIGIN",
		"https://evil.example/app.example.com":       "INVALID_ORIGIN",
		"https://evil.example#.preview.example.com":  "INVALID_ORIGIN",
		"https://evil.example\\.preview.example.com": "INVALID_ORIGIN",
		"https://x@app.example.com":                  "INVALID_ORIGIN",
		"http://127.0.0.1:4101.evil.example":         "INVALID_ORIGIN",
		"http://127.0.0.1":                           "INVALID_ORIGIN",
		"app.example.com":                            "INVALID_ORIGIN",
		"null":                                       "MISSING_OR_NULL_ORIGIN",
	} {
		for _, header := range []string{"Origin", "Referer"} {
			got := s.do("POST", "/api/auth/update-user", `{"name":"A"}`, "Cookie", session, header, origin)
			if code == "" && got.StatusCode != http.StatusOK {
				t.Errorf("%s %s: %d %s", header, origin, got.StatusCode, got.text)
			} else if code != "" {
				refused(t, got, http.StatusForbidden, code)
			}
		}
	}
}

func TestOrigins_AreNotAskedOfBearers(t *testing.T) {
	t.Parallel()
	s := start(t)
	got := s.do("POST", "/api/auth/update-user", `{"name":"A"}`, "Authorization", "Bearer "+s.signedIn(), "Origin", "https://evil.example")
	if got.StatusCode != http.StatusOK {
		t.Errorf("answered %d %s", got.StatusCode, got.text)
	}
}

func TestCheckOrigin_ForOtherRoutes(t *testing.T) {
	t.Parallel()
	s := start(t)
	token := s.signedIn()
	for _, c := range []struct {
		method string
		header http.Header
		ok     bool
	}{
		{"POST", http.Header{"Cookie": {cookie(token)}, "Origin": {ownOrigin}}, true},
		{"POST", http.Header{"Cookie": {cookie(token)}, "Origin": {"https://evil.example"}}, false},
		{"DELETE", http.Header{"Cookie": {cookie(token)}}, false},
		{"GET", http.Header{"Cookie": {cookie(token)}, "Origin": {"https://evil.example"}}, true},
		{"POST", http.Header{"Cookie": {cookie(token)}, "Authorization": {"Bearer x"}, "Origin": {"https://evil.example"}}, true},
		{"POST", http.Header{"Cookie": {cookie(token)}, "Authorization": {"Bearer x.y"}, "Origin": {"https://evil.example"}}, false},
		{"POST", http.Header{"Origin": {"https://evil.example"}}, true},
	} {
		r := httptest.NewRequestWithContext(t.Context(), c.method, "/rpc/chat/sendMessage", nil)
		r.Header = c.header
		err := s.CheckOrigin(r)
		if (err == nil) != c.ok || err != nil && interview.ErrorCode(err) != interview.CodeForbidden {
			t.Errorf("%s %v: %v", c.method, c.header, err)
		}
	}
}

func TestCORS_OnlyForTrustedOrigins(t *testing.T) {
	t.Parallel()
	s := start(t)
	preflight := []string{"Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "authorization, content-type"}
	got := s.do("OPTIONS", "/api/auth/sign-in/email", "", append(preflight, "Origin", "https://app.example.com")...)
	want := map[string]string{
		"Access-Control-Allow-Origin": "https://app.example.com", "Access-Control-Allow-Credentials": "true",
		"Access-Control-Allow-Headers": "authorization, content-type", "Vary": "Origin",
	}
	for name, value := range want {
		if got.Header.Get(name) != value {
			t.Errorf("%s: %q", name, got.Header.Get(name))
		}
	}
	if got.StatusCode != http.StatusNoContent || !strings.Contains(got.Header.Get("Access-Control-Allow-Methods"), "POST") {
		t.Errorf("answered %d %v", got.StatusCode, got.Header)
	}
	for _, origin := range []string{"https://evil.example", "null", "*", ""} {
		got := s.do("OPTIONS", "/api/auth/sign-in/email", "", append(preflight, "Origin", origin)...)
		if got.StatusCode != http.StatusNotFound || got.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: %d %v", origin, got.StatusCode, got.Header)
		}
	}
	got = s.do("GET", "/api/auth/get-session", "", "Origin", "https://app.example.com")
	if exposed := got.Header.Get("Access-Control-Expose-Headers"); !strings.Contains(exposed, "set-auth-token") || !strings.Contains(exposed, "X-Retry-After") {
		t.Errorf("exposed is %q", exposed)
	}
}

func TestCallback_LeadsNowhereElse(t *testing.T) {
	t.Parallel()
	s := start(t)
	sendTo := func(to string) answer {
		body := `{"email":"ada@example.com","password":"` + password + `","callbackURL":` + quote(to) + `}`
		return s.do("POST", "/api/auth/sign-in/email", body)
	}
	for _, to := range []string{
		"https://evil.example/x", "//evil.example", `/\evil.example`, "/%2fevil.example", "/%5Cevil.example", `\\evil.example`,
		"https:evil.example", "https:/evil.example", "javascript:alert(1)", "data:text/html,x", "https://app.example.com@evil.example",
		"https://evil.example\\@app.example.com", "https://app.example.com.evil.example", "evil.example", "/x\r\nSet-Cookie: a=b",
		"/x\nb", "/x y", "/<script>", "https://app.example.com/\r\nx", "http://app.example.com/", " https://app.example.com/",
	} {
		got := sendTo(to)
		refused(t, got, http.StatusForbidden, "INVALID_CALLBACK_URL")
		if got.Header.Get("Location") != "" || len(got.Header.Values("Set-Cookie")) > 0 {
			t.Errorf("%q: %v", to, got.Header)
		}
	}
	for _, to := range []string{"/", "/interview", "/a/b?c=d&e=%20f", "https://app.example.com/x", ownOrigin + "/y"} {
		if got := sendTo(to); got.StatusCode != http.StatusOK || got.Header.Get("Location") != to {
			t.Errorf("%q: %d %s", to, got.StatusCode, got.text)
		}
	}
}
