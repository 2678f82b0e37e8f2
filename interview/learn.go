package interview

import (
	"bytes"
	"maps"
	"slices"
)

// checked returns what of l may be stored: facts and threads that pass their checks, or that are known and only changed their status, and experiences that
// pass theirs. Contents are the user's messages at hand. Rejected is told the rule of each that is left out.
func (l Learned) checked(contents map[string]string, m *Memory, rejected func(reason string)) Learned {
	l.Facts = slices.DeleteFunc(slices.Clone(l.Facts), func(f Fact) bool {
		if known := m.Fact(f.ID); known != nil && sameSaying(*known, f) {
			return refused(checkFactItself(f), rejected)
		}
		return refused(CheckFact(f, contents), rejected)
	})
	l.Threads = slices.DeleteFunc(slices.Clone(l.Threads), func(t Thread) bool {
		if known := m.thread(t.ID); known != nil && known.Quote == t.Quote && known.Source == t.Source {
			return t.Status != ThreadOpen && t.Status != ThreadAsked && t.Status != ThreadClosed
		}
		return refused(CheckThread(t, contents), rejected)
	})
	l.Experiences = slices.DeleteFunc(slices.Clone(l.Experiences), func(e Experience) bool {
		_, ok := ParseID(e.ID)
		return !ok || refused(CheckExperience(e), rejected)
	})
	return l
}

func refused(err error, rejected func(string)) bool {
	if err == nil {
		return false
	}
	rejected(AsError(err).Details.Field)
	return true
}

// sameSaying reports whether two facts say the same on the same grounds.
func sameSaying(a, b Fact) bool {
	return a.Kind == b.Kind && a.Text == b.Text && a.Quote == b.Quote && bytes.Equal(a.Value, b.Value) && slices.Equal(a.Sources, b.Sources)
}

// thread returns the thread with the id, or nil.
func (m *Memory) thread(id string) *Thread {
	if m == nil {
		return nil
	}
	if i := slices.IndexFunc(m.Threads, func(t *Thread) bool { return t.ID == id }); i >= 0 {
		return m.Threads[i]
	}
	return nil
}

// userContents are the contents of the user's messages among them, by id. What was forgotten says nothing.
func userContents(messages ...[]Message) map[string]string {
	contents := map[string]string{}
	for _, some := range messages {
		for _, m := range some {
			if m.Role == RoleUser && !m.Forgotten() {
				contents[m.ID] = m.Content
			}
		}
	}
	return contents
}

// missing are the messages that l cites, that are not at hand, and without which it cannot be checked.
func (l Learned) missing(contents map[string]string, m *Memory) []string {
	ids := map[string]bool{}
	cite := func(s Source) {
		if _, known := contents[s.MessageID]; !known {
			ids[s.MessageID] = true
		}
	}
	for _, f := range l.Facts {
		if known := m.Fact(f.ID); known != nil && sameSaying(*known, f) {
			continue
		}
		for _, s := range f.Sources {
			cite(s)
		}
	}
	for _, t := range l.Threads {
		if m.thread(t.ID) == nil {
			cite(t.Source)
		}
	}
	return slices.Sorted(maps.Keys(ids))
}

// unprivate is messages without those that nothing may be made of: what the user wanted no notes of, or said in distress, with the replies to it, and what they
// took back.
func unprivate(messages []Message) []Message {
	out := make([]Message, 0, len(messages))
	for _, m := range messages {
		if m.Forgotten() {
			continue
		}
		if m.Role == RoleAssistant {
			switch m.actApart() {
			case "private", "crisis", "distress":
				out = withoutLast(out)
				continue
			case "forget":
				out = withoutLast(withoutLast(out))
				continue
			}
		}
		out = append(out, m)
	}
	return out
}

// actApart is the act of a reply if it is one for which messages are left out, else empty or any. Of most replies nothing is decoded.
func (m Message) actApart() string {
	for _, act := range [...]string{"private", "crisis", "distress", "forget"} {
		if bytes.Contains(m.Metadata, []byte(`"`+act+`"`)) {
			return m.ReplyMetadata().Act
		}
	}
	return ""
}

// withoutLast takes off the user's last message and what came after it.
func withoutLast(messages []Message) []Message {
	for i, m := range slices.Backward(messages) {
		if m.Role == RoleUser {
			return messages[:i]
		}
	}
	return messages
}

// over returns what a second look at messages learned, fitted to what is known: a fact takes the place of one that is only proposed and of the same kind and words;
// where the user has spoken about such a fact already, it is left out.
func (l Learned) over(m *Memory, now Time) Learned {
	var facts []Fact
	for _, f := range l.Facts {
		old := m.overlapping(f)
		switch {
		case old == nil || old.ID == f.ID && old.Status == FactProposed:
		case old.ID == f.ID || old.Status != FactProposed:
			continue
		default:
			gone := *old
			gone.Status, gone.UpdatedAt, f.Supersedes = FactSuperseded, now, old.ID
			facts = append(facts, gone)
		}
		facts = append(facts, f)
	}
	l.Facts = facts
	return l
}

// overlapping returns a fact of the same kind that was drawn from the same words, or nil.
func (m *Memory) overlapping(f Fact) *Fact {
	if m == nil || len(f.Sources) == 0 {
		return nil
	}
	for _, known := range m.Facts {
		if known.ID == f.ID {
			return known
		}
		if known.Kind != f.Kind || len(known.Sources) == 0 || known.Status == FactSuperseded {
			continue
		}
		if a, b := known.Sources[0], f.Sources[0]; a.MessageID == b.MessageID && a.Start < b.End && b.Start < a.End {
			return known
		}
	}
	return nil
}
