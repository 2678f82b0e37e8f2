package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/betterprofile/betterprofile/api/betterauth"
	"github.com/betterprofile/betterprofile/storage"
)

// odd is a password with what could break a protocol of text.
const odd = "a \"quoted\"\\ wörd\n\x00\U0001f600 %q"

// post sends JSON and returns the answer's status and body.
func post(t *testing.T, url string, body map[string]string) (int, string) {
	t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

func TestServer_PasswordsAreHashedInProcessesOfTheirOwn(t *testing.T) {
	t.Parallel()
	database := "sqlite:" + filepath.Join(t.TempDir(), "server.db")
	p := start(t, "DATABASE_URL="+database, "BETTER_AUTH_SECRET=a secret of the tests, long enough")
	if status, body := post(t, p.url+"/api/auth/sign-up/email", map[string]string{"name": "Ada", "email": "ada@example.org", "password": odd}); status != http.StatusOK {
		t.Fatalf("%d %s", status, body)
	}
	for password, want := range map[string]int{odd: http.StatusOK, odd + "x": http.StatusUnauthorized} {
		if status, body := post(t, p.url+"/api/auth/sign-in/email", map[string]string{"email": "ada@example.org", "password": password}); status != want {
			t.Errorf("%q: %d %s", password, status, body)
		}
	}
	if log := p.output(); strings.Contains(log, "hashed by the server itself") || strings.Contains(log, "wörd") {
		t.Errorf("%s", log)
	}
	db, err := storage.Open(t.Context(), storage.Options{URL: database})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, hash, err := db.AccountByEmail(t.Context(), "ada@example.org"); err != nil || !betterauth.Verify(hash, odd) {
		t.Errorf("%q is stored, %v", hash, err)
	}
}

func TestHashPassword_RefusesWhatIsNoPassword(t *testing.T) {
	t.Parallel()
	for _, input := range []string{"", "hunter2", `"salt"`} {
		cmd := command(t, nil, hashName)
		var out, errOut strings.Builder
		cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(input), &out, &errOut
		if err := cmd.Run(); err == nil || out.Len() > 0 || strings.Contains(errOut.String(), "hunter2") {
			t.Errorf("%q: %v, %q, %q", input, err, out.String(), errOut.String())
		}
	}
}
