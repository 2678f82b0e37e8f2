package interview

// Memory is what is known of a user across all conversations, as of one version. It is never changed: a newer version is another Memory,
// which shares what stayed the same. The zero value knows nothing.
type Memory struct {
	UserID        string
	Version       MemoryVersion
	Conversations int           // how many the user had when it was loaded, the current one included
	Experiences   []*Experience // by Position, then CreatedAt
	Facts         []*Fact       // oldest first, of any status
	Threads       []*Thread     // oldest first, of any status
	Episodes      []*Episode    // by CreatedAt, of all conversations and levels; those merged into a higher one are gone
	Coverage      map[string]SlotState
}

// MemoryVersion orders the states of a user's Memory. Number grows with every change; what changed since an earlier Number of the same Epoch
// can be loaded alone. Epoch grows when something was removed.
type MemoryVersion struct {
	Epoch  int64
	Number int64
}

// MemoryChange is what differs from an earlier version of the same epoch, or everything.
type MemoryChange struct {
	Version       MemoryVersion
	Whole         bool // everything: what was loaded before is void
	Conversations int  // how many the user has, up to a thousand
	Experiences   []Experience
	Facts         []Fact
	Threads       []Thread
	Episodes      []Episode
	Coverage      map[string]SlotState // all of it
}

// Experience returns the experience with the id, or nil.
func (m *Memory) Experience(id string) *Experience {
	if m == nil || id == "" {
		return nil
	}
	for _, e := range m.Experiences {
		if e.ID == id {
			return e
		}
	}
	return nil
}

// Fact returns the fact with the id, or nil.
func (m *Memory) Fact(id string) *Fact {
	if m == nil || id == "" {
		return nil
	}
	for _, f := range m.Facts {
		if f.ID == id {
			return f
		}
	}
	return nil
}
