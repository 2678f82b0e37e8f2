package planner

// Act is what a message does. It is stored with the reply to it, as its Act.
type Act string

// Context is what the reading of a message depends on besides its text: it comes from the State, so that a message read again reads the same.
type Context struct {
	Question  Question // what the message answers; its ID is empty when nothing of the bank is open
	Recap     bool     // a recap is open: the question is whether it is right
	Conflict  bool     // a question about two facts that contradict each other is open
	First     bool     // the conversation's first user message
	HasRole   bool     // the user's current role is known
	Earlier   bool     // the experience in focus is an earlier one
	Repeated  int      // how many of the user's messages right before had the same words
	Goals     bool     // the open question is about goals or skills: roles named in the answer are none that the user has
	Forgotten bool     // the message's content was removed: it says nothing
}

// Reading is what a message says, before anything is decided. All spans are byte offsets into the content as it was given.
type Reading struct {
	Act      Act
	Language string // a code of the lexicon, "other", or empty for English and what cannot be told
	LangName string // that language's English name
	Words    int
	Private  bool // the user wants nothing of it kept: no facts, notes, anchors or threads
	Distress bool
	Mood     int  // above 0 when glad, below 0 when not; only to choose a reflection
	Figure   bool // a figure is in it
	Effort   bool // the user writes with effort ("sorry my english")

	Role     *Span // the user's role, if it is told
	Org      *Span // the organisation that it belongs to
	Before   bool  // Role and Org belong to an earlier experience
	Years    []int
	Team     *Figure
	Tools    []Span
	Audience []string // of graduate, changer, manager, care, teach, sell, maker: from a role

	Credit  map[string]float64 // by "facet/slot" or cross facet: what was volunteered, 0 to 1 (interview.md 8.2)
	Notes   []Note
	Anchors []Anchor // best first
	Facts   []Candidate
	Threads []Span // mentioned in passing, with a promise of more
	Fixes   []Fix  // corrections
}

// Span is a verbatim piece of a message.
type Span struct {
	Start, End int
	Text       string
}

// Figure is a number with its span. Unit is in singular lower case, or empty.
type Figure struct {
	Span
	Number float64
	Unit   string
}

// Note is a candidate line of recaps and summaries: a whole sentence.
type Note struct {
	Span
	Score float64
}

// AnchorKind is what a quotation is good for.
type AnchorKind string

// The kinds of anchor (interview.md 8.4).
const (
	AnchorChange  AnchorKind = "change"
	AnchorTrouble AnchorKind = "trouble"
	AnchorObject  AnchorKind = "object"
	AnchorValue   AnchorKind = "value"
	AnchorClause  AnchorKind = "clause"
)

// Anchor is a piece worth quoting.
type Anchor struct {
	Span
	Kind  AnchorKind
	Score float64
}

// Candidate is a fact as the rules found it. Before tells that it is about an earlier experience; Personal that it is about none.
type Candidate struct {
	Kind       string // one of interview.FactKinds
	Key        string // kind and what it is about, such as "team.size" or "tool.excel": equal keys of one experience contradict each other
	Text       string // at most interview.MaxFactRunes characters, in the user's words
	Value      map[string]any
	Quote      Span // whole words, no negation cut off
	Confidence float64
	Before     bool
	Personal   bool
}

// Fix is a correction: New holds instead of Old, as in "26, not 28". Old is empty when only the new value was said.
type Fix struct {
	Old, New Span
}
