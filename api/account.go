package api

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/betterprofile/betterprofile/interview"
)

// eraseUser removes the signed-in user and all that is theirs.
func (s *Server) eraseUser(c *gin.Context) error {
	if s.opts.Erase == nil {
		return interview.Errorf(interview.CodeForbidden, "This server erases no users.")
	}
	if err := s.opts.Erase(c.Request.Context(), userID(c)); err != nil {
		return err
	}
	s.leave(userID(c))
	s.audit(c, auditUserErase)
	c.Status(http.StatusNoContent)
	return nil
}

// leave lets go of what this server holds of a user who has been erased. Others let go of it within seconds.
func (s *Server) leave(userID string) {
	s.signIns.forget(userID)
	s.opts.Service.Leave(userID)
}
