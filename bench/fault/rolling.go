package main

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/betterprofile/betterprofile/interview"
)

// runRolling restarts the servers n times by SIGTERM, one after the other, while all conversations go on over both. In the second half the servers
// have no grace period: they hand their turns over.
func runRolling(ctx context.Context, r *rig, n int) error {
	random := r.random(4)
	var handing atomic.Bool
	talk, err := r.gather(ctx, talking, func(ctx context.Context, m *message) {
		f := &reader{rig: r, m: m, sends: true, choose: r.inTurn(m), cut: stay, joined: func() {}}
		if f.follow(ctx) && !handing.Load() && r.model.asked(m.text) != 1 {
			r.report.find(doubled, m.subject(), "the model was asked %d times", r.model.asked(m.text))
		}
	})
	if err != nil {
		return err
	}
	defer talk.disperse()
	handOver := max(n/2, len(r.servers))
	for i := range n {
		s, env := r.servers[i%len(r.servers)], []string(nil)
		if _, err := r.spring(ctx, random); err != nil {
			return err
		}
		if i >= handOver {
			handing.Store(true)
			r.report.count("… without a grace period")
		}
		began := time.Now()
		err := s.terminate(ctx)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		r.report.count("restarts by SIGTERM")
		if err != nil {
			r.report.find(unexpected, "exit status", "%s: %v after %s", s.name, err, time.Since(began).Round(time.Millisecond))
			s.kill()
		}
		if i >= handOver-len(r.servers) { // for this server's next end
			env = append(env, "BETTERPROFILE_SHUTDOWN_GRACE=0s")
		}
		if err := s.start(ctx, env...); err != nil {
			return err
		}
	}
	talk.disperse()
	if honest := r.report.honest; honest > 0 {
		r.report.find(unexpected, "turns", "%d failed with %s, though every server was asked to stop", honest, interview.CodeInterrupted)
	}
	return nil
}
