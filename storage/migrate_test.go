package storage_test

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/storage"
	"github.com/betterprofile/betterprofile/storage/storagetest"
)

// emptyDatabases runs f with the URL of a database without tables, of each kind.
func emptyDatabases(t *testing.T, f func(t *testing.T, url string)) {
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		f(t, "sqlite:"+filepath.Join(t.TempDir(), "test.db"))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		f(t, storagetest.Postgres(t))
	})
}

func open(t testing.TB, o storage.Options) *storage.DB {
	t.Helper()
	db, err := storage.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// raw opens a PostgreSQL database as others do.
func raw(t testing.TB, url string) *sql.DB {
	t.Helper()
	db, err := sql.Open("postgres", url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func exec(t testing.TB, db *sql.DB, query string, args ...any) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), query, args...); err != nil {
		t.Fatalf("%.200s: %v", query, err)
	}
}

func TestMigrations_ComeInPairs(t *testing.T) {
	t.Parallel()
	postgres, err := storage.MigrationNames("postgres")
	if err != nil {
		t.Fatal(err)
	}
	sqlite, err := storage.MigrationNames("sqlite")
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(postgres, sqlite) {
		t.Fatalf("postgres has %v, sqlite has %v", postgres, sqlite)
	}
	for i, name := range postgres {
		if !regexp.MustCompile(fmt.Sprintf(`^%04d_[a-z0-9_]+\.sql$`, i+1)).MatchString(name) {
			t.Errorf("migration %d is named %s", i+1, name)
		}
	}
}

func TestOpen_ManyAtOnceMigrateOnce(t *testing.T) {
	t.Parallel()
	emptyDatabases(t, func(t *testing.T, url string) {
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				db, err := storage.Open(t.Context(), storage.Options{URL: url})
				if err != nil {
					t.Errorf("open: %v", err)
					return
				}
				if err := db.Ping(t.Context()); err != nil {
					t.Errorf("ping: %v", err)
				}
				if err := db.Close(); err != nil {
					t.Errorf("close: %v", err)
				}
			})
		}
		wg.Wait()
	})
}

func TestOpen_RefusesNewerDatabase(t *testing.T) {
	t.Parallel()
	emptyDatabases(t, func(t *testing.T, url string) {
		db := open(t, storage.Options{URL: url})
		exec(t, storage.Pool(db), "insert into goose_db_version (version_id, is_applied) values (4711, true)")
		if err := db.Ping(t.Context()); interview.ErrorCode(err) != interview.CodeUnavailable {
			t.Errorf("ping: %v", err)
		}
		_, want, err := db.SchemaVersion(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		_, err = storage.Open(t.Context(), storage.Options{URL: url})
		e := interview.AsError(err)
		if e == nil || e.Code != interview.CodeInvalid || e.Details.Field != "DATABASE_URL" ||
			!strings.Contains(e.Message, "4711") || !strings.Contains(e.Message, fmt.Sprintf("than version %d,", want)) {
			t.Fatalf("open: %v", err)
		}
	})
}

func TestOpen_NoMigrateChangesNothing(t *testing.T) {
	t.Parallel()
	emptyDatabases(t, func(t *testing.T, url string) {
		path, isFile := strings.CutPrefix(url, "sqlite:")
		if isFile {
			_, err := storage.Open(t.Context(), storage.Options{URL: url, NoMigrate: true})
			if interview.ErrorCode(err) != interview.CodeUnavailable || !strings.Contains(err.Error(), path) {
				t.Fatalf("open a missing file: %v", err)
			}
			if _, err := os.Stat(path); err == nil {
				t.Fatal("the file was made")
			}
			if err := os.WriteFile(path, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		db := open(t, storage.Options{URL: url, NoMigrate: true})
		have, want, err := db.SchemaVersion(t.Context())
		if err != nil || have != 0 || want < 1 {
			t.Fatalf("version %d, want %d, error %v", have, want, err)
		}
		if err := db.Ping(t.Context()); interview.ErrorCode(err) != interview.CodeUnavailable {
			t.Fatalf("ping: %v", err)
		}
		open(t, storage.Options{URL: url})
		if have, _, err = db.SchemaVersion(t.Context()); err != nil || have != want {
			t.Fatalf("version %d after a migration, error %v", have, err)
		}
		if err := db.Ping(t.Context()); err != nil {
			t.Fatalf("ping: %v", err)
		}
	})
}

// A web platform with Better Auth and Drizzle made the database and used it.
func TestOpen_UpgradesPlatformDatabase(t *testing.T) {
	t.Parallel()
	url := storagetest.Postgres(t)
	platform := raw(t, url)
	exec(t, platform, storagetest.DDL(t, "layout-b.sql"))
	conversationID, messageID := interview.NewID(), interview.NewID()
	exec(t, platform, `insert into "user" (id, name, email) values ('u1', 'Ada', 'ada@example.com')`)
	exec(t, platform, `insert into session (id, expires_at, token, updated_at, user_id) values ('s1', now() + '1 day', 'token1', now(), 'u1')`)
	exec(t, platform, `insert into conversations (id, user_id, title) values ($1, 'u1', 'Theirs')`, conversationID)
	exec(t, platform, `insert into messages (id, conversation_id, role, content, metadata) values ($1, $2, 'user', 'Hello', '{"a": 1}')`, messageID, conversationID)

	db := open(t, storage.Options{URL: url})
	user, err := db.Authenticate(t.Context(), "token1")
	if err != nil || user.ID != "u1" {
		t.Fatalf("authenticate: %+v, %v", user, err)
	}
	view, err := db.GetConversation(t.Context(), "u1", conversationID, 10)
	if err != nil || view.Conversation.Title != "Theirs" || string(view.Conversation.Messages[0].Metadata) != `{"a": 1}` {
		t.Fatalf("get: %+v, %v", view, err)
	}
	_, began, err := db.BeginTurn(t.Context(), "u1", conversationID, interview.TurnInput{ID: messageID, Content: "Hello"}, interview.Lease{Owner: "a", For: 1})
	if err != nil || !began {
		t.Fatalf("begin: %v, %v", began, err)
	}
	// The platform goes on as before, and deletes its users.
	exec(t, platform, `insert into conversations (user_id) values ('u1')`)
	exec(t, platform, `delete from session; delete from account; delete from "user"`)
	var left int
	if err := platform.QueryRowContext(t.Context(), "select (select count(*) from conversations) + (select count(*) from turns)").Scan(&left); err != nil || left != 0 {
		t.Fatalf("%d rows are left, %v", left, err)
	}
}

// The tables of a fresh database are those that a platform with Drizzle expects.
func TestMigrations_MakeThePlatformsTables(t *testing.T) {
	t.Parallel()
	theirs := raw(t, storagetest.Postgres(t))
	exec(t, theirs, storagetest.DDL(t, "layout-b.sql"))
	ours := raw(t, storagetest.Migrated(t))
	for name, query := range map[string]string{
		"columns": `select table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' ' || coalesce(column_default, '')
			from information_schema.columns where table_schema = 'public'`,
		"constraints": `select conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) from pg_constraint
			where connamespace = 'public'::regnamespace`,
		"indexes": `select indexdef from pg_indexes where schemaname = 'public' and indexname <> 'messages_conversation_id_created_at_idx'`,
	} {
		have := texts(t, ours, query)
		for _, want := range texts(t, theirs, query) {
			if !slices.Contains(have, want) {
				t.Errorf("%s: a fresh database lacks %s", name, want)
			}
		}
	}
}

func texts(t testing.TB, db *sql.DB, query string, args ...any) []string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		all = append(all, text)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}
