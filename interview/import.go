package interview

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"unicode/utf8"
)

// ReadExport reads an export, line by line, and yields its records in order: conversations, each before its messages, and those before
// their turns; then what is known of the user. Ids come in lower case, JSON as [ExportWriter] writes it. It takes nothing on trust: an error, the last thing that it yields, is invalid
// with Details.Line, and with Details.Field when a member of the line is at fault; or it is the reader's own. Only a sequence that ends without an error
// was a whole export.
func ReadExport(r io.Reader) iter.Seq2[ExportRecord, error] {
	return func(yield func(ExportRecord, error) bool) {
		lines := bufio.NewScanner(r)
		lines.Buffer(make([]byte, 0, 64<<10), MaxExportLine)
		x := exportReader{conversations: map[idKey]bool{}, messages: map[idKey]messageMark{}}
		for lines.Scan() {
			x.line++
			record, err := x.read(lines.Bytes())
			record.Line = x.line
			if err != nil {
				yield(record, atLine(err, x.line))
				return
			}
			if record == (ExportRecord{Line: x.line}) {
				continue
			}
			if !yield(record, nil) {
				return
			}
		}
		if err := x.end(lines.Err()); err != nil {
			yield(ExportRecord{}, err)
		}
	}
}

// atLine says where an error of a line is.
func atLine(err error, line int) error {
	e := *AsError(err)
	e.Details.Line = line
	return &e
}

// idKey is an id in 16 bytes: an import may have millions.
type idKey [16]byte

func keyOf(id string) (k idKey) {
	_, _ = hex.Decode(k[:], []byte(strings.ReplaceAll(id, "-", ""))) // ParseID has seen it
	return k
}

// messageMark is what is remembered of a message that was read.
type messageMark struct {
	conversation int32 // counts them, from 1
	user         bool
	taken        bool // it has its turn, or is the reply of one
}

// exportReader is where a reader of an export is.
type exportReader struct {
	line          int
	ended         bool
	inTurns       bool   // of the current conversation
	conversation  string // the current one's id
	conversations map[idKey]bool
	messages      map[idKey]messageMark
	turns         int
	known         memoryMarks
}

// end is the error of a file that is over.
func (x *exportReader) end(err error) error {
	switch {
	case errors.Is(err, bufio.ErrTooLong):
		return atLine(Invalid("body", "The line is longer than %d bytes.", MaxExportLine), x.line+1)
	case err != nil:
		return fmt.Errorf("read an export: %w", err)
	case x.line == 0:
		return atLine(errNoExport(), 1)
	case !x.ended:
		return atLine(Invalid("body", "The file ends early: the last line of an export, of type %q, is missing.", lineEnd), x.line+1)
	}
	return nil
}

func errNoExport() error {
	return Invalid("body", "This is no export: its first line must be an object of type %q.", lineExport)
}

// read takes one line. The record is empty for the first and the last.
func (x *exportReader) read(line []byte) (r ExportRecord, err error) {
	if x.ended {
		return r, Invalid("body", "There is something after the last line of the export, of type %q.", lineEnd)
	}
	l, err := parseLine(line)
	switch {
	case err != nil && x.line == 1:
		return r, errNoExport()
	case err != nil:
		return r, err
	}
	kind := l.text("type", true)
	if l.err != nil {
		return r, l.err
	}
	switch {
	case x.line == 1 && kind != lineExport:
		return r, errNoExport()
	case x.line == 1:
		return r, x.header(l)
	case kind == lineConversation:
		r.Conversation, err = x.readConversation(l)
	case kind == lineMessage:
		r.Message, err = x.readMessage(l)
	case kind == lineTurn:
		r.Turn, err = x.readTurn(l)
	case kind == lineEnd:
		return r, x.readEnd(l)
	default:
		memory, known, err := x.readMemory(kind, l)
		if !known {
			err = Invalid("type", "There is no line of type %q here.", FirstRunes(kind, 64))
		}
		return memory, err
	}
	return r, err
}

func (x *exportReader) header(l *exportLine) error {
	version := l.number("version", 1, 1<<30)
	if l.err == nil && version != ExportVersion {
		return Invalid("version", "The export has version %d; this program reads version %d.", version, ExportVersion)
	}
	l.time("createdAt", true)
	if user := l.object("user"); user != nil {
		user.text("id", true)
		user.text("name", true)
		user.text("email", true)
		l.fail(user.done())
	}
	return l.done()
}

func (x *exportReader) readConversation(l *exportLine) (*ConversationRecord, error) {
	c := ConversationRecord{
		ID: l.id("id", true), Title: l.text("title", false), PinnedAt: l.time("pinnedAt", false), ArchivedAt: l.time("archivedAt", false),
		CreatedAt: value(l.time("createdAt", true)), UpdatedAt: value(l.time("updatedAt", true)), SummarisedUpto: l.id("summarisedUpto", false),
		Metadata: l.json("metadata"), State: l.json("state"),
	}
	if err := l.done(); err != nil {
		return nil, err
	}
	if x.known.begun {
		return nil, Invalid("type", "All conversations must come before what was learned from them.")
	}
	id := keyOf(c.ID)
	if x.conversations[id] {
		return nil, Invalid("id", "This conversation is there twice.")
	}
	x.conversations[id], x.conversation, x.inTurns = true, c.ID, false
	return &c, nil
}

// inConversation checks that a line belongs to the conversation before it.
func (x *exportReader) inConversation(id string) error {
	if id == "" || id != x.conversation {
		return Invalid("conversationId", "conversationId must be that of the conversation's line before it.")
	}
	return nil
}

func (x *exportReader) readMessage(l *exportLine) (*MessageRecord, error) {
	m := MessageRecord{
		ID: l.id("id", true), ConversationID: l.id("conversationId", true), Role: Role(l.text("role", true)), Content: l.text("content", true),
		Metadata: l.json("metadata"), CreatedAt: value(l.time("createdAt", true)),
	}
	if err := l.done(); err != nil {
		return nil, err
	}
	if m.Role != RoleUser && m.Role != RoleAssistant {
		return nil, Invalid("role", "role must be %s or %s.", RoleUser, RoleAssistant)
	}
	if err := x.inConversation(m.ConversationID); err != nil {
		return nil, err
	}
	id := keyOf(m.ID)
	if x.messages[id].conversation != 0 {
		return nil, Invalid("id", "This message is there twice.")
	}
	if x.inTurns {
		return nil, Invalid("type", "The messages of a conversation must come before its turns.")
	}
	x.messages[id] = messageMark{conversation: int32(len(x.conversations)), user: m.Role == RoleUser} //nolint:gosec // under MaxExportLine's worth
	return &m, nil
}

func (x *exportReader) readTurn(l *exportLine) (*TurnRecord, error) {
	t := TurnRecord{
		MessageID: l.id("messageId", true), ConversationID: l.id("conversationId", true), Status: TurnStatus(l.text("status", true)),
		Attempt: l.number("attempt", 1, 1_000_000), ReplyID: l.id("replyId", false), Error: l.error("error"),
		Engine: l.text("engine", false), Model: l.text("model", false), Usage: l.usage("usage"),
		CreatedAt: value(l.time("createdAt", true)), UpdatedAt: value(l.time("updatedAt", true)),
	}
	if err := l.done(); err != nil {
		return nil, err
	}
	switch t.Status {
	case TurnCompleted, TurnFailed, TurnCancelled:
	default:
		return nil, Invalid("status", "status must be %s, %s or %s.", TurnCompleted, TurnFailed, TurnCancelled)
	}
	if (t.Status == TurnFailed) != (t.Error != nil) {
		return nil, Invalid("error", "error must be there when status is %s, and only then.", TurnFailed)
	}
	if err := x.inConversation(t.ConversationID); err != nil {
		return nil, err
	}
	x.inTurns = true
	x.turns++
	if !x.take(t.MessageID, true) {
		return nil, Invalid("messageId", "messageId must be that of a message of the user in this conversation that has no turn yet.")
	}
	if t.ReplyID != "" && !x.take(t.ReplyID, false) {
		return nil, Invalid("replyId", "replyId must be that of a message of the interviewer in this conversation that is no other turn's reply.")
	}
	return &t, nil
}

// take marks a message of the current conversation as a turn's, and reports whether it can be.
func (x *exportReader) take(id string, user bool) bool {
	key := keyOf(id)
	mark := x.messages[key]
	if mark.taken || mark.user != user || int(mark.conversation) != len(x.conversations) {
		return false
	}
	mark.taken = true
	x.messages[key] = mark
	return true
}

func (x *exportReader) readEnd(l *exportLine) error {
	conversations, messages, turns := l.number("conversations", 0, 1<<30), l.number("messages", 0, 1<<30), l.number("turns", 0, 1<<30)
	known := l.memoryCounts()
	if err := l.done(); err != nil {
		return err
	}
	if err := x.known.checkCounts(known); err != nil {
		return err
	}
	for _, count := range []struct {
		name      string
		said, are int
	}{{"conversations", conversations, len(x.conversations)}, {"messages", messages, len(x.messages)}, {"turns", turns, x.turns}} {
		if count.said != count.are {
			return Invalid(count.name, "There should be %d %s, and there are %d.", count.said, count.name, count.are)
		}
	}
	x.ended = true
	return nil
}

// parseLine takes an object apart. What encoding/json would let pass is refused: repeated members, text that is not Unicode.
func parseLine(line []byte) (*exportLine, error) {
	bad := Invalid("body", "The line must be a JSON object; it is cut short or something else.")
	switch {
	case !utf8.Valid(line) || HasLoneSurrogate(line):
		return nil, Invalid("body", "The line must be valid Unicode text.")
	case !json.Valid(line) || bytes.TrimLeft(line, " \t\r\n")[0] != '{':
		return nil, bad
	}
	d := json.NewDecoder(bytes.NewReader(line))
	if _, err := d.Token(); err != nil { // the brace
		return nil, bad
	}
	l := &exportLine{members: map[string]json.RawMessage{}}
	for d.More() {
		token, err := d.Token()
		var raw json.RawMessage
		if err == nil {
			err = d.Decode(&raw)
		}
		name, _ := token.(string)
		if _, twice := l.members[name]; twice {
			return nil, Invalid(shownName(name), "%s is given twice.", shownName(name))
		}
		if err != nil {
			return nil, bad
		}
		l.members[name] = raw
	}
	return l, nil
}

// shownName is a member's name as an error may show it.
func shownName(name string) string {
	if name == "" {
		return "body"
	}
	return FirstRunes(name, 64)
}

// value is what p points at, or nothing.
func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// names lists the members that nobody took, sorted.
func (l *exportLine) names() []string {
	names := make([]string, 0, len(l.members))
	for name := range l.members {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
