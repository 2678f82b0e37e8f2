// Command testreport runs go test and shows what a person wants to see: the closing line of each package, the output
// of each test that failed or was skipped, and at the end "N passed, N failed, N skipped". Tests and subtests count, and
// as one failure each package that does not build or dies without a failed test.
//
// It exits 1 when a test failed, when one was skipped, when none ran, or when go test itself failed: a suite that
// silently tests less is a failed suite.
//
//	testreport [arguments of go test]
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

func main() {
	cmd := exec.Command("go", append([]string{"test", "-json"}, os.Args[1:]...)...)
	cmd.Stderr = os.Stderr
	output, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "testreport:", err)
		os.Exit(1)
	}
	r := newReport(os.Stdout)
	readErr := r.read(output)
	_, _ = io.Copy(io.Discard, output) // so that go test can end
	for _, err := range []error{readErr, cmd.Wait()} {
		if err != nil {
			fmt.Fprintln(os.Stderr, "go test:", err)
			r.broken = true
		}
	}
	if !r.close() {
		os.Exit(1)
	}
}

// event is a line of go test -json; see "go doc test2json".
type event struct {
	Action, Package, ImportPath, Test, Output string
}

type report struct {
	out                     io.Writer
	passed, failed, skipped int
	broken                  bool                // something failed that is no test: a build, or go test itself
	output                  map[string][]string // of each unfinished test, by package and name
	running                 map[string]bool     // packages begun and not ended
	failedIn                map[string]bool     // packages with a failed test
}

func newReport(out io.Writer) *report {
	return &report{out: out, output: map[string][]string{}, running: map[string]bool{}, failedIn: map[string]bool{}}
}

// read takes the events until the end. Lines that are no events are shown as they are.
func (r *report) read(input io.Reader) error {
	lines := bufio.NewReader(input)
	for {
		line, err := lines.ReadString('\n')
		if line != "" {
			var e event
			if json.Unmarshal([]byte(line), &e) == nil && e.Action != "" {
				r.add(e)
			} else {
				fmt.Fprint(r.out, line)
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (r *report) add(e event) {
	switch {
	case e.Action == "build-output":
		fmt.Fprint(r.out, e.Output)
	case e.Action == "build-fail":
		r.broken = true
	case e.Test == "":
		r.addPackage(e)
	default:
		r.addTest(e)
	}
}

func (r *report) addPackage(e event) {
	switch e.Action {
	case "start":
		r.running[e.Package] = true
	case "output":
		if e.Output != "PASS\n" {
			fmt.Fprint(r.out, e.Output)
		}
	case "fail":
		r.showUnfinished(e.Package)
		if !r.failedIn[e.Package] { // it did not build, or died outside a test
			r.failed++
		}
		delete(r.running, e.Package)
	case "pass", "skip": // skip: a package without tests
		delete(r.running, e.Package)
	}
}

func (r *report) addTest(e event) {
	key := e.Package + " " + e.Test
	switch e.Action {
	case "output":
		if !strings.HasPrefix(e.Output, "=== ") {
			r.output[key] = append(r.output[key], e.Output)
		}
	case "pass":
		r.passed++
		delete(r.output, key)
	case "fail":
		r.failed++
		r.failedIn[e.Package] = true
		r.show(key)
	case "skip":
		r.skipped++
		r.show(key)
	}
}

func (r *report) show(key string) {
	for _, text := range r.output[key] {
		fmt.Fprint(r.out, text)
	}
	delete(r.output, key)
}

// showUnfinished shows what tests of a package had printed when it died: by a panic or at the time limit.
func (r *report) showUnfinished(pkg string) {
	for key := range r.output {
		if strings.HasPrefix(key, pkg+" ") {
			fmt.Fprintf(r.out, "unfinished: %s\n", key)
			r.show(key)
		}
	}
}

// close prints the closing lines and reports whether all is well.
func (r *report) close() bool {
	for pkg := range r.running {
		r.broken = true
		r.showUnfinished(pkg)
		fmt.Fprintf(r.out, "FAIL\t%s\t[did not end]\n", pkg)
	}
	ran := r.passed + r.failed
	switch {
	case r.failed > 0 || r.broken:
		fmt.Fprintln(r.out, "FAIL: see above")
	case r.skipped > 0:
		fmt.Fprintln(r.out, "FAIL: a skipped test tests nothing; give it what it needs, or remove it")
	case ran == 0:
		fmt.Fprintln(r.out, "FAIL: no test ran")
	}
	fmt.Fprintf(r.out, "%d passed, %d failed, %d skipped\n", r.passed, r.failed, r.skipped)
	return r.failed == 0 && !r.broken && r.skipped == 0 && ran > 0
}
