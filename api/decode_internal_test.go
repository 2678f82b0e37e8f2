package api

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"
)

// FuzzParseObject compares the members found with those that encoding/json finds.
func FuzzParseObject(f *testing.F) {
	for _, seed := range []string{
		``, `{}`, ` {"a":"b\"}","c" : [1,{"d":"]"}] , "e":-1.5e3,"f":true ,"g":null} `, `[]`, `{"a":1}x`, `{"":{}}`, `{"\u0061":"\\"}`, "{\"\xff\":1}", `{"a":{"b":[]}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := parseObject(body)
		want, ok := membersOf(body)
		if (err == nil) != ok {
			t.Fatalf("%q: %v", body, err)
		}
		same := slices.EqualFunc(got, want, func(a, b member) bool { return a.name == b.name && bytes.Equal(a.raw, b.raw) })
		if err == nil && !same {
			t.Errorf("%q: got %q, want %q", body, got, want)
		}
	})
}

// membersOf splits an object by encoding/json.
func membersOf(body []byte) (all []member, ok bool) {
	if len(body) == 0 {
		return nil, true
	}
	d := json.NewDecoder(bytes.NewReader(body))
	if first, err := d.Token(); err != nil || first != json.Delim('{') || !json.Valid(body) {
		return nil, false
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, false
		}
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return nil, false
		}
		all = append(all, member{name.(string), raw})
	}
	return all, true
}
