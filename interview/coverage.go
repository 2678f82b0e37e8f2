package interview

// CoverageReport says how far a user's profile is told: the answer to GET /api/v1/coverage. It lists every slot that counts, in the order in
// which an interview goes, told or not.
type CoverageReport struct {
	Experiences []ExperienceCoverage `json:"experiences"` // by Position
	Personal    []FacetCoverage      `json:"personal"`    // across experiences: education, skills, goals, values, extras
}

// ExperienceCoverage is how far one experience is told.
type ExperienceCoverage struct {
	ID     string          `json:"id"`
	Label  string          `json:"label"` // what it is called in the user's words; empty when it has no name yet
	Kind   ExperienceKind  `json:"kind"`
	Facets []FacetCoverage `json:"facets"`
}

// FacetCoverage is how far a facet is told. State is that of its best slot, and stale when one that was told is stale.
type FacetCoverage struct {
	Facet string         `json:"facet"`
	State Coverage       `json:"state"`
	Slots []SlotCoverage `json:"slots"`
}

// SlotCoverage is how far a slot is told, and when it was last spoken of.
type SlotCoverage struct {
	Slot  string   `json:"slot"`
	State Coverage `json:"state"`
	At    *Time    `json:"at,omitempty"` // nil for an empty one
}

// AgendaRequest is what an agenda is made from.
type AgendaRequest struct {
	UserID         string
	ConversationID string
	Now            Time
	Memory         *Memory   // nil for nothing
	State          []byte    // the planner's state of the conversation that goes on; nil for a new one
	Recent         []Message // that conversation's newest messages, oldest first
	N              int       // how many items at most
}

// AgendaItem is a question that the interviewer would like to ask.
type AgendaItem struct {
	Facet    string `json:"facet"`
	Slot     string `json:"slot"`
	Question string `json:"question"`
	Subject  string `json:"subject,omitempty"` // id of the experience that it is about
	Label    string `json:"label,omitempty"`   // what that is called
	Reason   string `json:"reason"`            // why it is worth asking, to follow "a reader of your profile will want to know"
}
