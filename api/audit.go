package api

import (
	"context"
	"log/slog"

	"github.com/gin-gonic/gin"

	"github.com/betterprofile/betterprofile/api/betterauth"
)

// What is written down of what users do, besides signing in and out.
const (
	auditExport    = "exported"
	auditImport    = "imported"
	auditForget    = "forgotten"
	auditUserErase = "user_erased"
)

// audit writes down that a user did something that matters for security or privacy: who, from where and what, never with any content.
func (s *Server) audit(c *gin.Context, action string) {
	state := request(c)
	s.writeAudit(c.Request.Context(), state.id,
		slog.String("action", action), slog.String("user", state.user.ID), slog.String("client", state.client))
}

// identityEvent writes down what the identity service reports, and forgets who was signed in by sessions that have ended.
func (s *Server) identityEvent(ctx context.Context, e betterauth.Event) {
	attrs := append(make([]slog.Attr, 0, 6), slog.String("action", string(e.Action)))
	for _, a := range []slog.Attr{
		slog.String("user", e.UserID), slog.String("client", e.Address), slog.String("program", e.UserAgent), slog.String("device", e.ClientID),
		slog.String("reason", e.Reason),
	} {
		if a.Value.String() != "" {
			attrs = append(attrs, a)
		}
	}
	s.writeAudit(ctx, mounted(ctx).id, attrs...)
	switch e.Action {
	case betterauth.SignedOut, betterauth.SessionRevoked, betterauth.SessionsRevoked, betterauth.PasswordChanged:
		s.signIns.forget(e.UserID)
	case betterauth.UserErased:
		s.leave(e.UserID)
	}
}

func (s *Server) writeAudit(ctx context.Context, request string, attrs ...slog.Attr) {
	s.log.LogAttrs(ctx, slog.LevelInfo, "audit", slog.String("request", request), slog.Attr{Key: "audit", Value: slog.GroupValue(attrs...)})
}
