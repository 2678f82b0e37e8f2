package storagetest

import (
	"context"
	"database/sql"
	"embed"
	"testing"

	"github.com/betterprofile/betterprofile/storage"
)

// ddl are the tables that web platforms with Better Auth make, as its tools write them. platform-c-existing.sql is layout C as the Better Profile
// web platform has it, with the columns of the admin plugin, keys that do not cascade, and neither device codes nor conversations.
//
//go:embed ddl/*.sql
var ddl embed.FS

// DDL is the text of the files, one after the other, such as "layout-a.sql".
func DDL(t testing.TB, files ...string) string {
	t.Helper()
	text, err := ddlText(files)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func ddlText(files []string) (text string, err error) {
	for _, file := range files {
		b, err := ddl.ReadFile("ddl/" + file)
		if err != nil {
			return "", err
		}
		text += string(b) + "\n"
	}
	return text, nil
}

// Layouts is [Backends] for each way in which tables of accounts may be made, as the subtests "sqlite", "fresh", "a", "b", "c" and "platform".
func Layouts(t *testing.T, f func(t *testing.T, open func(testing.TB) *storage.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		f(t, SQLite)
	})
	for name, files := range map[string][]string{
		"fresh": {}, "a": {"layout-a.sql", "chat-for-layout-a.sql"}, "b": {"layout-b.sql"}, "c": {"layout-c.sql"}, "platform": {"platform-c-existing.sql"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f(t, func(t testing.TB) *storage.DB { return open(t, MigratedFrom(t, files...)) })
		})
	}
}

// MigratedFrom is [Migrated] where a web platform had made its tables before.
func MigratedFrom(t testing.TB, files ...string) string {
	t.Helper()
	text := DDL(t, files...)
	return PostgresTemplate(t, "migrated from "+text, func(dsn string) error {
		if err := execute(dsn, text); err != nil {
			return err
		}
		db, err := storage.Open(context.Background(), storage.Options{URL: dsn})
		if err != nil {
			return err
		}
		return db.Close()
	})
}

func execute(dsn, text string) error {
	db, err := sql.Open("postgres", dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.ExecContext(context.Background(), text)
	return err
}
