// Package storage keeps conversations, turns and accounts in PostgreSQL or SQLite. [DB] is the interview.Store, AccountStore,
// RateStore and Authenticator of a server. What differs between the two databases is in the dialect files and in turn_postgres.go; the rest is one
// set of queries.
package storage

import (
	"cmp"
	"context"
	"database/sql"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/jmoiron/sqlx"
)

var _ interface {
	interview.Store
	interview.AccountStore
	interview.RateStore
	interview.SessionAuthenticator
} = (*DB)(nil)

// Options say which database to open, and how. Zero values mean the defaults.
type Options struct {
	URL              string           // "postgres://user:password@host:5432/database", or "sqlite:PATH"; required
	MaxConns         int              // connections kept at most; default 10, of which SQLite uses 4
	StatementTimeout time.Duration    // when PostgreSQL gives up on a statement; default 10 s
	NoMigrate        bool             // leave the database as it is, whatever its version: nothing is made or changed
	Now              func() time.Time // the clock of stored times; default time.Now
	Log              *slog.Logger     // told of migrations; default discards
	Keys             *Keys            // what text is sealed with at rest; nil stores it as it is

	// Trace is told of every statement before it is made, in the context of the call; it has no values. Default: nobody is.
	Trace func(ctx context.Context, statement string)
}

func (o Options) withDefaults() Options {
	o.MaxConns = cmp.Or(o.MaxConns, 10)
	o.StatementTimeout = cmp.Or(o.StatementTimeout, 10*time.Second)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// DB is a database, ready to use, by any number of goroutines.
type DB struct {
	sql            *sqlx.DB
	dialect        *dialect
	layout         layout // of accounts; set before the DB is shared
	now            func() time.Time
	log            *slog.Logger
	statements     sync.Map      // query as written in the source → *statement
	transfers      chan struct{} // has a place for each export or import that may run
	keys           *Keys         // nil: text is stored as it is
	trace          func(ctx context.Context, statement string)
	searchMessages int          // how many messages one search looks at
	scratch        sync.Pool    // of *scratch
	swept          atomic.Int64 // when rate limits were swept, in nanoseconds since 1970
	begins         groupCommit[*beginning]
	finishes       groupCommit[*finishing]
	sealedOnly     bool // plain text is an error; set before the DB is shared
}

// Open connects to a database and brings its tables up to date. When several processes do so at once, one of them migrates
// and the others wait for it.
//
// Errors: invalid, field DATABASE_URL, when the URL, the password or the database is wrong, or the database was made by a newer version of
// the program; invalid, field BETTERPROFILE_ENCRYPTION_KEYS, when the newest text does not open with the keys; unavailable when the database is away. Their messages are one line, say what to do, and never hold the password.
func Open(ctx context.Context, o Options) (*DB, error) {
	o = o.withDefaults()
	d, err := dialectOf(o)
	if err != nil {
		return nil, err
	}
	db := newDB(d, d.pool(o.StatementTimeout), o)
	begun := time.Now()
	err = db.prepare(ctx, o)
	for isBusy(err) && time.Since(begun) < busyTimeout && ctx.Err() == nil {
		select {
		case <-time.After(busyPause):
		case <-ctx.Done():
		}
		err = db.prepare(ctx, o)
	}
	if err != nil {
		_ = db.Close()
		return nil, err
	}
	return db, nil
}

// newDB makes a DB of a pool.
func newDB(d *dialect, pool *sql.DB, o Options) *DB {
	d.limit(pool, o.MaxConns)
	return &DB{
		sql: sqlx.NewDb(pool, d.driver), dialect: d, now: o.Now, log: o.Log, keys: o.Keys, trace: o.Trace,
		transfers: make(chan struct{}, max(1, pool.Stats().MaxOpenConnections/4)), searchMessages: searchMessages,
	}
}

// prepare makes sure that the database is there and, unless told not to, up to date.
func (db *DB) prepare(ctx context.Context, o Options) error {
	if err := db.dialect.create(o); err != nil {
		return db.fail(ctx, "create the database", err)
	}
	have, err := db.version(ctx)
	if err == nil {
		db.layout, err = db.findLayout(ctx)
	}
	if err == nil && !o.NoMigrate {
		err = db.migrate(ctx, have, o)
	}
	if err == nil && (have >= encryptionVersion || !o.NoMigrate) {
		err = db.checkKeys(ctx)
	}
	return db.fail(ctx, "open the database", err)
}

// dialectOf reads the URL. Errors: invalid, field DATABASE_URL.
func dialectOf(o Options) (*dialect, error) {
	path, isFile := strings.CutPrefix(o.URL, "sqlite:")
	switch {
	case isFile && path != "" && path != ":memory:":
		return newSQLite(path, o)
	case strings.HasPrefix(o.URL, "postgres://"), strings.HasPrefix(o.URL, "postgresql://"):
		return newPostgres(o)
	default:
		return nil, badURL("DATABASE_URL must be postgres://USER:PASSWORD@HOST:5432/DATABASE, or sqlite:PATH for a file.")
	}
}

func badURL(format string, args ...any) *interview.Error {
	return interview.Invalid("DATABASE_URL", format, args...)
}

// Close ends all connections.
func (db *DB) Close() error { return db.sql.Close() }

// Kind is "postgres" or "sqlite".
func (db *DB) Kind() string { return db.dialect.kind }

// Stats counts the connections in use, idle and waited for.
func (db *DB) Stats() sql.DBStats { return db.sql.Stats() }

// Ping returns nil when the database answers and has the tables that this program needs, and unavailable otherwise.
func (db *DB) Ping(ctx context.Context) error {
	have, err := db.version(ctx)
	if err != nil {
		return db.fail(ctx, "ping", err)
	}
	want, err := db.latest()
	if err != nil || have == want {
		return db.fail(ctx, "ping", err)
	}
	return unavailable("The database is at version %d, and this program needs version %d.", have, want)
}

// SchemaVersion returns the version of the database, 0 when it is empty, and the one that this program needs.
func (db *DB) SchemaVersion(ctx context.Context) (have, want int64, err error) {
	if want, err = db.latest(); err != nil {
		return 0, 0, err
	}
	have, err = db.version(ctx)
	return have, want, db.fail(ctx, "read the schema version", err)
}

// stamp returns the time to store for now.
func (db *DB) stamp() stamp { return stamp{interview.At(db.now()).Time} }
