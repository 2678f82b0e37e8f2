package interview

import (
	"encoding/base64"
	"strconv"
	"strings"
	"time"
)

// Limits of a page.
const (
	DefaultLimit = 50
	MaxLimit     = 200
)

// Cursor is an opaque place in a list, as clients see it: pass it back as it came to get the next page. The empty Cursor is the
// start of a list, and as NextCursor the end of it (null in JSON).
type Cursor string

// MarshalJSON writes the empty cursor as null.
func (c Cursor) MarshalJSON() ([]byte, error) { return c.appendJSON(nil), nil }

func (c Cursor) appendJSON(b []byte) []byte {
	if c == "" {
		return append(b, "null"...)
	}
	return AppendString(b, string(c))
}

// Position is what a Cursor stands for: the sort key of the last row of a page. Time keeps microseconds, the database's own
// precision, because rows written by others have them.
type Position struct {
	Pinned bool
	Time   Time
	ID     string
}

// Cursor encodes p.
func (p Position) Cursor() Cursor {
	pinned := "0"
	if p.Pinned {
		pinned = "1"
	}
	text := pinned + "." + strconv.FormatInt(p.Time.UnixMicro(), 36) + "." + p.ID
	return Cursor(base64.RawURLEncoding.EncodeToString([]byte(text)))
}

// Position decodes c; the zero Position stands for the empty cursor. Errors: invalid, field "cursor".
func (c Cursor) Position() (Position, error) {
	if c == "" {
		return Position{}, nil
	}
	bad := Invalid("cursor", "The cursor is not one of ours: pass nextCursor of the page before exactly as it came, or leave it out.")
	text, err := base64.RawURLEncoding.DecodeString(string(c))
	if err != nil {
		return Position{}, bad
	}
	parts := strings.SplitN(string(text), ".", 3)
	if len(parts) != 3 || (parts[0] != "0" && parts[0] != "1") {
		return Position{}, bad
	}
	micros, err := strconv.ParseInt(parts[1], 36, 64)
	id, ok := ParseID(parts[2])
	at := time.UnixMicro(micros).UTC()
	if err != nil || !ok || at.Year() < 1 || at.Year() > 9999 {
		return Position{}, bad
	}
	return Position{Pinned: parts[0] == "1", Time: Time{at}, ID: id}, nil
}

// checkLimit returns limit, DefaultLimit for 0. Errors: invalid, field "limit".
func checkLimit(limit int) (int, error) {
	if limit == 0 {
		return DefaultLimit, nil
	}
	if limit < 1 || limit > MaxLimit {
		return 0, Invalid("limit", "limit must be a whole number from 1 to %d.", MaxLimit)
	}
	return limit, nil
}
