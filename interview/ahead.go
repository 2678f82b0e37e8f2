package interview

import "sync"

// A reply is thought about while its question is being stored, from what the conversation's last turn has left, where that ran here. The database compares the revision
// of what is known with what it has; where they differ, because another server has answered meanwhile or somebody has changed or forgotten something, the conversation
// is read and thought about anew.

const (
	// maxTalks is how much of conversations is kept, in bytes.
	maxTalks = 8 << 20
	// aroundMessage is about what a message takes besides its text.
	aroundMessage = 200
)

// talks keeps the conversations whose turns ended here last as their next turns will find them. It is safe for concurrent use.
type talks struct {
	mu           sync.Mutex
	fresh, older map[string]*talk // by conversation; older is forgotten when fresh is full
	size         int              // of those in fresh
}

// talk is a conversation between two turns.
type talk struct {
	userID   string
	revision string
	recent   []Message // as many as a window has
	state    []byte
}

func newTalks() *talks { return &talks{fresh: map[string]*talk{}} }

func (k *talk) size() int {
	size := len(k.state)
	for i := range k.recent {
		size += len(k.recent[i].Content) + len(k.recent[i].Metadata) + aroundMessage
	}
	return size
}

// put keeps a conversation, unless it would take the place of all others.
func (t *talks) put(conversationID string, kept *talk) {
	size := kept.size()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.remove(conversationID)
	if size > maxTalks/2 {
		return
	}
	if t.size += size; t.size > maxTalks/2 {
		t.older, t.fresh, t.size = t.fresh, map[string]*talk{}, size
	}
	t.fresh[conversationID] = kept
}

// take hands out a user's conversation; nil when it is not at hand. It is not kept any longer.
func (t *talks) take(userID, conversationID string) *talk {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, all := range []map[string]*talk{t.fresh, t.older} {
		if kept := all[conversationID]; kept != nil && kept.userID == userID {
			t.remove(conversationID)
			return kept
		}
	}
	return nil
}

// drop lets go of all of a user's.
func (t *talks) drop(userID string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, all := range []map[string]*talk{t.fresh, t.older} {
		for id, kept := range all {
			if kept.userID == userID {
				t.remove(id)
			}
		}
	}
}

// remove lets go of a conversation; t.mu is held.
func (t *talks) remove(conversationID string) {
	if kept := t.fresh[conversationID]; kept != nil {
		t.size -= kept.size()
	}
	delete(t.fresh, conversationID)
	delete(t.older, conversationID)
}

// thought is what is known of a turn before its message is stored.
type thought struct {
	talk    *talk
	done    chan struct{}
	request ReplyRequest // with what the agent has prepared, once done is closed; without, the agent did not get that far
}

// think begins to think about the reply to a message that is about to be stored; nil when nothing is known here. The caller is counted in s.runners.
func (s *Service) think(userID, conversationID string, in TurnInput) *thought {
	known := s.talks.take(userID, conversationID)
	if known == nil {
		return nil
	}
	t := &thought{talk: known, done: make(chan struct{})}
	memory, _ := s.memories.held(userID)
	if memory == nil {
		close(t.done)
		return t
	}
	s.runners.Go(func() {
		defer close(t.done)
		defer func() { _ = recover() }() // the turn meets the same, and tells
		request := ReplyRequest{
			UserID: userID, ConversationID: conversationID, Now: At(s.opts.Now()),
			Message: Message{ID: in.ID, ConversationID: conversationID, Role: RoleUser, Content: in.Content},
			Recent:  known.recent, State: known.state, Whole: len(known.recent) < s.opts.WindowMessages, Memory: memory,
			Offline: s.budget.spent(s.hurry, userID),
		}
		if request.Whole || !s.agent.NeedsHistory(request) {
			request.Prepared = s.agent.Prepare(request)
			t.request = request
		}
	})
	return t
}

// foreseen reports whether all is as it was thought about, which makes that the request: with the message as it was stored and the title as it is.
func (r *runner) foreseen() bool {
	tc := r.turn.Context
	if tc == nil || !tc.Unchanged {
		return false
	}
	in := &r.thought.request
	<-r.thought.done // it was begun before the message was stored
	if in.Prepared == nil || in.Memory.Version != tc.Version {
		return false
	}
	r.request = *in
	r.request.Message, r.request.Title = r.turn.Message, tc.Title
	return true
}

// keepTalk keeps the conversation of a turn that has just ended.
func (r *runner) keepTalk(end TurnEnd, turn Turn) {
	if turn.Revision == "" || turn.Status != TurnCompleted {
		return
	}
	kept := &talk{userID: r.turn.UserID, revision: turn.Revision, state: end.State}
	if kept.state == nil {
		kept.state = r.request.State
	}
	asked := turn.Message
	asked.Turn = nil
	most := max(0, r.service.opts.WindowMessages-2)
	before := r.request.Recent[max(0, len(r.request.Recent)-most):]
	kept.recent = append(append(make([]Message, 0, len(before)+2), before...), asked, *turn.Reply)
	r.service.talks.put(turn.Message.ConversationID, kept)
}
