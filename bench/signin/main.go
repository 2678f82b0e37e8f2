// Command signin floods a server with sign-ins and measures what that does to others: the 99th percentile of authenticated requests during
// the flood as a ratio to that before it, and the memory that the process takes. Limits of requests are off; what is measured is the bound on
// the hashing of passwords.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/betterprofile/betterprofile/agent"
	"github.com/betterprofile/betterprofile/agent/builtin"
	"github.com/betterprofile/betterprofile/api"
	"github.com/betterprofile/betterprofile/api/betterauth"
	"github.com/betterprofile/betterprofile/cmd/setup"
	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/storage"
)

const (
	email    = "ada@example.org"
	password = "correct horse battery"
	hashName = "hash-password"
	readers  = 4
	quiet    = 3 * time.Second // without a flood
)

func main() {
	if len(os.Args) == 2 && os.Args[1] == hashName {
		if err := setup.RunHash(os.Stdin, os.Stdout); err != nil {
			os.Exit(1)
		}
		return
	}
	signIns := flag.Int("n", 200, "how many sign-ins come at once")
	database := flag.String("database", "", "where to store: a database URL (default: SQLite in a temporary folder)")
	within := flag.Bool("within", false, "hash passwords in the server's own process")
	flag.Parse()
	if err := run(context.Background(), *signIns, *database, *within); err != nil {
		fmt.Fprintln(os.Stderr, "signin:", err)
		os.Exit(1)
	}
}

// bench is a server and who uses it.
type bench struct {
	url, token string
	client     *http.Client
}

func run(ctx context.Context, signIns int, database string, within bool) (err error) {
	dir, err := os.MkdirTemp("", "betterprofile-signin")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if database == "" {
		database = "sqlite:" + filepath.Join(dir, "server.db")
	}
	db, err := storage.Open(ctx, storage.Options{URL: database})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var derive func(password, salt string) ([]byte, error)
	if !within {
		program, err := os.Executable()
		if err != nil {
			return err
		}
		derive = setup.DeriveApart(program, hashName)
	}
	b, stop, err := start(ctx, db, derive)
	if err != nil {
		return err
	}
	defer stop()
	return b.measure(ctx, signIns)
}

// start serves the API with an account that has a password and a session.
func start(ctx context.Context, db *storage.DB, derive func(password, salt string) ([]byte, error)) (*bench, func(), error) {
	engine := builtin.New()
	service := interview.NewService(db, agent.New(agent.Options{Engine: engine, Builtin: engine}), interview.Options{})
	server, err := api.New(api.Options{
		Store: db, Service: service, Auth: db,
		Identity: &betterauth.Options{Accounts: db, Secrets: []string{"only for this measurement, not secret"}, BaseURL: "http://localhost", NoLimits: true, Derive: derive},
	})
	if err != nil {
		return nil, nil, err
	}
	h := httptest.NewServer(server.Handler())
	stop := func() {
		h.Close()
		service.Close(ctx)
	}
	account, err := db.CreateAccount(ctx, interview.NewAccount{Name: "Ada", Email: email, PasswordHash: betterauth.Hash(password)})
	if err != nil {
		stop()
		return nil, nil, err
	}
	in, err := db.StartSession(ctx, interview.NewSignIn{UserID: account.ID, For: time.Hour})
	if err != nil {
		stop()
		return nil, nil, err
	}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: readers}}
	return &bench{url: h.URL, token: in.Token, client: client}, stop, nil
}

func (b *bench) measure(ctx context.Context, signIns int) (err error) {
	flood, err := b.connect(ctx, signIns)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, flood.Close()) }()
	before, err := b.read(ctx, time.After(quiet))
	if err != nil {
		return err
	}
	memory := watchMemory()
	over := make(chan time.Time)
	var statuses map[int]int
	var took time.Duration
	go func() {
		defer close(over)
		began := time.Now()
		statuses = flood.run()
		took = time.Since(began)
	}()
	during, err := b.read(ctx, over)
	if err != nil {
		return err
	}
	first, peak := memory()
	fmt.Printf("sign-ins at once      %d in %s: %v by status\n", signIns, took.Round(time.Millisecond), statuses)
	fmt.Printf("requests before       %d, p50 %s, p99 %s\n", len(before), at(before, 50), at(before, 99))
	fmt.Printf("requests during       %d, p50 %s, p99 %s\n", len(during), at(during, 50), at(during, 99))
	fmt.Printf("p99 during to before  %.2f\n", float64(at(during, 99))/float64(at(before, 99)))
	fmt.Printf("memory of the process %d MiB before, %d MiB at most\n", first>>20, peak>>20)
	return nil
}

// read lists conversations with a few readers until done, and returns how long each request took, sorted.
func (b *bench) read(ctx context.Context, done <-chan time.Time) ([]time.Duration, error) {
	stop := make(chan struct{})
	go func() {
		<-done
		close(stop)
	}()
	var mu sync.Mutex
	var all []time.Duration
	var failed error
	var running sync.WaitGroup
	for range readers {
		running.Go(func() {
			for tick := time.NewTicker(5 * time.Millisecond); ; {
				began := time.Now()
				status, err := b.list(ctx)
				took := time.Since(began)
				if err == nil && status != http.StatusOK {
					err = fmt.Errorf("a request was answered %d", status)
				}
				mu.Lock()
				all, failed = append(all, took), errors.Join(failed, err)
				mu.Unlock()
				select {
				case <-tick.C:
				case <-stop:
					return
				}
				if err != nil {
					return
				}
			}
		})
	}
	running.Wait()
	slices.Sort(all)
	return all, failed
}

// connect opens as many connections as there will be sign-ins, and has the server answer on each.
func (b *bench) connect(ctx context.Context, n int) (*flood, error) {
	u, err := url.Parse(b.url)
	if err != nil {
		return nil, err
	}
	body := `{"email":"` + email + `","password":"` + password + `"}`
	f := &flood{request: fmt.Sprintf("POST /api/auth/sign-in/email HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		u.Host, len(body), body)}
	for range n {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", u.Host)
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
		f.conns = append(f.conns, conn)
		if status, err := ask(conn, "GET /healthz HTTP/1.1\r\nHost: "+u.Host+"\r\n\r\n"); err != nil || status != http.StatusOK {
			return nil, errors.Join(fmt.Errorf("a connection was answered %d: %w", status, err), f.Close())
		}
	}
	return f, nil
}

// flood is a sign-in on many connections. They are open and it is written out before, so that little but the server's work is measured: both
// share the processors.
type flood struct {
	conns   []net.Conn
	request string
}

// run signs in on all connections at once, and counts the answers by status; 0 is none.
func (f *flood) run() map[int]int {
	var mu sync.Mutex
	statuses := map[int]int{}
	var running sync.WaitGroup
	for _, conn := range f.conns {
		running.Go(func() {
			status, _ := ask(conn, f.request)
			mu.Lock()
			defer mu.Unlock()
			statuses[status]++
		})
	}
	running.Wait()
	return statuses
}

// Close closes the connections.
func (f *flood) Close() (err error) {
	for _, conn := range f.conns {
		err = errors.Join(err, conn.Close())
	}
	return err
}

// ask makes a request and returns the status of its answer. Nothing may follow that answer before the next request.
func ask(conn net.Conn, request string) (int, error) {
	if _, err := io.WriteString(conn, request); err != nil {
		return 0, err
	}
	resp, err := http.ReadResponse(bufio.NewReaderSize(conn, 2<<10), nil)
	if err != nil {
		return 0, err
	}
	_, err = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, errors.Join(err, resp.Body.Close())
}

// list lists conversations, and returns the status of the answer.
func (b *bench) list(ctx context.Context) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, b.url+"/api/v1/conversations", nil)
	if err != nil {
		return 0, err
	}
	req.Header.Set("Authorization", "Bearer "+b.token)
	resp, err := b.client.Do(req)
	if err != nil {
		return 0, err
	}
	_, err = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, errors.Join(err, resp.Body.Close())
}

// watchMemory looks at what the process has of the system until it is called off.
func watchMemory() (result func() (first, peak uint64)) {
	now := func() uint64 {
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		return stats.Sys - stats.HeapReleased
	}
	first, peak := now(), uint64(0)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for tick := time.NewTicker(50 * time.Millisecond); ; {
			peak = max(peak, now())
			select {
			case <-tick.C:
			case <-stop:
				return
			}
		}
	}()
	return func() (uint64, uint64) {
		close(stop)
		<-stopped
		return first, peak
	}
}

// at is a percentile of sorted times.
func at(sorted []time.Duration, percent int) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)-1, len(sorted)*percent/100)].Round(time.Microsecond)
}
