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
func (t Time) MarshalJSON() ([]byte, error) {
	if y := t.Year(); y < 0 || y > 9999 {
		return nil, fmt.Errorf("time: year %d cannot be written", y)
	}
	b := make([]byte, 0, len(TimeFormat)+2)
	b = append(b, '"')
	b = t.UTC().AppendFormat(b, TimeFormat)
	return append(b, '"'), nil
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
