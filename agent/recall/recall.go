// Package recall finds what was said before on what is being said now: facts and episodes of one user that share words with a text. It is
// lexical (BM25 over word stems), in memory, and made from an [interview.Memory] when it is asked for; nothing of it is stored.
package recall

import (
	"cmp"
	"sync"
	"time"

	"github.com/betterprofile/betterprofile/interview"
)

// The bounds of a Store, and the default times.
const (
	DefaultUsers     = 256              // so many users are kept at once; the one unused longest goes first
	DefaultDocuments = 300_000          // so many facts, episodes and experiences of all users together, the same way
	DefaultIdle      = 10 * time.Minute // a user who is not asked about for so long is forgotten
	maxDocuments     = 20_000           // of each kind and one user; older ones are not found
)

// Options of a Store; all may be left out.
type Options struct {
	Users     int           // how many users are kept at once; DefaultUsers
	Documents int           // how many rows of all users are kept at once; DefaultDocuments
	Idle      time.Duration // how long a user is kept unused; DefaultIdle
}

// Store holds the indexes of the users who are talking. It is safe for concurrent use. It has no clock: what is unused for too long is dropped
// when anything is asked for, by the time that comes with the question.
type Store struct {
	opts Options

	mu      sync.Mutex
	users   map[string]*entry
	size    int // documents of all users
	cleaned time.Time
}

type entry struct {
	used time.Time // guarded by Store.mu, as is size
	size int

	mu    sync.Mutex
	index *index
}

// New makes a Store.
func New(opts Options) *Store {
	opts.Users = cmp.Or(opts.Users, DefaultUsers)
	opts.Documents = cmp.Or(opts.Documents, DefaultDocuments)
	opts.Idle = cmp.Or(opts.Idle, DefaultIdle)
	return &Store{opts: opts, users: map[string]*entry{}}
}

// Facts returns at most n current facts that share words with the text, best first, each followed by the other facts of the same message: what
// was said together belongs together, as a figure and what it measures. Facts of an experience that the text names come after those, newest
// first.
func (s *Store) Facts(m *interview.Memory, now time.Time, text string, n int) []*interview.Fact {
	if m == nil || n <= 0 || len(m.Facts) == 0 {
		return nil
	}
	var found []*interview.Fact
	s.with(m, now, func(x *index) { found = x.searchFacts(text, n) })
	return found
}

// Episodes returns at most n episodes that share at least two distinctive stems with the text, best first. Those for which skip answers true
// are left out.
func (s *Store) Episodes(
	m *interview.Memory, now time.Time, text string, n int, skip func(*interview.Episode) bool,
) []*interview.Episode {
	if m == nil || n <= 0 || len(m.Episodes) == 0 {
		return nil
	}
	var found []*interview.Episode
	s.with(m, now, func(x *index) { found = x.searchEpisodes(text, n, skip) })
	return found
}

// Users returns how many users are kept.
func (s *Store) Users() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.users)
}

// with calls f with the user's index, brought up to date with m.
func (s *Store) with(m *interview.Memory, now time.Time, f func(*index)) {
	e := s.entry(m.UserID, now)
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.index == nil {
		e.index = newIndex()
	}
	if !e.index.newer(m.Version) {
		e.index.update(m)
		s.grown(m.UserID, e, len(e.index.documents))
	}
	f(e.index)
}

// grown notes how large a user's index is, and makes room.
func (s *Store) grown(userID string, e *entry, size int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.users[userID] != e {
		return // dropped in the meantime
	}
	s.size += size - e.size
	e.size = size
	for s.size > s.opts.Documents && len(s.users) > 1 {
		s.dropOldest()
	}
}

func (s *Store) entry(userID string, now time.Time) *entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clean(now)
	e := s.users[userID]
	if e == nil {
		if len(s.users) >= s.opts.Users {
			s.dropOldest()
		}
		e = &entry{}
		s.users[userID] = e
	}
	if e.used.Before(now) {
		e.used = now
	}
	return e
}

// clean drops what was not used for too long; it looks at most ten times in that span.
func (s *Store) clean(now time.Time) {
	if now.Sub(s.cleaned) < s.opts.Idle/10 {
		return
	}
	s.cleaned = now
	for id, e := range s.users {
		if now.Sub(e.used) >= s.opts.Idle {
			s.drop(id)
		}
	}
}

func (s *Store) dropOldest() {
	oldest := ""
	for id, e := range s.users {
		if oldest == "" || e.used.Before(s.users[oldest].used) {
			oldest = id
		}
	}
	s.drop(oldest)
}

func (s *Store) drop(userID string) {
	s.size -= s.users[userID].size
	delete(s.users, userID)
}
