package api

import (
	"strings"

	"github.com/betterprofile/betterprofile/api/betterauth"
)

// Routes returns the routes of our own protocol as registered, "METHOD /path".
func (s *Server) Routes() []string {
	var all []string
	for _, r := range s.engine.Routes() {
		if strings.HasSuffix(r.Path, "*below") || r.Path == betterauth.PagePath {
			continue
		}
		all = append(all, r.Method+" "+r.Path)
	}
	return all
}

// OpenAPIText returns the document as written.
func OpenAPIText() []byte { return openAPIText }
