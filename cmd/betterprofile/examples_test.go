package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// example is a piece of shell that docs/examples.md shows.
type example struct{ language, text string }

// examples are those of the page, in its order.
func examples(t *testing.T) []example {
	t.Helper()
	page, err := os.ReadFile("../../docs/examples.md")
	if err != nil {
		t.Fatal(err)
	}
	var all []example
	for _, found := range regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$").FindAllStringSubmatch(string(page), -1) {
		all = append(all, example{found[1], found[2]})
	}
	return all
}

// examplesHome is a home with a repository in which somebody has worked this week.
func examplesHome(t *testing.T, shell func(script string) string) {
	t.Helper()
	shell(`mkdir -p src && git init -q src/shop && cd src/shop
		git config user.name Ada && git config user.email ada@example.org
		git commit -q --allow-empty -m 'Cache the price list' && git commit -q --allow-empty -m 'Drop the old importer'`)
}

// TestExamples_OfThePageWork runs the page from its top to its end in one home, as a person would.
func TestExamples_OfThePageWork(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	repository := filepath.Join(home, "src", "shop")
	in := home
	shell := func(script string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "sh", "-eu", "-c", script)
		cmd.Dir = in
		cmd.Env = []string{"HOME=" + home, "PATH=" + os.Getenv("PATH"), "BETTERPROFILE_KEYRING=off", "GIT_CONFIG_NOSYSTEM=1", "LANG=C.UTF-8"}
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s\n%v: %s", script, err, out)
		}
		return string(out)
	}
	examplesHome(t, shell)
	in = repository
	var said strings.Builder
	counted := map[string]int{}
	for _, e := range examples(t) {
		counted[e.language]++
		switch e.language {
		case "sh":
			out := shell(e.text)
			if strings.TrimSpace(out) == "" {
				t.Errorf("nothing came of\n%s", e.text)
			}
			said.WriteString(out)
		case "cron":
			runCrontab(t, e.text, shell)
		default:
			t.Errorf("an example in %s is not run", e.language)
		}
	}
	if counted["sh"] < 7 || counted["cron"] < 1 {
		t.Errorf("examples found: %v", counted)
	}
	checkExamples(t, home, said.String(), shell)
}

// runCrontab runs each line of a crontab at once, as cron does at its time: in the home.
func runCrontab(t *testing.T, table string, shell func(string) string) {
	t.Helper()
	line := regexp.MustCompile(`^(?:[-*/,\d]+ +){5}(.+)$`)
	for text := range strings.Lines(table) {
		found := line.FindStringSubmatch(strings.TrimSpace(text))
		if found == nil {
			t.Errorf("no line of a crontab: %s", text)
			continue
		}
		if bare := regexp.MustCompile(`[^\\]%`).FindString(found[1]); bare != "" {
			t.Errorf("%q ends the command there: %s", bare, text)
		}
		shell(`cd "$HOME" && ` + strings.ReplaceAll(found[1], `\%`, "%"))
	}
}

// checkExamples looks at what has come of the examples.
func checkExamples(t *testing.T, home, said string, shell func(string) string) {
	t.Helper()
	if want := "30 a month to 4 a month"; !strings.Contains(said, want) {
		t.Errorf("%q is not in what was printed:\n%s", want, said)
	}
	everything := shell("betterprofile backup -")
	for text, times := range map[string]int{
		"- Drop the old importer\\n- Cache the price list": 2, "Today I write the runbook.": 1, "moved 14 services": 1, "I mentored two new colleagues.": 1,
	} {
		if n := messagesWith(everything, text); n != times {
			t.Errorf("%d messages hold %q, want %d", n, text, times)
		}
	}
	for file, want := range map[string]string{
		"resume.md": "# Ada Lovelace", "src/shop/resume.md": "# Ada Lovelace", "src/shop/resume.html": "Ada Lovelace", "questions.txt": "?",
	} {
		if b, err := os.ReadFile(filepath.Join(home, file)); err != nil || !strings.Contains(string(b), want) {
			t.Errorf("%s: %v, want %q in\n%s", file, err, want, b)
		}
	}
	if backups, err := filepath.Glob(filepath.Join(home, "betterprofile-*day.ndjson")); err != nil || len(backups) != 1 {
		t.Errorf("backups of the night: %q, %v", backups, err)
	}
}

// messagesWith is how many messages of a user hold the text, in the lines of a backup.
func messagesWith(backup, text string) (n int) {
	for line := range strings.Lines(backup) {
		if strings.HasPrefix(line, `{"type":"message"`) && strings.Contains(line, `"role":"user"`) && strings.Contains(line, text) {
			n++
		}
	}
	return n
}
