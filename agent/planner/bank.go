package planner

import (
	_ "embed" // for the data
	"encoding/json"
	"strings"
	"sync"
)

// Question is an entry of the bank. The head of data/questions.yaml says what the values may be.
type Question struct {
	ID     string   `json:"id"`
	Facet  string   `json:"facet"`
	Slot   string   `json:"slot"`   // what the answer should fill
	Q      string   `json:"q"`      // the plain wording
	A      string   `json:"a"`      // a wording around a quotation of the user, or empty
	AK     string   `json:"ak"`     // the kind of quotation that A takes
	Easier string   `json:"easier"` // a smaller, more concrete wording, or empty
	Needs  []string `json:"needs"`  // slots that must be known before
	Kinds  []string `json:"kinds"`  // kinds of experience it suits; none means all
	For    []string `json:"for"`    // audiences it suits; none means everybody
	Value  int      `json:"value"`  // 1 to 5, default 3
	Effort int      `json:"effort"` // 1 to 3, default 2: how much work it is to answer
	After  string   `json:"after"`  // the facet that must just have been answered
	When   string   `json:"when"`   // a condition on what the user said
	Opens  string   `json:"opens"`  // "experience" when its answer is about another one
}

// The data is written in YAML and embedded as JSON, which is parsed several times faster: a command that asks one question pays for
// it at every start. The tests keep the two equal, and rewrite the JSON with -update.
//
//go:embed data/questions.json
var questionsJSON []byte

// Questions returns the bank in its order, parsed on first use.
func Questions() []Question { return bank().questions }

// QuestionByID returns the question with the id.
func QuestionByID(id string) (Question, bool) {
	i, ok := bank().byID[id]
	if !ok {
		return Question{}, false
	}
	return bank().questions[i], true
}

type index struct {
	questions []Question
	byID      map[string]int
}

var bank = sync.OnceValue(func() index {
	var file struct {
		Questions []Question `json:"questions"`
	}
	mustParse("questions", questionsJSON, &file)
	b := index{questions: file.Questions, byID: make(map[string]int, len(file.Questions))}
	for i := range b.questions {
		q := &b.questions[i]
		if q.Value == 0 {
			q.Value = 3
		}
		if q.Effort == 0 {
			q.Effort = 2
		}
		b.byID[q.ID] = i
	}
	return b
})

// mustParse panics on a defect of the embedded data, which the tests rule out.
func mustParse(name string, data []byte, v any) {
	if err := json.Unmarshal(data, v); err != nil {
		panic("planner: data/" + name + ".json: " + err.Error())
	}
}

// Wordings returns the plain and the easier wording, without those that have braces to fill.
func (q Question) Wordings() []string {
	var list []string
	for _, w := range []string{q.Q, q.Easier} {
		if w != "" && !strings.Contains(w, "{") {
			list = append(list, w)
		}
	}
	return list
}
