package interview

// Leave lets go of what the service holds of a user who has been erased: turns that run here end without a trace, and what was remembered is dropped.
func (s *Service) Leave(userID string) {
	s.each(func(r *runner) {
		if r.turn.UserID == userID {
			r.cancel(errLost)
		}
	})
	s.memories.drop(userID)
	s.talks.drop(userID)
}
