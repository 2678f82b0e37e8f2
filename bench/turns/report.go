package main

import (
	"fmt"
	"math"
	"runtime"
	"text/tabwriter"
	"time"
)

// names are the targets in the order of the tables.
func names() []string {
	return []string{direct, bare, theFloor, bench, ours, oursSQLite, with, without}
}

// report prints all tables.
func (st *study) report() {
	s := st.settings
	fmt.Fprintf(st.out, "%s/%s, %d processors, %s. Rounds: %d, of %s each. Connections to the database: %d. PostgreSQL syncs to disk.\n",
		runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version(), s.rounds, s.window, s.conns)
	fmt.Fprintln(st.out, "Rates, CPU and bytes are medians of the rounds; times are quantiles of all turns, and p99 of less than 100 turns is their longest.")
	st.table(free(), s.free, "Without delay: the model sends 100 tokens at once")
	st.table(paced(), s.paced, "Realistic: first token after 300 ms, then 50 a second, 100 tokens")
	st.ratios()
	for _, line := range st.trouble {
		fmt.Fprintln(st.out, "TROUBLE:", line)
	}
}

// table prints one line for each number of readers and target.
func (st *study) table(p profile, list, title string) {
	counts, err := numbers(list)
	if err != nil {
		return
	}
	w := tabwriter.NewWriter(st.out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "readers\ttarget\tturns\tturns/s\tfirst p50\tp99\ttotal p50\tp99\tadded first p50\tp99\tadded total p50\tp99\tserver ms\tdatabase ms\tmodel ms\treaders ms\tKB written\tpeak MiB\t")
	printed := false
	for _, readers := range counts {
		for _, name := range names() {
			if cells := st.cells[key{p.Name, readers, name}]; len(cells) > 0 {
				fmt.Fprintf(w, "%d\t%s\t%s\t\n", readers, name, st.line(key{p.Name, readers, name}))
				printed = true
			}
		}
	}
	if printed {
		fmt.Fprintf(st.out, "\n%s\n\n", title)
		_ = w.Flush() // to the terminal
	}
}

// line is the figures of a target, separated by tabs.
func (st *study) line(k key) string {
	cells := st.cells[k]
	turns := 0
	for _, c := range cells {
		turns += c.turns
	}
	first, total := st.samples(k)
	base := k
	base.target = direct
	baseFirst, baseTotal := st.samples(base)
	added := func(of, base []time.Duration, q float64) string {
		if len(of) == 0 || len(base) == 0 || k.target == direct || k.target == bench {
			return "-"
		}
		return milliseconds(quantile(of, q) - quantile(base, 0.5))
	}
	text := fmt.Sprintf("%d\t%.1f", turns, medianOf(cells, cell.speed))
	for _, samples := range [][]time.Duration{first, total} {
		text += "\t" + milliseconds(quantile(samples, 0.5)) + "\t" + milliseconds(quantile(samples, 0.99))
	}
	for _, q := range []float64{0.5, 0.99} {
		text += "\t" + added(first, baseFirst, q)
	}
	for _, q := range []float64{0.5, 0.99} {
		text += "\t" + added(total, baseTotal, q)
	}
	for _, cpu := range []func(cell) time.Duration{
		func(c cell) time.Duration { return c.server }, func(c cell) time.Duration { return c.database },
		func(c cell) time.Duration { return c.model }, func(c cell) time.Duration { return c.readers },
	} {
		text += "\t" + number(medianOf(cells, func(c cell) float64 { return c.perTurn(cpu(c)) }), "%.2f")
	}
	return text + "\t" + number(medianOf(cells, cell.kilobytes), "%.1f") + "\t" + number(medianOf(cells, cell.mebibytes), "%.0f")
}

func (c cell) speed() float64     { return c.rate() }
func (c cell) kilobytes() float64 { return ratio(float64(c.written)/1000, float64(c.turns)) }
func (c cell) mebibytes() float64 { return float64(c.peak) / (1 << 20) }

// whole is the CPU of server and database together.
func (c cell) whole() float64 { return c.perTurn(c.server + c.database) }

// samples are the times of all rounds.
func (st *study) samples(k key) (first, total []time.Duration) {
	for _, c := range st.cells[k] {
		first, total = append(first, c.first...), append(total, c.total...)
	}
	return first, total
}

// ratios prints what the aims are about.
func (st *study) ratios() {
	w := tabwriter.NewWriter(st.out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(st.out, "\nRatios to the floor in this run\n\n")
	fmt.Fprintln(w, "figure\tfloor\tours\tratio\taim\t\tours/sqlite\tratio")
	for _, readers := range []int{16, 256} {
		st.ratio(w, fmt.Sprintf("turns/s, no delay, %d readers", readers), free(), readers, cell.speed, 0.75, true)
	}
	st.ratio(w, "CPU ms per turn, server and database, 64 realistic", paced(), 64, cell.whole, 1.4, false)
	for _, readers := range []int{64, 256} {
		st.addedRatio(w, readers)
	}
	st.ratio(w, "peak MiB, 1000 realistic streams", paced(), manyStreams, cell.mebibytes, 1.3, false)
	for _, readers := range []int{16, 256} {
		st.ratio(w, fmt.Sprintf("CPU ms per turn, no delay, %d readers", readers), free(), readers, cell.whole, 0, false)
	}
	st.ratio(w, "KB written per turn, no delay, 16 readers", free(), 16, cell.kilobytes, 0, false)
	st.ratio(w, "KB written per turn, 64 realistic", paced(), 64, cell.kilobytes, 0, false)
	for _, p := range []profile{free(), paced()} {
		st.cost(w, p)
	}
	_ = w.Flush() // to the terminal
}

// ratio prints one figure of ours by the floor's. An aim of 0 is none.
func (st *study) ratio(w *tabwriter.Writer, what string, p profile, readers int, figure func(cell) float64, aim float64, atLeast bool) {
	of := func(name string) float64 {
		cells := st.cells[key{p.Name, readers, name}]
		if len(cells) == 0 {
			return math.NaN()
		}
		return medianOf(cells, figure)
	}
	st.compare(w, what, of(theFloor), of(ours), of(oursSQLite), aim, atLeast)
}

// addedRatio prints the time to the first token that is not the model's.
func (st *study) addedRatio(w *tabwriter.Writer, readers int) {
	base, _ := st.samples(key{paced().Name, readers, direct})
	of := func(name string) float64 {
		first, _ := st.samples(key{paced().Name, readers, name})
		if len(first) == 0 || len(base) == 0 {
			return math.NaN()
		}
		return float64(quantile(first, 0.5)-quantile(base, 0.5)) / float64(time.Millisecond)
	}
	what := fmt.Sprintf("added ms to the first token, p50, %d realistic", readers)
	st.compare(w, what, of(theFloor), of(ours), of(oursSQLite), 1.5, false)
}

func (st *study) compare(w *tabwriter.Writer, what string, floor, our, lite, aim float64, atLeast bool) {
	if math.IsNaN(floor) || math.IsNaN(our) {
		return
	}
	r := ratio(our, floor)
	goal, verdict := "", ""
	switch {
	case aim == 0:
	case atLeast:
		goal, verdict = fmt.Sprintf("≥ %.2f", aim), held(r >= aim)
	default:
		goal, verdict = fmt.Sprintf("≤ %.2f", aim), held(r <= aim)
	}
	fmt.Fprintf(w, "%s\t%.2f\t%.2f\t%.2f\t%s\t%s\t%s\t%s\n", what, floor, our, r, goal, verdict, number(lite, "%.2f"), number(ratio(lite, floor), "%.2f"))
}

// cost prints what checkpoints cost.
func (st *study) cost(w *tabwriter.Writer, p profile) {
	on, off := st.cells[key{p.Name, 256, with}], st.cells[key{p.Name, 256, without}]
	if len(on) == 0 || len(off) == 0 {
		return
	}
	fmt.Fprintf(w, "checkpoints on against off, %s, 256 readers:\toff\ton\t\t\t\n", p.Name)
	speedOn, speedOff := medianOf(on, cell.speed), medianOf(off, cell.speed)
	lost := 100 * (1 - ratio(speedOn, speedOff))
	fmt.Fprintf(w, "  turns/s\t%.1f\t%.1f\t%.1f %% less\t≤ 10 %%\t%s\n", speedOff, speedOn, lost, held(lost <= 10))
	cpuOn, cpuOff := medianOf(on, cell.whole), medianOf(off, cell.whole)
	fmt.Fprintf(w, "  CPU ms per turn, server and database\t%.2f\t%.2f\t%.2f\t\t\n", cpuOff, cpuOn, ratio(cpuOn, cpuOff))
	writtenOn, writtenOff := medianOf(on, cell.kilobytes), medianOf(off, cell.kilobytes)
	fmt.Fprintf(w, "  KB written per turn\t%.1f\t%.1f\t%.2f\t\t\n", writtenOff, writtenOn, ratio(writtenOn, writtenOff))
}

func held(yes bool) string {
	if yes {
		return "held"
	}
	return "MISSED"
}

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.1f", float64(d)/float64(time.Millisecond))
}

// number writes a figure; "-" for one that there is not.
func number(v float64, format string) string {
	if v == 0 || math.IsNaN(v) || math.IsInf(v, 0) {
		return "-"
	}
	return fmt.Sprintf(format, v)
}
