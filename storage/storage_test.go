package storage_test

import (
	"testing"

	"github.com/betterprofile/betterprofile/storage"
	"github.com/betterprofile/betterprofile/storage/storagetest"
)

func TestStore(t *testing.T) {
	t.Parallel()
	storagetest.Backends(t, func(t *testing.T, open func(testing.TB) *storage.DB) { storagetest.Run(t, open) })
}
