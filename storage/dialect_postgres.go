package storage

import (
	"context"
	"database/sql"
	"errors"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

const (
	connectTimeout = 5 * time.Second
	// answerSlack is what a connection waits beyond the statement timeout before it counts as dead. PostgreSQL itself ends a slow
	// statement in time; only a frozen or unreachable server does not.
	answerSlack = time.Second
)

func newPostgres(o Options) (*dialect, error) {
	config, err := pq.NewConfig(o.URL)
	if err != nil { // its text may hold the password
		return nil, badURL("DATABASE_URL is not a valid PostgreSQL URL: write postgres://USER:PASSWORD@HOST:5432/DATABASE, with special characters as %%XX.")
	}
	if config.ApplicationName == "" {
		config.ApplicationName = "betterprofile"
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = connectTimeout
	}
	return &dialect{
		kind: "postgres", driver: "postgres", bind: sqlx.DOLLAR,
		words: strings.NewReplacer(
			"{now}", "(statement_timestamp() at time zone 'utc')",
			"{lease}", "(clock_timestamp() at time zone 'utc') + ? * interval '1 second'",
			"{lock}", "for no key update",
			"{unmoved}", "conversations.xmin = (select seen.xmin from conversations as seen where seen.id = conversations.id)",
			"{greatest}", "greatest",
			"{least}", "least",
			"{micros}", "cast(extract(epoch from statement_timestamp()) * 1000000 as bigint)",
			"{pinned}", "(pinned_at is not null)",
			"{json}", "cast(? as jsonb)",
			"{later}", "date_trunc('milliseconds', updated_at + interval '1999 microseconds')",
			"{in}", "= any(cast(? as uuid[]))",
			"{object}", "json_build_object",
			"{nested}", "",
			"{array}", "json_agg",
			"{row}", "m.id",
		),
		ids:         func(ids []string) any { return pq.Array(ids) },
		snapshot:    sql.LevelRepeatableRead,
		hasVersions: "select to_regclass('goose_db_version') is not null",
		pool:        func(timeout time.Duration) *sql.DB { return postgresPool(config, timeout) },
		limit:       limitPostgres,
		create:      func(Options) error { return nil },
		enter:       func(context.Context) (func(), error) { return func() {}, nil },
		up:          upPostgres,
		checkpoint:  checkpointOnPostgres,
		violated:    violatedPostgres,
		collided:    func(err error) bool { return pq.As(err, "40001", "40P01") != nil },
		classify:    func(err error) *interview.Error { return classifyPostgres(config, err) },
	}, nil
}

// postgresPool makes a pool whose sessions do not depend on how the server is set up.
func postgresPool(config pq.Config, timeout time.Duration) *sql.DB {
	config = config.Clone()
	config.Runtime["timezone"] = "UTC"
	config.Runtime["default_transaction_isolation"] = "read committed"
	config.Runtime["statement_timeout"] = strconv.FormatInt(timeout.Milliseconds(), 10)
	config.Runtime["plan_cache_mode"] = "force_generic_plan" // every statement goes by keys; planning anew costs more than running
	config.Runtime["enable_seqscan"] = "off"                 // plans made while tables are empty hold when they are full
	connector, _ := pq.NewConnectorConfig(config)            // never fails
	answer := time.Duration(0)
	if timeout > 0 {
		answer = timeout + answerSlack
	}
	connector.Dialer(dialer{answer: answer})
	return sql.OpenDB(connector)
}

func limitPostgres(pool *sql.DB, conns int) {
	pool.SetMaxOpenConns(conns)
	pool.SetMaxIdleConns(conns)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	pool.SetConnMaxLifetime(time.Hour)
}

// violatedPostgres returns the name of the constraint or unique index.
func violatedPostgres(err error) string {
	// unique_violation, foreign_key_violation
	if e := pq.As(err, "23505", "23503"); e != nil {
		return e.Constraint
	}
	return ""
}

// classifyPostgres maps SQLSTATEs: https://www.postgresql.org/docs/current/errcodes-appendix.html
func classifyPostgres(config pq.Config, err error) *interview.Error {
	if errors.Is(err, pq.ErrSSLNotSupported) {
		return badURL("The PostgreSQL server offers no TLS. Where the network may be trusted, add ?sslmode=disable to DATABASE_URL.")
	}
	if dial, ok := errors.AsType[*net.OpError](err); ok && dial.Op == "dial" {
		return unavailable("PostgreSQL at %s cannot be reached. Start it, or correct DATABASE_URL.", address(config))
	}
	e := pq.As(err)
	if e == nil {
		return nil
	}
	switch e.Code {
	case "28P01", "28000": // invalid_password, invalid_authorization_specification
		return badURL("PostgreSQL at %s refuses the user %q: correct the user or password in DATABASE_URL.", address(config), config.User)
	case "3D000": // invalid_catalog_name
		return badURL("The database %q does not exist: create it, or correct DATABASE_URL.", config.Database)
	case "42501": // insufficient_privilege
		return badURL("The database user %q lacks rights in the database %q: make it the owner, or grant them.", config.User, config.Database)
	case "22P02": // invalid_text_representation
		if strings.Contains(e.Message, "uuid") {
			return interview.NotFound("User") // ids of everything else are checked before
		}
		return nil
	default:
		return unavailablePostgres(e)
	}
}

func unavailablePostgres(e *pq.Error) *interview.Error {
	switch code := string(e.Code); code {
	case "57014": // query_canceled: by the statement timeout
		return unavailable("The database took too long. Try again in a moment.")
	case "57P01", "57P02", "57P03": // admin_shutdown, crash_shutdown, cannot_connect_now
		return unavailable("The database is restarting. Try again in a moment.")
	case "53100": // disk_full
		return unavailable("The database's disk is full.")
	case "53300": // too_many_connections
		return unavailable("The database has too many connections. Try again in a moment.")
	case "25006", "0A000": // read_only_sql_transaction; feature_not_supported is what a hot standby says to BEGIN READ WRITE
		if code == "0A000" && !strings.Contains(e.Message, "recovery") {
			return nil
		}
		return unavailable("The database is read-only at the moment. Try again in a moment.")
	case "40001", "40P01", "55P03": // serialization_failure, deadlock_detected, lock_not_available
		return unavailable("The database is too busy. Try again in a moment.")
	default:
		if strings.HasPrefix(code, "08") { // connection_exception
			return unavailable("The database cannot be reached. Try again in a moment.")
		}
		return nil
	}
}

// address is where the server should be, for people.
func address(config pq.Config) string {
	if strings.HasPrefix(config.Host, "/") {
		return config.Host
	}
	return net.JoinHostPort(config.Host, strconv.Itoa(int(config.Port)))
}

// dialer makes connections that do not wait for ever. The driver by itself waits for an answer as long as the server stays
// silent, whatever the context's deadline.
type dialer struct{ answer time.Duration }

// Dial implements pq.Dialer.
func (d dialer) Dial(network, address string) (net.Conn, error) {
	return d.DialContext(context.Background(), network, address)
}

// DialTimeout implements pq.Dialer.
func (d dialer) DialTimeout(network, address string, timeout time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	return d.DialContext(ctx, network, address)
}

// DialContext implements pq.DialerContext.
func (d dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	var nd net.Dialer
	c, err := nd.DialContext(ctx, network, address)
	if err != nil || d.answer == 0 {
		return c, err
	}
	return &impatientConn{Conn: c, answer: d.answer}, nil
}

// impatientConn ends reads and writes that take longer than answer. A deadline set from outside, as while connecting, goes first.
type impatientConn struct {
	net.Conn
	answer time.Duration
	set    bool // a deadline was set from outside
}

// SetDeadline implements net.Conn.
func (c *impatientConn) SetDeadline(t time.Time) error {
	c.set = !t.IsZero()
	return c.Conn.SetDeadline(t)
}

// Read implements net.Conn.
func (c *impatientConn) Read(b []byte) (int, error) {
	if !c.set {
		if err := c.SetReadDeadline(time.Now().Add(c.answer)); err != nil {
			return 0, err
		}
	}
	return c.Conn.Read(b)
}

// Write implements net.Conn.
func (c *impatientConn) Write(b []byte) (int, error) {
	if !c.set {
		if err := c.SetWriteDeadline(time.Now().Add(c.answer)); err != nil {
			return 0, err
		}
	}
	return c.Conn.Write(b)
}
