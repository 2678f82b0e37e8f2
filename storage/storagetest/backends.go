package storagetest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/storage"
)

// Backends runs f for each database, in parallel, as the subtests "sqlite" and "postgres". Each call of open is a
// database of its own, empty but for its tables, closed when its test ends.
func Backends(t *testing.T, f func(t *testing.T, open func(testing.TB) *storage.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		f(t, SQLite)
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		f(t, PostgresDB)
	})
}

// SQLite opens a fresh database in a file of the test's.
func SQLite(t testing.TB) *storage.DB {
	t.Helper()
	return open(t, SQLiteURL(t))
}

// SQLiteURL is the URL of a fresh database in a file of the test's, with our tables in it.
func SQLiteURL(t testing.TB) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "test.db")
	template, err := migratedFile()
	if err == nil {
		err = os.WriteFile(file, template, 0o600)
	}
	if err != nil {
		t.Fatalf("make a database: %v", err)
	}
	return "sqlite:" + file
}

// migratedFile is a database file with our tables. It is made once: with the race detector the migrations take ten times as long as a copy.
var migratedFile = sync.OnceValues(func() (file []byte, err error) {
	dir, err := os.MkdirTemp("", "betterprofile-template-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	path := filepath.Join(dir, "template.db")
	db, err := storage.Open(context.Background(), storage.Options{URL: "sqlite:" + path})
	if err != nil {
		return nil, err
	}
	if err := db.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// PostgresDB opens a fresh database as [PostgresTemplate] makes it.
func PostgresDB(t testing.TB) *storage.DB {
	t.Helper()
	return open(t, Migrated(t))
}

// Migrated is [Postgres] with our tables in the database.
func Migrated(t testing.TB) string {
	t.Helper()
	return PostgresTemplate(t, "migrated", func(dsn string) error {
		db, err := storage.Open(context.Background(), storage.Options{URL: dsn})
		if err != nil {
			return err
		}
		return db.Close()
	})
}

func open(t testing.TB, url string) *storage.DB {
	t.Helper()
	db, err := storage.Open(t.Context(), storage.Options{URL: url})
	if err != nil {
		t.Fatalf("open the database: %v", err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close the database: %v", err)
		}
	})
	return db
}

// User makes a user with a random email.
func User(t testing.TB, db *storage.DB) interview.User {
	t.Helper()
	u, err := db.CreateUser(t.Context(), interview.User{Name: "Ada", Email: interview.NewID() + "@example.com"})
	if err != nil {
		t.Fatalf("create a user: %v", err)
	}
	return u
}
