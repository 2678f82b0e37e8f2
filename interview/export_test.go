package interview

import "runtime"

// Settle returns once nothing runs any more: no turn, nothing that is read ahead, and no job after a turn.
func Settle(s *Service) {
	for busy := true; busy; runtime.Gosched() {
		s.mu.Lock()
		busy = len(s.turns) > 0
		s.mu.Unlock()
		s.memories.mu.Lock()
		busy = busy || len(s.memories.ahead) > 0
		s.memories.mu.Unlock()
	}
	s.jobs.running.Wait()
}

// WaitingJobs is how many jobs wait for others to be done.
func WaitingJobs(s *Service) int {
	s.jobs.mu.Lock()
	defer s.jobs.mu.Unlock()
	return len(s.jobs.waiting)
}

// Held is the memory of a user that a service holds, or nil.
func Held(s *Service, userID string) *Memory {
	m, _ := s.memories.held(userID)
	return m
}

// MemoryOf is the memory that is the whole of a change.
func MemoryOf(userID string, whole MemoryChange) *Memory { return (*Memory)(nil).with(userID, whole) }
