package interview_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/betterprofile/betterprofile/interview"
)

// appender is what AppendJSON belongs to.
type appender interface {
	AppendJSON(b []byte) ([]byte, error)
}

// checkAppend holds what AppendJSON writes against what encoding/json makes of the plain value.
func checkAppend(t interface{ Fatalf(string, ...any) }, value appender, plain any) {
	want, err := json.Marshal(plain)
	if err != nil {
		t.Fatalf("encoding %+v: %v", plain, err)
	}
	got, err := value.AppendJSON([]byte("before"))
	if err != nil || string(got) != "before"+string(want) {
		t.Fatalf("%T: got\n%s, %v, want\n%s", value, got, err, want)
	}
}

// The plain form of an event, by its kind.
type (
	startedData struct {
		Message        *interview.Message `json:"message"`
		ConversationID string             `json:"conversationId"`
		Attempt        int                `json:"attempt"`
	}
	completedData struct {
		Message        *interview.Message `json:"message"`
		ConversationID string             `json:"conversationId"`
		UserMessage    *interview.Message `json:"userMessage"`
		Usage          *interview.Usage   `json:"usage,omitempty"`
		Title          string             `json:"title,omitempty"`
	}
	endData struct {
		Error   *interview.Error   `json:"error,omitempty"`
		Message *interview.Message `json:"message,omitempty"`
	}
	textData struct {
		Text string `json:"text"`
	}
)

func TestAppendJSON_IsWhatEncodingJSONWrites(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		messages := rapid.SliceOfN(drawMessage(), 0, 3).Draw(t, "messages")
		c := drawConversation(t, messages)
		cursor := interview.Cursor(rapid.StringMatching(`[A-Za-z0-9_-]*`).Draw(t, "cursor"))
		m := drawMessage().Draw(t, "message")
		e := interview.Event{
			Text: drawText().Draw(t, "text"), Message: &m, ConversationID: m.ConversationID, UserMessage: &m,
			Attempt: rapid.Int().Draw(t, "attempt"), Title: drawText().Draw(t, "title"),
			Usage: &interview.Usage{InputTokens: rapid.Int().Draw(t, "in"), OutputTokens: rapid.Int().Draw(t, "out")},
			Error: interview.Invalid("f", "%s", drawText().Draw(t, "error")),
		}
		if rapid.Bool().Draw(t, "bare") {
			e.Usage, e.Message, e.Error = nil, nil, nil
		}
		kind := func(k interview.EventKind) interview.Event { e.Kind = k; return e }
		checkAppend(t, kind(interview.EventStarted), startedData{e.Message, e.ConversationID, e.Attempt})
		checkAppend(t, kind(interview.EventCompleted), completedData{e.Message, e.ConversationID, e.UserMessage, e.Usage, e.Title})
		checkAppend(t, kind(interview.EventFailed), endData{e.Error, e.Message})
		checkAppend(t, kind(interview.EventCancelled), endData{e.Error, e.Message})
		checkAppend(t, kind(interview.EventDelta), textData{e.Text})
		checkAppend(t, kind(interview.EventReplace), textData{e.Text})

		messagePage := interview.MessagePage{Messages: append([]interview.Message{}, messages...), NextCursor: cursor}
		checkAppend(t, messagePage, messagePage)
		page := interview.ConversationPage{Conversations: []interview.Conversation{c, c}, NextCursor: cursor}
		checkAppend(t, page, page)
		view := interview.ConversationView{Conversation: c, NextCursor: cursor}
		checkAppend(t, view, view)
	})
}

// TestAppendJSON_LeavesNoFieldOut sets every field there is, so that one that is added later is not forgotten.
func TestAppendJSON_LeavesNoFieldOut(t *testing.T) {
	t.Parallel()
	var m interview.Message
	fill(t, reflect.ValueOf(&m).Elem(), "m")
	var c interview.Conversation
	fill(t, reflect.ValueOf(&c).Elem(), "c")
	var view interview.ConversationView
	fill(t, reflect.ValueOf(&view).Elem(), "v")
	checkAppend(t, view, view)
	messages := interview.MessagePage{Messages: []interview.Message{m}}
	checkAppend(t, messages, messages)
	conversations := interview.ConversationPage{Conversations: []interview.Conversation{c}}
	checkAppend(t, conversations, conversations)
	var usage interview.Usage
	fill(t, reflect.ValueOf(&usage).Elem(), "u")
	e := interview.Event{Kind: interview.EventCompleted, Message: &m, ConversationID: "c", UserMessage: &m, Usage: &usage, Title: "t"}
	checkAppend(t, e, completedData{e.Message, e.ConversationID, e.UserMessage, e.Usage, e.Title})
}

// fill gives every exported field a value of its own that is not zero.
func fill(t *testing.T, v reflect.Value, path string) {
	t.Helper()
	switch value := v.Addr().Interface().(type) {
	case *json.RawMessage:
		*value = json.RawMessage(fmt.Sprintf(`{"of": %q}`, path))
		return
	case *interview.Time:
		*value = interview.At(time.UnixMilli(1_790_000_000_000 + int64(len(path))))
		return
	case *error:
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(t, v.Field(i), path+"."+v.Type().Field(i).Name)
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem(), path)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(t, v.Index(0), path)
	case reflect.String:
		v.SetString(path)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int:
		v.SetInt(int64(len(path)))
	default:
		t.Fatalf("%s is of a kind that the test does not know: %s", path, v.Type())
	}
}

func drawText() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.String(),
		rapid.StringOfN(rapid.RuneFrom([]rune("ab\"\\/<>&\x00\b\f\n\r\t\x1f\x7fé→\u2028\u2029\ufffd🙂")), 0, 20, -1),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 12), func(b []byte) string { return string(b) }), // not UTF-8, most of them
	)
}

func drawTime() *rapid.Generator[interview.Time] {
	return rapid.Map(rapid.Int64Range(-62_000_000_000_000_000, 253_402_300_799_999_999), func(micro int64) interview.Time {
		return interview.Time{Time: time.UnixMicro(micro).UTC()}
	})
}

func drawMetadata() *rapid.Generator[json.RawMessage] {
	return rapid.OneOf(
		rapid.SampledFrom([]json.RawMessage{nil, {}, json.RawMessage(`{}`), json.RawMessage(" { \"a\" : [ 1, 2.50 ],\n\t\"b\": null } ")}),
		rapid.Map(drawText(), func(text string) json.RawMessage {
			raw, _ := json.Marshal(map[string]string{"previous": text}) // cannot fail
			var plain strings.Builder
			e := json.NewEncoder(&plain)
			e.SetEscapeHTML(false)
			_ = e.Encode(json.RawMessage(raw))
			return json.RawMessage(strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&", `\u2028`, "\u2028").Replace(plain.String()))
		}),
	)
}

func drawMessage() *rapid.Generator[interview.Message] {
	return rapid.Custom(func(t *rapid.T) interview.Message {
		m := interview.Message{
			ID: drawText().Draw(t, "id"), ConversationID: drawText().Draw(t, "conversation"), Role: interview.RoleUser,
			Content: drawText().Draw(t, "content"), Metadata: drawMetadata().Draw(t, "metadata"), CreatedAt: drawTime().Draw(t, "at"),
		}
		if rapid.Bool().Draw(t, "has a turn") {
			m.Turn = &interview.TurnState{Status: interview.TurnFailed, Attempt: 2, Error: interview.NotFound("Message"), Partial: "p<"}
		}
		return m
	})
}

func drawConversation(t *rapid.T, messages []interview.Message) interview.Conversation {
	return interview.Conversation{
		ID: drawText().Draw(t, "id"), UserID: drawText().Draw(t, "user"), Title: drawText().Draw(t, "title"),
		Pinned: rapid.Bool().Draw(t, "pinned"), Archived: rapid.Bool().Draw(t, "archived"), Metadata: drawMetadata().Draw(t, "metadata"),
		CreatedAt: drawTime().Draw(t, "created"), UpdatedAt: drawTime().Draw(t, "updated"), Preview: drawText().Draw(t, "preview"), Messages: messages,
	}
}

func TestAppendJSON_RefusesWhatIsNoJSON(t *testing.T) {
	t.Parallel()
	for _, m := range []interview.Message{
		{Metadata: json.RawMessage(`{`)}, {Metadata: json.RawMessage(`{"<":}`)}, {CreatedAt: interview.Time{Time: time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)}},
	} {
		if got, err := (interview.MessagePage{Messages: []interview.Message{m}}).AppendJSON(nil); err == nil {
			t.Errorf("%+v is written as %s", m, got)
		}
		if got, err := json.Marshal(interview.Event{Kind: interview.EventCompleted, Message: &m}); err == nil {
			t.Errorf("%+v is written as %s", m, got)
		}
	}
}

func benchmarkPage() interview.MessagePage {
	rnd := rand.New(rand.NewPCG(1, 2))
	page := interview.MessagePage{NextCursor: interview.Position{ID: interview.NewID()}.Cursor()}
	for i := range interview.DefaultLimit {
		m := interview.Message{
			ID: interview.NewID(), ConversationID: interview.NewID(), Role: interview.RoleUser, CreatedAt: interview.At(time.UnixMilli(rnd.Int64N(1 << 40))),
			Content: strings.Repeat("I led the night shift of a ward with twenty beds. ", 1+rnd.IntN(8)),
		}
		if i%2 == 1 {
			m.Role, m.Metadata = interview.RoleAssistant, json.RawMessage(`{"engine": "openai", "model": "gpt-4o-mini"}`)
		}
		page.Messages = append(page.Messages, m)
	}
	return page
}

func BenchmarkMessagePage_AppendJSON(b *testing.B) {
	page := benchmarkPage()
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		var err error
		if buf, err = page.AppendJSON(buf[:0]); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(len(buf)))
}

// BenchmarkMessagePage_Marshal is what the one before is compared with.
func BenchmarkMessagePage_Marshal(b *testing.B) {
	page := benchmarkPage()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := json.Marshal(page); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEvent_AppendJSONOfADelta(b *testing.B) {
	e := interview.Event{Kind: interview.EventDelta, Text: "word "}
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf, _ = e.AppendJSON(buf[:0])
	}
}

// Stored objects are what others wrote too: any JSON, well formed or not.
func TestAppendJSON_ChecksMetadata(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{
		`{}`, ` { } `, `[]`, `null`, `"text"`, `12`, `{"a": 1}`, `{"a" : [ ] , "b":[1, 2 ,30] }`, "{\n\t\"a\":\r{\"b\":\"c d\"}}", `{"a":"ü – “x”"}`, `{"a":[[[[1]]]]}`,
		`{"a":true,"b":false,"c":null}`, `{"a":"<b>"}`, `{"a":"b & c"}`, "{\"a\":\"\u2028\u2029\"}", `{"a":"\""}`, `{"a":"\u00e9"}`, `{"a":-1}`, `{"a":1.5}`, `{"a":1e3}`, `{"a":0}`,
		"{\"a\":\"\xff\"}", "{\"a\":\"\xe2\x80\"}", "{\"a\":\"\x7f\"}",
		` `, `{`, `}`, `{"a"}`, `{"a":}`, `{"a":1,}`, `{,}`, `{"a" "b"}`, `[1 2]`, `[1,]`, `{"a":01}`, `{"a":tru}`, `truex`, `{} {}`, `{"a":"`, "{\"a\":\"\n\"}", `{a:1}`, `{"a":1`, `"`, `{1:2}`, `12a`,
	} {
		m := interview.Message{Metadata: json.RawMessage(raw)}
		page := interview.MessagePage{Messages: []interview.Message{m}}
		want, wantErr := json.Marshal(page)
		got, err := page.AppendJSON(nil)
		if (err != nil) != (wantErr != nil) || err == nil && string(got) != string(want) {
			t.Errorf("%q: got\n%s, %v, want\n%s, %v", raw, got, err, want, wantErr)
		}
	}
}

func FuzzAppendJSON_Metadata(f *testing.F) {
	f.Add([]byte(`{"engine": "openai", "facts": ["a", "b"], "anchor": {"start": 0, "end": 12}}`))
	f.Add([]byte(`{"a": [1, {"b": null}], "c": "é"}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		page := interview.MessagePage{Messages: []interview.Message{{Metadata: raw}}}
		want, wantErr := json.Marshal(page)
		got, err := page.AppendJSON(nil)
		if (err != nil) != (wantErr != nil) || err == nil && string(got) != string(want) {
			t.Errorf("%q: got\n%s, %v, want\n%s, %v", raw, got, err, want, wantErr)
		}
	})
}
