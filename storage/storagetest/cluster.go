// Package storagetest gives tests a real database: throw-away PostgreSQL clusters, and fresh databases on them.
//
// Environment, read by [Postgres] and [PostgresTemplate] only:
//
//   - TEST_DATABASE_URL: a PostgreSQL to use instead of a cluster of our own, as a URL or as key=value pairs. Its
//     role must be allowed to create databases.
//   - BETTERPROFILE_TEST_REQUIRE_POSTGRES: when set, a machine without PostgreSQL fails the test, else it skips it.
package storagetest

import (
	"bufio"
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	superuser   = "postgres"
	startWithin = 60 * time.Second // initdb takes 1 to 2 s and a start 0.1 s; the rest is for a loaded machine
	pollEvery   = 5 * time.Millisecond
	maxDir      = 80 // bytes; with the socket's own name below the 103 that macOS allows for a socket's path
)

// watch is run by sh beside every cluster, as the cluster's user. It makes the data folder, says "ready", and reads
// its standard input, a pipe whose other end only the test process holds. The pipe closes when that process ends, in
// whatever way, and then the cluster and its folder go too. The file pid is there while a postmaster may be
// running, paused while processes are stopped.
const watch = `
trap '' HUP INT QUIT TERM
dir=$1 bin=$2
"$bin/initdb" -D "$dir/data" -U postgres -A scram-sha-256 --auth-local=trust --pwfile="$dir/password" \
	-E UTF8 --locale=C --no-sync >>"$dir/log" 2>&1 && echo ready
exec >/dev/null
cat >/dev/null
cd /
if [ -s "$dir/paused" ]; then kill -CONT $(cat "$dir/paused"); fi
if [ -s "$dir/pid" ]; then
	pid=$(cat "$dir/pid")
	kill -QUIT "$pid"
	tries=0
	while [ -e "$dir/data/postmaster.pid" ] && kill -0 "$pid" && [ $tries -lt 100 ]; do sleep 0.1; tries=$((tries + 1)); done
	kill -KILL "$pid"
fi
tries=0
until rm -rf "$dir" || [ $tries -ge 50 ]; do sleep 0.1; tries=$((tries + 1)); done
`

// launch notes its own process id and becomes the postmaster.
const launch = `echo $$ >"$1/pid" && shift && exec "$@"`

// Options say how a cluster differs from the usual one: on a Unix socket only, 200 connections, nothing synced to
// disk. Such a cluster survives any kill of its processes, and only a crash of the machine could harm it.
type Options struct {
	TCP      bool              // also listen on 127.0.0.1, on a free port that stays the same; DSN then names it
	Sync     bool              // sync to disk as in production: for measurements
	Settings map[string]string // more of postgresql.conf, such as {"statement_timeout": "1s"}; wins over our own
}

// Cluster is a PostgreSQL of its own: a data folder, a postmaster and its processes, run by another user when the
// tests are run by root. It ends with the process that opened it, whatever way that ends. Its methods may be used
// from several goroutines; one waits for another.
type Cluster struct {
	dir      string
	bin      string
	port     int
	password string
	account  account
	opts     Options

	mu       sync.Mutex
	lifeline *os.File  // our end of the watcher's pipe; while it is open the cluster may live
	watcher  *exec.Cmd // sh running watch
	pid      int       // of the postmaster; 0 when none runs
}

// StartCluster returns a running cluster that is removed when the test ends. It is for tests that stop, kill or
// pause it, or need their own settings; others share one by [Postgres].
// Where PostgreSQL is not installed the test is skipped or fails, as the package comment says.
func StartCluster(t testing.TB, opts Options) *Cluster {
	t.Helper()
	c, err := OpenCluster(opts)
	if err != nil {
		unavailable(t, err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Errorf("close the PostgreSQL cluster: %v", err)
		}
	})
	return c
}

// OpenCluster is [StartCluster] for programs that are no tests. The caller closes the cluster.
// The error is [ErrNoPostgres], wrapped, where PostgreSQL's server is not installed.
func OpenCluster(opts Options) (*Cluster, error) {
	bin, err := findServer()
	if err != nil {
		return nil, err
	}
	who, err := clusterAccount()
	if err != nil {
		return nil, err
	}
	dir, err := makeDir(who)
	if err != nil {
		return nil, fmt.Errorf("make a folder for PostgreSQL: %w", err)
	}
	c := &Cluster{dir: dir, bin: bin, port: 5432, password: rand.Text(), account: who, opts: opts}
	if err := c.prepare(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if err := c.firstStart(); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// makeDir makes an empty folder that the account owns, with a path short enough for a socket.
func makeDir(who account) (string, error) {
	var parents []string
	for _, parent := range []string{os.TempDir(), "/tmp", "/var/tmp"} {
		if len(parent)+len("/bp-pg-0123456789") <= maxDir && who.reaches(parent) {
			parents = append(parents, parent)
		}
	}
	if len(parents) == 0 {
		return "", errors.New("no folder for temporary files has a short path and is open to the cluster's user")
	}
	dir, err := os.MkdirTemp(parents[0], "bp-pg-")
	if err != nil {
		return "", err
	}
	return dir, who.own(dir)
}

// prepare starts the watcher and waits until it has made the data folder.
func (c *Cluster) prepare() error {
	password := filepath.Join(c.dir, "password")
	if err := os.WriteFile(password, []byte(c.password+"\n"), 0o600); err != nil {
		return err
	}
	if err := c.account.own(password); err != nil {
		return err
	}
	input, lifeline, err := os.Pipe()
	if err != nil {
		return err
	}
	defer input.Close()
	output, status, err := os.Pipe()
	if err != nil {
		return errors.Join(err, lifeline.Close())
	}
	defer output.Close()
	c.lifeline = lifeline
	c.watcher = c.command("/bin/sh", "-c", watch, "watch", c.dir, c.bin)
	c.watcher.Stdin, c.watcher.Stdout = input, status
	err = c.watcher.Start()
	status.Close()
	if err != nil {
		return errors.Join(fmt.Errorf("start the watcher of PostgreSQL: %w", err), lifeline.Close())
	}
	return c.awaitReady(output)
}

func (c *Cluster) awaitReady(output *os.File) error {
	if err := output.SetReadDeadline(time.Now().Add(startWithin)); err != nil {
		return err
	}
	line, err := bufio.NewReader(output).ReadString('\n')
	if line == "ready\n" {
		return nil
	}
	return errors.Join(fmt.Errorf("initdb failed (%v): %s", err, c.logTail()), c.lifeline.Close(), c.watcher.Wait())
}

// firstStart starts the cluster; with TCP it tries other ports when somebody was faster.
func (c *Cluster) firstStart() error {
	if !c.opts.TCP {
		return c.Start()
	}
	var err error
	for range 5 {
		if c.port, err = freePort(); err != nil {
			return err
		}
		if err = c.Start(); err == nil {
			return nil
		}
	}
	return err
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return listener.Addr().(*net.TCPAddr).Port, listener.Close()
}

// command is a child of ours that runs as the cluster's user, in the cluster's folder and in a session of its own, so
// that Ctrl-C in the terminal does not reach it.
func (c *Cluster) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Dir = c.dir
	cmd.Env = append(os.Environ(), "LC_ALL=C", "TZ=UTC", "PATH=/usr/bin:/bin") // the last value of a name counts
	cmd.SysProcAttr = c.account.attributes()
	return cmd
}

// Start starts the postmaster and returns when it answers. A running cluster is left as it is.
func (c *Cluster) Start() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pid != 0 {
		return nil
	}
	log, err := os.OpenFile(filepath.Join(c.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	args := []string{"-c", launch, "launch", c.dir, filepath.Join(c.bin, "postgres"), "-D", filepath.Join(c.dir, "data")}
	for _, setting := range c.settings() {
		args = append(args, "-c", setting)
	}
	cmd := c.command("/bin/sh", args...)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start PostgreSQL: %w", err)
	}
	c.pid = cmd.Process.Pid
	return c.awaitAnswer()
}

// settings returns what differs from PostgreSQL's defaults, as name=value, in the order of the names.
func (c *Cluster) settings() []string {
	all := map[string]string{
		"listen_addresses": "", "unix_socket_directories": c.dir, "port": strconv.Itoa(c.port),
		"max_connections": "200", "shared_buffers": "64MB", "jit": "off", "timezone": "UTC", "log_timezone": "UTC",
		"wal_level": "minimal", "max_wal_senders": "0", "logging_collector": "off",
	}
	if c.opts.TCP {
		all["listen_addresses"] = "127.0.0.1"
	}
	if !c.opts.Sync {
		all["fsync"], all["full_page_writes"] = "off", "off"
	}
	for name, value := range c.opts.Settings {
		all[name] = value
	}
	var lines []string
	for name, value := range all {
		lines = append(lines, name+"="+value)
	}
	sort.Strings(lines)
	return lines
}

// awaitAnswer returns when a query is answered, or with the end of the log when the postmaster has died.
func (c *Cluster) awaitAnswer() error {
	db, err := sql.Open("postgres", c.DSN(superuser))
	if err != nil {
		return err
	}
	defer db.Close()
	ctx, cancel := context.WithTimeout(context.Background(), startWithin)
	defer cancel()
	for {
		err := db.PingContext(ctx)
		switch {
		case err == nil:
			return nil
		case reaped(c.pid):
			c.forget()
			return fmt.Errorf("PostgreSQL did not start: %s", c.logTail())
		case ctx.Err() != nil:
			return errors.Join(fmt.Errorf("PostgreSQL does not answer (%w): %s", err, c.logTail()), c.end("KILL"))
		}
		time.Sleep(pollEvery)
	}
}

// Close ends the cluster and removes its folder. A second call does nothing.
func (c *Cluster) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.lifeline == nil {
		return nil
	}
	err := c.end("QUIT")
	err = errors.Join(err, c.lifeline.Close(), c.watcher.Wait())
	c.lifeline = nil
	if _, statErr := os.Stat(c.dir); statErr == nil {
		err = errors.Join(err, fmt.Errorf("%s was not removed", c.dir))
	}
	return err
}

// DSN returns the URL of a database on the cluster, for its superuser. The database need not exist.
func (c *Cluster) DSN(database string) string {
	u := url.URL{Scheme: "postgres", User: url.User(superuser), Path: "/" + database}
	query := url.Values{"sslmode": {"disable"}}
	if c.opts.TCP {
		u.User, u.Host = url.UserPassword(superuser, c.password), "127.0.0.1:"+strconv.Itoa(c.port)
	} else {
		query.Set("host", c.dir)
		query.Set("port", strconv.Itoa(c.port))
	}
	u.RawQuery = query.Encode()
	return u.String()
}

// Port is the TCP port, and part of the name of the Unix socket.
func (c *Cluster) Port() int { return c.port }

// SocketDir is the folder of the Unix socket, and the host to name in a key=value DSN. Only root and the cluster's
// user may enter it.
func (c *Cluster) SocketDir() string { return c.dir }

// Pid is the postmaster's process id, 0 while none runs.
func (c *Cluster) Pid() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pid
}

// logTail returns the last lines of the log, for error messages.
func (c *Cluster) logTail() string {
	const most = 2000
	log, err := os.ReadFile(filepath.Join(c.dir, "log"))
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(string(log[max(0, len(log)-most):]))
}
