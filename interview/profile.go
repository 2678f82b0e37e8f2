package interview

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
)

// FactQuery asks for a user's facts, oldest first. Empty fields do not restrict.
type FactQuery struct {
	Status       FactStatus
	Kind         FactKind
	ExperienceID string
	Limit        int    // 1 to MaxLimit; 0 is DefaultLimit
	Cursor       Cursor // where to go on
	All          bool   // all of them, whatever Limit and Cursor are
}

// Normalize returns the query with its limit set. Errors: invalid with the field.
func (q FactQuery) Normalize() (FactQuery, error) {
	if q.Status != "" && !slices.Contains(factStatuses(), q.Status) {
		return q, Invalid("status", "status must be one of %s.", joined(factStatuses()))
	}
	if q.Kind != "" && !slices.Contains(FactKinds(), q.Kind) {
		return q, Invalid("kind", "kind must be one of %s.", joined(FactKinds()))
	}
	if q.ExperienceID != "" {
		id, ok := ParseID(q.ExperienceID)
		if !ok {
			return q, Invalid("experience", "experience must be the id of an experience, a UUID.")
		}
		q.ExperienceID = id
	}
	limit, err := checkLimit(q.Limit)
	if err != nil {
		return q, err
	}
	q.Limit = limit
	_, err = q.Cursor.Position()
	return q, err
}

// joined lists words for an error.
func joined[T ~string](words []T) string {
	texts := make([]string, len(words))
	for i, w := range words {
		texts[i] = string(w)
	}
	return strings.Join(texts, ", ")
}

// FactPage is a page of facts, oldest first.
type FactPage struct {
	Facts      []Fact `json:"facts"`
	NextCursor Cursor `json:"nextCursor"`
}

// FactPatch changes what is not nil.
type FactPatch struct {
	Status *FactStatus `json:"status,omitempty"`
}

// Normalize checks the patch. Errors: invalid with the field: a user can confirm a fact, reject it, or leave it open again.
func (p FactPatch) Normalize() (FactPatch, error) {
	byHand := []FactStatus{FactProposed, FactConfirmed, FactRejected}
	switch {
	case p.Status == nil:
		return p, Invalid("status", "Nothing to change: give status.")
	case !slices.Contains(byHand, *p.Status):
		return p, Invalid("status", "status must be one of %s.", joined(byHand))
	}
	return p, nil
}

// Memory returns all that is known of a user, as it is now. It must not be changed. Errors: unavailable.
func (s *Service) Memory(ctx context.Context, userID string) (*Memory, error) {
	return s.memories.latest(ctx, userID)
}

// ListFacts returns a page of a user's facts. Errors: invalid, unavailable.
func (s *Service) ListFacts(ctx context.Context, userID string, q FactQuery) (FactPage, error) {
	q, err := q.Normalize()
	if err != nil {
		return FactPage{}, err
	}
	m, err := s.memories.latest(ctx, userID)
	if err != nil {
		return FactPage{}, err
	}
	after, err := q.Cursor.Position()
	if err != nil {
		return FactPage{}, err
	}
	page := FactPage{Facts: []Fact{}}
	for _, f := range m.Facts {
		late := f.CreatedAt.After(after.Time.Time) || f.CreatedAt.Equal(after.Time.Time) && f.ID > after.ID
		switch {
		case q.Status != "" && f.Status != q.Status, q.Kind != "" && f.Kind != q.Kind, q.ExperienceID != "" && f.ExperienceID != q.ExperienceID:
			continue
		case !q.All && q.Cursor != "" && !late:
			continue
		case !q.All && len(page.Facts) == q.Limit:
			last := page.Facts[q.Limit-1]
			page.NextCursor = Position{Time: last.CreatedAt, ID: last.ID}.Cursor()
			return page, nil
		}
		page.Facts = append(page.Facts, *f)
	}
	return page, nil
}

// patchTries is how often a change of a fact is tried again when something was removed meanwhile.
const patchTries = 3

// PatchFact changes a fact by the user's hand and returns it. When one of facts that contradict each other is confirmed, it takes the place of the others; when
// one is rejected and only one other is left, that one is proposed again. An experience loses the organisation and the role that a rejected fact gave it, and
// gets that of a fact that counts again. Errors: invalid, field status; not_found; unavailable.
func (s *Service) PatchFact(ctx context.Context, userID, factID string, p FactPatch) (Fact, error) {
	p, err := p.Normalize()
	if err != nil {
		return Fact{}, err
	}
	id, ok := ParseID(factID)
	if !ok {
		return Fact{}, NotFound("Fact")
	}
	for range patchTries {
		m, err := s.memories.latest(ctx, userID)
		if err != nil {
			return Fact{}, err
		}
		known := m.Fact(id)
		if known == nil {
			return Fact{}, NotFound("Fact")
		}
		now := At(s.opts.Now())
		facts := patched(m, *known, *p.Status, now)
		change, stored, err := s.store.Learn(ctx, userID, m.Version.Epoch, Learned{Facts: facts, Experiences: renamed(m, facts, now)})
		if err != nil || stored {
			s.memories.step(userID, change)
			return facts[0], err
		}
	}
	return Fact{}, Errorf(CodeConflict, "This fact is just being changed. Try again in a moment.")
}

// patched is the fact with its new status, then the others that change with it.
func patched(m *Memory, f Fact, status FactStatus, now Time) []Fact {
	var rivals []Fact
	for _, other := range m.Facts {
		contradicts := other.Status == FactConflict || f.Status == FactConflict && other.Current()
		if other.ID != f.ID && other.ExperienceID == f.ExperienceID && other.Kind == f.Kind && other.Key == f.Key && contradicts {
			rivals = append(rivals, *other)
		}
	}
	f.Status, f.UpdatedAt = status, now
	facts := []Fact{f}
	for i := range rivals {
		rival := &rivals[i]
		rival.UpdatedAt = now
		switch {
		case status == FactConfirmed:
			facts[0].Supersedes = rival.ID
			rival.Status = FactSuperseded
			if rival.Supersedes == f.ID {
				rival.Supersedes = ""
			}
		case status == FactRejected && len(rivals) == 1 && rival.Status == FactConflict:
			rival.Status = FactProposed
		default:
			continue
		}
		facts = append(facts, *rival)
	}
	return facts
}

// renamed are the experiences that have another organisation or role once the facts have changed.
func renamed(m *Memory, facts []Fact, now Time) []Experience {
	var list []Experience
	for _, f := range facts {
		known := m.Experience(f.ExperienceID)
		if known == nil {
			continue
		}
		e := *known
		switch f.Kind {
		case "org":
			rename(&e.Org, m, facts, f, "org")
		case "role":
			rename(&e.Role, m, facts, f, "role")
		}
		if e.Org != known.Org || e.Role != known.Role {
			e.UpdatedAt = now
			list = append(list, e)
		}
	}
	return list
}

// rename takes a rejected fact's name off an experience unless another fact has it, and gives one without a name that of a fact that counts.
func rename(name *string, m *Memory, changed []Fact, f Fact, field string) {
	said := f.named(field)
	switch {
	case f.Current() && *name == "":
		*name = said
	case !f.Current() && *name != "" && *name == said:
		*name = ""
		for _, other := range m.Facts {
			isChanged := slices.ContainsFunc(changed, func(c Fact) bool { return c.ID == other.ID })
			if !isChanged && other.Current() && other.Kind == f.Kind && other.ExperienceID == f.ExperienceID && other.named(field) == said {
				*name = said
			}
		}
	}
}

// named is a field of a fact's value; empty when it has none.
func (f Fact) named(field string) string {
	var value map[string]any
	if json.Unmarshal(f.Value, &value) != nil {
		return ""
	}
	name, _ := value[field].(string)
	return name
}

// FactFault is a fact that does not stand on what the user said.
type FactFault struct {
	FactID string `json:"factId"`
	Rule   string `json:"rule"` // the rule of CheckFact that it breaks
}

// VerifyFacts looks whether all current facts of a user stand on what the user said: quotes and figures, message by message. It returns how many
// there are and those that do not. Errors: unavailable.
func (s *Service) VerifyFacts(ctx context.Context, userID string) (int, []FactFault, error) {
	m, err := s.memories.latest(ctx, userID)
	if err != nil {
		return 0, nil, err
	}
	var all Learned
	for _, f := range m.Facts {
		if f.Current() {
			all.Facts = append(all.Facts, *f)
		}
	}
	contents, err := s.store.LoadContents(ctx, userID, all.missing(nil, nil))
	if err != nil {
		return 0, nil, err
	}
	faults := []FactFault{}
	for _, f := range all.Facts {
		if err := CheckFact(f, contents); err != nil {
			faults = append(faults, FactFault{FactID: f.ID, Rule: AsError(err).Details.Field})
		}
	}
	return len(all.Facts), faults, nil
}

// Coverage says how far a user's profile is told. Errors: unavailable.
func (s *Service) Coverage(ctx context.Context, userID string) (CoverageReport, error) {
	m, err := s.memories.latest(ctx, userID)
	if err != nil {
		return CoverageReport{}, err
	}
	return s.agent.Coverage(m, At(s.opts.Now())), nil
}

// MaxAgenda is how many questions an agenda lists at most.
const MaxAgenda = 50

// Agenda lists the n questions (1 to MaxAgenda; 0 is 5) that the interviewer would ask next in the user's newest conversation. Errors: invalid, field limit;
// unavailable.
func (s *Service) Agenda(ctx context.Context, userID string, n int) ([]AgendaItem, error) {
	if n == 0 {
		n = 5
	}
	if n < 1 || n > MaxAgenda {
		return nil, Invalid("limit", "limit must be a whole number from 1 to %d.", MaxAgenda)
	}
	m, err := s.memories.latest(ctx, userID)
	if err != nil {
		return nil, err
	}
	in := AgendaRequest{UserID: userID, Now: At(s.opts.Now()), Memory: m, N: n}
	if err := s.newest(ctx, userID, &in); err != nil {
		return nil, err
	}
	items := s.agenda(in)
	return items[:min(len(items), n)], nil
}

// agenda asks the agent. The list is not nil.
func (s *Service) agenda(in AgendaRequest) []AgendaItem {
	if items := s.agent.Agenda(in); items != nil {
		return items
	}
	return []AgendaItem{}
}

// newest adds where the user's newest conversation stands, if there is one.
func (s *Service) newest(ctx context.Context, userID string, in *AgendaRequest) error {
	page, err := s.store.ListConversations(ctx, userID, ConversationQuery{Limit: MaxLimit})
	if err != nil || len(page.Conversations) == 0 {
		return err
	}
	newest := slices.MaxFunc(page.Conversations, func(a, b Conversation) int { return a.UpdatedAt.Compare(b.UpdatedAt.Time) })
	state, recent, err := s.store.LoadState(ctx, userID, newest.ID, s.opts.WindowMessages)
	if ErrorCode(err) == CodeNotFound { // it went just now
		return nil
	}
	in.ConversationID, in.State, in.Recent = newest.ID, state, recent
	return err
}

// Forget removes what the input names and all that was made from it. Errors: as of MemoryStore.Forget; invalid with the field.
func (s *Service) Forget(ctx context.Context, userID string, in ForgetInput) (ForgetReport, error) {
	in, err := in.Normalize()
	if err != nil {
		return ForgetReport{}, err
	}
	report, err := s.store.Forget(ctx, userID, in)
	if err == nil && !in.DryRun {
		s.memories.drop(userID)
		s.talks.drop(userID)
	}
	return report, err
}
