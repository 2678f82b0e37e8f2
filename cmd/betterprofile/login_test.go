package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/zalando/go-keyring"

	"github.com/betterprofile/betterprofile/client"
)

func testApp(t *testing.T, env map[string]string) *app {
	t.Helper()
	if env == nil {
		env = map[string]string{}
	}
	env["HOME"] = t.TempDir()
	return &app{lookup: func(name string) (string, bool) { value, ok := env[name]; return value, ok }}
}

func TestServerAddress_IsOneForEachServer(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"https://Profile.Example.org/":     "https://profile.example.org",
		"https://profile.example.org:443":  "https://profile.example.org",
		"HTTPS://profile.example.org":      "https://profile.example.org",
		"profile.example.org":              "https://profile.example.org",
		"profile.example.org:8443/a/":      "https://profile.example.org:8443/a",
		"localhost:8080":                   "http://localhost:8080",
		"127.0.0.1:8080":                   "http://127.0.0.1:8080",
		"[::1]:80":                         "http://[::1]",
		"http://127.0.0.1:80/":             "http://127.0.0.1",
		"http://127.0.0.1:443":             "http://127.0.0.1:443",
		"https://profile.example.org/A//":  "https://profile.example.org/A",
		"ftp://profile.example.org":        "ftp://profile.example.org",
		"https://[":                        "https://[",
		"https://ada:pw@Profile.example/?": "https://ada:pw@profile.example/?",
	} {
		if got := serverAddress(given); got != want {
			t.Errorf("%q is %q, want %q", given, got, want)
		}
	}
}

func TestCredentials_FileIsTheUsersAloneAndChangedByOneAtATime(t *testing.T) {
	t.Parallel()
	store, err := testApp(t, map[string]string{"BETTERPROFILE_KEYRING": "off"}).credentials()
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			if _, err := store.keep(fmt.Sprintf("https://%d.example", i), credential{Name: "Ada", Token: fmt.Sprint("token", i)}, false); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	all, err := store.read()
	if err != nil || len(all.Servers) != 8 || all.Servers[all.Default].Token == "" {
		t.Errorf("%v, %v", all, err)
	}
	for path, want := range map[string]fs.FileMode{store.file: 0o600, filepath.Dir(store.file): 0o700} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v, want %o", path, info, err, want)
		}
	}
	if err := os.Chmod(store.file, 0o644); err != nil {
		t.Fatal(err)
	}
	found, where, err := store.find("https://3.example")
	if info, _ := os.Stat(store.file); err != nil || found.Token != "token3" || where != store.file || info.Mode().Perm() != 0o600 {
		t.Errorf("%v in %s, %v, mode %v", found, where, err, info.Mode())
	}
	if entries, _ := os.ReadDir(filepath.Dir(store.file)); len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
}

// TestCredentials_Keyring is not parallel: the keyring for tests is one for the process.
func TestCredentials_Keyring(t *testing.T) {
	keyring.MockInit()
	t.Cleanup(func() { keyring.MockInitWithError(errors.New("there is no keyring")) })
	store, err := testApp(t, nil).credentials()
	if err != nil {
		t.Fatal(err)
	}
	const server = "https://profile.example"
	where, err := store.keep(server, credential{UserID: "u", Name: "Ada", Token: "secret-token"}, false)
	if err != nil || where != inKeyring {
		t.Errorf("%s, %v", where, err)
	}
	if content, _ := os.ReadFile(store.file); strings.Contains(string(content), "secret-token") || !strings.Contains(string(content), "Ada") {
		t.Errorf("the file holds %s", content)
	}
	if found, where, err := store.find(server); err != nil || found.Token != "secret-token" || where != inKeyring {
		t.Errorf("%v in %s, %v", found, where, err)
	}
	off := store
	off.keyring = false
	if _, _, err := off.find(server); err == nil || strings.Contains(err.Error(), "secret-token") {
		t.Errorf("with the keyring off: %v", err)
	}
	if err := store.remove(server); err != nil {
		t.Error(err)
	}
	if _, err := keyring.Get(keyringService, server); !errors.Is(err, keyring.ErrNotFound) {
		t.Errorf("the keyring still has it: %v", err)
	}

	keyring.MockInitWithError(errors.New("locked"))
	if where, err := store.keep(server, credential{Token: "secret-token"}, false); err != nil || where != store.file {
		t.Errorf("without a keyring it is in %s, %v", where, err)
	}
	if err := store.remove(server); err != nil {
		t.Errorf("a token that is not in the keyring: %v", err)
	}
}

func TestBrowser_OnlyWhereSomebodySitsBeforeIt(t *testing.T) {
	t.Parallel()
	const page = "https://profile.example/device?user_code=ABCD"
	for _, c := range []struct {
		env  map[string]string
		want []string
	}{
		{map[string]string{"BROWSER": "lynx"}, []string{"lynx", page}},
		{map[string]string{"BROWSER": "w3m -o x=%s:lynx"}, []string{"w3m", "-o", "x=" + page}},
		{map[string]string{"BROWSER": "lynx", "SSH_CONNECTION": "1.2.3.4 5 6.7.8.9 22"}, nil},
		{map[string]string{"DISPLAY": ":0", "SSH_TTY": "/dev/pts/1"}, nil},
		{map[string]string{"DISPLAY": ":0", "SSH_CLIENT": "1.2.3.4 5 22"}, nil},
	} {
		if got := testApp(t, c.env).browser(page); !slices.Equal(got, c.want) {
			t.Errorf("%v: %q, want %q", c.env, got, c.want)
		}
	}
	got := testApp(t, nil).browser(page)
	if screenless := runtime.GOOS != "darwin" && runtime.GOOS != "windows"; screenless != (got == nil) {
		t.Errorf("without a screen: %q", got)
	}
}

func TestPageOf_OpensOnlyTheWeb(t *testing.T) {
	t.Parallel()
	for page, want := range map[string]bool{
		"https://profile.example/device?user_code=ABCD": true,
		"https://app.example.com/device":                true,
		"http://profile.example/device":                 false, // the server itself is https
		"file:///etc/passwd":                            false,
		"javascript:alert(1)":                           false,
		"https:///device":                               false,
		"https://profile.example/$(touch x)":            false,
		"https://profile.example/\nx":                   false,
		"https://profile.example/`x`":                   false,
		"https://profile.example|calc.exe":              false,
		"https://ada:pw@profile.example/":               false,
		"--help":                                        false,
		"":                                              false,
	} {
		got := pageOf(client.DeviceCode{Address: "-", AddressCode: page}, "https://profile.example")
		if (got == page && got != "") != want {
			t.Errorf("%q: %q", page, got)
		}
	}
	if got := pageOf(client.DeviceCode{Address: "http://127.0.0.1:1/device"}, "http://127.0.0.1:1"); got == "" {
		t.Error("the page of a server on this computer is not opened")
	}
}

func TestReadableCode(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]string{"48356C4K": "4835-6C4K", "ABC": "ABC", "ABCD-EFGH": "ABCD-EFGH"} {
		if got := readableCode(code); got != want {
			t.Errorf("%q is shown as %q", code, got)
		}
	}
	if got := readableCode("AB\x1b[2J12"); strings.Contains(got, "\x1b") {
		t.Errorf("shown as %q", got)
	}
}

// expiring is a front that refuses one token, as a server does when the session has ended.
type expiring struct {
	http.Handler
	over atomic.Pointer[string]
}

func (e *expiring) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if over := e.over.Load(); over != nil && r.Header.Get("Authorization") == "Bearer "+*over {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = w.Write([]byte(`{"error":{"code":"unauthenticated","message":"Sign in first: the session is unknown or has expired."}}`))
		return
	}
	e.Handler.ServeHTTP(w, r)
}

func TestInterview_GoesOnAfterLoginInAnotherWindow(t *testing.T) {
	t.Parallel()
	server, tokens := startTestServer(t, 2)
	to, _ := url.Parse(server)
	e := &expiring{Handler: &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) }, FlushInterval: -1}}
	front := httptest.NewServer(e)
	t.Cleanup(front.Close)
	home := t.TempDir()
	login := func(token string) {
		cmd := exec.CommandContext(t.Context(), "betterprofile", "login", front.URL, "--with-token")
		cmd.Env = append(os.Environ(), "HOME="+home, "BETTERPROFILE_KEYRING=off", "XDG_CONFIG_HOME=")
		cmd.Stdin = strings.NewReader(token)
		if out, err := cmd.CombinedOutput(); err != nil || strings.Contains(string(out), token) {
			t.Fatalf("%v: %s", err, out)
		}
	}
	login(tokens[0])
	s := openScreen(t, home, "100", "30", []string{"XDG_CONFIG_HOME="}, "interview")
	s.shows("Interviewer", "Ada", "connected")
	e.over.Store(&tokens[0])
	s.write("I run the paediatric ward.")
	s.keys("Enter")
	s.shows("You are signed out. Run “betterprofile login", "Enter sends it again", "› I run the paediatric ward.", "signed out")
	login(tokens[1])
	s.keys("Enter")
	s.shows("You", "I run the paediatric ward.", "connected")
	s.keys("C-c")
	s.ends()
}

func TestLogin_PasswordIsNotShownAndCtrlCLeavesTheTerminalAsItWas(t *testing.T) {
	t.Parallel()
	server, _ := startTestServer(t, 1)
	home := t.TempDir()
	const script = `trap : INT; "$@"; echo "status $?"; stty -a | tr ' ;' '\n\n' | grep -x -e echo -e -echo; cat`
	s := openScreen(t, home, "100", "30", []string{"sh", "-c", script, "sh"}, "login", server, "--email", "ada@example.org")
	s.shows("Password for ada@example.org:")
	s.write("hunter2")
	s.keys("C-c")
	pane := s.shows("status 130", "\necho\n")
	if strings.Contains(pane, "hunter2") {
		t.Errorf("the screen shows\n%s", pane)
	}
	if _, err := os.Stat(filepath.Join(home, ".config")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("something is left: %v", err)
	}
}

func TestLogin_OpensNoBrowserOverSSHOrWhenToldNotTo(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/device/code") {
			_, _ = fmt.Fprintf(w, `{"device_code":"secret-of-the-device","user_code":"48356C4K","verification_uri":"http://%s/device",
				"verification_uri_complete":"http://%[1]s/device?user_code=48356C4K","expires_in":1800,"interval":5}`, r.Host)
			return
		}
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"error":"authorization_pending"}`))
	}))
	t.Cleanup(server.Close)
	for name, c := range map[string]struct {
		env, args []string
		opens     bool
	}{
		"on a desktop":    {nil, nil, true},
		"over SSH":        {[]string{"SSH_CONNECTION=10.0.0.1 5 10.0.0.2 22"}, nil, false},
		"with no-browser": {nil, []string{"--no-browser"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			home := t.TempDir()
			opened := filepath.Join(home, "opened")
			env := append([]string{"SSH_CONNECTION=", "SSH_CLIENT=", "SSH_TTY=", "BROWSER=note-page", "OPENED=" + opened}, c.env...)
			s := openScreen(t, home, "100", "30", env, append([]string{"login", server.URL}, c.args...)...)
			pane := s.shows("/device", "4835-6C4K", "Waiting for at most 30 minutes")
			if strings.Contains(pane, "Your browser opens it") != c.opens || strings.Contains(pane, "secret-of-the-device") {
				t.Errorf("the screen shows\n%s", pane)
			}
			s.until(func() bool { _, err := os.Stat(opened); return !c.opens || err == nil }, func() string { return "no browser came" })
			s.keys("C-c")
			s.ends()
			if page, _ := os.ReadFile(opened); c.opens != (string(page) == server.URL+"/device?user_code=48356C4K") {
				t.Errorf("opened %q", page)
			}
			if _, err := os.Stat(filepath.Join(home, ".config")); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("something is left: %v", err)
			}
		})
	}
}
