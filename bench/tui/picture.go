package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// The sizes of the pictures, in cells.
const (
	shotWidth, shotHeight     = 120, 32
	recordWidth, recordHeight = 100, 26
)

// drawPictures writes screenshot-dark.svg, screenshot-light.svg and recording.svg: real runs of the program with its built-in interviewer.
func drawPictures(ctx context.Context, l *lab, folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	home, err := l.home("")
	if err != nil {
		return err
	}
	if err := tell(ctx, l, home); err != nil {
		return err
	}
	for name, look := range map[string]look{"dark": darkLook(), "light": lightLook()} {
		if err := screenshot(ctx, l, home, look, filepath.Join(folder, "screenshot-"+name+".svg")); err != nil {
			return err
		}
	}
	return recordFirst(ctx, l, filepath.Join(folder, "recording.svg"))
}

// tell fills a home with a few older conversations and one of today.
func tell(ctx context.Context, l *lab, home string) error {
	b, now := newBackup(), time.Now()
	for _, c := range []struct {
		title, said, replied string
		days                 int
	}{
		{"First years as a nurse", "I started on the surgical ward in 2014.", "What was yours to do there?", 92},
		{"Course in wound care", "I passed the course in wound care in May.", "What do you do differently since?", 41},
		{"Night shifts, planned by us", "The four of us plan the night shifts ourselves now.", "What made that possible?", 16},
		{"New infusion pumps", "I taught twelve colleagues the new pumps.", "How did you go about the teaching?", 5},
	} {
		b.conversation(c.title, now.Add(-time.Hour).AddDate(0, 0, -c.days), [2]string{c.said, c.replied})
	}
	if err := b.restore(ctx, l, home); err != nil {
		return err
	}
	for i, text := range answers() {
		args := []string{"ask", text}
		if i == 0 {
			args = []string{"ask", "--new", text}
		}
		if _, _, err := l.run(ctx, environment(home), nil, args...); err != nil {
			return err
		}
	}
	_, _, err := l.run(ctx, environment(home), nil, "conversations", "rename", "@last", "The handover")
	return err
}

// answers are what is said in the pictures.
func answers() []string {
	return []string{
		"I am a nurse at Riverside Hospital, and I rebuilt the handover of our ward.",
		"Information got lost between the shifts, and each handover took 40 minutes.",
		"I tried a checklist with two colleagues for six weeks, then we brought it to the whole ward.",
		"We cut the handover from 40 minutes to 26 minutes.",
	}
}

// screenshot draws the conversation of today.
func screenshot(ctx context.Context, l *lab, home string, look look, path string) error {
	x, err := open(ctx, look, shotWidth, shotHeight, environment(home), l.program)
	if err != nil {
		return err
	}
	defer x.close()
	if err := errors.Join(x.shows("26 minutes"), x.shows("First years")); err != nil {
		return err
	}
	x.rest(ctx)
	return os.WriteFile(path, []byte(x.picture("Better Profile: an interview, with the conversations at the side")), 0o644)
}

// rest waits until the screen has been still for a while.
func (x *terminal) rest(ctx context.Context) {
	for before := int64(-1); before != x.bytes() && ctx.Err() == nil; wait(ctx, 300*time.Millisecond) {
		before = x.bytes()
	}
}

// recordFirst records the first start: two answers, what is known after them, and what comes next.
func recordFirst(ctx context.Context, l *lab, path string) error {
	home, err := l.home("")
	if err != nil {
		return err
	}
	x, err := open(ctx, darkLook(), recordWidth, recordHeight, environment(home, "XDG_DATA_HOME="+home), l.program) // a short path
	if err != nil {
		return err
	}
	defer x.close()
	if err := x.shows("Interviewer"); err != nil {
		return err
	}
	r := x.record()
	wait(ctx, 2*time.Second)
	for _, step := range []struct {
		keys  string // typed as a person would
		shows string
		stays time.Duration
	}{
		{answers()[0] + "\r", "nurse", 2500 * time.Millisecond},
		{answers()[3] + "\r", "26 minutes", 2500 * time.Millisecond},
		{"\x1bp", "What you have told", 5 * time.Second},
	} {
		if err := errors.Join(x.typeSlowly(ctx, step.keys), x.shows(step.shows)); err != nil {
			return fmt.Errorf("recording: %w", err)
		}
		wait(ctx, step.stays)
	}
	return os.WriteFile(path, []byte(x.stop(r, "Better Profile: a first interview, and what is known after two answers")), 0o644)
}

// typeSlowly presses key after key. What begins with Escape is one key.
func (x *terminal) typeSlowly(ctx context.Context, keys string) error {
	if strings.HasPrefix(keys, "\x1b") {
		return x.types(keys)
	}
	for _, key := range keys {
		if key == '\r' {
			wait(ctx, 500*time.Millisecond)
		}
		if err := x.types(string(key)); err != nil {
			return err
		}
		wait(ctx, 35*time.Millisecond)
	}
	return ctx.Err()
}
