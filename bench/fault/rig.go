package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"sync/atomic"
	"time"

	_ "github.com/lib/pq" // the check reads the database by itself

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/storage"
	"github.com/betterprofile/betterprofile/storage/storagetest"
)

// rigOptions say what a scenario runs on.
type rigOptions struct {
	replicas int
	pace     float64 // pieces of a reply a second
	sync     bool    // PostgreSQL syncs to disk
	proxied  bool    // the servers reach PostgreSQL by the proxy
}

// rig is everything that runs: PostgreSQL, the fake model and the servers, and what was said to them.
type rig struct {
	options
	report  *report
	cluster *storagetest.Cluster
	dsn     string  // for the servers
	proxy   *proxy  // nil unless proxied
	db      *sql.DB // for the check and for cutting connections
	model   *model
	trap    *trap
	wire    *wire
	servers []*replica

	conversations []*conversation
	ended         atomic.Int64 // turns whose end was seen
}

// openRig starts everything and waits until the servers are ready.
func openRig(ctx context.Context, name string, o options, ro rigOptions) (r *rig, err error) {
	r = &rig{options: o, report: newReport(name, o), trap: &trap{}}
	defer func() {
		if err != nil {
			r.close()
		}
	}()
	if r.cluster, err = storagetest.OpenCluster(storagetest.Options{Sync: ro.sync}); err != nil {
		return r, err
	}
	if r.dsn, err = r.cluster.Database(); err != nil {
		return r, err
	}
	if r.db, err = sql.Open("postgres", named(r.dsn, "fault")); err != nil {
		return r, err
	}
	r.db.SetMaxIdleConns(0) // PostgreSQL comes and goes
	token, err := signUp(ctx, r.dsn)
	if err != nil {
		return r, fmt.Errorf("signing up: %w", err)
	}
	r.wire = newWire(token)
	if ro.proxied {
		if r.proxy, err = startProxy(r.cluster); err != nil {
			return r, err
		}
		r.dsn = through(r.dsn, r.proxy.listener.Addr().String())
	}
	if r.model, err = startModel(ro.pace, r.trap); err != nil {
		return r, err
	}
	for i := range ro.replicas {
		s, err := newReplica(r, fmt.Sprintf("%s-%d", name, i+1))
		if err != nil {
			return r, err
		}
		r.servers = append(r.servers, s)
		if err := s.start(ctx); err != nil {
			return r, err
		}
	}
	return r, nil
}

// signUp migrates the database and makes a user. It returns a token.
func signUp(ctx context.Context, dsn string) (string, error) {
	db, err := storage.Open(ctx, storage.Options{URL: dsn, MaxConns: 2})
	if err != nil {
		return "", err
	}
	defer db.Close()
	user, err := db.CreateUser(ctx, interview.User{Name: "Fault", Email: "fault@users.invalid"})
	if err != nil {
		return "", err
	}
	session, err := db.CreateSession(ctx, user.ID, 24*time.Hour)
	return session.Token, err
}

// named is the DSN with an application name, by which connections are told apart.
func named(dsn, name string) string {
	u, err := url.Parse(dsn)
	if err != nil {
		return dsn // sql.Open says what is wrong with it
	}
	query := u.Query()
	query.Set("application_name", name)
	u.RawQuery = query.Encode()
	return u.String()
}

// through is the DSN by way of a proxy.
func through(dsn, addr string) string {
	u, err := url.Parse(dsn)
	if err != nil {
		return dsn
	}
	query := u.Query()
	query.Del("host")
	query.Del("port")
	u.Host, u.RawQuery = addr, query.Encode()
	return u.String()
}

// close ends everything that was started.
func (r *rig) close() {
	for _, s := range r.servers {
		s.kill()
	}
	if r.model != nil {
		r.model.server.Close()
	}
	if r.db != nil {
		_ = r.db.Close()
	}
	if r.proxy != nil {
		r.proxy.close()
	}
	if r.cluster != nil {
		if err := errors.Join(r.cluster.Resume(), r.cluster.Close()); err != nil {
			fmt.Fprintln(os.Stderr, "fault: closing PostgreSQL:", err)
		}
	}
}

// pause waits for d, or returns ctx's error.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// until polls f until it says true. It reports whether that came within the limit.
func until(ctx context.Context, limit time.Duration, f func(context.Context) bool) bool {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for !f(ctx) {
		if pause(ctx, 5*time.Millisecond) != nil {
			return false
		}
	}
	return true
}
