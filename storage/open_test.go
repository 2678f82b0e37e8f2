package storage_test

import (
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/storage"
	"github.com/betterprofile/betterprofile/storage/storagetest"
)

// checkError checks code, words and form of an error: one line, and no password anywhere.
func checkError(t testing.TB, err error, code interview.Code, words ...string) {
	t.Helper()
	e, ok := errors.AsType[*interview.Error](err)
	if !ok || e.Code != code {
		t.Fatalf("error %v, want code %s", err, code)
	}
	for _, word := range words {
		if !strings.Contains(e.Message, word) {
			t.Errorf("%q does not say %q", e.Message, word)
		}
	}
	if strings.Contains(e.Message, "\n") || strings.Contains(err.Error(), "s3cret") || strings.Contains(strings.ToLower(e.Message), "select") {
		t.Errorf("%q is not fit for people", err)
	}
	if code == interview.CodeInvalid && e.Details.Field != "DATABASE_URL" {
		t.Errorf("the error is about %q", e.Details.Field)
	}
	if code == interview.CodeUnavailable && e.Details.RetryAfterSeconds != 1 {
		t.Errorf("retry after %d s", e.Details.RetryAfterSeconds)
	}
}

func TestOpen_RefusesBadURLs(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{
		"", "x", "sqlite:", "sqlite::memory:", "mysql://user:s3cret@host/db", "postgres://user:s3cret%zz@host/db", "postgres://user:s3cret@ho st/db",
		"postgres://user:s3cret@host:port/db", "postgres://user:s3cret@host/db?sslmode=s3cret", "host=/tmp password=s3cret",
	} {
		_, err := storage.Open(t.Context(), storage.Options{URL: bad})
		checkError(t, err, interview.CodeInvalid, "DATABASE_URL")
	}
}

// with returns a PostgreSQL URL with another user, password or database.
func with(t testing.TB, dsn string, change func(u *url.URL)) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	change(u)
	return u.String()
}

func TestOpen_SaysWhatIsWrongWithPostgres(t *testing.T) {
	t.Parallel()
	cluster := storagetest.StartCluster(t, storagetest.Options{TCP: true})
	good := cluster.DSN("postgres")
	openError := func(dsn string) error {
		_, err := storage.Open(t.Context(), storage.Options{URL: dsn})
		return err
	}
	checkError(t, openError(with(t, good, func(u *url.URL) { u.User = url.UserPassword("postgres", "s3cret") })),
		interview.CodeInvalid, "password", `"postgres"`)
	checkError(t, openError(with(t, good, func(u *url.URL) { u.Path = "/absent" })), interview.CodeInvalid, `"absent"`, "create it")
	checkError(t, openError(with(t, good, func(u *url.URL) { u.RawQuery = "" })), interview.CodeInvalid, "sslmode=disable")
	exec(t, raw(t, good), "create role guest login password 's3cret'")
	checkError(t, openError(with(t, good, func(u *url.URL) { u.User = url.UserPassword("guest", "s3cret") })),
		interview.CodeInvalid, `"guest"`, "grant")
	if err := cluster.Stop("fast"); err != nil {
		t.Fatal(err)
	}
	checkError(t, openError(good), interview.CodeUnavailable, fmt.Sprint(cluster.Port()), "cannot be reached")
}

func TestOpen_SaysWhatIsWrongWithTheFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	openError := func(name string) error {
		_, err := storage.Open(t.Context(), storage.Options{URL: "sqlite:" + filepath.Join(dir, name)})
		return err
	}
	checkError(t, openError("absent/test.db"), interview.CodeUnavailable, "absent/test.db", "cannot be made")
	checkError(t, openError(""), interview.CodeUnavailable, dir)
	if err := os.WriteFile(filepath.Join(dir, "text.db"), []byte(strings.Repeat("This is no database. ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	checkError(t, openError("text.db"), interview.CodeInvalid, "text.db", "not a database")
}

func TestOpen_SaysThatTheFileIsDamaged(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "test.db")
	db := open(t, storage.Options{URL: "sqlite:" + path})
	storagetest.User(t, db)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	for at := int64(1000); at < info.Size(); at += 1000 { // all pages, without the header of the file
		if _, err := file.WriteAt([]byte(strings.Repeat("\xa5", 500)), at); err != nil {
			t.Fatal(err)
		}
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = storage.Open(t.Context(), storage.Options{URL: "sqlite:" + path})
	checkError(t, err, interview.CodeInvalid, path, "damaged")
}

func TestSQLite_SaysWhyItCannotWrite(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "test.db")
	db := open(t, storage.Options{URL: "sqlite:" + path})
	storage.Pool(db).SetMaxOpenConns(1)
	write := func() error {
		_, err := db.CreateUser(t.Context(), interview.User{Name: strings.Repeat("long", 10_000), Email: interview.NewID() + "@b.c"})
		return err
	}
	exec(t, storage.Pool(db), "pragma query_only = on")
	checkError(t, write(), interview.CodeUnavailable, path, "read-only")
	exec(t, storage.Pool(db), "pragma query_only = off")
	exec(t, storage.Pool(db), "pragma max_page_count = 1")
	checkError(t, write(), interview.CodeUnavailable, path, "disk is full")
	exec(t, storage.Pool(db), "pragma max_page_count = 1000000")

	exec(t, storage.Pool(db), "pragma busy_timeout = 1")
	other, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	other.SetMaxOpenConns(1)
	exec(t, other, "begin immediate")
	checkError(t, write(), interview.CodeUnavailable, path, "Another process")
	exec(t, other, "rollback")
	if err := write(); err != nil {
		t.Fatal(err)
	}
}

func TestSQLite_FilesAreTheOwnersOnly(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		return // files have no such modes there
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "a db?#%20.db")
	db := open(t, storage.Options{URL: "sqlite:" + path})
	storagetest.User(t, db)
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 3 { // the database, -wal and -shm
		t.Fatalf("files %v, %v", files, err)
	}
	for _, file := range files {
		info, err := file.Info()
		if err != nil || info.Mode().Perm() != 0o600 || !strings.HasPrefix(file.Name(), "a db?#%20.db") {
			t.Errorf("%s has mode %v, %v", file.Name(), info.Mode(), err)
		}
	}
}

func TestSQLite_RunsAsConfigured(t *testing.T) {
	t.Parallel()
	pool := storage.Pool(storagetest.SQLite(t))
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "5000"} {
		if got := texts(t, pool, "pragma "+pragma); got[0] != want {
			t.Errorf("%s is %s, want %s", pragma, got[0], want)
		}
	}
}

func TestSQLite_ReadsDoNotWaitForAWrite(t *testing.T) {
	t.Parallel()
	db := storagetest.SQLite(t)
	user := storagetest.User(t, db)
	tx, err := storage.Pool(db).BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	if _, err := tx.ExecContext(t.Context(), `update "user" set name = 'x'`); err != nil {
		t.Fatal(err)
	}
	got, err := db.GetUser(t.Context(), user.ID)
	if err != nil || got.Name != user.Name {
		t.Fatalf("read %+v, %v", got, err)
	}
}

func TestPostgres_SessionsDoNotDependOnTheServer(t *testing.T) {
	t.Parallel()
	dsn := storagetest.Postgres(t)
	name := texts(t, raw(t, dsn), "select current_database()")[0]
	for _, setting := range []string{"timezone to 'America/New_York'", "default_transaction_isolation to 'serializable'", "statement_timeout to 1"} {
		exec(t, raw(t, dsn), "alter database "+name+" set "+setting)
	}
	db := open(t, storage.Options{URL: dsn, StatementTimeout: 7 * time.Second})
	for setting, want := range map[string]string{
		"timezone": "UTC", "default_transaction_isolation": "read committed", "statement_timeout": "7s", "application_name": "betterprofile",
	} {
		if got := texts(t, storage.Pool(db), "show "+setting); got[0] != want {
			t.Errorf("%s is %s, want %s", setting, got[0], want)
		}
	}
}

func TestKindAndStats(t *testing.T) {
	t.Parallel()
	if kind := storagetest.SQLite(t).Kind(); kind != "sqlite" {
		t.Errorf("kind %s", kind)
	}
	db := storagetest.PostgresDB(t)
	if db.Kind() != "postgres" || db.Stats().MaxOpenConnections != 10 {
		t.Errorf("kind %s, %+v", db.Kind(), db.Stats())
	}
}
