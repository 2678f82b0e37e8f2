package api

import (
	"github.com/gin-gonic/gin"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/resume"
)

// profile answers with what is known of the user, fact by fact.
func (s *Server) profile(c *gin.Context) error {
	memory, err := s.opts.Service.Memory(c.Request.Context(), userID(c))
	if err != nil {
		return err
	}
	report, err := s.opts.Service.Coverage(c.Request.Context(), userID(c))
	if err != nil {
		return err
	}
	return s.writeTagged(c, plain{resume.View(memory, report)})
}

// resume makes the user's résumé.
func (s *Server) resume(c *gin.Context) (resume.Resume, error) {
	memory, err := s.opts.Service.Memory(c.Request.Context(), userID(c))
	if err != nil {
		return resume.Resume{}, err
	}
	return resume.Build(request(c).user, memory, interview.At(s.opts.Now())), nil
}

func (s *Server) resumeJSON(c *gin.Context) error {
	r, err := s.resume(c)
	if err != nil {
		return err
	}
	body, err := r.JSON()
	if err != nil {
		return err
	}
	return writeTaggedAs(c, "application/json; charset=utf-8", body)
}

func (s *Server) resumeMarkdown(c *gin.Context) error {
	r, err := s.resume(c)
	if err != nil {
		return err
	}
	return writeTaggedAs(c, "text/markdown; charset=utf-8", []byte(r.Markdown()))
}

func (s *Server) resumeHTML(c *gin.Context) error {
	r, err := s.resume(c)
	if err != nil {
		return err
	}
	body, err := r.HTML()
	if err != nil {
		return err
	}
	c.Header("Content-Security-Policy", resume.HTMLPolicy())
	return writeTaggedAs(c, "text/html; charset=utf-8", []byte(body))
}
