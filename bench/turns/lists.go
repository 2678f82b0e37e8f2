package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"text/tabwriter"
	"time"
)

// farPage is the page that is measured beside the first.
const farPage = 80

// page is what is asked for: the list or the history, at the first or the far page.
type page struct {
	what string
	far  bool
}

func pages() []page {
	return []page{{"list", false}, {"list", true}, {"history", false}, {"history", true}}
}

func (p page) String() string {
	if p.far {
		return fmt.Sprintf("%s, page %d", p.what, farPage)
	}
	return p.what + ", page 1"
}

// listKey names a measurement of pages.
type listKey struct {
	page
	messages, clients int
	target            string
}

// measureLists measures pages in databases of two sizes and prints them.
func measureLists(ctx context.Context, s settings, out io.Writer) (err error) {
	l, err := openLab(ctx, s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	sizes := []int{10_000, 100_000}
	switch {
	case s.full:
		sizes[1] = 1_000_000
	case s.quick:
		sizes = sizes[:1]
	}
	cells := map[listKey][]cell{}
	for _, size := range sizes {
		if err := l.listsOf(ctx, size, cells); err != nil {
			return fmt.Errorf("with %d messages: %w", size, err)
		}
	}
	reportLists(out, sizes, cells)
	return nil
}

// listsOf measures all pages in a database of one size.
func (l *lab) listsOf(ctx context.Context, size int, cells map[listKey][]cell) error {
	dsn, err := l.cluster.Database()
	if err != nil {
		return err
	}
	began := time.Now()
	s, err := l.seed(ctx, dsn, size)
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "%d messages made in %s\n", size, time.Since(began).Round(time.Second))
	floor := &target{name: theFloor, token: s.token, start: l.program(theFloor, l.floor, "-database", dsn, "-user", s.user, "-token", s.token,
		"-conns", fmt.Sprint(l.settings.conns))}
	us := &target{name: ours, token: s.token, start: l.ours(ours, dsn)}
	if l.settings.profile != "" {
		us.start = l.variant(ours, dsn, fmt.Sprintf("lists-%d", size))
	}
	for _, t := range []*target{floor, us} {
		if _, err := l.add(ctx, t); err != nil {
			return err
		}
	}
	requests, err := prepareRequests(ctx, s, []*target{floor, us})
	if err != nil {
		return err
	}
	for round := range l.settings.rounds {
		for _, p := range pages() {
			for _, clients := range []int{1, 16} {
				for i := range 2 {
					t := []*target{floor, us}[(i+round)%2]
					c, err := l.fetchAll(ctx, t, clients, requests[listKey{page: p, target: t.name}])
					if err != nil {
						return fmt.Errorf("%s, %s: %w", t.name, p, err)
					}
					k := listKey{p, size, clients, t.name}
					cells[k] = append(cells[k], c)
				}
			}
		}
	}
	return errors.Join(floor.child.stop(), us.child.stop())
}

// prepareRequests makes the bytes of each request; a far page is reached by going through those before it.
func prepareRequests(ctx context.Context, s seeded, targets []*target) (map[listKey][]byte, error) {
	requests := map[listKey][]byte{}
	for _, t := range targets {
		c := client{addr: t.child.addr}
		defer c.close()
		for _, p := range pages() {
			path := "/api/v1/conversations"
			if p.what == "history" {
				path += "/" + s.conversation + "/messages"
			}
			request := appendGet(nil, path, t.token)
			for n := 1; p.far && n < farPage; n++ {
				cursor, err := nextCursor(ctx, &c, request)
				if err != nil {
					return nil, fmt.Errorf("%s, %s, page %d: %w", t.name, p.what, n, err)
				}
				request = appendGet(nil, path+"?cursor="+url.QueryEscape(cursor), t.token)
			}
			requests[listKey{page: p, target: t.name}] = request
		}
	}
	return requests, nil
}

// nextCursor asks for a page and returns where the next begins.
func nextCursor(ctx context.Context, c *client, request []byte) (string, error) {
	var buf bytes.Buffer
	if err := c.fetch(ctx, request, &buf); err != nil {
		return "", err
	}
	var answer struct {
		NextCursor              string
		Conversations, Messages []json.RawMessage
	}
	if err := json.Unmarshal(buf.Bytes(), &answer); err != nil {
		return "", err
	}
	if n := len(answer.Conversations) + len(answer.Messages); n != 50 || answer.NextCursor == "" {
		return "", fmt.Errorf("a page of %d with the cursor %q", n, answer.NextCursor)
	}
	return answer.NextCursor, nil
}

// fetchAll puts a load of one request on a target.
func (l *lab) fetchAll(ctx context.Context, t *target, clients int, request []byte) (cell, error) {
	type fetcher struct {
		client
		buf bytes.Buffer
	}
	all := generate(clients, func() *fetcher { return &fetcher{client: client{addr: t.child.addr}} })
	defer func() {
		for _, f := range all {
			f.close()
		}
	}()
	window := min(l.settings.window, time.Second)
	load := load{readers: clients, warm: window / 4, window: window}
	var c cell
	use := func(sign time.Duration) func() {
		return func() {
			c.server += sign * cpuOf(t.child.pid())
			c.database += sign * cpuOfTree(l.cluster.Pid())
		}
	}
	c.outcome = load.run(ctx, func(ctx context.Context, n int) (timing, error) {
		start := time.Now()
		err := all[n].fetch(ctx, request, &all[n].buf)
		return timing{total: time.Since(start)}, err
	}, use(-1), use(1))
	if ctx.Err() != nil {
		return c, ctx.Err()
	}
	return c, c.check()
}

// reportLists prints the table.
func reportLists(out io.Writer, sizes []int, cells map[listKey][]cell) {
	fmt.Fprint(out, "Pages of 50. Half of the messages are in one conversation, whose history is read. Times, and CPU of server and database a request, in ms; the aim is a p50 of at most 1.3 × the floor's,\nand flat from the smallest size to the largest.\n\n")
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "messages\tclients\tpage\tfloor/s\tp50\tp99\tCPU\tdb CPU\tours/s\tp50\tp99\tCPU\tdb CPU\tratio p50\taim\tours, by smallest\tratio CPU\t")
	for _, p := range pages() {
		for _, clients := range []int{1, 16} {
			smallest := time.Duration(0)
			for _, size := range sizes {
				floor, our := merged(cells[listKey{p, size, clients, theFloor}]), merged(cells[listKey{p, size, clients, ours}])
				half := quantile(our.total, 0.5)
				if smallest == 0 {
					smallest = half
				}
				r := ratio(float64(half), float64(quantile(floor.total, 0.5)))
				fmt.Fprintf(w, "%d\t%d\t%s\t%s\t%s\t%.2f\t%s\t%.2f\t%.2f\t\n", size, clients, p, pageFigures(floor), pageFigures(our), r, held(r <= 1.3),
					ratio(float64(half), float64(smallest)), ratio(our.whole(), floor.whole()))
			}
		}
	}
	_ = w.Flush() // to the terminal
}

func pageFigures(c cell) string {
	ms := func(q float64) float64 { return float64(quantile(c.total, q)) / float64(time.Millisecond) }
	return fmt.Sprintf("%.0f\t%.2f\t%.2f\t%.2f\t%.2f", c.rate(), ms(0.5), ms(0.99), c.perTurn(c.server), c.perTurn(c.database))
}

// merged is all rounds as one.
func merged(all []cell) cell {
	var sum cell
	for _, c := range all {
		sum.window += c.window
		sum.server += c.server
		sum.database += c.database
		sum.add(c.outcome)
	}
	return sum
}
