package api

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
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
	seen := map[string]bool{}
	for _, m := range members {
		if seen[m.name] {
			return interview.Invalid(m.name, "%s is given twice.", m.name)
		}
		seen[m.name] = true
		if err := assign(m, fields); err != nil {
			return err
		}
	}
	for _, f := range fields {
		if f.required && !seen[f.name] {
			return interview.Invalid(f.name, "%s is missing.", f.name)
		}
	}
	return nil
}

// readBody returns the body, at most MaxBody long. An empty one needs no type.
func (s *Server) readBody(c *gin.Context) ([]byte, error) {
	tooLarge := interview.Errorf(interview.CodeTooLarge, "The request's body is over the limit of %d bytes.", s.opts.MaxBody)
	if c.Request.ContentLength > s.opts.MaxBody {
		return nil, tooLarge
	}
	body, err := io.ReadAll(http.MaxBytesReader(below(c.Writer), c.Request.Body, s.opts.MaxBody))
	if _, over := errors.AsType[*http.MaxBytesError](err); over {
		return nil, tooLarge
	}
	if err != nil {
		if cause := c.Request.Context().Err(); cause != nil {
			return nil, cause
		}
		return nil, interview.Invalid("body", "The request's body ended early.")
	}
	if len(body) > 0 && !isJSON(c.Request.Header) {
		return nil, interview.Errorf(interview.CodeUnsupportedMediaType,
			"Send the body as Content-Type: application/json, in UTF-8 and without Content-Encoding.")
	}
	return body, nil
}

// isJSON reports whether the headers announce plain JSON in UTF-8, the only encoding JSON has between systems (RFC 8259 §8.1).
func isJSON(h http.Header) bool {
	mediaType, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	charset, encoding := params["charset"], h.Get("Content-Encoding")
	return err == nil && mediaType == "application/json" && (charset == "" || strings.EqualFold(charset, "utf-8")) &&
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
	raw  json.RawMessage
}

// parseObject splits a JSON object into its members, in order.
func parseObject(body []byte) ([]member, error) {
	if len(body) == 0 {
		return nil, nil
	}
	var whole json.RawMessage
	if err := json.Unmarshal(body, &whole); err != nil { // checks the syntax and the depth of all of it
		return nil, malformed(err)
	}
	if bytes.TrimLeft(body, " \t\r\n")[0] != '{' {
		return nil, interview.Invalid("body", "The request's body must be a JSON object.")
	}
	d := json.NewDecoder(bytes.NewReader(body))
	_, err := d.Token() // the brace
	var members []member
	for err == nil && d.More() {
		var name json.Token
		var m member
		if name, err = d.Token(); err == nil {
			m.name, _ = name.(string)
			err = d.Decode(&m.raw)
		}
		members = append(members, m)
	}
	if err != nil {
		return nil, malformed(err)
	}
	return members, nil
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
		case !utf8.Valid(m.raw) || hasLoneSurrogate(m.raw):
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

// hasLoneSurrogate reports whether the JSON text escapes half of a UTF-16 pair, as in "\ud800". encoding/json would make
// U+FFFD of it, and then what is stored is not what was sent.
func hasLoneSurrogate(raw []byte) bool {
	for i := 0; i+1 < len(raw); i++ {
		if raw[i] != '\\' {
			continue
		}
		i++ // now at the escaped character
		unit := utf16Unit(raw[i:])
		switch {
		case unit < 0xd800 || unit > 0xdfff:
		case unit >= 0xdc00 || len(raw) < i+7 || raw[i+5] != '\\':
			return true
		default:
			if low := utf16Unit(raw[i+6:]); low < 0xdc00 || low > 0xdfff {
				return true
			}
			i += 10
		}
	}
	return false
}

// utf16Unit returns the code unit of an escape "uXXXX", 0 for other text.
func utf16Unit(raw []byte) uint64 {
	if len(raw) < 5 || raw[0] != 'u' {
		return 0
	}
	unit, _ := strconv.ParseUint(string(raw[1:5]), 16, 16)
	return unit
}
