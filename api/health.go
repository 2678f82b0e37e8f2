package api

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/betterprofile/betterprofile/interview"
)

// pingTimeout is how long the readiness check waits for the database.
const pingTimeout = 2 * time.Second

// statusAnswer is the body of the health answers.
type statusAnswer struct {
	Status string `json:"status"`
}

// health says that the process answers.
func (s *Server) health(c *gin.Context) error {
	writeJSON(c, http.StatusOK, statusAnswer{Status: "ok"})
	return nil
}

// ready says whether to send requests here: the database answers and the server is not stopping. It says no more than that, because
// anybody may ask.
func (s *Server) ready(c *gin.Context) error {
	if s.opts.Service.Closing() {
		return interview.Errorf(interview.CodeUnavailable, "The server is stopping.")
	}
	ctx, cancel := context.WithTimeout(c.Request.Context(), pingTimeout)
	defer cancel()
	if err := s.opts.Store.Ping(ctx); err != nil {
		s.log.LogAttrs(ctx, slog.LevelWarn, "not ready", slog.String("request", request(c).id), slog.Any("error", err))
		return interview.Errorf(interview.CodeUnavailable, "The database is away.")
	}
	writeJSON(c, http.StatusOK, statusAnswer{Status: "ok"})
	return nil
}

// me says who is signed in and what the server is.
func (s *Server) me(c *gin.Context) error {
	writeJSON(c, http.StatusOK, interview.Me{
		User: request(c).user, Engine: s.opts.Service.Engine(), Version: s.opts.Version,
		Limits: interview.Limits{
			ContentCharacters: interview.MaxContentRunes, TitleCharacters: interview.MaxTitleRunes, BodyBytes: int(s.opts.MaxBody),
			PageItems: interview.MaxLimit, MessagesPerMinute: s.opts.MessagesPerMinute,
		},
	})
	return nil
}
