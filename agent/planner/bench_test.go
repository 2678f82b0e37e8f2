package planner_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/betterprofile/betterprofile/agent/planner"
)

// BenchmarkParse is what the first use costs: it has to stay far below what a person notices at the start of a command.
func BenchmarkParse(b *testing.B) {
	questions, err := os.ReadFile("data/questions.json")
	if err != nil {
		b.Fatal(err)
	}
	lexicons, err := os.ReadFile("data/lexicons.json")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		var file struct {
			Questions []planner.Question `json:"questions"`
		}
		if err := json.Unmarshal(questions, &file); err != nil {
			b.Fatal(err)
		}
		if err := json.Unmarshal(lexicons, &planner.Lexicon{}); err != nil {
			b.Fatal(err)
		}
	}
}
