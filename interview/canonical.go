package interview

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
)

const (
	// maxDepth is how deep JSON may be nested that is imported; PostgreSQL has a limit too, somewhere in the thousands.
	maxDepth = 64
	// maxDigits is how long a number may be in it, written out.
	maxDigits = 400
)

// errNoObject is what canonicalObject says of other JSON.
var errNoObject = errors.New("must be an object")

// canonicalObject returns a JSON object in the form that is the same whichever database kept it: members sorted, each once (the last
// one counts), no space, numbers written out as PostgreSQL's jsonb does. Nothing is nil. Errors: it is no JSON object, nested too deep, has a number that
// is too long, or text that no database keeps.
func canonicalObject(raw json.RawMessage) (json.RawMessage, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		return nil, errors.New("must be valid JSON")
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, errNoObject
	}
	if err := canonicalize(object, 1); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(object); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// canonicalize checks a decoded object or array, and writes out its numbers.
func canonicalize(value any, depth int) error {
	if depth > maxDepth {
		return errors.New("is nested too deep")
	}
	switch v := value.(type) {
	case map[string]any:
		for key, member := range v {
			next, err := canonicalValue(member, depth)
			if err != nil {
				return err
			}
			if v[key] = next; strings.ContainsRune(key, 0) {
				return errors.New("must not hold a NUL character")
			}
		}
	case []any:
		for i, element := range v {
			next, err := canonicalValue(element, depth)
			if err != nil {
				return err
			}
			v[i] = next
		}
	}
	return nil
}

func canonicalValue(value any, depth int) (any, error) {
	switch v := value.(type) {
	case json.Number:
		return canonicalNumber(v)
	case string:
		if strings.ContainsRune(v, 0) {
			return nil, errors.New("must not hold a NUL character")
		}
		return v, nil
	case map[string]any, []any:
		return v, canonicalize(v, depth+1)
	}
	return value, nil
}

// canonicalNumber writes a number out without exponent, and without a sign when it is zero; decimals keep their zeros.
func canonicalNumber(n json.Number) (json.Number, error) {
	tooLong := errors.New("has a number that is too long")
	digits, negative := strings.CutPrefix(string(n), "-")
	mantissa, exponent := digits, 0
	if at := strings.IndexAny(digits, "eE"); at >= 0 {
		mantissa = digits[:at]
		var err error
		if exponent, err = strconv.Atoi(digits[at+1:]); err != nil || exponent > maxDigits || exponent < -maxDigits {
			return "", tooLong
		}
	}
	whole, decimals, _ := strings.Cut(mantissa, ".")
	for ; exponent > 0; exponent-- {
		next := "0"
		if decimals != "" {
			next, decimals = decimals[:1], decimals[1:]
		}
		whole += next
	}
	if exponent < 0 {
		whole = strings.Repeat("0", -exponent) + whole
		at := len(whole) + exponent
		whole, decimals = whole[:at], whole[at:]+decimals
	}
	whole = strings.TrimLeft(whole, "0")
	zero := whole == "" && strings.Trim(decimals, "0") == ""
	if whole == "" {
		whole = "0"
	}
	if decimals != "" {
		whole += "." + decimals
	}
	if len(whole) > maxDigits {
		return "", tooLong
	}
	if negative && !zero {
		whole = "-" + whole
	}
	return json.Number(whole), nil
}
