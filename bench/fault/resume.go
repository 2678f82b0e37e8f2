package main

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"
)

const (
	longestCut  = 1500             // bytes of a connection that is cut; a whole stream has about 5,000
	pastLease   = 17 * time.Second // longer than the lease of a server that has died, and a scan
	killEvery   = 20               // resumes
	leastForLag = 100              // resumes, for the runs in which a server is away or frozen for longer than its lease
)

// runResumes cuts readers at random bytes and resumes them, on the same server or the other, n times in all and until the faults are done
// that come with them: killed servers, one that stays away for longer than its lease, and one that is frozen for as long.
func runResumes(ctx context.Context, r *rig, n int) error {
	random := r.random(3)
	resumed := func() int { return r.report.done("resumes") }
	talk, err := r.gather(ctx, talking, func(ctx context.Context, m *message) { r.readTwice(ctx, m) })
	if err != nil {
		return err
	}
	defer talk.disperse()
	faults := max(1, n/killEvery)
	for i := range faults {
		if !until(ctx, readyWithin+pastLease, func(context.Context) bool { return resumed() >= n*(i+1)/(faults+1) }) {
			break
		}
		if err := r.disturb(ctx, random, n >= leastForLag && i == faults/3, n >= leastForLag && i == 2*faults/3); err != nil {
			return err
		}
	}
	if !until(ctx, readyWithin, func(context.Context) bool { return resumed() >= n }) && ctx.Err() == nil {
		r.report.find(unexpected, "the readers", "only %d resumes in time", resumed())
	}
	talk.disperse()
	return nil
}

// disturb kills one of the servers in mid-reply and starts it again, at once or after its lease; or it freezes the server for as long.
func (r *rig) disturb(ctx context.Context, random *rand.Rand, lag, freeze bool) error {
	s := r.servers[random.IntN(len(r.servers))]
	if _, err := r.spring(ctx, random); err != nil {
		return err
	}
	if freeze {
		r.report.count("servers frozen for longer than a lease")
		s.freeze()
		defer s.thaw()
		return pause(ctx, pastLease)
	}
	s.kill()
	r.report.count("servers killed")
	if lag {
		r.report.count("… and away for longer than a lease")
		if err := pause(ctx, pastLease); err != nil {
			return err
		}
	}
	return s.start(ctx)
}

// readTwice sends the message and reads its reply, by the connection of the post and by a second reader that joins.
func (r *rig) readTwice(ctx context.Context, m *message) {
	var all sync.WaitGroup
	defer all.Wait()
	var once sync.Once
	join := func() {
		once.Do(func() {
			all.Go(func() { r.read(ctx, m, false, func() {}) })
		})
	}
	r.read(ctx, m, true, join)
}

func (r *rig) read(ctx context.Context, m *message, sends bool, joined func()) {
	part := uint64(m.conversation.number)<<32 | uint64(m.number)<<1
	if sends {
		part |= 1
	}
	random := r.random(1<<48 | part)
	f := &reader{rig: r, m: m, sends: sends, joined: joined}
	f.choose = func() *replica { return r.servers[random.IntN(len(r.servers))] }
	f.cut = func() int64 {
		if random.IntN(8) == 0 {
			return 0
		}
		return 1 + random.Int64N(longestCut)
	}
	f.follow(ctx)
}
