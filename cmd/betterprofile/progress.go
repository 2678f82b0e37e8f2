package main

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// progressTick is how often progress is drawn. What is over before the first tick shows none.
const progressTick = 250 * time.Millisecond

// counted is body with its progress on standard error, for somebody who watches. Size is how many bytes there will be, 0 when nobody knows;
// toOutput says that what is read goes to standard output, where on a terminal nothing may come between.
func (a *app) counted(body io.ReadCloser, what string, size int64, toOutput bool) io.ReadCloser {
	if a.quiet || !terminal(a.err) || a.env("TERM") == "dumb" || toOutput && terminal(a.out) {
		return body
	}
	ticker := time.NewTicker(progressTick)
	return newProgress(body, a.err, what, size, ticker.C, ticker.Stop)
}

// progress counts what is read.
type progress struct {
	io.ReadCloser
	what  string
	size  int64 // 0: not known
	read  atomic.Int64
	leave func() // stops the drawing and wipes the line, once
}

// newProgress draws on a terminal at each tick, until it is closed; stop is called then.
func newProgress(body io.ReadCloser, to io.Writer, what string, size int64, ticks <-chan time.Time, stop func()) *progress {
	p := &progress{ReadCloser: body, what: what, size: size}
	over, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		drawn := false
		for {
			select {
			case <-ticks:
				fmt.Fprintf(to, "\r%s\x1b[K", p.line())
				drawn = true
			case <-over:
				if drawn {
					fmt.Fprint(to, "\r\x1b[K")
				}
				return
			}
		}
	}()
	p.leave = sync.OnceFunc(func() {
		stop()
		close(over)
		<-done
	})
	return p
}

// Read implements io.Reader.
func (p *progress) Read(b []byte) (int, error) {
	n, err := p.ReadCloser.Read(b)
	p.read.Add(int64(n))
	return n, err
}

// Close implements io.Closer.
func (p *progress) Close() error {
	p.leave()
	return p.ReadCloser.Close()
}

// line is what is drawn: a bar where the size is known.
func (p *progress) line() string {
	const cells = 20
	n := p.read.Load()
	switch {
	case p.size <= 0:
		return fmt.Sprintf("%s  %s", p.what, megabytes(n))
	case n >= p.size:
		return fmt.Sprintf("%s  %s read; it is being stored", p.what, megabytes(n))
	}
	full := int(cells * n / p.size)
	return fmt.Sprintf("%s  [%s%s] %3d %%  %s of %s", p.what, strings.Repeat("#", full), strings.Repeat(".", cells-full), 100*n/p.size, megabytes(n), megabytes(p.size))
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }
