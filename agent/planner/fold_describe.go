package planner

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/betterprofile/betterprofile/interview"
)

// describe notes what the experience is.
func (t *intake) describe() {
	e := t.focus()
	if t.r.Before && (t.r.Role != nil || t.r.Org != nil) && (e == nil || !e.Earlier) {
		e = t.earlierExp()
	}
	if t.Turn <= 2 || t.r.Role != nil && (e == nil || !e.Earlier) {
		for _, a := range t.r.Audience {
			if !slices.Contains(t.Audience, a) {
				t.Audience = keepLast(append(t.Audience, a), 7)
				t.gained(gain{Key: gainAudience, Text: a})
			}
		}
	}
	if e == nil {
		return
	}
	if t.r.Role != nil && e.Role == "" {
		e.Role = shortText(t.r.Role.Text)
		t.gained(gain{Exp: e.N, Key: gainRole, Text: e.Role})
	}
	if t.r.Org != nil && e.Org == "" {
		e.Org = shortText(t.r.Org.Text)
		t.gained(gain{Exp: e.N, Key: gainOrg, Text: e.Org})
	}
	if len(t.r.Years) > 0 && len(e.Years) == 0 {
		e.Years = keepFirst(t.r.Years, 2)
		t.gained(gain{Exp: e.N, Key: gainYears, Text: yearsText(e.Years)})
	}
	for _, tool := range t.r.Tools {
		if len(e.Tools) < maxTools && !slices.Contains(e.Tools, tool.Text) {
			name := shortText(tool.Text)
			e.Tools = append(e.Tools, name)
			t.gained(gain{Exp: e.N, Key: gainTool, Text: name})
		}
	}
	t.describeMore(e)
}

func (t *intake) describeMore(e *Exp) {
	for _, f := range t.r.Facts {
		switch {
		case f.Before || f.Quote.Text == "":
		case f.Kind == "metric" && e.Number == "" && len(strings.Fields(f.Quote.Text)) <= 8:
			e.Number = "“" + shortText(f.Quote.Text) + "”"
			t.gained(gain{Exp: e.N, Key: gainNumber})
		case f.Kind == "skill" && len(strings.Fields(f.Text)) <= 3:
			t.Skill = shortText(f.Text)
		}
	}
	if e.Kind == "" {
		e.Kind = t.kindOf()
	}
	i, we := pronouns(t.m.Content)
	e.WeHeavy = we >= 2 && we > 2*i
}

// kindOf guesses what kind of experience is told, from its first message.
func (t *intake) kindOf() string {
	text := strings.ToLower(t.m.Content[:min(len(t.m.Content), 2000)])
	switch {
	case strings.Contains(text, "volunteer"):
		return string(interview.KindVolunteer)
	case !slices.Contains(t.Audience, "graduate"):
	case strings.Contains(text, "project") || strings.Contains(text, "thesis") || strings.Contains(text, "dissertation"):
		return string(interview.KindProject)
	}
	return string(interview.KindWork)
}

// pronouns counts how often the message says I, and how often we.
func pronouns(content string) (i, we int) {
	for w := range strings.FieldsSeq(content[:min(len(content), 4000)]) {
		switch strings.ToLower(strings.Trim(w, ".,;:!?“”\"'’")) {
		case "i", "i'm", "i've", "i’m", "i’ve", "my", "me", "mine", "myself":
			i++
		case "we", "we're", "we've", "we’re", "we’ve", "our", "us":
			we++
		}
	}
	return i, we
}

// earlierExp returns the earlier experience that the message mentions.
func (t *intake) earlierExp() *Exp {
	for _, e := range slices.Backward(t.Exps) {
		if e.Earlier && (t.r.Org == nil || e.Org == "" || strings.EqualFold(e.Org, t.r.Org.Text)) {
			return e
		}
	}
	e := t.addExp(t.conversation)
	e.Earlier, e.Recapped = true, true // until the interview gets there
	return e
}

// keepNotes adds the message's sentences to those that may stand in a recap.
func (t *intake) keepNotes() {
	about := t.Focus
	if t.Open != nil && personal(t.Open.Facet) && !opensExperience(t.Open.ID) {
		about = 0
	}
	for _, n := range t.notes() {
		if strings.ContainsAny(n.Text, "?\n") || len(n.Text) > maxNoteBytes || t.r.Act == ActCorrection && t.fixesIn(n.Span) {
			continue
		}
		p := Piece{Msg: t.m.ID, Start: n.Start, End: n.End, Text: strings.Clone(n.Text), Score: int(100*n.Score + 0.5)}
		t.Notes = append(t.Notes, stateNote{Piece: p, Exp: about})
	}
	for len(t.Notes) > maxNotes {
		t.dropNote()
	}
}

// fixesIn reports whether a correction stands in a sentence: what it corrects is noted where it was said.
func (t *intake) fixesIn(s Span) bool {
	return slices.ContainsFunc(t.r.Fixes, func(f Fix) bool { return f.Old.Text != "" && s.Start <= f.New.Start && f.New.End <= s.End })
}

// dropNote leaves out the worst note of the older half.
func (t *intake) dropNote() {
	worst := 0
	for i, n := range t.Notes[:len(t.Notes)/2] {
		if n.Score < t.Notes[worst].Score {
			worst = i
		}
	}
	t.Notes = slices.Delete(t.Notes, worst, worst+1)
}

// keepPieces keeps quotations for later, the experience's name among them, and what was mentioned in passing.
func (t *intake) keepPieces() {
	e := t.focus()
	work := t.Open == nil || !personal(t.Open.Facet)
	for _, a := range t.r.Anchors {
		if e == nil || !work || len(a.Text) > maxTextBytes || !suits(a.Kind, a.Text) || a.Kind == AnchorValue || a.Kind == AnchorClause {
			continue
		}
		p := Piece{Msg: t.m.ID, Start: a.Start, End: a.End, Text: strings.Clone(a.Text), Kind: a.Kind, Score: int(100*a.Score + 0.5)}
		if a.Kind == AnchorObject && !hasDigit(p.Text) && (e.Label == nil || e.Turns <= 3 && p.Score > e.Label.Score) {
			label := p
			e.Label = &label
			t.gained(gain{Exp: e.N, Key: gainLabel, Text: p.Text})
		}
		e.Pieces = keepLast(append(e.Pieces, p), maxPieces)
	}
	for _, s := range t.r.Threads {
		if len(s.Text) <= maxTextBytes && s.Text != "" {
			t.Threads = keepLast(append(t.Threads, Piece{Msg: t.m.ID, Start: s.Start, End: s.End, Text: strings.Clone(s.Text)}), maxThreads)
		}
	}
}

func hasDigit(s string) bool { return strings.ContainsAny(s, "0123456789") }

func shortText(s string) string {
	return strings.Clone(cutBytes(strings.Join(strings.Fields(s), " "), maxTextBytes))
}

// cutBytes cuts text to at most n bytes, between characters.
func cutBytes(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// The length of a sentence that may be noted, in words, and what one is worth that tells of something done.
const (
	noteLeast = 4
	noteMost  = 45
	noteDeed  = 1.2
)

// notes are those of the reading; when it has none, the first sentence in which the user tells of something done.
func (t *intake) notes() []Note {
	content := t.m.Content
	if len(t.r.Notes) > 0 || t.r.Distress || t.r.Act != ActAnswer || len(content) > 2000 || Clean(content) != content {
		return t.r.Notes
	}
	for start := 0; start < len(content); {
		end := start + sentenceLength(content[start:])
		text := content[start:end]
		if n := len(strings.Fields(text)); n >= noteLeast && n <= noteMost && tellsDeed(text) && !strings.ContainsAny(text, "?\n") && !Sensitive(text) {
			return []Note{{Span: Span{Start: start, End: end, Text: text}, Score: noteDeed}}
		}
		start = end + len(content[end:]) - len(strings.TrimLeft(content[end:], " \n\t"))
	}
	return nil
}

// sentenceLength is how long the first sentence of a text is, with its mark; the whole text when there is no mark before a blank. It is at least 1.
func sentenceLength(text string) int {
	for i, r := range text {
		if strings.ContainsRune(".!?\n", r) && (i+1 == len(text) || strings.ContainsRune(" \n\t", rune(text[i+1]))) {
			return i + 1
		}
	}
	return len(text)
}
