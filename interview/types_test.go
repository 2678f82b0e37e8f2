package interview_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/betterprofile/betterprofile/interview"
)

func TestCodes_EachHasItsStatusAndExit(t *testing.T) {
	t.Parallel()
	want := map[interview.Code][2]int{
		"invalid": {400, 2}, "unauthenticated": {401, 4}, "forbidden": {403, 4}, "not_found": {404, 1}, "method_not_allowed": {405, 1},
		"conflict": {409, 1}, "turn_in_progress": {409, 1}, "too_large": {413, 2}, "unsupported_media_type": {415, 1},
		"rate_limited": {429, 75}, "internal": {500, 1}, "model_unavailable": {502, 1}, "interrupted": {502, 1}, "unavailable": {503, 75},
		"model_timeout": {504, 1},
	}
	if got := interview.Codes(); len(got) != len(want) {
		t.Errorf("Codes lists %d codes, want %d", len(got), len(want))
	}
	for _, code := range interview.Codes() {
		if got := [2]int{code.HTTPStatus(), code.ExitStatus()}; got != want[code] {
			t.Errorf("%s: status and exit %v, want %v", code, got, want[code])
		}
	}
	if got := interview.Code("unheard of"); got.HTTPStatus() != 500 || got.ExitStatus() != 1 {
		t.Error("an unknown code is not treated as internal")
	}
}

func TestError_CodeIsFoundThroughWrapping(t *testing.T) {
	t.Parallel()
	cause := errors.New("cause")
	e := &interview.Error{Code: interview.CodeConflict, Message: "No.", Err: cause}
	wrapped := fmt.Errorf("doing: %w", e)
	if interview.ErrorCode(wrapped) != interview.CodeConflict || interview.AsError(wrapped) != e || !errors.Is(wrapped, cause) {
		t.Errorf("the error is not found in %v", wrapped)
	}
	if interview.ErrorCode(nil) != "" || interview.AsError(nil) != nil {
		t.Error("nil has a code")
	}
	if got := interview.AsError(cause); got.Code != interview.CodeInternal || strings.Contains(got.Message, "cause") {
		t.Errorf("a foreign error becomes %+v", got)
	}
}

func TestError_JSONHasOnlyWhatIsMeantForOthers(t *testing.T) {
	t.Parallel()
	e := interview.Invalid("limit", "limit must be %d.", 5)
	e.Err = errors.New("secret")
	got, err := json.Marshal(e)
	if want := `{"code":"invalid","message":"limit must be 5.","details":{"field":"limit"}}`; err != nil || string(got) != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
	got, _ = json.Marshal(interview.NotFound("Conversation"))
	if want := `{"code":"not_found","message":"Conversation not found."}`; string(got) != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestID_IsAVersion7UUIDInOrderOfTime(t *testing.T) {
	t.Parallel()
	before := time.Now().UnixMilli()
	id := interview.NewID()
	parsed, ok := interview.ParseID(strings.ToUpper(id))
	if !ok || parsed != id || id[14] != '7' || !strings.ContainsRune("89ab", rune(id[19])) {
		t.Fatalf("%s is not a UUIDv7 in lower case", id)
	}
	var ms int64
	if _, err := fmt.Sscanf(id[:8]+id[9:13], "%x", &ms); err != nil || ms < before || ms > time.Now().UnixMilli() {
		t.Errorf("%s holds time %d, made at %d (%v)", id, ms, before, err)
	}
	for _, bad := range []string{"", "x", id[1:], id + "0", strings.ReplaceAll(id, "-", "_"), "g" + id[1:], "{" + id[1:35] + "}", id[:35] + "\n"} {
		if _, ok := interview.ParseID(bad); ok {
			t.Errorf("%q passes for an id", bad)
		}
	}
}

func TestDerivedID_IsTheSameForTheSameSeed(t *testing.T) {
	t.Parallel()
	id := interview.DerivedID("seed")
	if parsed, ok := interview.ParseID(id); !ok || parsed != id || id[14] != '8' || id != interview.DerivedID("seed") || id == interview.DerivedID("seeds") {
		t.Errorf("got %s", id)
	}
}

func TestTime_JSONHasExactlyThreeDecimals(t *testing.T) {
	t.Parallel()
	east := time.FixedZone("east", 5*3600)
	for in, want := range map[time.Time]string{
		time.Date(2026, 11, 23, 1, 2, 3, 0, time.UTC):                `"2026-11-23T01:02:03.000Z"`,
		time.Date(2026, 11, 23, 1, 2, 3, 120_456_000, time.UTC):      `"2026-11-23T01:02:03.120Z"`,
		time.Date(2026, 11, 23, 6, 2, 3, 999_999_999, east):          `"2026-11-23T01:02:03.999Z"`,
		time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC):                     `"0001-01-01T00:00:00.000Z"`,
		time.Date(2026, 11, 23, 1, 2, 3, int(time.Nanosecond), east): `"2026-11-22T20:02:03.000Z"`,
	} {
		got, err := json.Marshal(interview.Time{Time: in})
		if err != nil || string(got) != want {
			t.Errorf("%v: %s, %v, want %s", in, got, err, want)
		}
		var back interview.Time
		if err := json.Unmarshal(got, &back); err != nil || !back.Equal(in.Truncate(time.Millisecond)) {
			t.Errorf("%s reads back as %v, %v", got, back, err)
		}
	}
	if got := interview.At(time.Date(2026, 1, 1, 0, 0, 0, 1_999_999, east)); got.Nanosecond() != 1_000_000 || got.Location() != time.UTC {
		t.Errorf("At keeps %v", got)
	}
}

func TestCursor_ReturnsToItsPosition(t *testing.T) {
	t.Parallel()
	for _, p := range []interview.Position{
		{Time: interview.Time{Time: time.UnixMicro(1_700_000_000_123_456).UTC()}, ID: interview.NewID()},
		{Pinned: true, Time: interview.Time{Time: time.UnixMicro(-5).UTC()}, ID: interview.NewID()},
	} {
		got, err := p.Cursor().Position()
		if err != nil || got != p {
			t.Errorf("%+v comes back as %+v, %v", p, got, err)
		}
	}
	for _, bad := range []interview.Cursor{"x", "!!!!", "MS4", "MC4xLm5vLWlk", interview.Cursor(strings.Repeat("A", 5000))} {
		_, err := bad.Position()
		if e := interview.AsError(err); e == nil || e.Code != interview.CodeInvalid || e.Details.Field != "cursor" {
			t.Errorf("%.20q: %v", bad, err)
		}
	}
}

func TestCursor_EndOfAListIsNull(t *testing.T) {
	t.Parallel()
	got, _ := json.Marshal(interview.MessagePage{Messages: []interview.Message{}})
	if want := `{"messages":[],"nextCursor":null}`; string(got) != want {
		t.Errorf("got %s, want %s", got, want)
	}
	var page interview.MessagePage
	if err := json.Unmarshal([]byte(`{"messages":[],"nextCursor":"abc"}`), &page); err != nil || page.NextCursor != "abc" {
		t.Errorf("reads as %+v, %v", page, err)
	}
}

func TestNormalize_NamesTheFieldAtFault(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", interview.MaxContentRunes)
	title := func(s string) *string { return &s }
	for name, c := range map[string]struct {
		normalize func() error
		field     string
	}{
		"turn id":             {turn("not-a-uuid", "hello"), "id"},
		"empty content":       {turn("", ""), "content"},
		"blank content":       {turn("", " \n\t\u00a0\r\n"), "content"},
		"NUL":                 {turn("", "a\x00b"), "content"},
		"invalid UTF-8":       {turn("", "a\xffb"), "content"},
		"content too long":    {turn("", long+"x"), "content"},
		"longest content":     {turn("", long+"\r\n"), ""},
		"conversation id":     {create("nope", ""), "id"},
		"title of two lines":  {create("", "a\nb"), "title"},
		"title too long":      {create("", strings.Repeat("t", interview.MaxTitleRunes+1)), "title"},
		"blank title":         {create("", "  "), "title"},
		"no title":            {create("", ""), ""},
		"nothing to change":   {patch(interview.ConversationPatch{}), "title"},
		"empty new title":     {patch(interview.ConversationPatch{Title: title("")}), "title"},
		"NUL in new title":    {patch(interview.ConversationPatch{Title: title("a\x00")}), "title"},
		"good new title":      {patch(interview.ConversationPatch{Title: title(" Ward ")}), ""},
		"limit below":         {list(interview.ConversationQuery{Limit: -1}), "limit"},
		"limit above":         {list(interview.ConversationQuery{Limit: 1e9}), "limit"},
		"cursor":              {list(interview.ConversationQuery{Cursor: "%"}), "cursor"},
		"query too long":      {list(interview.ConversationQuery{Text: strings.Repeat("q", 300)}), "q"},
		"limit of messages":   {messages(interview.MessageQuery{Limit: 201}), "limit"},
		"cursor of messages":  {messages(interview.MessageQuery{Cursor: "%"}), "cursor"},
		"largest limit":       {messages(interview.MessageQuery{Limit: 200}), ""},
		"negative page limit": {messages(interview.MessageQuery{Limit: -5}), "limit"},
	} {
		err := c.normalize()
		if c.field == "" {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if e := interview.AsError(err); e == nil || e.Code != interview.CodeInvalid || e.Details.Field != c.field {
			t.Errorf("%s: %v, want invalid with field %s", name, err, c.field)
		}
	}
}

func turn(id, content string) func() error {
	return func() error { _, err := interview.TurnInput{ID: id, Content: content}.Normalize(); return err }
}

func create(id, title string) func() error {
	return func() error { _, err := interview.ConversationInput{ID: id, Title: title}.Normalize(); return err }
}

func patch(p interview.ConversationPatch) func() error {
	return func() error { _, err := p.Normalize(); return err }
}

func list(q interview.ConversationQuery) func() error {
	return func() error { _, err := q.Normalize(); return err }
}

func messages(q interview.MessageQuery) func() error {
	return func() error { _, err := q.Normalize(); return err }
}

func TestTurnInput_KeepsTheTextAsTyped(t *testing.T) {
	t.Parallel()
	id := "01900000-0000-7000-8000-00000000ABCD"
	got, err := interview.TurnInput{ID: id, Content: "\r\n  two\r\n\tlines  \n\n"}.Normalize()
	want := interview.TurnInput{ID: strings.ToLower(id), Content: "  two\r\n\tlines  "}
	if err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
}

func TestEvent_DataHasTheFieldsOfItsKind(t *testing.T) {
	t.Parallel()
	message := &interview.Message{ID: "m", ConversationID: "c", Role: interview.RoleUser, Content: "x"}
	for want, event := range map[string]interview.Event{
		`{"text":""}`: {Kind: interview.EventReplace},
		`{"text":"a"}`: {
			Kind: interview.EventDelta, Text: "a", ID: interview.EventID{Attempt: 1, Offset: 1},
		},
		`{"message":{"id":"m","conversationId":"c","role":"user","content":"x","createdAt":"0001-01-01T00:00:00.000Z"},"conversationId":"c","attempt":2}`: {
			Kind: interview.EventStarted, Message: message, ConversationID: "c", Attempt: 2,
		},
		`{"error":{"code":"interrupted","message":"m"}}`: {Kind: interview.EventFailed, Error: interview.Errorf(interview.CodeInterrupted, "m")},
		`{}`: {Kind: interview.EventCancelled},
	} {
		got, err := json.Marshal(event)
		if err != nil || string(got) != want {
			t.Errorf("%s: %s, %v, want %s", event.Kind, got, err, want)
		}
	}
}

func TestEventID_ParsesOnlyItsOwnForm(t *testing.T) {
	t.Parallel()
	got, err := interview.ParseEventID(interview.EventID{Attempt: 3, Offset: 1234}.String())
	if err != nil || got != (interview.EventID{Attempt: 3, Offset: 1234}) {
		t.Errorf("got %v, %v", got, err)
	}
	for _, bad := range []string{"", "1", "1.", ".1", "0.1", "1.-2", "-1.2", "1.2.3", "a.b", "1.99999999999", " 1.2", "1,2"} {
		if _, err := interview.ParseEventID(bad); interview.ErrorCode(err) != interview.CodeInvalid {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestReplyMetadata_ReadsWhatOthersWrote(t *testing.T) {
	t.Parallel()
	m := interview.Message{Metadata: json.RawMessage(`{"engine":"builtin","tokens":[1],"qid":"op-01"}`)}
	if got := m.ReplyMetadata(); got.Engine != "builtin" || got.Question != "op-01" {
		t.Errorf("got %+v", got)
	}
	for _, foreign := range []string{``, `null`, `[]`, `{"engine":5}`, `{`} {
		if got := (interview.Message{Metadata: json.RawMessage(foreign)}).ReplyMetadata(); got.Engine != "" {
			t.Errorf("%s reads as %+v", foreign, got)
		}
	}
	if got := (interview.ReplyMetadata{}).JSON(); got != nil {
		t.Errorf("nothing is written as %s", got)
	}
}

func TestForgetReport_SummaryCountsInWords(t *testing.T) {
	t.Parallel()
	for want, r := range map[string]interview.ForgetReport{
		"what the interviewer keeps in mind":        {States: 2},
		"1 reply":                                   {Replies: 1},
		"2 messages and 1 earlier reply":            {Messages: 2, PreviousTexts: 1},
		"1 message, 3 facts, 1 summary and 1 title": {Messages: 1, Facts: 3, Episodes: 1, Titles: 1},
	} {
		if got := r.Summary(); got != want {
			t.Errorf("%+v: %q, want %q", r, got, want)
		}
	}
}
