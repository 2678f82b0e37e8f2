package planner

// Sensitive reports whether a text says something about its writer that is not kept: health, family, faith, origin, politics, age, union,
// distress, or somebody's name with a title. It errs on the side of not keeping; what is only a subject of work, as in a nurse's answers,
// passes.
func Sensitive(text string) bool {
	d := newDocument(text)
	if d.crisis {
		return true
	}
	for i := range d.sentences {
		if s := &d.sentences[i]; s.distress || s.sensitive || d.titledName(s.from, s.to) {
			return true
		}
	}
	return false
}

func (d *document) sensitive(from, to int) bool {
	if d.has(inSensitive, from, to) {
		return true
	}
	if !d.has(inHealthSelf, from, to) {
		return false
	}
	for i := from; i < to; i++ {
		if d.tokens[i].set.has(inHealth) && d.ownHealth(i, i+1, from, to) {
			return true
		}
	}
	for k := d.hitsFrom(from); k < len(d.hits) && int(d.hits[k].from) < to; k++ {
		if h := d.hits[k]; h.class == inHealth && d.ownHealth(int(h.from), int(h.to), from, to) {
			return true
		}
	}
	return false
}

// ownHealth reports whether a word of health is about the writer: said of themselves shortly before, with no word of work beside it.
func (d *document) ownHealth(i, end, from, to int) bool {
	if !d.has(inHealthSelf, max(from, i-8), i) {
		return false
	}
	for k := max(from, i-3); k < min(to, end+3); k++ {
		if d.tokens[k].set.has(inHealthWork) {
			return false
		}
	}
	return true
}

func (d *document) titledName(from, to int) bool {
	for i := from; i+1 < to; i++ {
		switch d.tokens[i].low {
		case "mr", "mrs", "ms", "miss", "dr", "prof":
			if d.tokens[i].is(isCapital) && d.tokens[i+1].is(isCapital) {
				return true
			}
		}
	}
	return false
}
