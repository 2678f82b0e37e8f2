package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
)

// shell is a terminal in which a shell has run the script to its end.
func shell(t *testing.T, look look, script string) *terminal {
	t.Helper()
	x, err := open(t.Context(), look, 20, 3, environment(t.TempDir()), "sh", "-c", script)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(x.close)
	<-x.ended
	return x
}

// wellFormed fails unless the text is XML.
func wellFormed(t *testing.T, text string) {
	t.Helper()
	for d := xml.NewDecoder(strings.NewReader(text)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
	}
}

func TestPicture_HasTheLookOfTheCells(t *testing.T) {
	t.Parallel()
	x := shell(t, lightLook(), `printf '\033[1mA\033[0m \033[3;4mb<&\033[0m \033[38;2;1;2;3m日\033[0m \033[48;2;4;5;6mc\033[0m\033[?25l\r\n│x─'`)
	got := x.picture("A title & more")
	wellFormed(t, got)
	for _, want := range []string{
		`font-weight="bold">A</text>`, `font-style="italic" text-decoration="underline">b&lt;&amp;</text>`, `textLength="16.8" fill="#010203">日</text>`,
		`fill="#040506"/>`, `aria-label="A title &amp; more"`, `fill="#ffffff"`, `>x</text>`, `d="M4.2 0V18"`, `d="M0 9H8.4"`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
}

func TestPicture_ShowsTheCursorUnlessHidden(t *testing.T) {
	t.Parallel()
	if got := shell(t, darkLook(), `printf 'ab\033[D'`).picture(""); !strings.Contains(got, `<rect x="8.4" width="8.4" height="18" fill="#d8d8d8"/>`) {
		t.Errorf("no cursor on b:\n%s", got)
	}
	if got := shell(t, darkLook(), `printf 'ab\033[D\033[?25l'`).picture(""); strings.Contains(got, `fill="#d8d8d8"/>`) {
		t.Errorf("a hidden cursor is shown:\n%s", got)
	}
}

func TestRecording_HoldsEachLineOnceForEachChange(t *testing.T) {
	t.Parallel()
	x := shell(t, darkLook(), `printf 'still\033[?25l'`)
	r := x.record()
	r.note(1, moment{time.Second, "one"})
	r.note(1, moment{2 * time.Second, "one"})
	r.note(1, moment{3 * time.Second, "part of two"})
	r.note(1, moment{3*time.Second + sameFrame/2, "two"})
	r.began = r.began.Add(-10 * time.Second)
	got := x.stop(r, "")
	wellFormed(t, got)
	if n := strings.Count(got, ">still</text>"); n != 1 {
		t.Errorf("the line that does not change is there %d times", n)
	}
	for _, want := range []string{">one</g>", ">two</g>", "@keyframes k1{0.", "step-end infinite", "prefers-reduced-motion"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
	if strings.Contains(got, "part of two") || strings.Contains(got, "@keyframes k0") {
		t.Errorf("half a frame, or a line that moves without a change:\n%s", got)
	}
}

func TestTerminal_AnswersForItsBackground(t *testing.T) {
	t.Parallel()
	x := shell(t, lightLook(), `stty raw -echo; printf '\033]11;?\007'; got=$(dd bs=1 count=18 2>/dev/null | tr -d '\033'); printf '%s' "$got"`)
	if got := x.text(); !strings.Contains(strings.ReplaceAll(got, "\n", ""), "rgb:ffff/") {
		t.Errorf("got %q", got)
	}
}

func TestStream_CutsItsTextAtTheRate(t *testing.T) {
	t.Parallel()
	var reached []int
	s := newStream(1000, 40, func(token int) { reached = append(reached, token) })
	s.pause = 0
	before := s.reply().Before
	words := strings.Fields(s.text)
	for chunk := range words {
		before(t.Context(), chunk)
	}
	if len(reached) != 41 || reached[0] != 0 || reached[40] != 40 {
		t.Errorf("reached %v", reached)
	}
	if fast := strings.Join(words[:s.first], " "); len(fast) < 950 || len(fast) > 1010 {
		t.Errorf("%d bytes come at once, want about 1000", len(fast))
	}
	if s.slowBytes < 40*3 || s.slowBytes > 40*9 {
		t.Errorf("%d bytes in 40 tokens", s.slowBytes)
	}
	if !strings.HasSuffix(s.text, "?") {
		t.Errorf("no question at the end of %q", s.text)
	}
}

func TestMeasure_PrintsEachFigureBesideItsAim(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	r := report{&out}
	r.times("something", []time.Duration{3 * time.Millisecond, time.Millisecond, 2 * time.Millisecond}, 1, "worst", "≤ 2 ms")
	if got := out.String(); !strings.Contains(got, "p50 2ms, worst 3ms (n=3)") || !strings.Contains(got, "≤ 2 ms") {
		t.Errorf("got %q", got)
	}
}

func TestCompare_MeasuresWhatIsTypedInto(t *testing.T) {
	t.Parallel()
	var s settings
	for _, bad := range []string{"", "cat", "=cat", "cat="} {
		if s.addContender(bad) == nil {
			t.Errorf("took %q", bad)
		}
	}
	if err := s.addContender("a shell=env A=b sh -c 'echo ready; cat'"); err != nil {
		t.Fatal(err)
	}
	seen, err := watchContender(t.Context(), &lab{dir: t.TempDir()}, s.contenders[0], 1)
	if err != nil {
		t.Fatal(err)
	}
	if len(seen.first) != 1 || len(seen.keys) == 0 {
		t.Errorf("saw %+v", seen)
	}
}
