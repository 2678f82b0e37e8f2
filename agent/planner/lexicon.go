package planner

import (
	_ "embed" // for the data
	"sync"
)

// Lexicon is the word lists and fixed phrases of data/lexicons.yaml. Lists of terms are matched with [Terms].
type Lexicon struct {
	Acts        map[string][]string `json:"acts"` // what the user is doing with a message: terms by act
	Distress    []string            `json:"distress"`
	DistressNot []string            `json:"distress_not"` // taken out of the text before distress is looked for
	SelfDoubt   []string            `json:"selfdoubt"`

	FeelingsGood []string            `json:"feelings_good"`
	FeelingsBad  []string            `json:"feelings_bad"`
	Cues         map[string][]string `json:"cues"` // words that show that an answer touches a facet, by facet

	ActionVerbs        []string           `json:"action_verbs"`
	ActionVerbsPresent []string           `json:"action_verbs_present"`
	MakingVerbs        []string           `json:"making_verbs"`
	LosingVerbs        []string           `json:"losing_verbs"`
	RoleNouns          []string           `json:"role_nouns"`
	RoleModifiers      []string           `json:"role_modifiers"`
	OrgCues            []string           `json:"org_cues"`
	OrgSuffixes        []string           `json:"org_suffixes"`
	CollabCues         []string           `json:"collab_cues"`
	Tech               []string           `json:"tech"`
	TechAmbiguous      []string           `json:"tech_ambiguous"`
	Units              []string           `json:"units"`
	NumberWords        map[string]float64 `json:"number_words"`
	Dull               []string           `json:"dull"`

	Sensitive     Sensitivity         `json:"sensitive"`
	Months        []string            `json:"months"`
	Weekdays      []string            `json:"weekdays"`
	Seasons       []string            `json:"seasons"`
	LanguageNames []string            `json:"language_names"`
	OrgNouns      []string            `json:"org_nouns"`    // what an organisation is called besides its name
	TeamPeople    []string            `json:"team_people"`  // members of a team, as opposed to those it serves
	TeamCues      []string            `json:"team_cues"`    // near them, a number of people is the size of a team
	ChangeVerbs   []string            `json:"change_verbs"` // before them or after, a number tells of a change
	Prepositions  []string            `json:"prepositions"` // words before which a quotation may end
	Function      []string            `json:"function"`     // words that carry no meaning of their own
	Negations     []string            `json:"negations"`
	Hedges        []string            `json:"hedges"`
	Audiences     map[string][]string `json:"audiences"` // words of a role, by audience
	Threads       []string            `json:"threads"`   // cues of something mentioned in passing

	English   []string            `json:"english"`   // function words that vote for English
	Languages map[string]Language `json:"languages"` // by ISO 639-1 code
	Phrases   map[string][]string `json:"phrases"`   // fixed sentences by purpose; some have one slot in braces
	Reasons   map[string]string   `json:"reasons"`   // why a facet is asked about: fills {reason} of Phrases["why"]
	Closing   Closing             `json:"closing"`
}

// Language is what the interview can say in another language, and how that language is told.
type Language struct {
	Name   string   `json:"name"`   // in English
	Words  []string `json:"words"`  // function words; one point each
	Strong []string `json:"strong"` // words and signs that hardly occur elsewhere; two points each
	Reply  string   `json:"reply"`  // an acknowledgement; its first sentence stands alone
	Ask    string   `json:"ask"`    // a first question
	Next   string   `json:"next"`   // a second question

	// What a user may say in it that must not be missed; like the lists of Lexicon.Acts.
	Crisis   []string `json:"crisis"`
	Stop     []string `json:"stop"`
	Skip     []string `json:"skip"`
	Summary  []string `json:"summary"`
	Distress []string `json:"distress"`
}

// Sensitivity is what is not kept (interview.md 6): health, family, faith, origin, politics, age, union.
type Sensitivity struct {
	Always     []string `json:"always"`
	Health     []string `json:"health"`      // only in what users say about themselves,
	HealthSelf []string `json:"health_self"` // which these tell,
	HealthWork []string `json:"health_work"` // and not beside these: then it is the work that is spoken of
}

// Closing makes questions without end for a user who has answered the whole bank.
type Closing struct {
	Own    []string `json:"own"`    // each holds {piece}, words of the user, once
	Frames []string `json:"frames"` // each holds {topic} once
	Topics []string `json:"topics"` // in the plural, or without article
	Scopes []string `json:"scopes"` // what stands before a frame; the first is empty
	Last   string   `json:"last"`   // holds {n}, a running number
}

//go:embed data/lexicons.json
var lexiconsJSON []byte

// Lexicons returns the word lists and phrases, parsed on first use.
func Lexicons() *Lexicon { return lexicons() }

var lexicons = sync.OnceValue(func() *Lexicon {
	lex := &Lexicon{}
	mustParse("lexicons", lexiconsJSON, lex)
	return lex
})
