package main

import (
	"encoding/json"
	"testing"

	"github.com/betterprofile/betterprofile/printable/printabletest"
)

func TestEscapeUnprintable_IsHarmlessAndStaysExact(t *testing.T) {
	t.Parallel()
	for _, text := range append(printabletest.Hostile(), printabletest.Harmless()...) {
		want, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		got := escapeUnprintable(string(want))
		printabletest.CheckSafe(t, got)
		var exact, back string
		if json.Unmarshal(want, &exact) != nil || json.Unmarshal([]byte(got), &back) != nil || back != exact {
			t.Errorf("%q comes back as %q from %q", exact, back, got)
		}
	}
}
