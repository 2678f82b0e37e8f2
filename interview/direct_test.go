package interview_test

import (
	"context"
	"strings"
	"testing"

	"github.com/betterprofile/betterprofile/interview"
)

// directly has the turn's own goroutine yield so many bytes.
func directly(n int) func(*interview.Options) {
	return func(o *interview.Options) { o.DirectBytes = n }
}

func TestSend_TheTurnsGoroutineYieldsTheSame(t *testing.T) {
	t.Parallel()
	pieces := make([]string, 300)
	for i := range pieces {
		pieces[i] = []string{"a", "é", "→ x", "🙂 "}[i%4]
	}
	for _, most := range []int{0, 1, 300, 5_000, 1 << 20} { // none, not one, some, about a third, all
		w := newWorld(t)
		s, in := w.serve(t, says(pieces...), directly(most)), hello()
		events := w.send(t, s, in)
		followed, err := s.Follow(t.Context(), w.user, w.conversation, in.ID, &interview.EventID{Attempt: 1})
		if err != nil {
			t.Fatal(err)
		}
		others := make(chan outcome)
		go func() { others <- collect(followed) }()
		for i, got := range []outcome{collect(events), <-others} {
			if got.err != nil || got.text != strings.Join(pieces, "") || got.last.Kind != interview.EventCompleted || got.last.Message.Content != got.text {
				t.Errorf("%d bytes, reader %d: got %+v", most, i, got)
			}
		}
	}
}

func TestSend_AReaderOfTheTurnsGoroutineLeaves(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, read := range map[string]func(context.CancelFunc, interview.Event) bool{
		"by itself": func(_ context.CancelFunc, ev interview.Event) bool { return ev.Kind != interview.EventDelta },
		"cancelled": func(cancel context.CancelFunc, _ interview.Event) bool { cancel(); return true },
		"cancelled too": func(cancel context.CancelFunc, ev interview.Event) bool {
			cancel()
			return ev.Kind != interview.EventDelta
		},
		"with a panic": func(_ context.CancelFunc, ev interview.Event) bool {
			if ev.Kind == interview.EventDelta {
				panic("a broken reader")
			}
			return true
		},
	} {
		agent := holds("part", " and rest")
		close(agent.gate)
		s, in := w.serve(t, agent, directly(1<<20)), hello()
		ctx, cancel := context.WithCancel(t.Context())
		events, err := s.Send(ctx, w.user, w.conversation, in)
		if err != nil {
			t.Fatal(err)
		}
		var panicked any
		var last interview.Event
		func() {
			defer func() { panicked = recover() }()
			for ev, err := range events {
				if last = ev; err != nil || !read(cancel, ev) {
					return
				}
			}
		}()
		cancel()
		if (panicked != nil) != (name == "with a panic") || panicked != nil && !strings.HasPrefix(interview.PanicText(panicked), "string") {
			t.Errorf("%s: the reader met the panic %s after %+v", name, interview.PanicText(panicked), last)
		}
		followed, err := s.Follow(t.Context(), w.user, w.conversation, in.ID, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := collect(followed); got.text != "part and rest" || got.last.Kind != interview.EventCompleted {
			t.Errorf("%s: the turn ended with %+v", name, got)
		}
	}
}

func TestFollow_ASlowReaderHoldsNoTurnUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, most := range []int{0, 50, 1 << 20} { // less than a delta takes; all
		agent := holds("part", " and rest")
		s, in := w.serve(t, agent, directly(most)), hello()
		w.send(t, s, in)
		<-agent.spoke
		stuck, free, slow := make(chan struct{}), make(chan struct{}), make(chan outcome)
		followed, err := s.Follow(t.Context(), w.user, w.conversation, in.ID, nil)
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			slow <- collect(func(yield func(interview.Event, error) bool) {
				for ev, err := range followed {
					if ev.Text == "part" {
						close(stuck)
						<-free
					}
					if !yield(ev, err) {
						return
					}
				}
			})
		}()
		<-stuck
		close(agent.gate)
		other, err := s.Follow(t.Context(), w.user, w.conversation, in.ID, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := collect(other); got.text != "part and rest" || got.last.Kind != interview.EventCompleted {
			t.Errorf("%d bytes: beside a slow reader, another has %+v", most, got)
		}
		close(free)
		if got := <-slow; got.text != "part and rest" || got.last.Kind != interview.EventCompleted {
			t.Errorf("%d bytes: the slow reader has %+v", most, got)
		}
	}
}

func TestSend_WhatIsTooMuchIsLeftToTheReadersGoroutine(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	agent := holds("part", strings.Repeat("long ", 1000))
	s, in := w.serve(t, agent, directly(1000)), hello()
	events := w.send(t, s, in)
	free, slow := make(chan struct{}), make(chan outcome)
	go func() {
		slow <- collect(func(yield func(interview.Event, error) bool) {
			for ev, err := range events {
				if ev.Kind == interview.EventDelta && ev.Text != "part" {
					<-free
				}
				if !yield(ev, err) {
					return
				}
			}
		})
	}()
	<-agent.spoke
	close(agent.gate)
	other, err := s.Follow(t.Context(), w.user, w.conversation, in.ID, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := collect(other); got.last.Kind != interview.EventCompleted {
		t.Errorf("the turn waited for its reader: %+v", got.last)
	}
	close(free)
	if got := <-slow; got.text != got.last.Message.Content || len(got.text) != 5004 {
		t.Errorf("the slow reader has %d bytes: %+v", len(got.text), got.last)
	}
}
