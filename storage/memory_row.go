package storage

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/betterprofile/betterprofile/interview"
)

// The rows of what is known of users. They travel as JSON objects whose members are the columns: to PostgreSQL all that a turn taught in one
// statement, and from both databases all that has changed in one read.

// experienceRow is an experience as stored.
type experienceRow struct {
	ID        string  `json:"id"`
	Kind      string  `json:"kind"`
	Org       string  `json:"org"`
	Role      string  `json:"role"`
	StartOn   string  `json:"start_on" db:"start_on"`
	EndOn     string  `json:"end_on" db:"end_on"`
	Current   anyBool `json:"current"`
	Label     string  `json:"label"`
	Position  int     `json:"position"`
	Coverage  string  `json:"coverage"` // JSON
	CreatedAt stamp   `json:"created_at" db:"created_at"`
	UpdatedAt stamp   `json:"updated_at" db:"updated_at"`
}

// factRow is a fact as stored, without its sources.
type factRow struct {
	ID           string      `json:"id"`
	ExperienceID *string     `json:"experience_id" db:"experience_id"`
	Kind         string      `json:"kind"`
	Key          string      `json:"key"`
	Text         string      `json:"text"`
	Value        string      `json:"value"`
	Quote        string      `json:"quote"`
	Status       string      `json:"status"`
	Confidence   float64     `json:"confidence"`
	ValidFrom    string      `json:"valid_from" db:"valid_from"`
	ValidTo      string      `json:"valid_to" db:"valid_to"`
	Supersedes   *string     `json:"supersedes"`
	Engine       string      `json:"engine"`
	CreatedAt    stamp       `json:"created_at" db:"created_at"`
	UpdatedAt    stamp       `json:"updated_at" db:"updated_at"`
	Sources      []sourceRow `json:"sources,omitempty" db:"-"`
}

// sourceRow is where a fact was said.
type sourceRow struct {
	FactID    string `json:"fact_id" db:"fact_id"`
	MessageID string `json:"message_id" db:"message_id"`
	Position  int    `json:"position"`
	Start     int    `json:"start"`
	End       int    `json:"end"`
}

// threadRow is a thread as stored.
type threadRow struct {
	ID        string `json:"id"`
	MessageID string `json:"message_id" db:"message_id"`
	Quote     string `json:"quote"`
	Start     int    `json:"start"`
	End       int    `json:"end"`
	Status    string `json:"status"`
	CreatedAt stamp  `json:"created_at" db:"created_at"`
}

// episodeRow is an episode as stored.
type episodeRow struct {
	ID             string `json:"id"`
	ConversationID string `json:"conversation_id" db:"conversation_id"`
	Level          int    `json:"level"`
	FromSeq        int    `json:"from_seq" db:"from_seq"`
	ToSeq          int    `json:"to_seq" db:"to_seq"`
	LastMessage    string `json:"last_message" db:"last_message"`
	Text           string `json:"text"`
	CreatedAt      stamp  `json:"created_at" db:"created_at"`
}

// anyBool is a truth value, for which SQLite has numbers.
type anyBool bool

// UnmarshalJSON reads either form.
func (b *anyBool) UnmarshalJSON(raw []byte) error {
	*b = anyBool(string(raw) == "true" || string(raw) == "1")
	return nil
}

// Scan reads either form.
func (b *anyBool) Scan(src any) error {
	*b = anyBool(src == true || src == int64(1))
	return nil
}

// MarshalJSON writes s as it is stored.
func (s stamp) MarshalJSON() ([]byte, error) {
	return []byte(`"` + s.UTC().Format(stampFormat) + `"`), nil
}

// UnmarshalJSON reads the text of a stored time; PostgreSQL leaves out zeros at its end.
func (s *stamp) UnmarshalJSON(raw []byte) (err error) {
	s.Time, err = time.Parse(`"`+time.DateTime+`"`, string(raw))
	return err
}

// sealing seals or opens the texts of one row, as long as that goes well.
type sealing struct {
	f   func(f field, id, text string) (string, error)
	id  string
	err error
}

func (s *sealing) text(f field, text *string) {
	if s.err == nil {
		*text, s.err = s.f(f, s.id, *text)
	}
}

func (r *experienceRow) texts(f func(field, string, string) (string, error)) error {
	s := sealing{f: f, id: r.ID}
	s.text(fieldOrg, &r.Org)
	s.text(fieldRole, &r.Role)
	s.text(fieldLabel, &r.Label)
	return s.err
}

func (r *factRow) texts(f func(field, string, string) (string, error)) error {
	s := sealing{f: f, id: r.ID}
	s.text(fieldFactKey, &r.Key)
	s.text(fieldFactText, &r.Text)
	s.text(fieldFactValue, &r.Value)
	s.text(fieldFactQuote, &r.Quote)
	return s.err
}

func (r *threadRow) texts(f func(field, string, string) (string, error)) error {
	s := sealing{f: f, id: r.ID}
	s.text(fieldThread, &r.Quote)
	return s.err
}

func (r *episodeRow) texts(f func(field, string, string) (string, error)) error {
	s := sealing{f: f, id: r.ID}
	s.text(fieldEpisode, &r.Text)
	return s.err
}

// storedExperience is e, sealed.
func (db *DB) storedExperience(e interview.Experience) (experienceRow, error) {
	coverage, err := coverageJSON(e.Coverage)
	if err != nil {
		return experienceRow{}, err
	}
	r := experienceRow{
		ID: e.ID, Kind: string(e.Kind), Org: clean(e.Org), Role: clean(e.Role), StartOn: clean(e.Start), EndOn: clean(e.End), Current: anyBool(e.Current),
		Label: clean(e.Label), Position: e.Position, Coverage: coverage, CreatedAt: stampOf(e.CreatedAt), UpdatedAt: stampOf(e.UpdatedAt),
	}
	return r, r.texts(db.seal)
}

// experience opens the row.
func (db *DB) experience(r experienceRow) (interview.Experience, error) {
	err := r.texts(db.open)
	if err != nil {
		return interview.Experience{}, err
	}
	e := interview.Experience{
		ID: r.ID, Kind: interview.ExperienceKind(r.Kind), Org: r.Org, Role: r.Role, Start: r.StartOn, End: r.EndOn, Current: bool(r.Current), Label: r.Label,
		Position: r.Position, CreatedAt: r.CreatedAt.time(), UpdatedAt: r.UpdatedAt.time(),
	}
	e.Coverage, err = readCoverage(r.Coverage)
	return e, err
}

// storedFact is f, sealed.
func (db *DB) storedFact(f interview.Fact) (factRow, error) {
	r := factRow{
		ID: f.ID, ExperienceID: idOrNil(f.ExperienceID), Kind: string(f.Kind), Key: clean(f.Key), Text: clean(f.Text), Value: clean(string(f.Value)), Quote: clean(f.Quote),
		Status: string(f.Status), Confidence: f.Confidence, ValidFrom: clean(f.ValidFrom), ValidTo: clean(f.ValidTo), Supersedes: idOrNil(f.Supersedes),
		Engine: clean(f.Engine), CreatedAt: stampOf(f.CreatedAt), UpdatedAt: stampOf(f.UpdatedAt),
	}
	for i, s := range f.Sources {
		r.Sources = append(r.Sources, sourceRow{FactID: f.ID, MessageID: s.MessageID, Position: i, Start: s.Start, End: s.End})
	}
	return r, r.texts(db.seal)
}

// fact opens the row.
func (db *DB) fact(r factRow) (interview.Fact, error) {
	if err := r.texts(db.open); err != nil {
		return interview.Fact{}, err
	}
	f := interview.Fact{
		ID: r.ID, Kind: interview.FactKind(r.Kind), Key: r.Key, Text: r.Text, Quote: r.Quote, Status: interview.FactStatus(r.Status),
		Confidence: r.Confidence, ValidFrom: r.ValidFrom, ValidTo: r.ValidTo, Engine: r.Engine, CreatedAt: r.CreatedAt.time(), UpdatedAt: r.UpdatedAt.time(),
		Sources: make([]interview.Source, len(r.Sources)),
	}
	if r.Value != "" {
		f.Value = json.RawMessage(r.Value)
	}
	if r.ExperienceID != nil {
		f.ExperienceID = *r.ExperienceID
	}
	if r.Supersedes != nil {
		f.Supersedes = *r.Supersedes
	}
	slices.SortFunc(r.Sources, func(a, b sourceRow) int { return cmp.Compare(a.Position, b.Position) })
	for i, s := range r.Sources {
		f.Sources[i] = interview.Source{MessageID: s.MessageID, Start: s.Start, End: s.End}
	}
	return f, nil
}

// storedThread is t, sealed.
func (db *DB) storedThread(t interview.Thread) (threadRow, error) {
	r := threadRow{
		ID: t.ID, MessageID: t.Source.MessageID, Quote: clean(t.Quote), Start: t.Source.Start, End: t.Source.End, Status: string(t.Status),
		CreatedAt: stampOf(t.CreatedAt),
	}
	return r, r.texts(db.seal)
}

// thread opens the row.
func (db *DB) thread(r threadRow) (interview.Thread, error) {
	err := r.texts(db.open)
	return interview.Thread{
		ID: r.ID, Quote: r.Quote, Source: interview.Source{MessageID: r.MessageID, Start: r.Start, End: r.End}, Status: interview.ThreadStatus(r.Status),
		CreatedAt: r.CreatedAt.time(),
	}, err
}

// storedEpisode is e, sealed.
func (db *DB) storedEpisode(e interview.Episode) (episodeRow, error) {
	r := episodeRow{
		ID: e.ID, ConversationID: e.ConversationID, Level: e.Level, FromSeq: e.From, ToSeq: e.To, LastMessage: e.LastMessage, Text: clean(e.Text),
		CreatedAt: stampOf(e.CreatedAt),
	}
	return r, r.texts(db.seal)
}

// episode opens the row.
func (db *DB) episode(r episodeRow) (interview.Episode, error) {
	err := r.texts(db.open)
	return interview.Episode{
		ID: r.ID, ConversationID: r.ConversationID, Level: r.Level, From: r.FromSeq, To: r.ToSeq, LastMessage: r.LastMessage, Text: r.Text,
		CreatedAt: r.CreatedAt.time(),
	}, err
}

// coverageJSON is coverage as stored: an object, by slot.
func coverageJSON(coverage map[string]interview.SlotState) (string, error) {
	if len(coverage) == 0 {
		return "{}", nil
	}
	b, err := json.Marshal(coverage)
	return string(b), err
}

// readCoverage is the inverse of coverageJSON; nil for an empty one.
func readCoverage(stored string) (coverage map[string]interview.SlotState, err error) {
	if stored == "" || stored == "{}" {
		return nil, nil
	}
	if err := json.Unmarshal([]byte(stored), &coverage); err != nil {
		return nil, fmt.Errorf("read coverage: %w", err)
	}
	return coverage, nil
}

func idOrNil(id string) *string {
	if id == "" {
		return nil
	}
	return &id
}
