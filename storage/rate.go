package storage

import (
	"context"
	"time"
)

const (
	// takeRate is the generic cell rate algorithm (ITU-T I.371, annex A): a bucket is the time at which it will be full again. Taking a token moves that
	// by an interval, and is refused when it would be further away than all tokens together.
	takeRate = `insert into rate_buckets (key, full_at, wait) values (?, {micros} + ?, 0)
		on conflict (key) do update set
			wait = {greatest}(0, ` + nextFull + ` - {micros} - ?),
			full_at = case when ` + nextFull + ` - {micros} <= ? then ` + nextFull + ` else {least}(rate_buckets.full_at, {micros} + ?) end
		returning wait`

	// nextFull is when the bucket would be full again after ? more. It is never further away than ? before, so that neither a clock that was
	// set back nor a limit that was larger once holds anybody up for long.
	nextFull = `({greatest}({least}(rate_buckets.full_at, {micros} + ?), {micros}) + ?)`

	sweepBuckets = `delete from rate_buckets where full_at < {micros}`

	// sweepEvery is how often rows that say nothing any more are removed.
	sweepEvery = time.Minute
	// keepDeviceCodes is how long a device code stays after its end, so that a terminal that comes late is told so.
	keepDeviceCodes = 24 * time.Hour
)

// TakeRate implements interview.RateStore. More tokens than the bucket can hold count as all that it can hold; less than one is one.
func (db *DB) TakeRate(ctx context.Context, key string, n, burst int, interval time.Duration) (time.Duration, error) {
	burst = max(burst, 1)
	n = min(max(n, 1), burst)
	cost, capacity := int64(n)*interval.Microseconds(), int64(burst)*interval.Microseconds()
	var wait int64
	err := db.write1(ctx, func(q conn) error {
		return q.scan(ctx, []any{&wait}, takeRate, clean(key), cost, capacity, cost, capacity, capacity, cost, capacity, capacity, cost, capacity)
	})
	if err != nil {
		return 0, db.fail(ctx, "take from a rate limit", err)
	}
	db.sweep(ctx)
	return time.Duration(wait) * time.Microsecond, nil
}

// sweep removes rows that say nothing any more, unless this process did so a moment ago. The caller has got what it came for, so trouble is only logged.
func (db *DB) sweep(ctx context.Context) {
	now := db.now()
	last := db.swept.Load()
	if now.UnixNano()-last < int64(sweepEvery) || !db.swept.CompareAndSwap(last, now.UnixNano()) {
		return
	}
	err := db.write1(ctx, func(q conn) error {
		if _, err := q.exec(ctx, sweepBuckets); err != nil {
			return err
		}
		_, err := q.exec(ctx, sweepDeviceCodes, stamp{now.Add(-keepDeviceCodes)})
		return err
	})
	if err != nil {
		db.log.Warn("rate limits were not swept", "error", err)
	}
}
