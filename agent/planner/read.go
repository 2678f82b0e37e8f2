package planner

import "unicode/utf8"

// ReadMessage says what a user's message says and does, as far as rules can tell (interview.md 8.2 to 8.4). It reads the content as it was
// given: all spans are byte offsets into it, on boundaries of characters. It is a pure function. Of a very long message it reads the first
// 8,000 characters; signs of a crisis it looks for in all of it. Of what is no valid UTF-8, and is never stored, it tells the act only.
func ReadMessage(content string, c Context) Reading {
	d, r := glance(content, &c)
	if d != nil && !r.Private && readable(r.Act) && utf8.ValidString(content) {
		r.Fixes = d.fixes(&c)
		x := &extraction{document: d, c: &c, r: &r}
		if r.Language == "" {
			x.extract()
		} else {
			x.extractForeign()
		}
	}
	return r
}

// Glance is [ReadMessage] without what a message says of work: what it does, in what language and mood, is set alone.
func Glance(content string, c Context) Reading {
	_, r := glance(content, &c)
	return r
}

// glance is Glance with the message, cut up; nil when there is nothing more to read in it.
func glance(content string, c *Context) (*document, Reading) {
	r := Reading{Act: ActEmpty}
	if c.Forgotten {
		return nil, r
	}
	d := newDocument(content)
	r.Words = len(d.tokens)
	r.Language, r.LangName = d.language()
	r.Act = recognise(d, c, r.Language != "")
	if r.Act == ActCrisis || r.Act == ActEmpty {
		return nil, r
	}
	if r.Act == "" {
		r.Act = plainAct(&r, c)
	}
	r.Private = r.Act == ActPrivate
	d.feel(&r)
	return d, r
}

// plainAct is what a message does that wants nothing of the interviewer.
func plainAct(r *Reading, c *Context) Act {
	switch {
	case r.Language != "":
		return ActLanguage
	case c.Repeated > 0:
		return ActSame
	case r.Words > PastedWords:
		return ActLong
	}
	return ActAnswer
}

// readable reports whether what a message says about work is looked for: in answers, and in what is said beside one.
func readable(a Act) bool {
	switch a {
	case ActAnswer, ActLong, ActLanguage, ActShort, ActDistress, ActCorrection, ActSelfDoubt, ActConfirm, ActDeny, ActDontKnow, ActUnknown:
		return true
	}
	return false
}

// feel takes in the mood, whether there is a figure, and whether writing is hard.
func (d *document) feel(r *Reading) {
	for i := range d.tokens {
		t := &d.tokens[i]
		switch {
		case t.set.has(inGood) && !d.negatedBefore(i):
			r.Mood++
		case t.set.has(inBad) || t.set.has(inGood):
			r.Mood--
		}
		r.Figure = r.Figure || t.is(isDigits) || t.set.has(inNumberWord) && t.low != "one" && t.low != "third" && t.low != "half"
		if t.low == "english" && i > 0 && (d.tokens[i-1].low == "my" || d.tokens[i-1].low == "bad" || d.tokens[i-1].low == "poor") {
			r.Effort = true
		}
	}
	for i := range d.sentences {
		r.Distress = r.Distress || d.sentences[i].distress
	}
}

// extractForeign takes in what can be told in any language: years, tools, and the sentences as they are.
func (x *extraction) extractForeign() {
	x.splitClauses()
	for i := range x.tokens {
		if y, ok := x.year(i); ok && len(x.r.Years) < 12 {
			x.r.Years = append(x.r.Years, y)
		}
	}
	x.findTools()
	for si := range x.sentences {
		s := &x.sentences[si]
		sp := x.span(s.start, s.end)
		n := s.to - s.from
		if x.r.Language == OtherLanguage {
			n = max(n, len(sp.Text)/12) // a script may have no blanks between words
		}
		if n >= 4 && n <= 45 && !s.distress && !s.sensitive && !s.question && quotable(sp.Text) {
			x.r.Notes = append(x.r.Notes, Note{Span: sp, Score: 0.6})
		}
	}
}
