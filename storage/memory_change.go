package storage

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/betterprofile/betterprofile/interview"
)

// What storing has changed in a memory is told as LoadMemory would tell it, so that whoever holds the memory need not read it again. It is made of the rows as they
// were stored: what the database decides itself (when a row was made that was there already, which experience there is) comes back from the statements.

// storedMemory is what storedPostgres returns: of experiences and facts only what need not be as it was given.
type storedMemory struct {
	memoryHead
	Experiences []experienceRow `json:"experiences"` // ID, CreatedAt
	Facts       []factRow       `json:"facts"`       // ID, ExperienceID, CreatedAt
	Threads     []threadRow     `json:"threads"`     // whole
}

// stored is the change that storing l has made, as storedPostgres tells it.
func (l learned) stored(db *DB, data []byte) (*interview.MemoryChange, error) {
	var s storedMemory
	if err := json.Unmarshal(data, &s); err != nil {
		return nil, err
	}
	kept := learned{threads: s.Threads}
	for _, e := range l.experiences {
		if i := slices.IndexFunc(s.Experiences, func(r experienceRow) bool { return r.ID == e.ID }); i >= 0 {
			e.CreatedAt = s.Experiences[i].CreatedAt
			kept.experiences = append(kept.experiences, e)
		}
	}
	for _, f := range l.facts {
		if i := slices.IndexFunc(s.Facts, func(r factRow) bool { return r.ID == f.ID }); i >= 0 {
			f.ExperienceID, f.CreatedAt = s.Facts[i].ExperienceID, s.Facts[i].CreatedAt
			kept.facts = append(kept.facts, f)
		}
	}
	return db.change(s.memoryHead, kept)
}

// learn stores what was learned within a transaction, and returns what that has changed when nothing else was in m's version.
func (db *DB) learn(ctx context.Context, q conn, userID string, m memoryRow, l learned) (*interview.MemoryChange, error) {
	coverage, err := mergeCoverage(ctx, q, userID, m, l.coverage)
	if err != nil {
		return nil, err
	}
	kept, err := learnRows(ctx, q, userID, m, l)
	if err != nil {
		return nil, err
	}
	head := memoryHead{Epoch: m.Epoch, Version: m.Version, Coverage: coverage}
	if err := q.get(ctx, &head.Conversations, countConversations, userID, maxCounted); err != nil {
		return nil, err
	}
	return db.change(head, kept)
}

// change opens rows that were stored in one step from the version before the head's.
func (db *DB) change(head memoryHead, rows learned) (*interview.MemoryChange, error) {
	head.Known = head.Version - 1 // the first step is from nothing, and so it is whole
	change := &interview.MemoryChange{}
	if err := head.begin(change); err != nil {
		return nil, err
	}
	for _, row := range rows.experiences {
		if err := openRow(&change.Experiences, row, db.experience); err != nil {
			return nil, err
		}
	}
	for _, row := range rows.facts {
		row.Sources = slices.Clone(row.Sources)
		if err := openRow(&change.Facts, row, db.fact); err != nil {
			return nil, err
		}
	}
	for _, row := range rows.threads {
		if err := openRow(&change.Threads, row, db.thread); err != nil {
			return nil, err
		}
	}
	sortChange(change)
	return change, nil
}
