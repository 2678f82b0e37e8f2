package interview

import "encoding/json"

// An Experience is a piece of working life that facts hang on: a job, a project, a course of study, a volunteer post.
type Experience struct {
	ID        string               `json:"id"`
	Kind      ExperienceKind       `json:"kind"`
	Org       string               `json:"org,omitempty"`
	Role      string               `json:"role,omitempty"`
	Start     string               `json:"start,omitempty"` // YYYY, YYYY-MM or YYYY-MM-DD
	End       string               `json:"end,omitempty"`   // the same; empty while it lasts or when unknown
	Current   bool                 `json:"current"`
	Label     string               `json:"label,omitempty"`    // what the interviewer calls it, in the user's words
	Position  int                  `json:"position"`           // order in the profile: smaller is told first
	Coverage  map[string]SlotState `json:"coverage,omitempty"` // by "facet/slot"
	CreatedAt Time                 `json:"createdAt"`
	UpdatedAt Time                 `json:"updatedAt"`
}

// ExperienceKind is the kind of an Experience.
type ExperienceKind string

// The kinds of experience.
const (
	KindWork      ExperienceKind = "work"
	KindProject   ExperienceKind = "project"
	KindEducation ExperienceKind = "education"
	KindVolunteer ExperienceKind = "volunteer"
)

// SlotState says how far a slot of a facet is told. A slot that nothing is known of has none: it is empty.
type SlotState struct {
	State  Coverage `json:"state"`
	Credit float64  `json:"credit,omitempty"` // 0 to 1: how much of it was told
	At     Time     `json:"at"`               // when it was last spoken of
}

// Coverage is how far something is told.
type Coverage string

// The states of coverage. Empty and stale are never stored: they follow from nothing being there and from the time.
const (
	CoverageEmpty    Coverage = "empty"
	CoverageVague    Coverage = "vague"    // touched, but not enough to write a line from
	CoverageAnswered Coverage = "answered" // told
	CoverageRefused  Coverage = "refused"  // the user does not want to speak of it
	CoverageUnknown  Coverage = "unknown"  // the user does not know
	CoverageStale    Coverage = "stale"    // told long ago, of a kind that changes
)

// Fact is one thing that the user said about themselves, with the words in which it was said. interview.md's rules are checked by
// [CheckFact] before one is stored.
type Fact struct {
	ID           string          `json:"id"`
	ExperienceID string          `json:"experienceId,omitempty"`
	Kind         FactKind        `json:"kind"`
	Key          string          `json:"key"`  // facts of one experience with the same key contradict each other unless they are equal
	Text         string          `json:"text"` // at most MaxFactRunes characters
	Value        json.RawMessage `json:"value,omitempty"`
	Quote        string          `json:"quote"` // the text of the first source, byte for byte
	Status       FactStatus      `json:"status"`
	Confidence   float64         `json:"confidence"` // 0 to 1
	ValidFrom    string          `json:"validFrom,omitempty"`
	ValidTo      string          `json:"validTo,omitempty"`
	Supersedes   string          `json:"supersedes,omitempty"` // the id of the fact whose place it takes
	Engine       string          `json:"engine,omitempty"`     // what drew it from the message
	Sources      []Source        `json:"sources"`              // at least one
	CreatedAt    Time            `json:"createdAt"`
	UpdatedAt    Time            `json:"updatedAt"`
}

// MaxFactRunes is the length limit of a fact's text, in characters.
const MaxFactRunes = 200

// Source is where in a user's message something was said: the bytes from Start up to End of its content.
type Source struct {
	MessageID string `json:"messageId"`
	Start     int    `json:"start"`
	End       int    `json:"end"`
}

// FactStatus is how a fact stands.
type FactStatus string

// The states of a fact.
const (
	FactProposed   FactStatus = "proposed"
	FactConfirmed  FactStatus = "confirmed"  // by the user, in a recap, in a correction or by hand
	FactSuperseded FactStatus = "superseded" // another one took its place
	FactConflict   FactStatus = "conflict"   // it contradicts another one, and the user has not said which is right
	FactRejected   FactStatus = "rejected"   // the user does not want it
)

// Current reports whether a fact counts: neither superseded nor rejected.
func (f Fact) Current() bool { return f.Status != FactSuperseded && f.Status != FactRejected }

// FactKind is what a fact is about.
type FactKind string

// FactKinds are all kinds, in the order of a profile.
func FactKinds() []FactKind {
	return []FactKind{
		"role", "org", "span", "team", "budget", "duty", "action", "tool", "outcome", "metric", "recognition", "obstacle", "learning",
		"education", "certificate", "skill", "language", "goal", "value", "volunteer", "publication", "link", "contact",
	}
}

// Thread is something the user mentioned in passing that deserves a question later.
type Thread struct {
	ID        string       `json:"id"`
	Quote     string       `json:"quote"` // the text of Source
	Source    Source       `json:"source"`
	Status    ThreadStatus `json:"status"`
	CreatedAt Time         `json:"createdAt"`
}

// ThreadStatus is how a thread stands.
type ThreadStatus string

// The states of a thread.
const (
	ThreadOpen   ThreadStatus = "open"
	ThreadAsked  ThreadStatus = "asked"
	ThreadClosed ThreadStatus = "closed"
)

// Episode is a summary of a block of a conversation, an index over messages that stay. Level 0 is made from messages, each higher one from
// two of the level below.
type Episode struct {
	ID             string `json:"id"`
	ConversationID string `json:"conversationId"`
	Level          int    `json:"level"`
	From           int    `json:"from"`        // the first message of the block, counted from 1 in its conversation
	To             int    `json:"to"`          // the last one
	LastMessage    string `json:"lastMessage"` // the id of the last one
	Text           string `json:"text"`
	CreatedAt      Time   `json:"createdAt"`
}

// Learned is what a turn, or a look at older messages, taught: whole new rows, or changed ones under their ids. Ids are derived from the
// message and what was said, so that learning the same again changes nothing.
type Learned struct {
	Experiences []Experience         `json:"experiences,omitempty"`
	Facts       []Fact               `json:"facts,omitempty"`
	Threads     []Thread             `json:"threads,omitempty"`
	Coverage    map[string]SlotState `json:"coverage,omitempty"` // changed slots across experiences, by "facet/slot": goals, values, skills, education, extras
}

// Empty reports whether nothing was learned.
func (l Learned) Empty() bool {
	return len(l.Experiences) == 0 && len(l.Facts) == 0 && len(l.Threads) == 0 && len(l.Coverage) == 0
}
