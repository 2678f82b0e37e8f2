package main

import (
	"strings"
	"testing"
)

func TestReport(t *testing.T) {
	t.Parallel()
	const (
		begin = `{"Action":"start","Package":"p"}` + "\n"
		pass  = `{"Action":"output","Package":"p","Test":"TestA","Output":"quiet\n"}` + "\n" +
			`{"Action":"pass","Package":"p","Test":"TestA"}` + "\n"
		skip = `{"Action":"output","Package":"p","Test":"TestB","Output":"why\n"}` + "\n" +
			`{"Action":"skip","Package":"p","Test":"TestB"}` + "\n"
		fail = `{"Action":"output","Package":"p","Test":"TestC","Output":"loud\n"}` + "\n" +
			`{"Action":"fail","Package":"p","Test":"TestC"}` + "\n"
		hang  = `{"Action":"output","Package":"p","Test":"TestD","Output":"stuck\n"}` + "\n"
		good  = `{"Action":"output","Package":"p","Output":"ok  \tp\t0.1s\n"}` + "\n" + `{"Action":"pass","Package":"p"}` + "\n"
		bad   = `{"Action":"fail","Package":"p"}` + "\n"
		build = `{"ImportPath":"p","Action":"build-output","Output":"x.go:1: no\n"}` + "\n" +
			`{"ImportPath":"p","Action":"build-fail"}` + "\n"
	)
	for _, c := range []struct {
		name, input string
		ok          bool
		shows       []string
		hides       string
	}{
		{"all passed", begin + pass + good, true, []string{"ok  \tp\t0.1s\n", "\n1 passed, 0 failed, 0 skipped\n"}, "quiet"},
		{"skipped", begin + pass + skip + good, false, []string{"why\n", "\n1 passed, 0 failed, 1 skipped\n"}, "quiet"},
		{"failed", begin + pass + fail + bad, false, []string{"loud\n", "\n1 passed, 1 failed, 0 skipped\n"}, "quiet"},
		{"panic or time limit", begin + hang + bad, false, []string{"stuck\n", "\n0 passed, 1 failed, 0 skipped\n"}, "quiet"},
		{"cut off", begin + pass, false, []string{"did not end"}, "quiet"},
		{"does not build", build + begin + bad, false, []string{"x.go:1: no\n", "\n0 passed, 1 failed, 0 skipped\n"}, "quiet"},
		{"nothing ran", begin + good, false, []string{"no test ran", "\n0 passed, 0 failed, 0 skipped\n"}, "quiet"},
		{"other output", "hello\n" + begin + pass + good, true, []string{"hello\n"}, "quiet"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			r := newReport(&out)
			if err := r.read(strings.NewReader(c.input)); err != nil {
				t.Fatal(err)
			}
			if ok := r.close(); ok != c.ok {
				t.Errorf("ok = %v, want %v; output:\n%s", ok, c.ok, &out)
			}
			for _, text := range c.shows {
				if !strings.Contains(out.String(), text) {
					t.Errorf("output lacks %q:\n%s", text, &out)
				}
			}
			if strings.Contains(out.String(), c.hides) {
				t.Errorf("output of a passed test is shown:\n%s", &out)
			}
		})
	}
}
