package client

import (
	"sync"
	"sync/atomic"
)

// session is the token that requests are sent with, which may be renewed.
type session struct {
	token    atomic.Pointer[string]
	renewing sync.Mutex
}

func newSession(token string) *session {
	s := &session{}
	s.token.Store(&token)
	return s
}

func (s *session) current() string { return *s.token.Load() }

// renew puts a newer token in the place of one that was refused, and reports whether there is one. Requests that are refused at the same
// time ask for it once.
func (s *session) renew(refused string, ask func(refused string) string) bool {
	if ask == nil {
		return false
	}
	s.renewing.Lock()
	defer s.renewing.Unlock()
	if s.current() != refused {
		return true
	}
	token := ask(refused)
	if token == "" || token == refused || !isToken(token) {
		return false
	}
	s.token.Store(&token)
	return true
}
