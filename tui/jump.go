package tui

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/betterprofile/betterprofile/interview"
)

// spot is a place in a conversation: a line of a message at the top of the screen.
type spot struct {
	Message string `json:"message,omitempty"`
	Line    int    `json:"line,omitempty"`
}

// seek is a message that is looked for, from the newest back.
type seek struct {
	spot
	back bool // it is where the reader was; else the reader asked for it
}

// where is what a run of the program leaves for the next one.
type where struct {
	Conversation string    `json:"conversation,omitempty"`
	Spot         spot      `json:"spot"`
	Seen         time.Time `json:"seen"` // the newest change of any conversation that was known
	Hidden       bool      `json:"hidden,omitempty"`
}

// whereID is the id under which Drafts keep where the reader was.
const whereID = "where"

// loadWhere reads what the last run left.
func loadWhere(drafts Drafts) where {
	var w where
	if drafts == nil || json.Unmarshal([]byte(drafts.Load(whereID)), &w) != nil {
		return where{}
	}
	return w
}

// saveWhere leaves it for the next run. Nothing that blocks is running any more.
func (m *model) saveWhere() {
	if m.opts.Drafts == nil || m.placeless() {
		return
	}
	w := where{Conversation: m.conv.id, Seen: m.list.latest().UpdatedAt.Time, Hidden: m.hidden}
	w.Spot, _ = m.history.spot()
	if b, err := json.Marshal(w); err == nil { // a struct of strings cannot fail
		m.opts.Drafts.Save(whereID, string(b))
	}
}

// firstToOpen is the conversation to begin with: where the reader was, unless one has been written in since.
func (m *model) firstToOpen() interview.Conversation {
	latest, w := m.list.latest(), m.where
	if w.Conversation == "" || latest.ID == "" || latest.UpdatedAt.After(w.Seen) {
		return latest
	}
	if w.Spot.Message != "" {
		m.places[w.Conversation] = w.Spot
	}
	if i := m.list.index(w.Conversation); i >= 0 {
		return m.list.items[i]
	}
	return interview.Conversation{ID: w.Conversation}
}

// lostFirst reports, once, whether the conversation that did not open is where the reader was: it has gone since.
func (m *model) lostFirst(err error) bool {
	was := m.where.Conversation
	m.where.Conversation = ""
	return was == m.conv.id && interview.ErrorCode(err) == interview.CodeNotFound && m.list.latest().ID != ""
}

// spot is where the reader is, and whether that is above the end.
func (h *history) spot() (spot, bool) {
	if h.follow || h.height < 1 {
		return spot{}, false
	}
	for i := h.top.entry; i < len(h.entries); i++ {
		if e := h.entries[i]; e.isMessage() && e.message.ID != "" {
			line := 0
			if i == h.top.entry {
				line = h.top.line
			}
			return spot{e.message.ID, line}, true
		}
	}
	return spot{}, false
}

// notePlace remembers where the reader is in the open conversation, which is being left.
func (m *model) notePlace() {
	if !m.conv.open() {
		return
	}
	if at, above := m.history.spot(); above {
		m.places[m.conv.id] = at
	} else {
		delete(m.places, m.conv.id)
	}
}

// openNamed opens a conversation, at the place where it was left.
func (m *model) openNamed(id, title string) tea.Cmd {
	cmd := m.openConversation(id)
	m.conv.title = cmp.Or(m.conv.title, title)
	return cmd
}

// jump opens a conversation at a message of it.
func (m *model) jump(id, title, messageID string) tea.Cmd {
	m.leaveList()
	var cmd tea.Cmd
	if id != m.conv.id || !m.conv.open() {
		cmd = m.openNamed(id, title)
	}
	m.seek = &seek{spot: spot{Message: messageID}}
	m.seekOn()
	return cmd
}

// seeking reports whether further pages are needed for what is looked for.
func (m *model) seeking() bool { return m.seek != nil && m.conv.open() && m.history.older != "" }

// olderLimit is how many older messages to ask for at once.
func (m *model) olderLimit() int {
	if m.seek != nil {
		return interview.MaxLimit
	}
	return pageSize
}

// seekOn goes to what is looked for if it is there by now, and gives up when all has been read.
func (m *model) seekOn() {
	s := m.seek
	if s == nil || !m.conv.open() {
		return
	}
	e := m.history.find(s.Message)
	switch {
	case e != nil:
		m.seek = nil
		m.history.goTo(e, s.Line)
		if !s.back {
			m.history.chosen = e
			m.message = ""
		}
	case m.history.older == "":
		m.seek = nil
		if !s.back {
			m.say("That message is no longer there.")
		}
	case !s.back:
		m.say("Looking for the message… " + strconv.Itoa(len(m.history.entries)) + " read")
	}
}

// goTo puts a line of an entry at the top, as far as what follows fills the screen.
func (h *history) goTo(e *entry, line int) {
	if i := slices.Index(h.entries, e); i >= 0 {
		h.follow, h.top = false, place{i, line}
		h.settle()
	}
}
