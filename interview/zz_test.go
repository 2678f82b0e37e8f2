package interview_test

import (
	"path/filepath"
	"testing"

	"github.com/betterprofile/betterprofile/storage"
)

func openSQLite(t *testing.T) *storage.DB {
	db, err := storage.Open(t.Context(), storage.Options{URL: "sqlite:" + filepath.Join(t.TempDir(), "x.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}
