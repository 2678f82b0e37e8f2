package main

import (
	"context"
	"database/sql"
	"time"

	"github.com/betterprofile/betterprofile/storage/storagetest"
)

// database is where a target stores its turns.
type database interface {
	// use is the CPU time that the database's own processes have used, and the bytes that were written, so far.
	use(ctx context.Context) (time.Duration, int64, error)
	// completed counts the turns that are stored with both messages.
	completed(ctx context.Context) (int, error)
}

const completedTurns = `select count(*) from turns t join messages m on m.id = t.message_id join messages r on r.id = t.reply_id
	where t.status = 'completed' and r.content <> ''`

// postgres is a database on the cluster. Its bytes are those of the write-ahead log of the whole cluster.
type postgres struct {
	cluster *storagetest.Cluster
	dsn     string
}

func (p postgres) use(ctx context.Context) (time.Duration, int64, error) {
	n, err := ask(ctx, "postgres", p.dsn, `select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint`)
	return cpuOfTree(p.cluster.Pid()), int64(n), err
}

func (p postgres) completed(ctx context.Context) (int, error) {
	return ask(ctx, "postgres", p.dsn, completedTurns)
}

// sqlite is a file of the target's own process, which does all of the work: there is no other CPU time. Its bytes are what the process
// has written to the disk.
type sqlite struct {
	path string
	pid  func() int
}

func (s sqlite) use(context.Context) (time.Duration, int64, error) {
	return 0, diskWrites(s.pid()), nil
}

func (s sqlite) completed(ctx context.Context) (int, error) {
	return ask(ctx, "sqlite", s.path, completedTurns)
}

// ask reads one number on a connection of its own.
func ask(ctx context.Context, driver, dsn, query string) (n int, err error) {
	db, err := sql.Open(driver, dsn)
	if err != nil {
		return 0, err
	}
	defer db.Close()
	return n, db.QueryRowContext(ctx, query).Scan(&n)
}
