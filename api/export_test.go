package api

// Routes returns the routes as registered, "METHOD /path".
func (s *Server) Routes() []string {
	var all []string
	for _, r := range s.engine.Routes() {
		all = append(all, r.Method+" "+r.Path)
	}
	return all
}

// OpenAPIText returns the document as written.
func OpenAPIText() []byte { return openAPIText }

// LimitedUsers returns how many users the limiter remembers.
func (s *Server) LimitedUsers() int {
	s.limit.mu.Lock()
	defer s.limit.mu.Unlock()
	return len(s.limit.users)
}
