package storage

import (
	"bytes"
	"context"
	"database/sql"
	"time"

	"github.com/betterprofile/betterprofile/interview"
)

// There is no index of a user's messages by time, only one of each conversation's. So a search goes back through time in windows. In the first ones
// the places of all messages come from the indexes alone, the newest first, and then their text a chunk at a time: what is often said is found soon.
// What is not found among the first messages is seldom said. From there on the messages of a window are counted, and read as they come; only those that
// match are put in order. A window with few messages in it is followed by a longer one, one with too many by a shorter one; so the cost is that
// of the messages looked at, however many there are beside them.

const (
	findMessages = `select m.rowid, m.created_at from conversations c cross join messages m on m.conversation_id = c.id
			and m.created_at >= ? and m.created_at <= ? and (m.created_at, m.id) < (?, ?)
		where c.user_id = ? order by m.created_at desc, m.id desc limit ?`

	// The inner limit, of searchSpots, makes PostgreSQL go from the user's conversations to their messages, whatever it thinks of their number.
	findPostgres = `select m.id, m.created_at from conversations c cross join lateral (
			select id, created_at from messages where conversation_id = c.id and created_at >= ? and created_at <= ? and (created_at, id) < (?, ?)
			order by created_at desc, id desc limit 10000
		) m
		where c.user_id = ? order by m.created_at desc, m.id desc limit ?`

	readMessages = `select {row}, m.id, m.content from messages m where {row} {in}`

	readResults = `select m.id, m.conversation_id, m.role, m.created_at, c.title
		from messages m join conversations c on c.id = m.conversation_id where c.user_id = ? and m.id {in}`
)

// Limits of a search.
const (
	searchMessages = 50_000          // looked at by one request
	searchTime     = 2 * time.Second // after which one request stops
	searchWindow   = 24 * time.Hour  // the first window goes back so far
	searchChunk    = 500             // messages whose text is read at a time; the first chunk is a tenth of it
	searchSpots    = 10_000          // places read at a time; the first are a tenth of it
	searchWhole    = 20_000          // messages in a window that is read as a whole
	windowStep     = 16              // by which windows grow at most, and those read as a whole shrink
)

// Search implements interview.Store.
func (db *DB) Search(ctx context.Context, userID string, query interview.SearchQuery) (interview.SearchPage, error) {
	query, err := query.Normalize()
	if err != nil {
		return interview.SearchPage{}, err
	}
	terms := parseTerms(query.Text)
	if len(terms) == 0 {
		return interview.SearchPage{}, interview.NothingToSearch()
	}
	from, err := before(query.Cursor)
	if err != nil {
		return interview.SearchPage{}, err
	}
	s := searcher{db: db, userID: userID, query: query, terms: terms, until: time.Now().Add(searchTime)}
	page := interview.SearchPage{}
	err = db.read(ctx, func(q conn) error {
		s.found, s.at, s.looked, s.more = nil, from, 0, false
		if err := s.run(ctx, q); err != nil {
			return err
		}
		page.Results, err = s.results(ctx, q)
		return err
	})
	if err != nil {
		return interview.SearchPage{}, db.fail(ctx, "search", err)
	}
	if s.more {
		page.NextCursor = s.at.Cursor()
	}
	return page, nil
}

// searcher is one call of Search.
type searcher struct {
	db     *DB
	userID string
	query  interview.SearchQuery
	terms  []string
	until  time.Time
	found  []interview.SearchResult // as far as they are known
	buffer []byte                   // for folding
	memory scratch                  // for opening
	at     interview.Position       // of the last message looked at
	looked int
	more   bool // stopped before the end
}

// run goes back through time until the page is full, it is enough for one request, or there is no more.
func (s *searcher) run(ctx context.Context, q conn) error {
	newest := s.at.Time.Time
	if now := s.db.now().UTC(); newest.After(now) {
		newest = now // there is nothing, or little, in what is still to come
	}
	first := time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)
	window, limit, seldom := searchWindow, searchSpots/10, false
	for newest.After(first) && !s.more {
		oldest := newest.Add(-window)
		if window == maxWindow || oldest.Before(first) {
			oldest = first
		}
		if s.looked >= searchSpots/10 {
			if !seldom {
				seldom, window = true, maxWindow
				continue
			}
			n, done, err := s.whole(ctx, q, oldest)
			if err != nil {
				return err
			}
			if n > searchWhole && window > time.Second {
				window = max(window/windowStep, time.Second)
				continue
			}
			if done {
				window, newest = nextWindow(window, n, searchWhole), oldest
				continue
			}
		}
		spots, err := s.spots(ctx, q, oldest, limit)
		if err != nil {
			return err
		}
		if err := s.look(ctx, q, spots); err != nil {
			return err
		}
		if len(spots) == limit {
			window, newest = max(window/4, time.Second), s.at.Time.Time
		} else {
			window, newest = nextWindow(window, len(spots), searchSpots), oldest
		}
		limit = searchSpots
	}
	return nil
}

// nextWindow is how far the next window goes back after one with so many messages, if most are the most that it may have.
func nextWindow(window time.Duration, messages, most int) time.Duration {
	step := time.Duration(min(max(most/2/(messages+1), 1), windowStep))
	if window > maxWindow/step {
		return maxWindow
	}
	return window * step
}

// maxWindow is longer than a database is old: the last window, which goes back to the beginning of time.
const maxWindow = 100 * 365 * 24 * time.Hour

// spot is where a message is.
type spot struct {
	row string
	at  any // as the driver has it
}

// spots returns where the newest messages are, at most limit, that are not looked at yet and no older than oldest, the newest first.
func (s *searcher) spots(ctx context.Context, q conn, oldest time.Time, limit int) ([]spot, error) {
	var spots []spot
	at, find := stamp{s.at.Time.Time}, findMessages
	if s.db.dialect.kind == "postgres" {
		find = findPostgres
	}
	var next spot
	err := q.rows(ctx, []any{&next.row, &next.at}, func() { spots = append(spots, next) }, find, stamp{oldest}, at, at, s.at.ID, s.userID, limit)
	return spots, err
}

// foundMessage is a message to be looked at.
type foundMessage struct{ id, content string }

// read reads the messages at the spots.
func (s *searcher) read(ctx context.Context, q conn, spots []spot) ([]foundMessage, error) {
	rows, places := make([]string, len(spots)), make(map[string]int, len(spots))
	for i, spot := range spots {
		rows[i], places[spot.row] = spot.row, i
	}
	found := make([]foundMessage, len(spots))
	var row, id sql.RawBytes
	var content string
	err := q.rows(ctx, []any{&row, &id, &content}, func() {
		if i, ok := places[string(row)]; ok {
			found[i] = foundMessage{string(id), content}
		}
	}, readMessages, s.db.dialect.ids(rows))
	return found, err
}

// chunk is some spots and what was read there.
type chunk struct {
	spots []spot
	found []foundMessage // at each spot; without id where there is none any more
	err   error
}

// chunks reads the messages at the spots, a chunk ahead of who takes them, until all are read or stop is closed. It ends the channel then.
// Its context is not to be cancelled for that: it would cost a connection.
func (s *searcher) chunks(ctx context.Context, q conn, spots []spot, stop <-chan struct{}) <-chan chunk {
	read := make(chan chunk)
	go func() {
		defer close(read)
		for len(spots) > 0 {
			next := s.chunk(ctx, q, spots, searchChunk)
			select {
			case read <- next:
			case <-stop:
				return
			}
			spots = spots[len(next.spots):]
		}
	}()
	return read
}

func (s *searcher) chunk(ctx context.Context, q conn, spots []spot, size int) (c chunk) {
	c.spots = spots[:min(size, len(spots))]
	if len(c.spots) > 0 {
		c.found, c.err = s.read(ctx, q, c.spots)
	}
	return c
}

// look reads the messages at the spots and keeps those that match.
func (s *searcher) look(ctx context.Context, q conn, spots []spot) error {
	first := s.chunk(ctx, q, spots, searchChunk/10)
	if err := s.take(first); err != nil || s.more {
		return err
	}
	stop := make(chan struct{})
	read := s.chunks(ctx, q, spots[len(first.spots):], stop)
	defer func() {
		close(stop)
		for range read { // until nothing uses the database any more
		}
	}()
	for next := range read {
		if err := s.take(next); err != nil || s.more {
			return err
		}
	}
	return nil
}

// take looks at a chunk's messages.
func (s *searcher) take(c chunk) error {
	if c.err != nil {
		return c.err
	}
	for i, spot := range c.spots {
		m := c.found[i]
		if m.id == "" {
			continue // it was deleted just now
		}
		if err := s.match(m); err != nil {
			return err
		}
		s.looked++
		s.more = len(s.found) == s.query.Limit || s.looked >= s.db.searchMessages
		if s.more || i == len(c.spots)-1 {
			if err := s.moveTo(spot, m.id); err != nil || s.more {
				return err
			}
		}
	}
	s.more = time.Now().After(s.until)
	return nil
}

// moveTo notes the last message looked at.
func (s *searcher) moveTo(at spot, id string) error {
	var when stamp
	err := when.Scan(at.at)
	s.at = interview.Position{Time: when.time(), ID: id}
	return err
}

// match keeps the message if it holds all terms.
func (s *searcher) match(m foundMessage) error {
	content, err := s.db.openIn(&s.memory, fieldContent, m.id, m.content)
	if err != nil {
		return err
	}
	s.buffer = foldSpaces(s.buffer[:0], content)
	for _, term := range s.terms {
		if !bytes.Contains(s.buffer, []byte(term)) {
			return nil
		}
	}
	text, matches := snippet(string(content), s.terms)
	s.found = append(s.found, interview.SearchResult{MessageID: m.id, Snippet: text, Matches: matches})
	return nil
}

// results completes what was found, but for what was deleted just now.
func (s *searcher) results(ctx context.Context, q conn) ([]interview.SearchResult, error) {
	if len(s.found) == 0 {
		return []interview.SearchResult{}, nil
	}
	ids := idsOf(s.found)
	var rows []struct {
		ID             string
		ConversationID string `db:"conversation_id"`
		Role           interview.Role
		CreatedAt      stamp `db:"created_at"`
		Title          sql.NullString
	}
	if err := q.list(ctx, &rows, readResults, s.userID, s.db.dialect.ids(ids)); err != nil {
		return nil, err
	}
	results := make([]interview.SearchResult, 0, len(rows))
	for _, r := range s.found {
		for _, row := range rows {
			if row.ID != r.MessageID {
				continue
			}
			title, err := s.db.open(fieldTitle, row.ConversationID, row.Title.String)
			if err != nil {
				return nil, err
			}
			r.ConversationID, r.Title, r.Role, r.CreatedAt = row.ConversationID, title, row.Role, row.CreatedAt.time()
			results = append(results, r)
		}
	}
	return results, nil
}

func idsOf(found []interview.SearchResult) []string {
	ids := make([]string, len(found))
	for i, r := range found {
		ids[i] = r.MessageID
	}
	return ids
}
