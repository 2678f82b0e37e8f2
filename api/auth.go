package api

import (
	"context"
	"crypto/sha256"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/betterprofile/betterprofile/api/betterauth"
	"github.com/betterprofile/betterprofile/interview"
)

// maxToken is the longest token that is looked up, in bytes; ours have 32.
const maxToken = 4096

const (
	// signInFor is how long a sign-in is believed without asking again: the longest that a session lives on after it was ended.
	signInFor = 5 * time.Second
	// renewIn is the last part of it, in which a look-up is made ahead for whoever is at work: their next request finds it done.
	renewIn = 2 * time.Second
	// renewAfter is when, so that it is not in the way of the request it comes with.
	renewAfter = 50 * time.Millisecond
	// maxSignIns is how many are remembered.
	maxSignIns = 10_000
)

// signIn finds out whose request it is that came from an address: by bearer token, or by cookie where there is an identity service. Errors: unauthenticated; forbidden when a
// foreign page has sent it with our cookie; rate_limited, unavailable.
func (s *Server) signIn(w http.ResponseWriter, r *http.Request, client string) (interview.User, error) {
	token, err := s.token(r)
	if err != nil {
		return interview.User{}, err
	}
	user, err := s.signIns.user(w, r, token, client)
	if err != nil {
		return interview.User{}, err
	}
	return user, s.limitRequests(r.Context(), user.ID)
}

// token is the session's token that came with the request.
func (s *Server) token(r *http.Request) (string, error) {
	if s.identity == nil {
		if token, ok := bearer(r.Header.Values("Authorization")); ok {
			return token, nil
		}
		return "", interview.Errorf(interview.CodeUnauthenticated, "Sign in first: the request has no bearer token.")
	}
	token, cookie, ok := s.identity.Token(r)
	switch {
	case !ok:
		return "", interview.Errorf(interview.CodeUnauthenticated, "Sign in first: the request has no bearer token and no cookie.")
	case cookie:
		return token, s.identity.CheckOrigin(r)
	}
	return token, nil
}

// lookUpSession asks whose token it is that came from an address, and until when, unless the address has come with too many that are nobody's: then
// only for those that were somebody's here before. A session that is prolonged then, or over, has its cookies set on w.
func (s *Server) lookUpSession(w http.ResponseWriter, r *http.Request, token, client string) (interview.User, interview.Time, error) {
	client = betterauth.Network(client)
	if err := s.strangers.check(client); err != nil && !s.signIns.knows(token) {
		return interview.User{}, interview.Time{}, err
	}
	user, ends, err := s.findSession(w, r, token)
	if interview.ErrorCode(err) == interview.CodeUnauthenticated {
		s.signIns.drop(token)
		if limited := s.strangers.count(r.Context(), client); limited != nil {
			err = limited
		}
	}
	return user, ends, err
}

// findSession is lookUpSession for whoever asks.
func (s *Server) findSession(w http.ResponseWriter, r *http.Request, token string) (interview.User, interview.Time, error) {
	if s.identity != nil {
		in, account, err := s.identity.Resolve(w, r)
		return account.User, in.ExpiresAt, err
	}
	return authenticate(r.Context(), s.opts.Auth, token)
}

// authenticate asks an Authenticator. The time is zero when it does not know when the session ends.
func authenticate(ctx context.Context, auth interview.Authenticator, token string) (interview.User, interview.Time, error) {
	if sessions, ok := auth.(interview.SessionAuthenticator); ok {
		return sessions.AuthenticateSession(ctx, token)
	}
	user, err := auth.Authenticate(ctx, token)
	return user, interview.Time{}, err
}

// signIns remembers for a short time whose token a token is, so that not every request asks the database. Tokens themselves are not kept, and
// neither is that one was refused. Requests that come with one token at the same time share one look-up.
type signIns struct {
	find  find
	now   func() time.Time
	ahead bool // look-ups are also made ahead: they have nothing to tell the client

	mu      sync.Mutex
	fresh   map[tokenSum]signedIn // the latest answers
	older   map[tokenSum]signedIn // those before them, all forgotten when fresh is full
	lookUps map[tokenSum]*lookUp
}

// find looks a token up that came with a request from an address. The time is when the session ends, zero when that is not known. What it has to tell the client it
// sets on w.
type find func(w http.ResponseWriter, r *http.Request, token, client string) (interview.User, interview.Time, error)

// tokenSum is a token's SHA-256.
type tokenSum [sha256.Size]byte

// signedIn is the answer to a look-up, and until when it is believed.
type signedIn struct {
	user  interview.User
	until time.Time
}

// lookUp is one that is on. Its results are there when done is closed.
type lookUp struct {
	done  chan struct{}
	user  interview.User
	err   error
	told  []told // what the client is told of its session, as are all who wait
	stale bool   // sessions ended meanwhile: for the one who asks, but not to be remembered
}

// told is a header of an answer.
type told struct {
	name   string
	values []string
}

func newSignIns(f find, now func() time.Time) *signIns {
	return &signIns{find: f, now: now, fresh: map[tokenSum]signedIn{}, lookUps: map[tokenSum]*lookUp{}}
}

// user returns the user of the token that came with a request. Errors: those of find; the request's context's own.
func (s *signIns) user(w http.ResponseWriter, r *http.Request, token, client string) (interview.User, error) {
	sum := tokenSum(sha256.Sum256([]byte(token)))
	began := s.now()
	s.mu.Lock()
	l := s.lookUps[sum]
	if known, ok := s.known(sum); ok && began.Before(known.until) {
		if left := known.until.Sub(began); s.ahead && l == nil && renewAfter < left && left < renewIn { // with less left, who comes next would wait for it
			s.renew(r, s.begin(sum), token, client)
		}
		s.mu.Unlock()
		return known.user, nil
	}
	if l == nil {
		l = s.begin(sum)
		s.mu.Unlock()
		s.run(w, r, l, token, client, began)
		return l.user, l.err
	}
	s.mu.Unlock()
	select {
	case <-l.done:
		for _, t := range l.told {
			w.Header()[t.name] = slices.Clone(t.values)
		}
		return l.user, l.err
	case <-r.Context().Done():
		return interview.User{}, context.Cause(r.Context())
	}
}

// begin notes a look-up; s.mu is held.
func (s *signIns) begin(sum tokenSum) *lookUp {
	l := &lookUp{done: make(chan struct{}), err: interview.Errorf(interview.CodeInternal, "The sign-in could not be checked.")}
	s.lookUps[sum] = l
	return l
}

// renew looks a token up before it has to be.
func (s *signIns) renew(r *http.Request, l *lookUp, token, client string) {
	r = r.WithContext(context.WithoutCancel(r.Context())) // which is served meanwhile
	time.AfterFunc(renewAfter, func() {
		defer func() { _ = recover() }() // the next request meets the same
		s.run(unheard{}, r, l, token, client, s.now())
	})
}

// unheard is the answer to nobody.
type unheard http.Header

func (u unheard) Header() http.Header       { return http.Header(u) }
func (unheard) Write(b []byte) (int, error) { return len(b), nil }
func (unheard) WriteHeader(int)             {}

// run looks the token up, for all who wait for it: also when the request that it came with first has been left.
func (s *signIns) run(w http.ResponseWriter, r *http.Request, l *lookUp, token, client string, began time.Time) {
	sum := tokenSum(sha256.Sum256([]byte(token)))
	until := began.Add(signInFor)
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.lookUps, sum)
		if l.err == nil && !l.stale {
			s.remember(sum, signedIn{l.user, until})
		}
		close(l.done)
	}()
	var ends interview.Time
	interview.Apart(func() {
		l.user, ends, l.err = s.find(w, r.WithContext(context.WithoutCancel(r.Context())), token, client)
	})
	for _, name := range []string{"Set-Cookie", "Set-Auth-Token"} {
		if values := w.Header()[name]; len(values) > 0 {
			l.told = append(l.told, told{name, slices.Clone(values)})
		}
	}
	if !ends.IsZero() && ends.Before(until) {
		until = ends.Time
	}
}

// forget lets go of all sign-ins of a user, because some of them ended.
func (s *signIns) forget(userID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, known := range []map[tokenSum]signedIn{s.fresh, s.older} {
		maps.DeleteFunc(known, func(_ tokenSum, in signedIn) bool { return in.user.ID == userID })
	}
	for _, l := range s.lookUps { // whose they are is not known yet
		l.stale = true
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

// knows reports whether the token was somebody's lately, and may be still.
func (s *signIns) knows(token string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, known := s.known(sha256.Sum256([]byte(token)))
	return known
}

// drop lets go of a token that is nobody's any more.
func (s *signIns) drop(token string) {
	sum := tokenSum(sha256.Sum256([]byte(token)))
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.fresh, sum)
	delete(s.older, sum)
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
