package api

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/betterprofile/betterprofile/interview"
)

func (s *Server) listMessages(c *gin.Context) error {
	id, err := conversationID(c)
	if err != nil {
		return err
	}
	limit, err := queryLimit(c)
	if err != nil {
		return err
	}
	q, err := interview.MessageQuery{Limit: limit, Cursor: queryCursor(c)}.Normalize()
	if err != nil {
		return err
	}
	page, err := s.opts.Store.ListMessages(c.Request.Context(), userID(c), id, q)
	if err != nil {
		return err
	}
	if page.Messages == nil {
		page.Messages = []interview.Message{}
	}
	return s.writeTagged(c, page)
}

func (s *Server) search(c *gin.Context) error {
	limit, err := queryLimit(c)
	if err != nil {
		return err
	}
	q, err := interview.SearchQuery{Text: request(c).query.Get("q"), Limit: limit, Cursor: queryCursor(c)}.Normalize()
	if err != nil {
		return err
	}
	page, err := s.opts.Store.Search(c.Request.Context(), userID(c), q)
	if err != nil {
		return err
	}
	writeJSON(c, http.StatusOK, page)
	return nil
}
