package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/betterprofile/betterprofile/api/betterauth"
	"github.com/betterprofile/betterprofile/api/orpc"
	"github.com/betterprofile/betterprofile/interview"
)

// mount is a path with other handlers behind it, which answer in the forms of their own clients.
type mount struct {
	path  string
	known func(below string) bool // whether there is something at the path's last part, which may then be named in logs and metrics
	next  http.Handler
}

// mounts are the protocols of web platforms: procedures for all, and accounts where there is an identity service.
func (s *Server) mounts() []mount {
	procedures := orpc.New(orpc.Options{
		Service: s.opts.Service, Store: s.opts.Store, Log: s.log, MaxBody: s.opts.MaxBody, WriteTimeout: s.opts.WriteTimeout,
		SignIn: s.signInMounted,
		Limit:  func(r *http.Request, user interview.User) error { return s.limitMessages(r.Context(), user.ID) },
		Hold:   func(_ *http.Request, user interview.User) (func(), error) { return s.places.take(user.ID) },
	})
	all := []mount{{"/rpc/*below", orpc.Known, procedures}, {"/api/rpc/*below", orpc.Known, procedures}}
	if s.identity == nil {
		return all
	}
	return append(all,
		mount{betterauth.Base + "/*below", s.identity.Known, s.identity},
		mount{betterauth.PagePath, func(string) bool { return false }, s.identity})
}

// serve answers with the mounted handler. It finds the request's state in its context.
func (m mount) serve(c *gin.Context) {
	state := request(c)
	if below := c.Param("below"); m.known(below) {
		state.route = strings.TrimSuffix(m.path, "/*below") + below
	}
	r := c.Request.WithContext(context.WithValue(c.Request.Context(), requestKey{}, state))
	m.next.ServeHTTP(c.Writer, r)
}

// mounted returns the state of a request to a mounted handler; an empty one for others.
func mounted(ctx context.Context) *requestState {
	if state, ok := ctx.Value(requestKey{}).(*requestState); ok {
		return state
	}
	return &requestState{}
}

// signInMounted is signIn for a mounted handler.
func (s *Server) signInMounted(w http.ResponseWriter, r *http.Request) (interview.User, error) {
	user, err := s.signIn(w, r, mounted(r.Context()).client)
	if err == nil {
		mounted(r.Context()).user = user
	}
	return user, err
}

// newIdentity makes the identity service, nil when there is none. It knows clients by the same rules as we do, and tells the same log.
func (s *Server) newIdentity() (*betterauth.Handler, error) {
	if s.opts.Identity == nil {
		return nil, nil
	}
	o := *s.opts.Identity
	o.Log, o.Clock = s.log, s.opts.Now
	o.Remote = func(r *http.Request) string { return mounted(r.Context()).client }
	o.Audit = s.identityEvent
	return betterauth.New(o)
}

// shareOrigins lets pages of trusted origins use the API, with cookies. Preflights end here.
func (s *Server) shareOrigins(c *gin.Context) {
	path := c.Request.URL.Path
	if s.identity == nil || path == betterauth.PagePath || strings.HasPrefix(path, betterauth.Base+"/") { // which sees to it itself
		return
	}
	if s.identity.CORS(c.Writer, c.Request) {
		c.Abort()
	}
}
