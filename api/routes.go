package api

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/betterprofile/betterprofile/interview"
)

// handler answers a request, or returns the error that is the answer. After it has begun to write it returns nil.
type handler func(c *gin.Context) error

// route is one row of the table of routes.
type route struct {
	method, path string
	open         bool // for anybody; the others need a session
	handler      handler
	query        []string // the query parameters it takes; any other is refused, unless the route is open
	streams      bool     // a GET lasts as long as a turn
}

// routes is every route there is.
func (s *Server) routes() []route {
	const (
		v1            = "/api/v1"
		conversations = v1 + "/conversations"
		conversation  = conversations + "/:conversation"
		messages      = conversation + "/messages"
		message       = messages + "/:message"
		facts         = v1 + "/profile/facts"
	)
	return []route{
		{method: "GET", path: "/healthz", open: true, handler: s.health},
		{method: "GET", path: "/readyz", open: true, handler: s.ready},
		{method: "GET", path: "/metrics", open: true, handler: s.serveMetrics},
		{method: "GET", path: "/openapi.json", open: true, handler: s.openAPI},
		{method: "GET", path: "/docs", open: true, handler: s.docs},

		{method: "GET", path: v1 + "/me", handler: s.me},
		{method: "DELETE", path: v1 + "/me", handler: s.eraseUser},
		{method: "GET", path: v1 + "/me/export", handler: s.exportUser, streams: true},
		{method: "POST", path: v1 + "/me/import", handler: s.importUser},
		{method: "GET", path: v1 + "/search", handler: s.search, query: []string{"q", "limit", "cursor"}},

		{method: "GET", path: v1 + "/profile", handler: s.profile},
		{method: "GET", path: v1 + "/profile/resume.json", handler: s.resumeJSON},
		{method: "GET", path: v1 + "/profile/resume.md", handler: s.resumeMarkdown},
		{method: "GET", path: v1 + "/profile/resume.html", handler: s.resumeHTML},
		{method: "GET", path: facts, handler: s.listFacts, query: []string{"status", "kind", "experience", "limit", "cursor"}},
		{method: "PATCH", path: facts + "/:fact", handler: s.updateFact},
		{method: "GET", path: v1 + "/coverage", handler: s.coverage},
		{method: "GET", path: v1 + "/agenda", handler: s.agenda, query: []string{"limit"}},
		{method: "POST", path: v1 + "/forget", handler: s.forget},

		{method: "POST", path: conversations, handler: s.createConversation},
		{method: "GET", path: conversations, handler: s.listConversations, query: []string{"limit", "cursor", "archived", "q"}},
		{method: "GET", path: conversation, handler: s.getConversation, query: []string{"limit"}},
		{method: "PATCH", path: conversation, handler: s.updateConversation},
		{method: "DELETE", path: conversation, handler: s.deleteConversation},
		{method: "POST", path: conversation + "/fork", handler: s.forkConversation},
		{method: "GET", path: conversation + "/export", handler: s.exportConversation, query: []string{"format"}, streams: true},

		{method: "GET", path: messages, handler: s.listMessages, query: []string{"limit", "cursor"}},
		{method: "POST", path: messages, handler: s.sendMessage},
		{method: "GET", path: message + "/events", handler: s.followTurn, streams: true},
		{method: "POST", path: message + "/cancel", handler: s.cancelTurn},
		{method: "POST", path: message + "/retry", handler: s.retryTurn},
	}
}

// methods are those under which the route is reached: what answers GET at once answers HEAD too (RFC 9110 §9.1).
func (r route) methods() []string {
	if r.method == http.MethodGet && !r.streams {
		return []string{http.MethodGet, http.MethodHead}
	}
	return []string{r.method}
}

// handle wraps the route's handler once: sign-in, query, and the error as the answer.
func (s *Server) handle(rt route) gin.HandlerFunc {
	return func(c *gin.Context) {
		err := s.admit(c, &rt)
		if err == nil {
			err = rt.handler(c)
		}
		if err != nil {
			s.fail(c, err)
		}
	}
}

// admit does what comes before the route's handler.
func (s *Server) admit(c *gin.Context, rt *route) error {
	if rt.open {
		return nil
	}
	state := request(c)
	var err error
	if state.user, err = s.signIn(c.Writer, c.Request, state.client); err != nil {
		return err
	}
	state.query, err = readQuery(c.Request.URL.RawQuery, rt.query)
	return err
}

func noRoute(*gin.Context) error { return interview.NotFound("Path") }

func noMethod(c *gin.Context) error {
	return interview.Errorf(interview.CodeMethodNotAllowed, "This path answers %s only.", c.Writer.Header().Get("Allow"))
}

// pathID returns the path parameter as an id in lower case. What is no UUID is answered like one that does not exist.
func pathID(c *gin.Context, name, noun string) (string, error) {
	id, ok := interview.ParseID(c.Param(name))
	if !ok {
		return "", interview.NotFound(noun)
	}
	return id, nil
}

func conversationID(c *gin.Context) (string, error) { return pathID(c, "conversation", "Conversation") }

// turnIDs returns the ids of the path's conversation and message. What is wrong with either is a message that is not found.
func turnIDs(c *gin.Context) (conversation, message string, err error) {
	if conversation, err = pathID(c, "conversation", "Message"); err != nil {
		return "", "", err
	}
	message, err = pathID(c, "message", "Message")
	return conversation, message, err
}

// ofMessage makes every not_found the same: which of a path's two ids there is, is nobody's business.
func ofMessage(err error) error {
	if interview.ErrorCode(err) == interview.CodeNotFound {
		return interview.NotFound("Message")
	}
	return err
}
