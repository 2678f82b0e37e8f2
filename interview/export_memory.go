package interview

import "encoding/json"

// What is known of the user comes after all conversations in an export: a line with coverage across experiences, experiences, facts, threads, episodes. Exports
// made before there was any have none of these lines.

// MemoryRecord is what is known across experiences. Coverage is a JSON object by "facet/slot", of [SlotState], or nil.
type MemoryRecord struct {
	Coverage json.RawMessage `json:"coverage,omitempty"`
}

// ExperienceRecord is an [Experience]. Coverage is as in MemoryRecord.
type ExperienceRecord struct {
	ID        string          `json:"id"`
	Kind      ExperienceKind  `json:"kind"`
	Org       string          `json:"org,omitempty"`
	Role      string          `json:"role,omitempty"`
	Start     string          `json:"start,omitempty"`
	End       string          `json:"end,omitempty"`
	Current   bool            `json:"current"`
	Label     string          `json:"label,omitempty"`
	Position  int             `json:"position"`
	Coverage  json.RawMessage `json:"coverage,omitempty"`
	CreatedAt ExactTime       `json:"createdAt"`
	UpdatedAt ExactTime       `json:"updatedAt"`
}

// FactRecord is a [Fact].
type FactRecord struct {
	ID           string          `json:"id"`
	ExperienceID string          `json:"experienceId,omitempty"`
	Kind         FactKind        `json:"kind"`
	Key          string          `json:"key,omitempty"`
	Text         string          `json:"text"`
	Value        json.RawMessage `json:"value,omitempty"`
	Quote        string          `json:"quote"`
	Status       FactStatus      `json:"status"`
	Confidence   float64         `json:"confidence"`
	ValidFrom    string          `json:"validFrom,omitempty"`
	ValidTo      string          `json:"validTo,omitempty"`
	Supersedes   string          `json:"supersedes,omitempty"`
	Engine       string          `json:"engine,omitempty"`
	Sources      []Source        `json:"sources"`
	CreatedAt    ExactTime       `json:"createdAt"`
	UpdatedAt    ExactTime       `json:"updatedAt"`
}

// ThreadRecord is a [Thread].
type ThreadRecord struct {
	ID        string       `json:"id"`
	Quote     string       `json:"quote"`
	Source    Source       `json:"source"`
	Status    ThreadStatus `json:"status"`
	CreatedAt ExactTime    `json:"createdAt"`
}

// EpisodeRecord is an [Episode].
type EpisodeRecord struct {
	ID             string    `json:"id"`
	ConversationID string    `json:"conversationId"`
	Level          int       `json:"level"`
	From           int       `json:"from"`
	To             int       `json:"to"`
	LastMessage    string    `json:"lastMessage"`
	Text           string    `json:"text,omitempty"`
	CreatedAt      ExactTime `json:"createdAt"`
}

// The names of the lines, in their member "type".
const (
	lineMemory     = "memory"
	lineExperience = "experience"
	lineFact       = "fact"
	lineThread     = "thread"
	lineEpisode    = "episode"
)

// memoryCounts is what the last line holds of them, when there are any.
type memoryCounts struct {
	Experiences int `json:"experiences,omitempty"`
	Facts       int `json:"facts,omitempty"`
	Threads     int `json:"threads,omitempty"`
	Episodes    int `json:"episodes,omitempty"`
}

// writeMemory writes the line of a record of what is known, and reports whether the record is one.
func (e *ExportWriter) writeMemory(r ExportRecord) (bool, error) {
	switch {
	case r.Memory != nil:
		return true, e.out.Encode(struct {
			Type string `json:"type"`
			MemoryRecord
		}{lineMemory, MemoryRecord{Coverage: exportObject(r.Memory.Coverage)}})
	case r.Experience != nil:
		e.counts.Experiences++
		x := *r.Experience
		x.Coverage = exportObject(x.Coverage)
		return true, e.out.Encode(struct {
			Type string `json:"type"`
			ExperienceRecord
		}{lineExperience, x})
	case r.Fact != nil:
		e.counts.Facts++
		f := *r.Fact
		f.Value = exportValue(f.Value)
		return true, e.out.Encode(struct {
			Type string `json:"type"`
			FactRecord
		}{lineFact, f})
	case r.Thread != nil:
		e.counts.Threads++
		return true, e.out.Encode(struct {
			Type string `json:"type"`
			ThreadRecord
		}{lineThread, *r.Thread})
	case r.Episode != nil:
		e.counts.Episodes++
		return true, e.out.Encode(struct {
			Type string `json:"type"`
			EpisodeRecord
		}{lineEpisode, *r.Episode})
	}
	return false, nil
}

// canonicalJSON is canonicalObject for any value.
func canonicalJSON(raw json.RawMessage) (json.RawMessage, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	object, err := canonicalObject([]byte(`{"v":` + string(raw) + `}`))
	if err != nil {
		return nil, err
	}
	return object[len(`{"v":`) : len(object)-1], nil
}

// exportValue is stored JSON as it is exported.
func exportValue(raw json.RawMessage) json.RawMessage {
	value, err := canonicalJSON(raw)
	if err != nil {
		return nil
	}
	return value
}
