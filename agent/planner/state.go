package planner

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/betterprofile/betterprofile/interview"
)

// StateVersion is raised when the meaning of a field of State changes; a state of another version is rebuilt from the messages.
const StateVersion = 5

// The limits that keep a State below 64 KB however long a conversation gets.
const (
	maxExps      = 8   // experiences at hand; those told longest ago leave first
	maxNotes     = 20  // candidate lines of recaps
	maxNoteBytes = 300 // of one
	maxPieces    = 6   // quotations that an experience keeps for later
	maxThreads   = 8
	maxUsed      = 24  // quotations not to be used again
	maxHeard     = 200 // questions of which the words are kept
	maxRecent    = 25  // questions that are kept as they were asked, at most askedWords words of each
	askedWords   = 10
	maxDeferred  = 48
	maxConflicts = 24
	maxTools     = 6
	maxTextBytes = 120 // of a name, label or quotation
)

// State is what an interview has come to. It depends only on the messages of the conversation, so that [Rebuild] makes it again.
type State struct {
	V         int               `json:"v"`
	Last      string            `json:"last,omitempty"`    // id of the newest user message that was taken in
	After     int               `json:"after,omitempty"`   // how many replies after it were taken in
	Turn      int               `json:"turn"`              // user messages taken in
	Since     int               `json:"since,omitempty"`   // of these since the user last wanted to stop
	Offered   bool              `json:"offered,omitempty"` // since then it was told that a pause is possible
	Paused    bool              `json:"paused,omitempty"`
	Lang      string            `json:"lang,omitempty"`   // of the user's last message, as Reading.Language
	InLang    int               `json:"inLang,omitempty"` // replies made in that language
	Exps      []*Exp            `json:"exps,omitempty"`
	Count     int               `json:"count,omitempty"` // how many experiences there have been
	Focus     int               `json:"focus,omitempty"` // the N of the one that is spoken of; 0 for none yet
	Cross     map[string]int    `json:"cross,omitempty"` // credit by "facet/slot" across experiences, in percent
	Closed    []string          `json:"closed,omitempty"`
	Open      *Open             `json:"open,omitempty"`  // what the user is answering
	Asked     map[string]string `json:"asked,omitempty"` // questions of the bank by id: how they were asked, see marks
	Heard     stemLog           `json:"heard,omitzero"`  // the words of the newest questions, whoever asked them
	Recent    []string          `json:"recent,omitempty"`
	Closing   int               `json:"closing,omitempty"` // questions made when the bank had no more
	Deferred  []deferral        `json:"deferred,omitempty"`
	Threads   []Piece           `json:"threads,omitempty"`
	Notes     []stateNote       `json:"notes,omitempty"`
	Used      []string          `json:"used,omitempty"`
	Conflicts []string          `json:"conflicts,omitempty"`
	// ConflictAt is the turn of the newest question about two facts.
	ConflictAt int `json:"conflictAt,omitempty"`

	Words    []int    `json:"words,omitempty"` // of the last three answers
	Audience []string `json:"audience,omitempty"`
	Skill    string   `json:"skill,omitempty"`
	Quoting  int      `json:"quoting,omitempty"` // replies in a row whose question quotes
	Gentle   int      `json:"gentle,omitempty"`  // the turn up to which no figures and difficulties are asked about
	Same     uint32   `json:"same,omitempty"`    // a sum of the last message
	Repeated int      `json:"repeated,omitempty"`

	Gains []gain `json:"gains,omitempty"` // what the newest message told
	lost  []gain // and what it told until it took that back
}

// Exp is an experience as one conversation knows it.
type Exp struct {
	N        int            `json:"n"`
	ID       string         `json:"id,omitempty"`
	Took     bool           `json:"took,omitempty"` // the id is that of an experience known from before
	Kind     string         `json:"kind,omitempty"`
	Org      string         `json:"org,omitempty"`
	Role     string         `json:"role,omitempty"`
	Years    []int          `json:"years,omitempty"`
	Tools    []string       `json:"tools,omitempty"`
	Number   string         `json:"number,omitempty"`
	Label    *Piece         `json:"label,omitempty"`  // the best name for it in the user's words
	Credit   map[string]int `json:"credit,omitempty"` // by "facet/slot", in percent
	Asked    map[string]int `json:"asked,omitempty"`  // questions by facet
	Turns    int            `json:"turns,omitempty"`
	Earlier  bool           `json:"earlier,omitempty"`
	Recapped bool           `json:"recapped,omitempty"`
	Closed   []string       `json:"closed,omitempty"` // facets that the user does not want to speak of
	Unknown  []string       `json:"unknown,omitempty"`
	WeHeavy  bool           `json:"weHeavy,omitempty"`
	Pieces   []Piece        `json:"pieces,omitempty"`
}

// Piece is a quotation of the user with its place.
type Piece struct {
	Msg   string     `json:"m,omitempty"`
	Start int        `json:"s"`
	End   int        `json:"e"`
	Text  string     `json:"t"`
	Kind  AnchorKind `json:"k,omitempty"`
	Score int        `json:"r,omitempty"` // in hundredths
}

func (p Piece) source() interview.Source {
	return interview.Source{MessageID: p.Msg, Start: p.Start, End: p.End}
}

// stateNote is a sentence that may stand in a recap.
type stateNote struct {
	Piece
	Exp   int    `json:"x,omitempty"` // N of the experience; 0 for none
	Fixed string `json:"f,omitempty"` // with corrections applied; empty when there was none
}

// deferral keeps a slot from being asked about before a turn. Until is never when it is for good.
type deferral struct {
	Key   string `json:"k"` // N/facet/slot
	Until int    `json:"u"`
}

const never = 1 << 30

// Open is the question that the user is answering.
type Open struct {
	ID      string   `json:"id,omitempty"` // in the bank, or of a made one; empty when a model made it
	Facet   string   `json:"facet,omitempty"`
	Slot    string   `json:"slot,omitempty"`
	Wording string   `json:"wording,omitempty"`
	Exp     int      `json:"exp,omitempty"`
	Facts   []string `json:"facts,omitempty"`
	Thread  string   `json:"thread,omitempty"`
}

// The ids of questions that are not in the bank.
const (
	RecapID       = "recap"
	ConflictID    = "conflict"
	closingPrefix = "cl-"
	languageID    = "language" // a fixed sentence of another language
)

// loadState reads a state; false when it is none of this version.
func loadState(data []byte) (*State, bool) {
	if len(data) == 0 {
		return nil, false
	}
	st := &State{}
	if json.Unmarshal(data, st) != nil || st.V != StateVersion || !st.sound() {
		return nil, false
	}
	return st, true
}

// sound reports whether a state that was read can be worked with.
func (st *State) sound() bool {
	if st.Turn < 0 || st.Turn > never || st.Closing < 0 || st.Closing > never || st.After < 0 {
		return false
	}
	for _, e := range st.Exps {
		if e == nil {
			return false
		}
	}
	return st.Focus == 0 || st.exp(st.Focus) != nil
}

func newState() *State { return &State{V: StateVersion} }

// clone copies what taking in a reply may change.
func (st *State) clone() *State {
	c := *st
	c.Exps = make([]*Exp, len(st.Exps))
	for i, e := range st.Exps {
		copied := *e
		copied.Asked, copied.Credit = maps.Clone(e.Asked), maps.Clone(e.Credit)
		copied.Pieces = slices.Clone(e.Pieces)
		c.Exps[i] = &copied
	}
	c.Asked = maps.Clone(st.Asked)
	c.Heard = st.Heard.clone()
	c.Recent, c.Threads = slices.Clone(st.Recent), slices.Clone(st.Threads)
	c.Used, c.Conflicts = slices.Clone(st.Used), slices.Clone(st.Conflicts)
	return &c
}

// exp returns the experience with the number, or nil.
func (st *State) exp(n int) *Exp {
	for _, e := range st.Exps {
		if e.N == n {
			return e
		}
	}
	return nil
}

// focus returns the experience that is spoken of, or nil.
func (st *State) focus() *Exp { return st.exp(st.Focus) }

// expByID returns the experience with the id, or nil.
func (st *State) expByID(id string) *Exp {
	for _, e := range st.Exps {
		if id != "" && e.ID == id {
			return e
		}
	}
	return nil
}

// addExp begins another experience, without turning to it.
func (st *State) addExp(conversation string) *Exp {
	st.Count++
	e := &Exp{N: st.Count, ID: experienceID(conversation, st.Count), Credit: map[string]int{}, Asked: map[string]int{}}
	st.Exps = append(st.Exps, e)
	if len(st.Exps) > maxExps {
		st.dropExp()
	}
	return e
}

// dropExp leaves out the oldest experience that is not spoken of, and what hangs on it.
func (st *State) dropExp() {
	i := slices.IndexFunc(st.Exps, func(e *Exp) bool { return e.N != st.Focus && e.N != st.Count })
	gone := st.Exps[i].N
	st.Exps = slices.Delete(st.Exps, i, i+1)
	st.Notes = slices.DeleteFunc(st.Notes, func(n stateNote) bool { return n.Exp == gone })
	for id, m := range st.Asked {
		st.Asked[id] = marks(m).without(gone)
	}
}

// Label is what an experience is called: its organisation, or what the user made or is there, in their words. Empty for none.
func (e *Exp) label() string {
	switch {
	case e == nil:
		return ""
	case e.Org != "":
		return e.Org
	case e.Label != nil:
		return "“" + e.Label.Text + "”"
	case e.Role != "":
		return "your work as " + withArticle(e.Role)
	}
	return ""
}

func experienceID(conversation string, n int) string {
	return interview.DerivedID(conversation + "/experience/" + itoa(n))
}

// keepLast cuts a list to its last n entries.
func keepLast[T any](list []T, n int) []T {
	if len(list) > n {
		return slices.Delete(list, 0, len(list)-n)
	}
	return list
}
