package builtin

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/betterprofile/betterprofile/agent/planner"
	"github.com/betterprofile/betterprofile/interview"
)

// stateVersion is raised when the meaning of a field of state changes; a state of another version is rebuilt.
const stateVersion = 1

// state is what the interview has come to. Its size is bounded by the bank: every wording is asked at most once.
type state struct {
	V          int      `json:"v"`
	Turn       int      `json:"turn"`                 // replies made
	Experience int      `json:"experience"`           // number of the piece of work in focus, from 1
	Asked      []asked  `json:"asked,omitempty"`      // questions of the bank, oldest first
	Open       *asked   `json:"open,omitempty"`       // what the user is answering
	Closed     []string `json:"closed,omitempty"`     // facets that the user does not want to go on with, for this experience
	Gentle     int      `json:"gentle,omitempty"`     // the turn up to which no figures and difficulties are asked about
	Closing    int      `json:"closing,omitempty"`    // questions made when the bank had no more
	Language   string   `json:"language,omitempty"`   // of the user's last message: a code of the lexicon, "other", or empty for English
	InLanguage int      `json:"inLanguage,omitempty"` // replies made in that language
}

// asked is a question of the bank as it was asked. ID is recapID for the question that ends a summary, and empty for one that
// is not in the bank.
type asked struct {
	ID         string `json:"id"`
	Experience int    `json:"exp,omitempty"`
	Easier     bool   `json:"easier,omitempty"` // in its easier wording
	Left       bool   `json:"left,omitempty"`   // skipped or not answered
}

const (
	recapID       = "recap"
	closingPrefix = "cl-" // of the ids of questions made when the bank had no more
)

// loadState reads the state of the turn before, or starts one, and brings it up to date with the messages: those that another
// engine replied to, or all of them.
func (c *craft) loadState(in interview.ReplyRequest) *state {
	st := &state{}
	if json.Unmarshal(in.State, st) != nil || st.V != stateVersion {
		st = &state{V: stateVersion}
	}
	st.Turn, st.Experience, st.Closing = max(st.Turn, 0), max(st.Experience, 1), max(st.Closing, 0)
	for _, m := range in.Recent {
		if m.Role == interview.RoleAssistant {
			c.fold(st, m)
		}
	}
	return st
}

// fold notes what an assistant message asked.
func (c *craft) fold(st *state, m interview.Message) {
	meta := m.ReplyMetadata()
	q, known := planner.QuestionByID(meta.Question)
	switch {
	case known:
		a := asked{ID: q.ID, Experience: st.Experience, Easier: q.Easier != "" && strings.Contains(m.Content, q.Easier)}
		if i := st.index(a.ID, a.Easier); i >= 0 {
			a.Experience = st.Asked[i].Experience
		} else {
			st.note(q, a)
		}
		st.Open = &a
	case strings.HasPrefix(meta.Question, closingPrefix):
		st.Closing = max(st.Closing, closingNumber(meta.Question)+1)
		st.Open = nil
	case meta.Slot == recapID:
		st.Open = &asked{ID: recapID}
	case meta.Act == string(actCrisis) || meta.Act == string(actStop):
		// the question from before stays open
	default:
		st.Open = nil
	}
}

// note adds a question of the bank to what was asked. One that is about another piece of work moves the focus there.
func (st *state) note(q planner.Question, a asked) {
	begun := st.begun()
	st.Asked = append(st.Asked, a)
	if q.Opens != "" || isOpening(q) && begun {
		st.Experience++
		st.Closed = nil
	}
}

// begun reports whether the experience in focus was asked about.
func (st *state) begun() bool {
	return slices.ContainsFunc(st.Asked, func(a asked) bool {
		q, ok := planner.QuestionByID(a.ID)
		return ok && a.Experience == st.Experience && !personal(q.Facet) && !isOpening(q)
	})
}

// leave notes that the open question was not answered.
func (st *state) leave() {
	if st.Open == nil {
		return
	}
	if i := st.index(st.Open.ID, st.Open.Easier); i >= 0 {
		st.Asked[i].Left = true
	}
}

// index returns where in Asked a wording is, or -1.
func (st *state) index(id string, easier bool) int {
	return slices.IndexFunc(st.Asked, func(a asked) bool { return a.ID == id && a.Easier == easier })
}

// wasAsked reports whether a question was asked in any wording, and whether in the experience in focus.
func (st *state) wasAsked(id string) (ever, here bool) {
	for _, a := range st.Asked {
		if a.ID == id {
			ever = true
			here = here || a.Experience == st.Experience
		}
	}
	return ever, here
}

// openQuestion returns what the user is answering; false when that is nothing of the bank.
func (st *state) openQuestion() (planner.Question, bool) {
	if st.Open == nil {
		return planner.Question{}, false
	}
	return planner.QuestionByID(st.Open.ID)
}

// encode is the JSON of the state.
func (st *state) encode() []byte {
	b, err := json.Marshal(st)
	if err != nil {
		return nil // a struct of strings and numbers cannot fail
	}
	return b
}
