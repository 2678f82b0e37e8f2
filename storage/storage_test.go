package storage_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/betterprofile/betterprofile/storage"
	"github.com/betterprofile/betterprofile/storage/storagetest"
)

// Conversations hang on accounts by the type of ids only, which is text in "fresh", "a" and "b", and a UUID in "c" and "platform".
func TestStore(t *testing.T) {
	t.Parallel()
	storagetest.Layouts(t, func(t *testing.T, open func(testing.TB) *storage.DB) {
		if _, layout, _ := strings.Cut(t.Name(), "/"); slices.Contains([]string{"sqlite", "fresh", "platform"}, layout) {
			storagetest.Run(t, open)
		}
		storagetest.RunAccounts(t, open)
	})
}
