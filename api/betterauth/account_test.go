package betterauth_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/betterprofile/betterprofile/api/betterauth"
	"github.com/betterprofile/betterprofile/interview"
)

func quote(s string) string {
	text, _ := json.Marshal(s)
	return string(text)
}

func signInBody(email, password string) string {
	return `{"email":` + quote(email) + `,"password":` + quote(password) + `}`
}

func TestSignIn_EmailsThatLookAlikeAreOthers(t *testing.T) {
	t.Parallel()
	s := start(t)
	if got := s.do("POST", "/api/auth/sign-in/email", signInBody("ADA@Example.COM", password)); got.StatusCode != http.StatusOK {
		t.Errorf("another case: %d %s", got.StatusCode, got.text)
	}
	for _, email := range []string{
		"\u0430da@example.com", "ada@ex\u0430mple.com", "ada@example\u3002com", "ada@example.com\u200b", " ada@example.com", "ada@example.com\x00",
		"ada@example.com\r\nBcc: x@y.zz", "ＡＤＡ@example.com", "ada@\u212Aelvin.com", "a@b", "@example.com", "ada@", ".ada@example.com",
		"a..da@example.com", "ada.@example.com", "ada@-example.com", "ada@example.c", "ada@example.c0m", `"ada"@example.com`,
		strings.Repeat("a", 250) + "@example.com",
	} {
		refused(t, s.do("POST", "/api/auth/sign-in/email", signInBody(email, password)), http.StatusBadRequest, "INVALID_EMAIL")
		body := `{"name":"x","email":` + quote(email) + `,"password":"` + password + `"}`
		refused(t, s.do("POST", "/api/auth/sign-up/email", body), http.StatusBadRequest, "VALIDATION_ERROR")
	}
}

func TestSignIn_PasswordInAnyNormalForm(t *testing.T) {
	t.Parallel()
	s := start(t)
	body := `{"name":"É","email":"e@example.com","password":"\u00e9cole-1234"}`
	if got := s.do("POST", "/api/auth/sign-up/email", body); got.StatusCode != http.StatusOK {
		t.Fatalf("sign-up: %d %s", got.StatusCode, got.text)
	}
	for password, status := range map[string]int{
		"e\u0301cole-1234": http.StatusOK, "\u00e9cole-１２３４": http.StatusOK, "ecole-1234": http.StatusUnauthorized, "\u00c9cole-1234": http.StatusUnauthorized,
	} {
		if got := s.do("POST", "/api/auth/sign-in/email", signInBody("e@example.com", password)); got.StatusCode != status {
			t.Errorf("%q: %d %s", password, got.StatusCode, got.text)
		}
	}
}

func TestSignIn_UserOfAWebPlatform(t *testing.T) {
	t.Parallel()
	s := start(t)
	betterauth.Derive(s.Handler, betterauth.DeriveKey)
	v := readVectors(t).Password[0]
	if _, err := s.store.CreateAccount(t.Context(), interview.NewAccount{Email: "b@example.com", PasswordHash: v.Hash}); err != nil {
		t.Fatal(err)
	}
	if got := s.do("POST", "/api/auth/sign-in/email", signInBody("b@example.com", v.Password)); got.StatusCode != http.StatusOK {
		t.Errorf("answered %d %s", got.StatusCode, got.text)
	}
}

func TestSignIn_UserWithoutPassword(t *testing.T) {
	t.Parallel()
	s := start(t)
	user, err := s.store.CreateAccount(t.Context(), interview.NewAccount{Name: "G", Email: "g@example.com"})
	if err != nil {
		t.Fatal(err)
	}
	for _, password := range []string{password, "", strings.Repeat("x", 1000)} {
		refused(t, s.do("POST", "/api/auth/sign-in/email", signInBody("g@example.com", password)), http.StatusUnauthorized, "INVALID_EMAIL_OR_PASSWORD")
	}
	in, err := s.store.StartSession(t.Context(), interview.NewSignIn{UserID: user.ID, For: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	bearer := []string{"Authorization", "Bearer " + in.Token}
	refused(t, s.do("POST", "/api/auth/change-password", `{"currentPassword":"","newPassword":"new password 1"}`, bearer...),
		http.StatusBadRequest, "CREDENTIAL_ACCOUNT_NOT_FOUND")
	if got := s.do("POST", "/api/auth/delete-user", `{}`, bearer...); got.StatusCode != http.StatusOK {
		t.Errorf("delete-user by a fresh session: %d %s", got.StatusCode, got.text)
	}
}

func TestSignIn_BannedUser(t *testing.T) {
	t.Parallel()
	s := start(t)
	until := interview.At(s.clock.now().Add(time.Hour))
	if err := s.store.BanUser(t.Context(), s.ada.ID, "spam", &until); err != nil {
		t.Fatal(err)
	}
	got := s.do("POST", "/api/auth/sign-in/email", signInBody("ada@example.com", password))
	refused(t, got, http.StatusForbidden, "BANNED_USER")
	if message := got.object(t)["message"]; message != "You have been banned from this application. Please contact support if you believe this is an error." {
		t.Errorf("the message is %q", message)
	}
	refused(t, s.do("POST", "/api/auth/sign-in/email", signInBody("ada@example.com", "wrong password")),
		http.StatusUnauthorized, "INVALID_EMAIL_OR_PASSWORD")
	s.clock.add(2 * time.Hour)
	if got := s.do("POST", "/api/auth/sign-in/email", signInBody("ada@example.com", password)); got.StatusCode != http.StatusOK {
		t.Errorf("after the ban: %d %s", got.StatusCode, got.text)
	}
}

func TestSignUp_Closed(t *testing.T) {
	t.Parallel()
	s := start(t, func(o *betterauth.Options) { o.NoSignUp = true })
	body := `{"name":"x","email":"x@example.com","password":"` + password + `"}`
	refused(t, s.do("POST", "/api/auth/sign-up/email", body), http.StatusBadRequest, "EMAIL_PASSWORD_SIGN_UP_DISABLED")
}

func TestSignUp_StoresTidyText(t *testing.T) {
	t.Parallel()
	s := start(t)
	body := `{"name":"A\u0000\r\nB\u001b[31m","email":"x@example.com","password":"` + password + `","image":"https://example.com/a.png"}`
	user, _ := s.do("POST", "/api/auth/sign-up/email", body).object(t)["user"].(map[string]any)
	if user["name"] != "AB[31m" || user["image"] != "https://example.com/a.png" {
		t.Errorf("stored %v", user)
	}
}

func TestUpdateUser_PictureComesAndGoes(t *testing.T) {
	t.Parallel()
	s := start(t)
	bearer := []string{"Authorization", "Bearer " + s.signedIn()}
	for body, image := range map[string]string{`{"image":"/a.png"}`: "/a.png", `{"image":null}`: ""} {
		if got := s.do("POST", "/api/auth/update-user", body, bearer...); got.StatusCode != http.StatusOK || s.account().Image != image {
			t.Errorf("%s: %d %s", body, got.StatusCode, got.text)
		}
	}
	refused(t, s.do("POST", "/api/auth/update-user", `{}`, bearer...), http.StatusBadRequest, "NO_FIELDS_TO_UPDATE")
	refused(t, s.do("POST", "/api/auth/update-user", `{"name":7}`, bearer...), http.StatusBadRequest, "VALIDATION_ERROR")
	refused(t, s.do("POST", "/api/auth/update-user", `{"image":`+quote(strings.Repeat("x", 70_000))+`}`, bearer...), http.StatusBadRequest, "VALIDATION_ERROR")
}

func TestAdminColumns_AreShownWhereTheyExist(t *testing.T) {
	t.Parallel()
	s := start(t, func(o *betterauth.Options) {
		o.Accounts = altered{o.Accounts, func(in *interview.SignIn, a *interview.Account) {
			in.ImpersonatedBy, a.Admin = new(string), &interview.AdminColumns{Role: "user"}
		}}
	})
	token := s.signedIn()
	object := s.do("GET", "/api/auth/get-session", "", "Authorization", "Bearer "+token).object(t)
	user, _ := object["user"].(map[string]any)
	session, _ := object["session"].(map[string]any)
	if by, ok := session["impersonatedBy"]; !ok || by != nil || user["role"] != "user" || user["banned"] != false {
		t.Errorf("shown %v", object)
	}
	if reason, ok := user["banReason"]; !ok || reason != nil {
		t.Errorf("banReason %v, %v", reason, ok)
	}
}

func TestBodies_ThatCannotBeRead(t *testing.T) {
	t.Parallel()
	s := start(t)
	const path = "/api/auth/sign-in/email"
	send := func(kind, body string) answer {
		r := httptest.NewRequestWithContext(t.Context(), "POST", path, strings.NewReader(body))
		if kind != "" {
			r.Header.Set("Content-Type", kind)
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		return answer{w.Result(), w.Body.String()}
	}
	const jsonType = "application/json; charset=utf-8"
	for _, c := range []struct {
		kind, body string
		status     int
		code       string
	}{
		{jsonType, `{"email":"ada@example.com","password":"x"} x`, 400, "BAD_REQUEST"},
		{jsonType, `[]`, 400, "VALIDATION_ERROR"},
		{jsonType, `null`, 400, "VALIDATION_ERROR"},
		{jsonType, `"x"`, 400, "VALIDATION_ERROR"},
		{jsonType, ``, 400, "VALIDATION_ERROR"},
		{jsonType, `{"Email":"ada@example.com","PASSWORD":"` + password + `"}`, 400, "VALIDATION_ERROR"},
		{jsonType, `{"email":["ada@example.com"],"password":{}}`, 400, "VALIDATION_ERROR"},
		{jsonType, `{"email":null,"password":1e999}`, 400, "BAD_REQUEST"},
		{jsonType, `{"email":"ada@example.com","password":"x","rememberMe":"yes"}`, 400, "VALIDATION_ERROR"},
		{jsonType, strings.Repeat("[", 20_000), 400, "BAD_REQUEST"},
		{jsonType, `{"email":"` + strings.Repeat("x", 200_000) + `"}`, 413, "PAYLOAD_TOO_LARGE"},
		{jsonType, `{"email":"ada@example.com","password":"` + strings.Repeat("x", 100_000) + `"}`, 401, "INVALID_EMAIL_OR_PASSWORD"},
		{"", `{}`, 415, "UNSUPPORTED_MEDIA_TYPE"},
		{"text/plain", `{}`, 415, "UNSUPPORTED_MEDIA_TYPE"},
		{"multipart/form-data", `{}`, 415, "UNSUPPORTED_MEDIA_TYPE"},
		{"application/x-www-form-urlencoded", `%zz`, 400, "BAD_REQUEST"},
	} {
		refused(t, send(c.kind, c.body), c.status, c.code)
	}
	refused(t, s.do("POST", "/api/auth/change-password", "currentPassword=x"), 415, "UNSUPPORTED_MEDIA_TYPE")
}

func TestHeaders_OfTheClientAreTidiedBeforeTheyAreKept(t *testing.T) {
	t.Parallel()
	s := start(t, func(o *betterauth.Options) { o.Remote = func(*http.Request) string { return "203.0.113.7" } })
	got := s.do("POST", "/api/auth/sign-in/email", signInBody("ada@example.com", password), "User-Agent", "a\x1b[31m\xff"+strings.Repeat("é", 1000))
	token, _ := got.object(t)["token"].(string)
	in := s.session(token)
	if len(in.UserAgent) > 512 || strings.Contains(in.UserAgent, "\x1b") || !utf8.ValidString(in.UserAgent) || !strings.HasPrefix(in.UserAgent, "a[31m") || in.IPAddress != "203.0.113.7" {
		t.Errorf("kept %q from %q", in.UserAgent, in.IPAddress)
	}
}

func TestFresh_WithAClockThatIsOff(t *testing.T) {
	t.Parallel()
	for _, off := range []time.Duration{-5 * time.Minute, 5 * time.Minute} {
		s := start(t)
		token := s.signedIn()
		s.clock.add(off)
		if got := s.do("GET", "/api/auth/list-sessions", "", "Authorization", "Bearer "+token); got.StatusCode != http.StatusOK {
			t.Errorf("%v: %d %s", off, got.StatusCode, got.text)
		}
	}
}

func TestLimits_PerAddressAndPath(t *testing.T) {
	t.Parallel()
	s := start(t, func(o *betterauth.Options) { o.NoLimits, o.Remote = false, forwarded })
	try := func(address string) answer {
		return s.do("POST", "/api/auth/sign-in/email", `{}`, "X-Forwarded-For", address)
	}
	for range 3 {
		refused(t, try("2001:db8::1"), http.StatusBadRequest, "VALIDATION_ERROR")
	}
	got := try("2001:db8::ffff") // the same /64
	if got.StatusCode != http.StatusTooManyRequests || got.Header.Get("Retry-After") != "4" || got.Header.Get("X-Retry-After") != "4" {
		t.Errorf("answered %d %v", got.StatusCode, got.Header)
	}
	if object := got.object(t); len(object) != 1 || object["message"] != "Too many requests. Please try again later." {
		t.Errorf("answered %s", got.text)
	}
	refused(t, try("2001:db8:0:1::1"), http.StatusBadRequest, "VALIDATION_ERROR")
	if got := s.do("GET", "/api/auth/ok", "", "X-Forwarded-For", "2001:db8::1"); got.StatusCode != http.StatusOK {
		t.Errorf("another path: %d", got.StatusCode)
	}
	s.clock.add(10 * time.Second)
	refused(t, try("2001:db8::1"), http.StatusBadRequest, "VALIDATION_ERROR")
}

func TestLimits_ReplicasShareThem(t *testing.T) {
	t.Parallel()
	one := start(t, func(o *betterauth.Options) { o.NoLimits, o.Remote = false, forwarded })
	var replicas []*betterauth.Handler
	for range 2 {
		replicas = append(replicas, newHandler(t, betterauth.Options{
			Accounts: one.store, Rates: one.store, Secrets: []string{recordedSecret}, BaseURL: ownOrigin, Remote: forwarded,
		}))
	}
	statuses := map[int]int{}
	for i := range 8 {
		one.Handler = replicas[i%2]
		statuses[one.do("POST", "/api/auth/sign-in/email", `{}`, "X-Forwarded-For", "203.0.113.7").StatusCode]++
	}
	if statuses[http.StatusBadRequest] > 4 || statuses[http.StatusTooManyRequests] < 4 {
		t.Errorf("answered %v", statuses)
	}
}

func TestLimits_OfThePage(t *testing.T) {
	t.Parallel()
	s := start(t, func(o *betterauth.Options) { o.NoLimits, o.Remote = false, forwarded })
	for range 100 {
		if got := s.do("GET", "/device", "", "X-Forwarded-For", "203.0.113.7"); got.StatusCode != http.StatusOK {
			t.Fatalf("answered %d", got.StatusCode)
		}
	}
	if got := s.do("GET", "/device", "", "X-Forwarded-For", "203.0.113.7"); got.StatusCode != http.StatusTooManyRequests || got.Header.Get("Retry-After") != "1" {
		t.Errorf("answered %d %v", got.StatusCode, got.Header)
	}
}

// TestMemoryRates_ForgetsFullBuckets keeps many addresses from filling the memory.
func TestMemoryRates_ForgetsFullBuckets(t *testing.T) {
	t.Parallel()
	clock := newClock()
	rates := betterauth.NewMemoryRates(clock.now)
	take := func(key string) time.Duration {
		wait, err := rates.TakeRate(t.Context(), key, 1, 1, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		return wait
	}
	if take("a") != 0 || take("a") != time.Hour {
		t.Error("a bucket of one gives other than one")
	}
	clock.add(30 * time.Minute)
	if wait := take("a"); wait != 30*time.Minute {
		t.Errorf("swept before it is full: wait %v", wait)
	}
	for i := range 100_000 {
		take(strconv.Itoa(i))
	}
	if n := betterauth.Buckets(rates); n > 100_000 {
		t.Errorf("%d buckets", n)
	}
	clock.add(2 * time.Hour)
	take("b")
	if n := betterauth.Buckets(rates); n != 1 {
		t.Errorf("%d buckets after all are full", n)
	}
}

func TestLimits_PerAccountFromManyAddresses(t *testing.T) {
	t.Parallel()
	s := start(t, func(o *betterauth.Options) { o.NoLimits, o.Remote = false, forwarded })
	limited := 0
	for i := range 12 {
		got := s.do("POST", "/api/auth/sign-in/email", signInBody("ADA@example.com", strings.Repeat("x", 200)), "X-Forwarded-For", "203.0.113."+strconv.Itoa(i))
		if got.StatusCode == http.StatusTooManyRequests {
			limited++
		}
	}
	if limited != 2 {
		t.Errorf("%d of 12 tries were stopped, want 2", limited)
	}
}

func TestHashing_IsBounded(t *testing.T) {
	t.Parallel()
	s := start(t, func(o *betterauth.Options) { o.Hashes = 1 })
	release := make(chan struct{})
	var at, most atomic.Int32
	betterauth.Derive(s.Handler, func(password, salt string) []byte {
		most.Store(max(most.Load(), at.Add(1)))
		<-release
		at.Add(-1)
		return betterauth.Quick(password, salt)
	})
	const tries, places = 40, 9 // one is hashed, eight wait
	answers := make(chan answer, tries)
	for range tries {
		go func() {
			answers <- s.do("POST", "/api/auth/sign-in/email", signInBody("none@example.com", "whatever it is"))
		}()
	}
	for range tries - places {
		if got := <-answers; got.StatusCode != http.StatusTooManyRequests || got.Header.Get("Retry-After") == "" {
			t.Errorf("answered %d %v", got.StatusCode, got.Header)
		}
	}
	close(release)
	for range places {
		refused(t, <-answers, http.StatusUnauthorized, "INVALID_EMAIL_OR_PASSWORD")
	}
	if most.Load() != 1 {
		t.Errorf("%d were hashed at once", most.Load())
	}
}

// TestHashing_UnknownUsersToo keeps the time of an answer from telling whether there is such a user.
func TestHashing_UnknownUsersToo(t *testing.T) {
	t.Parallel()
	s := start(t)
	if _, err := s.store.CreateAccount(t.Context(), interview.NewAccount{Name: "G", Email: "g@example.com"}); err != nil {
		t.Fatal(err)
	}
	var hashed atomic.Int32
	betterauth.Derive(s.Handler, func(password, salt string) []byte { hashed.Add(1); return betterauth.Quick(password, salt) })
	for i, email := range []string{"ada@example.com", "none@example.com", "g@example.com"} {
		s.do("POST", "/api/auth/sign-in/email", signInBody(email, "wrong password"))
		if n := int(hashed.Load()); n != i+1 {
			t.Errorf("%s: %d hashes in all", email, n)
		}
	}
}

// away is a store whose database cannot be reached.
type away struct{ interview.AccountStore }

func (away) FindSession(context.Context, string) (interview.SignIn, interview.Account, error) {
	return interview.SignIn{}, interview.Account{}, &interview.Error{Code: interview.CodeUnavailable, Message: "away", Err: errors.New("dial 10.0.0.1: secret detail")}
}

// broken is a store with a defect.
type broken struct{ interview.AccountStore }

func (broken) FindSession(context.Context, string) (interview.SignIn, interview.Account, error) {
	return interview.SignIn{}, interview.Account{}, errors.New("secret detail")
}

func TestFailures_OfTheStoreTellNothing(t *testing.T) {
	t.Parallel()
	for code, store := range map[string]interview.AccountStore{"SERVICE_UNAVAILABLE": away{}, "INTERNAL_SERVER_ERROR": broken{}} {
		s := start(t, func(o *betterauth.Options) { o.Accounts = store })
		got := s.do("GET", "/api/auth/get-session", "", "Cookie", cookie("tok"))
		if object := got.object(t); object["code"] != code || strings.Contains(got.text, "secret") {
			t.Errorf("answered %d %s", got.StatusCode, got.text)
		}
		if len(got.Header.Values("Set-Cookie")) > 0 {
			t.Errorf("%s: signed out", code)
		}
		if page := s.do("GET", "/device", "", "Cookie", cookie("tok")); page.StatusCode < 500 || strings.Contains(page.text, "secret") {
			t.Errorf("the page answered %d", page.StatusCode)
		}
	}
}

func TestAudit_TellsWithoutSecrets(t *testing.T) {
	t.Parallel()
	s := start(t)
	token, _ := s.do("POST", "/api/auth/sign-in/email", signInBody("ada@example.com", password)).object(t)["token"].(string)
	s.do("POST", "/api/auth/sign-in/email", signInBody("ada@example.com", "wrong password"))
	s.do("POST", "/api/auth/sign-in/email", signInBody("none@example.com", "wrong password"))
	s.do("POST", "/api/auth/sign-out", "", "Authorization", "Bearer "+token)
	var told []string
	for _, e := range s.events {
		told = append(told, string(e.Action)+" "+e.Reason)
		text, _ := json.Marshal(e)
		for _, secret := range []string{token, password, "wrong password", "@example.com"} {
			if strings.Contains(string(text), secret) {
				t.Errorf("%s tells %q", text, secret)
			}
		}
	}
	if got := strings.Join(told, ", "); got != "signed_in , sign_in_failed password, sign_in_failed user, signed_out " {
		t.Errorf("told %q", got)
	}
}
