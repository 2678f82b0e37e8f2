package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"mime"
	"net/http"
	"strings"
	"testing"

	"github.com/betterprofile/betterprofile/interview"
)

// answered has the message answered and returns its id.
func (e *env) answered(conversation, content string) string {
	e.t.Helper()
	in := interview.TurnInput{ID: interview.NewID(), Content: content}
	follow(e.Send(e.t.Context(), conversation, in)).check(e.t, "started delta completed", "Noted.")
	return in.ID
}

func TestFork_BranchesOffAndGoesOn(t *testing.T) {
	t.Parallel()
	e := setup(t)
	from := e.conversation()
	e.answered(from, "I am a nurse.")
	second := e.answered(from, "I rebuilt the handover.")
	in := interview.ForkInput{ID: interview.NewID(), MessageID: second, Content: "I rebuilt two handovers."}
	c, err := e.Fork(t.Context(), from, in)
	if err != nil || strings.Join(contents(c.Messages), "|") != "I am a nurse.|Noted.|I rebuilt two handovers." || c.Title != "A title" ||
		*c.ForkedFrom() != (interview.Fork{ConversationID: from, MessageID: second}) {
		t.Fatalf("%+v %v", c, err)
	}
	last := c.Messages[2]
	if last.Turn == nil || last.Turn.Status != interview.TurnFailed || last.Turn.Error.Code != interview.CodeInterrupted {
		t.Errorf("%+v", last.Turn)
	}
	if again, err := e.Fork(t.Context(), from, in); err != nil || again.Messages[2].ID != last.ID {
		t.Errorf("again: %+v %v", again, err)
	}
	follow(e.Retry(t.Context(), c.ID, last.ID)).check(t, "started delta completed", "Noted.")
	view, err := e.GetConversation(t.Context(), c.ID, 0)
	if err != nil || len(view.Conversation.Messages) != 4 || view.Conversation.Messages[2].Turn != nil {
		t.Errorf("%+v %v", view, err)
	}
	got := e.raw("POST", "/api/v1/conversations/"+from+"/fork", `{"messageId":"`+second+`"}`)
	if got.status != http.StatusCreated || e.raw("GET", got.header.Get("Location"), "").status != http.StatusOK {
		t.Errorf("%d %v", got.status, got.header)
	}
}

func TestFork_RefusesWhatCannotBe(t *testing.T) {
	t.Parallel()
	e := setup(t)
	from := e.conversation()
	id := e.answered(from, "Hello")
	view, err := e.GetConversation(t.Context(), from, 0)
	if err != nil {
		t.Fatal(err)
	}
	fork := "/api/v1/conversations/" + from + "/fork"
	checkRefused(t, e.raw("POST", fork, `{"messageId":"`+view.Conversation.Messages[1].ID+`","content":"x"}`), invalid("messageId"))
	checkRefused(t, e.raw("POST", fork, `{"messageId":"`+interview.NewID()+`"}`), refused{interview.CodeNotFound, ""})
	_, token := e.newUser("Eve", "eve@example.org")
	eve := e.signIn(token)
	taken, err := eve.CreateConversation(t.Context(), interview.ConversationInput{})
	if err != nil {
		t.Fatal(err)
	}
	checkRefused(t, e.raw("POST", fork, `{"messageId":"`+id+`","id":"`+taken.ID+`"}`), refused{interview.CodeConflict, "id"})
}

func TestSearch_FindsAndPages(t *testing.T) {
	t.Parallel()
	e := setup(t)
	c := e.conversation()
	for i := range 3 {
		e.answered(c, fmt.Sprintf("The *café* number %d 👩‍👩‍👧 é", i))
	}
	var got []string
	for q := (interview.SearchQuery{Text: `CAFE "number"`, Limit: 2}); ; {
		page, err := e.Search(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page.Results {
			runes := []rune(r.Snippet)
			got = append(got, string(runes[r.Matches[0][0]:r.Matches[0][1]])+string(runes[r.Matches[1][0]:r.Matches[1][1]+2]))
			if r.ConversationID != c || r.Title != "A title" || r.Role != interview.RoleUser {
				t.Errorf("%+v", r)
			}
		}
		if q.Cursor = page.NextCursor; q.Cursor == "" {
			break
		}
	}
	if strings.Join(got, "|") != "cafénumber 2|cafénumber 1|cafénumber 0" {
		t.Errorf("%q", got)
	}
	if empty := e.raw("GET", "/api/v1/search?q=nowhere", ""); empty.body != `{"results":[],"nextCursor":null}` {
		t.Errorf("%s", empty.body)
	}
}

func read(t *testing.T, body io.ReadCloser, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(body)
	if err != nil || body.Close() != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestExportConversation_AsMarkdownAndJSON(t *testing.T) {
	t.Parallel()
	e := setup(t)
	c, err := e.CreateConversation(t.Context(), interview.ConversationInput{Title: "../Größe: \"x\"\u202e CON 変化/"})
	if err != nil {
		t.Fatal(err)
	}
	e.answered(c.ID, "# I said\n\n* <b>this</b>")
	body, err := e.ExportConversation(t.Context(), c.ID, "")
	markdown := read(t, body, err)
	for _, want := range []string{"# ../Größe: \"x\"\u202e CON 変化/\n\n", "\n## Interviewer, 20", " UTC\n\nWhat did you work on last?\n\n## You, 20", " UTC\n\n# I said\n\n* <b>this</b>\n\n## Interv", "Noted.\n"} {
		if !strings.Contains(markdown, want) {
			t.Errorf("%q is not in\n%s", want, markdown)
		}
	}
	got := e.raw("GET", "/api/v1/conversations/"+c.ID+"/export?format=markdown", "")
	_, params, err := mime.ParseMediaType(got.header.Get("Content-Disposition"))
	if name := c.CreatedAt.Format("2006-01-02") + "-größe-x-con-変化.md"; err != nil || params["filename"] != name || got.body != markdown {
		t.Errorf("%q %v", got.header, err)
	}
	view, err := e.GetConversation(t.Context(), c.ID, 200)
	if err != nil {
		t.Fatal(err)
	}
	body, err = e.ExportConversation(t.Context(), c.ID, "json")
	var exported struct{ Conversation interview.Conversation }
	if err := json.Unmarshal([]byte(read(t, body, err)), &exported); err != nil || fmt.Sprint(contents(exported.Conversation.Messages)) != fmt.Sprint(contents(view.Conversation.Messages)) ||
		exported.Conversation.Title != c.Title {
		t.Errorf("%+v %v", exported, err)
	}
	empty := e.conversation()
	if got := e.raw("GET", "/api/v1/conversations/"+empty+"/export", ""); !strings.HasPrefix(got.body, "# Conversation\n\n") ||
		!strings.Contains(got.header.Get("Content-Disposition"), "-"+empty[:8]+".md") {
		t.Errorf("%v %q", got.header, got.body)
	}
	if got := e.raw("GET", "/api/v1/conversations/"+empty+"/export?format=json", ""); !strings.Contains(got.body, `"messages":[`+"\n]}}\n") {
		t.Errorf("%q", got.body)
	}
	if _, err := e.ExportConversation(t.Context(), interview.NewID(), ""); interview.ErrorCode(err) != interview.CodeNotFound {
		t.Errorf("unknown: %v", err)
	}
	if _, err := e.ExportConversation(t.Context(), c.ID, "pdf"); interview.ErrorCode(err) != interview.CodeInvalid {
		t.Errorf("pdf: %v", err)
	}
}

func TestExportImport_OfAUserToAnotherServer(t *testing.T) {
	t.Parallel()
	from, to := setup(t), setup(t)
	c := from.conversation()
	from.answered(c, "I am a nurse. <>&\u2028")
	from.answered(from.conversation(), "Hello")
	body, err := from.Export(t.Context())
	file := read(t, body, err)
	want := interview.ImportResult{Conversations: 2, Messages: 4, Turns: 2}
	if got, err := to.Import(t.Context(), strings.NewReader(file)); err != nil || got != want {
		t.Errorf("%+v %v", got, err)
	}
	if got, err := to.Import(t.Context(), strings.NewReader(file)); err != nil || got != (interview.ImportResult{Skipped: 2}) {
		t.Errorf("again: %+v %v", got, err)
	}
	body, err = to.Export(t.Context())
	if _, rest, _ := strings.Cut(read(t, body, err), "\n"); !strings.HasSuffix(file, rest) {
		t.Errorf("there: %s\nhere: %s", rest, file)
	}
	to.answered(c, "And on it goes.")
	if got := from.raw("GET", "/api/v1/me/export", ""); !strings.HasPrefix(got.header.Get("Content-Disposition"), "attachment; filename=betterprofile-20") {
		t.Errorf("%v", got.header)
	}
	// The conversation belongs to somebody there.
	_, token := to.newUser("Eve", "eve@example.org")
	_, err = to.signIn(token).Import(t.Context(), strings.NewReader(file))
	if e := interview.AsError(err); e == nil || e.Code != interview.CodeConflict || e.Details.Line != 2 {
		t.Errorf("another's: %v", err)
	}
}

func TestImport_RefusesBadFilesWholeWithTheirLine(t *testing.T) {
	t.Parallel()
	e := setup(t, func(o *options) { o.api.MaxImport = 20_000 })
	e.answered(e.conversation(), "Hello")
	body, err := e.Export(t.Context())
	file := read(t, body, err)
	_, token := e.newUser("Eve", "eve@example.org")
	send := func(body string, header ...string) answer {
		return e.raw("POST", "/api/v1/me/import", body, append([]string{"Authorization", "Bearer " + token, "Content-Type", interview.ExportType}, header...)...)
	}
	fresh := strings.NewReplacer(`"id":"0`, `"id":"f`, `Id":"0`, `Id":"f`).Replace(file)
	lines := strings.SplitAfter(fresh, "\n")
	for name, c := range map[string]struct {
		body  string
		field string
		line  int
	}{
		"nothing":       {"\n", "body", 1},
		"truncated":     {strings.Join(lines[:3], ""), "body", 4},
		"in mid-line":   {fresh[:len(fresh)-10], "body", 6},
		"HTML":          {"<html>", "body", 1},
		"JSON":          {`{"conversation":{"messages":[]}}`, "type", 1},
		"a later fault": {strings.Replace(fresh, `"role":"assistant"`, `"role":"system"`, 1), "role", 4},
		"NUL":           {strings.Replace(fresh, "Hello", `\u0000`, 1), "content", 3},
	} {
		got := send(c.body)
		checkRefused(t, got, invalid(c.field))
		if !strings.Contains(got.body, fmt.Sprintf(`"line":%d`, c.line)) {
			t.Errorf("%s: %s", name, got.body)
		}
	}
	for _, contentType := range []string{"", "application/json", "application/x-ndjson; charset=latin1", "text/plain"} {
		checkRefused(t, send(file, "Content-Type", contentType), refused{interview.CodeUnsupportedMediaType, ""})
	}
	checkRefused(t, send(file, "Content-Encoding", "gzip"), refused{interview.CodeUnsupportedMediaType, ""})
	checkRefused(t, send(fresh+strings.Repeat(" ", 20_000)), refused{interview.CodeTooLarge, ""})
	_, err = e.signIn(token).Import(t.Context(), io.MultiReader(strings.NewReader(fresh), strings.NewReader(strings.Repeat("x", 20_000)))) // without a length
	if interview.ErrorCode(err) != interview.CodeTooLarge && interview.ErrorCode(err) != interview.CodeInvalid {
		t.Errorf("over the limit: %v", err)
	}
	page, err := e.signIn(token).ListConversations(t.Context(), interview.ConversationQuery{})
	if err != nil || len(page.Conversations) != 0 {
		t.Errorf("something was imported: %+v %v", page, err)
	}
	if got := send(fresh); got.status != http.StatusOK {
		t.Errorf("the good one: %d %s", got.status, got.body)
	}
}

// cutStore fails in the middle of an export.
type cutStore struct{ interview.Store }

func (s cutStore) Export(ctx context.Context, userID string, f func(interview.ExportRecord) error) error {
	text := strings.Repeat("x", 50_000)
	for range 5 {
		if err := f(interview.ExportRecord{Message: &interview.MessageRecord{ID: interview.NewID(), ConversationID: interview.NewID(), Role: "user", Content: text}}); err != nil {
			return err
		}
	}
	return interview.Errorf(interview.CodeUnavailable, "The database went away.")
}

func (s cutStore) EachMessage(context.Context, string, string, func(interview.Message) error) error {
	return interview.Errorf(interview.CodeUnavailable, "The database is away.")
}

func (s cutStore) Import(context.Context, string, iter.Seq2[interview.ExportRecord, error]) (interview.ImportResult, error) {
	return interview.ImportResult{}, interview.Errorf(interview.CodeUnavailable, "The database is away.")
}

func TestExport_AnErrorOnTheWayCutsTheConnection(t *testing.T) {
	t.Parallel()
	e := setup(t)
	broken := setup(t, func(o *options) { o.api.Store, o.api.Auth, o.tokens = cutStore{e.db}, e.db, true })
	broken.token = e.token
	c := broken.signIn(e.token)
	body, err := c.Export(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(body)
	if len(b) < 50_000 || interview.ErrorCode(err) != interview.CodeUnavailable {
		t.Errorf("%d bytes, %v", len(b), err)
	}
	_ = body.Close()
	// One that comes first is the answer.
	checkRefused(t, broken.raw("GET", "/api/v1/conversations/"+e.conversation()+"/export", ""), refused{interview.CodeUnavailable, ""})
	checkRefused(t, broken.raw("POST", "/api/v1/me/import", "x", "Content-Type", interview.ExportType), refused{interview.CodeUnavailable, ""})
}
