package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/betterprofile/betterprofile/client"
	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/storage/storagetest"
)

// asProgram makes the test binary be the server.
const asProgram = "BETTERPROFILE_SERVER_TEST_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// program is a server process.
type program struct {
	*exec.Cmd
	url string

	mu  sync.Mutex
	log bytes.Buffer
	end chan error
}

// command is the server's program with just these variables.
func command(t *testing.T, env []string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append([]string{asProgram + "=1", "HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH"), "GORACE=" + os.Getenv("GORACE")}, env...)
	return cmd
}

// start runs the server until it says where it serves, or has ended.
func start(t *testing.T, env ...string) *program {
	t.Helper()
	p := &program{Cmd: command(t, append([]string{"BETTERPROFILE_ADDR=127.0.0.1:0", "BETTERPROFILE_ENCRYPTION=off"}, env...)), end: make(chan error, 1)}
	stderr, err := p.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	serving := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(stderr)
		for lines.Scan() {
			p.mu.Lock()
			p.log.WriteString(lines.Text() + "\n")
			p.mu.Unlock()
			var line struct{ Msg, URL string }
			if json.Unmarshal(lines.Bytes(), &line) == nil && line.Msg == "serving" {
				serving <- line.URL
			}
		}
		close(serving)
		p.end <- p.Wait()
	}()
	p.url = <-serving
	return p
}

func (p *program) output() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.String()
}

func run(t *testing.T, env []string, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	cmd := command(t, env, args...)
	var out, errOut strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errOut
	err = cmd.Run()
	return out.String(), errOut.String(), err
}

func TestServer_AConversationEndToEndOnBothDatabases(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]string{
		"postgres": storagetest.Postgres(t), "sqlite": "sqlite:" + filepath.Join(t.TempDir(), "server.db"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			database := "DATABASE_URL=" + url
			created, stderr, err := run(t, []string{database}, "user", "create", "Ada", "--json")
			var user struct{ ID, Token string }
			if err != nil || json.Unmarshal([]byte(created), &user) != nil || user.ID == "" || len(user.Token) != 32 {
				t.Fatalf("user create printed %q, %q, %v", created, stderr, err)
			}
			p := start(t, database)
			c, err := client.New(p.url, user.Token, client.Options{})
			if err != nil {
				t.Fatal(err)
			}
			converse(t, c)
			_ = p.Process.Signal(syscall.SIGTERM)
			if err := <-p.end; err != nil {
				t.Errorf("after SIGTERM: %v\n%s", err, p.output())
			}
			if log := p.output(); strings.Contains(log, user.Token) || strings.Contains(log, "handover") || strings.Contains(log, url) {
				t.Errorf("the log holds a token, a text or the database's address:\n%s", log)
			}
			again := start(t, database)
			if c, err = client.New(again.url, user.Token, client.Options{}); err != nil {
				t.Fatal(err)
			}
			page, err := c.ListConversations(t.Context(), interview.ConversationQuery{})
			if err != nil || len(page.Conversations) != 1 {
				t.Errorf("after a restart: %+v, %v", page, err)
			}
		})
	}
}

func converse(t *testing.T, c *client.Client) {
	t.Helper()
	created, err := c.CreateConversation(t.Context(), interview.ConversationInput{})
	if err != nil {
		t.Fatal(err)
	}
	var last interview.Event
	for ev, err := range c.Send(t.Context(), created.ID, interview.TurnInput{ID: interview.NewID(), Content: "I rebuilt our handover."}) {
		if err != nil {
			t.Fatal(err)
		}
		last = ev
	}
	if last.Kind != interview.EventCompleted || last.Message.Content == "" {
		t.Errorf("the turn ended with %+v", last)
	}
}

func TestServer_BadSettingsStopItWithOneLineEach(t *testing.T) {
	t.Parallel()
	const off = "BETTERPROFILE_ENCRYPTION=off"
	full := filepath.Join(t.TempDir(), "missing", "dir", "x.db")
	for name, c := range map[string]struct {
		env  []string
		want string
	}{
		"no database":          {nil, `^betterprofile-server: DATABASE_URL is not set: .+\n$`},
		"unknown kind":         {[]string{off, "DATABASE_URL=mysql://u:hunter2@h/d"}, `^betterprofile-server: .*DATABASE_URL.*\n$`},
		"no key":               {[]string{"DATABASE_URL=sqlite:x"}, `^betterprofile-server: there is no key .*BETTERPROFILE_ENCRYPTION_KEYS.*BETTERPROFILE_ENCRYPTION=off.*\n$`},
		"bad key":              {[]string{"DATABASE_URL=sqlite:x", "BETTERPROFILE_ENCRYPTION_KEYS=main:hunter2"}, `^betterprofile-server: BETTERPROFILE_ENCRYPTION_KEYS: .*"main".*\n$`},
		"nobody there":         {[]string{off, "DATABASE_URL=postgres://u:hunter2@127.0.0.1:1/d"}, `^betterprofile-server: .*(127\.0\.0\.1:1|database).*\n$`},
		"no such folder":       {[]string{off, "DATABASE_URL=sqlite:" + full}, `^betterprofile-server: .*missing/dir.*\n$`},
		"two bad ones":         {[]string{"DATABASE_URL=sqlite:x", "BETTERPROFILE_HEARTBEAT=never", "BETTERPROFILE_LOG_LEVEL=x"}, `^betterprofile-server: BETTERPROFILE_HEARTBEAT: .+\nbetterprofile-server: BETTERPROFILE_LOG_LEVEL: .+\n$`},
		"certificate not here": {[]string{off, "DATABASE_URL=sqlite:" + filepath.Join(t.TempDir(), "x"), "BETTERPROFILE_TLS_CERT=no.pem", "BETTERPROFILE_TLS_KEY=no.key"}, `^betterprofile-server: BETTERPROFILE_TLS_CERT.*\n$`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, stderr, err := run(t, append(c.env, "BETTERPROFILE_LOG_LEVEL=error"), "serve")
			if name == "two bad ones" {
				_, stderr, err = run(t, c.env, "serve")
			}
			if err == nil || !regexp.MustCompile(c.want).MatchString(stderr) || strings.Contains(stderr, "hunter2") {
				t.Errorf("%v, %q", err, stderr)
			}
		})
	}
}

func TestServer_SecondSignalEndsItAtOnce(t *testing.T) {
	t.Parallel()
	p := start(t, "DATABASE_URL=sqlite:"+filepath.Join(t.TempDir(), "x.db"), "BETTERPROFILE_SHUTDOWN_GRACE=1h",
		"OPENAI_BASE_URL="+silentModel(t), "BETTERPROFILE_UPSTREAM_TIMEOUT=1h")
	// A running reply keeps the server from ending by itself.
	token := userOf(t, p)
	c, err := client.New(p.url, token, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	created, err := c.CreateConversation(t.Context(), interview.ConversationInput{})
	if err != nil {
		t.Fatal(err)
	}
	for ev := range c.Send(t.Context(), created.ID, interview.TurnInput{ID: interview.NewID(), Content: "hello"}) {
		if ev.Kind == interview.EventStarted {
			break
		}
	}
	_ = p.Process.Signal(os.Interrupt)
	ready := func() bool {
		request, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, p.url+"/readyz", nil)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return false
		}
		defer response.Body.Close()
		return response.StatusCode == http.StatusOK
	}
	for ready() { //nolint:revive // until the first signal has arrived
	}
	_ = p.Process.Signal(os.Interrupt)
	err = <-p.end
	if exit, ok := err.(*exec.ExitError); !ok || exit.ExitCode() != 130 { //nolint:errorlint // Wait's own error
		t.Errorf("ended with %v\n%s", err, p.output())
	}
}

func userOf(t *testing.T, p *program) string {
	t.Helper()
	var env []string
	for _, v := range p.Env {
		if strings.HasPrefix(v, "DATABASE_URL=") {
			env = append(env, v)
		}
	}
	created, stderr, err := run(t, env, "user", "create", "Ada", "--json")
	var user struct{ ID, Token string }
	if err != nil || json.Unmarshal([]byte(created), &user) != nil {
		t.Fatalf("%q, %q, %v", created, stderr, err)
	}
	return user.Token
}

func TestKeys_SealAndRotateWhileServing(t *testing.T) {
	t.Parallel()
	database := "DATABASE_URL=" + storagetest.Postgres(t)
	p := start(t, database)
	token := userOf(t, p)
	c, err := client.New(p.url, token, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	converse(t, c) // stored readable
	var ring []string
	for _, id := range []string{"a", "b"} {
		key, _, err := run(t, nil, "keys", "new", id)
		if err != nil {
			t.Fatal(err)
		}
		ring = append(ring, strings.TrimSpace(key))
	}
	a, both := "BETTERPROFILE_ENCRYPTION_KEYS="+ring[0], "BETTERPROFILE_ENCRYPTION_KEYS="+ring[1]+","+ring[0]
	if out, stderr, err := run(t, []string{database, a}, "keys", "seal"); err != nil || !strings.Contains(out, "texts were sealed") {
		t.Fatalf("seal: %q, %q, %v", out, stderr, err)
	}
	sealed := start(t, database, a, "BETTERPROFILE_ENCRYPTION=on")
	if c, err = client.New(sealed.url, token, client.Options{}); err != nil {
		t.Fatal(err)
	}
	converse(t, c)
	if out, stderr, err := run(t, []string{database, both}, "keys", "rotate"); err != nil {
		t.Fatalf("rotate: %q, %q, %v", out, stderr, err)
	}
	out, _, err := run(t, []string{database, both}, "keys", "status")
	if err != nil || !regexp.MustCompile(`another key\s+0\nplain\s+0\nplain is refused\s+true`).MatchString(out) {
		t.Errorf("status: %q, %v", out, err)
	}
	if _, stderr, err := run(t, []string{database, a}, "serve"); err == nil || !strings.Contains(stderr, "does not open") && !strings.Contains(stderr, "not among") {
		t.Errorf("a server with the old key alone: %q, %v", stderr, err)
	}
}

func TestHealthcheck_SaysWhetherTheServerIsReady(t *testing.T) {
	t.Parallel()
	p := start(t, "DATABASE_URL=sqlite:"+filepath.Join(t.TempDir(), "x.db"))
	addr := strings.TrimPrefix(p.url, "http://")
	if _, stderr, err := run(t, []string{"BETTERPROFILE_ADDR=" + addr}, "healthcheck"); err != nil {
		t.Errorf("%v, %s", err, stderr)
	}
	if _, _, err := run(t, []string{"BETTERPROFILE_ADDR=127.0.0.1:1"}, "healthcheck"); err == nil {
		t.Error("a server that is not there is ready")
	}
}

func TestUser_CommandsWorkForPeople(t *testing.T) {
	t.Parallel()
	env := []string{"DATABASE_URL=sqlite:" + filepath.Join(t.TempDir(), "x.db")}
	out, stderr, err := run(t, env, "user", "create", "Ada\x1b[31m", "--email", "Ada@Example.org")
	if err != nil || !strings.Contains(out, "Token: ") || strings.Contains(out, "\x1b") {
		t.Errorf("create: %q, %q, %v", out, stderr, err)
	}
	if _, stderr, err = run(t, env, "user", "create", "Bob", "--email", "ada@example.org"); err == nil || !strings.Contains(stderr, "email") {
		t.Errorf("the same address again: %q, %v", stderr, err)
	}
	if out, _, err = run(t, env, "user", "list"); err != nil || !strings.Contains(out, "ada@example.org") || strings.Contains(out, "\x1b") {
		t.Errorf("list: %q, %v", out, err)
	}
	if out, _, err = run(t, env, "migrate"); err != nil || !strings.Contains(out, "sqlite database is at schema version") {
		t.Errorf("migrate: %q, %v", out, err)
	}
	if out, _, err = run(t, append(env, "OPENAI_API_KEY=sk-hidden"), "config"); err != nil || strings.Contains(out, "sk-hidden") || !strings.Contains(out, "(set)") {
		t.Errorf("config: %q, %v", out, err)
	}
}

// silentModel is an endpoint that never answers.
func silentModel(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // only then does the server notice that the client has gone
		<-r.Context().Done()
	}))
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return server.URL + "/v1"
}
