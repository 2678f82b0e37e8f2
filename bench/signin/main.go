// Command signin floods a server with sign-ins and measures what that does to others: the 99th percentile of authenticated requests during
// the flood as a ratio to that before it, and the memory that the process takes. Limits of requests are off; what is measured is the bound on
// the hashing of passwords.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/betterprofile/betterprofile/agent"
	"github.com/betterprofile/betterprofile/agent/builtin"
	"github.com/betterprofile/betterprofile/api"
	"github.com/betterprofile/betterprofile/api/betterauth"
	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/storage"
)

const (
	email    = "ada@example.org"
	password = "correct horse battery"
	readers  = 4
	quiet    = 3 * time.Second // without a flood
)

func main() {
	signIns := flag.Int("n", 200, "how many sign-ins come at once")
	database := flag.String("database", "", "where to store: a database URL (default: SQLite in a temporary folder)")
	flag.Parse()
	if err := run(context.Background(), *signIns, *database); err != nil {
		fmt.Fprintln(os.Stderr, "signin:", err)
		os.Exit(1)
	}
}

// bench is a server and who uses it.
type bench struct {
	url, token string
	client     *http.Client
}

func run(ctx context.Context, signIns int, database string) (err error) {
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
	b, stop, err := start(ctx, db)
	if err != nil {
		return err
	}
	defer stop()
	return b.measure(ctx, signIns)
}

// start serves the API with an account that has a password and a session.
func start(ctx context.Context, db *storage.DB) (*bench, func(), error) {
	engine := builtin.New()
	service := interview.NewService(db, agent.New(agent.Options{Engine: engine, Builtin: engine}), interview.Options{})
	server, err := api.New(api.Options{
		Store: db, Service: service, Auth: db,
		Identity: &betterauth.Options{Accounts: db, Secrets: []string{"only for this measurement, not secret"}, BaseURL: "http://localhost", NoLimits: true},
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
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1000}}
	return &bench{url: h.URL, token: in.Token, client: client}, stop, nil
}

func (b *bench) measure(ctx context.Context, signIns int) error {
	b.connect(ctx, signIns)
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
		statuses = b.flood(ctx, signIns)
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
				status, err := b.do(ctx, http.MethodGet, "/api/v1/conversations", "")
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

// connect opens as many connections as there will be sign-ins: what making them costs is not the server's alone.
func (b *bench) connect(ctx context.Context, n int) {
	var running, ready sync.WaitGroup
	ready.Add(n)
	for range n {
		running.Go(func() {
			ready.Done()
			ready.Wait()
			_, _ = b.do(ctx, http.MethodGet, "/healthz", "") // a failure shows in the flood
		})
	}
	running.Wait()
}

// flood signs in so many times at once, and counts the answers by status.
func (b *bench) flood(ctx context.Context, n int) map[int]int {
	var mu sync.Mutex
	statuses := map[int]int{}
	var running sync.WaitGroup
	for range n {
		running.Go(func() {
			status, err := b.do(ctx, http.MethodPost, "/api/auth/sign-in/email", `{"email":"`+email+`","password":"`+password+`"}`)
			if err != nil {
				status = 0
			}
			mu.Lock()
			defer mu.Unlock()
			statuses[status]++
		})
	}
	running.Wait()
	return statuses
}

func (b *bench) do(ctx context.Context, method, path, body string) (int, error) {
	req, err := http.NewRequestWithContext(ctx, method, b.url+path, strings.NewReader(body))
	if err != nil {
		return 0, err
	}
	if body == "" {
		req.Header.Set("Authorization", "Bearer "+b.token)
	} else {
		req.Header.Set("Content-Type", "application/json")
	}
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
