package openai

import (
	"bytes"
	"encoding/json"
	"strings"
)

// textDecoder decodes the JSON strings of consecutive chunks. Servers that count in UTF-16 may cut a character in two and put the halves
// of its surrogate pair, each as a \u escape, into two chunks: a first half at the end of a chunk waits here for its second half.
type textDecoder struct {
	half []byte // `\ud83d`, or nothing
}

// decode returns the text of a chunk, of whose JSON it is known that it is valid UTF-8, without NUL characters; empty for null and for nothing at all. Whatever is not Unicode becomes U+FFFD.
func (d *textDecoder) decode(raw json.RawMessage) (string, error) {
	if !holds(raw) {
		return "", nil
	}
	if raw[0] == '"' {
		raw = d.join(raw)
	}
	if raw[0] == '"' && bytes.IndexByte(raw, '\\') < 0 { // nearly always: nothing to undo
		return string(raw[1 : len(raw)-1]), nil
	}
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return "", err
	}
	return strings.ReplaceAll(text, "\x00", ""), nil
}

// join puts the waiting half in front and takes off the one at the end.
func (d *textDecoder) join(raw []byte) []byte {
	end := len(raw) - 1 // the closing quote
	cut := end
	if endsInHalf(raw[:end]) {
		cut = end - len(`\ud83d`)
	}
	if cut == end && len(d.half) == 0 {
		return raw
	}
	joined := bytes.Join([][]byte{{'"'}, d.half, raw[1:cut], {'"'}}, nil)
	d.half = bytes.Clone(raw[cut:end])
	return joined
}

// endsInHalf reports whether the last escape of a JSON string is the first half of a surrogate pair (U+D800 to U+DBFF).
func endsInHalf(s []byte) bool {
	i := len(s) - len(`\ud83d`)
	if i < 1 || s[i] != '\\' || s[i+1] != 'u' || s[i+2]|0x20 != 'd' || !strings.ContainsRune("89abAB", rune(s[i+3])) {
		return false
	}
	backslashes := 1
	for s[i-backslashes] == '\\' { // the opening quote stops it
		backslashes++
	}
	return backslashes%2 == 1
}
