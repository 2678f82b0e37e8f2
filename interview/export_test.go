package interview

import "runtime"

// Settle returns once nothing runs any more: no turn, and no job after one.
func Settle(s *Service) {
	for busy := true; busy; runtime.Gosched() {
		s.mu.Lock()
		busy = len(s.turns) > 0
		s.mu.Unlock()
	}
	s.jobs.running.Wait()
}
