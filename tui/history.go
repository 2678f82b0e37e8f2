package tui

import (
	"slices"
	"strings"
	"time"

	"github.com/betterprofile/betterprofile/interview"
)

// history is the open conversation's messages. Only what is on screen is laid out. Where it stands is an entry and a line in it, so that
// nothing moves under the reader's eyes when older messages arrive above or a reply grows below.
type history struct {
	keys  keyMap
	md    *markdown
	theme *styles
	now   func() time.Time

	entries []*entry
	laid    []*entry         // those that keep lines, in the order in which they were laid out
	older   interview.Cursor // leads to messages before the first; empty when there are none

	width, height int
	follow        bool   // the newest line is kept in sight
	top           place  // the first line shown, unless follow
	lead          int    // lines by which the text rises at once under a reply on its way; 0: line by line
	held          *entry // of the line that stays the first one while follow, after the text has risen; nil for none
	heldLine      int
	frame         int    // of the spinner
	unseen        bool   // something came below what is shown
	chosen        *entry // the message that keys are about, nil while none is
}

// place is a line of the history: of an entry, counted from its first.
type place struct{ entry, line int }

// prefetch is how many entries before the first may be left above the screen before older ones are asked for.
const prefetch = 12

// newHistory is an empty history, to be given a size by resize.
func newHistory(keys keyMap, md *markdown, theme *styles, now func() time.Time) history {
	return history{keys: keys, md: md, theme: theme, now: now, follow: true}
}

// show replaces everything by a conversation's newest messages.
func (h *history) show(messages []interview.Message, older interview.Cursor) {
	h.entries, h.laid, h.older = h.entriesOf(messages), nil, older
	h.follow, h.top, h.held, h.unseen, h.chosen = true, place{}, nil, false, nil
}

// prepend adds older messages above. What is on screen stays where it is.
func (h *history) prepend(messages []interview.Message, older interview.Cursor) {
	added := h.entriesOf(messages)
	for _, e := range added {
		if e.notice != nil {
			e.notice.hint = ""
		}
	}
	before := h.linesOfFirst()
	h.entries = append(added, h.entries...)
	h.older = older
	h.top.entry += len(added)
	if before >= 0 && h.top.entry == len(added) { // it may have lost or got the day above it
		h.top.line = max(h.top.line+len(h.lines(len(added)))-before, 0)
	}
}

// linesOfFirst counts the lines of the first entry, -1 when it is not the one that is shown first.
func (h *history) linesOfFirst() int {
	if len(h.entries) == 0 || h.follow || h.top.entry > 0 || h.height < 1 {
		return -1
	}
	return len(h.lines(0))
}

// entriesOf makes the entries of messages, with a notice after each turn that did not complete.
func (h *history) entriesOf(messages []interview.Message) []*entry {
	entries := make([]*entry, 0, len(messages)+2)
	var pending *notice
	flush := func() {
		if pending != nil {
			entries = append(entries, &entry{notice: pending})
			pending = nil
		}
	}
	for _, m := range messages {
		if m.Role == interview.RoleUser {
			flush()
		}
		m.ConversationID = messages[0].ConversationID // one text for all: there may be many thousands
		entries = append(entries, &entry{message: m})
		if m.Turn != nil {
			pending = turnNotice(m.Turn)
		} else {
			flush()
		}
	}
	flush()
	for i, e := range entries {
		if e.notice != nil && i < len(entries)-1 {
			e.notice.hint = ""
		}
	}
	return entries
}

// turnNotice says how a turn ended that did not complete; nil while it runs.
func turnNotice(t *interview.TurnState) *notice {
	switch t.Status {
	case interview.TurnFailed:
		return &notice{text: errorText(t.Error), hint: "Your message is stored. Ctrl+R tries again."}
	case interview.TurnCancelled:
		return &notice{text: "You stopped this reply.", hint: "Ctrl+R asks for it again.", calm: true}
	}
	return nil
}

// anotherNotice says how a new reply ended that is not there: the one before it is.
func anotherNotice(t *interview.TurnState) *notice {
	if t.Status == interview.TurnCancelled {
		return &notice{text: "You stopped the new reply.", hint: "The earlier one stays. Ctrl+R asks for another.", calm: true}
	}
	return &notice{text: errorText(t.Error), hint: "The earlier reply stays. Ctrl+R tries again."}
}

// add puts an entry at the end; hints of earlier notices are void then.
func (h *history) add(e *entry) {
	if e.notice == nil {
		for _, earlier := range h.entries {
			if earlier.notice != nil && earlier.notice.hint != "" {
				earlier.notice.hint = ""
				earlier.changed()
			}
		}
	}
	h.entries = append(h.entries, e)
	h.grew()
}

// grew notes that something came at the end: it is told to a reader who does not see it.
func (h *history) grew() { h.unseen = h.unseen || !h.follow }

// addAfter puts a new entry behind another one, at the end when that is not there.
func (h *history) addAfter(before, e *entry) {
	i := slices.Index(h.entries, before)
	if i < 0 {
		i = len(h.entries) - 1
	}
	h.entries = slices.Insert(h.entries, i+1, e)
	h.grew()
}

// remove takes entries away that the function is true for.
func (h *history) remove(gone func(*entry) bool) {
	for i := len(h.entries) - 1; i >= 0; i-- {
		if gone(h.entries[i]) {
			h.unchoose(h.entries[i])
			h.entries = slices.Delete(h.entries, i, i+1)
			if h.top.entry > i {
				h.top.entry--
			}
		}
	}
	h.settle()
}

// dropNotices takes the notices at the end away.
func (h *history) dropNotices() {
	for n := len(h.entries); n > 0 && h.entries[n-1].notice != nil; n-- {
		h.entries = h.entries[:n-1]
	}
	h.settle()
}

// find returns the entry of a message, nil when it is not loaded.
func (h *history) find(id string) *entry {
	for _, e := range slices.Backward(h.entries) {
		if e.isMessage() && e.message.ID == id {
			return e
		}
	}
	return nil
}

// introduce puts a text before everything.
func (h *history) introduce(intro []span) {
	h.entries = append([]*entry{{intro: intro}}, h.entries...)
}

// lastUser returns the newest message of the user, nil without one.
func (h *history) lastUser() *entry {
	for _, e := range slices.Backward(h.entries) {
		if e.isMessage() && e.message.Role == interview.RoleUser {
			return e
		}
	}
	return nil
}

// replyTo returns the reply to a message of the user, nil without one.
func (h *history) replyTo(user *entry) *entry {
	i := slices.Index(h.entries, user)
	if i < 0 || i+1 >= len(h.entries) {
		return nil
	}
	if e := h.entries[i+1]; e.isMessage() && e.message.Role == interview.RoleAssistant {
		return e
	}
	return nil
}

// userBefore returns the newest stored message of the user before another entry, or of all when that is nil.
func (h *history) userBefore(e *entry) *entry {
	end := len(h.entries)
	if i := slices.Index(h.entries, e); i >= 0 {
		end = i
	}
	for _, e := range slices.Backward(h.entries[:end]) {
		if e.isMessage() && e.message.Role == interview.RoleUser && !e.sending {
			return e
		}
	}
	return nil
}

// reveal brings an entry's beginning into sight.
func (h *history) reveal(e *entry) {
	i := slices.Index(h.entries, e)
	if i < 0 || h.height < 1 {
		return
	}
	at := h.start()
	above := i < at.entry || i == at.entry && at.line > 0
	if above || h.offset(at, i) >= h.height {
		h.follow, h.top = false, place{i, 0}
		h.settle()
	}
}

// offset counts the lines from a place down to an entry that is not above it, or the box's height when it is further away.
func (h *history) offset(at place, entry int) int {
	n := -at.line
	for i := at.entry; i < entry && n < h.height; i++ {
		n += len(h.lines(i))
	}
	return n
}

// lines returns an entry's lines.
func (h *history) lines(i int) []string {
	e := h.entries[i]
	if day, first := h.dayAbove(i), i == 0; day != e.day || first != e.first {
		e.day, e.first = day, first
		e.changed()
	}
	return e.layout(h)
}

// resize sets the box and the look.
func (h *history) resize(theme *styles, width, height int) {
	if h.theme == theme && h.width == width && h.height == height {
		return
	}
	h.theme, h.width, h.height = theme, width, height
	h.settle()
}

// settle brings the place back to where it can be after something changed.
func (h *history) settle() {
	if len(h.entries) == 0 {
		h.follow, h.top = true, place{}
		return
	}
	h.top.entry = max(min(h.top.entry, len(h.entries)-1), 0)
	if h.follow {
		h.unseen = false
		h.rise()
		return
	}
	h.top.line = max(min(h.top.line, len(h.lines(h.top.entry))-1), 0)
	h.follow = h.below(h.top, h.height+1) <= h.height
	h.unseen = h.unseen && !h.follow
}

// keepLaid is how many entries on either side of the screen keep their lines, so that going back and forth costs nothing.
const keepLaid = 64

// evict lets go of the lines of entries far from the screen: what is kept does not grow with what has been read.
func (h *history) evict() {
	if len(h.laid) < 4*keepLaid+h.height {
		return
	}
	at := h.start().entry
	near := map[*entry]bool{}
	for _, e := range h.entries[max(at-keepLaid, 0):min(at+h.height+keepLaid, len(h.entries))] {
		near[e] = true
	}
	h.laid = slices.DeleteFunc(h.laid, func(e *entry) bool {
		if !near[e] {
			e.lines, e.laid = nil, false
		}
		return !near[e]
	})
}

// below counts the lines from a place on, up to enough.
func (h *history) below(at place, enough int) int {
	n := -at.line
	for i := at.entry; i < len(h.entries) && n < enough; i++ {
		n += len(h.lines(i))
	}
	return n
}

// start returns the first line shown.
func (h *history) start() place {
	if !h.follow {
		return h.top
	}
	if at, ok := h.hold(); ok {
		return at
	}
	return h.tail(h.height)
}

// tail returns the line from which on the newest ones are n, the very first when there are fewer.
func (h *history) tail(n int) place {
	for i := len(h.entries) - 1; i >= 0; i-- {
		lines := len(h.lines(i))
		if lines >= n {
			return place{i, lines - n}
		}
		n -= lines
	}
	return place{}
}

// rise makes room for a reply on its way when the box is full: the text moves up by several lines at once and then stands still. Beside the
// list the terminal cannot scroll, so that each move draws the whole box anew.
func (h *history) rise() {
	if h.lead == 0 || h.entries[len(h.entries)-1].live == nil || h.tail(h.height) == (place{}) {
		return
	}
	if _, ok := h.hold(); !ok {
		at := h.tail(h.height - h.lead)
		h.held, h.heldLine = h.entries[at.entry], at.line
	}
}

// hold returns the line that stays the first one, and whether there is one: the newest line is in sight, and not too far above the bottom.
func (h *history) hold() (place, bool) {
	for i := len(h.entries) - 1; h.held != nil && h.lead > 0 && i >= max(len(h.entries)-h.height, 0); i-- {
		if h.entries[i] == h.held {
			at := place{i, min(h.heldLine, len(h.lines(i))-1)}
			n := h.below(at, h.height+1)
			return at, n <= h.height && n >= h.height-h.lead
		}
	}
	return place{}, false
}

// scroll moves by lines, up when negative. Reaching the end follows it again.
func (h *history) scroll(by int) {
	if len(h.entries) == 0 || h.height < 1 {
		return
	}
	at := h.start()
	for by < 0 && (at.line > 0 || at.entry > 0) {
		if at.line == 0 {
			at.entry--
			at.line = len(h.lines(at.entry))
		}
		step := min(-by, at.line)
		at.line -= step
		by += step
	}
	for by > 0 && at.entry < len(h.entries) {
		rest := len(h.lines(at.entry)) - at.line
		if by < rest {
			at.line += by
			break
		}
		by -= rest
		at = place{at.entry + 1, 0}
	}
	h.follow = at.entry >= len(h.entries)
	h.top, h.held = at, nil
	h.settle()
}

// goTop moves to the oldest loaded message.
func (h *history) goTop() {
	h.follow, h.top = false, place{}
	h.settle()
}

// goBottom moves to the newest line and follows it.
func (h *history) goBottom() { h.follow, h.unseen = true, false }

// goEnd is goBottom with the newest line at the very bottom, unless a reply is on its way.
func (h *history) goEnd() {
	h.held = nil
	h.goBottom()
}

// wantsOlder reports whether older messages should be asked for.
func (h *history) wantsOlder() bool {
	if h.older == "" || h.height < 1 {
		return false
	}
	return h.start().entry < prefetch
}

// view fills the box with the lines in sight.
func (h *history) view() string {
	lines := make([]string, 0, h.height)
	margin, _ := margins(h.width)
	at := h.start()
	for i := at.entry; i < len(h.entries) && len(lines) < h.height; i++ {
		e, all := h.entries[i], h.lines(i)
		for j := at.line; j < len(all) && len(lines) < h.height; j++ {
			edge := e.edge(h.theme, margin, j, e == h.chosen)
			if all[j] == "" {
				edge = strings.TrimRight(edge, " ")
			}
			lines = append(lines, edge+all[j])
		}
		at.line = 0
	}
	for len(lines) < h.height {
		lines = append(lines, "")
	}
	return strings.Join(lines, "\n")
}
