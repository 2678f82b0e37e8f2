package api

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"github.com/betterprofile/betterprofile/interview"
)

// field is one member that a request's body may have. Its set takes the member's JSON text and reports whether it was of the type
// wanted.
type field struct {
	name     string
	wants    string // the type, for people: "a string"
	required bool
	set      func(raw []byte) bool
}

// text is an optional string.
func text(name string, to *string) field {
	return field{name: name, wants: "a string", set: func(raw []byte) bool {
		if raw[0] == '"' && bytes.IndexByte(raw, '\\') < 0 { // and known to be Unicode
			*to = string(raw[1 : len(raw)-1])
			return true
		}
		return raw[0] == '"' && json.Unmarshal(raw, to) == nil
	}}
}

// optionalText is an optional string that is nil when it is left out.
func optionalText(name string, to **string) field {
	f := text(name, nil)
	f.set = func(raw []byte) bool {
		*to = new(string)
		return text(name, *to).set(raw)
	}
	return f
}

// texts is an optional array of strings. An element that is no string becomes an empty one, for the caller's check to refuse.
func texts(name string, to *[]string) field {
	return field{name: name, wants: "an array of strings", set: func(raw []byte) bool {
		var elements []json.RawMessage
		if raw[0] != '[' || json.Unmarshal(raw, &elements) != nil {
			return false
		}
		*to = make([]string, len(elements))
		for i, e := range elements {
			if e[0] == '"' && json.Unmarshal(e, &(*to)[i]) != nil {
				return false
			}
		}
		return true
	}}
}

// flag is an optional boolean that is nil when it is left out.
func flag(name string, to **bool) field {
	return field{name: name, wants: "true or false", set: func(raw []byte) bool {
		*to = new(raw[0] == 't')
		return raw[0] == 't' || raw[0] == 'f'
	}}
}

// required makes a field one that must be there.
func required(f field) field {
	f.required = true
	return f
}

// decode reads the request's body, a JSON object with these fields and no others, into them. No body at all is an empty object.
// What encoding/json would let pass is refused: unknown and repeated fields, names in other case, null, text that is not Unicode.
//
// Errors: invalid with the field, "body" for the whole; too_large; unsupported_media_type.
func (s *Server) decode(c *gin.Context, fields ...field) error {
	body, err := s.readBody(c)
	if err != nil {
		return err
	}
	members, err := parseObject(body)
	if err != nil {
		return err
	}
	seen := make([]string, 0, len(fields))
	for _, m := range members {
		if slices.Contains(seen, m.name) {
			return interview.Invalid(m.name, "%s is given twice.", m.name)
		}
		seen = append(seen, m.name)
		if err := assign(m, fields); err != nil {
			return err
		}
	}
	for _, f := range fields {
		if f.required && !slices.Contains(seen, f.name) {
			return interview.Invalid(f.name, "%s is missing.", f.name)
		}
	}
	return nil
}

// readBody returns the body, at most MaxBody long. An empty one needs no type.
func (s *Server) readBody(c *gin.Context) ([]byte, error) {
	if c.Request.ContentLength > s.opts.MaxBody {
		return nil, errTooLarge(s.opts.MaxBody)
	}
	body, err := io.ReadAll(http.MaxBytesReader(below(c.Writer), c.Request.Body, s.opts.MaxBody))
	if err != nil {
		return nil, bodyError(c, err)
	}
	if len(body) > 0 && !isType(c.Request.Header, "application/json") {
		return nil, errUnsupported("application/json")
	}
	return body, nil
}

// bodyError is the error of reading a request's body.
func bodyError(c *gin.Context, err error) error {
	if over, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return errTooLarge(over.Limit)
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return interview.Invalid("body", "The request's body did not arrive in time.")
	}
	if cause := c.Request.Context().Err(); cause != nil {
		return cause
	}
	return interview.Invalid("body", "The request's body ended early.")
}

func errTooLarge(limit int64) error {
	return interview.Errorf(interview.CodeTooLarge, "The request's body is over the limit of %d bytes.", limit)
}

func errUnsupported(wanted string) error {
	return interview.Errorf(interview.CodeUnsupportedMediaType,
		"Send the body as Content-Type: %s, in UTF-8 and without Content-Encoding.", wanted)
}

// isType reports whether the headers announce the media type, plain and in UTF-8, the only encoding JSON has between systems (RFC 8259 §8.1).
func isType(h http.Header, wanted string) bool {
	mediaType, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	charset, encoding := params["charset"], h.Get("Content-Encoding")
	return err == nil && mediaType == wanted && (charset == "" || strings.EqualFold(charset, "utf-8")) &&
		(encoding == "" || strings.EqualFold(encoding, "identity"))
}

// below returns the server's own ResponseWriter: http.MaxBytesReader and deadlines need it, and gin's hides errors of Flush.
func below(w http.ResponseWriter) http.ResponseWriter {
	if u, ok := w.(interface{ Unwrap() http.ResponseWriter }); ok {
		return u.Unwrap()
	}
	return w
}

// member is one name and value of an object, in its JSON text.
type member struct {
	name string
	raw  []byte
}

// parseObject splits a JSON object into its members, in order.
func parseObject(body []byte) ([]member, error) {
	if len(body) == 0 {
		return nil, nil
	}
	if !json.Valid(body) { // also when it is nested too deep
		var whole json.RawMessage
		return nil, malformed(json.Unmarshal(body, &whole))
	}
	body = bytes.TrimLeft(body, jsonSpace)
	if body[0] != '{' {
		return nil, interview.Invalid("body", "The request's body must be a JSON object.")
	}
	return splitObject(body)
}

// jsonSpace is what may stand between JSON's tokens.
const jsonSpace = " \t\r\n"

// splitObject splits an object that is known to be valid.
func splitObject(rest []byte) ([]member, error) {
	var members []member
	for rest = rest[1:]; ; {
		if rest = bytes.TrimLeft(rest, jsonSpace+","); rest[0] == '}' {
			return members, nil
		}
		var m member
		n := valueLen(rest)
		if err := json.Unmarshal(rest[:n], &m.name); err != nil {
			return nil, malformed(err)
		}
		rest = bytes.TrimLeft(rest[n:], jsonSpace+":")
		n = valueLen(rest)
		m.raw, rest = rest[:n], rest[n:]
		members = append(members, m)
	}
}

// valueLen returns how long the value is that valid JSON begins with.
func valueLen(b []byte) int {
	depth, quoted := 0, false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case c == '"':
			quoted = !quoted
			if !quoted && depth == 0 {
				return i + 1
			}
		case quoted:
			if c == '\\' {
				i++
			}
		case c == '{' || c == '[':
			depth++
		case depth == 0 && strings.IndexByte(jsonSpace+",:}]", c) >= 0: // the end of a number or a word
			return i
		case c == '}' || c == ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return len(b)
}

func malformed(err error) error {
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		return interview.Invalid("body", "The request's body is not JSON: %s (at byte %d).", e.Error(), e.Offset)
	}
	return interview.Invalid("body", "The request's body is not JSON.")
}

// assign gives the member to its field.
func assign(m member, fields []field) error {
	for _, f := range fields {
		if f.name != m.name {
			continue
		}
		switch {
		case !utf8.Valid(m.raw) || interview.HasLoneSurrogate(m.raw):
			return interview.Invalid(f.name, "%s must be valid Unicode text.", f.name)
		case !f.set(m.raw):
			return interview.Invalid(f.name, "%s must be %s, not %s.", f.name, f.wants, typeOf(m.raw))
		case string(m.raw) == `""`:
			return interview.Invalid(f.name, "%s must not be empty.", f.name)
		}
		return nil
	}
	name := interview.FirstRunes(m.name, 64)
	return interview.Invalid(cmp.Or(name, "body"), "There is no field %q here.", name)
}

// typeOf names the type of a JSON value.
func typeOf(raw []byte) string {
	switch raw[0] {
	case '"':
		return "a string"
	case '{':
		return "an object"
	case '[':
		return "an array"
	case 't', 'f':
		return "a boolean"
	case 'n':
		return "null"
	default:
		return "a number"
	}
}
