package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/lib/pq"
	_ "modernc.org/sqlite" // the driver, to put conversations into the file

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/storage/storagetest"
)

// lab is everything that a run needs: programs, a PostgreSQL, a folder, and the processes started so far.
type lab struct {
	settings settings
	dir      string
	self     string // this program
	server   string // betterprofile-server
	floor    string
	sealing  string // the setting that says whether our server encrypts
	cluster  *storagetest.Cluster
	model    *child
	children []*target
}

// openLab builds the programs and starts PostgreSQL and the model.
func openLab(ctx context.Context, s settings) (*lab, error) {
	dir, err := os.MkdirTemp("", "bp-turns-")
	if err != nil {
		return nil, err
	}
	l := &lab{settings: s, dir: dir}
	if err := l.open(ctx); err != nil {
		return nil, errors.Join(err, l.close())
	}
	return l, nil
}

func (l *lab) open(ctx context.Context) (err error) {
	if l.self, err = os.Executable(); err != nil {
		return err
	}
	if l.settings.profile != "" {
		if err := os.MkdirAll(l.settings.profile, 0o750); err != nil {
			return err
		}
	}
	if l.floor, err = l.build(ctx, "bench/floor"); err != nil {
		return err
	}
	if l.server = l.settings.server; l.server == "" {
		if l.server, err = l.build(ctx, "cmd/server"); err != nil {
			return err
		}
	}
	if l.sealing, err = l.encryption(ctx); err != nil {
		return err
	}
	if l.cluster, err = storagetest.OpenCluster(storagetest.Options{Sync: true}); err != nil {
		return err
	}
	addr, err := freeAddr()
	if err != nil {
		return err
	}
	l.model, err = startChild(ctx, "model", addr, nil, l.self, "model", "-addr", addr)
	return err
}

// build builds a program of this module.
func (l *lab) build(ctx context.Context, folder string) (string, error) {
	path := filepath.Join(l.dir, filepath.Base(folder))
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-tags", "nomsgpack", "-o", path, module+"/"+folder)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building %s: %w\n%s", folder, err, output)
	}
	return path, nil
}

const module = "github.com/betterprofile/betterprofile"

// close ends every process and removes the folder.
func (l *lab) close() error {
	var errs []error
	for _, t := range l.children {
		errs = append(errs, t.child.stop())
		t.child = nil
	}
	errs = append(errs, l.model.stop())
	if l.cluster != nil {
		errs = append(errs, l.cluster.Close())
	}
	return errors.Join(append(errs, os.RemoveAll(l.dir))...)
}

// modelURL is the model's base URL.
func (l *lab) modelURL() string { return "http://" + l.model.addr + "/v1" }

// add starts a target and notes it.
func (l *lab) add(ctx context.Context, t *target) (*target, error) {
	child, err := t.start(ctx)
	if err != nil {
		return nil, err
	}
	t.child = child
	l.children = append(l.children, t)
	return t, nil
}

// restart gives the target a fresh process.
func (t *target) restart(ctx context.Context) (err error) {
	if err = t.child.stop(); err != nil {
		return err
	}
	t.child = nil
	t.child, err = t.start(ctx)
	return err
}

// program returns what starts a program on a free address, which it is given by the flag -addr.
func (l *lab) program(name, program string, args ...string) func(context.Context) (*child, error) {
	return func(ctx context.Context) (*child, error) {
		addr, err := freeAddr()
		if err != nil {
			return nil, err
		}
		return startChild(ctx, name, addr, nil, program, append(args, "-addr", addr)...)
	}
}

// ours returns what starts our server.
func (l *lab) ours(name, database string) func(context.Context) (*child, error) {
	return func(ctx context.Context) (*child, error) {
		addr, err := freeAddr()
		if err != nil {
			return nil, err
		}
		return startChild(ctx, name, addr, append(l.environment(database), "BETTERPROFILE_ADDR="+addr), l.server)
	}
}

// environment sets our server up.
func (l *lab) environment(database string) []string {
	env := []string{
		"DATABASE_URL=" + database, "OPENAI_BASE_URL=" + l.modelURL(), "BETTERPROFILE_RATE_LIMIT_PER_MIN=0", "BETTERPROFILE_REQUESTS_PER_MIN=0", "BETTERPROFILE_STREAMS_PER_USER=0",
		"BETTERPROFILE_LOG_LEVEL=warn", "BETTERPROFILE_SHUTDOWN_GRACE=1s", l.sealing,
	}
	return append(env, fmt.Sprintf("BETTERPROFILE_DB_MAX_CONNS=%d", l.settings.conns))
}

// encryption returns the setting of our server's environment, with a new key where there is to be one.
func (l *lab) encryption(ctx context.Context) (string, error) {
	if !l.settings.sealed {
		return "BETTERPROFILE_ENCRYPTION=off", nil
	}
	key, err := exec.CommandContext(ctx, l.server, "keys", "new", "bench").Output()
	if err != nil {
		return "", fmt.Errorf("making a key: %w", err)
	}
	return "BETTERPROFILE_ENCRYPTION_KEYS=" + strings.TrimSpace(string(key)), nil
}

// user makes the tables and a user in a database of our server.
func (l *lab) user(ctx context.Context, database string) (id, token string, err error) {
	cmd := exec.CommandContext(ctx, l.server, "user", "create", "bench", "--json")
	cmd.Env = append(cleanEnvironment(), l.environment(database)...)
	output, err := cmd.Output()
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		return "", "", fmt.Errorf("making a user: %w: %s", err, failed.Stderr)
	}
	if err != nil {
		return "", "", err
	}
	var made struct{ ID, Token string }
	err = json.Unmarshal(output, &made)
	return made.ID, made.Token, err
}

const (
	// conversations is how many each database gets. When all were used, the first are used again.
	conversations = 10_000
	// people is how many users share them in a database of our server: no fewer than readers, so that each reader is another.
	people = 1000
)

// people makes users in a database that has its tables, and returns their ids and tokens.
func (l *lab) people(ctx context.Context, database string) (ids, tokens []string, err error) {
	driver, source, makeUsers, makeSessions := "postgres", database, usersPostgres, sessionsPostgres
	if path, isFile := strings.CutPrefix(database, "sqlite:"); isFile {
		driver, source, makeUsers, makeSessions = "sqlite", path, usersSQLite, sessionsSQLite
	}
	ids, tokens = generate(people, interview.NewID), generate(people, rand.Text)
	list, err := json.Marshal(pairs(ids, tokens))
	if err != nil {
		return nil, nil, err
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		return nil, nil, err
	}
	defer db.Close()
	for _, insert := range []string{makeUsers, makeSessions} {
		if _, err := db.ExecContext(ctx, insert, string(list)); err != nil {
			return nil, nil, err
		}
	}
	return ids, tokens, nil
}

const (
	usersPostgres = `insert into "user" (id, name, email, created_at, updated_at)
		select p ->> 0, p ->> 0, (p ->> 0) || '@bench.example', now(), now() from json_array_elements($1::json) p`

	sessionsPostgres = `insert into session (id, token, user_id, expires_at, created_at, updated_at)
		select p ->> 0, p ->> 1, p ->> 0, now() + interval '1 day', now(), now() from json_array_elements($1::json) p`

	usersSQLite = `insert into user (id, name, email, created_at, updated_at)
		select value ->> 0, value ->> 0, (value ->> 0) || '@bench.example', '2026-01-01 00:00:00.000000', '2026-01-01 00:00:00.000000' from json_each(?1)`

	sessionsSQLite = `insert into session (id, token, user_id, expires_at, created_at, updated_at)
		select value ->> 0, value ->> 1, value ->> 0, '9999-01-01 00:00:00.000000', '2026-01-01 00:00:00.000000', '2026-01-01 00:00:00.000000'
		from json_each(?1)`
)

// fill puts empty conversations into a database, of the users in turn, and returns their ids.
func fill(ctx context.Context, database string, users ...string) ([]string, error) {
	ids := generate(conversations, interview.NewID)
	owners := make([]string, len(ids))
	for n := range owners {
		owners[n] = users[n%len(users)]
	}
	if path, isFile := strings.CutPrefix(database, "sqlite:"); isFile {
		return ids, fillSQLite(ctx, path, owners, ids)
	}
	db, err := sql.Open("postgres", database)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	_, err = db.ExecContext(ctx, `insert into conversations (id, user_id, created_at, updated_at)
		select id, owner, timestamp '2026-01-01', timestamp '2026-01-01' from unnest($1::text[], $2::uuid[]) as x (owner, id)`, pq.Array(owners), pq.Array(ids))
	return ids, err
}

func fillSQLite(ctx context.Context, path string, owners, ids []string) error {
	db, err := sql.Open("sqlite", path)
	if err != nil {
		return err
	}
	defer db.Close()
	list, err := json.Marshal(pairs(ids, owners))
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, `insert into conversations (id, user_id, created_at, updated_at)
		select value ->> 0, value ->> 1, '2026-01-01 00:00:00.000000', '2026-01-01 00:00:00.000000' from json_each(?1)`, string(list))
	return err
}

// pairs is two lists as one for SQLite, where a join of two lists would compare each with each.
func pairs(a, b []string) [][2]string {
	all := make([][2]string, len(a))
	for i := range a {
		all[i] = [2]string{a[i], b[i]}
	}
	return all
}
