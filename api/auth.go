package api

import (
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/betterprofile/betterprofile/interview"
)

// maxToken is the longest token that is looked up, in bytes; ours have 32.
const maxToken = 4096

// signIn finds out whose request it is. Errors: unauthenticated, unavailable.
func (s *Server) signIn(c *gin.Context) error {
	token, ok := bearer(c.Request.Header.Values("Authorization"))
	if !ok {
		return interview.Errorf(interview.CodeUnauthenticated, "Sign in first: the request has no bearer token.")
	}
	user, err := s.opts.Auth.Authenticate(c.Request.Context(), token)
	if err != nil {
		return err
	}
	request(c).user = user
	return nil
}

// bearer returns the token of the one Authorization header, "Bearer" in any case and the token (RFC 6750 §2.1).
func bearer(headers []string) (string, bool) {
	if len(headers) != 1 {
		return "", false
	}
	scheme, token, _ := strings.Cut(headers[0], " ")
	token = strings.Trim(token, " ")
	if !strings.EqualFold(scheme, "bearer") || token == "" || len(token) > maxToken {
		return "", false
	}
	for i := range len(token) {
		if token[i] <= ' ' || token[i] > '~' {
			return "", false
		}
	}
	return token, true
}

// userID is the signed-in user's id.
func userID(c *gin.Context) string { return request(c).user.ID }
