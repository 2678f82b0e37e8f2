package resume_test

import (
	"fmt"
	"testing"

	"github.com/betterprofile/betterprofile/interview"
)

// BenchmarkBuild makes a résumé of what thousands of turns teach: 20,000 facts of 40 experiences, most of them of one.
func BenchmarkBuild(b *testing.B) {
	tell := newTeller()
	for i := range 40 {
		tell.experience(interview.Experience{ID: fmt.Sprint("e", i), Kind: interview.KindWork, Org: fmt.Sprint("Org ", i)})
	}
	kinds := []string{"action", "metric", "outcome", "tool", "skill", "team", "recognition"}
	for i := range 20_000 {
		tell.says(fmt.Sprintf("I built %d doors with care for the ward and cut the cost from %d to 3.", i, i))
		of := "e0"
		if i%4 == 0 {
			of = fmt.Sprint("e", i/4%40)
		}
		kind := kinds[i%len(kinds)]
		tell.fact(of, kind, fmt.Sprint(kind, i), fmt.Sprintf("built %d doors with care for the ward", i))
	}
	for b.Loop() {
		build(tell.Memory)
	}
}
