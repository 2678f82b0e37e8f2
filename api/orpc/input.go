package orpc

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/betterprofile/betterprofile/interview"
)

// maxMessage is the length limit of a message that comes by oRPC, in characters: the platform's, lower than our own.
const maxMessage = 10_000

// fields are the members of an input, and what is wrong with those that were asked for, in the words of Zod. Members that nobody asks for are
// ignored, as there.
type fields struct {
	members map[string]any
	issues  []issue
}

// readFields returns the input's members. Errors: bad input when it is no object; none at all may be given where optional.
func readFields(input any, optional bool) (*fields, error) {
	members, ok := input.(map[string]any)
	if !ok && (!optional || input != any(undefined{})) {
		return nil, badInput(issue{[]any{}, "Invalid input: expected object, received " + typeName(input)})
	}
	return &fields{members: members}, nil
}

// err is the error of all issues, nil without any.
func (f *fields) err() error {
	if len(f.issues) == 0 {
		return nil
	}
	return badInput(f.issues...)
}

func (f *fields) bad(name, format string, args ...any) {
	f.issues = append(f.issues, issue{[]any{name}, fmt.Sprintf(format, args...)})
}

// get returns a member, undefined when there is none.
func (f *fields) get(name string) any {
	if v, ok := f.members[name]; ok {
		return v
	}
	return undefined{}
}

// text returns a member that is a string. ok is false when there is none, or it is none; that is an issue unless it is optional and left out.
func (f *fields) text(name string, optional bool) (text string, ok bool) {
	v := f.get(name)
	text, ok = v.(string)
	if !ok && (!optional || v != any(undefined{})) {
		f.bad(name, "Invalid input: expected string, received %s", typeName(v))
	}
	return text, ok
}

// message returns the member that is a message, trimmed.
func (f *fields) message() string {
	text, ok := f.text("message", false)
	text = strings.TrimSpace(text)
	switch {
	case !ok:
	case text == "":
		f.bad("message", "Too small: expected string to have >=1 characters")
	case utf8.RuneCountInString(text) > maxMessage:
		f.bad("message", "Too big: expected string to have <=%d characters", maxMessage)
	}
	return text
}

// conversationID returns the member that is a conversation's id, in lower case; empty when it is optional and left out.
func (f *fields) conversationID(optional bool) string {
	text, ok := f.text("conversationId", optional)
	if !ok {
		return ""
	}
	id, ok := interview.ParseID(text)
	if !ok {
		f.bad("conversationId", "Invalid UUID")
	}
	return id
}

// limit returns the member that says how long a page is, from 1 to 100; 0 when it is left out.
func (f *fields) limit() int {
	const max = 100
	v := f.get("limit")
	number, ok := v.(json.Number)
	limit, err := number.Float64()
	switch {
	case v == any(undefined{}):
		return 0
	case !ok || err != nil:
		f.bad("limit", "Invalid input: expected number, received %s", typeName(v))
	case limit != math.Trunc(limit):
		f.bad("limit", "Invalid input: expected int, received number")
	case limit < 1:
		f.bad("limit", "Too small: expected number to be >=1")
	case limit > max:
		f.bad("limit", "Too big: expected number to be <=%d", max)
	default:
		return int(limit)
	}
	return 0
}

// typeName names the type of a value as Zod does.
func typeName(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case undefined:
		return "undefined"
	case string:
		return "string"
	case json.Number:
		return "number"
	case bool:
		return "boolean"
	case []any:
		return "array"
	case interview.Time, invalidDate:
		return "Date"
	case bigInt:
		return "bigint"
	case notANumber:
		return "NaN"
	case link:
		return "URL"
	case pattern:
		return "RegExp"
	case set:
		return "Set"
	case dict:
		return "Map"
	}
	return "object"
}
