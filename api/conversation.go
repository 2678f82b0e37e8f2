package api

import (
	"cmp"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/betterprofile/betterprofile/interview"
)

// conversationAnswer is the body of answers that are one conversation.
type conversationAnswer struct {
	Conversation interview.Conversation `json:"conversation"`
}

func (s *Server) createConversation(c *gin.Context) error {
	var in interview.ConversationInput
	if err := s.decode(c, text("id", &in.ID), text("title", &in.Title), flag("opening", &in.Opening)); err != nil {
		return err
	}
	conversation, err := s.opts.Service.CreateConversation(c.Request.Context(), userID(c), in)
	if err != nil {
		return err
	}
	writeCreated(c, conversation)
	return nil
}

func (s *Server) forkConversation(c *gin.Context) error {
	from, err := conversationID(c)
	if err != nil {
		return err
	}
	var in interview.ForkInput
	err = s.decode(c, text("id", &in.ID), required(text("messageId", &in.MessageID)), text("content", &in.Content))
	if err != nil {
		return err
	}
	conversation, err := s.opts.Store.ForkConversation(c.Request.Context(), userID(c), from, in)
	if err != nil {
		return err
	}
	writeCreated(c, conversation)
	return nil
}

// writeCreated answers with a new conversation.
func writeCreated(c *gin.Context, conversation interview.Conversation) {
	c.Header("Location", "/api/v1/conversations/"+conversation.ID)
	writeJSON(c, http.StatusCreated, conversationAnswer{Conversation: conversation})
}

func (s *Server) listConversations(c *gin.Context) error {
	limit, err := queryLimit(c)
	if err != nil {
		return err
	}
	archived, err := queryFlag(c, "archived")
	if err != nil {
		return err
	}
	q, err := interview.ConversationQuery{
		Limit: limit, Cursor: queryCursor(c), Archived: archived, Text: request(c).query.Get("q"),
	}.Normalize()
	if err != nil {
		return err
	}
	page, err := s.opts.Store.ListConversations(c.Request.Context(), userID(c), q)
	if err != nil {
		return err
	}
	if page.Conversations == nil {
		page.Conversations = []interview.Conversation{}
	}
	return s.writeTagged(c, page)
}

func (s *Server) getConversation(c *gin.Context) error {
	id, err := conversationID(c)
	if err != nil {
		return err
	}
	limit, err := queryLimit(c)
	if err != nil {
		return err
	}
	view, err := s.opts.Store.GetConversation(c.Request.Context(), userID(c), id, cmp.Or(limit, interview.DefaultLimit))
	if err != nil {
		return err
	}
	if view.Conversation.Messages == nil {
		view.Conversation.Messages = []interview.Message{}
	}
	return s.writeTagged(c, view)
}

func (s *Server) updateConversation(c *gin.Context) error {
	id, err := conversationID(c)
	if err != nil {
		return err
	}
	var patch interview.ConversationPatch
	err = s.decode(c, optionalText("title", &patch.Title), flag("pinned", &patch.Pinned), flag("archived", &patch.Archived))
	if err != nil {
		return err
	}
	if patch, err = patch.Normalize(); err != nil {
		return err
	}
	conversation, err := s.opts.Store.UpdateConversation(c.Request.Context(), userID(c), id, patch)
	if err != nil {
		return err
	}
	writeJSON(c, http.StatusOK, conversationAnswer{Conversation: conversation})
	return nil
}

func (s *Server) deleteConversation(c *gin.Context) error {
	id, err := conversationID(c)
	if err != nil {
		return err
	}
	if err := s.opts.Store.DeleteConversation(c.Request.Context(), userID(c), id); err != nil {
		return err
	}
	c.Status(http.StatusNoContent)
	return nil
}
