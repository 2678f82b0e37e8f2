package betterauth_test

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/betterprofile/betterprofile/api/betterauth"
	"github.com/betterprofile/betterprofile/interview"
)

// form posts to the page as a browser that is on it does.
func (s *setup) form(values string, headers ...string) answer {
	s.Helper()
	return s.do("POST", "/device", values, append([]string{"Origin", ownOrigin}, headers...)...)
}

// cookies is the Cookie header with what the answer set.
func (a answer) cookies() string {
	var pairs []string
	for _, line := range a.Header.Values("Set-Cookie") {
		pairs = append(pairs, strings.SplitN(line, ";", 2)[0])
	}
	return strings.Join(pairs, "; ")
}

func heading(a answer) string {
	if m := regexp.MustCompile(`<h1>([^<]*)</h1>`).FindStringSubmatch(a.text); m != nil {
		return m[1]
	}
	return ""
}

func TestPage_FromSignInToApproval(t *testing.T) {
	t.Parallel()
	s := start(t)
	d := s.terminal()
	spoken := d.userCode[:4] + "-" + d.userCode[4:]

	got := s.do("GET", "/device?user_code="+strings.ToLower(spoken), "")
	if heading(got) != "Sign in to connect a terminal" || !strings.Contains(got.text, spoken) || strings.Contains(got.text, "betterprofile-cli") {
		t.Fatalf("anonymous: %d %s", got.StatusCode, got.text)
	}
	got = s.form("action=sign-in&email=ada%40example.com&password=" + url.QueryEscape(password) + "&user_code=" + d.userCode)
	if got.StatusCode != http.StatusSeeOther || got.Header.Get("Location") != "/device?user_code="+d.userCode {
		t.Fatalf("signed in: %d %v", got.StatusCode, got.Header)
	}
	session := got.cookies()
	if !strings.Contains(session, "dont_remember") || strings.Contains(strings.Join(got.Header.Values("Set-Cookie"), ""), "Max-Age") {
		t.Errorf("the session outlives the browser: %q", got.Header.Values("Set-Cookie"))
	}
	got = s.do("GET", got.Header.Get("Location"), "", "Cookie", session)
	if heading(got) != "Connect this terminal?" {
		t.Fatalf("decide: %d %s", got.StatusCode, got.text)
	}
	for _, text := range []string{spoken, "betterprofile-cli", "chat", "ada@example.com"} {
		if !strings.Contains(got.text, text) {
			t.Errorf("the page does not show %q", text)
		}
	}
	refused(t, d.poll(), http.StatusBadRequest, "authorization_pending")
	got = s.form("action=approve&user_code="+d.userCode, "Cookie", session)
	if heading(got) != "The terminal is connected" {
		t.Fatalf("approve: %d %s", got.StatusCode, got.text)
	}
	if got := d.poll(); got.object(t)["token_type"] != "Bearer" {
		t.Errorf("the terminal got %s", got.text)
	}
	if got := s.form("action=approve&user_code="+d.userCode, "Cookie", session); got.StatusCode != http.StatusBadRequest || heading(got) != "Enter the code from your terminal" {
		t.Errorf("approved again: %d %s", got.StatusCode, got.text)
	}
}

func TestPage_Deny(t *testing.T) {
	t.Parallel()
	s := start(t)
	d, session := s.terminal(), cookie(s.signedIn())
	s.do("GET", "/device?user_code="+d.userCode, "", "Cookie", session)
	if got := s.form("action=deny&user_code="+d.userCode, "Cookie", session); heading(got) != "The terminal was refused" {
		t.Errorf("deny: %d %s", got.StatusCode, got.text)
	}
	refused(t, d.poll(), http.StatusBadRequest, "access_denied")
}

func TestPage_SignOut(t *testing.T) {
	t.Parallel()
	s := start(t)
	token := s.signedIn()
	got := s.form("action=sign-out", "Cookie", cookie(token))
	if _, _, err := s.store.FindSession(t.Context(), token); err == nil || got.StatusCode != http.StatusSeeOther || got.Header.Get("Location") != "/device" {
		t.Errorf("answered %d %v", got.StatusCode, got.Header)
	}
}

func TestPage_FormsFromElsewhereDoNothing(t *testing.T) {
	t.Parallel()
	s := start(t)
	d, session := s.terminal(), cookie(s.signedIn())
	s.do("GET", "/device?user_code="+d.userCode, "", "Cookie", session)
	signIn := "action=sign-in&email=ada%40example.com&password=" + url.QueryEscape(password)
	for _, headers := range [][]string{
		{},
		{"Origin", "null"},
		{"Origin", "https://evil.example"},
		{"Referer", "https://evil.example/x"},
		{"Origin", "https://app.example.com"}, // may use the API, but is not this page
		{"Origin", ownOrigin, "Sec-Fetch-Site", "cross-site"},
	} {
		got := s.do("POST", "/device", "action=approve&user_code="+d.userCode, append(headers, "Cookie", session)...)
		if got.StatusCode != http.StatusForbidden || !strings.Contains(got.text, "another site") {
			t.Errorf("%v: %d", headers, got.StatusCode)
		}
		if got := s.do("POST", "/device", signIn, headers...); got.StatusCode != http.StatusForbidden || got.Header.Get("Set-Cookie") != "" {
			t.Errorf("sign-in, %v: %d %v", headers, got.StatusCode, got.Header)
		}
	}
	refused(t, d.poll(), http.StatusBadRequest, "authorization_pending")
}

func TestPage_HeadersKeepItAlone(t *testing.T) {
	t.Parallel()
	s := start(t)
	got := s.do("GET", "/device", "")
	style := regexp.MustCompile(`(?s)<style>(.*?)</style>`).FindStringSubmatch(got.text)
	if style == nil {
		t.Fatal("no style")
	}
	sum := sha256.Sum256([]byte(style[1]))
	want := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
	if policy := got.Header.Get("Content-Security-Policy"); policy != want {
		t.Errorf("the policy is %q, want %q", policy, want)
	}
	for name, value := range map[string]string{
		"X-Frame-Options": "DENY", "Referrer-Policy": "same-origin", "Cache-Control": "no-store",
		"X-Content-Type-Options": "nosniff", "Content-Type": "text/html; charset=utf-8",
	} {
		if got.Header.Get(name) != value {
			t.Errorf("%s: %q", name, got.Header.Get(name))
		}
	}
	if got := s.do("PUT", "/device", ""); got.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("PUT: %d", got.StatusCode)
	}
}

func TestPage_ShowsForeignTextAsText(t *testing.T) {
	t.Parallel()
	s := start(t)
	asked := s.do("POST", "/api/auth/device/code", `{"client_id":"<script>alert(1)</script>","scope":"\"><img src=x>\u0000"}`).object(t)
	code, _ := asked["user_code"].(string)
	for _, got := range []answer{
		s.do("GET", "/device?user_code="+code, "", "Cookie", cookie(s.signedIn())),
		s.do("GET", "/device?user_code=%22%3E%3Cscript%3E%0d%0aX", ""),
		s.form("action=sign-in&email=%22%3E%3Cscript%3E&password=x"),
		s.form("action=nothing&user_code=%0d%0aSet-Cookie%3a+a%3db"),
	} {
		if strings.Contains(got.text, "<script") || strings.Contains(got.text, "<img") || strings.ContainsAny(got.Header.Get("Location"), "\r\n:; ") {
			t.Errorf("answered %v %s", got.Header, got.text)
		}
	}
}

// TestPage_IsAccessible checks what can be checked without a browser, on every step.
func TestPage_IsAccessible(t *testing.T) {
	t.Parallel()
	s := start(t)
	d, denied, session := s.terminal(), s.terminal(), cookie(s.signedIn())
	titles := map[string]bool{}
	for _, got := range []answer{
		s.do("GET", "/device", ""),
		s.form("action=sign-in&email=ada%40example.com&password=wrong"),
		s.do("GET", "/device", "", "Cookie", session),
		s.do("GET", "/device?user_code=ZZZZZZZZ", "", "Cookie", session),
		s.do("GET", "/device?user_code="+d.userCode, "", "Cookie", session),
		s.form("action=approve&user_code="+d.userCode, "Cookie", session),
		s.do("GET", "/device?user_code="+denied.userCode, "", "Cookie", session),
		s.form("action=deny&user_code="+denied.userCode, "Cookie", session),
	} {
		title := regexp.MustCompile(`<title>(.*)</title>`).FindStringSubmatch(got.text)
		if title == nil || !strings.Contains(got.text, `<html lang="en">`) || strings.Count(got.text, "<h1>") != 1 || strings.Count(got.text, "<main>") != 1 {
			t.Fatalf("the page has no title, language, heading or main part: %s", got.text)
		}
		titles[title[1]] = true
		for _, field := range regexp.MustCompile(`<input id="(\w+)"`).FindAllStringSubmatch(got.text, -1) {
			if !strings.Contains(got.text, `<label for="`+field[1]+`">`) {
				t.Errorf("%s has no label", field[1])
			}
		}
		problem := strings.Contains(got.text, `role="alert"`)
		if problem != (got.StatusCode >= 400) || problem != strings.HasPrefix(title[1], "Error: ") {
			t.Errorf("status %d, title %q, alert %v", got.StatusCode, title[1], problem)
		}
		if problem && (!strings.Contains(got.text, `aria-describedby="problem"`) || !strings.Contains(got.text, `autofocus`)) {
			t.Errorf("the problem is not tied to its field: %s", got.text)
		}
		if strings.Contains(got.text, "<script") || strings.Contains(got.text, "style=") {
			t.Error("there is a script or an inline style")
		}
	}
	if len(titles) != 7 {
		t.Errorf("the titles are %v", titles)
	}
}

func TestPage_LimitsGuessesButNotLoadingAgain(t *testing.T) {
	t.Parallel()
	s := start(t, func(o *betterauth.Options) {
		o.NoLimits, o.Remote = false, func(*http.Request) string { return "203.0.113.7" }
	})
	d, session := s.terminal(), cookie(s.signedIn())
	for range 10 {
		if got := s.do("GET", "/device?user_code="+d.userCode, "", "Cookie", session); got.StatusCode != http.StatusOK {
			t.Fatalf("loaded again: %d", got.StatusCode)
		}
	}
	for range 4 {
		if got := s.do("GET", "/device?user_code=ZZZZZZZZ", "", "Cookie", session); got.StatusCode != http.StatusBadRequest {
			t.Fatalf("a guess: %d", got.StatusCode)
		}
	}
	other := s.terminal()
	for _, code := range []string{"ZZZZZZZZ", other.userCode} {
		got := s.do("GET", "/device?user_code="+code, "", "Cookie", session)
		if got.StatusCode != http.StatusTooManyRequests || got.Header.Get("Retry-After") == "" || strings.Contains(got.text, "betterprofile-cli") {
			t.Errorf("%s: %d %s", code, got.StatusCode, got.text)
		}
	}
}

func TestPage_OtherPersonsCode(t *testing.T) {
	t.Parallel()
	s := start(t, func(o *betterauth.Options) { o.BaseURL = ownOrigin + "/" })
	d := s.terminal()
	eve, err := s.store.CreateAccount(t.Context(), interview.NewAccount{Email: "eve@example.com"})
	if err != nil {
		t.Fatal(err)
	}
	in, err := s.store.StartSession(t.Context(), interview.NewSignIn{UserID: eve.ID, For: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	s.do("GET", "/device?user_code="+d.userCode, "", "Cookie", cookie(in.Token))
	session := cookie(s.signedIn())
	got := s.do("GET", "/device?user_code="+d.userCode, "", "Cookie", session)
	if got.StatusCode != http.StatusForbidden || strings.Contains(got.text, "betterprofile-cli") || !strings.Contains(got.text, "Somebody else") {
		t.Errorf("answered %d %s", got.StatusCode, got.text)
	}
	if got := s.form("action=approve&user_code="+d.userCode, "Cookie", session); got.StatusCode != http.StatusForbidden {
		t.Errorf("approved: %d", got.StatusCode)
	}
}
