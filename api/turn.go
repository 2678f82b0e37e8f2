package api

import (
	"context"
	"iter"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/betterprofile/betterprofile/interview"
)

// events begins or joins a turn. The events end when ctx does; the turn does not.
type events func(ctx context.Context) (iter.Seq2[interview.Event, error], error)

// messageAnswer is the body of answers that are one message.
type messageAnswer struct {
	Message interview.Message `json:"message"`
}

func (s *Server) sendMessage(c *gin.Context) error {
	conversation, in, err := s.readMessage(c)
	if err != nil {
		return err
	}
	return s.serveTurn(c, func(ctx context.Context) (iter.Seq2[interview.Event, error], error) {
		return s.opts.Service.Send(ctx, userID(c), conversation, in)
	})
}

// readMessage reads the message that is sent, and counts it. It is apart from sendMessage for the sake of the stack that a thousand streams wait on.
func (s *Server) readMessage(c *gin.Context) (conversation string, in interview.TurnInput, err error) {
	if conversation, err = conversationID(c); err != nil {
		return "", in, err
	}
	if err := s.decode(c, text("id", &in.ID), required(text("content", &in.Content))); err != nil {
		return "", in, err
	}
	if in, err = in.Normalize(); err != nil {
		return "", in, err
	}
	return conversation, in, s.limitMessages(c.Request.Context(), userID(c))
}

func (s *Server) retryTurn(c *gin.Context) error {
	conversation, message, err := turnIDs(c)
	if err != nil {
		return err
	}
	if err := s.decode(c); err != nil {
		return err
	}
	if err := s.limitMessages(c.Request.Context(), userID(c)); err != nil {
		return err
	}
	return s.serveTurn(c, func(ctx context.Context) (iter.Seq2[interview.Event, error], error) {
		all, err := s.opts.Service.Retry(ctx, userID(c), conversation, message)
		return all, ofMessage(err)
	})
}

func (s *Server) followTurn(c *gin.Context) error {
	conversation, message, err := turnIDs(c)
	if err != nil {
		return err
	}
	var after *interview.EventID
	if last := c.GetHeader("Last-Event-ID"); last != "" {
		id, err := interview.ParseEventID(last)
		if err != nil {
			return err
		}
		after = &id
	}
	leave, err := s.places.take(userID(c))
	if err != nil {
		return err
	}
	defer leave()
	return s.stream(c, nil, func(ctx context.Context) (iter.Seq2[interview.Event, error], error) {
		all, err := s.opts.Service.Follow(ctx, userID(c), conversation, message, after)
		return all, ofMessage(err)
	})
}

func (s *Server) cancelTurn(c *gin.Context) error {
	conversation, message, err := turnIDs(c)
	if err != nil {
		return err
	}
	if err := s.decode(c); err != nil {
		return err
	}
	turn, err := s.opts.Service.Cancel(c.Request.Context(), userID(c), conversation, message)
	if err != nil {
		return ofMessage(err)
	}
	writeJSON(c, http.StatusOK, messageAnswer{Message: turn.Message})
	return nil
}

// serveTurn answers with the turn that begin begins: as a stream when the client asks for one, else when it has ended.
func (s *Server) serveTurn(c *gin.Context, begin events) error {
	leave, err := s.places.take(userID(c))
	if err != nil {
		return err
	}
	defer leave()
	watch := s.metrics.watch(time.Now())
	defer watch.done()
	if acceptsStream(c.Request.Header.Values("Accept")) {
		return s.stream(c, watch, begin)
	}
	return s.wait(c, watch, begin)
}

// acceptsStream reports whether an Accept header names text/event-stream.
func acceptsStream(headers []string) bool {
	for _, part := range strings.Split(strings.Join(headers, ","), ",") {
		mediaType, _, _ := strings.Cut(part, ";")
		if strings.EqualFold(strings.TrimSpace(mediaType), "text/event-stream") {
			return true
		}
	}
	return false
}

// wait answers with the end of the turn, which may take minutes.
func (s *Server) wait(c *gin.Context, watch *watch, begin events) error {
	// A write timeout of the whole server would count from the request's arrival. A writer without deadlines has none to lift.
	_ = http.NewResponseController(below(c.Writer)).SetWriteDeadline(time.Time{})
	all, err := begin(c.Request.Context())
	if err != nil {
		return err
	}
	for ev, err := range all {
		if err != nil {
			return err
		}
		watch.see(ev)
		switch ev.Kind {
		case interview.EventCompleted:
			writeJSON(c, http.StatusOK, ev)
			return nil
		case interview.EventFailed:
			return failure(ev)
		case interview.EventCancelled:
			return &interview.Error{
				Code: interview.CodeConflict, Message: "The turn was cancelled. Send the message again to have a reply.",
				Details: interview.Details{Status: string(interview.TurnCancelled)},
			}
		}
	}
	return interview.Errorf(interview.CodeInterrupted, "The turn's events ended early. Send the message again, with the same id.")
}

// failure is the error of a failed event.
func failure(ev interview.Event) error {
	if ev.Error == nil {
		return interview.Errorf(interview.CodeInternal, "The turn failed.")
	}
	return ev.Error
}
