package main

import (
	"fmt"
	"strings"
	"time"
)

// recording is what each line of a screen has shown since the beginning.
type recording struct {
	look
	width, height int
	began         time.Time
	rows          [][]moment
}

// moment is what a line shows from a time on.
type moment struct {
	at   time.Duration
	line string // as SVG
}

// record records the terminal from now on.
func (x *terminal) record() *recording {
	x.mu.Lock()
	defer x.mu.Unlock()
	r := &recording{look: x.look, width: x.screen.Width(), height: x.screen.Height(), began: time.Now(), rows: make([][]moment, x.screen.Height())}
	look := func() {
		at := time.Since(r.began)
		for y := range r.rows {
			r.note(y, moment{at, x.svg(x.spans(y))})
		}
	}
	look()
	x.drawn = look
	return r
}

// sameFrame is how near two changes are seen as one. A program writes a frame in pieces.
const sameFrame = 30 * time.Millisecond

// note notes what a line shows, if that is new.
func (r *recording) note(y int, m moment) {
	row := r.rows[y]
	if n := len(row); n > 0 {
		if row[n-1].line == m.line {
			return
		}
		if m.at-row[n-1].at < sameFrame {
			row[n-1].line = m.line
			return
		}
	}
	r.rows[y] = append(row, m)
}

// stop ends the recording and returns it as a picture that moves by CSS, again and again; still, and at its end, for whoever wants less motion.
// Each line is a strip of all that it shows, of which one piece is in view.
func (x *terminal) stop(r *recording, title string) string {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.drawn = nil
	whole := time.Since(r.began)
	var style, lines strings.Builder
	for y, row := range r.rows {
		fmt.Fprintf(&lines, `<g transform="translate(0 %d)"><g class="r r%d">`, y*cellHeight, y)
		for i, m := range row {
			fmt.Fprintf(&lines, `<g transform="translate(%g)">%s</g>`, r.left(i), m.line)
		}
		lines.WriteString("</g></g>\n")
		style.WriteString(r.motion(y, row, whole))
	}
	style.WriteString("@media (prefers-reduced-motion:reduce){.r{animation-play-state:paused;animation-delay:-" +
		fmt.Sprintf("%.1fs", whole.Seconds()-0.1) + "}}")
	return r.frame(r.width, r.height, title, style.String(), lines.String())
}

// left is where the i-th piece of a strip begins.
func (r *recording) left(i int) float64 { return round(float64(i*(r.width+1)) * cellWidth) }

// shift brings that piece into view.
func (r *recording) shift(i int) string {
	return fmt.Sprintf("{transform:translate(%gpx)}", 0-r.left(i))
}

// motion is the CSS that moves the strip of a line.
func (r *recording) motion(y int, row []moment, whole time.Duration) string {
	if len(row) < 2 {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\n@keyframes k%d{", y)
	for i, m := range row {
		fmt.Fprintf(&b, "%.3f%%%s", 100*m.at.Seconds()/whole.Seconds(), r.shift(i))
	}
	fmt.Fprintf(&b, "100%%%s}.r%d{animation:k%d %.2fs step-end infinite}", r.shift(len(row)-1), y, y, whole.Seconds())
	return b.String()
}
