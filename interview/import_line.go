package interview

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"
)

// exportLine is an object of an export. Its members are taken out one by one; the first that is not right is the error.
type exportLine struct {
	members map[string]json.RawMessage
	err     error
}

// done is the error of the whole: a member was not right, or there is one that nobody took.
func (l *exportLine) done() error {
	if l.err != nil || len(l.members) == 0 {
		return l.err
	}
	name := shownName(l.names()[0])
	return Invalid(name, "There is no member %q here.", name)
}

// fail notes an error unless there is one.
func (l *exportLine) fail(err error) {
	if l.err == nil {
		l.err = err
	}
}

// take removes a member and returns its JSON; empty when it is not there.
func (l *exportLine) take(name string, required bool) json.RawMessage {
	raw, ok := l.members[name]
	delete(l.members, name)
	if !ok && required {
		l.fail(Invalid(name, "%s is missing.", name))
	}
	return raw
}

// text takes a string. One that is optional is not empty: it is left out.
func (l *exportLine) text(name string, required bool) (s string) {
	raw := l.take(name, required)
	switch {
	case len(raw) == 0:
		return ""
	case raw[0] != '"' || json.Unmarshal(raw, &s) != nil:
		l.fail(Invalid(name, "%s must be a string.", name))
	case s == "" && !required:
		l.fail(Invalid(name, "%s must not be empty. Leave it out instead.", name))
	default:
		if err := checkText(name, s, MaxExportLine); err != nil {
			l.fail(err)
		}
	}
	return s
}

// id takes a UUID.
func (l *exportLine) id(name string, required bool) string {
	raw := l.text(name, required)
	if raw == "" && (!required || l.err != nil) {
		return ""
	}
	id, ok := ParseID(raw)
	if !ok {
		l.fail(Invalid(name, "%s must be a UUID.", name))
	}
	return id
}

// time takes a time to the microsecond; nil when it is not there.
func (l *exportLine) time(name string, required bool) *ExactTime {
	raw := l.text(name, required)
	if raw == "" && (!required || l.err != nil) {
		return nil
	}
	t, err := time.Parse(time.RFC3339Nano, raw)
	t = t.UTC()
	if err != nil || !t.Equal(t.Truncate(time.Microsecond)) || t.Year() < 1 || t.Year() > 9998 {
		l.fail(Invalid(name, "%s must be a time such as %s.", name, exactFormat))
	}
	return &ExactTime{t}
}

// number takes a whole number.
func (l *exportLine) number(name string, least, most int) int {
	raw := l.take(name, true)
	n, err := strconv.Atoi(string(raw))
	if len(raw) > 0 && (err != nil || n < least || n > most) {
		l.fail(Invalid(name, "%s must be a whole number from %d to %d.", name, least, most))
	}
	return n
}

// optionalNumber takes a whole number from 1; 0 when it is not there.
func (l *exportLine) optionalNumber(name string) int {
	if _, there := l.members[name]; !there {
		return 0
	}
	return l.number(name, 1, 1<<31-1)
}

// json takes a JSON object as it is stored; nil when it is not there.
func (l *exportLine) json(name string) json.RawMessage {
	object, err := canonicalObject(l.take(name, false))
	if err != nil {
		l.fail(Invalid(name, "%s %s.", name, err.Error()))
	}
	return object
}

// object takes an object to be taken apart; nil when it is none.
func (l *exportLine) object(name string) *exportLine {
	raw := l.take(name, true)
	if len(raw) == 0 {
		return nil
	}
	inner, err := parseLine(raw)
	if err != nil {
		l.fail(Invalid(name, "%s must be an object whose members are there once each.", name))
	}
	return inner
}

// usage takes the tokens of a turn.
func (l *exportLine) usage(name string) (u Usage) {
	if inner := l.object(name); inner != nil {
		u.InputTokens, u.OutputTokens = inner.number("inputTokens", 0, 1<<31-1), inner.number("outputTokens", 0, 1<<31-1)
		l.fail(inner.done())
	}
	return u
}

// error takes the error of a turn; nil when it is not there.
func (l *exportLine) error(name string) *Error {
	if _, there := l.members[name]; !there {
		return nil
	}
	inner := l.object(name)
	if inner == nil {
		return nil
	}
	e := &Error{Code: Code(inner.text("code", true)), Message: inner.text("message", true)}
	if inner.err == nil && !slices.Contains(Codes(), e.Code) {
		inner.fail(Invalid("code", "There is no code %q.", FirstRunes(string(e.Code), 64)))
	}
	if _, there := inner.members["details"]; there {
		e.Details = inner.details("details")
	}
	l.fail(inner.done())
	return e
}

func (l *exportLine) details(name string) (d Details) {
	inner := l.object(name)
	if inner == nil {
		return d
	}
	d.Field, d.Reason = inner.text("field", false), inner.text("reason", false)
	d.Status, d.RequestID = inner.text("status", false), inner.text("requestId", false)
	d.RetryAfterSeconds, d.Line = inner.optionalNumber("retryAfterSeconds"), inner.optionalNumber("line")
	l.fail(inner.done())
	return d
}
