package interview

import (
	"fmt"
	"time"
)

// TimeFormat is how times are written in JSON: RFC 3339 in UTC with exactly three decimals, the one form that every client
// parses alike.
const TimeFormat = "2006-01-02T15:04:05.000Z"

// Time is a point in time in UTC. What we make has whole milliseconds; rows that others wrote may be finer, and keep that here
// (cursors need it) but not in JSON.
type Time struct{ time.Time }

// At returns t in UTC, cut to the millisecond.
func At(t time.Time) Time { return Time{t.UTC().Truncate(time.Millisecond)} }

// MarshalJSON writes t in TimeFormat.
func (t Time) MarshalJSON() ([]byte, error) { return t.appendJSON(make([]byte, 0, len(TimeFormat)+2)) }

func (t Time) appendJSON(b []byte) ([]byte, error) {
	if y := t.Year(); y < 0 || y > 9999 {
		return b, fmt.Errorf("time: year %d cannot be written", y)
	}
	b = t.UTC().AppendFormat(append(b, '"'), time.RFC3339) // which is made for speed, unlike TimeFormat
	ms := t.Nanosecond() / int(time.Millisecond)
	return append(b[:len(b)-1], '.', '0'+byte(ms/100), '0'+byte(ms/10%10), '0'+byte(ms%10), 'Z', '"'), nil
}

// exactFormat is TimeFormat with microseconds, the databases' own precision.
const exactFormat = "2006-01-02T15:04:05.000000Z"

// ExactTime is a point in time whose JSON keeps microseconds.
type ExactTime struct{ time.Time }

// MarshalJSON writes t with exactly six decimals.
func (t ExactTime) MarshalJSON() ([]byte, error) {
	if y := t.Year(); y < 0 || y > 9999 {
		return nil, fmt.Errorf("time: year %d cannot be written", y)
	}
	return t.UTC().AppendFormat(nil, `"`+exactFormat+`"`), nil
}
