package storage

import (
	"context"
	"strings"

	"github.com/betterprofile/betterprofile/interview"
)

// Triggers remove what hangs on messages that go. What else goes with a conversation is done here: a fact that was said elsewhere too is kept with the
// words said there, and names that no fact holds any more are taken off.

const (
	factColumns = `f.id, f.experience_id, f.kind, f.key, f.text, f.value, f.quote, f.status, f.confidence, f.valid_from, f.valid_to, f.supersedes, f.engine,
			f.created_at, f.updated_at`

	experienceColumns = `id, kind, org, role, start_on, end_on, current, label, position, cast(coverage as text) as coverage, created_at, updated_at`

	selectFacts = `select ` + factColumns + ` from profile_facts f where f.user_id = ? and f.id > ? order by f.id limit ?`

	selectSources = `select fact_id, message_id, position, start, "end" from fact_sources where fact_id {in} order by fact_id, position`

	selectExperiences = `select ` + experienceColumns + ` from experiences where user_id = ? and id > ? order by id limit ?`

	citedInConversation = `select distinct cast(m.id as text) from messages m join fact_sources s on s.message_id = m.id where m.conversation_id = ?`

	pruneExperiences = `delete from experiences where user_id = ? and not exists (select 1 from profile_facts f where f.experience_id = experiences.id)`

	moveEpoch = `insert into memories (user_id, epoch, version) values (?, 1, 1)
		on conflict (user_id) do update set epoch = memories.epoch + 1, version = memories.version + 1
		returning epoch, version, cast(coverage as text) as coverage`

	renameExperience = `update experiences set org = ?, role = ?, label = ?, version = ? where id = ? and user_id = ?`
)

// eachFact calls f with all facts of a user, by id.
func (db *DB) eachFact(ctx context.Context, q conn, userID string, f func(factRow, interview.Fact) error) error {
	for last := zeroID; ; {
		var rows []factRow
		if err := q.list(ctx, &rows, selectFacts, userID, last, readBatch); err != nil {
			return err
		}
		if err := q.addSources(ctx, rows); err != nil {
			return err
		}
		for _, row := range rows {
			fact, err := db.fact(row)
			if err != nil {
				return err
			}
			if err := f(row, fact); err != nil {
				return err
			}
			last = row.ID
		}
		if len(rows) < readBatch {
			return nil
		}
	}
}

// addSources completes facts.
func (q conn) addSources(ctx context.Context, facts []factRow) error {
	if len(facts) == 0 {
		return nil
	}
	ids, at := make([]string, len(facts)), make(map[string]int, len(facts))
	for i, f := range facts {
		ids[i], at[f.ID] = f.ID, i
	}
	var sources []sourceRow
	if err := q.list(ctx, &sources, selectSources, q.db.dialect.ids(ids)); err != nil {
		return err
	}
	for _, s := range sources {
		facts[at[s.FactID]].Sources = append(facts[at[s.FactID]].Sources, s)
	}
	return nil
}

// eachExperience calls f with all experiences of a user, by id.
func (db *DB) eachExperience(ctx context.Context, q conn, userID string, f func(experienceRow, interview.Experience) error) error {
	for last := zeroID; ; {
		var rows []experienceRow
		if err := q.list(ctx, &rows, selectExperiences, userID, last, readBatch); err != nil {
			return err
		}
		for _, row := range rows {
			e, err := db.experience(row)
			if err != nil {
				return err
			}
			if err := f(row, e); err != nil {
				return err
			}
			last = row.ID
		}
		if len(rows) < readBatch {
			return nil
		}
	}
}

// eraseConversation removes a conversation and all that hangs on it, within a transaction. Errors: not_found.
func (db *DB) eraseConversation(ctx context.Context, q conn, userID, id string) error {
	if _, err := q.lock(ctx, userID, id); err != nil {
		return err
	}
	m, err := q.nextMemory(ctx, userID, anyEpoch) // before the messages, as whoever learns from them
	if err != nil {
		return err
	}
	touched, err := db.moveFacts(ctx, q, userID, id, m)
	if err != nil {
		return err
	}
	if err := q.deleteConversation(ctx, userID, id); err != nil {
		return err
	}
	if _, err := q.exec(ctx, pruneExperiences, userID); err != nil || len(touched) == 0 {
		return err
	}
	return db.unnameExperiences(ctx, q, userID, m, touched)
}

// moveFacts lets the facts that were said in a conversation stand on what was said elsewhere, and returns their experiences. Those that were said nowhere
// else stay as they are.
func (db *DB) moveFacts(ctx context.Context, q conn, userID, conversationID string, m memoryRow) (map[string]bool, error) {
	var messages []string
	if err := q.list(ctx, &messages, citedInConversation, conversationID); err != nil || len(messages) == 0 {
		return nil, err
	}
	gone, touched := make(map[string]bool, len(messages)), map[string]bool{}
	for _, id := range messages {
		gone[id] = true
	}
	return touched, db.eachFact(ctx, q, userID, func(_ factRow, f interview.Fact) error {
		moved, stays, err := db.without(ctx, q, userID, f, gone)
		if err != nil || len(moved.Sources) == len(f.Sources) {
			return err
		}
		touched[f.ExperienceID] = true
		if !stays {
			return nil
		}
		row, err := db.storedFact(moved)
		if err != nil {
			return err
		}
		_, err = learnFact(ctx, q, userID, m, &row)
		return err
	})
}

func (q conn) deleteConversation(ctx context.Context, userID, id string) error {
	n, err := q.exec(ctx, deleteConversation, id, userID)
	if err == nil && n == 0 {
		return interview.NotFound("Conversation")
	}
	return err
}

// without is the fact on those of its sources that are not gone, quoted from the first of them, and whether it is still one.
func (db *DB) without(ctx context.Context, q conn, userID string, f interview.Fact, gone map[string]bool) (interview.Fact, bool, error) {
	var left []interview.Source
	var ids []string
	for _, s := range f.Sources {
		if !gone[s.MessageID] {
			left, ids = append(left, s), append(ids, s.MessageID)
		}
	}
	first := len(f.Sources) > 0 && len(left) > 0 && left[0] == f.Sources[0]
	if len(left) == len(f.Sources) || len(left) == 0 || first {
		f.Sources = left
		return f, len(left) > 0, nil
	}
	contents, err := db.contents(ctx, q, userID, ids)
	if err != nil {
		return f, false, err
	}
	f.Sources = left
	if content := contents[left[0].MessageID]; left[0].Start >= 0 && left[0].Start <= left[0].End && left[0].End <= len(content) {
		f.Quote = content[left[0].Start:left[0].End]
	}
	return f, interview.CheckFact(f, contents) == nil, nil
}

// unnameExperiences takes off those names of experiences that none of their facts holds.
func (db *DB) unnameExperiences(ctx context.Context, q conn, userID string, m memoryRow, touched map[string]bool) error {
	said := map[string]*strings.Builder{}
	err := db.eachFact(ctx, q, userID, func(_ factRow, f interview.Fact) error {
		if said[f.ExperienceID] == nil {
			said[f.ExperienceID] = &strings.Builder{}
		}
		said[f.ExperienceID].WriteString(folded(f.Quote+"\n"+f.Text+"\n"+string(f.Value)) + "\n")
		return nil
	})
	if err != nil {
		return err
	}
	return db.eachExperience(ctx, q, userID, func(_ experienceRow, e interview.Experience) error {
		if !touched[e.ID] || said[e.ID] == nil {
			return nil
		}
		text := said[e.ID].String()
		return db.unname(ctx, q, userID, m, e, func(name string) bool { return !strings.Contains(text, folded(name)) })
	})
}

// unname takes those names off an experience that are gone.
func (db *DB) unname(ctx context.Context, q conn, userID string, m memoryRow, e interview.Experience, gone func(string) bool) error {
	changed := false
	for _, name := range []*string{&e.Org, &e.Role, &e.Label} {
		if *name != "" && gone(*name) {
			*name, changed = "", true
		}
	}
	if !changed {
		return nil
	}
	row, err := db.storedExperience(e)
	if err == nil {
		_, err = q.exec(ctx, renameExperience, row.Org, row.Role, row.Label, m.Version, row.ID, userID)
	}
	return err
}

// folded is text without the differences of case, accents and white space.
func folded(text string) string { return interview.OneLine(fold(text)) }
