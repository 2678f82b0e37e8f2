package betterauth_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/betterprofile/betterprofile/api/betterauth"
	"github.com/betterprofile/betterprofile/interview"
)

func signed(value string) string { return signedBy(recordedSecret, value) }

func signedBy(secret, value string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(value))
	return value + "." + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func escape(s string) string { return url.QueryEscape(s) }

// vectors are made with the functions of the real server.
type vectors struct {
	Password []struct {
		Password, Hash string
		Verify         bool
	}
	SignedCookie []struct{ Secret, Value, SetCookie, CookieValueOnTheWire string }
	Bearer       []struct {
		Label, Token string
		Accepted     bool
	}
}

func readVectors(t *testing.T) vectors {
	t.Helper()
	text, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(text, &v); err != nil || len(v.Password) == 0 || len(v.SignedCookie) == 0 || len(v.Bearer) == 0 {
		t.Fatalf("the vectors are %d, %d, %d: %v", len(v.Password), len(v.SignedCookie), len(v.Bearer), err)
	}
	return v
}

func TestVerify_HashesOfBetterAuth(t *testing.T) {
	t.Parallel()
	keys := map[[2]string][]byte{} // each takes seconds with the race detector
	derive := func(password, salt string) []byte {
		which := [2]string{password, salt}
		if keys[which] == nil {
			keys[which] = betterauth.DeriveKey(password, salt)
		}
		return keys[which]
	}
	for _, c := range readVectors(t).Password {
		if got := betterauth.VerifyBy(derive, c.Hash, c.Password); got != c.Verify {
			t.Errorf("Verify(%q) = %v", c.Password, got)
		}
	}
}

func TestVerify_WhatIsNoHashFitsNothing(t *testing.T) {
	t.Parallel()
	for _, hash := range []string{"", "a:b", strings.Repeat("0", 32) + ":" + strings.Repeat("0", 128)} {
		if betterauth.VerifyBy(betterauth.Quick, hash, password) {
			t.Errorf("%q fits", hash)
		}
	}
}

func TestHash_HasTheFormAndFitsNormalisedForms(t *testing.T) {
	t.Parallel()
	hash := betterauth.QuickHash("ｐａｓｓｗｏｒｄ①e\u0301")
	salt, key, _ := strings.Cut(hash, ":")
	if len(salt) != 32 || len(key) != 128 || strings.Trim(salt+key, "0123456789abcdef") != "" {
		t.Errorf("the hash is %q", hash)
	}
	if !betterauth.VerifyBy(betterauth.Quick, hash, "password1\u00e9") {
		t.Error("the same password in NFKC does not fit")
	}
}

func TestCheckPassword_CountsUTF16(t *testing.T) {
	t.Parallel()
	for password, ok := range map[string]bool{
		"1234567": false, "12345678": true, "😀😀😀😀": true, "😀😀😀": false, "ééééééé": false,
		strings.Repeat("x", 128): true, strings.Repeat("x", 129): false, strings.Repeat("😀", 65): false,
	} {
		if err := betterauth.CheckPassword(password); (err == nil) != ok {
			t.Errorf("%q: %v", password, err)
		}
	}
}

func TestCookies_SignedAsBetterAuthDoes(t *testing.T) {
	t.Parallel()
	for _, c := range readVectors(t).SignedCookie {
		s := start(t, func(o *betterauth.Options) { o.Secrets = []string{c.Secret} })
		s.change("update session set token = ? where token = ?", c.Value, s.signedIn())
		s.clock.add(25 * time.Hour)
		got := s.do("GET", "/api/auth/get-session", "", "Cookie", "better-auth.session_token="+c.CookieValueOnTheWire)
		if cookies := got.Header.Values("Set-Cookie"); len(cookies) != 1 || cookies[0] != c.SetCookie {
			t.Errorf("set %q, want %q", cookies, c.SetCookie)
		}
	}
}

func TestBearer_FormsOfBetterAuth(t *testing.T) {
	t.Parallel()
	s := start(t)
	const token = "ae1uqHWWjDIBYUDlkLMm7F3LO9P4cy5k"
	s.change("update session set token = ? where token = ?", token, s.signedIn())
	for _, c := range readVectors(t).Bearer {
		for _, scheme := range []string{"Bearer ", "bearer  ", "BEARER "} {
			got := s.do("GET", "/api/auth/get-session", "", "Authorization", scheme+c.Token+" ")
			if accepted := got.text != "null"; accepted != c.Accepted {
				t.Errorf("%s: accepted %v", c.Label, accepted)
			}
		}
	}
}

func TestBearer_BesideAGoodCookie(t *testing.T) {
	t.Parallel()
	s := start(t)
	token := s.signedIn()
	for _, c := range []struct {
		name, authorization string
		user                bool
	}{
		{"unknown token", "Bearer " + strings.Repeat("B", 32), false},
		{"token of 10,000 characters", "Bearer " + strings.Repeat("B", 10_000), false},
		{"wrong signature", "Bearer " + token + "." + strings.Repeat("A", 43) + "=", true},
		{"no token", "Bearer ", true},
		{"another scheme", "Basic YTpi", true},
	} {
		got := s.do("GET", "/api/auth/get-session", "", "Authorization", c.authorization, "Cookie", cookie(token))
		if (got.text != "null") != c.user || got.StatusCode != http.StatusOK {
			t.Errorf("%s: %d %s", c.name, got.StatusCode, got.text)
		}
	}
}

// plusToken is a token whose signature has a + in it, or a /.
func plusToken(t *testing.T, s *setup, sign string) string {
	t.Helper()
	for range 1000 {
		if token := s.signedIn(); strings.Contains(signed(token), sign) {
			return token
		}
	}
	t.Fatalf("no signature has a %s", sign)
	return ""
}

func TestCookies_WhatIsReadAndWhatIsNot(t *testing.T) {
	t.Parallel()
	s := start(t)
	token := s.signedIn()
	plus, slash := plusToken(t, s, "+"), plusToken(t, s, "/")
	name := "better-auth.session_token="
	for _, c := range []struct {
		what, header string
		user         bool
	}{
		{"encoded", name + escape(signed(token)), true},
		{"not encoded", name + signed(token), true},
		{"not encoded, with +", name + signed(plus), true},
		{"not encoded, with /", name + signed(slash), true},
		{"encoded, with %2B", name + escape(signed(plus)), true},
		{"in quotes", name + `"` + signed(token) + `"`, true},
		{"others around it", "a=b; c; =;;" + cookie(token) + " ; better-auth.session_data=x.y", true},
		{"the first of two counts", cookie(token) + "; " + name + "x", true},
		{"the first of two counts, also when it is bad", name + "x; " + cookie(token), false},
		{"a + that became a space", name + strings.ReplaceAll(signed(plus), "+", " "), false},
		{"no padding", name + strings.TrimSuffix(signed(token), "="), false},
		{"too much padding", name + signed(token) + "=", false},
		{"other last bits", name + lastBits(signed(token)), false},
		{"no signature", name + token, false},
		{"signature only", name + "." + strings.SplitN(signed(token), ".", 2)[1], false},
		{"10,000 characters", name + strings.Repeat("x", 10_000), false},
		{"10,000 characters, signed", name + escape(signed(strings.Repeat("x", 10_000))), false},
		{"broken escapes", name + "%zz" + signed(token), false},
		{"signed by another secret", name + escape(signedBy("another-secret-0123456789-0123456789", token)), false},
		{"a name that ends like it", "x" + cookie(token), false},
		{"the secure name on plain HTTP", "__Secure-" + cookie(token), false},
		{"signed control characters", name + escape(signed("a\x00b\n")), false},
		{"empty", name, false},
	} {
		got := s.do("GET", "/api/auth/get-session", "", "Cookie", c.header)
		if got.StatusCode != http.StatusOK || (got.text != "null") != c.user {
			t.Errorf("%s: %d %s", c.what, got.StatusCode, got.text)
		}
	}
}

// lastBits changes bits of the last letter that belong to no byte.
func lastBits(signed string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	at := len(signed) - 2
	i := strings.IndexByte(alphabet, signed[at])
	return signed[:at] + alphabet[i|1:i|1+1] + "="
}

func TestCookies_OlderSecretsStillVerify(t *testing.T) {
	t.Parallel()
	s := start(t, func(o *betterauth.Options) {
		o.Secrets = []string{"new-secret-0123456789-0123456789-abcdef", recordedSecret}
	})
	token := s.signedIn()
	if got := s.do("GET", "/api/auth/get-session", "", "Cookie", cookie(token)); got.text == "null" {
		t.Error("a cookie that the older secret signed is refused")
	}
	got := s.do("POST", "/api/auth/update-user", `{"name":"A"}`, "Cookie", cookie(token), "Origin", ownOrigin)
	if header := got.Header.Get("Set-Auth-Token"); header != signedBy("new-secret-0123456789-0123456789-abcdef", token) {
		t.Errorf("the newest secret did not sign %q", header)
	}
}

func TestSecrets_FromTheEnvironment(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("s", 32)
	for _, c := range []struct {
		name    string
		env     map[string]string
		secrets string
		warned  bool
		refused bool
	}{
		{"nothing", nil, "", false, false},
		{"its own", map[string]string{"BETTER_AUTH_SECRET": long, "AUTH_SECRET": "other"}, long, false, false},
		{"the general one", map[string]string{"AUTH_SECRET": long}, long, false, false},
		{"several", map[string]string{"BETTER_AUTH_SECRETS": "2:" + long + ", 1:o:ld", "BETTER_AUTH_SECRET": "x", "AUTH_SECRET": "y"}, long + "|o:ld|x", false, false},
		{"short", map[string]string{"BETTER_AUTH_SECRET": "short"}, "short", true, false},
		{"the development default", map[string]string{"BETTER_AUTH_SECRET": "better-auth-secret-12345678901234567890"}, "", false, true},
		{"no version", map[string]string{"BETTER_AUTH_SECRETS": long}, "", false, true},
		{"no secret", map[string]string{"BETTER_AUTH_SECRETS": "1:"}, "", false, true},
	} {
		secrets, warnings, err := betterauth.Secrets(func(name string) string { return c.env[name] })
		if strings.Join(secrets, "|") != c.secrets || (len(warnings) > 0) != c.warned || (interview.ErrorCode(err) == interview.CodeInvalid) != c.refused {
			t.Errorf("%s: %q, %q, %v", c.name, secrets, warnings, err)
		}
		for _, value := range c.env {
			if err != nil && len(value) > 2 && strings.Contains(err.Error(), value) {
				t.Errorf("%s: the error tells the secret", c.name)
			}
		}
	}
}

func TestNew_RefusesWhatCannotBe(t *testing.T) {
	t.Parallel()
	for field, change := range map[string]func(*betterauth.Options){
		"Secrets":         func(o *betterauth.Options) { o.Secrets = []string{"better-auth-secret-12345678901234567890"} },
		"BaseURL":         func(o *betterauth.Options) { o.BaseURL = "app.example.com" },
		"TrustedOrigins":  func(o *betterauth.Options) { o.TrustedOrigins = []string{"*"} },
		"VerificationURI": func(o *betterauth.Options) { o.VerificationURI = "/device" },
	} {
		o := betterauth.Options{Accounts: away{}, Secrets: []string{recordedSecret}, BaseURL: ownOrigin}
		change(&o)
		_, err := betterauth.New(o)
		if interview.AsError(err).Details.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}

func TestResolve_SignsInAndProlongs(t *testing.T) {
	t.Parallel()
	s := start(t)
	token := s.signedIn()
	resolve := func(header, value string) (*httptest.ResponseRecorder, interview.Account, error) {
		r, w := httptest.NewRequestWithContext(t.Context(), "GET", "/api/v1/me", nil), httptest.NewRecorder()
		r.Header.Set(header, value)
		_, account, err := s.Resolve(w, r)
		return w, account, err
	}
	s.clock.add(time.Hour)
	if w, account, err := resolve("Cookie", cookie(token)); err != nil || account.ID != s.ada.ID || len(w.Header()) != 0 {
		t.Fatalf("%v %v %v", account, err, w.Header())
	}
	s.clock.add(24 * time.Hour)
	w, _, err := resolve("Authorization", "Bearer "+token)
	if err != nil || w.Header().Get("Set-Auth-Token") != signed(token) {
		t.Errorf("not prolonged after a day: %v %v", err, w.Header())
	}
	if until := s.session(token).ExpiresAt; !until.Equal(s.clock.now().Add(7 * 24 * time.Hour)) {
		t.Errorf("ends %v", until)
	}
	if _, _, err := resolve("Authorization", "Bearer x"); interview.ErrorCode(err) != interview.CodeUnauthenticated {
		t.Errorf("an unknown token: %v", err)
	}
}

func TestResolve_KeepsASessionNotToBeRemembered(t *testing.T) {
	t.Parallel()
	s := start(t)
	token := s.signedIn()
	s.clock.add(48 * time.Hour)
	before := s.session(token).ExpiresAt
	dim := "; better-auth.dont_remember=" + escape(signed("true"))
	if got := s.do("GET", "/api/auth/get-session", "", "Cookie", cookie(token)+dim); len(got.Header.Values("Set-Cookie")) > 0 || got.text == "null" {
		t.Errorf("answered %v %s", got.Header, got.text)
	}
	if after := s.session(token).ExpiresAt; after != before {
		t.Errorf("prolonged to %v", after)
	}
}

// altered is a store whose sessions are found otherwise than they are.
type altered struct {
	interview.AccountStore
	alter func(*interview.SignIn, *interview.Account)
}

func (a altered) FindSession(ctx context.Context, token string) (interview.SignIn, interview.Account, error) {
	in, account, err := a.AccountStore.FindSession(ctx, token)
	a.alter(&in, &account)
	return in, account, err
}

func TestResolve_BannedUserIsSignedOut(t *testing.T) {
	t.Parallel()
	s := start(t)
	token := s.signedIn()
	s.change("insert into user_bans (user_id, created_at) values (?, ?)", s.ada.ID, time.Now()) // by somebody who left the sessions
	if got := s.do("GET", "/api/auth/get-session", "", "Authorization", "Bearer "+token); got.text != "null" {
		t.Errorf("answered %s", got.text)
	}
}

func TestToken_SaysWhereFrom(t *testing.T) {
	t.Parallel()
	s := start(t)
	r := httptest.NewRequestWithContext(t.Context(), "GET", "/", nil)
	if _, _, ok := s.Token(r); ok {
		t.Error("a token without any")
	}
	r.Header.Set("Cookie", cookie("tok"))
	if token, cookie, ok := s.Token(r); token != "tok" || !cookie || !ok {
		t.Errorf("%q %v %v", token, cookie, ok)
	}
	r.Header.Set("Authorization", "Bearer raw")
	if token, cookie, ok := s.Token(r); token != "raw" || cookie || !ok {
		t.Errorf("%q %v %v", token, cookie, ok)
	}
}

func TestDerive_IsDoneHereWhenItFailsElsewhere(t *testing.T) {
	t.Parallel()
	v := readVectors(t).Password[0]
	for name, elsewhere := range map[string]func(password, salt string) ([]byte, error){
		"error": func(string, string) ([]byte, error) { return nil, errors.New("no process") },
		"short": func(string, string) ([]byte, error) { return []byte("short"), nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			derive := betterauth.Elsewhere(elsewhere, slog.New(slog.NewTextHandler(&log, nil)))
			if !betterauth.VerifyBy(derive, v.Hash, v.Password) {
				t.Error("another key was derived")
			}
			if !strings.Contains(log.String(), "hashed by the server itself") || strings.Contains(log.String(), v.Password) {
				t.Errorf("logged %q", log.String())
			}
		})
	}
}
