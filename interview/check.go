package interview

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of what is learned.
const (
	MinConfidence = 0.5  // a fact below it is not worth keeping
	maxFactKey    = 200  // characters of a fact's key, and of the names of an experience
	maxFactValue  = 4000 // bytes
	maxQuote      = 2000 // characters of a quote
	maxSources    = 50   // of one fact
)

// CheckFact returns nil when a fact may be stored, whoever made it. Contents are the texts of user messages by id; those that it cites must be among
// them. The rules: a known kind and status; confidence from MinConfidence to 1; text of 1 to MaxFactRunes characters; each source is a span of whole
// characters of a message, and the first one is the quote, byte for byte; the quote has no negation cut off, among the two words before it; every figure in text
// and value is in the quote, however it is written there.
//
// Errors: invalid, with the rule in Details.Field: kind, status, confidence, text, key, value, source, quote, negation or figure.
func CheckFact(f Fact, contents map[string]string) error {
	if err := checkFactItself(f); err != nil {
		return err
	}
	if len(f.Sources) == 0 || len(f.Sources) > maxSources {
		return Invalid("source", "A fact must have 1 to %d sources.", maxSources)
	}
	for i, s := range f.Sources {
		text, err := s.in(contents)
		if err != nil {
			return err
		}
		if i == 0 && text != f.Quote {
			return Invalid("quote", "The quote is not what its message says there.")
		}
	}
	first := f.Sources[0]
	if negated(contents[first.MessageID][:first.Start]) {
		return Invalid("negation", "The quote leaves out the negation before it.")
	}
	return checkFigures(f)
}

// checkFactItself checks what needs no messages.
func checkFactItself(f Fact) error {
	switch {
	case !slices.Contains(FactKinds(), f.Kind):
		return Invalid("kind", "There is no kind of fact %q.", FirstRunes(string(f.Kind), 64))
	case !slices.Contains(factStatuses(), f.Status):
		return Invalid("status", "There is no status %q.", FirstRunes(string(f.Status), 64))
	case !(f.Confidence >= MinConfidence && f.Confidence <= 1): // NaN too
		return Invalid("confidence", "confidence must be from %g to 1.", MinConfidence)
	case isBlank(f.Text):
		return Invalid("text", "text must not be empty.")
	case len(f.Value) > maxFactValue || len(f.Value) > 0 && (!json.Valid(f.Value) || checkText("value", string(f.Value), maxFactValue) != nil):
		return Invalid("value", "value must be JSON of at most %d bytes.", maxFactValue)
	}
	for _, text := range []struct {
		field, text string
		max         int
	}{
		{"text", f.Text, MaxFactRunes},
		{"key", f.Key, maxFactKey},
		{"quote", f.Quote, maxQuote},
		{"validFrom", f.ValidFrom, maxFactKey},
		{"validTo", f.ValidTo, maxFactKey},
		{"engine", f.Engine, maxFactKey},
	} {
		if err := checkText(text.field, text.text, text.max); err != nil {
			return err
		}
	}
	return nil
}

func factStatuses() []FactStatus {
	return []FactStatus{FactProposed, FactConfirmed, FactSuperseded, FactConflict, FactRejected}
}

// in returns the text at the source. Errors: invalid, field source.
func (s Source) in(contents map[string]string) (string, error) {
	content, known := contents[s.MessageID]
	if !known {
		return "", Invalid("source", "A source is not a message of the user.")
	}
	if s.Start < 0 || s.End > len(content) || s.Start >= s.End || !utf8.RuneStart(content[s.Start]) || s.End < len(content) && !utf8.RuneStart(content[s.End]) {
		return "", Invalid("source", "A source is not a span of whole characters of its message.")
	}
	return content[s.Start:s.End], nil
}

// negated reports whether a negation is among the last two words before a quote, of the same sentence.
func negated(before string) bool {
	if at := strings.LastIndexAny(before, ".!?;\n…"); at >= 0 {
		before = before[at:]
	}
	words := strings.FieldsFunc(before, func(r rune) bool { return !unicode.IsLetter(r) && r != '\'' && r != '’' && r != '-' })
	for _, word := range words[max(0, len(words)-2):] {
		word = strings.ToLower(strings.ReplaceAll(word, "’", "'"))
		switch word {
		case "not", "never", "no", "without", "cannot", "nor", "neither", "none", "nobody", "nothing":
			return true
		}
		if strings.HasSuffix(word, "n't") {
			return true
		}
	}
	return false
}

// CheckThread returns nil when a thread may be stored: its quote is what the user's message says at its source. Errors: invalid with the field.
func CheckThread(t Thread, contents map[string]string) error {
	switch t.Status {
	case ThreadOpen, ThreadAsked, ThreadClosed:
	default:
		return Invalid("status", "There is no status %q.", FirstRunes(string(t.Status), 64))
	}
	text, err := t.Source.in(contents)
	if err == nil && text != t.Quote {
		err = Invalid("quote", "The quote is not what its message says there.")
	}
	if err == nil {
		err = checkText("quote", t.Quote, maxQuote)
	}
	return err
}

// CheckExperience returns nil when an experience may be stored. Errors: invalid with the field.
func CheckExperience(e Experience) error {
	switch e.Kind {
	case KindWork, KindProject, KindEducation, KindVolunteer:
	default:
		return Invalid("kind", "There is no kind of experience %q.", FirstRunes(string(e.Kind), 64))
	}
	for _, text := range []struct{ field, text string }{
		{"org", e.Org}, {"role", e.Role}, {"label", e.Label}, {"start", e.Start}, {"end", e.End},
	} {
		if err := checkText(text.field, text.text, maxFactKey); err != nil {
			return err
		}
	}
	return nil
}
