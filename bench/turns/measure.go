package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"
)

// The targets' names.
const (
	direct     = "model"
	bare       = "proxy"
	theFloor   = "floor"
	bench      = "pgbench"
	ours       = "ours"
	oursSQLite = "ours/sqlite"
	with       = "checkpoints on"
	without    = "checkpoints off"
)

// manyStreams is from how many readers on a target gets a fresh process, whose peak memory is then read.
const manyStreams = 1000

// key names what was measured.
type key struct {
	profile string
	readers int
	target  string
}

// cell is one measurement.
type cell struct {
	outcome
	server, database, model, readers time.Duration // CPU time used in the window
	written                          int64         // bytes
	peak                             int64         // bytes of the server's memory, since its start
}

// perTurn is a CPU time in milliseconds a turn.
func (c cell) perTurn(d time.Duration) float64 {
	return ratio(float64(d)/float64(time.Millisecond), float64(c.turns))
}

// study is a lab with its targets and what was measured.
type study struct {
	*lab
	out     io.Writer
	targets []*target
	cells   map[key][]cell
	pgbench *pgbench // nil where it is not installed
	began   time.Time
	trouble []string // turns that failed: a cell with them says little
}

// measureTurns does all that was asked for and prints it.
func measureTurns(ctx context.Context, s settings, out io.Writer) (err error) {
	l, err := openLab(ctx, s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	st := &study{lab: l, out: out, cells: map[key][]cell{}, began: time.Now()}
	if err := st.prepare(ctx); err != nil {
		return err
	}
	defer func() {
		if len(st.cells) > 0 {
			st.report() // also of what came before an error
		}
	}()
	for _, part := range []struct {
		name string
		run  func() error
	}{
		{"free", func() error { return st.rounds(ctx, free(), s.free, st.targets) }},
		{"paced", func() error { return st.rounds(ctx, paced(), s.paced, st.targets) }},
		{"checkpoints", func() error { return st.checkpoints(ctx) }},
		{"profile", func() error { return st.profiles(ctx) }},
	} {
		if s.has(part.name) {
			if err := part.run(); err != nil {
				return err
			}
		}
	}
	return st.verify(ctx)
}

// prepare starts the targets.
func (st *study) prepare(ctx context.Context) error {
	model := &target{name: direct, chat: true, child: st.model}
	proxy, err := st.add(ctx, &target{name: bare, chat: true, start: st.program(bare, st.self, "proxy", "-model", st.modelURL())})
	if err != nil {
		return err
	}
	floor, err := st.addFloor(ctx)
	if err != nil {
		return err
	}
	dsn, err := st.cluster.Database()
	if err != nil {
		return err
	}
	onPostgres, err := st.addOurs(ctx, ours, dsn, nil)
	if err != nil {
		return err
	}
	onPostgres.database = postgres{st.cluster, dsn}
	path := filepath.Join(st.dir, "bench.db")
	onSQLite, err := st.addOurs(ctx, oursSQLite, "sqlite:"+path, nil)
	if err != nil {
		return err
	}
	onSQLite.database = sqlite{path, func() int { return onSQLite.child.pid() }}
	st.targets = []*target{model, proxy, floor, onPostgres, onSQLite}
	st.pgbench, err = st.newPgbench(ctx)
	return err
}

// addFloor starts the floor on a database of its own.
func (st *study) addFloor(ctx context.Context) (*target, error) {
	dsn, err := st.cluster.Database()
	if err != nil {
		return nil, err
	}
	t, err := st.add(ctx, &target{
		name: theFloor, token: "floor", database: postgres{st.cluster, dsn},
		start: st.program(theFloor, st.floor, "-init", "-database", dsn, "-model", st.modelURL(), "-conns", fmt.Sprint(st.settings.conns)),
	})
	if err != nil {
		return nil, err
	}
	t.conversations, err = fill(ctx, dsn, "floor")
	return t, err
}

// addOurs makes users and conversations in a database and starts our server on it, or what start starts.
func (st *study) addOurs(ctx context.Context, name, dsn string, start func(context.Context) (*child, error)) (*target, error) {
	if _, _, err := st.user(ctx, dsn); err != nil {
		return nil, err
	}
	owners, tokens, err := st.people(ctx, dsn)
	if err != nil {
		return nil, fmt.Errorf("making users: %w", err)
	}
	ids, err := fill(ctx, dsn, owners...)
	if err != nil {
		return nil, fmt.Errorf("making conversations: %w", err)
	}
	if start == nil {
		start = st.ours(name, dsn)
	}
	return st.add(ctx, &target{name: name, users: tokens, conversations: ids, start: start})
}

// rounds measures every target with every number of readers, in rotation: what changes on the machine meanwhile meets all of them.
func (st *study) rounds(ctx context.Context, p profile, list string, targets []*target) error {
	if err := setProfile(ctx, st.model.addr, p); err != nil {
		return fmt.Errorf("setting the model up: %w", err)
	}
	counts, err := numbers(list)
	if err != nil {
		return err
	}
	for round := range st.settings.rounds {
		for _, readers := range counts {
			for i := range targets {
				t := targets[(i+round)%len(targets)]
				if st.settings.quick && p.Rate > 0 && (t.name == bare || t.name == oursSQLite) {
					continue // to be done within a minute
				}
				if err := st.measure(ctx, p, readers, t); err != nil {
					return err
				}
			}
			if st.pgbench != nil && p.Rate == 0 && targets[0] == st.targets[0] {
				if err := st.runPgbench(ctx, readers); err != nil {
					return err
				}
			}
			st.progress("round %d of %d, %s, %d readers", round+1, st.settings.rounds, p.Name, readers)
		}
	}
	return nil
}

// measure makes one cell.
func (st *study) measure(ctx context.Context, p profile, readers int, t *target) error {
	l := load{readers: readers, warm: st.settings.warm, window: st.settings.window}
	if p.Rate > 0 {
		l.spread, l.warm = p.length(), 200*time.Millisecond
		l.window = max(l.window, p.length()+100*time.Millisecond)
	}
	if readers >= manyStreams && t.start != nil {
		if err := t.restart(ctx); err != nil {
			return err
		}
	}
	var c cell
	var begin, end snapshot
	do, closeAll := t.turns(readers)
	if p.Rate > 0 {
		if err := st.leadIn(ctx, p, readers, t, do); err != nil {
			return err
		}
	}
	c.outcome = l.run(ctx, do, func() { begin = st.snapshot(ctx, t) }, func() { end = st.snapshot(ctx, t) })
	closeAll()
	if err := ctx.Err(); err != nil {
		return err
	}
	t.asked += c.all
	t.failed += c.failed
	if err := errors.Join(begin.err, end.err); err != nil {
		return fmt.Errorf("%s, %s, %d readers: %w", t.name, p.Name, readers, err)
	}
	if err := c.check(); err != nil {
		st.trouble = append(st.trouble, fmt.Sprintf("%s, %s, %d readers: %v", t.name, p.Name, readers, err))
	}
	c.server, c.database, c.model = end.server-begin.server, end.database-begin.database, end.model-begin.model
	c.readers, c.written, c.peak = end.readers-begin.readers, end.written-begin.written, peakMemory(t.child.pid())
	k := key{p.Name, readers, t.name}
	st.cells[k] = append(st.cells[k], c)
	return nil
}

// leadAtOnce is how many readers of a lead-in have a turn at a time: not so many that it is what most memory is used for.
const leadAtOnce = 16

// leadIn brings the readers to where they are in life, without delay: the first to the first turn of a conversation, the next to its second and so on, so that of
// the turns that are measured one in ten is the first that its server sees of a conversation and its user.
func (st *study) leadIn(ctx context.Context, p profile, readers int, t *target, do turn) error {
	if t.chat {
		return nil
	}
	if err := setProfile(ctx, st.model.addr, free()); err != nil {
		return fmt.Errorf("setting the model up: %w", err)
	}
	var asked, failed atomic.Int64
	var workers sync.WaitGroup
	for first := range leadAtOnce {
		workers.Go(func() {
			for n := first; n < readers; n += leadAtOnce {
				for range n % turnsEach {
					if _, err := do(ctx, n); err != nil {
						failed.Add(1)
					} else {
						asked.Add(1)
					}
				}
			}
		})
	}
	workers.Wait()
	t.asked += int(asked.Load())
	t.failed += int(failed.Load())
	return setProfile(ctx, st.model.addr, p)
}

// snapshot is what the processes have used so far.
type snapshot struct {
	server, database, model, readers time.Duration
	written                          int64
	err                              error
}

func (st *study) snapshot(ctx context.Context, t *target) snapshot {
	s := snapshot{model: cpuOf(st.model.pid()), readers: ownCPU()}
	if t.child != st.model {
		s.server = cpuOf(t.child.pid())
	}
	if t.database != nil {
		s.database, s.written, s.err = t.database.use(ctx)
	}
	return s
}

// checkpoints measures our layers with and without checkpoints.
func (st *study) checkpoints(ctx context.Context) error {
	var pair []*target
	for _, name := range []string{with, without} {
		every := "0s"
		if name == without {
			every = "-1s"
		}
		dsn, err := st.cluster.Database()
		if err != nil {
			return err
		}
		t, err := st.addOurs(ctx, name, dsn, st.variant(name, dsn, "", "-checkpoint", every))
		if err != nil {
			return err
		}
		t.database = postgres{st.cluster, dsn}
		pair = append(pair, t)
	}
	if err := st.rounds(ctx, free(), "256", pair); err != nil {
		return err
	}
	return st.rounds(ctx, paced(), "256", pair)
}

// verify compares the turns that ended well with what is stored. A server that is fast because it loses something is no good. Of a turn
// that failed for its reader, either may be true.
func (st *study) verify(ctx context.Context) error {
	for _, t := range st.children {
		if t.database == nil {
			continue
		}
		stored, err := t.database.completed(ctx)
		if err != nil {
			return fmt.Errorf("counting the turns of %s: %w", t.name, err)
		}
		if stored < t.asked || stored > t.asked+t.failed {
			return fmt.Errorf("%s: %d turns ended well, %d are stored", t.name, t.asked, stored)
		}
	}
	return nil
}

func (st *study) progress(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%6s  "+format+"\n", append([]any{time.Since(st.began).Round(time.Second)}, args...)...)
}

// lookPath finds a program of PostgreSQL, also where Debian keeps them.
func lookPath(name string) string {
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	if len(found) == 0 {
		return ""
	}
	return found[len(found)-1]
}
