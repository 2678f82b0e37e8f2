package interview

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
)

// reading is a reader of a stream, and what it got.
type reading struct {
	stream  *stream
	on      func(Event) // what it does with an event; may be nil
	leave   context.CancelFunc
	got     string
	err     error
	over    bool // followStream has returned, or panicked
	panicks any
}

// read follows a stream that has some text until there is no more to do.
func read(t *testing.T, directBytes int, text string, on func(Event)) *reading {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	r := &reading{stream: newStream(1), on: on, leave: cancel}
	r.add(text)
	s := &Service{opts: Options{DirectBytes: directBytes}, stop: context.Background()}
	f := &follower{service: s, at: EventID{Attempt: 1}, yield: r.take}
	go func() {
		defer func() { r.over, r.panicks = true, recover() }()
		f.followStream(ctx, r.stream)
	}()
	synctest.Wait()
	return r
}

func (r *reading) add(text string) {
	if text != "" {
		r.stream.append(text, 1_000_000)
	}
}

func (r *reading) take(ev Event, err error) bool {
	r.err = err
	r.got += ev.Text
	if ev.Text != "" && r.on != nil {
		r.on(ev)
	}
	return r.err == nil
}

func TestFollowStream_WhoAppendsYields(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		long, free := strings.Repeat("long ", 100), make(chan struct{})
		r := read(t, 300, "", func(ev Event) {
			if ev.Text == long {
				<-free
			}
		})
		r.add("one ")
		r.add("two ")
		if r.got != "one two " {
			t.Errorf("after the appends the reader has %q", r.got)
		}
		r.add(long) // would hang here
		close(free)
		synctest.Wait()
		r.add("more ")
		synctest.Wait()
		if want := "one two " + long + "more "; r.got != want {
			t.Errorf("the reader has %q", r.got)
		}
		r.stream.finish(Event{Kind: EventCompleted})
		if synctest.Wait(); !r.over || r.err != nil || r.panicks != nil {
			t.Errorf("at the end: %+v", r)
		}
	})
}

func TestFollowStream_WhoAppendsDoesNotWaitForTheReader(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		free := make(chan struct{})
		r := read(t, 1000, "first ", func(Event) { <-free })
		r.add("second ") // would hang here
		close(free)
		if synctest.Wait(); r.got != "first second " {
			t.Errorf("the reader has %q", r.got)
		}
		r.leave()
		synctest.Wait()
	})
}

func TestFollowStream_TheTurnIsLost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := read(t, 1000, "part", nil)
		direct := r.stream.direct
		r.stream.cutOff()
		if synctest.Wait(); !r.over || r.err != nil || r.panicks != nil {
			t.Errorf("when it is lost: %+v", r)
		}
		r.add(" and rest")
		direct.show(direct) // by one who was about to
		if synctest.Wait(); r.got != "part" {
			t.Errorf("afterwards the reader got %q", r.got)
		}
	})
}

func TestFollowStream_TheReaderLeaves(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]struct {
		on      func(*reading) func(Event)
		err     error
		panicks bool
	}{
		"by itself":    {on: func(r *reading) func(Event) { return func(Event) { r.err = errLost } }, err: errLost},
		"by a panic":   {on: func(*reading) func(Event) { return func(Event) { panic("broken") } }, panicks: true},
		"by its ctx":   {on: func(r *reading) func(Event) { return func(Event) { r.leave() } }, err: context.Canceled},
		"by all three": {on: func(r *reading) func(Event) { return func(Event) { r.leave(); panic("broken") } }, panicks: true},
	} {
		synctest.Test(t, func(t *testing.T) {
			r := read(t, 1000, "", nil)
			r.on = one.on(r)
			direct := r.stream.direct
			r.add("part")
			synctest.Wait()
			if !r.over || !errors.Is(r.err, one.err) || (r.panicks != nil) != one.panicks || r.got != "part" {
				t.Errorf("%s: %+v", name, r)
			}
			r.add(" and rest")
			direct.show(direct) // by one who was about to
			synctest.Wait()
			if r.got != "part" {
				t.Errorf("%s: it got %q afterwards", name, r.got)
			}
		})
	}
}
