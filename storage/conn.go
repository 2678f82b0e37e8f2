package storage

import (
	"context"
	"database/sql"
	"errors"
	"net"
	"sync"
	"sync/atomic"

	"github.com/jmoiron/sqlx"
)

// maxTries is how often something is done again that failed because of what others did at the same time.
const maxTries = 3

// conn is where queries go: the pool, or one transaction. Queries are written with ? and with the {names} of the dialect and the layout.
type conn struct {
	db       *DB
	tx       *sqlx.Tx // nil for the pool
	snapshot bool     // the transaction only reads
}

// statement is a query, translated for the database and, once it was used outside of a transaction, prepared: a call is then
// one round trip.
type statement struct {
	text      string
	preparing sync.Mutex
	prepared  atomic.Pointer[sqlx.Stmt]
}

// statement returns the query's; made at the first use.
func (db *DB) statement(query string) *statement {
	if s, ok := db.statements.Load(query); ok {
		return s.(*statement)
	}
	text := sqlx.Rebind(db.dialect.bind, db.dialect.words.Replace(db.layout.words.Replace(query)))
	s, _ := db.statements.LoadOrStore(query, &statement{text: text})
	return s.(*statement)
}

// prepareStatement returns the prepared statement.
func (db *DB) prepareStatement(ctx context.Context, s *statement) (*sqlx.Stmt, error) {
	if prepared := s.prepared.Load(); prepared != nil {
		return prepared, nil
	}
	s.preparing.Lock()
	defer s.preparing.Unlock()
	if prepared := s.prepared.Load(); prepared != nil {
		return prepared, nil
	}
	prepared, err := db.sql.PreparexContext(ctx, s.text)
	if err == nil {
		s.prepared.Store(prepared)
	}
	return prepared, err
}

// ready returns what executes the query: a prepared statement, but in a transaction on PostgreSQL only if there is one already, because
// preparing takes a second connection, for which many transactions could wait for each other. So could a snapshot and the one writer of SQLite.
func (c conn) ready(ctx context.Context, query string) (s *statement, prepared *sqlx.Stmt, err error) {
	s = c.db.statement(query)
	if c.db.trace != nil {
		c.db.trace(ctx, s.text)
	}
	if c.tx == nil || c.db.dialect.oneWriter && !c.snapshot {
		prepared, err = c.db.prepareStatement(ctx, s)
	} else {
		prepared = s.prepared.Load()
	}
	if prepared != nil && c.tx != nil {
		prepared = c.tx.StmtxContext(ctx, prepared)
	}
	return s, prepared, err
}

// get reads one row into dest. Without one the error is sql.ErrNoRows.
func (c conn) get(ctx context.Context, dest any, query string, args ...any) error {
	s, prepared, err := c.ready(ctx, query)
	switch {
	case err != nil:
		return err
	case prepared != nil:
		return prepared.GetContext(ctx, dest, args...)
	default:
		return c.tx.GetContext(ctx, dest, s.text, args...)
	}
}

// scan reads one row into what dest points to, which is faster than get. Without a row the error is sql.ErrNoRows.
func (c conn) scan(ctx context.Context, dest []any, query string, args ...any) error {
	s, prepared, err := c.ready(ctx, query)
	switch {
	case err != nil:
		return err
	case prepared != nil:
		return prepared.QueryRowContext(ctx, args...).Scan(dest...)
	default:
		return c.tx.QueryRowContext(ctx, s.text, args...).Scan(dest...)
	}
}

// list reads all rows into dest, a pointer to a slice.
func (c conn) list(ctx context.Context, dest any, query string, args ...any) error {
	s, prepared, err := c.ready(ctx, query)
	switch {
	case err != nil:
		return err
	case prepared != nil:
		return prepared.SelectContext(ctx, dest, args...)
	default:
		return c.tx.SelectContext(ctx, dest, s.text, args...)
	}
}

// rows calls f for every row, whose columns are then in what dest points to: the same for all rows. It is faster than list.
func (c conn) rows(ctx context.Context, dest []any, f func(), query string, args ...any) error {
	return c.each(ctx, func(rows *sql.Rows) error {
		err := rows.Scan(dest...)
		if err == nil {
			f()
		}
		return err
	}, query, args...)
}

// each calls f for every row, which is faster than list where there are thousands.
func (c conn) each(ctx context.Context, f func(*sql.Rows) error, query string, args ...any) error {
	s, prepared, err := c.ready(ctx, query)
	var rows *sql.Rows
	switch {
	case err != nil:
		return err
	case prepared != nil:
		rows, err = prepared.QueryContext(ctx, args...)
	default:
		rows, err = c.tx.QueryContext(ctx, s.text, args...)
	}
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := f(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// exec changes rows and returns how many.
func (c conn) exec(ctx context.Context, query string, args ...any) (int64, error) {
	s, prepared, err := c.ready(ctx, query)
	var result sql.Result
	switch {
	case err != nil:
		return 0, err
	case prepared != nil:
		result, err = prepared.ExecContext(ctx, args...)
	default:
		result, err = c.tx.ExecContext(ctx, s.text, args...)
	}
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// read calls f, again when it met a connection that the server had closed in the meantime: after a restart of the
// server, every connection of the pool is one.
func (db *DB) read(ctx context.Context, f func(conn) error) error {
	for try := 0; ; try++ {
		err := f(conn{db: db})
		if !closedByServer(err) || try > db.sql.Stats().MaxOpenConnections || ctx.Err() != nil {
			return err
		}
	}
}

// unwatched is a context for a statement that goes by keys: nobody leaves so soon, and the database ends it should it hang. To watch a context takes database/sql and
// the driver a goroutine each, which is more than such a statement does. A wait for a connection is watched.
func (db *DB) unwatched(ctx context.Context) context.Context {
	if pool := db.sql.Stats(); ctx.Err() != nil || pool.InUse >= pool.MaxOpenConnections {
		return ctx
	}
	return context.WithoutCancel(ctx)
}

// closedByServer reports whether an established connection broke. What cannot be connected at all, or does not answer, is not
// worth a second try.
func closedByServer(err error) bool {
	broken, ok := errors.AsType[*net.OpError](err)
	return ok && broken.Op != "dial" && !broken.Timeout()
}

// write1 calls f, which changes the database by one statement.
func (db *DB) write1(ctx context.Context, f func(conn) error) error {
	return db.alone(ctx, func() error { return f(conn{db: db}) })
}

// write calls f in a transaction.
func (db *DB) write(ctx context.Context, f func(conn) error) error {
	return db.alone(ctx, func() error {
		tx, err := db.sql.BeginTxx(ctx, nil)
		if err != nil {
			return err
		}
		if err := f(conn{db: db, tx: tx}); err != nil {
			_ = tx.Rollback() // the connection is gone when this fails, and the transaction with it
			return err
		}
		return tx.Commit()
	})
}

// alone calls f as one of the writers that the database can have at a time, again when another writer was in its way.
func (db *DB) alone(ctx context.Context, f func() error) error {
	leave, err := db.dialect.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	for try := 1; ; try++ {
		err := f()
		if !db.dialect.collided(err) || try == maxTries || ctx.Err() != nil {
			return err
		}
	}
}
