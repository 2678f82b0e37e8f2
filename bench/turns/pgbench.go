package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// pgbench does the floor's two transactions without any server between, on a database with the floor's tables.
type pgbench struct {
	path, script, dsn string
}

// newPgbench prepares a database and the script. It returns nil where pgbench is not installed.
func (st *study) newPgbench(ctx context.Context) (*pgbench, error) {
	path := lookPath("pgbench")
	if path == "" {
		st.progress("pgbench is not installed and is left out")
		return nil, nil
	}
	dsn, err := st.cluster.Database()
	if err != nil {
		return nil, err
	}
	b := &pgbench{path: path, dsn: dsn, script: filepath.Join(st.dir, "turn.sql")}
	text, err := exec.CommandContext(ctx, st.floor, "-script").Output()
	if err != nil {
		return nil, fmt.Errorf("asking the floor for its script: %w", err)
	}
	if err := os.WriteFile(b.script, text, 0o600); err != nil {
		return nil, err
	}
	return b, b.fill(ctx, st)
}

// fill lets the floor make its tables, and makes a conversation for each client.
func (b *pgbench) fill(ctx context.Context, st *study) error {
	once, err := st.program(theFloor, st.floor, "-init", "-database", b.dsn)(ctx)
	if err != nil {
		return err
	}
	if err := once.stop(); err != nil {
		return err
	}
	_, err = ask(ctx, "postgres", b.dsn, `with c as (
			insert into conversations (id, user_id, created_at, updated_at)
			select lpad(to_hex(n), 32, '0')::uuid, 'floor', now(), now() from generate_series(0, 9999) n returning 1
		) select count(*) from c`)
	return err
}

// runPgbench makes a cell: with as many clients as the servers have connections, because that is all that a database sees of any number
// of readers.
func (st *study) runPgbench(ctx context.Context, readers int) error {
	b, db := st.pgbench, postgres{st.cluster, st.pgbench.dsn}
	clients := min(readers, st.settings.conns)
	seconds := max(1, int(st.settings.window.Round(time.Second).Seconds()))
	reply := strings.Repeat("word ", free().Tokens-1) + "word."
	cmd := exec.CommandContext(ctx, b.path, "-n", "-M", "prepared", "-f", b.script, "-c", strconv.Itoa(clients), "-j", strconv.Itoa(min(clients, 2)),
		"-T", strconv.Itoa(seconds), "-D", "user=floor", "-D", "content="+words, "-D", "reply="+reply, b.dsn)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	cpu, written, err := db.use(ctx)
	if err != nil {
		return err
	}
	output, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("pgbench: %w: %s", err, output)
	}
	cpuEnd, writtenEnd, err := db.use(ctx)
	if err != nil {
		return err
	}
	c := cell{database: cpuEnd - cpu, written: writtenEnd - written}
	if c.outcome, err = readPgbench(string(output)); err != nil {
		return err
	}
	if cmd.ProcessState != nil {
		c.readers = cmd.ProcessState.SystemTime() + cmd.ProcessState.UserTime()
	}
	k := key{free().Name, readers, bench}
	st.cells[k] = append(st.cells[k], c)
	return nil
}

// readPgbench reads what pgbench prints at its end. A transaction of its script is a turn.
func readPgbench(output string) (outcome, error) {
	number := func(pattern string) float64 {
		found := regexp.MustCompile(pattern).FindStringSubmatch(output)
		if found == nil {
			return 0
		}
		v, _ := strconv.ParseFloat(found[1], 64)
		return v
	}
	turns, rate := number(`transactions actually processed: (\d+)`), number(`tps = ([0-9.]+)`)
	mean := time.Duration(number(`latency average = ([0-9.]+) ms`) * float64(time.Millisecond))
	if turns == 0 || rate == 0 || number(`failed transactions: (\d+)`) > 0 {
		return outcome{}, fmt.Errorf("pgbench says: %s", output)
	}
	return outcome{
		turns: int(turns), window: time.Duration(turns / rate * float64(time.Second)), total: []time.Duration{mean},
	}, nil
}
