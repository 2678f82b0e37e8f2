package builtin_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden dialogues")

// TestReply_GoldenDialogues plays what the user says (the lines that begin with "U ") in each file of testdata and compares the
// whole dialogue. A file whose first line is "later" is not the user's first conversation.
func TestReply_GoldenDialogues(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.golden")
	if err != nil || len(files) < 3 {
		t.Fatalf("dialogues %q, error %v", files, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := play(t, string(want))
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != string(want) {
				t.Errorf("%s differs (rewrite with -update); got\n%s", file, got)
			}
		})
	}
}

func play(t *testing.T, script string) string {
	t.Helper()
	var b strings.Builder
	later := strings.HasPrefix(script, "later\n")
	if later {
		b.WriteString("later\n")
	}
	k := newTalk(t, !later)
	fmt.Fprintf(&b, "I %s\n", k.recent[0].Content)
	for line := range strings.Lines(script) {
		message, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "U ")
		if !ok {
			continue
		}
		r := k.say(message)
		checkLawful(t, message, r)
		fmt.Fprintf(&b, "U %s\nI %s  [%s %s]\n", message, r.Content, r.Metadata.Act, r.Metadata.Question)
	}
	return b.String()
}
