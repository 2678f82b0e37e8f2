package storage

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/jmoiron/sqlx"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

const (
	busyTimeout = 5 * time.Second
	busyPause   = 20 * time.Millisecond
	// sqliteConns is one writer and some readers: more do not make a file faster.
	sqliteConns = 4
)

func newSQLite(path string, o Options) (*dialect, error) {
	connector, err := sqlite.NewConnector(sqliteDSN(path, o.NoMigrate))
	if err != nil {
		return nil, badURL("DATABASE_URL does not name a file: %q.", path)
	}
	writer := make(chan struct{}, 1)
	return &dialect{
		kind: "sqlite", driver: "sqlite", oneWriter: true, bind: sqlx.QUESTION,
		words: strings.NewReplacer(
			"{now}", "strftime('%Y-%m-%d %H:%M:%f000', 'now')",
			"{lease}", "strftime('%Y-%m-%d %H:%M:%f000', 'now', ? || ' seconds')",
			"{lock}", "",
			"{unmoved}", "true",
			"{greatest}", "max",
			"{least}", "min",
			"{micros}", "(cast(round(unixepoch('subsec') * 1000) as integer) * 1000)",
			"{pinned}", "pinned",
			"{json}", "?",
			"{later}", "strftime('%Y-%m-%d %H:%M:%f000', updated_at, '+0.001 seconds')",
			"{in}", "in (select value from json_each(?))",
			"{object}", "json_object",
			"{nested}", "json",
			"{array}", "json_group_array",
			"{row}", "m.rowid",
		),
		ids: func(ids []string) any {
			list, _ := json.Marshal(ids) // strings cannot fail
			return string(list)
		},
		snapshot:    sql.LevelDefault, // any transaction is one, from its first read on
		hasVersions: "select exists (select 1 from sqlite_master where name = 'goose_db_version')",
		pool:        func(time.Duration) *sql.DB { return sql.OpenDB(connector) },
		limit: func(pool *sql.DB, conns int) {
			conns = min(max(conns, 2), sqliteConns)
			pool.SetMaxOpenConns(conns)
			pool.SetMaxIdleConns(conns)
		},
		create:     func(o Options) error { return createFile(path, o) },
		enter:      func(ctx context.Context) (func(), error) { return takePlace(ctx, writer) },
		up:         upSQLite,
		checkpoint: checkpointOnSQLite,
		violated:   violatedSQLite,
		collided:   func(error) bool { return false }, // SQLite waits by itself
		classify:   func(err error) *interview.Error { return classifySQLite(path, err) },
	}, nil
}

// sqliteDSN is how a file is opened: reads go on beside a write (WAL), a write waits for that of another process, and what was
// committed survives a power cut (synchronous FULL), what was removed is overwritten (secure_delete). A file that must exist is not made.
func sqliteDSN(path string, mustExist bool) string {
	q := url.Values{
		"_busy_timeout": {fmt.Sprint(busyTimeout.Milliseconds())},
		"_pragma":       {"journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", "secure_delete(1)"},
		"_txlock":       {"immediate"},
	}
	if mustExist {
		q.Set("mode", "rw")
	}
	escaped := (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath()
	if filepath.VolumeName(path) != "" { // file:/C:/folder/file
		escaped = "/" + escaped
	}
	name := url.URL{Scheme: "file", Opaque: escaped, RawQuery: q.Encode()}
	return name.String()
}

// createFile makes an empty file that only its owner may read, where there is none yet. It is made under another name first: opening and
// closing a database file would drop the locks that this process has on it.
func createFile(path string, o Options) error {
	if _, err := os.Stat(path); err == nil || o.NoMigrate || runtime.GOOS == "windows" {
		return nil // SQLite says what is wrong, if anything is
	}
	temp, err := os.CreateTemp(filepath.Dir(path), ".betterprofile-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name())
	if err := temp.Close(); err != nil {
		return err
	}
	if err := os.Link(temp.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return os.Rename(temp.Name(), path) // a file system without links
	}
	return nil
}

// takePlace waits for the only place of a writer. SQLite's own waiting is by sleeping, which serves many writers badly.
func takePlace(ctx context.Context, place chan struct{}) (func(), error) {
	select {
	case place <- struct{}{}:
		return func() { <-place }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// isBusy reports whether SQLite gave up on a lock. It does so at once, whatever its timeout, when several processes turn a new file to WAL.
func isBusy(err error) bool {
	e, ok := errors.AsType[*sqlite.Error](err)
	return ok && e.Code()&0xff == sqlite3.SQLITE_BUSY
}

// violatedSQLite returns the columns, as "table.column, table.column", or "FOREIGN KEY".
func violatedSQLite(err error) string {
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok || e.Code()&0xff != sqlite3.SQLITE_CONSTRAINT {
		return ""
	}
	if e.Code() == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY {
		return "FOREIGN KEY"
	}
	_, columns, _ := strings.Cut(e.Error(), "constraint failed: UNIQUE constraint failed: ")
	columns, _, _ = strings.Cut(columns, " (")
	return columns
}

// classifySQLite maps result codes: https://www.sqlite.org/rescode.html
func classifySQLite(path string, err error) *interview.Error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return unavailable("The database file %s cannot be made: %v.", path, e.Err)
	}
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return nil
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return unavailable("Another process is using the database %s. Try again in a moment.", path)
	case sqlite3.SQLITE_FULL:
		return unavailable("The disk is full: the database %s cannot grow. Make room and try again.", path)
	case sqlite3.SQLITE_READONLY:
		return unavailable("The database file %s, or its folder, is read-only. Make both writable.", path)
	case sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH:
		return unavailable("The database file %s cannot be opened. Check that its folder exists and that you may write to both.", path)
	case sqlite3.SQLITE_IOERR:
		return unavailable("The disk fails while reading or writing the database %s.", path)
	case sqlite3.SQLITE_NOTADB:
		return badURL("The file %s is not a database. Move it away, or name another one in DATABASE_URL.", path)
	case sqlite3.SQLITE_CORRUPT:
		return badURL("The database %s is damaged. Put a backup in its place.", path)
	default:
		return nil
	}
}
