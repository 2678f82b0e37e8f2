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
// whole dialogue. After a line "again" the user comes back for another conversation.
func TestReply_GoldenDialogues(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.golden")
	if err != nil || len(files) < 6 {
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
	k := newTalk(t, true)
	fmt.Fprintf(&b, "I %s\n", k.last().Content)
	for line := range strings.Lines(script) {
		line = strings.TrimSuffix(line, "\n")
		if line == "again" {
			k = k.again()
			fmt.Fprintf(&b, "\nagain\nI %s  [%s]\n", k.last().Content, k.last().ReplyMetadata().Question)
		}
		message, ok := strings.CutPrefix(line, "U ")
		if !ok {
			continue
		}
		r := k.say(message)
		checkLawful(t, message, r)
		fmt.Fprintf(&b, "U %s\nI %s  [%s %s%s]\n", message, r.Content, r.Metadata.Act, r.Metadata.Question, r.Metadata.Wording)
	}
	return b.String()
}
