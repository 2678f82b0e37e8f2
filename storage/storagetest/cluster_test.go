package storagetest_test

import (
	"bufio"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/betterprofile/betterprofile/storage/storagetest"
)

const childVariable = "STORAGETEST_HOLD_A_CLUSTER"

// TestMain makes this program, run again by a test, one that opens a cluster, tells of it, and waits to be killed.
func TestMain(m *testing.M) {
	if os.Getenv(childVariable) == "" {
		os.Exit(m.Run())
	}
	c, err := storagetest.OpenCluster(storagetest.Options{})
	if err == nil && os.Getenv(childVariable) == "paused" {
		err = c.Pause()
	}
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	fmt.Println(c.Pid(), c.SocketDir())
	_, _ = io.Copy(io.Discard, os.Stdin) // never ends: the parent keeps its end open
}

func TestPostgres_EachTestHasItsOwnDatabase(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	seen := map[string]bool{}
	t.Run("group", func(t *testing.T) {
		for i := range 4 {
			t.Run(strconv.Itoa(i), func(t *testing.T) {
				t.Parallel()
				db := open(t, storagetest.Postgres(t))
				mustExec(t, db, "create table conversations (id int)") // would fail in a shared database
				name := query[string](t, db, "select current_database()")
				mu.Lock()
				defer mu.Unlock()
				if seen[name] {
					t.Errorf("database %s was handed out twice", name)
				}
				seen[name] = true
			})
		}
	})
	db := open(t, storagetest.Postgres(t))
	for name := range seen {
		left := query[int](t, db, "select count(*) from pg_database where datname = '"+name+"'")
		if left != 0 {
			t.Errorf("database %s was not dropped after its test", name)
		}
	}
}

func TestPostgresTemplate_PreparesOnceAndClones(t *testing.T) {
	t.Parallel()
	name := t.Name() + rand.Text() // its own also when the test runs again in this process
	var prepared atomic.Int32
	prepare := func(dsn string) error {
		prepared.Add(1)
		db, err := sql.Open("postgres", dsn)
		if err != nil {
			return err
		}
		_, err = db.Exec("create table counters (n int); insert into counters values (1)")
		return errors.Join(err, db.Close())
	}
	t.Run("group", func(t *testing.T) {
		for i := range 4 {
			t.Run(strconv.Itoa(i), func(t *testing.T) {
				t.Parallel()
				db := open(t, storagetest.PostgresTemplate(t, name, prepare))
				mustExec(t, db, "update counters set n = n + 1")
				if n := query[int](t, db, "select n from counters"); n != 2 {
					t.Errorf("n = %d, want 2: the clones are not separate", n)
				}
			})
		}
	})
	if os.Getenv("TEST_DATABASE_URL") == "" && prepared.Load() != 1 {
		t.Errorf("prepare ran %d times, want once", prepared.Load())
	}
}

func TestCluster_KeepsItsRowsThroughStopsAndKills(t *testing.T) {
	t.Parallel()
	c := storagetest.StartCluster(t, storagetest.Options{Settings: map[string]string{"statement_timeout": "7s"}})
	dsn, err := c.Database()
	if err != nil {
		t.Fatal(err)
	}
	db := open(t, dsn)
	mustExec(t, db, "create table rows (n int)")
	if got := query[string](t, db, "show statement_timeout"); got != "7s" {
		t.Errorf("statement_timeout = %s, want the 7s of Options.Settings", got)
	}
	ends := map[string]func() error{
		"kill":      c.Kill,
		"fast":      func() error { return c.Stop("fast") },
		"immediate": func() error { return c.Stop("immediate") },
	}
	want := 0
	for name, end := range ends {
		mustExec(t, db, "insert into rows values (1)")
		want++
		if err := end(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := db.PingContext(t.Context()); err == nil {
			t.Errorf("%s: the database still answers", name)
		}
		if err := c.Start(); err != nil {
			t.Fatalf("start after %s: %v", name, err)
		}
		if got := query[int](t, db, "select count(*) from rows"); got != want {
			t.Errorf("after %s: %d rows, want %d", name, got, want)
		}
	}
	if err := c.Stop("gently"); err == nil {
		t.Error("Stop took an unknown mode")
	}
}

func TestCluster_PauseFreezesAllItsProcessesUntilResume(t *testing.T) {
	t.Parallel()
	c := storagetest.StartCluster(t, storagetest.Options{})
	db := open(t, c.DSN("postgres"))
	backend := query[int](t, db, "select pg_backend_pid()") // the connection stays in the pool
	if err := c.Pause(); err != nil {
		t.Fatal(err)
	}
	for _, pid := range []int{c.Pid(), backend} {
		await(t, fmt.Sprintf("process %d is stopped", pid), func() bool { return state(pid) == "T" })
	}
	answered := make(chan error, 1)
	go func() { answered <- db.PingContext(t.Context()) }()
	if err := c.Resume(); err != nil {
		t.Fatal(err)
	}
	if err := <-answered; err != nil {
		t.Errorf("after Resume: %v", err)
	}
	if again := query[int](t, db, "select pg_backend_pid()"); again != backend {
		t.Errorf("the connection was lost by the pause")
	}
}

func TestCluster_CloseEndsAPausedClusterToo(t *testing.T) {
	t.Parallel()
	c, err := storagetest.OpenCluster(storagetest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	pid := c.Pid()
	if err := c.Pause(); err != nil {
		t.Error(err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if running(pid) {
		t.Errorf("postmaster %d survived Close", pid)
	}
	if err := c.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
}

func TestCluster_TCPAsksForThePassword(t *testing.T) {
	t.Parallel()
	c := storagetest.StartCluster(t, storagetest.Options{TCP: true})
	db := open(t, c.DSN("postgres"))
	if got := query[string](t, db, "select host(inet_server_addr())"); got != "127.0.0.1" {
		t.Errorf("connected by %s", got)
	}
	stranger := open(t, fmt.Sprintf("postgres://postgres@127.0.0.1:%d/postgres?sslmode=disable", c.Port()))
	if err := stranger.PingContext(t.Context()); err == nil {
		t.Error("another user of the machine could connect without the password")
	}
}

func TestCluster_BadSettingIsReportedWithTheLog(t *testing.T) {
	t.Parallel()
	c, err := storagetest.OpenCluster(storagetest.Options{Settings: map[string]string{"max_connections": "many"}})
	if err == nil {
		t.Fatal("started with a bad setting", c.Close())
	}
	if !strings.Contains(err.Error(), "max_connections") {
		t.Errorf("error does not say why: %v", err)
	}
}

func TestCluster_GoesWithItsProcess(t *testing.T) {
	t.Parallel()
	for _, state := range []string{"running", "paused"} {
		t.Run(state, func(t *testing.T) {
			t.Parallel()
			pid, dir, child := holdCluster(t, state)
			if !running(pid) {
				t.Fatalf("no postmaster %d while its process lives", pid)
			}
			if err := child.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			await(t, "the postmaster and the folder "+dir+" are gone", func() bool {
				_, err := os.Stat(dir)
				return errors.Is(err, os.ErrNotExist) && !running(pid)
			})
		})
	}
}

// holdCluster runs this program as one that holds a cluster, and returns the postmaster's id and the folder.
func holdCluster(t *testing.T, state string) (int, string, *exec.Cmd) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.Command(self)
	child.Env = append(os.Environ(), childVariable+"="+state)
	stdin, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = stdin.Close() // ends a child that the test has not killed
		_ = child.Wait()
	})
	line, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	var pid int
	var dir string
	if _, err := fmt.Sscan(line, &pid, &dir); err != nil {
		t.Fatalf("the child says %q: %v", line, err)
	}
	return pid, dir, child
}

// await polls until done is true, for at most 30 s.
func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("30 s later it is still not true that %s", what)
		}
	}
}

func running(pid int) bool { return state(pid) != "" && state(pid) != "Z" }

// state returns the first letter of a process's state, T when stopped and Z when only a zombie, or "" without such a
// process. Ps knows it everywhere; where it is not installed, /proc does.
func state(pid int) string {
	if stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)); err == nil {
		_, after, _ := strings.Cut(string(stat), ") ") // "pid (postgres) state ..."
		return after[:1]
	}
	column, err := exec.Command("ps", "-o", "stat=", "-p", strconv.Itoa(pid)).Output()
	if err != nil || len(column) == 0 {
		return ""
	}
	return string(column[:1])
}

func open(t *testing.T, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open("postgres", dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func mustExec(t *testing.T, db *sql.DB, statement string) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func query[T any](t *testing.T, db *sql.DB, question string) T {
	t.Helper()
	var answer T
	if err := db.QueryRowContext(t.Context(), question).Scan(&answer); err != nil {
		t.Fatalf("%s: %v", question, err)
	}
	return answer
}
