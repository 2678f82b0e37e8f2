package tui

import (
	"strings"
	"time"
)

// dayAbove returns the day that stands above an entry as a number of its own, 0 for none: above the first message of each day. It is not known of the first one
// that is loaded as long as there are older ones, and today needs none.
func (h *history) dayAbove(i int) int {
	day := h.dayOf(i)
	if day == 0 {
		return 0
	}
	for j := i - 1; j >= 0; j-- {
		if before := h.dayOf(j); before == day {
			return 0
		} else if before != 0 {
			return day
		}
	}
	if h.older != "" || day == dayNumber(h.now()) {
		return 0
	}
	return day
}

// dayOf returns the day of a message, 0 for what is none or has no time yet.
func (h *history) dayOf(i int) int {
	e := h.entries[i]
	if !e.isMessage() || e.message.CreatedAt.IsZero() {
		return 0
	}
	return dayNumber(e.message.CreatedAt.In(h.now().Location()))
}

// dayNumber tells days apart.
func dayNumber(t time.Time) int { return t.Year()*1000 + t.YearDay() }

// dayLines is the day above an entry, laid out.
func (e *entry) dayLines(h *history, width int) []string {
	if e.day == 0 {
		return nil
	}
	now := h.now()
	t := e.message.CreatedAt.In(now.Location())
	layout := "Monday, 2 January"
	if t.Year() != now.Year() {
		layout = "Monday, 2 January 2006"
	}
	text := h.theme.truncate(t.Format(layout), width)
	rest := min(width, maxTextWidth) - h.theme.cells.width(text) - 2
	if rest < 2 {
		return []string{h.theme.render(faint, text), ""}
	}
	left := strings.Repeat("─", rest/2)
	return []string{h.theme.render(faint, left+" "+text+" "+left), ""}
}
