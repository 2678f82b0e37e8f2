package storagetest

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// recorder is a test that notes how it would end.
type recorder struct {
	testing.TB
	ends []string
}

func (r *recorder) Helper()               {}
func (r *recorder) Skipf(string, ...any)  { r.ends = append(r.ends, "skip") }
func (r *recorder) Fatalf(string, ...any) { r.ends = append(r.ends, "fail") }

func TestUnavailable_SkipsOnlyWhenPostgresIsMissingAndNotRequired(t *testing.T) {
	missing := fmt.Errorf("look: %w", ErrNoPostgres)
	for _, c := range []struct {
		required string
		err      error
		want     string
	}{
		{"", missing, "skip"},
		{"1", missing, "fail"},
		{"", os.ErrPermission, "fail"}, // it is there and does not work
	} {
		t.Setenv("BETTERPROFILE_TEST_REQUIRE_POSTGRES", c.required)
		r := &recorder{TB: t}
		unavailable(r, c.err)
		if len(r.ends) == 0 || r.ends[0] != c.want {
			t.Errorf("required %q, error %v: %q, want first %q", c.required, c.err, r.ends, c.want)
		}
	}
}

func TestInstalled_NewestFirst(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	for _, dir := range []string{"9.6/bin", "16/bin", "postgresql@17/bin", "13/bin", "current/bin"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	var versions []int
	for _, dir := range installed(filepath.Join(root, "*/bin")) {
		versions = append(versions, majorVersion(dir))
	}
	if want := []int{17, 16, 13, 9, 0}; !slices.Equal(versions, want) {
		t.Errorf("versions %v, want %v", versions, want)
	}
}
