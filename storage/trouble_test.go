package storage_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/storage"
	"github.com/betterprofile/betterprofile/storage/storagetest"
)

// troubled is a PostgreSQL of the test's own, with a user who has a conversation.
func troubled(t *testing.T, o storage.Options) (*storagetest.Cluster, *storage.DB, interview.Conversation) {
	t.Helper()
	cluster := storagetest.StartCluster(t, storagetest.Options{})
	o.URL = cluster.DSN("postgres")
	db := open(t, o)
	user := storagetest.User(t, db)
	c, err := db.CreateConversation(t.Context(), user.ID, interview.Conversation{ID: interview.NewID()})
	if err != nil {
		t.Fatal(err)
	}
	return cluster, db, c
}

func TestPostgres_StoppedServerIsUnavailableAndComesBack(t *testing.T) {
	t.Parallel()
	cluster, db, c := troubled(t, storage.Options{})
	for _, mode := range []string{"fast", "immediate"} {
		if err := cluster.Stop(mode); err != nil {
			t.Fatal(err)
		}
		_, err := db.GetConversation(t.Context(), c.UserID, c.ID, 1)
		checkError(t, err, interview.CodeUnavailable)
		_, _, err = db.BeginTurn(t.Context(), c.UserID, c.ID, interview.TurnInput{Content: "Hello"}, interview.Lease{Owner: "a"})
		checkError(t, err, interview.CodeUnavailable)
		checkError(t, db.Ping(t.Context()), interview.CodeUnavailable)
		if err := cluster.Start(); err != nil {
			t.Fatal(err)
		}
		if _, err := db.GetConversation(t.Context(), c.UserID, c.ID, 1); err != nil {
			t.Fatalf("after a restart: %v", err)
		}
	}
}

// All connections of the pool are dead after a restart that nobody noticed.
func TestPostgres_RestartIsNotNoticed(t *testing.T) {
	t.Parallel()
	cluster, db, c := troubled(t, storage.Options{})
	var conns []interface{ Close() error }
	for range 5 {
		conn, err := storage.Pool(db).Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		conns = append(conns, conn)
	}
	for _, conn := range conns {
		if err := conn.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(cluster.Kill(), cluster.Start()); err != nil {
		t.Fatal(err)
	}
	for range 6 {
		if _, err := db.GetConversation(t.Context(), c.UserID, c.ID, 1); err != nil {
			t.Fatal(err)
		}
	}
}

// A frozen server accepts connections and never answers; a context's deadline does not help against it.
func TestPostgres_FrozenServerIsUnavailable(t *testing.T) {
	t.Parallel()
	cluster, db, c := troubled(t, storage.Options{StatementTimeout: 100 * time.Millisecond})
	if err := cluster.Pause(); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	_, err := db.GetConversation(t.Context(), c.UserID, c.ID, 1)
	checkError(t, err, interview.CodeUnavailable, "did not answer")
	if took := time.Since(start); took > 4*time.Second {
		t.Errorf("it took %v", took)
	}
	if err := cluster.Resume(); err != nil {
		t.Fatal(err)
	}
	if _, err := db.GetConversation(t.Context(), c.UserID, c.ID, 1); err != nil {
		t.Fatal(err)
	}
}

func TestPostgres_SlowStatementIsUnavailable(t *testing.T) {
	t.Parallel()
	dsn := storagetest.Migrated(t)
	db := open(t, storage.Options{URL: dsn, StatementTimeout: 100 * time.Millisecond})
	user := storagetest.User(t, db)
	c, err := db.CreateConversation(t.Context(), user.ID, interview.Conversation{ID: interview.NewID()})
	if err != nil {
		t.Fatal(err)
	}
	tx, err := raw(t, dsn).BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	if _, err := tx.ExecContext(t.Context(), "update conversations set title = 'locked'"); err != nil {
		t.Fatal(err)
	}
	begin := func(ctx context.Context) error {
		_, _, err := db.BeginTurn(ctx, user.ID, c.ID, interview.TurnInput{Content: "Hello"}, interview.Lease{Owner: "a"})
		return err
	}
	checkError(t, begin(t.Context()), interview.CodeUnavailable, "too long")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	checkError(t, begin(ctx), interview.CodeUnavailable, "in time")
	ctx, cancel = context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	if err := begin(ctx); !errors.Is(err, context.Canceled) || interview.ErrorCode(err) == interview.CodeUnavailable {
		t.Fatalf("a cancelled call: %v", err)
	}
	view, err := db.GetConversation(t.Context(), user.ID, c.ID, 10)
	if err != nil || len(view.Conversation.Messages) != 0 {
		t.Fatalf("after calls that failed: %+v, %v", view, err)
	}
}

func TestPostgres_ReadOnlyServerIsUnavailable(t *testing.T) {
	t.Parallel()
	_, db, c := troubled(t, storage.Options{MaxConns: 1})
	exec(t, storage.Pool(db), "set default_transaction_read_only = on")
	_, _, err := db.BeginTurn(t.Context(), c.UserID, c.ID, interview.TurnInput{Content: "Hello"}, interview.Lease{Owner: "a"})
	checkError(t, err, interview.CodeUnavailable, "read-only")
	if _, err := db.GetConversation(t.Context(), c.UserID, c.ID, 1); err != nil {
		t.Fatal(err)
	}
}

func TestPostgres_TooManyConnectionsIsUnavailable(t *testing.T) {
	t.Parallel()
	cluster := storagetest.StartCluster(t, storagetest.Options{Settings: map[string]string{"max_connections": "4", "superuser_reserved_connections": "0"}})
	dsn := cluster.DSN("postgres")
	db := open(t, storage.Options{URL: dsn})
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	full := raw(t, dsn)
	var err error
	for err == nil { // sessions of db that are still ending free their places later: fill these as well
		for refused := error(nil); refused == nil; {
			_, refused = full.Conn(t.Context())
		}
		var again *storage.DB
		if again, err = storage.Open(t.Context(), storage.Options{URL: dsn}); err == nil {
			check(t, again.Close())
		}
	}
	checkError(t, err, interview.CodeUnavailable, "too many connections")
}

func TestPostgres_MissingTableIsInternal(t *testing.T) {
	t.Parallel()
	db := storagetest.PostgresDB(t)
	exec(t, storage.Pool(db), "drop table session")
	_, err := db.Authenticate(t.Context(), "token")
	if e := interview.AsError(err); e.Code != interview.CodeInternal || e.Message != interview.AsError(errors.New("any")).Message {
		t.Fatalf("error %v", err)
	}
}
