package storage

import (
	"database/sql/driver"
	"fmt"
	"time"

	"github.com/betterprofile/betterprofile/interview"
)

// stampFormat is how times are given to both databases, and stored in SQLite: UTC, in microseconds, all of one length so that text
// sorts like time.
const stampFormat = "2006-01-02 15:04:05.000000"

// stamp is a time as stored: UTC, in microseconds.
type stamp struct{ time.Time }

// Value is the text to store.
func (s stamp) Value() (driver.Value, error) { return s.UTC().Format(stampFormat), nil }

// Scan reads what a database returns: a time, or text.
func (s *stamp) Scan(src any) error {
	switch v := src.(type) {
	case time.Time:
		s.Time = v.UTC()
		return nil
	case string:
		return s.parse(v)
	case []byte:
		return s.parse(string(v))
	default:
		return fmt.Errorf("a time was stored as %T", src)
	}
}

func (s *stamp) parse(text string) (err error) {
	s.Time, err = time.Parse(stampFormat, text)
	return err
}

// stampOf is t as it is stored.
func stampOf(t interview.Time) stamp { return stamp{t.UTC().Truncate(time.Microsecond)} }

func (s stamp) time() interview.Time { return interview.Time{Time: s.UTC()} }

// after is the first whole millisecond that is at least one after s.
func (s stamp) after() stamp {
	return stamp{s.Add(2*time.Millisecond - time.Microsecond).Truncate(time.Millisecond)}
}

// latestOf returns the latest of the times.
func latestOf(first stamp, others ...stamp) stamp {
	for _, s := range others {
		if s.After(first.Time) {
			first = s
		}
	}
	return first
}

// maxID comes after every id.
const maxID = "ffffffff-ffff-ffff-ffff-ffffffffffff"

// before returns the place from which a page goes on towards smaller keys: the cursor's, or beyond the greatest.
func before(c interview.Cursor) (interview.Position, error) {
	if c != "" {
		return c.Position()
	}
	end := time.Date(9999, 12, 31, 23, 59, 59, 999_999_000, time.UTC)
	return interview.Position{Pinned: true, Time: interview.Time{Time: end}, ID: maxID}, nil
}
