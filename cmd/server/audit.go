package main

import (
	"log/slog"

	"github.com/betterprofile/betterprofile/cmd/setup"
)

// What administrators do, as the audit log names it.
const (
	auditCreated  = "user_created"
	auditToken    = "token_made"
	auditRevoked  = "sessions_revoked"
	auditBanned   = "user_banned"
	auditUnbanned = "user_unbanned"
	auditErased   = "user_erased"
)

// audit writes down on the standard error what an administrator did to a user, in the form of the server's log.
func (a *app) audit(action, userID string) {
	config, _, _ := setup.Load(a.lookup) // was loaded before, without a problem
	config.LogLevel = slog.LevelInfo
	config.Logger(a.err).Info("audit", slog.Group("audit", "action", action, "user", userID, "by", "administrator"))
}
