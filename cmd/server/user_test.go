package main

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/betterprofile/betterprofile/api/betterauth"
	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/storage"
	"github.com/betterprofile/betterprofile/storage/storagetest"
)

// admin runs commands on a database.
type admin struct {
	t   *testing.T
	url string
}

// try runs a command with a standard input.
func (a admin) try(input string, args ...string) (stdout, stderr string, status int) {
	a.t.Helper()
	var out, errOut bytes.Buffer
	program := &app{in: strings.NewReader(input), out: &out, err: &errOut, lookup: func(name string) (string, bool) {
		return map[string]string{"DATABASE_URL": a.url}[name], name == "DATABASE_URL"
	}}
	status = program.run(a.t.Context(), append([]string{"user"}, args...))
	return out.String(), errOut.String(), status
}

// do runs a command that must succeed, and returns what it printed.
func (a admin) do(args ...string) string {
	a.t.Helper()
	stdout, stderr, status := a.try("", args...)
	if status != 0 {
		a.t.Fatalf("%v: status %d, %s", args, status, stderr)
	}
	return stdout
}

// refused runs a command that must not succeed.
func (a admin) refused(want int, says, input string, args ...string) {
	a.t.Helper()
	stdout, stderr, status := a.try(input, args...)
	if status != want || !strings.Contains(stderr, says) || stdout != "" {
		a.t.Errorf("%v: status %d, want %d; %q, %q", args, status, want, stdout, stderr)
	}
}

func (a admin) open() *storage.DB {
	a.t.Helper()
	db, err := storage.Open(a.t.Context(), storage.Options{URL: a.url})
	if err != nil {
		a.t.Fatal(err)
	}
	a.t.Cleanup(func() { _ = db.Close() })
	return db
}

// token is what a command printed with --json.
func (a admin) token(printed string) (id, token string) {
	a.t.Helper()
	var user struct{ ID, Token string }
	if err := json.Unmarshal([]byte(printed), &user); err != nil || user.Token == "" {
		a.t.Fatalf("%q, %v", printed, err)
	}
	return user.ID, user.Token
}

// databases runs f with an SQLite database, and one that a web platform shares.
func databases(t *testing.T, f func(a admin)) {
	for kind, url := range map[string]string{
		"sqlite": "sqlite:" + filepath.Join(t.TempDir(), "x.db"), "platform": storagetest.MigratedFrom(t, "platform-c-existing.sql"),
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			f(admin{t, url})
		})
	}
}

func TestUser_CreateWithAPassword(t *testing.T) {
	t.Parallel()
	databases(t, func(a admin) {
		const password = "correct horse \u00e9"
		stdout, stderr, status := a.try(password+"\r\nnext line\n", "create", "Ada", "--email", "Ada@Example.org", "--password")
		if status != 0 || strings.Contains(stdout+stderr, "horse") {
			a.t.Fatalf("status %d, %q, %q", status, stdout, stderr)
		}
		account, hash, err := a.open().AccountByEmail(a.t.Context(), "ada@example.org")
		if err != nil || account.Name != "Ada" || !betterauth.Verify(hash, password) {
			a.t.Errorf("%+v, %q, %v", account, hash, err)
		}
		for _, bad := range []string{"", "short\n", strings.Repeat("x", 129), strings.Repeat("x", maxLine+1)} {
			a.refused(2, "8 to 128", bad, "create", "Bob", "--email", "bob@example.org", "--password")
		}
		a.refused(1, "email", password, "create", "Eve", "--email", "ada@example.ORG", "--password")
		if list := a.do("list"); strings.Count(list, "\n") != 1 {
			a.t.Errorf("users:\n%s", list)
		}
	})
}

func TestUser_TokensAreMadeAndRevoked(t *testing.T) {
	t.Parallel()
	databases(t, func(a admin) {
		id, first := a.token(a.do("create", "Ada", "--email", "ada@example.org", "--json"))
		_, second := a.token(a.do("token", "ADA@example.org", "--for", "2h", "--json"))
		db := a.open()
		for _, token := range []string{first, second} {
			if in, _, err := db.FindSession(a.t.Context(), token); err != nil || in.UserID != id {
				a.t.Errorf("%+v, %v", in, err)
			}
		}
		if out := a.do("revoke-tokens", id); out != "2 sessions of ada@example.org were ended.\n" {
			a.t.Errorf("printed %q", out)
		}
		if _, _, err := db.FindSession(a.t.Context(), first); interview.ErrorCode(err) != interview.CodeUnauthenticated {
			a.t.Errorf("after revoke-tokens: %v", err)
		}
		a.refused(2, "--for", "", "token", id, "--for", "-1h")
		for _, command := range []string{"token", "revoke-tokens", "ban", "unban", "delete"} {
			a.refused(1, "User not found", "", command, "nobody@example.org")
			a.refused(1, "User not found", "", command, "nobody")
		}
	})
}

func TestUser_BanAndUnban(t *testing.T) {
	t.Parallel()
	databases(t, func(a admin) {
		_, token := a.token(a.do("create", "Ada", "--email", "ada@example.org", "--json"))
		a.do("ban", "ada@example.org", "--reason", "spam")
		if _, _, err := a.open().FindSession(a.t.Context(), token); interview.ErrorCode(err) != interview.CodeUnauthenticated {
			a.t.Errorf("a banned user's session: %v", err)
		}
		a.refused(4, "banned", "", "token", "ada@example.org")
		if list := a.do("list"); !strings.HasSuffix(list, "banned\n") {
			a.t.Errorf("users:\n%s", list)
		}
		if out := a.do("ban", "ada@example.org", "--for", "72h"); !strings.Contains(out, "is banned until 2") {
			a.t.Errorf("printed %q", out)
		}
		a.do("unban", "ada@example.org")
		a.do("token", "ada@example.org")
	})
}

func TestUser_DeleteAsksFirst(t *testing.T) {
	t.Parallel()
	databases(t, func(a admin) {
		a.do("create", "Ada\x1b[31m", "--email", "ada@example.org")
		for _, answer := range []string{"", "\n", "no\n", "y\n"} {
			a.refused(1, "Nothing was done", answer, "delete", "ada@example.org")
		}
		stdout, stderr, status := a.try("Yes\n", "delete", "ada@example.org")
		if status != 0 || !strings.Contains(stderr, "ada@example.org") || !strings.Contains(stdout, "was erased") || strings.Contains(stdout+stderr, "\x1b") {
			a.t.Fatalf("status %d, %q, %q", status, stdout, stderr)
		}
		a.refused(1, "User not found", "", "delete", "ada@example.org", "--yes")
		a.do("create", "Ada", "--email", "ada@example.org")
		a.do("delete", "ada@example.org", "--yes")
		if list := a.do("list"); list != "" {
			a.t.Errorf("users:\n%s", list)
		}
	})
}

func TestUser_WhatAdministratorsDoIsWrittenDown(t *testing.T) {
	t.Parallel()
	a := admin{t, "sqlite:" + filepath.Join(t.TempDir(), "server.db")}
	const password = "correct horse 1"
	var all string
	for _, args := range [][]string{
		{"create", "Ada", "--email", "ada@example.org", "--password"},
		{"token", "ada@example.org"},
		{"revoke-tokens", "ada@example.org"},
		{"ban", "ada@example.org", "--reason", "HUSH"},
		{"unban", "ada@example.org"},
		{"delete", "ada@example.org", "--yes"},
	} {
		stdout, stderr, status := a.try(password+"\n", args...)
		if status != 0 {
			t.Fatalf("%v: %d %s", args, status, stderr)
		}
		for line := range strings.Lines(stdout) {
			if token, ok := strings.CutPrefix(line, "Token: "); ok && strings.Contains(stderr, strings.TrimSpace(token)) {
				t.Errorf("%v: %s", args, stderr)
			}
		}
		all += stderr
	}
	for _, action := range []string{"user_created", "token_made", "sessions_revoked", "user_banned", "user_unbanned", "user_erased"} {
		if !strings.Contains(all, `"msg":"audit","audit":{"action":"`+action+`","user":"`) {
			t.Errorf("nothing says %s in %s", action, all)
		}
	}
	if strings.Contains(all, password) || strings.Contains(all, "HUSH") {
		t.Errorf("%s", all)
	}
}
