package storage

import (
	"context"
	"encoding/json"
	"maps"

	"github.com/betterprofile/betterprofile/interview"
)

const (
	exportCoverage = `select cast(coverage as text) from memories where user_id = ?`

	exportThreads = `select id, message_id, quote, start, "end", status, created_at from threads where user_id = ? and id > ? order by id limit ?`

	exportEpisodes = `select id, conversation_id, level, from_seq, to_seq, last_message, text, created_at from episodes
		where user_id = ? and id > ? order by id limit ?`
)

// memory exports what is known of the user.
func (e *exporting) memory(ctx context.Context) error {
	var coverage []string
	if err := e.q.list(ctx, &coverage, exportCoverage, e.userID); err != nil {
		return err
	}
	if len(coverage) > 0 && coverage[0] != "{}" {
		if err := e.f(interview.ExportRecord{Memory: &interview.MemoryRecord{Coverage: json.RawMessage(coverage[0])}}); err != nil {
			return err
		}
	}
	err := e.db.eachExperience(ctx, e.q, e.userID, func(row experienceRow, x interview.Experience) error {
		r := interview.ExperienceRecord{
			ID: x.ID, Kind: x.Kind, Org: x.Org, Role: x.Role, Start: x.Start, End: x.End, Current: x.Current, Label: x.Label, Position: x.Position,
			CreatedAt: row.CreatedAt.exact(), UpdatedAt: row.UpdatedAt.exact(),
		}
		if row.Coverage != "{}" {
			r.Coverage = json.RawMessage(row.Coverage)
		}
		return e.f(interview.ExportRecord{Experience: &r})
	})
	if err != nil {
		return err
	}
	err = e.db.eachFact(ctx, e.q, e.userID, func(row factRow, f interview.Fact) error {
		return e.f(interview.ExportRecord{Fact: &interview.FactRecord{
			ID: f.ID, ExperienceID: f.ExperienceID, Kind: f.Kind, Key: f.Key, Text: f.Text, Value: f.Value, Quote: f.Quote, Status: f.Status,
			Confidence: f.Confidence, ValidFrom: f.ValidFrom, ValidTo: f.ValidTo, Supersedes: f.Supersedes, Engine: f.Engine, Sources: f.Sources,
			CreatedAt: row.CreatedAt.exact(), UpdatedAt: row.UpdatedAt.exact(),
		}})
	})
	if err != nil {
		return err
	}
	if err := e.threads(ctx); err != nil {
		return err
	}
	return e.episodes(ctx)
}

func (e *exporting) threads(ctx context.Context) error {
	for last := zeroID; ; {
		var rows []threadRow
		if err := e.q.list(ctx, &rows, exportThreads, e.userID, last, readBatch); err != nil {
			return err
		}
		for _, row := range rows {
			t, err := e.db.thread(row)
			if err != nil {
				return err
			}
			record := interview.ThreadRecord{ID: t.ID, Quote: t.Quote, Source: t.Source, Status: t.Status, CreatedAt: row.CreatedAt.exact()}
			if err := e.f(interview.ExportRecord{Thread: &record}); err != nil {
				return err
			}
			last = row.ID
		}
		if len(rows) < readBatch {
			return nil
		}
	}
}

func (e *exporting) episodes(ctx context.Context) error {
	for last := zeroID; ; {
		var rows []episodeRow
		if err := e.q.list(ctx, &rows, exportEpisodes, e.userID, last, readBatch); err != nil {
			return err
		}
		for _, row := range rows {
			p, err := e.db.episode(row)
			if err != nil {
				return err
			}
			record := interview.EpisodeRecord{
				ID: p.ID, ConversationID: p.ConversationID, Level: p.Level, From: p.From, To: p.To, LastMessage: p.LastMessage, Text: p.Text,
				CreatedAt: row.CreatedAt.exact(),
			}
			if err := e.f(interview.ExportRecord{Episode: &record}); err != nil {
				return err
			}
			last = row.ID
		}
		if len(rows) < readBatch {
			return nil
		}
	}
}

// isMemory reports whether a record is of what is known of the user.
func isMemory(r interview.ExportRecord) bool {
	return r.Memory != nil || r.Experience != nil || r.Fact != nil || r.Thread != nil || r.Episode != nil
}

// learn stores a record of what is known of the user. What is known already is left as it is; a fact or thread that its messages do not bear out, as
// they are now, is left out, and so is an episode of a conversation that was there before.
func (i *importing) learn(ctx context.Context, r interview.ExportRecord) error {
	if err := i.flush(ctx); err != nil {
		return err
	}
	if i.memory.Version == 0 {
		var err error
		if i.memory, err = i.q.nextMemory(ctx, i.userID, anyEpoch); err != nil {
			return err
		}
	}
	switch {
	case r.Memory != nil:
		return i.coverage(ctx, r.Memory.Coverage)
	case r.Experience != nil:
		return i.experience(ctx, *r.Experience, r.Line)
	case r.Fact != nil:
		return i.fact(ctx, *r.Fact, r.Line)
	case r.Thread != nil:
		return i.thread(ctx, *r.Thread, r.Line)
	}
	return i.episode(ctx, *r.Episode, r.Line)
}

// known reports whether the user has a row with the id. Errors: conflict, when somebody else has.
func (i *importing) known(ctx context.Context, table, id, noun string, line int) (bool, error) {
	var owners []string
	err := i.q.list(ctx, &owners, `select user_id from `+table+` where id = ?`, id)
	if err == nil && len(owners) > 0 && owners[0] != i.userID {
		err = errTakenAt(line, noun)
	}
	return len(owners) > 0, err
}

func (i *importing) coverage(ctx context.Context, imported json.RawMessage) error {
	added, err := readCoverage(string(imported))
	if err != nil {
		return err
	}
	have, err := readCoverage(i.memory.Coverage)
	if err != nil {
		return err
	}
	maps.DeleteFunc(added, func(slot string, _ interview.SlotState) bool { _, there := have[slot]; return there })
	if len(have) == 0 && len(added) > 0 { // as it was written
		_, err = i.q.exec(ctx, setCoverage, string(imported), i.userID)
		return err
	}
	_, err = mergeCoverage(ctx, i.q, i.userID, i.memory, added)
	return err
}

func (i *importing) experience(ctx context.Context, e interview.ExperienceRecord, line int) error {
	if there, err := i.known(ctx, "experiences", e.ID, "experience", line); there || err != nil {
		return err
	}
	row, err := i.db.storedExperience(interview.Experience{
		ID: e.ID, Kind: e.Kind, Org: e.Org, Role: e.Role, Start: e.Start, End: e.End, Current: e.Current, Label: e.Label, Position: e.Position,
		CreatedAt: interview.Time{Time: e.CreatedAt.Time}, UpdatedAt: interview.Time{Time: e.UpdatedAt.Time},
	})
	if err != nil {
		return err
	}
	if len(e.Coverage) > 0 {
		row.Coverage = string(e.Coverage)
	}
	_, err = learnRows(ctx, i.q, i.userID, i.memory, learned{experiences: []experienceRow{row}})
	return err
}

func (i *importing) fact(ctx context.Context, r interview.FactRecord, line int) error {
	f := interview.Fact{
		ID: r.ID, ExperienceID: r.ExperienceID, Kind: r.Kind, Key: r.Key, Text: r.Text, Value: r.Value, Quote: r.Quote, Status: r.Status,
		Confidence: r.Confidence, ValidFrom: r.ValidFrom, ValidTo: r.ValidTo, Supersedes: r.Supersedes, Engine: r.Engine, Sources: r.Sources,
		CreatedAt: interview.Time{Time: r.CreatedAt.Time}, UpdatedAt: interview.Time{Time: r.UpdatedAt.Time},
	}
	if there, err := i.known(ctx, "profile_facts", f.ID, "fact", line); there || err != nil {
		return err
	}
	ids := make([]string, len(f.Sources))
	for n, s := range f.Sources {
		ids[n] = s.MessageID
	}
	contents, err := i.db.contents(ctx, i.q, i.userID, ids)
	if err != nil || interview.CheckFact(f, contents) != nil {
		return err
	}
	row, err := i.db.storedFact(f)
	if err != nil {
		return err
	}
	i.result.Facts++
	_, err = learnFact(ctx, i.q, i.userID, i.memory, &row)
	return err
}

func (i *importing) thread(ctx context.Context, r interview.ThreadRecord, line int) error {
	t := interview.Thread{ID: r.ID, Quote: r.Quote, Source: r.Source, Status: r.Status, CreatedAt: interview.Time{Time: r.CreatedAt.Time}}
	if there, err := i.known(ctx, "threads", t.ID, "thread", line); there || err != nil {
		return err
	}
	contents, err := i.db.contents(ctx, i.q, i.userID, []string{t.Source.MessageID})
	if err != nil || interview.CheckThread(t, contents) != nil {
		return err
	}
	row, err := i.db.storedThread(t)
	if err != nil {
		return err
	}
	_, err = learnRows(ctx, i.q, i.userID, i.memory, learned{threads: []threadRow{row}})
	return err
}

func (i *importing) episode(ctx context.Context, r interview.EpisodeRecord, line int) error {
	if there, err := i.known(ctx, "episodes", r.ID, "episode", line); there || err != nil || !i.imported[r.ConversationID] {
		return err
	}
	row, err := i.db.storedEpisode(interview.Episode{
		ID: r.ID, ConversationID: r.ConversationID, Level: r.Level, From: r.From, To: r.To, LastMessage: r.LastMessage, Text: r.Text,
		CreatedAt: interview.Time{Time: r.CreatedAt.Time},
	})
	if err != nil {
		return err
	}
	_, err = i.q.exec(ctx, insertEpisode, row.ID, i.userID, row.ConversationID, row.Level, row.FromSeq, row.ToSeq, row.LastMessage, row.Text,
		i.memory.Version, row.CreatedAt)
	return err
}
