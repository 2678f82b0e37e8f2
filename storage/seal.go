package storage

import (
	"encoding/base64"
	"encoding/json"
	"slices"
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

	fieldOrg       field = "experiences.org"
	fieldRole      field = "experiences.role"
	fieldLabel     field = "experiences.label"
	fieldFactKey   field = "profile_facts.key"
	fieldFactText  field = "profile_facts.text"
	fieldFactValue field = "profile_facts.value"
	fieldFactQuote field = "profile_facts.quote"
	fieldThread    field = "threads.quote"
	fieldEpisode   field = "episodes.text"
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
	return asColumn(f, text), nil
}

// open is the inverse of seal. Errors: unavailable when the text was sealed with a key that is not there, was changed, or was moved; and for
// plain text once all is sealed.
func (db *DB) open(f field, id, stored string) (string, error) {
	if !db.sealedOnly && !strings.HasPrefix(strings.TrimPrefix(stored, `"`), anyPrefix) { // the quote is that of a JSON column
		return fromColumn(f, stored), nil
	}
	memory, _ := db.scratch.Get().(*scratch)
	if memory == nil {
		memory = new(scratch)
	}
	defer db.scratch.Put(memory)
	text, err := db.openIn(memory, f, id, stored)
	return string(text), err
}

// openIn is open with memory that the result is part of.
func (db *DB) openIn(memory *scratch, f field, id, stored string) ([]byte, error) {
	text := fromColumn(f, stored)
	rest, isPlain := strings.CutPrefix(text, plainPrefix)
	keyID, sealed, isSealed := memory.parse(text)
	switch {
	case isPlain && !db.sealedOnly:
		memory.text = append(memory.text[:0], rest...)
		return memory.text, nil
	case isSealed:
		return db.keys.openIn(memory, f, id, keyID, sealed)
	case text != "" && db.sealedOnly:
		return nil, damaged("A stored text is not encrypted, although all was: something else has written to the database.")
	}
	memory.text = append(memory.text[:0], text...)
	return memory.text, nil
}

// seal encrypts text for its place.
func (k *Keys) seal(f field, id, text string) string {
	sealed := k.ring[k.first].Seal(nil, nil, []byte(text), place(f, id))
	return sealedPrefix + k.first + ":" + base64.RawStdEncoding.EncodeToString(sealed)
}

// openIn decrypts what was sealed for the place, into memory that the result is part of.
func (k *Keys) openIn(memory *scratch, f field, id, keyID string, sealed []byte) ([]byte, error) {
	if k == nil || k.ring[keyID] == nil {
		return nil, damaged("Stored text is encrypted with the key %q, which is not among BETTERPROFILE_ENCRYPTION_KEYS.", keyID)
	}
	memory.place = appendPlace(memory.place[:0], f, id)
	text, err := k.ring[keyID].Open(memory.text[:0], nil, sealed, memory.place)
	if err != nil {
		return nil, damaged("Stored text does not open with the key %q: the key is another one, or the text was changed.", keyID)
	}
	memory.text = text
	return text, nil
}

// scratch is memory for opening one text after another. The larger buffers would otherwise be made three times for each.
type scratch struct{ sealed, text, place []byte }

// parseSealed takes sealed text apart.
func parseSealed(text string) (keyID string, sealed []byte, ok bool) { return new(scratch).parse(text) }

// parse is parseSealed into the scratch memory.
func (s *scratch) parse(text string) (keyID string, sealed []byte, ok bool) {
	rest, ok := strings.CutPrefix(text, sealedPrefix)
	if !ok {
		return "", nil, false
	}
	keyID, encoded, found := strings.Cut(rest, ":")
	if !found || !isKeyID(keyID) {
		return "", nil, false
	}
	s.sealed = slices.Grow(s.sealed[:0], base64.RawStdEncoding.DecodedLen(len(encoded)))
	n, err := base64.RawStdEncoding.Decode(s.sealed[:cap(s.sealed)], []byte(encoded))
	return keyID, s.sealed[:n], err == nil
}

// place is what a seal vouches for besides the text.
func place(f field, id string) []byte { return appendPlace(nil, f, id) }

func appendPlace(b []byte, f field, id string) []byte {
	b = append(b, f...)
	b = append(b, 0)
	return append(b, id...)
}

// asColumn makes text fit the column of its field: the planner's state is a string in a JSON column, so that it comes back byte for byte
// (jsonb orders members anew) and is not taken apart at each turn.
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
	if f != fieldState || !strings.HasPrefix(stored, `"`) || json.Unmarshal([]byte(stored), &text) != nil {
		return stored
	}
	return text
}

func damaged(format string, args ...any) *interview.Error {
	e := interview.Errorf(interview.CodeUnavailable, format, args...)
	e.Details.Field = "BETTERPROFILE_ENCRYPTION_KEYS"
	return e
}

// fieldFile is no column: it stands for what the program keeps outside the database.
const fieldFile field = "files"

// SealText encrypts a text to be kept outside the database. Its place is part of what the seal vouches for. Without keys, nil, the text stays as
// it is.
func (k *Keys) SealText(place, text string) string {
	if k == nil {
		return text
	}
	return k.seal(fieldFile, place, text)
}

// OpenText is the inverse of SealText for the same place. Text that was never sealed is returned as it is. Errors: unavailable when it was sealed
// with a key that is not there, was changed, or was moved.
func (k *Keys) OpenText(place, stored string) (string, error) {
	if !IsSealed(stored) {
		return stored, nil
	}
	keyID, sealed, ok := parseSealed(stored)
	if !ok {
		return "", damaged("A sealed text is damaged.")
	}
	text, err := k.openIn(new(scratch), fieldFile, place, keyID, sealed)
	return string(text), err
}

// IsSealed reports whether a text that SealText may have made begins as sealed ones do.
func IsSealed(stored string) bool { return strings.HasPrefix(stored, sealedPrefix) }
