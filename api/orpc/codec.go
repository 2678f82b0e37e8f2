package orpc

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/betterprofile/betterprofile/interview"
)

// What JSON cannot hold, and oRPC can. Times are [interview.Time]; the rest of a value is as encoding/json has it, numbers as json.Number.
type (
	undefined   struct{}
	invalidDate struct{}
	notANumber  struct{}
	bigInt      string // decimal
	link        string // a URL
	pattern     string // a regular expression between slashes, and its flags
	set         []any
	dict        []any // a map: its entries, each of a key and a value
)

// The numbers of their types in an envelope's meta.
const (
	kindBigInt = iota
	kindDate
	kindNaN
	kindUndefined
	kindURL
	kindRegExp
	kindSet
	kindMap
)

// encode returns the envelope of a value: its JSON, and in meta the type and the path of all that JSON does not hold.
func encode(v any) ([]byte, error) {
	var e encoder
	if err := e.value(v); err != nil {
		return nil, err
	}
	if v == (undefined{}) {
		return []byte("{}"), nil
	}
	b := append([]byte(`{"json":`), e.json...)
	if len(e.meta) > 0 {
		b = append(append(append(b, `,"meta":[`...), e.meta[1:]...), ']')
	}
	return append(b, '}'), nil
}

// encoder is an envelope in the making.
type encoder struct {
	json []byte
	meta []byte // its entries, with a comma before each
	path []byte // where the value at hand is, as it goes into meta, with a comma before each step
}

func (e *encoder) value(v any) error {
	switch v := v.(type) {
	case map[string]any:
		return e.object(v)
	case []any:
		return e.array(v)
	case interview.Time:
		e.mark(kindDate)
	case invalidDate:
		return e.null(kindDate)
	case notANumber:
		return e.null(kindNaN)
	case undefined:
		return e.null(kindUndefined)
	case bigInt:
		e.mark(kindBigInt)
	case link:
		e.mark(kindURL)
	case pattern:
		e.mark(kindRegExp)
	case set:
		err := e.array(v)
		e.mark(kindSet) // after what is in it, as it must be made after that
		return err
	case dict:
		err := e.array(v)
		e.mark(kindMap)
		return err
	}
	plain, err := json.Marshal(v)
	e.json = append(e.json, plain...)
	return err
}

func (e *encoder) object(members map[string]any) error {
	e.json = append(e.json, '{')
	first := true
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if members[name] == any(undefined{}) {
			continue
		}
		quoted, _ := json.Marshal(name) // a string has a JSON form
		if !first {
			e.json = append(e.json, ',')
		}
		first = false
		e.json = append(append(e.json, quoted...), ':')
		if err := e.at(quoted, members[name]); err != nil {
			return err
		}
	}
	e.json = append(e.json, '}')
	return nil
}

func (e *encoder) array(items []any) error {
	e.json = append(e.json, '[')
	for i, item := range items {
		if i > 0 {
			e.json = append(e.json, ',')
		}
		if err := e.at(strconv.AppendInt(nil, int64(i), 10), item); err != nil {
			return err
		}
	}
	e.json = append(e.json, ']')
	return nil
}

// at encodes a value one step further down.
func (e *encoder) at(step []byte, v any) error {
	above := len(e.path)
	e.path = append(append(e.path, ','), step...)
	err := e.value(v)
	e.path = e.path[:above]
	return err
}

// null encodes what JSON has no trace of.
func (e *encoder) null(kind int) error {
	e.mark(kind)
	e.json = append(e.json, "null"...)
	return nil
}

// mark notes the type of the value at hand.
func (e *encoder) mark(kind int) {
	e.meta = append(e.meta, ",["...)
	e.meta = append(strconv.AppendInt(e.meta, int64(kind), 10), e.path...)
	e.meta = append(e.meta, ']')
}

// decode returns the input in a request's body, undefined for none: as oRPC has it, a body that is not JSON holds none. Errors: malformed.
func decode(h http.Header, body []byte) (any, error) {
	mediaType, params, _ := mime.ParseMediaType(h.Get("Content-Type")) // what cannot be parsed is no type that we know
	encoding, charset := h.Get("Content-Encoding"), params["charset"]
	switch {
	case strings.HasPrefix(mediaType, "multipart/"): // files, of which our procedures know nothing
		return nil, errMalformed()
	case len(body) == 0 || mediaType != "application/json":
		return undefined{}, nil
	case encoding != "" && !strings.EqualFold(encoding, "identity"), charset != "" && !strings.EqualFold(charset, "utf-8"):
		return nil, errMalformed()
	}
	return decodeEnvelope(body)
}

// decodeEnvelope is the other way of encode. Errors: malformed; also for text that is not Unicode, which could not be stored as it came.
func decodeEnvelope(body []byte) (any, error) {
	if !json.Valid(body) || !utf8.Valid(body) || interview.HasLoneSurrogate(body) {
		return nil, errMalformed()
	}
	var envelope any
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := d.Decode(&envelope); err != nil || envelope == nil {
		return nil, errMalformed()
	}
	members, _ := envelope.(map[string]any)
	value, ok := members["json"]
	if !ok {
		value = undefined{}
	}
	entries, ok := members["meta"].([]any)
	if !ok && members["meta"] != nil {
		return nil, errMalformed()
	}
	for _, entry := range entries {
		entry, ok := entry.([]any)
		if !ok || revive(&value, entry) != nil {
			return nil, errMalformed()
		}
	}
	return value, nil
}

// revive gives one part of the value its type: that of the entry, which is a type and a path. Unknown types change nothing. Errors: there is no
// such path, or what is there cannot have the type.
func revive(value *any, entry []any) error {
	if len(entry) == 0 {
		return nil
	}
	at, put := *value, func(v any) { *value = v }
	for _, step := range entry[1:] {
		name := fmt.Sprint(step) // JavaScript takes either for either
		switch parent := at.(type) {
		case map[string]any:
			child, ok := parent[name]
			if !ok {
				return errMalformed()
			}
			at, put = child, func(v any) { parent[name] = v }
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i < 0 || i >= len(parent) {
				return errMalformed()
			}
			at, put = parent[i], func(v any) { parent[i] = v }
		default:
			return errMalformed()
		}
	}
	kind, _ := entry[0].(json.Number)
	typed, err := typed(string(kind), at)
	put(typed)
	return err
}

// typed returns a value as the one of the kind that it stands for.
func typed(kind string, v any) (any, error) {
	text, isText := v.(string)
	items, isArray := v.([]any)
	switch number, err := strconv.Atoi(kind); {
	case err != nil:
		return v, nil
	case number == kindBigInt && isText && isDecimal(text):
		return bigInt(text), nil
	case number == kindDate:
		return date(v), nil
	case number == kindNaN:
		return notANumber{}, nil
	case number == kindUndefined:
		return undefined{}, nil
	case number == kindURL && isText:
		return link(text), nil
	case number == kindRegExp && isText && strings.HasPrefix(text, "/") && strings.LastIndexByte(text, '/') > 0:
		return pattern(text), nil
	case number == kindSet && isArray:
		return set(items), nil
	case number == kindMap && isArray:
		return dict(items), nil
	case number < kindBigInt || number > kindMap:
		return v, nil
	}
	return nil, errMalformed()
}

func isDecimal(s string) bool {
	digits := strings.TrimPrefix(s, "-")
	return digits != "" && strings.Trim(digits, "0123456789") == ""
}

// date is the time that a date's text or milliseconds name.
func date(v any) any {
	switch v := v.(type) {
	case string:
		if t, err := time.Parse(time.RFC3339, v); err == nil {
			return interview.At(t)
		}
	case json.Number:
		if ms, err := v.Int64(); err == nil {
			return interview.At(time.UnixMilli(ms))
		}
	}
	return invalidDate{}
}
