package tui

import (
	"fmt"
	"time"
)

// age is how long ago t was, in at most 6 columns.
func age(t, now time.Time) string {
	d := now.Sub(t)
	switch {
	case t.IsZero():
		return ""
	case d < time.Minute:
		return "now"
	case d < time.Hour:
		return fmt.Sprintf("%dm", d/time.Minute)
	case d < 24*time.Hour:
		return fmt.Sprintf("%dh", d/time.Hour)
	case d < 7*24*time.Hour:
		return fmt.Sprintf("%dd", d/(24*time.Hour))
	case t.Year() == now.Year():
		return t.In(now.Location()).Format("2 Jan")
	}
	return t.In(now.Location()).Format("Jan 06")
}
