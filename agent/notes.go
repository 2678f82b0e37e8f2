package agent

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/betterprofile/betterprofile/agent/planner"
	"github.com/betterprofile/betterprofile/interview"
)

// The budgets of the layers of the notes, in tokens, and how many lines each has at most.
const (
	profileTokens = 600
	summaryTokens = 400
	threadTokens  = 150
	askedTokens   = 250
	olderTokens   = 250
	hintTokens    = 100

	lineRunes       = 140
	recalledFacts   = 36  // those that match the message and come first
	scannedFacts    = 400 // of the newest, for what is left of the budget
	summaryEpisodes = 8
	openThreads     = 8
	askedQuestions  = 25
	olderEpisodes   = 2
)

// notes are the second system message: what is known of the user, as far as it matters now.
type notes struct {
	Today        string
	Conversation int
	Exchanges    int
	Language     string
	Profile      []profileLine
	Summary      string
	LastTime     string
	Older        []string
	Threads      []string
	Asked        []string
	Subject      string
	Coverage     string
	Act          string
	Hint         string
	Distress     bool
	Terse        bool
	Offer        bool
	Refused      []string

	facts    []*interview.Fact    // those in Profile
	episodes []*interview.Episode // those in Summary, LastTime and Older
}

// profileLine is a line of the profile, and how far it can be relied on.
type profileLine struct{ Text, Standing string }

// newNotes gathers the notes for a reply.
func (i *Interviewer) newNotes(in interview.ReplyRequest, plan planner.Plan) notes {
	m := in.Memory
	if m == nil {
		m = &interview.Memory{UserID: in.UserID}
	}
	n := notes{
		Today: in.Now.Format("Monday 2 January 2006"), Conversation: max(m.Conversations, 1), Exchanges: plan.State.Turn,
		Language: plan.Hints.Language, Subject: oneLine(plan.Hints.Subject, lineRunes), Coverage: oneLine(plan.Hints.Coverage, 2*lineRunes),
		Distress: plan.Hints.Distress, Terse: plan.Hints.Terse, Offer: plan.Offer,
		Refused: fit(plan.Hints.Refused, hintTokens),
		Asked:   fitNewest(plan.Hints.Asked, askedQuestions, askedTokens), Hint: hint(plan),
	}
	if n.Language == "" {
		n.Language = "English"
	}
	if plan.Act != planner.ActAnswer {
		n.Act = string(plan.Act)
	}
	n.addProfile(m, i.recall.Facts(m, in.Now.Time, in.Message.Content, recalledFacts), in.Now)
	n.addEpisodes(m, in.ConversationID)
	older := i.recall.Episodes(m, in.Now.Time, in.Message.Content, olderEpisodes, func(e *interview.Episode) bool {
		return slices.Contains(n.episodes, e)
	})
	n.Older = n.addTexts(older, olderTokens)
	n.addThreads(m)
	return n
}

// hint is the planner's next question with what it would fill.
func hint(plan planner.Plan) string {
	next := plan.Next
	if next.Text == "" {
		return ""
	}
	what := strings.Trim(next.Facet+"/"+next.Slot, "/")
	if what != "" {
		what += ", as in: "
	}
	return oneLine(what+next.Text, 3*lineRunes)
}

// addProfile fills the profile: experiences, the facts that match the message, then confirmed and proposed ones, newest first.
func (n *notes) addProfile(m *interview.Memory, matching []*interview.Fact, now interview.Time) {
	budget := profileTokens
	add := func(text, standing string) bool {
		line := profileLine{Text: oneLine(text, lineRunes), Standing: standing}
		budget -= Tokens(line.Text) + Tokens(standing) + 4
		if budget >= 0 {
			n.Profile = append(n.Profile, line)
		}
		return budget >= 0
	}
	const mostExperiences = 6
	for _, e := range newestExperiences(m, mostExperiences) {
		add(experienceLine(e), "experience")
	}
	for group := range together(byUse(m, matching)) {
		if !add(factLine(m, group), standing(group, now)) {
			return
		}
		n.facts = append(n.facts, group...)
	}
}

// together groups facts of the same message that follow each other, so that a figure stands with what it measures. What says the same
// as another of its group is left out. A group is only to be used until the next one.
func together(facts iter.Seq[*interview.Fact]) iter.Seq[[]*interview.Fact] {
	const most = 4
	return func(yield func([]*interview.Fact) bool) {
		group := make([]*interview.Fact, 0, most)
		for f := range facts {
			switch {
			case len(group) == 0:
				group = append(group, f)
			case len(group) == most || !belongs(group[0], f):
				if !yield(group) {
					return
				}
				group = append(group[:0], f)
			case !slices.ContainsFunc(group, func(other *interview.Fact) bool { return strings.Contains(other.Text, f.Text) }):
				group = append(group, f)
			}
		}
		if len(group) > 0 {
			yield(group)
		}
	}
}

// belongs reports whether two facts may stand in one line.
func belongs(a, b *interview.Fact) bool {
	return len(a.Sources) > 0 && len(b.Sources) > 0 && a.Sources[0].MessageID == b.Sources[0].MessageID && a.ExperienceID == b.ExperienceID &&
		a.Status != interview.FactConflict && b.Status != interview.FactConflict
}

// newestExperiences returns those that the profile begins with, the current ones first.
func newestExperiences(m *interview.Memory, most int) []*interview.Experience {
	var list []*interview.Experience
	for _, e := range m.Experiences {
		if experienceLine(e) != "" {
			list = append(list, e)
		}
	}
	slices.SortStableFunc(list, func(a, b *interview.Experience) int {
		if a.Current != b.Current && (a.Current || b.Current) {
			if a.Current {
				return -1
			}
			return 1
		}
		return strings.Compare(b.Start, a.Start)
	})
	return list[:min(len(list), most)]
}

// experienceLine is an experience in one line: "Brightpost: backend engineer, 2021 to now".
func experienceLine(e *interview.Experience) string {
	name := e.Org
	switch {
	case name == "":
		name = e.Role
	case e.Role != "":
		name += ": " + e.Role
	}
	if name == "" {
		name = e.Label
	}
	switch {
	case name == "":
		return ""
	case e.Start != "" && e.Current:
		name += ", " + e.Start + " to now"
	case e.Start != "" && e.End != "":
		name += ", " + e.Start + " to " + e.End
	case e.Start != "":
		name += ", from " + e.Start
	case e.End != "":
		name += ", until " + e.End
	}
	return name
}

// byUse goes through the facts that a prompt may show: matching ones, then of the newest ones the confirmed and then the rest.
func byUse(m *interview.Memory, matching []*interview.Fact) iter.Seq[*interview.Fact] {
	newest := m.Facts[max(0, len(m.Facts)-scannedFacts):]
	return func(yield func(*interview.Fact) bool) {
		for _, f := range matching {
			if !yield(f) {
				return
			}
		}
		for _, confirmed := range [...]bool{true, false} {
			for _, f := range slices.Backward(newest) {
				if (f.Status == interview.FactConfirmed) == confirmed && f.Current() && !slices.Contains(matching, f) && !yield(f) {
					return
				}
			}
		}
	}
}

// factLine is what was said together in one line, with what it belongs to unless that is said in it.
func factLine(m *interview.Memory, group []*interview.Fact) string {
	var b strings.Builder
	for i, f := range group {
		if i > 0 {
			b.WriteString("; ")
		} else {
			b.Grow(len(group) * (len(f.Kind) + len(f.Text) + len(": ; ")))
		}
		b.WriteString(string(f.Kind))
		b.WriteString(": ")
		b.WriteString(f.Text)
	}
	line := b.String()
	if e := m.Experience(group[0].ExperienceID); e != nil && e.Org != "" && !strings.Contains(line, e.Org) {
		line += " (" + e.Org + ")"
	}
	return line
}

// standing is how far the facts of a line can be relied on, and how old they are.
func standing(group []*interview.Fact, now interview.Time) string {
	status := string(group[0].Status)
	if slices.ContainsFunc(group, func(f *interview.Fact) bool { return f.Status != group[0].Status }) {
		status = "partly confirmed"
	}
	return status + ", " + age(factTime(group[0]), now)
}

func factTime(f *interview.Fact) interview.Time {
	if f.UpdatedAt.IsZero() {
		return f.CreatedAt
	}
	return f.UpdatedAt
}

// age says how old something is: "today", "3 days", "5 months", "2 years".
func age(at, now interview.Time) string {
	const day = 24 * time.Hour
	days := int(now.Sub(at.Time) / day)
	n, unit := days, "day"
	switch {
	case at.IsZero():
		return "age unknown"
	case days < 1:
		return "today"
	case days >= 730:
		n, unit = days/365, "year"
	case days >= 60:
		n, unit = days/30, "month"
	}
	if n != 1 {
		unit += "s"
	}
	return fmt.Sprintf("%d %s", n, unit)
}

// addEpisodes fills the summary of this conversation, which is its last episodes, and of the one before.
func (n *notes) addEpisodes(m *interview.Memory, conversationID string) {
	before := ""
	for _, e := range slices.Backward(m.Episodes) {
		if e.ConversationID != conversationID {
			before = e.ConversationID
			break
		}
	}
	const ofTheLast = 2
	n.Summary = joinOldestFirst(n.addTexts(lastEpisodes(m, conversationID, summaryEpisodes), summaryTokens))
	if before != "" {
		n.LastTime = joinOldestFirst(n.addTexts(lastEpisodes(m, before, ofTheLast), olderTokens/2))
	}
}

// lastEpisodes returns the last episodes of a conversation by what they cover, last first: one that was merged from older ones is made later.
func lastEpisodes(m *interview.Memory, conversationID string, most int) []*interview.Episode {
	var list []*interview.Episode
	for _, e := range m.Episodes {
		if e.ConversationID == conversationID {
			list = append(list, e)
		}
	}
	slices.Reverse(list)
	slices.SortStableFunc(list, func(a, b *interview.Episode) int { return cmp.Compare(b.From, a.From) })
	return list[:min(len(list), most)]
}

// addTexts returns the texts that fit and notes that they are shown. The first one is cut if it does not fit.
func (n *notes) addTexts(episodes []*interview.Episode, budget int) []string {
	var texts []string
	for _, e := range episodes {
		text := e.Text
		if len(texts) == 0 {
			text = oneLine(text, budget*7/2)
		}
		texts = append(texts, text)
	}
	texts = fit(texts, budget)
	n.episodes = append(n.episodes, episodes[:len(texts)]...)
	return texts
}

func joinOldestFirst(texts []string) string {
	slices.Reverse(texts)
	return strings.Join(texts, " ")
}

// addThreads fills in the oldest open threads.
func (n *notes) addThreads(m *interview.Memory) {
	for _, t := range m.Threads {
		if t.Status == interview.ThreadOpen && len(n.Threads) < openThreads {
			n.Threads = append(n.Threads, oneLine(t.Quote, lineRunes))
		}
	}
	n.Threads = fit(n.Threads, threadTokens)
}

// fitNewest returns as many of the newest texts as fit, oldest first.
func fitNewest(texts []string, most, budget int) []string {
	newest := slices.Clone(texts[max(0, len(texts)-most):])
	slices.Reverse(newest)
	newest = fit(newest, budget)
	slices.Reverse(newest)
	return newest
}
