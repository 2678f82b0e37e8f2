package betterauth

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxBody is the size limit of a request's body, in bytes.
const maxBody = 128 << 10

// input is the object that came in a request's body, and what was found wrong with it so far.
type input struct {
	values map[string]any
	form   bool // all values are text
	where  string
	issues []string
}

// readBody decodes a body of JSON, or of form data where that is allowed. No body is an empty object. Names of keys count to the letter.
func readBody(w http.ResponseWriter, r *http.Request, forms bool) (input, error) {
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return input{}, refuse(http.StatusRequestEntityTooLarge, "PAYLOAD_TOO_LARGE", "Request body is too large")
	}
	if err != nil {
		return input{}, refuse(http.StatusBadRequest, "BAD_REQUEST", "The request body could not be read")
	}
	if len(text) == 0 {
		return input{where: "body"}, nil
	}
	kind := r.Header.Get("Content-Type")
	switch media, _, _ := mime.ParseMediaType(kind); {
	case media == "application/json" || strings.HasPrefix(media, "application/") && strings.HasSuffix(media, "+json"):
		return readJSON(text)
	case forms && media == formType:
		return readForm(string(text))
	}
	allowed := "application/json"
	if forms {
		allowed = formType + ", " + allowed
	}
	message := `Content-Type "` + kind + `" is not allowed. Allowed types: ` + allowed
	if kind == "" {
		message = "Content-Type is required. Allowed types: " + allowed
	}
	return input{}, refuse(http.StatusUnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE", message)
}

const formType = "application/x-www-form-urlencoded"

func readJSON(text []byte) (input, error) {
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		return input{}, refuse(http.StatusBadRequest, "BAD_REQUEST", "Invalid JSON in request body")
	}
	object, ok := value.(map[string]any)
	if !ok {
		return input{}, refuse(http.StatusBadRequest, "VALIDATION_ERROR", "[body] Invalid input: expected object, received "+kindOf(value, true))
	}
	return input{values: object, where: "body"}, nil
}

func readForm(text string) (input, error) {
	form, err := url.ParseQuery(text)
	if err != nil {
		return input{}, refuse(http.StatusBadRequest, "BAD_REQUEST", "Invalid form data in request body")
	}
	values := make(map[string]any, len(form))
	for name := range form {
		values[name] = form.Get(name)
	}
	return input{values: values, form: true, where: "body"}, nil
}

// kindOf names the type of a value as JavaScript does.
func kindOf(value any, given bool) string {
	switch value.(type) {
	case nil:
		if given {
			return "null"
		}
		return "undefined"
	case string:
		return "string"
	case bool:
		return "boolean"
	case float64:
		return "number"
	case []any:
		return "array"
	default:
		return "object"
	}
}

// issue notes what is wrong with a value.
func (in *input) issue(name, problem string) {
	in.issues = append(in.issues, "["+in.where+"."+name+"] "+problem)
}

// text returns a string that must be there.
func (in *input) text(name string) string {
	value, given := in.values[name]
	s, ok := value.(string)
	if !ok {
		in.issue(name, "Invalid input: expected string, received "+kindOf(value, given))
	}
	return s
}

// optional returns a string that may be missing.
func (in *input) optional(name string) string {
	if _, given := in.values[name]; !given {
		return ""
	}
	return in.text(name)
}

// bounded is text of at most limit bytes, without control characters.
func (in *input) bounded(name string, limit int) string {
	s := in.text(name)
	if len(s) > limit {
		in.issue(name, "Too big: expected string to be shorter")
		return ""
	}
	return tidy(s, limit)
}

// email is text with the form of an email address, in lower case.
func (in *input) email(name string) string {
	if s, ok := in.values[name].(string); ok && !isEmail(s) {
		in.issue(name, "Invalid email address")
		return ""
	}
	return strings.ToLower(in.text(name))
}

// flag returns a boolean, or its default when it is missing.
func (in *input) flag(name string, missing bool) bool {
	value, given := in.values[name]
	if !given {
		return missing
	}
	if in.form && (value == "true" || value == "false") {
		return value == "true"
	}
	b, ok := value.(bool)
	if !ok {
		in.issue(name, "Invalid input: expected boolean, received "+kindOf(value, given))
	}
	return b
}

// err is the refusal of an input with issues, nil without any.
func (in *input) err() error {
	if len(in.issues) == 0 {
		return nil
	}
	return refuse(http.StatusBadRequest, "VALIDATION_ERROR", strings.Join(in.issues, "; "))
}

// maxEmail is the longest email address, in bytes (RFC 5321 §4.5.3.1.3).
const maxEmail = 254

// isEmail reports whether s has the form of an address that Better Auth takes (zod's rule): ASCII only, so that no two addresses look alike.
func isEmail(s string) bool {
	at := strings.LastIndexByte(s, '@')
	if at < 1 || len(s) > maxEmail {
		return false
	}
	local, domain := s[:at], s[at+1:]
	if local[0] == '.' || strings.Contains(s, "..") || !all(local, "_'+-.") || strings.ContainsAny(local[len(local)-1:], "'.") {
		return false
	}
	labels := strings.Split(domain, ".")
	for _, label := range labels {
		if label == "" || label[0] == '-' || !all(label, "-") {
			return false
		}
	}
	last := labels[len(labels)-1]
	return len(labels) > 1 && len(last) > 1 && strings.Trim(strings.ToLower(last), "abcdefghijklmnopqrstuvwxyz") == ""
}

// all reports whether s has only ASCII letters, digits and the others.
func all(s, others string) bool {
	for i := range len(s) {
		if b := s[i]; !isAlphanumeric(b) && strings.IndexByte(others, b) < 0 {
			return false
		}
	}
	return true
}

func isAlphanumeric(b byte) bool {
	return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9'
}

// tidy returns s without control characters, valid, and cut to at most limit bytes.
func tidy(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit]
}
