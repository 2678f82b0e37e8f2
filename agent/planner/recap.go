package planner

import (
	"slices"
	"strings"

	"github.com/betterprofile/betterprofile/interview"
)

const (
	recapDone    = 6.6 // how well an experience is told when a recap is due
	recapTurns   = 11  // how many turns on one experience bring a recap
	youngRecap   = 5   // from how many turns on there is something to sum up
	recapLines   = 4
	summaryLines = 9
	sameNote     = 0.6 // the overlap from which two notes say the same
	lineBytes    = 240
)

// recapDue reports whether the experience in focus is told well enough to be summed up.
func (ch *chooser) recapDue() bool {
	e := ch.exp
	if e == nil || e.Recapped || e.Earlier || ch.gentle() {
		return false
	}
	if e.Turns >= recapTurns {
		return true
	}
	if e.Turns < youngRecap {
		return false // told before, in another conversation
	}
	enough := func(key string) bool {
		return ch.credit(key) >= 0.6 || ch.st.held(e.N, key) || slices.Contains(e.Unknown, key)
	}
	return ch.done() >= recapDone && enough("result/metric") && enough("action/steps")
}

// recap returns the best notes of an experience, or of all when about is 0, at most n, in the order told.
func (st *State) recap(about, n int) []stateNote {
	type ranked struct {
		stateNote
		at    int
		stems []string
	}
	var list []ranked
	for i, note := range st.Notes {
		if about == 0 || note.Exp == about {
			list = append(list, ranked{stateNote: note, at: i})
		}
	}
	slices.SortStableFunc(list, func(a, b ranked) int { return b.Score - a.Score })
	var best []ranked
	for _, r := range list {
		r.stems = Stems(r.line())
		same := func(o ranked) bool { return Overlap(o.stems, r.stems) > sameNote }
		if len(best) < n && !slices.ContainsFunc(best, same) {
			best = append(best, r)
		}
	}
	slices.SortFunc(best, func(a, b ranked) int { return a.at - b.at })
	notes := make([]stateNote, len(best))
	for i, r := range best {
		notes[i] = r.stateNote
	}
	return notes
}

// text is the note with corrections applied.
func (n stateNote) text() string {
	if n.Fixed != "" {
		return n.Fixed
	}
	return n.Text
}

// line is the note as a recap shows it: the user's words in quotation marks, or without them once a correction went into it.
func (n stateNote) line() string {
	if n.Fixed != "" {
		return n.Fixed
	}
	text := strings.NewReplacer("“", "'", "”", "'", "\"", "'").Replace(n.Text)
	return "“" + strings.TrimRight(cutLine(text), " ") + "”"
}

// cutLine cuts a long line at a blank.
func cutLine(text string) string {
	if len(text) <= lineBytes {
		return text
	}
	short := cutBytes(text, lineBytes)
	if i := strings.LastIndexByte(short, ' '); i > 0 {
		short = short[:i]
	}
	return short + " …"
}

func lines(notes []stateNote) []string {
	list := make([]string, len(notes))
	for i, n := range notes {
		list[i] = n.line()
	}
	return list
}

// factsOf returns the ids of the facts that were drawn from the notes' sentences.
func factsOf(notes []stateNote, known *interview.Memory, fresh []interview.Fact) []string {
	var ids []string
	check := func(f *interview.Fact) {
		if f.Status != interview.FactProposed || len(f.Sources) == 0 || slices.Contains(ids, f.ID) || len(ids) == 12 {
			return
		}
		s := f.Sources[0]
		for _, n := range notes {
			if n.Msg == s.MessageID && n.Start <= s.Start && s.End <= n.End {
				ids = append(ids, f.ID)
				return
			}
		}
	}
	if known != nil {
		for _, f := range slices.Backward(known.Facts) {
			check(f)
		}
	}
	for i := range fresh {
		check(&fresh[i])
	}
	return ids
}
