package interview

import (
	"bytes"
	"encoding/json"
	"math"
	"slices"
	"strconv"
)

// memoryMarks is what is remembered of what is known, as far as it was read.
type memoryMarks struct {
	begun       bool // no conversation may come any more
	memory      bool
	ids         map[idKey]bool // of experiences, facts, threads and episodes
	experiences map[idKey]bool
	counts      memoryCounts
}

// readMemory takes a line about what is known of the user, and reports whether it is one.
func (x *exportReader) readMemory(kind string, l *exportLine) (r ExportRecord, known bool, err error) {
	switch kind {
	case lineMemory:
		r.Memory, err = x.readCoverage(l)
	case lineExperience:
		r.Experience, err = x.readExperience(l)
	case lineFact:
		r.Fact, err = x.readFact(l)
	case lineThread:
		r.Thread, err = x.readThread(l)
	case lineEpisode:
		r.Episode, err = x.readEpisode(l)
	default:
		return r, false, nil
	}
	x.known.begun, x.conversation = true, ""
	return r, true, err
}

// fresh marks an id as taken. Errors: it was.
func (x *exportReader) fresh(id, noun string) error {
	key := keyOf(id)
	if x.known.ids[key] {
		return Invalid("id", "This %s is there twice.", noun)
	}
	if x.known.ids == nil {
		x.known.ids, x.known.experiences = map[idKey]bool{}, map[idKey]bool{}
	}
	x.known.ids[key] = true
	return nil
}

func (x *exportReader) readCoverage(l *exportLine) (*MemoryRecord, error) {
	m := MemoryRecord{Coverage: l.coverage("coverage")}
	if x.known.memory {
		l.fail(Invalid("type", "There is more than one line of type %q.", lineMemory))
	}
	x.known.memory = true
	return &m, l.done()
}

func (x *exportReader) readExperience(l *exportLine) (*ExperienceRecord, error) {
	e := ExperienceRecord{
		ID: l.id("id", true), Kind: ExperienceKind(l.text("kind", true)), Org: l.text("org", false), Role: l.text("role", false), Start: l.text("start", false),
		End: l.text("end", false), Current: l.truth("current"), Label: l.text("label", false), Position: l.number("position", math.MinInt32, math.MaxInt32),
		Coverage: l.coverage("coverage"), CreatedAt: value(l.time("createdAt", true)), UpdatedAt: value(l.time("updatedAt", true)),
	}
	if err := l.done(); err != nil {
		return nil, err
	}
	if err := CheckExperience(Experience{Kind: e.Kind, Org: e.Org, Role: e.Role, Label: e.Label, Start: e.Start, End: e.End}); err != nil {
		return nil, err
	}
	if err := x.fresh(e.ID, "experience"); err != nil {
		return nil, err
	}
	x.known.experiences[keyOf(e.ID)] = true
	x.known.counts.Experiences++
	return &e, nil
}

func (x *exportReader) readFact(l *exportLine) (*FactRecord, error) {
	f := FactRecord{
		ID: l.id("id", true), ExperienceID: l.id("experienceId", false), Kind: FactKind(l.text("kind", true)), Key: l.text("key", false),
		Text: l.text("text", true), Value: l.value("value"), Quote: l.text("quote", true), Status: FactStatus(l.text("status", true)),
		Confidence: l.float("confidence"), ValidFrom: l.text("validFrom", false), ValidTo: l.text("validTo", false), Supersedes: l.id("supersedes", false),
		Engine: l.text("engine", false), Sources: l.sources("sources"), CreatedAt: value(l.time("createdAt", true)), UpdatedAt: value(l.time("updatedAt", true)),
	}
	if err := l.done(); err != nil {
		return nil, err
	}
	err := checkFactItself(Fact{
		Kind: f.Kind, Key: f.Key, Text: f.Text, Value: f.Value, Quote: f.Quote, Status: f.Status, Confidence: f.Confidence, ValidFrom: f.ValidFrom,
		ValidTo: f.ValidTo, Engine: f.Engine,
	})
	switch {
	case err != nil:
		return nil, err
	case f.ExperienceID != "" && !x.known.experiences[keyOf(f.ExperienceID)]:
		return nil, Invalid("experienceId", "experienceId must be that of an experience in a line before.")
	case len(f.Sources) == 0 || len(f.Sources) > maxSources:
		return nil, Invalid("sources", "sources must have 1 to %d elements.", maxSources)
	}
	for _, s := range f.Sources {
		if err := x.cited(s, "sources"); err != nil {
			return nil, err
		}
	}
	x.known.counts.Facts++
	return &f, x.fresh(f.ID, "fact")
}

// cited checks that a source is a message of the user's in the file.
func (x *exportReader) cited(s Source, field string) error {
	if !x.messages[keyOf(s.MessageID)].user {
		return Invalid(field, "%s must be of messages of the user in this file.", field)
	}
	return nil
}

func (x *exportReader) readThread(l *exportLine) (*ThreadRecord, error) {
	t := ThreadRecord{ID: l.id("id", true), Quote: l.text("quote", true), Status: ThreadStatus(l.text("status", true)), CreatedAt: value(l.time("createdAt", true))}
	if inner := l.object("source"); inner != nil {
		t.Source = inner.source()
		l.fail(inner.err)
	}
	if err := l.done(); err != nil {
		return nil, err
	}
	if t.Status != ThreadOpen && t.Status != ThreadAsked && t.Status != ThreadClosed {
		return nil, Invalid("status", "status must be %s, %s or %s.", ThreadOpen, ThreadAsked, ThreadClosed)
	}
	if err := x.cited(t.Source, "source"); err != nil {
		return nil, err
	}
	x.known.counts.Threads++
	return &t, x.fresh(t.ID, "thread")
}

func (x *exportReader) readEpisode(l *exportLine) (*EpisodeRecord, error) {
	e := EpisodeRecord{
		ID: l.id("id", true), ConversationID: l.id("conversationId", true), Level: l.number("level", 0, 64), From: l.number("from", 1, math.MaxInt32),
		To: l.number("to", 1, math.MaxInt32), LastMessage: l.id("lastMessage", true), Text: l.text("text", false), CreatedAt: value(l.time("createdAt", true)),
	}
	if err := l.done(); err != nil {
		return nil, err
	}
	switch {
	case e.To < e.From:
		return nil, Invalid("to", "to must not be less than from.")
	case !x.conversations[keyOf(e.ConversationID)]:
		return nil, Invalid("conversationId", "conversationId must be that of a conversation in a line before.")
	}
	x.known.counts.Episodes++
	return &e, x.fresh(e.ID, "episode")
}

// checkCounts compares the counts of the last line; what there is none of may be left out.
func (m memoryMarks) checkCounts(said memoryCounts) error {
	for _, count := range []struct {
		name      string
		said, are int
	}{
		{"experiences", said.Experiences, m.counts.Experiences},
		{"facts", said.Facts, m.counts.Facts},
		{"threads", said.Threads, m.counts.Threads},
		{"episodes", said.Episodes, m.counts.Episodes},
	} {
		if count.said != count.are {
			return Invalid(count.name, "There should be %d %s, and there are %d.", count.said, count.name, count.are)
		}
	}
	return nil
}

// memoryCounts takes the counts of the last line.
func (l *exportLine) memoryCounts() memoryCounts {
	return memoryCounts{
		Experiences: l.optionalNumber("experiences"), Facts: l.optionalNumber("facts"), Threads: l.optionalNumber("threads"), Episodes: l.optionalNumber("episodes"),
	}
}

// truth takes true or false.
func (l *exportLine) truth(name string) bool {
	raw := string(l.take(name, true))
	if raw != "true" && raw != "false" && raw != "" {
		l.fail(Invalid(name, "%s must be true or false.", name))
	}
	return raw == "true"
}

// float takes a number.
func (l *exportLine) float(name string) float64 {
	raw := l.take(name, true)
	n, err := strconv.ParseFloat(string(raw), 64)
	if len(raw) > 0 && err != nil {
		l.fail(Invalid(name, "%s must be a number.", name))
	}
	return n
}

// value takes any JSON as it is stored; nil when it is not there.
func (l *exportLine) value(name string) json.RawMessage {
	v, err := canonicalJSON(l.take(name, false))
	if err != nil {
		l.fail(Invalid(name, "%s %s.", name, err.Error()))
	}
	return v
}

// coverage takes coverage by slot, as it is stored; nil when it is not there.
func (l *exportLine) coverage(name string) json.RawMessage {
	object := l.json(name)
	if len(object) == 0 {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(object))
	d.DisallowUnknownFields()
	var slots map[string]SlotState
	bad := d.Decode(&slots) != nil
	for _, s := range slots {
		bad = bad || !slices.Contains([]Coverage{CoverageVague, CoverageAnswered, CoverageRefused, CoverageUnknown}, s.State) || !(s.Credit >= 0 && s.Credit <= 1)
	}
	if bad {
		l.fail(Invalid(name, "%s must have a state, credit and time for each slot.", name))
	}
	return object
}

// sources takes places in messages.
func (l *exportLine) sources(name string) (sources []Source) {
	var all []json.RawMessage
	if raw := l.take(name, true); len(raw) > 0 && json.Unmarshal(raw, &all) != nil {
		l.fail(Invalid(name, "%s must be an array.", name))
	}
	for _, raw := range all {
		inner, err := parseLine(raw)
		if err != nil {
			l.fail(Invalid(name, "%s must hold objects.", name))
			return nil
		}
		sources = append(sources, inner.source())
		l.fail(inner.err)
	}
	return sources
}

// source takes all of a place in a message.
func (l *exportLine) source() Source {
	s := Source{MessageID: l.id("messageId", true), Start: l.number("start", 0, math.MaxInt32), End: l.number("end", 1, math.MaxInt32)}
	if l.err == nil && s.End <= s.Start {
		l.fail(Invalid("end", "end must be greater than start."))
	}
	l.fail(l.done())
	return s
}
