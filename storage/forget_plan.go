package storage

import (
	"context"
	"database/sql"
	"strings"

	"github.com/betterprofile/betterprofile/interview"
)

// forgetPlan is what must go of a user's memory.
type forgetPlan struct {
	facts       []string         // that go
	moved       []interview.Fact // that stand on fewer sources
	experiences []interview.Experience
	threads     []string
	episodes    map[string][]string // by conversation
}

// plan finds what was made from the messages that are forgotten, or holds the words.
func (f *forgetting) plan(ctx context.Context) (p forgetPlan, err error) {
	p.episodes = map[string][]string{}
	if err := f.planEpisodes(ctx, &p); err != nil {
		return p, err
	}
	if err := f.planThreads(ctx, &p); err != nil {
		return p, err
	}
	left := map[string]int{} // facts of each experience
	lost := map[string]bool{}
	if err := f.planFacts(ctx, &p, left, lost); err != nil {
		return p, err
	}
	stays, err := f.namesSaidElsewhere(ctx)
	if err != nil {
		return p, err
	}
	err = f.db.eachExperience(ctx, f.q, f.userID, func(_ experienceRow, e interview.Experience) error {
		if lost[e.ID] && left[e.ID] == 0 { // goes with its last fact
			f.report.Experiences++
			return nil
		}
		changed := false
		for _, name := range []*string{&e.Org, &e.Role, &e.Label} {
			if *name != "" && (f.matches(*name) || f.words.holds(*name) && !stays[*name]) {
				*name, changed = "", true
			}
		}
		if changed {
			p.experiences = append(p.experiences, e)
			f.report.Experiences++
		}
		return nil
	})
	return p, err
}

// planFacts finds the facts that go or stand on fewer sources, and counts what is left to each experience.
func (f *forgetting) planFacts(ctx context.Context, p *forgetPlan, left map[string]int, lost map[string]bool) error {
	gone := make(map[string]bool, len(f.gone))
	for id := range f.gone {
		gone[id] = true
	}
	err := f.db.eachFact(ctx, f.q, f.userID, func(_ factRow, fact interview.Fact) error {
		moved, stays, err := f.db.without(ctx, f.q, f.userID, fact, gone)
		switch {
		case err != nil:
			return err
		case !stays || f.matches(fact.Text, fact.Quote, string(fact.Value), fact.Key):
			p.facts = append(p.facts, fact.ID)
			lost[fact.ExperienceID] = true
			return nil
		case len(moved.Sources) != len(fact.Sources):
			p.moved = append(p.moved, moved)
		}
		left[fact.ExperienceID]++
		return nil
	})
	f.report.Facts = len(p.facts)
	return err
}

// namesSaidElsewhere returns the names of experiences that forgotten messages hold and the user's others do too.
func (f *forgetting) namesSaidElsewhere(ctx context.Context) (map[string]bool, error) {
	stays, open := map[string]bool{}, map[string]string{}
	err := f.db.eachExperience(ctx, f.q, f.userID, func(_ experienceRow, e interview.Experience) error {
		for _, name := range []string{e.Org, e.Role, e.Label} {
			if name != "" && f.words.holds(name) {
				open[name] = folded(name)
			}
		}
		return nil
	})
	if err != nil || len(open) == 0 {
		return stays, err
	}
	return stays, f.eachMessage(ctx, func(_ *conversationText, _ messageRow, m interview.Message) error {
		if m.Role != interview.RoleUser || f.gone[m.ID] != nil || len(open) == 0 {
			return nil
		}
		content := folded(m.Content)
		for name, text := range open {
			if strings.Contains(content, text) {
				stays[name] = true
				delete(open, name)
			}
		}
		return nil
	})
}

// planThreads finds the threads that go.
func (f *forgetting) planThreads(ctx context.Context, p *forgetPlan) error {
	var rows []threadRow
	if err := f.q.list(ctx, &rows, selectThreads, f.userID); err != nil {
		return err
	}
	for _, row := range rows {
		t, err := f.db.thread(row)
		if err != nil {
			return err
		}
		if f.gone[t.Source.MessageID] != nil || f.matches(t.Quote) {
			p.threads = append(p.threads, t.ID)
		}
	}
	f.report.Threads = len(p.threads)
	return nil
}

// planEpisodes finds the episodes that go: those that cover a message that does, or hold the words, and all after them in their conversation. They are made again from there on.
func (f *forgetting) planEpisodes(ctx context.Context, p *forgetPlan) error {
	byID := map[string]*conversationText{}
	for i := range f.conversations {
		byID[f.conversations[i].ID] = &f.conversations[i]
	}
	var rows []episodeRow
	if err := f.q.list(ctx, &rows, selectEpisodes, f.userID); err != nil {
		return err
	}
	for _, row := range rows { // by conversation, from the beginning
		e, err := f.db.episode(row)
		if err != nil {
			return err
		}
		c := byID[e.ConversationID]
		if c == nil { // made meanwhile
			continue
		}
		covers := c.first > 0 && c.first <= e.To
		if len(p.episodes[c.ID]) == 0 && !covers && !f.matches(e.Text) {
			c.keptUpto = e.LastMessage
			continue
		}
		p.episodes[c.ID] = append(p.episodes[c.ID], e.ID)
		c.Upto, c.changed = sql.NullString{String: c.keptUpto, Valid: c.keptUpto != ""}, true
		f.report.Episodes++
	}
	return nil
}

// apply removes what is planned, in the next epoch of the memory.
func (p forgetPlan) apply(ctx context.Context, f *forgetting) error {
	var m memoryRow
	if err := f.q.get(ctx, &m, moveEpoch, f.userID); err != nil {
		return err
	}
	for _, fact := range p.moved {
		row, err := f.db.storedFact(fact)
		if err != nil {
			return err
		}
		if _, err := learnFact(ctx, f.q, f.userID, m, &row); err != nil {
			return err
		}
	}
	for _, id := range p.facts {
		if _, err := f.q.exec(ctx, clearSupersedes, f.userID, id); err != nil {
			return err
		}
		if _, err := f.q.exec(ctx, deleteFact, id, f.userID); err != nil {
			return err
		}
	}
	for _, id := range p.threads {
		if _, err := f.q.exec(ctx, deleteThread, id, f.userID); err != nil {
			return err
		}
	}
	for conversation, ids := range p.episodes {
		if _, err := f.q.exec(ctx, deleteEpisodes, f.userID, conversation, f.db.dialect.ids(ids)); err != nil {
			return err
		}
	}
	for _, e := range p.experiences {
		row, err := f.db.storedExperience(e)
		if err != nil {
			return err
		}
		if _, err := f.q.exec(ctx, renameExperience, row.Org, row.Role, row.Label, m.Version, row.ID, f.userID); err != nil {
			return err
		}
	}
	return nil
}
