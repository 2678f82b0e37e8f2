package storage

import (
	"context"
	"database/sql"
	"embed"
	"io/fs"
	"strconv"
	"strings"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// migrationFiles are the files NNNN_name.sql of both databases. Files of one number have one name and do the same.
//
//go:embed migrations
var migrationFiles embed.FS

// migrations is the folder of the dialect's.
func (d *dialect) migrations() (fs.FS, error) { return fs.Sub(migrationFiles, "migrations/"+d.kind) }

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
	if have == 0 {
		if err := db.refuseForeignLayout(ctx); err != nil {
			return db.fail(ctx, "find the layout", err)
		}
	}
	pool := db.dialect.pool(0)
	defer pool.Close()
	if err := db.dialect.up(ctx, db, pool, want); err != nil {
		return db.fail(ctx, "migrate the database", err)
	}
	o.Log.Info("database migrated", "from", have, "to", want)
	return nil
}

// refuseForeignLayout ends the program before it makes tables beside those of a Better Auth that named them otherwise.
func (db *DB) refuseForeignLayout(ctx context.Context) error {
	if db.dialect.kind != "postgres" {
		return nil
	}
	var columns []string
	err := db.sql.SelectContext(ctx, &columns, `select table_name || '.' || column_name from information_schema.columns
		where table_schema = any (current_schemas(false)) and (table_name, column_name) in (('session', 'expiresAt'), ('sessions', 'expires_at'))`)
	if err != nil || len(columns) == 0 {
		return err
	}
	return badURL("The database holds accounts in a layout that this version cannot share (%s): name another database in DATABASE_URL.", columns[0])
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
	files, err := db.dialect.migrations()
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
