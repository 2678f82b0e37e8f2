package storage

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/betterprofile/betterprofile/interview"
)

const (
	wholeWindow = ` from conversations c cross join messages m on m.conversation_id = c.id
			and m.created_at >= ? and m.created_at <= ? and (m.created_at, m.id) < (?, ?)
		where c.user_id = ?`

	// The offset makes PostgreSQL go from the user's conversations to their messages, whatever it thinks of their number.
	wholePostgres = ` from conversations c cross join lateral (
			select id, content from messages where conversation_id = c.id and created_at >= ? and created_at <= ? and (created_at, id) < (?, ?) offset 0
		) m
		where c.user_id = ?`

	// The limit is one more than searchWhole. It is no argument: not knowing it, PostgreSQL would think of a tenth of what there is.
	countWindow, countEnd = `select count(*) from (select 1`, ` limit 20001) as counted`

	// The id and the content come as one text, because a column more costs the driver as much as the database needs for the row.
	readWindow = `select cast(m.id as text) || m.content`

	orderFound = `select m.id, m.created_at from messages m where m.id {in} order by m.created_at desc, m.id desc`
)

const (
	searchBuffer = 200 // messages that are read ahead at a time
	searchHits   = 4   // pages full of messages that may match in a window read as a whole
)

// whole looks at all messages that are not looked at yet and no older than oldest, n of them. It is done unless they are too many, or too many of them
// match, or one does not open: then what is to be found first is for those who look at them in order.
func (s *searcher) whole(ctx context.Context, q conn, oldest time.Time) (n int, done bool, err error) {
	from, at := wholeWindow, stamp{s.at.Time.Time}
	if s.db.dialect.kind == "postgres" {
		from = wholePostgres
	}
	args := []any{stamp{oldest}, at, at, s.at.ID, s.userID}
	err = q.scan(ctx, []any{&n}, countWindow+from+countEnd, args...)
	if err != nil || n > searchWhole || s.looked+n > s.db.searchMessages {
		return n, false, err
	}
	before := len(s.found)
	if n > 0 {
		done, err := s.takeWhole(ctx, q, readWindow+from, args)
		if !done || err != nil {
			s.found = s.found[:before]
			return n, false, err
		}
	}
	s.looked += n
	s.at = interview.Position{Time: interview.Time{Time: oldest}, ID: zeroID}
	if len(s.found) > before {
		if err := s.order(ctx, q, before); err != nil {
			return n, false, err
		}
	}
	s.more = s.more || time.Now().After(s.until)
	return n, true, nil
}

// order puts what was found from a place on in order, and leaves out what is beyond the page, or was deleted just now.
func (s *searcher) order(ctx context.Context, q conn, from int) error {
	hits := make(map[string]interview.SearchResult, len(s.found)-from)
	for _, r := range s.found[from:] {
		hits[r.MessageID] = r
	}
	ids := s.db.dialect.ids(idsOf(s.found[from:]))
	s.found = s.found[:from]
	var id string
	var at stamp
	return q.rows(ctx, []any{&id, &at}, func() {
		if s.more {
			return
		}
		s.found = append(s.found, hits[id])
		if len(s.found) == s.query.Limit {
			s.at, s.more = interview.Position{Time: at.time(), ID: id}, true
		}
	}, orderFound, ids)
}

// errEnough ends a read of which nothing more is needed.
var errEnough = errors.New("enough was read")

// ahead reads messages, each its id and its content as one text, ahead of who takes them, until all are read or stop is closed. It ends the channel then;
// failed has the error, if there is one, before that.
func (s *searcher) ahead(ctx context.Context, q conn, stop <-chan struct{}, query string, args []any) (read <-chan []string, failed <-chan error) {
	texts, result := make(chan []string, 2), make(chan error, 1)
	go func() {
		defer close(texts)
		some := make([]string, 0, searchBuffer)
		pass := func() error {
			select {
			case texts <- some:
				some = make([]string, 0, searchBuffer)
				return nil
			case <-stop:
				return errEnough
			}
		}
		var text string
		dest := []any{&text}
		err := q.each(ctx, func(rows *sql.Rows) error {
			if err := rows.Scan(dest...); err != nil {
				return err
			}
			if some = append(some, text); len(some) == searchBuffer {
				return pass()
			}
			return nil
		}, query, args...)
		if err == nil {
			err = pass()
		}
		if err != nil && !errors.Is(err, errEnough) {
			result <- err
		}
	}()
	return texts, result
}

// takeWhole looks at all messages that a query finds, while they are read. It is done unless too many match, or one does not open.
func (s *searcher) takeWhole(ctx context.Context, q conn, query string, args []any) (done bool, err error) {
	stop := make(chan struct{})
	read, failed := s.ahead(ctx, q, stop, query, args)
	defer func() {
		close(stop)
		for range read { // until nothing uses the database any more
		}
	}()
	most := len(s.found) + searchHits*s.query.Limit
	for texts := range read {
		for _, text := range texts {
			if len(text) < len(maxID) || s.match(foundMessage{text[:len(maxID)], text[len(maxID):]}) != nil || len(s.found) > most {
				return false, nil
			}
		}
	}
	select {
	case err := <-failed:
		return false, err
	default:
		return true, nil
	}
}
