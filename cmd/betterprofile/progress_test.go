package main

import (
	"io"
	"strings"
	"testing"
	"time"
)

// told is a writer that says what was written.
type told chan string

func (t told) Write(b []byte) (int, error) {
	t <- string(b)
	return len(b), nil
}

func TestProgress_IsDrawnAtEachTickAndWiped(t *testing.T) {
	t.Parallel()
	ticks, screen, stopped := make(chan time.Time), make(told, 1), false
	p := newProgress(io.NopCloser(strings.NewReader(strings.Repeat("x", 4_000_000))), screen, "import", 4_000_000, ticks, func() { stopped = true })
	for _, step := range []struct {
		read int64
		want string
	}{
		{0, "import  [....................]   0 %  0.0 MB of 4.0 MB"},
		{1_000_000, "import  [#####...............]  25 %  1.0 MB of 4.0 MB"},
		{3_000_000, "import  4.0 MB read; it is being stored"},
	} {
		if _, err := io.CopyN(io.Discard, p, step.read); err != nil {
			t.Fatal(err)
		}
		ticks <- time.Time{}
		if got := <-screen; got != "\r"+step.want+"\x1b[K" {
			t.Errorf("%q, want %q", got, step.want)
		}
	}
	for range 2 { // who closes twice wipes once
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if got := <-screen; got != "\r\x1b[K" || !stopped || len(screen) > 0 {
		t.Errorf("left with %q, %v", got, stopped)
	}
}

func TestProgress_WithoutASizeCounts(t *testing.T) {
	t.Parallel()
	ticks, screen := make(chan time.Time), make(told, 1)
	p := newProgress(io.NopCloser(strings.NewReader("")), screen, "backup", 0, ticks, func() {})
	ticks <- time.Time{}
	if got := <-screen; got != "\rbackup  0.0 MB\x1b[K" {
		t.Errorf("%q", got)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestProgress_BeforeATickShowsNothing(t *testing.T) {
	t.Parallel()
	screen := make(told, 1)
	p := newProgress(io.NopCloser(strings.NewReader("")), screen, "backup", 0, nil, func() {})
	if err := p.Close(); err != nil || len(screen) > 0 {
		t.Errorf("%v, %d", err, len(screen))
	}
}
