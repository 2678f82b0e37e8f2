package planner

import (
	"maps"

	"github.com/betterprofile/betterprofile/interview"
)

// maxAgenda bounds how far an agenda looks ahead.
const maxAgenda = 50

// Agenda lists what is worth asking next, at most in.N questions, in the order in which they would be asked if each were answered. Without a
// conversation it goes by what is known: the experience told first that is not told in full, and then the next one.
func Agenda(in interview.AgendaRequest) []interview.AgendaItem {
	req := interview.ReplyRequest{ConversationID: in.ConversationID, Now: in.Now, Memory: in.Memory, State: in.State, Recent: in.Recent}
	st, ok := loadState(in.State)
	if ok {
		st = restore(req, st)
	} else {
		st = newState()
		st.know(in.Memory)
	}
	gone := withdrawn(in.Memory)
	ids := map[int]string{}
	for _, e := range st.Exps {
		ids[e.N] = e.ID
	}
	st = st.view(gone, in.Memory, Reading{}, nil, ids)
	items := []interview.AgendaItem{}
	for range min(in.N, maxAgenda) {
		st.Turn++
		ch := newChooser(st, gone, &req, &Reading{}, st.Open)
		c := ch.next()
		if closingNumber(c.ID) > 0 || st.Closing > 0 {
			break // nothing that is of use by itself
		}
		items = append(items, ch.item(c))
		st.assume(c)
	}
	return items
}

// know begins with the experiences known from before, so that they can be asked about.
func (st *State) know(m *interview.Memory) {
	if m == nil {
		return
	}
	for _, known := range m.Experiences {
		if !told(*known) || len(st.Exps) == maxExps {
			continue
		}
		e := st.addExp("")
		e.ID, e.Took, e.Kind, e.Org, e.Role = known.ID, true, string(known.Kind), known.Org, known.Role
		if st.Focus == 0 {
			st.Focus = e.N
		}
	}
}

// item is a question on the agenda.
func (ch *chooser) item(c Choice) interview.AgendaItem {
	item := interview.AgendaItem{Facet: c.Facet, Slot: c.Slot, Question: c.Text, Subject: c.Subject, Reason: Reason(c.Facet)}
	if c.Subject != "" {
		item.Label = ch.exp.label()
		if known := ch.mem.Experience(c.Subject); known != nil {
			item.Label = nameOf(known)
		}
	}
	return item
}

// assume goes on as if the question had been asked and answered.
func (st *State) assume(c Choice) {
	st.foldReply(c.Text, interview.ReplyMetadata{
		Question: c.ID, Facet: c.Facet, Slot: c.Slot, Wording: c.Wording, Subject: c.Subject, Thread: c.Thread, Anchor: c.Anchor,
	}, "")
	e := st.focus()
	if e != nil {
		e.Credit = maps.Clone(e.Credit)
		if !personal(c.Facet) {
			e.Turns++
		}
		if e.Turns >= recapTurns && !e.Recapped {
			e.Recapped = true
			st.Focus = st.nextExp()
		}
	}
	st.credit(c.Facet, c.Slot, st.Focus, 100)
}

// nextExp is the first experience that is not told yet, or the one in focus.
func (st *State) nextExp() int {
	for _, e := range st.Exps {
		if !e.Recapped {
			return e.N
		}
	}
	return st.Focus
}
