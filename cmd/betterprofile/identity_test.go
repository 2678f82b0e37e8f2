package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/betterprofile/betterprofile/api/betterauth"
	"github.com/betterprofile/betterprofile/cmd/setup"
	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/storage"
)

// adasPassword is that of the user of identityServer.
const adasPassword = "correct horse 1"

// identityServer starts a shared server that signs its user in, by password and by device code, and sets SERVER and TOKEN.
func identityServer(ts *testscript.TestScript, _ bool, _ []string) {
	sharedServer(ts, false, nil)
	db := openServerDB(ts)
	ts.Defer(func() { _ = db.Close() })
	ctx := context.Background()
	ada, _, err := db.AccountByEmail(ctx, "ada@example.org")
	ts.Check(err)
	ts.Check(db.SetPassword(ctx, ada.ID, betterauth.Hash(adasPassword)))
	front := httptest.NewUnstartedServer(nil)
	address := "http://" + front.Listener.Addr().String()
	identity, err := betterauth.New(betterauth.Options{
		Accounts: db, BaseURL: address, Secrets: []string{"a secret of at least 32 characters, for tests"}, NoLimits: true,
	})
	ts.Check(err)
	front.Config.Handler = frontOf(ts.Getenv("SERVER"), identity)
	front.Start()
	ts.Defer(front.Close)
	ts.Setenv("SERVER", address)
	ts.Setenv("APPROVER_TOKEN", ts.Getenv("TOKEN"))
}

// openServerDB opens the database of the shared server.
func openServerDB(ts *testscript.TestScript) *storage.DB {
	db, err := storage.Open(context.Background(), storage.Options{URL: "sqlite:" + ts.MkAbs("server.db"), NoMigrate: true})
	ts.Check(err)
	return db
}

// frontOf passes requests on to a server but for those about identity, and has terminals ask every second, which is quicker than the real
// five.
func frontOf(server string, identity http.Handler) http.Handler {
	to, _ := url.Parse(server)
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) }, FlushInterval: -1}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, betterauth.Base) {
			proxy.ServeHTTP(w, r)
			return
		}
		answer := httptest.NewRecorder()
		identity.ServeHTTP(answer, r)
		w.Header().Set("Content-Type", answer.Header().Get("Content-Type"))
		w.WriteHeader(answer.Code)
		_, _ = w.Write(bytes.Replace(answer.Body.Bytes(), []byte(`"interval":5`), []byte(`"interval":1`), 1))
	})
}

// sessions fails unless the user of the shared server has so many sessions.
func sessions(ts *testscript.TestScript, _ bool, args []string) {
	db := openServerDB(ts)
	defer func() { _ = db.Close() }()
	ada, _, err := db.AccountByEmail(context.Background(), "ada@example.org")
	ts.Check(err)
	all, err := db.Sessions(context.Background(), ada.ID)
	ts.Check(err)
	if got := fmt.Sprint(len(all)); len(args) != 1 || got != args[0] {
		ts.Fatalf("%s sessions, want %s", got, args)
	}
}

// approveCode and denyCode are browsers in which somebody is signed in with APPROVER_TOKEN, and decides at once.
func approveCode() { decideCode("approve") }
func denyCode()    { decideCode("deny") }

func decideCode(verb string) {
	page, err := url.Parse(os.Args[len(os.Args)-1])
	if err != nil {
		panic(err)
	}
	base, code := page.Scheme+"://"+page.Host+betterauth.Base+"/device", page.Query().Get("user_code")
	body, _ := json.Marshal(map[string]string{"userCode": code})
	claim, _ := http.NewRequestWithContext(context.Background(), http.MethodGet, base+"?user_code="+code, nil)
	decide, _ := http.NewRequestWithContext(context.Background(), http.MethodPost, base+"/"+verb, bytes.NewReader(body))
	decide.Header.Set("Content-Type", "application/json")
	for _, r := range []*http.Request{claim, decide} {
		r.Header.Set("Authorization", "Bearer "+os.Getenv("APPROVER_TOKEN"))
		resp, err := http.DefaultClient.Do(r)
		if err != nil || resp.StatusCode != http.StatusOK {
			panic(fmt.Sprint(verb, err, resp))
		}
		_ = resp.Body.Close()
	}
}

// pressCtrlC is a browser at the sight of which somebody gives up.
func pressCtrlC() {
	terminal, err := os.FindProcess(os.Getppid())
	if err == nil {
		err = terminal.Signal(os.Interrupt)
	}
	if err != nil {
		panic(err)
	}
}

// notePage is a browser that only notes, in the file OPENED, what it was to show.
func notePage() {
	file := os.Getenv("OPENED")
	_ = os.WriteFile(file+".new", []byte(os.Args[1]), 0o600) // the test sees what is missing
	_ = os.Rename(file+".new", file)
}

// startTestServer starts a shared server with a user, Ada, and returns its address and tokens of sessions of hers.
func startTestServer(t *testing.T, n int) (address string, tokens []string) {
	t.Helper()
	return startServerOf(t, slices.Repeat([]string{"Ada"}, n)...)
}

// startServerOf starts a shared server and returns its address and a token of a session for each of the names of users.
func startServerOf(t *testing.T, names ...string) (address string, tokens []string) {
	t.Helper()
	config, _, problems := setup.Load(func(name string) (string, bool) {
		value, ok := map[string]string{
			"DATABASE_URL": "sqlite:" + filepath.Join(t.TempDir(), "server.db"), "BETTERPROFILE_ADDR": "127.0.0.1:0",
			"BETTERPROFILE_ENCRYPTION": "off", "BETTERPROFILE_SHUTDOWN_GRACE": "1s",
		}[name]
		return value, ok
	})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	ctx := context.Background() // it outlives the test's context
	server, err := setup.Start(ctx, config, setup.Options{Version: "test", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close(ctx) })
	users := map[string]interview.User{}
	for _, name := range names {
		if _, known := users[name]; !known {
			if users[name], err = server.DB.CreateUser(ctx, interview.User{Name: name, Email: strings.ToLower(name) + "@example.org"}); err != nil {
				t.Fatal(err)
			}
		}
		session, err := server.DB.CreateSession(ctx, users[name].ID, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		tokens = append(tokens, session.Token)
	}
	return server.URL, tokens
}
