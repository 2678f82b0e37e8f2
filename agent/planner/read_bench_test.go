package planner_test

import (
	"strings"
	"testing"

	"github.com/betterprofile/betterprofile/agent/planner"
)

// BenchmarkReadMessage is what reading costs in every turn of a server: at most 200 µs for an ordinary answer is the aim, 2 ms for 8,000
// characters.
func BenchmarkReadMessage(b *testing.B) {
	words := "I'm a backend engineer at a fintech called Brightpost, and last spring we moved our payments ledger off a monolith. I wrote a reconciler which compared both ledgers every hour, and it cut the mismatches from 1,400 to 12."
	long := strings.Repeat(words+" ", 8000/len(words)+1)[:8000]
	q, _ := planner.QuestionByID("ac-01")
	for name, content := range map[string]string{"40-words": words, "8000-characters": long, "100000-characters": strings.Repeat(long, 13)[:100_000]} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if r := planner.ReadMessage(content, planner.Context{Question: q}); len(r.Facts) == 0 {
					b.Fatal("nothing was read")
				}
			}
		})
	}
}
