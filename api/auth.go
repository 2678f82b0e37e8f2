package api

import (
	"context"
	"crypto/sha256"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/betterprofile/betterprofile/interview"
)

// maxToken is the longest token that is looked up, in bytes; ours have 32.
const maxToken = 4096

const (
	// signInFor is how long a sign-in is believed without asking again: the longest that a session lives on after it was ended.
	signInFor = 5 * time.Second
	// maxSignIns is how many are remembered.
	maxSignIns = 10_000
)

// signIn finds out whose request it is. Errors: unauthenticated, unavailable.
func (s *Server) signIn(c *gin.Context) error {
	token, ok := bearer(c.Request.Header.Values("Authorization"))
	if !ok {
		return interview.Errorf(interview.CodeUnauthenticated, "Sign in first: the request has no bearer token.")
	}
	user, err := s.signIns.user(c.Request.Context(), token)
	if err != nil {
		return err
	}
	request(c).user = user
	return nil
}

// signIns remembers for a short time whose token a token is, so that not every request asks the database. Tokens themselves are not kept, and
// neither is that one was refused. Requests that come with one token at the same time share one look-up.
type signIns struct {
	auth interview.Authenticator
	now  func() time.Time

	mu      sync.Mutex
	fresh   map[tokenSum]signedIn // the latest answers
	older   map[tokenSum]signedIn // those before them, all forgotten when fresh is full
	lookUps map[tokenSum]*lookUp
}

// tokenSum is a token's SHA-256.
type tokenSum [sha256.Size]byte

// signedIn is the answer to a look-up, and until when it is believed.
type signedIn struct {
	user  interview.User
	until time.Time
}

// lookUp is one that is on. Its results are there when done is closed.
type lookUp struct {
	done chan struct{}
	user interview.User
	err  error
}

func newSignIns(auth interview.Authenticator, now func() time.Time) *signIns {
	return &signIns{auth: auth, now: now, fresh: map[tokenSum]signedIn{}, lookUps: map[tokenSum]*lookUp{}}
}

// user returns the token's user. Errors: those of the Authenticator; ctx's own.
func (s *signIns) user(ctx context.Context, token string) (interview.User, error) {
	sum := tokenSum(sha256.Sum256([]byte(token)))
	began := s.now()
	s.mu.Lock()
	if known, ok := s.known(sum); ok && began.Before(known.until) {
		s.mu.Unlock()
		return known.user, nil
	}
	l := s.lookUps[sum]
	if l == nil {
		l = &lookUp{done: make(chan struct{}), err: interview.Errorf(interview.CodeInternal, "The sign-in could not be checked.")}
		s.lookUps[sum] = l
		s.mu.Unlock()
		s.run(ctx, l, sum, token, began)
		return l.user, l.err
	}
	s.mu.Unlock()
	select {
	case <-l.done:
		return l.user, l.err
	case <-ctx.Done():
		return interview.User{}, context.Cause(ctx)
	}
}

// run looks the token up, for all who wait for it: also when the request that it came with first has been left.
func (s *signIns) run(ctx context.Context, l *lookUp, sum tokenSum, token string, began time.Time) {
	until := began.Add(signInFor)
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if delete(s.lookUps, sum); l.err == nil {
			s.remember(sum, signedIn{l.user, until})
		}
		close(l.done)
	}()
	ctx = context.WithoutCancel(ctx)
	sessions, ok := s.auth.(interview.SessionAuthenticator)
	if !ok {
		l.user, l.err = s.auth.Authenticate(ctx, token)
		return
	}
	var ends interview.Time
	if l.user, ends, l.err = sessions.AuthenticateSession(ctx, token); ends.Before(until) {
		until = ends.Time
	}
}

// known returns what is remembered of a token; s.mu is held.
func (s *signIns) known(sum tokenSum) (signedIn, bool) {
	if known, ok := s.fresh[sum]; ok {
		return known, true
	}
	known, ok := s.older[sum]
	return known, ok
}

// remember keeps a sign-in. Two maps of half the size make room for it without looking for the oldest; s.mu is held.
func (s *signIns) remember(sum tokenSum, in signedIn) {
	if len(s.fresh) >= maxSignIns/2 {
		s.older, s.fresh = s.fresh, map[tokenSum]signedIn{}
	}
	s.fresh[sum] = in
}

// bearer returns the token of the one Authorization header, "Bearer" in any case and the token (RFC 6750 §2.1).
func bearer(headers []string) (string, bool) {
	if len(headers) != 1 {
		return "", false
	}
	scheme, token, _ := strings.Cut(headers[0], " ")
	token = strings.Trim(token, " ")
	if !strings.EqualFold(scheme, "bearer") || token == "" || len(token) > maxToken {
		return "", false
	}
	for i := range len(token) {
		if token[i] <= ' ' || token[i] > '~' {
			return "", false
		}
	}
	return token, true
}

// userID is the signed-in user's id.
func userID(c *gin.Context) string { return request(c).user.ID }
