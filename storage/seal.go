package storage

import (
	"encoding/base64"
	"encoding/json"
	"strings"

	"github.com/betterprofile/betterprofile/interview"
)

// Text at rest looks like one of these. Sealed: the prefix, the key's id, a colon, and nonce, ciphertext and tag in unpadded base64. Plain: as it is,
// but with plainPrefix before a text that could be taken for another form.
const (
	sealedPrefix = "enc:v1:"
	plainPrefix  = "enc:plain:"
	anyPrefix    = "enc:"
)

// field names a column that holds what people wrote, or what was made of it. It is part of what a seal vouches for, with the row's
// id: sealed text that was moved to another place does not open.
type field string

// The fields. Every read and write of one goes through seal and open.
const (
	fieldContent  field = "messages.content"
	fieldPrevious field = "messages.metadata.previous"
	fieldTitle    field = "conversations.title"
	fieldState    field = "conversations.state"
	fieldPartial  field = "turns.partial"
)

// seal returns text as it is stored in a field of the row with the id. Empty text stays empty.
func (db *DB) seal(f field, id, text string) (string, error) {
	switch {
	case text == "":
		return "", nil
	case db.keys != nil:
		return asColumn(f, db.keys.seal(f, id, text)), nil
	case strings.HasPrefix(text, anyPrefix):
		return asColumn(f, plainPrefix+text), nil
	}
	return text, nil
}

// open is the inverse of seal. Errors: unavailable when the text was sealed with a key that is not there, was changed, or was moved; and for
// plain text once all is sealed.
func (db *DB) open(f field, id, stored string) (string, error) {
	text := fromColumn(f, stored)
	if rest, ok := strings.CutPrefix(text, plainPrefix); ok && !db.sealedOnly {
		return rest, nil
	}
	keyID, sealed, isSealed := parseSealed(text)
	switch {
	case text == "":
		return "", nil
	case isSealed:
		return db.keys.open(f, id, keyID, sealed)
	case db.sealedOnly:
		return "", damaged("A stored text is not encrypted, although all was: something else has written to the database.")
	}
	return stored, nil
}

// seal encrypts text for its place.
func (k *Keys) seal(f field, id, text string) string {
	sealed := k.ring[k.first].Seal(nil, nil, []byte(text), place(f, id))
	return sealedPrefix + k.first + ":" + base64.RawStdEncoding.EncodeToString(sealed)
}

// open decrypts what was sealed for the place.
func (k *Keys) open(f field, id, keyID string, sealed []byte) (string, error) {
	if k == nil || k.ring[keyID] == nil {
		return "", damaged("Stored text is encrypted with the key %q, which is not among BETTERPROFILE_ENCRYPTION_KEYS.", keyID)
	}
	text, err := k.ring[keyID].Open(nil, nil, sealed, place(f, id))
	if err != nil {
		return "", damaged("Stored text does not open with the key %q: the key is another one, or the text was changed.", keyID)
	}
	return string(text), nil
}

// parseSealed takes sealed text apart.
func parseSealed(text string) (keyID string, sealed []byte, ok bool) {
	rest, ok := strings.CutPrefix(text, sealedPrefix)
	keyID, encoded, found := strings.Cut(rest, ":")
	if !ok || !found || !isKeyID(keyID) {
		return "", nil, false
	}
	sealed, err := base64.RawStdEncoding.DecodeString(encoded)
	return keyID, sealed, err == nil
}

// place is what a seal vouches for besides the text.
func place(f field, id string) []byte { return []byte(string(f) + "\x00" + id) }

// asColumn makes text fit the column of its field: the planner's state is JSON, in which other text is a string.
func asColumn(f field, text string) string {
	if f != fieldState {
		return text
	}
	b, _ := json.Marshal(text) // strings cannot fail
	return string(b)
}

// fromColumn is the inverse of asColumn; JSON that is no string is returned as it is.
func fromColumn(f field, stored string) string {
	var text string
	if f != fieldState || json.Unmarshal([]byte(stored), &text) != nil {
		return stored
	}
	return text
}

func damaged(format string, args ...any) *interview.Error {
	e := interview.Errorf(interview.CodeUnavailable, format, args...)
	e.Details.Field = "BETTERPROFILE_ENCRYPTION_KEYS"
	return e
}
