package interview

import (
	"context"
	"maps"
	"slices"
	"time"
)

const (
	// maxTakeovers is how many cut attempts a turn is given before it fails with interrupted.
	maxTakeovers = 3
	// maxAttempts is how often a turn may have run when it is taken over: it ends one that kills every server before it has said a word.
	maxAttempts = 20
	// takeBatch is how many turns are taken over at a time.
	takeBatch = 16
	// handOverTime bounds the last statements of a stopping server.
	handOverTime = 2 * time.Second
)

// checkpointLoop stores the running replies, renews their leases and looks for cancel flags, all in one statement a tick.
func (s *Service) checkpointLoop() {
	if s.opts.CheckpointEvery < 0 {
		return
	}
	tick := time.NewTicker(s.opts.CheckpointEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			s.checkpoint(s.stop)
		case <-s.stop.Done():
			return
		}
	}
}

// checkpoint is one tick: the turns that have news, and those not heard of for TouchEvery.
func (s *Service) checkpoint(ctx context.Context) {
	s.checkpoints.Lock()
	defer s.checkpoints.Unlock()
	now := s.opts.Now()
	due := map[string]*runner{}
	var progress []TurnProgress
	s.each(func(r *runner) {
		p, changed := r.stream.progress(r.turn.Message.ID)
		if changed || now.Sub(r.touched) >= s.opts.TouchEvery {
			due[p.MessageID] = r
			progress = append(progress, p)
		}
	})
	if len(progress) == 0 {
		return
	}
	signals, err := s.store.Checkpoint(ctx, s.lease, progress)
	if err != nil {
		s.opts.Log.Warn("checkpoint failed", "turns", len(progress), "code", ErrorCode(err))
		return // the next tick tries again; the lease allows for several misses
	}
	for _, p := range progress {
		due[p.MessageID].stream.checkpointed(p)
		due[p.MessageID].touched = now
	}
	for _, signal := range signals {
		if signal.Cancel {
			due[signal.MessageID].cancel(errCancelled)
		}
		delete(due, signal.MessageID)
	}
	for _, r := range due {
		if s.runner(r.turn.Message.ID) == r { // else it has ended by itself since
			r.cancel(errLost)
		}
	}
}

// takeoverLoop frees what an earlier start of this server left behind, then takes over abandoned turns, at once and every ScanEvery, and
// at the end releases its own.
func (s *Service) takeoverLoop() {
	if s.opts.Instance != "" {
		s.release(s.opts.Instance + "#")
	}
	tick := time.NewTicker(s.opts.ScanEvery)
	defer tick.Stop()
	for {
		s.takeOver(s.stop)
		select {
		case <-tick.C:
		case <-s.stop.Done():
			s.release(s.lease.Owner)
			return
		}
	}
}

// takeOver runs the turns that nobody holds any more.
func (s *Service) takeOver(ctx context.Context) {
	if !s.enter() {
		return
	}
	defer s.runners.Done()
	turns, err := s.store.TakeTurns(ctx, s.lease, takeBatch, s.own()...)
	if err != nil {
		s.opts.Log.Warn("looking for abandoned turns failed", "code", ErrorCode(err))
		return
	}
	for _, turn := range turns {
		s.opts.Log.Info("turn taken over", "turn", turn.Message.ID, "attempt", turn.Attempt)
		s.start(turn, true, nil)
	}
}

// own returns the ids of the turns that run here or are just beginning: when the database was away for long, or this program stood still, their leases have run out too.
func (s *Service) own() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.AppendSeq(slices.Collect(maps.Keys(s.turns)), maps.Keys(s.begins))
}

// release lets others take the turns of an owner, or of all starts of an instance, at once.
func (s *Service) release(owner string) {
	ctx, cancel := context.WithTimeout(context.Background(), handOverTime)
	defer cancel()
	if n, err := s.store.ReleaseTurns(ctx, owner); err != nil {
		s.opts.Log.Warn("releasing turns failed", "code", ErrorCode(err))
	} else if n > 0 {
		s.opts.Log.Info("turns released", "turns", n)
	}
}
