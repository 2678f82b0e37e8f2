package eval

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/betterprofile/betterprofile/agent/quality"
)

// Report is what a run found out. The first result is the one that has to meet the aims.
type Report struct {
	Turns, People int
	Results       []Result
}

// maxLatency is the aim for the time of a turn.
const maxLatency = 20 * time.Millisecond

// maxState is the aim for the size of a state, in bytes.
const maxState = 64 << 10

// row is a line of the report: an aim and the value for each result.
type row struct {
	name  string
	aim   string
	value func(Result) string
	met   func(Result) bool
}

// rows are the lines of the report.
func rows() []row {
	var list []row
	for _, g := range quality.Gauges() {
		value := func(r Result) float64 {
			if g.Name == "share of the talk" {
				return g.Value(r.Share)
			}
			return g.Value(r.Tally)
		}
		list = append(list, row{
			g.Name, aim(g.BuiltIn, g.Min),
			func(r Result) string { return number(value(r)) },
			func(r Result) bool { return g.Met(value(r), g.BuiltIn) },
		})
	}
	return append(
		list,
		row{
			"special turns answered", aim(1, true),
			func(r Result) string { return number(r.answered()) },
			func(r Result) bool { return math.IsNaN(r.answered()) || r.answered() == 1 },
		},
		row{
			"facts without a source", aim(0, false),
			func(r Result) string { return number(float64(len(r.Unsourced))) },
			func(r Result) bool { return len(r.Unsourced) == 0 },
		},
		row{
			"state, KB", aim(maxState>>10, false),
			func(r Result) string { return number(float64(r.State) / 1024) },
			func(r Result) bool { return r.State <= maxState },
		},
		row{
			"time of a turn, p95, ms", aim(float64(maxLatency/time.Millisecond), false),
			func(r Result) string { return number(float64(r.Latency) / float64(time.Millisecond)) },
			func(r Result) bool { return r.Latency <= maxLatency },
		},
	)
}

// answered is the share of the special turns that were answered as they should be; NaN when none was taken.
func (r Result) answered() float64 {
	good := 0
	for _, a := range r.Acts {
		if a.Wrong == "" {
			good++
		}
	}
	return float64(good) / float64(len(r.Acts))
}

func aim(limit float64, least bool) string {
	sign := "≤ "
	if least {
		sign = "≥ "
	}
	return sign + number(limit)
}

func number(v float64) string {
	switch {
	case math.IsNaN(v):
		return "-"
	case v == math.Trunc(v):
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.3f", v)
}

// Missed names the aims that the first result misses, with their values.
func (r Report) Missed() []string {
	var list []string
	if len(r.Results) == 0 {
		return nil
	}
	first := r.Results[0]
	for _, row := range rows() {
		if !row.met(first) {
			list = append(list, fmt.Sprintf("%s: %s, aim %s", row.name, row.value(first), row.aim))
		}
	}
	return list
}

// Text is the report as a table, followed by what the first result got wrong. A value that misses its aim has an exclamation mark.
func (r Report) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d people, %d turns each\n\n%-28s%10s", r.People, r.Turns, "", "aim")
	for _, result := range r.Results {
		fmt.Fprintf(&b, "%16s", result.Name+"  ")
	}
	b.WriteByte('\n')
	for _, row := range rows() {
		fmt.Fprintf(&b, "%-28s%10s", row.name, row.aim)
		for _, result := range r.Results {
			mark := "  "
			if !row.met(result) {
				mark = " !"
			}
			fmt.Fprintf(&b, "%16s", row.value(result)+mark)
		}
		b.WriteByte('\n')
	}
	if len(r.Results) > 0 {
		r.Results[0].wrong(&b)
	}
	if missed := r.Missed(); len(missed) > 0 {
		fmt.Fprintf(&b, "\nMissed by %s:\n  %s\n", r.Results[0].Name, strings.Join(missed, "\n  "))
	}
	return b.String()
}

// wrong writes the special turns that were answered wrongly, and the replies with faults.
func (r Result) wrong(b *strings.Builder) {
	for _, a := range r.Acts {
		if a.Wrong != "" {
			fmt.Fprintf(b, "\nspecial turn %s: %s\n  U %s\n  I %s\n", a.ID, a.Wrong, oneLine(a.Said), oneLine(a.Reply))
		}
	}
	for _, talk := range r.Talks {
		for i, found := range talk.Faults {
			for _, fault := range found {
				fmt.Fprintf(b, "\n%s, turn %d, %s\n  I %s\n", talk.Persona, i, fault, oneLine(talk.Exchanges[i].Reply))
			}
		}
	}
	for _, fact := range r.Unsourced {
		fmt.Fprintf(b, "\nfact without a source: %s\n", fact)
	}
}

// Transcript is every talk of the first result, with the faults below the replies that have them.
func (r Report) Transcript() string {
	var b strings.Builder
	if len(r.Results) == 0 {
		return ""
	}
	for _, talk := range r.Results[0].Talks {
		fmt.Fprintf(&b, "== %s\n", talk.Persona)
		for i, e := range talk.Exchanges {
			if e.User != "" {
				fmt.Fprintf(&b, "%2d U %s\n", i, oneLine(e.User))
			}
			fmt.Fprintf(&b, "   I %s  [%s]\n", oneLine(e.Reply), strings.Trim(e.Meta.Act+" "+e.Meta.Question+" "+e.Meta.Facet+"/"+e.Meta.Slot, " /"))
			for _, fault := range talk.Faults[i] {
				fmt.Fprintf(&b, "   ! %s\n", fault)
			}
			if e.Anchorable() && !e.Anchored() {
				b.WriteString("   ~ takes nothing up\n")
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
