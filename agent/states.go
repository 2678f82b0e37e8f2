package agent

import (
	"bytes"
	"container/list"
	"sync"

	"github.com/betterprofile/betterprofile/agent/planner"
)

// maxStates is how many bytes of stored states are kept together with what they hold.
const maxStates = 8 << 20

// states keeps the states of the newest turns as they were before they were written out, so that the next turn of a conversation need not read
// its state again. One is used only for the very bytes that were made of it, once, so that it does not matter who changed the conversation
// meanwhile, or which server answered. It is safe for concurrent use.
type states struct {
	mu    sync.Mutex
	byID  map[string]*list.Element
	order list.List // of *keptState, oldest first
	size  int
}

type keptState struct {
	conversationID string
	stored         []byte
	state          *planner.State
}

// take hands out what the stored form holds; nil when it is not at hand.
func (s *states) take(conversationID string, stored []byte) *planner.State {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.byID[conversationID]
	if e == nil {
		return nil
	}
	kept := s.drop(e)
	if !bytes.Equal(kept.stored, stored) {
		return nil
	}
	return kept.state
}

// put keeps a state. Nobody else may use it from now on.
func (s *states) put(conversationID string, stored []byte, state *planner.State) {
	if cap(stored) > maxStates {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byID == nil {
		s.byID = map[string]*list.Element{}
	}
	if e := s.byID[conversationID]; e != nil {
		s.drop(e)
	}
	s.byID[conversationID] = s.order.PushBack(&keptState{conversationID, stored, state})
	s.size += cap(stored)
	for s.size > maxStates {
		s.drop(s.order.Front())
	}
}

func (s *states) drop(e *list.Element) *keptState {
	kept := s.order.Remove(e).(*keptState)
	delete(s.byID, kept.conversationID)
	s.size -= cap(kept.stored)
	return kept
}
