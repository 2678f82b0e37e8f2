package api_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/betterprofile/betterprofile/interview"
)

func TestConversation_LifeThroughTheClient(t *testing.T) {
	t.Parallel()
	e := setup(t)
	in := interview.ConversationInput{ID: interview.NewID(), Title: " Night shifts "}
	made, err := e.CreateConversation(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	if made.ID != in.ID || made.Title != "Night shifts" || made.UserID != e.user.ID || len(made.Messages) != 1 ||
		made.Messages[0].Role != interview.RoleAssistant || made.CreatedAt.IsZero() {
		t.Errorf("%+v", made)
	}
	again, err := e.CreateConversation(t.Context(), interview.ConversationInput{ID: strings.ToUpper(in.ID)})
	if err != nil || again.Title != made.Title || len(again.Messages) != 1 || again.Messages[0].ID != made.Messages[0].ID {
		t.Errorf("again: %+v %v", again, err)
	}
	title, yes := "Days", true
	changed, err := e.UpdateConversation(t.Context(), in.ID, interview.ConversationPatch{Title: &title, Pinned: &yes, Archived: &yes})
	if err != nil || changed.Title != "Days" || !changed.Pinned || !changed.Archived || changed.Messages != nil {
		t.Errorf("%+v %v", changed, err)
	}
	page, err := e.ListConversations(t.Context(), interview.ConversationQuery{})
	if err != nil || len(page.Conversations) != 0 {
		t.Errorf("archived ones are listed: %+v %v", page, err)
	}
	page, err = e.ListConversations(t.Context(), interview.ConversationQuery{Archived: true, Text: "day"})
	if err != nil || len(page.Conversations) != 1 || page.Conversations[0].Preview == "" {
		t.Errorf("%+v %v", page, err)
	}
	if err := e.DeleteConversation(t.Context(), in.ID); err != nil {
		t.Error(err)
	}
	if _, err := e.GetConversation(t.Context(), in.ID, 0); interview.ErrorCode(err) != interview.CodeNotFound {
		t.Errorf("after delete: %v", err)
	}
}

func TestConversation_CreateWithoutBodyAndWithItsLocation(t *testing.T) {
	t.Parallel()
	e := setup(t)
	for _, body := range []string{"", "{}"} {
		got := e.raw("POST", "/api/v1/conversations", body, "Content-Type", "")
		if body != "" {
			got = e.raw("POST", "/api/v1/conversations", body)
		}
		if got.status != http.StatusCreated || e.raw("GET", got.header.Get("Location"), "").status != http.StatusOK {
			t.Errorf("%q: %d %v", body, got.status, got.header)
		}
	}
	quiet := e.raw("POST", "/api/v1/conversations", `{"opening":false}`)
	if !strings.Contains(quiet.body, `"messages":[]`) {
		t.Errorf("%s", quiet.body)
	}
	_, token := e.newUser("Eve", "eve@example.org")
	_, err := e.signIn(token).CreateConversation(t.Context(), interview.ConversationInput{ID: e.conversation()})
	if interview.ErrorCode(err) != interview.CodeConflict {
		t.Errorf("another's id: %v", err)
	}
}

func TestPages_GoThroughEverythingOnce(t *testing.T) {
	t.Parallel()
	e := setup(t)
	var want []string
	for range 5 {
		want = append(want, e.conversation())
	}
	slices.Reverse(want)
	var got []string
	q := interview.ConversationQuery{Limit: 2}
	for pages := 1; ; pages++ {
		page, err := e.ListConversations(t.Context(), q)
		if err != nil || pages > 3 {
			t.Fatal(pages, err)
		}
		for _, c := range page.Conversations {
			got = append(got, c.ID)
		}
		if q.Cursor = page.NextCursor; q.Cursor == "" {
			break
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}

	for i := range 3 {
		follow(e.Send(t.Context(), want[0], interview.TurnInput{Content: fmt.Sprint("message ", i)})).check(t, "started delta completed", "Noted.")
	}
	view, err := e.GetConversation(t.Context(), want[0], 2)
	if err != nil {
		t.Fatal(err)
	}
	texts := contents(view.Conversation.Messages)
	mq := interview.MessageQuery{Limit: 3, Cursor: view.NextCursor}
	for mq.Cursor != "" {
		page, err := e.ListMessages(t.Context(), want[0], mq)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(contents(page.Messages), texts...)
		mq.Cursor = page.NextCursor
	}
	if !slices.Equal(texts, []string{"message 0", "Noted.", "message 1", "Noted.", "message 2", "Noted."}) {
		t.Errorf("%q", texts)
	}
}

func contents(messages []interview.Message) []string {
	var all []string
	for _, m := range messages {
		all = append(all, m.Content)
	}
	return all
}

func TestETag_ChangesWithTheAnswerOnly(t *testing.T) {
	t.Parallel()
	e := setup(t)
	c := "/api/v1/conversations/" + e.conversation()
	for _, path := range []string{
		"/api/v1/conversations", c, c + "/messages", "/api/v1/profile/facts", "/api/v1/coverage", "/api/v1/agenda",
	} {
		first := e.raw("GET", path, "")
		tag := first.header.Get("ETag")
		if first.header.Get("Cache-Control") != "private, no-cache" {
			t.Errorf("%s: %v", path, first.header)
		}
		for _, known := range []string{tag, "W/" + tag, "*", `"x", ` + tag, `"x",W/` + tag + ` , "y"`} {
			got := e.raw("GET", path, "", "If-None-Match", known)
			if got.status != http.StatusNotModified || got.body != "" || got.header.Get("ETag") != tag {
				t.Errorf("%s with %s: %d %q", path, known, got.status, got.body)
			}
		}
		for _, other := range []string{`"x"`, tag[1 : len(tag)-1], strings.ToUpper(tag), ""} {
			if got := e.raw("GET", path, "", "If-None-Match", other); got.status != http.StatusOK || got.body != first.body {
				t.Errorf("%s with %q: %d", path, other, got.status)
			}
		}
	}
	before := e.raw("GET", c, "").header.Get("ETag")
	e.raw("PATCH", c, `{"pinned":true}`)
	if got := e.raw("GET", c, "", "If-None-Match", before); got.status != http.StatusOK {
		t.Errorf("after a change: %d", got.status)
	}
}
