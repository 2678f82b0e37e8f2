package interview_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/betterprofile/betterprofile/interview"
)

const (
	exportHeader = `{"type":"export","version":1,"createdAt":"2026-11-23T09:30:00.000Z","user":{"id":"u","name":"Ada","email":"ada@example.org"}}`
	exportTimes  = `"createdAt":"2026-11-23T09:30:00.000001Z","updatedAt":"2026-11-23T09:30:00.000002Z"`
	idC, idM     = "0193d3f1-7a6e-7c35-9a52-0f6a1c3b7d10", "0193d3f2-0c44-7b1f-8d0e-2f3b5a6c7d8e"
	idR, idOther = "0193d3f2-0c44-7b1f-8d0e-2f3b5a6c7d8f", "0193d3f2-0c44-7b1f-8d0e-2f3b5a6c7d90"
)

const (
	exportConversation = `{"type":"conversation","id":"` + idC + `",` + exportTimes + `}`
	exportMessage      = `{"type":"message","id":"` + idM + `","conversationId":"` + idC + `","role":"user","content":"Hello","createdAt":"2026-11-23T09:30:00.000001Z"}`
	exportReply        = `{"type":"message","id":"` + idR + `","conversationId":"` + idC + `","role":"assistant","content":"Hi","createdAt":"2026-11-23T09:30:01.000001Z"}`
	exportTurn         = `{"type":"turn","messageId":"` + idM + `","conversationId":"` + idC + `","status":"completed","attempt":1,"replyId":"` + idR +
		`","usage":{"inputTokens":1,"outputTokens":2},` + exportTimes + `}`
	exportEnd = `{"type":"end","conversations":1,"messages":2,"turns":1}`
)

// goodExport is the lines of an export, to be changed.
func goodExport() []string {
	return []string{exportHeader, exportConversation, exportMessage, exportReply, exportTurn, exportEnd}
}

// readExport reads lines and returns how many records there were, and the error.
func readExport(file string) (n int, err error) {
	for _, err := range interview.ReadExport(strings.NewReader(file)) {
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

func TestReadExport_GivesRecordsWithTheirLines(t *testing.T) {
	t.Parallel()
	good := strings.Join(goodExport(), "\n")
	for name, file := range map[string]string{
		"as written": good + "\n", "without the last line end": good, "with CRLF": strings.ReplaceAll(good, "\n", "\r\n"),
		"ids in upper case": strings.ReplaceAll(good, idM, strings.ToUpper(idM)), "times elsewhere": strings.ReplaceAll(good, "09:30:00.000001Z", "11:30:00.000001+02:00"),
		"white space": strings.ReplaceAll(good, `":`, `" : `), "members in another order": strings.ReplaceAll(good, `{"type":"end","conversations":1`, `{"conversations":1,"type":"end"`),
	} {
		var got []interview.ExportRecord
		for r, err := range interview.ReadExport(strings.NewReader(file)) {
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			got = append(got, r)
		}
		if len(got) != 4 || got[0].Line != 2 || got[0].Conversation.ID != idC || got[1].Message.ID != idM || got[3].Turn.ReplyID != idR || got[3].Line != 5 ||
			!got[0].Conversation.CreatedAt.Equal(time.Date(2026, 11, 23, 9, 30, 0, 1000, time.UTC)) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// change is one text of a good export made another, and what must be said of it.
type change struct {
	line     int // from 1
	old, new string
	field    string
}

func TestReadExport_RefusesWhatIsWrongWithLineAndField(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat(`{"a":`, 100) + "1" + strings.Repeat("}", 100)
	for name, c := range map[string]change{
		"not JSON":                   {1, exportHeader, "PK\x03\x04", "body"},
		"an array":                   {1, exportHeader, "[]", "body"},
		"another object":             {1, exportHeader, `{"conversations":[]}`, "type"},
		"another type":               {1, `"export"`, `"backup"`, "body"},
		"a newer version":            {1, `"version":1`, `"version":2`, "version"},
		"a version that is text":     {1, `"version":1`, `"version":"1"`, "version"},
		"no user":                    {1, `"user"`, `"owner"`, "user"},
		"a user with more":           {1, `"name"`, `"admin":"x","name"`, "admin"},
		"a header with more":         {1, `"version"`, `"x":1,"version"`, "x"},
		"an unknown type":            {2, `"conversation"`, `"session"`, "type"},
		"no type":                    {2, `"type":"conversation",`, ``, "type"},
		"an empty line":              {2, exportConversation, "", "body"},
		"a second header":            {2, exportConversation, exportHeader, "type"},
		"an unknown member":          {2, `"id"`, `"userId":"u","id"`, "userId"},
		"a member in other case":     {2, `"id"`, `"ID"`, "id"},
		"a member twice":             {2, `"id"`, `"id":"` + idC + `","id"`, "id"},
		"a bad id":                   {2, idC, "x", "id"},
		"an id that is null":         {2, `"` + idC + `"`, "null", "id"},
		"a title that is a number":   {2, `"id"`, `"title":1,"id"`, "title"},
		"an empty title":             {2, `"id"`, `"title":"","id"`, "title"},
		"a title with NUL":           {2, `"id"`, `"title":"\u0000","id"`, "title"},
		"a lone surrogate":           {2, `"id"`, `"title":"\ud800","id"`, "body"},
		"broken UTF-8":               {2, `"id"`, "\"title\":\"\xff\",\"id\"", "body"},
		"a bad time":                 {2, "2026-11-23T09:30:00.000001Z", "yesterday", "createdAt"},
		"a time in nanoseconds":      {2, "09:30:00.000001Z", "09:30:00.000000001Z", "createdAt"},
		"a time too late":            {2, "2026", "9999", "createdAt"},
		"a time before year 1":       {2, "2026", "0000", "createdAt"},
		"no time":                    {2, `"updatedAt"`, `"pinnedAt"`, "updatedAt"},
		"metadata that is text":      {2, `"id"`, `"metadata":"x","id"`, "metadata"},
		"metadata that is null":      {2, `"id"`, `"metadata":null,"id"`, "metadata"},
		"state with NUL":             {2, `"id"`, `"state":{"a":["\u0000"]},"id"`, "state"},
		"state with a NUL name":      {2, `"id"`, `"state":{"\u0000":1},"id"`, "state"},
		"state with a long number":   {2, `"id"`, `"state":{"a":1e999999},"id"`, "state"},
		"state that is deep":         {2, `"id"`, `"state":` + deep + `,"id"`, "state"},
		"a message before":           {2, exportConversation, exportMessage, "conversationId"},
		"of another conversation":    {3, idC, idOther, "conversationId"},
		"a bad role":                 {3, `"user"`, `"system"`, "role"},
		"no content":                 {3, `"content":"Hello",`, "", "content"},
		"content with NUL":           {3, "Hello", `a\u0000`, "content"},
		"content that is an object":  {3, `"Hello"`, `{}`, "content"},
		"a message twice":            {4, exportReply, exportMessage, "id"},
		"a conversation twice":       {4, exportReply, exportConversation, "id"},
		"a message after turns":      {5, exportTurn, strings.ReplaceAll(exportTurn, `"replyId":"`+idR+`",`, "") + "\n" + strings.ReplaceAll(exportReply, idR, idOther), "type"},
		"a running turn":             {5, `"completed"`, `"running"`, "status"},
		"attempt 0":                  {5, `"attempt":1`, `"attempt":0`, "attempt"},
		"attempt 1.5":                {5, `"attempt":1`, `"attempt":1.5`, "attempt"},
		"a turn of the reply":        {5, `"messageId":"` + idM, `"messageId":"` + idR, "messageId"},
		"a turn of no message":       {5, `"messageId":"` + idM, `"messageId":"` + idOther, "messageId"},
		"a reply that is a question": {5, `"replyId":"` + idR, `"replyId":"` + idM, "replyId"},
		"a reply that is not there":  {5, `"replyId":"` + idR, `"replyId":"` + idOther, "replyId"},
		"a turn twice":               {5, exportTurn, exportTurn + "\n" + exportTurn, "messageId"},
		"an error without failure":   {5, `"usage"`, `"error":{"code":"internal","message":"x"},"usage"`, "error"},
		"a failure without error":    {5, `"completed"`, `"failed"`, "error"},
		"an unknown code":            {5, `"completed"`, `"failed","error":{"code":"x","message":"x"}`, "code"},
		"an error with more":         {5, `"completed"`, `"failed","error":{"code":"internal","message":"x","stack":"x"}`, "stack"},
		"details with more":          {5, `"completed"`, `"failed","error":{"code":"internal","message":"x","details":{"x":1}}`, "x"},
		"negative tokens":            {5, `"inputTokens":1`, `"inputTokens":-1`, "inputTokens"},
		"too many tokens":            {5, `"inputTokens":1`, `"inputTokens":2147483648`, "inputTokens"},
		"no usage":                   {5, `"usage":{"inputTokens":1,"outputTokens":2},`, ``, "usage"},
		"other counts":               {6, `"messages":2`, `"messages":3`, "messages"},
		"negative counts":            {6, `"turns":1`, `"turns":-1`, "turns"},
		"something after the end":    {6, exportEnd, exportEnd + "\n" + exportConversation, "body"},
		"an empty line after it":     {6, exportEnd, exportEnd + "\n ", "body"},
		"cut in mid-line":            {6, exportEnd, exportEnd[:20], "body"},
		"cut before the last line":   {6, "\n" + exportEnd, "", "body"},
		"a line that is too long":    {3, "Hello", strings.Repeat("x", interview.MaxExportLine), "body"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			lines := goodExport()
			file := strings.Join(lines, "\n")
			before := len(strings.Join(lines[:c.line-1], "\n"))
			file = file[:before] + strings.Replace(file[before:], c.old, c.new, 1)
			line := c.line + strings.Count(c.new, "\n")
			_, err := readExport(file)
			e := interview.AsError(err)
			if e == nil || e.Code != interview.CodeInvalid || e.Details.Field != c.field || e.Details.Line != line || e.Message == "" {
				t.Errorf("%v %+v, want field %s in line %d", err, e, c.field, line)
			}
		})
	}
}

// TestReadExport_CutAnywhereIsRefused shows that no beginning of an export is taken for a whole one.
func TestReadExport_CutAnywhereIsRefused(t *testing.T) {
	t.Parallel()
	file := strings.Join(goodExport(), "\n")
	for n := range len(file) {
		if _, err := readExport(file[:n]); interview.ErrorCode(err) != interview.CodeInvalid || interview.AsError(err).Details.Line == 0 {
			t.Fatalf("cut at %d: %v", n, err)
		}
	}
}

func TestReadExport_TurnsBelongToTheirConversation(t *testing.T) {
	t.Parallel()
	second := strings.ReplaceAll(exportConversation, idC, idOther)
	foreign := strings.Replace(exportTurn, idC, idOther, 1)
	file := strings.Join([]string{exportHeader, exportConversation, exportMessage, exportReply, second, foreign, exportEnd}, "\n")
	_, err := readExport(file)
	if e := interview.AsError(err); e == nil || e.Details.Line != 6 || e.Details.Field != "messageId" {
		t.Errorf("%v", err)
	}
}

func TestReadExport_GivesTheReadersError(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	r := io.MultiReader(strings.NewReader(exportHeader+"\n"+exportConversation+"\n"), failing{broken})
	var err error
	for _, err = range interview.ReadExport(r) {
	}
	if !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestExportWriter_WritesJSONInOneForm(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		`{"b":1,"a":{"d":[],"c":null}}`: `{"a":{"c":null,"d":[]},"b":1}`, `{"a":1,"a":2}`: `{"a":2}`, `{ "a" : "<&>" }`: `{"a":"<&>"}`, `{}`: `{}`,
		`{"n":[1e2,1.50E1,-0,-0.00,1e-3,0e9,12.5e1,1E+0]}`: `{"n":[100,15.0,0,0.00,0.001,0,125,1]}`,
		``: ``, `[1]`: ``, `"x"`: ``, `null`: ``, `{"a":`: ``, `{"a":1e9999}`: ``,
	} {
		var b strings.Builder
		out, err := interview.NewExportWriter(&b, interview.User{}, time.Time{})
		if err == nil {
			b.Reset()
			err = out.Write(interview.ExportRecord{Message: &interview.MessageRecord{Metadata: []byte(raw)}})
		}
		if want != "" {
			want = `"metadata":` + want + `,`
		}
		if line := fmt.Sprintf(`{"type":"message","id":"","conversationId":"","role":"","content":"",%s"createdAt":"0001-01-01T00:00:00.000000Z"}`, want) + "\n"; err != nil || b.String() != line {
			t.Errorf("%s: %v\ngot  %swant %s", raw, err, b.String(), line)
		}
	}
	out, err := interview.NewExportWriter(io.Discard, interview.User{}, time.Time{})
	if err != nil || out.Write(interview.ExportRecord{}) == nil {
		t.Error("a record of nothing was written")
	}
}

// TestReadExport_WhateverComesIsRefusedOrWhole changes an export here and there: what is read all the same can be written and read again.
func TestReadExport_WhateverComesIsRefusedOrWhole(t *testing.T) {
	t.Parallel()
	pieces := append(goodExport(), strings.Split(strings.Join(goodExport(), ","), ",")...)
	pieces = append(pieces, "", "\n", "{", "}", "[", "null", "\\u0000", "\xff", "1e999999999", `"metadata":{"a":[1.5e3,{}]},`, `"state":{"b":null},`)
	rapid.Check(t, func(r *rapid.T) {
		file := strings.Join(goodExport(), "\n")
		for range rapid.IntRange(0, 3).Draw(r, "changes") {
			from := rapid.IntRange(0, len(file)).Draw(r, "from")
			to := rapid.IntRange(from, min(len(file), from+40)).Draw(r, "to")
			file = file[:from] + rapid.SampledFrom(pieces).Draw(r, "piece") + file[to:]
		}
		var b strings.Builder
		out, err := interview.NewExportWriter(&b, interview.User{}, time.Time{})
		if err != nil {
			r.Fatal(err)
		}
		n := 0
		for record, err := range interview.ReadExport(strings.NewReader(file)) {
			if err != nil {
				if e := interview.AsError(err); e.Code != interview.CodeInvalid || e.Details.Line == 0 || e.Details.Field == "" {
					r.Fatalf("%+v", e)
				}
				return
			}
			n++
			if err := out.Write(record); err != nil {
				r.Fatal(err)
			}
		}
		if err := out.Close(); err != nil {
			r.Fatal(err)
		}
		if again, err := readExport(b.String()); err != nil || again != n {
			r.Fatalf("again: %d of %d, %v", again, n, err)
		}
	})
}
