package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// kind is a way for a message to go wrong.
type kind string

// The kinds. Unexpected is not about a message: an answer that no fault explains, readiness that does not follow, a wrong exit status.
const (
	lost       kind = "lost"
	doubled    kind = "doubled"
	stuck      kind = "stuck"
	differing  kind = "differing"
	unexpected kind = "unexpected"
)

func kinds() []kind { return []kind{lost, doubled, stuck, differing, unexpected} }

// shown is how many findings of a kind are printed.
const shown = 8

// report is what a run did and found. Its methods may be called from many goroutines.
type report struct {
	scenario string
	seed     uint64
	broken   string
	took     time.Duration

	mu       sync.Mutex
	did      map[string]int // events, by name
	findings map[kind]map[string][]string
	turns    int
	honest   int // turns that failed with interrupted and were sent again
}

func newReport(scenario string, o options) *report {
	return &report{scenario: scenario, seed: o.seed, broken: o.broken, did: map[string]int{}, findings: map[kind]map[string][]string{}}
}

// count notes that something was done or seen.
func (r *report) count(name string) { r.add(name, 1) }

func (r *report) add(name string, n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.did[name] += n
}

// done is how often something was done or seen.
func (r *report) done(name string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.did[name]
}

// find notes that something went wrong with a subject: a message's text, or what else it is about. However much is wrong with it, a
// subject counts once in a kind.
func (r *report) find(k kind, subject, format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.findings[k] == nil {
		r.findings[k] = map[string][]string{}
	}
	r.findings[k][subject] = append(r.findings[k][subject], fmt.Sprintf(format, args...))
}

// number is how many subjects there are of a kind.
func (r *report) number(k kind) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.findings[k])
}

// sound reports whether nothing was found.
func (r *report) sound() bool {
	return !slices.ContainsFunc(kinds(), func(k kind) bool { return r.number(k) > 0 })
}

// print writes what was done, what was found, and the line of numbers.
func (r *report) print(w io.Writer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	with := ""
	if r.broken != "" {
		with = ", server broken: " + r.broken
	}
	fmt.Fprintf(w, "%s: seed %d%s, %d turns, %.1f s\n", r.scenario, r.seed, with, r.turns, r.took.Seconds())
	for _, name := range slices.Sorted(maps.Keys(r.did)) {
		fmt.Fprintf(w, "  %-44s %6d\n", name, r.did[name])
	}
	numbers := make([]string, 0, len(kinds()))
	for _, k := range kinds() {
		r.printFindings(w, k)
		numbers = append(numbers, fmt.Sprintf("%s %d", k, len(r.findings[k])))
	}
	fmt.Fprintf(w, "  %s; failed honestly and sent again: %d times\n", strings.Join(numbers, ", "), r.honest)
}

func (r *report) printFindings(w io.Writer, k kind) {
	subjects := slices.Sorted(maps.Keys(r.findings[k]))
	for i, subject := range subjects {
		if i == shown {
			fmt.Fprintf(w, "  %s: … and %d more\n", k, len(subjects)-shown)
			return
		}
		fmt.Fprintf(w, "  %s: %s: %s\n", k, subject, strings.Join(r.findings[k][subject], "; "))
	}
}
