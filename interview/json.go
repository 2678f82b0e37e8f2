package interview

import (
	"bytes"
	"encoding/json"
	"strconv"
	"unicode/utf8"
)

// The answers that are made most often are appended to a buffer by hand: no reflection, no second pass over what a MarshalJSON returned. What
// comes out is what encoding/json makes of the same values, byte for byte; a test compares the two. Each returns the buffer with the value
// appended. Errors: metadata that is no JSON, a time after the year 9999.

// AppendJSON appends the page's JSON form.
func (p MessagePage) AppendJSON(b []byte) ([]byte, error) {
	b, err := appendMessages(append(b, `{"messages":`...), p.Messages)
	if err != nil {
		return b, err
	}
	return append(p.NextCursor.appendJSON(append(b, `,"nextCursor":`...)), '}'), nil
}

// AppendJSON appends the page's JSON form.
func (p ConversationPage) AppendJSON(b []byte) ([]byte, error) {
	b = append(b, `{"conversations":[`...)
	for i := range p.Conversations {
		if i > 0 {
			b = append(b, ',')
		}
		var err error
		if b, err = p.Conversations[i].appendJSON(b); err != nil {
			return b, err
		}
	}
	return append(p.NextCursor.appendJSON(append(b, `],"nextCursor":`...)), '}'), nil
}

// AppendJSON appends the view's JSON form.
func (v ConversationView) AppendJSON(b []byte) ([]byte, error) {
	b, err := v.Conversation.appendJSON(append(b, `{"conversation":`...))
	if err != nil {
		return b, err
	}
	return append(v.NextCursor.appendJSON(append(b, `,"nextCursor":`...)), '}'), nil
}

// AppendJSON appends the event's JSON form: the fields that belong to its kind.
func (e Event) AppendJSON(b []byte) ([]byte, error) {
	var err error
	switch e.Kind {
	case EventDelta, EventReplace:
		return append(AppendString(append(b, `{"text":`...), e.Text), '}'), nil
	case EventStarted:
		if b, err = e.Message.appendJSON(append(b, `{"message":`...)); err != nil {
			return b, err
		}
		b = AppendString(append(b, `,"conversationId":`...), e.ConversationID)
		return append(strconv.AppendInt(append(b, `,"attempt":`...), int64(e.Attempt), 10), '}'), nil
	case EventCompleted:
		return e.appendCompleted(b)
	}
	end, err := json.Marshal(struct {
		Error   *Error   `json:"error,omitempty"`
		Message *Message `json:"message,omitempty"`
	}{e.Error, e.Message})
	return append(b, end...), err
}

func (e Event) appendCompleted(b []byte) ([]byte, error) {
	b, err := e.Message.appendJSON(append(b, `{"message":`...))
	if err != nil {
		return b, err
	}
	b = AppendString(append(b, `,"conversationId":`...), e.ConversationID)
	if b, err = e.UserMessage.appendJSON(append(b, `,"userMessage":`...)); err != nil {
		return b, err
	}
	if e.Usage != nil {
		b = strconv.AppendInt(append(b, `,"usage":{"inputTokens":`...), int64(e.Usage.InputTokens), 10)
		b = append(strconv.AppendInt(append(b, `,"outputTokens":`...), int64(e.Usage.OutputTokens), 10), '}')
	}
	return append(appendText(b, `,"title":`, e.Title), '}'), nil
}

func (c *Conversation) appendJSON(b []byte) ([]byte, error) {
	b = AppendString(append(b, `{"id":`...), c.ID)
	b = AppendString(append(b, `,"userId":`...), c.UserID)
	b = appendText(b, `,"title":`, c.Title)
	b = strconv.AppendBool(append(b, `,"pinned":`...), c.Pinned)
	b = strconv.AppendBool(append(b, `,"archived":`...), c.Archived)
	b, err := appendObject(b, `,"metadata":`, c.Metadata)
	if err != nil {
		return b, err
	}
	if b, err = c.CreatedAt.appendJSON(append(b, `,"createdAt":`...)); err != nil {
		return b, err
	}
	if b, err = c.UpdatedAt.appendJSON(append(b, `,"updatedAt":`...)); err != nil {
		return b, err
	}
	b = appendText(b, `,"preview":`, c.Preview)
	if c.Messages != nil {
		if b, err = appendMessages(append(b, `,"messages":`...), c.Messages); err != nil {
			return b, err
		}
	}
	return append(b, '}'), nil
}

// appendJSON appends the message, null for none.
func (m *Message) appendJSON(b []byte) ([]byte, error) {
	if m == nil {
		return append(b, `null`...), nil
	}
	b = AppendString(append(b, `{"id":`...), m.ID)
	b = AppendString(append(b, `,"conversationId":`...), m.ConversationID)
	b = AppendString(append(b, `,"role":`...), string(m.Role))
	b = AppendString(append(b, `,"content":`...), m.Content)
	b, err := appendObject(b, `,"metadata":`, m.Metadata)
	if err != nil {
		return b, err
	}
	if b, err = m.CreatedAt.appendJSON(append(b, `,"createdAt":`...)); err != nil {
		return b, err
	}
	if m.Turn != nil { // seldom
		turn, err := json.Marshal(m.Turn)
		if err != nil {
			return b, err
		}
		b = append(append(b, `,"turn":`...), turn...)
	}
	return append(b, '}'), nil
}

func appendMessages(b []byte, messages []Message) ([]byte, error) {
	b = append(b, '[')
	for i := range messages {
		if i > 0 {
			b = append(b, ',')
		}
		var err error
		if b, err = messages[i].appendJSON(b); err != nil {
			return b, err
		}
	}
	return append(b, ']'), nil
}

// appendText appends the member with its text unless that is empty.
func appendText(b []byte, member, text string) []byte {
	if text == "" {
		return b
	}
	return AppendString(append(b, member...), text)
}

// appendObject appends the member with a stored object, without the space in it, unless there is none.
func appendObject(b []byte, member string, raw json.RawMessage) ([]byte, error) {
	if len(raw) == 0 {
		return b, nil
	}
	b = append(b, member...)
	if compact, ok := appendPlain(b, raw); ok {
		return compact, nil
	}
	to := bytes.NewBuffer(b)
	if bytes.IndexFunc(raw, escaped) < 0 {
		err := json.Compact(to, raw)
		return to.Bytes(), err
	}
	var compact bytes.Buffer
	err := json.Compact(&compact, raw)
	json.HTMLEscape(to, compact.Bytes())
	return to.Bytes(), err
}

// escaped reports whether a character that JSON allows in a string is escaped all the same.
func escaped(r rune) bool {
	return r == '<' || r == '>' || r == '&' || r == '\u2028' || r == '\u2029'
}

// AppendString appends text as a JSON string, as encoding/json writes it. Escaped are also <, > and &, so that it can stand in HTML, and U+2028 and U+2029, which end lines in
// old JavaScript; what is not UTF-8 becomes U+FFFD.
func AppendString(b []byte, text string) []byte {
	b = append(b, '"')
	for {
		n := plainPrefix(text)
		b = append(b, text[:n]...)
		if text = text[n:]; text == "" {
			return append(b, '"')
		}
		c := text[0]
		if c < utf8.RuneSelf {
			b = appendEscape(b, c)
			text = text[1:]
			continue
		}
		r, size := utf8.DecodeRuneInString(text)
		switch {
		case r == utf8.RuneError && size == 1:
			b = append(b, `\ufffd`...)
		case escaped(r):
			b = append(append(b, `\u202`...), '8'+byte(r&1))
		default:
			b = append(b, text[:size]...)
		}
		text = text[size:]
	}
}

// plainPrefix returns how many bytes at the beginning of text are ASCII that stands in a JSON string as it is. It looks at eight bytes at a
// time: after the exclusive or, the byte looked for is zero, and taking one from a zero byte sets its highest bit.
func plainPrefix(text string) int {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	i := 0
	for ; i+8 <= len(text); i += 8 {
		w := uint64(text[i]) | uint64(text[i+1])<<8 | uint64(text[i+2])<<16 | uint64(text[i+3])<<24 |
			uint64(text[i+4])<<32 | uint64(text[i+5])<<40 | uint64(text[i+6])<<48 | uint64(text[i+7])<<56
		control := w - ' '*ones                 // borrows below a space
		backslash := (w ^ '\\'*ones) - ones     // zero for a backslash
		quote := (w | 4*ones ^ '&'*ones) - ones // for " and &, which differ by one bit
		angle := (w | 2*ones ^ '>'*ones) - ones // for < and >
		if (w|control|backslash|quote|angle)&highs != 0 {
			break // or a neighbour of one, which costs no more than the look below
		}
	}
	for ; i < len(text); i++ {
		if c := text[i]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf || escaped(rune(c)) {
			break
		}
	}
	return i
}

func appendEscape(b []byte, c byte) []byte {
	const hex = "0123456789abcdef"
	switch c {
	case '"', '\\':
		return append(b, '\\', c)
	case '\b':
		return append(b, `\b`...)
	case '\f':
		return append(b, `\f`...)
	case '\n':
		return append(b, `\n`...)
	case '\r':
		return append(b, `\r`...)
	case '\t':
		return append(b, `\t`...)
	}
	return append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
}
