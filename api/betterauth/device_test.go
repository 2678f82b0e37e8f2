package betterauth_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/betterprofile/betterprofile/api/betterauth"
	"github.com/betterprofile/betterprofile/interview"
)

// terminal is one that asks to be signed in.
type terminal struct {
	*setup
	deviceCode, userCode string
	asked                map[string]any
}

func (s *setup) terminal() *terminal {
	s.Helper()
	asked := s.do("POST", "/api/auth/device/code", `{"client_id":"betterprofile-cli","scope":"chat"}`).object(s.T)
	d, u := asked["device_code"].(string), asked["user_code"].(string)
	return &terminal{s, d, u, asked}
}

// poll asks for the token as OAuth libraries do, after the interval.
func (d *terminal) poll() answer {
	d.clock.add(5 * time.Second)
	return d.do("POST", "/api/auth/device/token",
		"grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&client_id=betterprofile-cli&device_code="+d.deviceCode)
}

// approve claims and approves the code with a bearer token.
func (d *terminal) approve(token string) {
	d.Helper()
	d.do("GET", "/api/auth/device?user_code="+d.userCode, "", "Authorization", "Bearer "+token)
	got := d.do("POST", "/api/auth/device/approve", `{"userCode":"`+d.userCode+`"}`, "Authorization", "Bearer "+token)
	if got.StatusCode != http.StatusOK {
		d.Fatalf("approve: %d %s", got.StatusCode, got.text)
	}
}

func TestDevice_CodesHaveTheForm(t *testing.T) {
	t.Parallel()
	s := start(t, func(o *betterauth.Options) { o.VerificationURI = "https://app.example.com/connect?x=1" })
	d := s.terminal()
	if len(d.deviceCode) != 40 || len(d.userCode) != 8 || strings.Trim(d.userCode, "ABCDEFGHJKLMNPQRSTUVWXYZ23456789") != "" {
		t.Errorf("the codes are %q, %q", d.deviceCode, d.userCode)
	}
	if d.asked["verification_uri"] != "https://app.example.com/connect?x=1" ||
		d.asked["verification_uri_complete"] != "https://app.example.com/connect?user_code="+d.userCode+"&x=1" {
		t.Errorf("the addresses are %v", d.asked)
	}
}

func TestDevice_RedeemedOnce(t *testing.T) {
	t.Parallel()
	s := start(t)
	d := s.terminal()
	d.approve(s.signedIn())
	var wg sync.WaitGroup
	var mu sync.Mutex
	tokens := 0
	s.clock.add(5 * time.Second)
	for range 20 {
		wg.Go(func() {
			got := s.do("POST", "/api/auth/device/token", `{"grant_type":"urn:ietf:params:oauth:grant-type:device_code","client_id":"betterprofile-cli","device_code":"`+d.deviceCode+`"}`)
			mu.Lock()
			defer mu.Unlock()
			if got.StatusCode == http.StatusOK {
				tokens++
			}
		})
	}
	wg.Wait()
	if tokens != 1 {
		t.Errorf("%d tokens", tokens)
	}
	refused(t, d.poll(), http.StatusBadRequest, "invalid_grant")
}

func TestDevice_StolenCodeServesNoOtherClient(t *testing.T) {
	t.Parallel()
	s := start(t)
	d := s.terminal()
	d.approve(s.signedIn())
	got := s.do("POST", "/api/auth/device/token", "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&client_id=thief&device_code="+d.deviceCode)
	refused(t, got, http.StatusBadRequest, "invalid_grant")
	if got := d.poll(); got.StatusCode != http.StatusOK || got.Header.Get("Set-Cookie") != "" {
		t.Errorf("the terminal got %d %s", got.StatusCode, got.text)
	}
}

func TestDevice_ExpiredCodes(t *testing.T) {
	t.Parallel()
	s := start(t)
	d := s.terminal()
	token := s.signedIn()
	d.approve(token)
	s.clock.add(30 * time.Minute)
	refused(t, s.do("GET", "/api/auth/device?user_code="+d.userCode, ""), http.StatusBadRequest, "expired_token")
	refused(t, s.do("POST", "/api/auth/device/approve", `{"userCode":"`+d.userCode+`"}`, "Authorization", "Bearer "+token), http.StatusBadRequest, "expired_token")
	refused(t, d.poll(), http.StatusBadRequest, "expired_token")
	refused(t, d.poll(), http.StatusBadRequest, "invalid_grant")
}

func TestDevice_SecondPersonLearnsNothing(t *testing.T) {
	t.Parallel()
	s := start(t)
	d := s.terminal()
	eve, err := s.store.CreateAccount(t.Context(), interview.NewAccount{Email: "eve@example.com"})
	if err != nil {
		t.Fatal(err)
	}
	in, err := s.store.StartSession(t.Context(), interview.NewSignIn{UserID: eve.ID, For: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	s.do("GET", "/api/auth/device?user_code="+d.userCode, "", "Authorization", "Bearer "+s.signedIn())
	got := s.do("GET", "/api/auth/device?user_code="+d.userCode, "", "Authorization", "Bearer "+in.Token).object(t)
	if len(got) != 2 || got["status"] != "pending" {
		t.Errorf("learns %v", got)
	}
	refused(t, s.do("POST", "/api/auth/device/deny", `{"userCode":"`+d.userCode+`"}`, "Authorization", "Bearer "+in.Token), http.StatusForbidden, "access_denied")
}

func TestDevice_PollsNotedByAClockThatIsOff(t *testing.T) {
	t.Parallel()
	s := start(t)
	d := s.terminal()
	s.clock.add(5 * time.Minute)
	refused(t, d.poll(), http.StatusBadRequest, "authorization_pending")
	s.clock.add(-5 * time.Minute)
	refused(t, d.poll(), http.StatusBadRequest, "authorization_pending")
	s.clock.add(-5 * time.Second)
	refused(t, d.poll(), http.StatusBadRequest, "slow_down")
}

func TestDevice_BannedWhoApprovedGetsNoSession(t *testing.T) {
	t.Parallel()
	s := start(t)
	d := s.terminal()
	d.approve(s.signedIn())
	if err := s.store.BanUser(t.Context(), s.ada.ID, "", nil); err != nil {
		t.Fatal(err)
	}
	refused(t, d.poll(), http.StatusForbidden, "BANNED_USER")
}

func TestDevice_ClientsAreBounded(t *testing.T) {
	t.Parallel()
	s := start(t)
	refused(t, s.do("POST", "/api/auth/device/code", `{"client_id":"`+strings.Repeat("x", 201)+`"}`), http.StatusBadRequest, "invalid_request")
	refused(t, s.do("POST", "/api/auth/device/code", `{"client_id":"x","scope":7}`), http.StatusBadRequest, "invalid_request")
}
