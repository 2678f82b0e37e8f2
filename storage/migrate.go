package storage

import (
	"bytes"
	"context"
	"database/sql"
	"embed"
	"io"
	"io/fs"
	"strconv"
	"strings"
	"text/template"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// migrationFiles are the files NNNN_name.sql of both databases. Files of one number have one name and do the same.
//
//go:embed migrations
var migrationFiles embed.FS

// migrations is the folder of the dialect's, rendered for the layout.
func (d *dialect) migrations(l layout) (fs.FS, error) {
	folder, err := fs.Sub(migrationFiles, "migrations/"+d.kind)
	return rendered{folder, l.migrationWords()}, err
}

// rendered is a folder of SQL files that are templates.
type rendered struct {
	fs.FS
	words map[string]string
}

// Open implements fs.FS.
func (r rendered) Open(name string) (fs.File, error) {
	file, err := r.FS.Open(name)
	if err != nil || !strings.HasSuffix(name, ".sql") {
		return file, err
	}
	defer file.Close()
	text, err := io.ReadAll(file)
	if err != nil {
		return nil, err
	}
	parsed, err := template.New(name).Option("missingkey=error").Parse(string(text))
	if err != nil {
		return nil, err
	}
	made := &renderedFile{File: file}
	return made, parsed.Execute(&made.text, r.words)
}

// renderedFile is a file with another text.
type renderedFile struct {
	fs.File
	text bytes.Buffer
}

// Read implements fs.File.
func (f *renderedFile) Read(b []byte) (int, error) { return f.text.Read(b) }

// Close implements fs.File.
func (f *renderedFile) Close() error { return nil }

// latest is the version of the newest migration.
func (db *DB) latest() (int64, error) {
	files, err := migrationFiles.ReadDir("migrations/" + db.dialect.kind) // sorted by name
	if err != nil {
		return 0, err
	}
	number, _, _ := strings.Cut(files[len(files)-1].Name(), "_")
	return strconv.ParseInt(number, 10, 64)
}

// version is the version of the database, 0 when it was never migrated. It is cheaper to ask than to let goose find out.
func (db *DB) version(ctx context.Context) (version int64, err error) {
	err = db.read(ctx, func(c conn) error {
		var known bool
		if err := c.db.sql.GetContext(ctx, &known, c.db.dialect.hasVersions); err != nil || !known {
			return err
		}
		return c.db.sql.GetContext(ctx, &version, "select coalesce(max(version_id), 0) from goose_db_version where is_applied")
	})
	return version, err
}

// migrate brings a database of version have up to date. Migrations have no time limit.
func (db *DB) migrate(ctx context.Context, have int64, o Options) error {
	want, err := db.latest()
	switch {
	case err != nil:
		return err
	case have > want:
		return badURL("The database is at version %d, newer than version %d, the newest this program knows: update the program.", have, want)
	case have == want:
		return nil
	}
	pool := db.dialect.pool(0)
	defer pool.Close()
	if err := db.dialect.up(ctx, db, pool, want); err != nil {
		return db.fail(ctx, "migrate the database", err)
	}
	o.Log.Info("database migrated", "from", have, "to", want)
	return nil
}

// upPostgres migrates while it holds an advisory lock. Others look once a second, for two minutes, whether it is free.
func upPostgres(ctx context.Context, db *DB, pool *sql.DB, _ int64) error {
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 120))
	if err != nil {
		return err
	}
	return up(ctx, db, pool, goose.DialectPostgres, goose.WithSessionLocker(locker))
}

// upSQLite migrates; each migration is a transaction that makes those of other processes wait. Who comes too late fails on what is
// there already, finds the version moved, and goes on from there.
func upSQLite(ctx context.Context, db *DB, pool *sql.DB, want int64) error {
	for {
		before, err := db.version(ctx)
		if err != nil || before == want {
			return err
		}
		failed := up(ctx, db, pool, goose.DialectSQLite3)
		if failed == nil {
			return nil
		}
		if after, err := db.version(ctx); err != nil || after == before {
			return failed
		}
	}
}

func up(ctx context.Context, db *DB, pool *sql.DB, dialect goose.Dialect, options ...goose.ProviderOption) error {
	files, err := db.dialect.migrations(db.layout)
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(dialect, pool, files, append(options, goose.WithSlog(db.log), goose.WithDisableGlobalRegistry(true))...)
	if err != nil {
		return err
	}
	_, err = provider.Up(ctx)
	return err
}
