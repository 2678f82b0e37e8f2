package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/betterprofile/betterprofile/storage/storagetest"
)

// TestMain makes the test binary be the broken server when a test starts it as one.
func TestMain(m *testing.M) {
	if mode := os.Getenv(asChild); mode != "" {
		os.Exit(serveBroken(mode))
	}
	os.Exit(m.Run())
}

// needPostgres ends the test on a machine without PostgreSQL, as storagetest does.
func needPostgres(t *testing.T) {
	t.Helper()
	storagetest.Postgres(t)
}

// execute runs the short form of a scenario.
func execute(t *testing.T, name string, o options) *report {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	all := scenarios()
	s := all[slices.IndexFunc(all, func(s scenario) bool { return s.name == name })]
	o.dir = t.TempDir()
	r, err := s.execute(ctx, o)
	if err != nil {
		logs, _ := filepath.Glob(filepath.Join(o.dir, "*.log"))
		for _, log := range logs {
			text, _ := os.ReadFile(log)
			t.Logf("%s ends with\n%s", log, text[max(0, len(text)-2000):])
		}
		t.Fatal(err)
	}
	var out strings.Builder
	r.print(&out)
	t.Log("\n" + out.String())
	return r
}

func TestFault_TheServerLosesNothing(t *testing.T) {
	t.Parallel()
	needPostgres(t)
	server, err := program(t.Context(), options{dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	for name, n := range map[string]int{"kills": 6, "postgres": 2, "storm": 5 * copies, "resume": 10, "rolling": 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := execute(t, name, options{seed: 1, n: n, server: server, settle: 30 * time.Second})
			if !r.sound() || r.turns == 0 {
				t.Errorf("the check of %d turns found something wrong", r.turns)
			}
		})
	}
}

func TestFault_EachCheckFindsItsFaultAndNothingElse(t *testing.T) {
	t.Parallel()
	needPostgres(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		mode, scenario string
		n              int
		want           kind
	}{
		{modeLose, "kills", 2, lost},
		{modeLose, "postgres", 1, lost},
		{modeDouble, "storm", copies, doubled}, // without kills: one between the two replies would prevent the second
		{modeDouble, "rolling", 1, doubled},
		{modeAgain, "storm", copies, doubled},
		{modeStuck, "kills", 2, stuck},
		{modeDiffer, "kills", 2, differing},
		{modeDiffer, "resume", 4, differing},
	} {
		t.Run(c.mode+" in "+c.scenario, func(t *testing.T) {
			t.Parallel()
			settle := 30 * time.Second
			if c.mode == modeStuck {
				settle = 3 * time.Second // it will not come
			}
			r := execute(t, c.scenario, options{seed: 1, n: c.n, broken: c.mode, server: self, settle: settle})
			for _, k := range kinds() {
				want := 0
				if k == c.want {
					want = 1 // the canary
				}
				if r.number(k) != want {
					t.Errorf("%d messages are %s, want %d", r.number(k), k, want)
				}
			}
		})
	}
}

func TestRun_BadArgumentsAreUsage(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{nil, {"nothing"}, {"kills", "storm"}, {"-n", "-1", "kills"}, {"-broken", "nothing", "kills"}, {"-what", "kills"}} {
		var out, errOut bytes.Buffer
		if status := run(t.Context(), args, &out, &errOut); status != 2 || !strings.Contains(errOut.String(), "-seed") || out.Len() > 0 {
			t.Errorf("%q: status %d, %q, %q", args, status, out.String(), errOut.String())
		}
	}
}

func TestReport_CountsASubjectOnceAndSaysWhatWasFound(t *testing.T) {
	t.Parallel()
	r := newReport("kills", options{seed: 7})
	r.count("kills")
	for i := range shown + 2 {
		r.find(lost, fmt.Sprintf("message %02d", i), "gone")
		r.find(lost, fmt.Sprintf("message %02d", i), "twice over")
	}
	var out strings.Builder
	r.print(&out)
	if r.sound() || !strings.Contains(out.String(), "lost 10, doubled 0, stuck 0, differing 0, unexpected 0") ||
		!strings.Contains(out.String(), "and 2 more") || !strings.Contains(out.String(), "message 00: gone; twice over") {
		t.Errorf("printed\n%s", out.String())
	}
}

func TestReplyTo_FollowsFromTheMessageAndTheCall(t *testing.T) {
	t.Parallel()
	for i := range 200 {
		message := fmt.Sprint("message ", i)
		first := replyTo(message, 1)
		words := len(strings.Fields(first))
		if words < 20 || words > 62 || first != replyTo(message, 1) || first == replyTo(message, 2) || first == replyTo(message+"!", 1) {
			t.Errorf("%q has %d words, or is not the same each time, or not its own", first, words)
		}
	}
}

func TestRecords_OnlyWholeOnesCount(t *testing.T) {
	t.Parallel()
	const stream = "event: started\ndata: {}\n\n: keep-alive\n\nid: 1.4\nevent: delta\ndata: {\"text\":\"four\"}\n\n"
	whole := []record{{"", "started", "{}"}, {"1.4", "delta", `{"text":"four"}`}}
	for n := range len(stream) + 1 {
		var got []record
		records(strings.NewReader(stream[:n]), func(r record) bool {
			got = append(got, r)
			return true
		})
		want := 0
		if n >= strings.Index(stream, "\n\n")+2 {
			want++
		}
		if n == len(stream) {
			want++
		}
		if !slices.Equal(got, whole[:want]) {
			t.Errorf("%d bytes make %q", n, got)
		}
	}
}
