package planner

import (
	"slices"
	"strings"

	"github.com/betterprofile/betterprofile/interview"
)

// Fold returns the state after the messages, which are all of a conversation, oldest first.
func Fold(messages []interview.Message) *State {
	st := newState()
	st.foldAll(messages, "")
	return st
}

// Rebuild returns the stored form of the state after the messages: the same bytes as were stored with the last of them.
func Rebuild(messages []interview.Message) []byte { return Fold(messages).JSON() }

// NeedsHistory reports whether the state cannot be brought up to the message from in.Recent alone: it is missing or of another version, or
// what it has come to is not among in.Recent, as when the message is answered again. [Take] then wants the whole conversation.
func NeedsHistory(in interview.ReplyRequest) bool {
	if in.Whole || len(in.Recent) == 0 && len(in.State) == 0 {
		return false
	}
	head := &State{}
	if !readHead(in.State, head) {
		return true
	}
	_, ok := head.tail(in)
	return !ok
}

// restore returns the state before in.Message. Known is what in.State holds, from who has it at hand, or nil.
func restore(in interview.ReplyRequest, known *State) *State {
	st, ok := known, known != nil
	if !ok {
		st, ok = loadState(in.State)
	}
	if ok {
		if tail, ok := st.tail(in); ok {
			st.foldAll(tail, in.ConversationID)
			return st
		}
	}
	st = newState()
	st.foldAll(in.Recent, in.ConversationID)
	return st
}

// tail returns those of in.Recent that are not in the state yet; false when that cannot be told.
func (st *State) tail(in interview.ReplyRequest) ([]interview.Message, bool) {
	recent, at := in.Recent, -1
	switch {
	case st.Last == "" && st.Turn == 0:
		if !in.Whole && len(recent) > 0 {
			return nil, false
		}
	case st.Last == "":
		return nil, false
	default:
		at = len(recent) - 1
		for at >= 0 && (recent[at].Role != interview.RoleUser || recent[at].ID != st.Last) {
			at--
		}
		if at < 0 {
			return nil, false
		}
	}
	rest := recent[at+1:]
	if len(rest) < st.After {
		return nil, false
	}
	for _, m := range rest[:st.After] {
		if m.Role != interview.RoleAssistant {
			return nil, false
		}
	}
	return rest[st.After:], true
}

// foldAll takes messages in. Conversation is their conversation's id, or empty for the one that they name.
func (st *State) foldAll(messages []interview.Message, conversation string) {
	for _, m := range messages {
		switch {
		case m.Role == interview.RoleUser:
			st.foldUser(m, conversation)
		case m.Role == interview.RoleAssistant:
			st.foldReply(m.Content, m.ReplyMetadata(), conversationOf(m, conversation))
		}
	}
}

func conversationOf(m interview.Message, conversation string) string {
	if conversation == "" {
		return m.ConversationID
	}
	return conversation
}

// foldUser takes a user's message in and returns its reading.
func (st *State) foldUser(m interview.Message, conversation string) Reading {
	r := ReadMessage(m.Content, st.context(m))
	r.Fixes = st.completed(r.Fixes)
	t := intake{State: st, r: r, m: m, conversation: conversationOf(m, conversation), before: st.Last, replied: st.After > 0}
	if st.lost = nil; r.Act != ActForget {
		st.Gains = nil
	}
	st.Turn++
	st.Since++
	st.Paused = false
	st.Last, st.After = m.ID, 0
	st.noteSame(m.Content)
	t.take()
	st.sortGains()
	return r
}

// context is what the reading of the next message depends on.
func (st *State) context(m interview.Message) Context {
	c := Context{First: st.Turn == 0, Forgotten: m.Forgotten(), Repeated: st.repeats(m.Content)}
	if e := st.focus(); e != nil {
		c.HasRole, c.Earlier = e.Role != "", e.Earlier
	}
	if o := st.Open; o != nil {
		c.Recap, c.Conflict = o.ID == RecapID, o.ID == ConflictID
		q, known := QuestionByID(o.ID)
		if !known {
			q = Question{Facet: o.Facet, Slot: o.Slot}
		}
		if o.Wording == wordingEasier {
			q.Effort = 1 // a short answer will do
		}
		c.Question = q
		c.Goals = o.Facet == "goals" || o.Facet == "skills"
	}
	return c
}

// repeats returns how many messages right before had the same words.
func (st *State) repeats(content string) int {
	if st.Turn > 0 && st.Same == sum32(strings.TrimSpace(content)) {
		return st.Repeated + 1
	}
	return 0
}

func (st *State) noteSame(content string) {
	st.Repeated = st.repeats(content)
	st.Same = sum32(strings.TrimSpace(content))
}

// foldReply takes in a message of the interviewer.
func (st *State) foldReply(content string, meta interview.ReplyMetadata, conversation string) {
	st.After++
	list := questions(content)
	for _, q := range list {
		st.Heard.add(q)
		st.Recent = keepLast(append(st.Recent, firstWords(q, askedWords)), maxRecent)
	}
	st.adopt(meta.Subject, meta.Question, conversation)
	st.Offered = st.Offered || strings.Contains(content, PauseOffer)
	if meta.Anchor != nil {
		st.use(meta.Anchor)
	}
	if meta.Act == string(ActLanguage) {
		st.InLang++
	}
	open, asks := st.opened(list, meta)
	switch {
	case asks:
		st.noteAsked(open)
		st.Open = open
	case meta.Act == string(ActCrisis) || meta.Act == string(ActStop) || meta.Status != "":
		// the question from before stays open
	default:
		st.Open = nil
	}
}

// opened returns the question that a reply asks; false for none.
func (st *State) opened(list []string, meta interview.ReplyMetadata) (*Open, bool) {
	o := &Open{ID: meta.Question, Facet: meta.Facet, Slot: meta.Slot, Wording: meta.Wording, Facts: keepFirst(meta.Facts, 12), Thread: meta.Thread}
	if o.ID == "" && meta.Slot == RecapID {
		o.ID = RecapID
	}
	if o.ID == "" {
		if len(list) == 0 {
			return nil, false
		}
		if o.Facet == "" {
			o.Facet, o.Slot = Aim(list[0], Choice{})
		}
	}
	if q, ok := QuestionByID(o.ID); ok {
		o.Facet, o.Slot = q.Facet, q.Slot
	}
	if !personal(o.Facet) {
		o.Exp = st.Focus
	}
	if o.ID == RecapID && meta.Act != string(ActSummary) {
		if e := st.focus(); e != nil {
			e.Recapped = true
		}
	}
	return o, true
}

func keepFirst[T any](list []T, n int) []T { return slices.Clone(list[:min(len(list), n)]) }

// noteAsked notes what was asked, so that it is not asked again.
func (st *State) noteAsked(o *Open) {
	before := st.Quoting
	st.Quoting = 0
	switch {
	case strings.HasPrefix(o.ID, closingPrefix):
		st.Closing = max(st.Closing, closingNumber(o.ID)+1)
	case o.ID == ConflictID:
		st.Conflicts = keepLast(append(st.Conflicts, pairKey(o.Facts)), maxConflicts)
		st.ConflictAt = st.Turn
	}
	if o.Thread != "" {
		st.Threads = slices.DeleteFunc(st.Threads, func(p Piece) bool { return threadID(p.Msg, p.Start) == o.Thread })
	}
	if e := st.exp(o.Exp); e != nil && o.Facet != "" {
		if e.Asked == nil {
			e.Asked = map[string]int{}
		}
		e.Asked[o.Facet]++
	}
	if _, ok := QuestionByID(o.ID); !ok {
		return
	}
	m, mark := marks(st.Asked[o.ID]), markPlain
	switch o.Wording {
	case wordingQuoted:
		mark = markQuoted
		st.Quoting = before + 1
	case wordingEasier:
		mark = markEasier
	}
	if st.Asked == nil {
		st.Asked = map[string]string{}
	}
	st.Asked[o.ID] = string(m.with(mark).withExp(o.Exp))
}

// adopt turns to the experience that a reply is about. One that this conversation has not met is known from before: it is the one that is
// spoken of, unless that is known from before as well or the question begins a conversation.
func (st *State) adopt(id, question, conversation string) {
	if id == "" {
		return
	}
	if e := st.expByID(id); e != nil {
		st.Focus = e.N
		return
	}
	q, _ := QuestionByID(question)
	e := st.focus()
	if e == nil || e.Took || q.Facet == facetReturning {
		e = st.addExp(conversation)
		st.Focus = e.N
	}
	e.ID, e.Took = id, true
}

// use notes that a quotation was used.
func (st *State) use(s *interview.Source) {
	key := sourceKey(s.MessageID, s.Start)
	st.Used = keepLast(append(st.Used, key), maxUsed)
	for _, e := range st.Exps {
		e.Pieces = slices.DeleteFunc(e.Pieces, func(p Piece) bool { return sourceKey(p.Msg, p.Start) == key })
	}
}

// sourceKey stands for a place in a message: the end of the id is the part that is random.
func sourceKey(message string, start int) string {
	return message[max(0, len(message)-8):] + ":" + itoa(start)
}

func threadID(message string, start int) string {
	return interview.DerivedID(message + "/thread/" + itoa(start))
}

// pairKey stands for two facts that contradict each other.
func pairKey(facts []string) string {
	sorted := slices.Sorted(slices.Values(facts))
	return itoa(int(sum32(strings.Join(sorted, " "))))
}

func firstWords(s string, n int) string {
	words := strings.Fields(s)
	if len(words) > n {
		words = append(words[:n:n], "…")
	}
	return cutBytes(strings.Join(words, " "), maxTextBytes)
}
