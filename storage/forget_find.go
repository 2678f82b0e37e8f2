package storage

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/betterprofile/betterprofile/interview"
)

// findNamed finds the messages that are named, or hold the words. Errors: not_found when one of the ids is none of the user's.
func (f *forgetting) findNamed(ctx context.Context) error {
	named := make(map[string]bool, len(f.in.MessageIDs))
	for _, id := range f.in.MessageIDs {
		named[id] = true
	}
	err := f.eachMessage(ctx, func(c *conversationText, _ messageRow, m interview.Message) error {
		if named[m.ID] || f.matches(m.Content) {
			f.add(c, m)
		}
		return nil
	})
	if err != nil || len(named) == 0 {
		return err
	}
	known, err := f.known(ctx)
	if err == nil && known != len(named) {
		err = interview.NotFound("Message")
	}
	return err
}

// known counts the messages that are named and the user's, whether they still say anything or not.
func (f *forgetting) known(ctx context.Context) (n int, err error) {
	for ids := range slices.Chunk(f.in.MessageIDs, readBatch) {
		var some int
		err := f.q.get(ctx, &some, `select count(*) from messages m join conversations c on c.id = m.conversation_id where c.user_id = ? and m.id {in}`,
			f.userID, f.db.dialect.ids(ids))
		if err != nil {
			return 0, err
		}
		n += some
	}
	return n, nil
}

// findCopies finds the copies that forks have of the messages, and takes from the words those that the user said elsewhere as well.
func (f *forgetting) findCopies(ctx context.Context) error {
	if len(f.gone) == 0 {
		return nil
	}
	times := map[string][]time.Time{}
	for _, g := range f.gone {
		key := string(g.role) + g.content
		times[key] = append(times[key], g.at)
	}
	return f.eachMessage(ctx, func(c *conversationText, _ messageRow, m interview.Message) error {
		if f.gone[m.ID] != nil {
			return nil
		}
		isCopy := slices.ContainsFunc(times[string(m.Role)+m.Content], func(at time.Time) bool { return m.CreatedAt.Sub(at).Abs() < time.Second })
		switch {
		case isCopy:
			f.add(c, m)
		case m.Role == interview.RoleUser:
			f.words.saidElsewhere(m.Content)
		}
		return nil
	})
}

// findReplies finds the interviewer's messages that quote what is forgotten, and those whose earlier texts or other notes do.
func (f *forgetting) findReplies(ctx context.Context) error {
	return f.eachMessage(ctx, func(c *conversationText, _ messageRow, m interview.Message) error {
		if f.gone[m.ID] != nil {
			return nil
		}
		meta := m.ReplyMetadata()
		if m.Role == interview.RoleAssistant {
			anchored := meta.Anchor != nil && f.gone[meta.Anchor.MessageID] != nil
			if anchored || len(f.gone) > 0 && f.words.quotedIn(m.Content) {
				f.add(c, m)
				return nil
			}
		}
		return f.checkMetadata(m, meta)
	})
}

// checkMetadata notes what of a message's metadata must go: earlier texts, and what others wrote there.
func (f *forgetting) checkMetadata(m interview.Message, meta interview.ReplyMetadata) error {
	if len(m.Metadata) == 0 {
		return nil
	}
	all, err := keysOf(m.Metadata)
	if err != nil {
		return nil //nolint:nilerr // others' doing
	}
	ours, err := keysOf(meta.JSON())
	if err != nil {
		return err
	}
	changed := false
	for key, value := range all {
		if _, our := ours[key]; !our && f.matches(key, string(value)) {
			delete(all, key)
			changed = true
		}
	}
	kept := slices.DeleteFunc(slices.Clone(meta.Previous), func(text string) bool {
		return f.matches(text) || len(f.gone) > 0 && f.words.quotedIn(text)
	})
	if lost := len(meta.Previous) - len(kept); lost > 0 {
		f.report.PreviousTexts += lost
		changed = true
		if delete(all, "previous"); len(kept) > 0 {
			if all["previous"], err = json.Marshal(kept); err != nil {
				return err
			}
		}
	}
	if !changed {
		return nil
	}
	metadata := []byte(nil)
	if len(all) > 0 {
		if metadata, err = json.Marshal(all); err != nil {
			return err
		}
	}
	f.previous[m.ID], err = f.db.sealMetadata(m.ID, metadata)
	return err
}
