package storage_test

import (
	"strings"
	"testing"

	"github.com/betterprofile/betterprofile/storage"
	"github.com/betterprofile/betterprofile/storage/storagetest"
)

// Layouts "b" and "c" are to conversations what "fresh" and "platform" are.
func TestStore(t *testing.T) {
	t.Parallel()
	storagetest.Layouts(t, func(t *testing.T, open func(testing.TB) *storage.DB) {
		if strings.HasSuffix(t.Name(), "/b") || strings.HasSuffix(t.Name(), "/c") {
			storagetest.RunAccounts(t, open)
			return
		}
		storagetest.Run(t, open)
	})
}
