package storage

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/betterprofile/betterprofile/interview"
)

// dialect is what differs between the databases.
type dialect struct {
	kind   string // "postgres" or "sqlite"; also the folder of its migrations
	driver string // for sqlx
	// oneWriter says that enter lets one writer in at a time, so that it may ask for a second connection.
	oneWriter bool
	bind      int // sqlx's kind of placeholders

	// words translates the {names} in queries:
	//   {now}       the database's clock, the same throughout a statement
	//   {lease}     the database's clock plus ? seconds
	//   {lock}      ends a select of rows that this transaction is going to change
	//   {unmoved}   in an update of conversations: the row is as this statement sees all others, not one that it waited for
	//   {greatest}  the function that returns the greatest of its arguments; {least} returns the least
	//   {micros}    the database's clock in microseconds since 1970, the same throughout a statement
	//   {pinned}    whether a conversation is pinned
	//   {json}      ? as JSON
	//   {later}     the first whole millisecond at least one after the column updated_at
	//   {in}        is one of the ids in ?, which is made by ids
	//   {object}    the function that makes a JSON object of names and values
	//   {nested}    makes JSON of what a subquery returns as such
	//   {array}     the aggregate that makes a JSON array
	//   {row}       the column of messages m by which its rows are found fastest, once they were found by an index
	words *strings.Replacer

	ids      func([]string) any // many ids as one argument
	snapshot sql.IsolationLevel // of a transaction that reads the database as of one moment

	hasVersions string // a query for whether goose's table is there

	pool   func(timeout time.Duration) *sql.DB              // a new pool; timeout 0: statements may take as long as they like
	limit  func(pool *sql.DB, conns int)                    // bounds it
	create func(Options) error                              // makes the database when it can be made
	enter  func(context.Context) (leave func(), err error)  // waits for the turn of a writer
	up     func(context.Context, *DB, *sql.DB, int64) error // migrates to the version, over a pool without timeout

	// checkpoint is the statement of a checkpoint, with its arguments after the two of the lease.
	checkpoint func(owner string, progress []interview.TurnProgress, sealed []string) (query string, args []any, err error)

	violated func(error) string           // the constraint or columns that an insert went against, "" for another error
	collided func(error) bool             // another writer was in the way: the same again may succeed
	classify func(error) *interview.Error // an error of the driver, nil when it means nothing to users
}

// fail is the one place where errors of a driver become errors of the domain. Op says what was being done, for the log. A context
// cancelled by the caller stays that; what is not the database's trouble is internal.
func (db *DB) fail(ctx context.Context, op string, err error) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*interview.Error](err); ok {
		return e
	}
	if errors.Is(ctx.Err(), context.Canceled) {
		return fmt.Errorf("%s: %w", op, context.Canceled)
	}
	e := db.dialect.classify(err)
	if e == nil {
		e = classify(err)
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		e = unavailable("The database did not answer in time. Try again in a moment.")
	}
	if e == nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	e.Err = fmt.Errorf("%s: %w", op, err)
	return e
}

// classify maps the errors that any driver may return.
func classify(err error) *interview.Error {
	network, isNetwork := errors.AsType[net.Error](err)
	switch {
	case errors.Is(err, context.DeadlineExceeded), isNetwork && network.Timeout():
		return unavailable("The database did not answer in time. Try again in a moment.")
	case isNetwork, errors.Is(err, driver.ErrBadConn), errors.Is(err, sql.ErrConnDone),
		errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF): // lib/pq passes these on when a handshake is cut
		return unavailable("The database cannot be reached. Try again in a moment.")
	default:
		return nil
	}
}

// unavailable makes the error for what may be over in a moment.
func unavailable(format string, args ...any) *interview.Error {
	e := interview.Errorf(interview.CodeUnavailable, format, args...)
	e.Details.RetryAfterSeconds = 1
	return e
}

// notFound turns the lack of a row into not_found for the noun, and leaves other errors.
func notFound(noun string, err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return interview.NotFound(noun)
	}
	return err
}
