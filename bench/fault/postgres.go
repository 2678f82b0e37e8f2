package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"
)

const (
	unreadyWithin = 20 * time.Second // on a frozen database the readiness check gives up after 11 s
	longPause     = 13 * time.Second // longer than a server waits for an answer
	everybody     = 1000             // connections: more than there are
	asksPart      = "I rebuilt the night handover"
	repliesPart   = "What came next?"
)

// trouble is one way for PostgreSQL to fail.
type trouble struct {
	name string
	do   func(context.Context, *rig) error
}

// runPostgres ends PostgreSQL n times, by kill -9 and by immediate stops; besides, it cuts and freezes connections and loses answers. The server
// stays.
func runPostgres(ctx context.Context, r *rig, n int) error {
	random := r.random(2)
	talk, err := r.gather(ctx, talking, r.leave)
	if err != nil {
		return err
	}
	defer talk.disperse()
	for _, t := range troubles(n, random) {
		p, err := r.spring(ctx, random)
		if err != nil {
			return err
		}
		if err := t.do(ctx, r); err != nil {
			return fmt.Errorf("PostgreSQL %s: %w", t.name, err)
		}
		r.report.count("PostgreSQL " + t.name)
		r.report.count("faults " + p)
		if !until(ctx, readyWithin, r.servers[0].ready) {
			r.report.find(unexpected, "readiness", "not ready %s after PostgreSQL was %s", readyWithin, t.name)
			break
		}
	}
	talk.disperse()
	if r.servers[0].dead() {
		r.report.find(unexpected, "the server", "ended: %v", r.servers[0].exit())
	}
	return nil
}

// troubles is the plan: n ends of PostgreSQL, half as many cuts, a few pauses, in random order.
func troubles(n int, random *rand.Rand) []trouble {
	var plan []trouble
	add := func(n int, name string, do func(context.Context, *rig) error) {
		for range n {
			plan = append(plan, trouble{name, do})
		}
	}
	add(n-n/2, "killed", func(ctx context.Context, r *rig) error { return r.endPostgres(ctx, r.cluster.Kill) })
	add(n/2, "stopped at once", func(ctx context.Context, r *rig) error {
		return r.endPostgres(ctx, func() error { return r.cluster.Stop("immediate") })
	})
	add((n+3)/4, "lost one connection", func(ctx context.Context, r *rig) error { return r.cutConnections(ctx, 1) })
	add((n+3)/4, "lost all connections", func(ctx context.Context, r *rig) error { return r.cutConnections(ctx, everybody) })
	for range (n + 9) / 10 {
		moment := 300*time.Millisecond + time.Duration(random.Int64N(int64(1200*time.Millisecond)))
		add(1, "paused for a moment", func(ctx context.Context, r *rig) error { return r.pausePostgres(ctx, moment) })
	}
	add((n+9)/10, "lost the answer to the begin of a turn", func(ctx context.Context, r *rig) error { return r.loseAnswer(ctx, asksPart) })
	add((n+9)/10, "lost the answer to the end of a turn", func(ctx context.Context, r *rig) error { return r.loseAnswer(ctx, repliesPart) })
	add(n/20, fmt.Sprintf("paused for %s", longPause), func(ctx context.Context, r *rig) error { return r.pausePostgres(ctx, longPause) })
	random.Shuffle(len(plan), func(i, j int) { plan[i], plan[j] = plan[j], plan[i] })
	return plan
}

// endPostgres ends PostgreSQL, sees to it that the server says so, and starts PostgreSQL again.
func (r *rig) endPostgres(ctx context.Context, end func() error) error {
	if err := end(); err != nil {
		return err
	}
	r.expectUnready(ctx)
	return r.cluster.Start()
}

// pausePostgres freezes PostgreSQL for d. When that is long, the server must say so.
func (r *rig) pausePostgres(ctx context.Context, d time.Duration) error {
	if err := r.cluster.Pause(); err != nil {
		return err
	}
	late := time.Now().Add(d)
	if d >= longPause {
		r.expectUnready(ctx)
	}
	if err := pause(ctx, time.Until(late)); err != nil {
		return err
	}
	return r.cluster.Resume()
}

// expectUnready waits until the server says that it is not ready.
func (r *rig) expectUnready(ctx context.Context) {
	unready := until(ctx, unreadyWithin, func(ctx context.Context) bool {
		return r.servers[0].readiness(ctx) == http.StatusServiceUnavailable
	})
	if !unready && ctx.Err() == nil {
		r.report.find(unexpected, "readiness", "not 503 within %s while PostgreSQL was away", unreadyWithin)
		return
	}
	r.report.count("readiness 503 while it was away")
}

// cutConnections lets PostgreSQL end at most so many of the server's connections.
func (r *rig) cutConnections(ctx context.Context, most int) error {
	_, err := r.db.ExecContext(ctx, `select pg_terminate_backend(pid) from (
			select pid from pg_stat_activity where application_name = 'betterprofile' and datname = current_database() order by random() limit $1
		) as chosen`, most)
	return err
}

// loseAnswer loses the answer to the next statement that holds the text.
func (r *rig) loseAnswer(ctx context.Context, text string) error {
	select {
	case <-r.proxy.lose(text):
	case <-time.After(longPause):
		r.report.count("… in vain")
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	return nil
}
