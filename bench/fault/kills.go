package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"
)

const (
	talking    = 6                // conversations at once
	trapWithin = 15 * time.Second // a trap that does not spring in this time is given up: the fault comes anyway
	restWithin = 5 * time.Second
	jitter     = 6 * time.Millisecond
	mostRest   = 4  // turns, fewer than which end between two faults
	burst      = 25 // kills without a rest, at the end of a long run: more than a server gives one turn's attempts
	leastBurst = 100
)

// runKills kills the server n times, in turn after turn, and starts it again. In a long run the last kills come as fast as the server starts, as of
// one that crashes again and again: no turn ends between them.
func runKills(ctx context.Context, r *rig, n int) error {
	random := r.random(1)
	talk, err := r.gather(ctx, talking, r.leave)
	if err != nil {
		return err
	}
	defer talk.disperse()
	for i := range n {
		p := "in a burst at the end"
		if n < leastBurst || i < n-burst {
			if p, err = r.spring(ctx, random); err != nil {
				return err
			}
		} else if err := pause(ctx, time.Duration(random.Int64N(int64(10*jitter)))); err != nil {
			return err
		}
		r.servers[0].kill()
		r.report.count("kills " + p)
		if err := r.countCut(ctx); err != nil {
			return err
		}
		if err := r.servers[0].start(ctx); err != nil {
			return err
		}
	}
	talk.disperse()
	return nil
}

// spring waits until a few turns have ended, for a random point of some turn, and then a moment that is random too. It returns the
// point's name.
func (r *rig) spring(ctx context.Context, random *rand.Rand) (string, error) {
	ended := r.ended.Load() + random.Int64N(mostRest)
	until(ctx, restWithin, func(context.Context) bool { return r.ended.Load() >= ended })
	p := points()[random.IntN(len(points()))]
	share := 0.0
	if p == midReply {
		share = 0.1 + 0.7*random.Float64()
	}
	delay, name := time.Duration(random.Int64N(int64(jitter))), string(p)
	timer := time.NewTimer(trapWithin)
	defer timer.Stop()
	select {
	case <-r.trap.arm(p, share):
	case <-timer.C:
		name = "with nothing going on"
	case <-ctx.Done():
		return name, context.Cause(ctx)
	}
	return name, pause(ctx, delay)
}

// countCut counts the turns that run while no server does.
func (r *rig) countCut(ctx context.Context) error {
	var n int
	if err := r.db.QueryRowContext(ctx, `select count(*) from turns where status = 'running'`).Scan(&n); err != nil {
		return fmt.Errorf("counting running turns: %w", err)
	}
	r.report.add("turns cut by them", n)
	return nil
}
