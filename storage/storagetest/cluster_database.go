package storagetest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lib/pq"
)

// Postgres returns the DSN of a fresh, empty database that is dropped when the test ends. The server is
// TEST_DATABASE_URL, or a cluster that this process starts at the first call (1 to 2 s) and that ends with it; a
// database then takes about 50 ms. Where there is neither, the test is skipped or fails, as the package comment says.
func Postgres(t testing.TB) string {
	t.Helper()
	return server(t).database(t, "template1")
}

// PostgresTemplate is [Postgres] with a database that prepare has filled, usually with the migrations. Prepare runs
// once in this process for each name, on a database that is then cloned, and must have closed its connections when it
// returns. On a TEST_DATABASE_URL, where a template would stay behind, it runs for every call.
func PostgresTemplate(t testing.TB, name string, prepare func(dsn string) error) string {
	t.Helper()
	s := server(t)
	if s.external {
		dsn := s.database(t, "template1")
		if err := prepare(dsn); err != nil {
			t.Fatalf("prepare a database for %s: %v", name, err)
		}
		return dsn
	}
	template, err := s.template(name, prepare)
	if err != nil {
		t.Fatalf("prepare the template %s: %v", name, err)
	}
	return s.database(t, template)
}

// Database returns the DSN of a fresh, empty database on the cluster. It goes when the cluster does.
func (c *Cluster) Database() (string, error) {
	name := freshName()
	s := &postgresServer{admin: c.DSN(superuser), dsn: c.DSN}
	return c.DSN(name), s.exec("create database " + name)
}

// postgresServer is where this process has its databases.
type postgresServer struct {
	admin    string // DSN for creating and dropping
	dsn      func(database string) string
	external bool // somebody else's: we leave nothing on it

	mu        sync.Mutex
	templates map[string]func() (string, error)
}

// server returns the one of this process, or ends the test.
func server(t testing.TB) *postgresServer {
	t.Helper()
	s, err := sharedServer()
	if err != nil {
		unavailable(t, err)
	}
	return s
}

// sharedServer opens what all tests of the process share. Nobody closes the cluster: its watcher does.
var sharedServer = sync.OnceValues(func() (*postgresServer, error) {
	s := &postgresServer{templates: map[string]func() (string, error){}}
	if dsn := os.Getenv("TEST_DATABASE_URL"); dsn != "" {
		s.admin, s.external = dsn, true
		s.dsn = func(database string) string { return withDatabase(dsn, database) }
		return s, nil
	}
	cluster, err := OpenCluster(Options{})
	if err != nil {
		return nil, err
	}
	s.admin, s.dsn = cluster.DSN(superuser), cluster.DSN
	return s, nil
})

// unavailable ends the test: as a failure where PostgreSQL is required or is there but does not work.
func unavailable(t testing.TB, err error) {
	t.Helper()
	if errors.Is(err, ErrNoPostgres) && os.Getenv("BETTERPROFILE_TEST_REQUIRE_POSTGRES") == "" {
		t.Skipf("not tested on PostgreSQL: %v", err)
	}
	t.Fatalf("PostgreSQL for tests: %v", err)
}

// database clones a template for the time of a test.
func (s *postgresServer) database(t testing.TB, template string) string {
	t.Helper()
	name := freshName()
	if err := s.exec("create database " + name + " template " + template); err != nil {
		t.Fatalf("create a database: %v", err)
	}
	t.Cleanup(func() {
		if err := s.exec("drop database if exists " + name + " with (force)"); err != nil {
			t.Errorf("drop the database: %v", err)
		}
	})
	return s.dsn(name)
}

// template returns the database that prepare has filled under this name, made by whoever asks first.
func (s *postgresServer) template(name string, prepare func(dsn string) error) (string, error) {
	s.mu.Lock()
	filled, known := s.templates[name]
	if !known {
		filled = sync.OnceValues(func() (string, error) { return s.makeTemplate(prepare) })
		s.templates[name] = filled
	}
	s.mu.Unlock()
	return filled()
}

func (s *postgresServer) makeTemplate(prepare func(dsn string) error) (string, error) {
	database := freshName()
	if err := s.exec("create database " + database); err != nil {
		return "", err
	}
	if err := prepare(s.dsn(database)); err != nil {
		return "", err
	}
	return database, s.exec("alter database " + database + " with allow_connections false")
}

// exec runs one statement on a connection of its own. A pool kept open would show as a leak in every test that looks
// for goroutines left behind.
func (s *postgresServer) exec(statement string) error {
	db, err := sql.Open("postgres", s.admin)
	if err != nil {
		return err
	}
	defer db.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for {
		_, err = db.ExecContext(ctx, statement)
		var refused *pq.Error
		// 55006 object_in_use: on a server that others use, somebody else may be copying template1.
		if s.external && errors.As(err, &refused) && refused.Code == "55006" && ctx.Err() == nil {
			continue // the server has waited 5 s already
		}
		return err
	}
}

func freshName() string {
	var id [8]byte
	_, _ = rand.Read(id[:]) // never fails, crypto/rand's documentation says
	return "test_" + hex.EncodeToString(id[:])
}

// withDatabase returns the DSN with another database, for both forms that libpq and lib/pq know.
func withDatabase(dsn, database string) string {
	if strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://") {
		u, err := url.Parse(dsn)
		if err != nil {
			return dsn // the driver says what is wrong with it
		}
		query := u.Query()
		query.Del("dbname")
		u.Path, u.RawQuery = "/"+database, query.Encode()
		return u.String()
	}
	return fmt.Sprintf("%s dbname=%s", dsn, database)
}
