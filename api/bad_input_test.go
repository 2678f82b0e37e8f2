package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/betterprofile/betterprofile/interview"
)

// refused is what a bad request must be answered with.
type refused struct {
	code  interview.Code
	field string
}

func invalid(field string) refused { return refused{interview.CodeInvalid, field} }

// checkRefused holds an answer against what it must be: the error, its status, and nothing else.
func checkRefused(t *testing.T, got answer, want refused) {
	t.Helper()
	var body struct {
		Error interview.Error `json:"error"`
	}
	if err := json.Unmarshal([]byte(got.body), &body); err != nil {
		t.Fatalf("%d: not JSON: %q", got.status, got.body)
	}
	e := body.Error
	if e.Code != want.code || e.Details.Field != want.field || got.status != want.code.HTTPStatus() || e.Message == "" {
		t.Errorf("got %d %s, want %d with code %s and field %q", got.status, got.body, want.code.HTTPStatus(), want.code, want.field)
	}
	if ct := got.header.Get("Content-Type"); ct != "application/json; charset=utf-8" {
		t.Errorf("error as %q", ct)
	}
}

func TestBody_BadFieldsAreInvalidWithTheField(t *testing.T) {
	t.Parallel()
	e := setup(t)
	conversation := e.conversation()
	conversations := "/api/v1/conversations"
	messages := conversations + "/" + conversation + "/messages"
	fork := conversations + "/" + conversation + "/fork"
	fact, forget := "/api/v1/profile/facts/"+interview.NewID(), "/api/v1/forget"
	id := interview.NewID()
	long := strings.Repeat("x", 201)
	for _, c := range []struct {
		name, method, path, body string
		want                     refused
	}{
		{"content missing", "POST", messages, `{}`, invalid("content")},
		{"content missing, no body", "POST", messages, ``, invalid("content")},
		{"content empty", "POST", messages, `{"content":""}`, invalid("content")},
		{"content only line ends", "POST", messages, `{"content":"\r\n\n"}`, invalid("content")},
		{"content only white space", "POST", messages, `{"content":" \t\u00a0\u3000"}`, invalid("content")},
		{"content null", "POST", messages, `{"content":null}`, invalid("content")},
		{"content a number", "POST", messages, `{"content":1}`, invalid("content")},
		{"content a boolean", "POST", messages, `{"content":true}`, invalid("content")},
		{"content an object", "POST", messages, `{"content":{"text":"x"}}`, invalid("content")},
		{"content an array", "POST", messages, `{"content":["x"]}`, invalid("content")},
		{"content with NUL", "POST", messages, `{"content":"a\u0000b"}`, invalid("content")},
		{"content not UTF-8", "POST", messages, "{\"content\":\"a\xff\"}", invalid("content")},
		{"content a UTF-8 surrogate", "POST", messages, "{\"content\":\"\xed\xa0\x80\"}", invalid("content")},
		{"content overlong UTF-8", "POST", messages, "{\"content\":\"\xc0\xaf\"}", invalid("content")},
		{"content a lone high surrogate", "POST", messages, `{"content":"\ud800"}`, invalid("content")},
		{"content a lone low surrogate", "POST", messages, `{"content":"x\udc00"}`, invalid("content")},
		{"content surrogates swapped", "POST", messages, `{"content":"\udc00\ud800"}`, invalid("content")},
		{"content high surrogate and text", "POST", messages, `{"content":"\ud800abcdefg"}`, invalid("content")},
		{"content two high surrogates", "POST", messages, `{"content":"\ud800\ud800"}`, invalid("content")},
		{"content too long", "POST", messages, `{"content":"` + strings.Repeat("é", 100_001) + `"}`, invalid("content")},
		{"message id no UUID", "POST", messages, `{"id":"1","content":"x"}`, invalid("id")},
		{"message id empty", "POST", messages, `{"id":"","content":"x"}`, invalid("id")},
		{"message id null", "POST", messages, `{"id":null,"content":"x"}`, invalid("id")},
		{"message id a number", "POST", messages, `{"id":7,"content":"x"}`, invalid("id")},
		{"message id in braces", "POST", messages, `{"id":"{` + id + `}","content":"x"}`, invalid("id")},
		{"message id without hyphens", "POST", messages, `{"id":"` + strings.ReplaceAll(id, "-", "") + `","content":"x"}`, invalid("id")},
		{"message id with NUL", "POST", messages, `{"id":"` + id[:35] + `\u0000","content":"x"}`, invalid("id")},
		{"message role", "POST", messages, `{"content":"x","role":"assistant"}`, invalid("role")},
		{"message field in other case", "POST", messages, `{"Content":"x"}`, invalid("Content")},
		{"message field twice", "POST", messages, `{"content":"x","content":"y"}`, invalid("content")},
		{"message field twice, escaped", "POST", messages, `{"content":"x","cont\u0065nt":"y"}`, invalid("content")},
		{"message field without name", "POST", messages, `{"":"x"}`, invalid("body")},
		{"title empty", "POST", conversations, `{"title":""}`, invalid("title")},
		{"title blank", "POST", conversations, `{"title":"  "}`, invalid("title")},
		{"title null", "POST", conversations, `{"title":null}`, invalid("title")},
		{"title a number", "POST", conversations, `{"title":5}`, invalid("title")},
		{"title of two lines", "POST", conversations, `{"title":"a\nb"}`, invalid("title")},
		{"title too long", "POST", conversations, `{"title":"` + long + `"}`, invalid("title")},
		{"title with NUL", "POST", conversations, `{"title":"a\u0000"}`, invalid("title")},
		{"title not UTF-8", "POST", conversations, "{\"title\":\"\xff\"}", invalid("title")},
		{"conversation id no UUID", "POST", conversations, `{"id":"x"}`, invalid("id")},
		{"conversation id empty", "POST", conversations, `{"id":""}`, invalid("id")},
		{"opening a string", "POST", conversations, `{"opening":"true"}`, invalid("opening")},
		{"opening null", "POST", conversations, `{"opening":null}`, invalid("opening")},
		{"opening a number", "POST", conversations, `{"opening":1}`, invalid("opening")},
		{"conversation unknown field", "POST", conversations, `{"userId":"x"}`, invalid("userId")},
		{"patch empty", "PATCH", conversations + "/" + conversation, `{}`, invalid("title")},
		{"patch without body", "PATCH", conversations + "/" + conversation, ``, invalid("title")},
		{"patch title null", "PATCH", conversations + "/" + conversation, `{"title":null}`, invalid("title")},
		{"patch title empty", "PATCH", conversations + "/" + conversation, `{"title":""}`, invalid("title")},
		{"patch title too long", "PATCH", conversations + "/" + conversation, `{"title":"` + long + `"}`, invalid("title")},
		{"patch pinned a string", "PATCH", conversations + "/" + conversation, `{"pinned":"yes"}`, invalid("pinned")},
		{"patch archived null", "PATCH", conversations + "/" + conversation, `{"archived":null}`, invalid("archived")},
		{"patch unknown field", "PATCH", conversations + "/" + conversation, `{"updatedAt":"now"}`, invalid("updatedAt")},
		{"fork without body", "POST", fork, ``, invalid("messageId")},
		{"fork without message", "POST", fork, `{}`, invalid("messageId")},
		{"fork at no UUID", "POST", fork, `{"messageId":"x"}`, invalid("messageId")},
		{"fork at null", "POST", fork, `{"messageId":null}`, invalid("messageId")},
		{"fork at a number", "POST", fork, `{"messageId":1}`, invalid("messageId")},
		{"fork at nothing", "POST", fork, `{"messageId":""}`, invalid("messageId")},
		{"fork with a bad id", "POST", fork, `{"messageId":"` + id + `","id":"x"}`, invalid("id")},
		{"fork with an empty id", "POST", fork, `{"messageId":"` + id + `","id":""}`, invalid("id")},
		{"fork with empty content", "POST", fork, `{"messageId":"` + id + `","content":""}`, invalid("content")},
		{"fork with blank content", "POST", fork, `{"messageId":"` + id + `","content":" \n"}`, invalid("content")},
		{"fork with content of another type", "POST", fork, `{"messageId":"` + id + `","content":["x"]}`, invalid("content")},
		{"fork with NUL", "POST", fork, `{"messageId":"` + id + `","content":"a\u0000"}`, invalid("content")},
		{"fork with a lone surrogate", "POST", fork, `{"messageId":"` + id + `","content":"\ud800"}`, invalid("content")},
		{"fork with content too long", "POST", fork, `{"messageId":"` + id + `","content":"` + strings.Repeat("é", 100_001) + `"}`, invalid("content")},
		{"fork with another field", "POST", fork, `{"messageId":"` + id + `","title":"x"}`, invalid("title")},
		{"fork with a field twice", "POST", fork, `{"messageId":"` + id + `","messageId":"` + id + `"}`, invalid("messageId")},
		{"fork over 1 MiB", "POST", fork, `{"content":"` + strings.Repeat("x", 1<<20) + `"}`, refused{interview.CodeTooLarge, ""}},
		{"cancel with a field", "POST", messages + "/" + id + "/cancel", `{"x":1}`, invalid("x")},
		{"retry with a field", "POST", messages + "/" + id + "/retry", `{"content":"x"}`, invalid("content")},

		{"fact to no such state", "PATCH", fact, `{"status":"maybe"}`, invalid("status")},
		{"fact to a state not made by hand", "PATCH", fact, `{"status":"superseded"}`, invalid("status")},
		{"fact to a state in other case", "PATCH", fact, `{"status":"Confirmed"}`, invalid("status")},
		{"fact to nothing", "PATCH", fact, `{"status":""}`, invalid("status")},
		{"fact to null", "PATCH", fact, `{"status":null}`, invalid("status")},
		{"fact to a list of states", "PATCH", fact, `{"status":["confirmed"]}`, invalid("status")},
		{"fact without a state", "PATCH", fact, `{}`, invalid("status")},
		{"fact without a body", "PATCH", fact, ``, invalid("status")},
		{"fact with another text", "PATCH", fact, `{"status":"confirmed","text":"I run NASA"}`, invalid("text")},
		{"forget nothing", "POST", forget, `{}`, invalid("matching")},
		{"forget without body", "POST", forget, ``, invalid("matching")},
		{"forget nothing, dry", "POST", forget, `{"dryRun":true}`, invalid("matching")},
		{"forget empty words", "POST", forget, `{"matching":""}`, invalid("matching")},
		{"forget blank words", "POST", forget, `{"matching":" \n"}`, invalid("matching")},
		{"forget punctuation", "POST", forget, `{"matching":"\"--\""}`, invalid("matching")},
		{"forget a lone surrogate", "POST", forget, `{"matching":"\ud800"}`, invalid("matching")},
		{"forget NUL", "POST", forget, `{"matching":"a\u0000"}`, invalid("matching")},
		{"forget too long words", "POST", forget, `{"matching":"` + long + `"}`, invalid("matching")},
		{"forget words of another type", "POST", forget, `{"matching":["x"]}`, invalid("matching")},
		{"forget words and messages", "POST", forget, `{"matching":"x","messageIds":["` + id + `"]}`, invalid("messageIds")},
		{"forget no messages", "POST", forget, `{"messageIds":[]}`, invalid("matching")},
		{"forget messages as text", "POST", forget, `{"messageIds":"` + id + `"}`, invalid("messageIds")},
		{"forget messages null", "POST", forget, `{"messageIds":null}`, invalid("messageIds")},
		{"forget a message of no UUID", "POST", forget, `{"messageIds":["` + id + `","x"]}`, invalid("messageIds")},
		{"forget a message that is a number", "POST", forget, `{"messageIds":[1]}`, invalid("messageIds")},
		{"forget a message that is null", "POST", forget, `{"messageIds":["` + id + `",null]}`, invalid("messageIds")},
		{"forget a message in a list", "POST", forget, `{"messageIds":[["` + id + `"]]}`, invalid("messageIds")},
		{"forget too many messages", "POST", forget, `{"messageIds":["` + id + strings.Repeat(`","`+id, 1000) + `"]}`, invalid("messageIds")},
		{"forget, dry as text", "POST", forget, `{"matching":"x","dryRun":"true"}`, invalid("dryRun")},
		{"forget, dry null", "POST", forget, `{"matching":"x","dryRun":null}`, invalid("dryRun")},
		{"forget with another field", "POST", forget, `{"matching":"x","userId":"x"}`, invalid("userId")},

		{"malformed", "POST", messages, `{"content":`, invalid("body")},
		{"no JSON", "POST", messages, `content=x`, invalid("body")},
		{"only white space", "POST", messages, ` `, invalid("body")},
		{"single quotes", "POST", messages, `{'content':'x'}`, invalid("body")},
		{"trailing comma", "POST", messages, `{"content":"x",}`, invalid("body")},
		{"trailing data", "POST", messages, `{"content":"x"} {}`, invalid("body")},
		{"byte order mark", "POST", messages, "\ufeff{\"content\":\"x\"}", invalid("body")},
		{"control character", "POST", messages, "{\"content\":\"a\x01\"}", invalid("body")},
		{"bad escape", "POST", messages, `{"content":"\x41"}`, invalid("body")},
		{"an array", "POST", messages, `[]`, invalid("body")},
		{"a string", "POST", messages, `"x"`, invalid("body")},
		{"null", "POST", messages, `null`, invalid("body")},
		{"deep arrays", "POST", messages, `{"content":` + strings.Repeat("[", 500_000) + strings.Repeat("]", 500_000) + `}`, invalid("body")},
		{"deep objects, unclosed", "POST", messages, strings.Repeat(`{"a":`, 200_000), invalid("body")},
		{"nested, within depth", "POST", messages, `{"content":` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + `}`, invalid("content")},
		{"over 1 MiB", "POST", messages, `{"content":"` + strings.Repeat("x", 1<<20) + `"}`, refused{interview.CodeTooLarge, ""}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			checkRefused(t, e.raw(c.method, c.path, c.body), c.want)
		})
	}
}

func TestBody_UnusualButGoodIsAccepted(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		body, want string
		header     []string
	}{
		"white space around":    {" \r\n\t{ \"content\" : \"x\" } \n", "x", nil},
		"escaped name":          {`{"cont\u0065nt":"x"}`, "x", nil},
		"surrogate pair":        {`{"content":"\ud83d\ude00"}`, "😀", nil},
		"escaped backslash u":   {`{"content":"\\ud800"}`, `\ud800`, nil},
		"line ends trimmed":     {`{"content":"\r\n a \n"}`, " a ", nil},
		"escape characters":     {`{"content":"\u001b[31m\u202e"}`, "\x1b[31m\u202e", nil},
		"100,000 characters":    {`{"content":"` + strings.Repeat("😀", 100_000) + `"}`, strings.Repeat("😀", 100_000), nil},
		"id in upper case":      {`{"id":"` + strings.ToUpper(interview.NewID()) + `","content":"x"}`, "x", nil},
		"charset":               {`{"content":"x"}`, "x", []string{"Content-Type", "Application/JSON; Charset=UTF-8"}},
		"encoding identity":     {`{"content":"x"}`, "x", []string{"Content-Encoding", "identity"}},
		"scheme in lower case":  {`{"content":"x"}`, "x", []string{"Authorization", "bearer TOKEN"}},
		"scheme in upper case":  {`{"content":"x"}`, "x", []string{"Authorization", "BEARER  TOKEN "}},
		"accepts anything":      {`{"content":"x"}`, "x", []string{"Accept", "*/*"}},
		"accepts something odd": {`{"content":"x"}`, "x", []string{"Accept", "image/png"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := setup(t)
			for i := range c.header {
				c.header[i] = strings.ReplaceAll(c.header[i], "TOKEN", e.token)
			}
			got := e.raw("POST", "/api/v1/conversations/"+e.conversation()+"/messages", c.body, c.header...)
			var ev interview.Event
			if err := json.Unmarshal([]byte(got.body), &ev); err != nil || got.status != http.StatusOK {
				t.Fatalf("%d %s", got.status, got.body)
			}
			if ev.UserMessage.Content != c.want {
				t.Errorf("stored %.100q", ev.UserMessage.Content)
			}
		})
	}
}

func TestBody_TypeAndSize(t *testing.T) {
	t.Parallel()
	e := setup(t)
	messages := "/api/v1/conversations/" + e.conversation() + "/messages"
	unsupported := refused{interview.CodeUnsupportedMediaType, ""}
	for _, contentType := range []string{
		"", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json; charset=utf-16",
		"application/json; charset=latin1", "application/jsonx", "text/json", "json", "application/json; charset", ";",
	} {
		checkRefused(t, e.raw("POST", messages, `{"content":"x"}`, "Content-Type", contentType), unsupported)
	}
	checkRefused(t, e.raw("POST", messages, `{"content":"x"}`, "Content-Encoding", "gzip"), unsupported)

	for _, size := range []int{1<<20 + 1, 8 << 20} { // without a length, so that it is found out by reading
		body := `{"content":"` + strings.Repeat("x", size) + `"}`
		req, err := http.NewRequestWithContext(t.Context(), "POST", e.url+messages, struct{ *strings.Reader }{strings.NewReader(body)})
		if err != nil {
			t.Fatal(err)
		}
		req.ContentLength = -1
		req.Header.Set("Authorization", "Bearer "+e.token)
		req.Header.Set("Content-Type", "application/json")
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("%d bytes: %s", size, resp.Status)
		}
		_ = resp.Body.Close()
	}
}

func TestQuery_BadParametersAreInvalidWithTheirName(t *testing.T) {
	t.Parallel()
	e := setup(t)
	conversation := "/api/v1/conversations/" + e.conversation()
	for _, c := range []struct{ path, query, field string }{
		{"/api/v1/conversations", "limit=0", "limit"},
		{"/api/v1/conversations", "limit=1000000000", "limit"},
		{"/api/v1/conversations", "limit=201", "limit"},
		{"/api/v1/conversations", "limit=-1", "limit"},
		{"/api/v1/conversations", "limit=%2B1", "limit"},
		{"/api/v1/conversations", "limit=1.5", "limit"},
		{"/api/v1/conversations", "limit=ten", "limit"},
		{"/api/v1/conversations", "limit=0x10", "limit"},
		{"/api/v1/conversations", "limit=99999999999999999999", "limit"},
		{"/api/v1/conversations", "limit=", "limit"},
		{"/api/v1/conversations", "limit=1&limit=2", "limit"},
		{"/api/v1/conversations", "cursor=x", "cursor"},
		{"/api/v1/conversations", "cursor=%00", "cursor"},
		{"/api/v1/conversations", "cursor=", "cursor"},
		{"/api/v1/conversations", "cursor=MC4xLng", "cursor"},
		{"/api/v1/conversations", "archived=yes", "archived"},
		{"/api/v1/conversations", "archived=TRUE", "archived"},
		{"/api/v1/conversations", "archived=1", "archived"},
		{"/api/v1/conversations", "archived=", "archived"},
		{"/api/v1/conversations", "archived=true&archived=true", "archived"},
		{"/api/v1/conversations", "q=", "q"},
		{"/api/v1/conversations", "q=%ff", "q"},
		{"/api/v1/conversations", "q=a%00", "q"},
		{"/api/v1/conversations", "q=" + strings.Repeat("x", 201), "q"},
		{"/api/v1/conversations", "page=2", "page"},
		{"/api/v1/conversations", "Limit=2", "Limit"},
		{"/api/v1/conversations", "=2", "query"},
		{"/api/v1/conversations", "%zz", "query"},
		{"/api/v1/conversations", "limit=1;cursor=2", "query"},
		{conversation, "limit=0", "limit"},
		{conversation, "limit=x", "limit"},
		{conversation, "cursor=x", "cursor"},
		{conversation + "/messages", "limit=0", "limit"},
		{conversation + "/messages", "limit=1000000000", "limit"},
		{conversation + "/messages", "cursor=x", "cursor"},
		{conversation + "/messages", "q=x", "q"},
		{conversation + "/messages/" + interview.NewID() + "/events", "lastEventId=1.0", "lastEventId"},
		{"/api/v1/me", "x=1", "x"},
		{"/api/v1/me/export", "format=csv", "format"},
		{conversation + "/export", "format=pdf", "format"},
		{conversation + "/export", "format=", "format"},
		{conversation + "/export", "format=JSON", "format"},
		{conversation + "/export", "limit=1", "limit"},
		{"/api/v1/search", "limit=1", "q"},
		{"/api/v1/search", "q=", "q"},
		{"/api/v1/search", "q=%20", "q"},
		{"/api/v1/search", "q=-+.", "q"},
		{"/api/v1/search", "q=%22%22", "q"},
		{"/api/v1/search", "q=%ff", "q"},
		{"/api/v1/search", "q=a%00", "q"},
		{"/api/v1/search", "q=%cc%81", "q"},
		{"/api/v1/search", "q=a&q=b", "q"},
		{"/api/v1/search", "q=" + strings.Repeat("x", 201), "q"},
		{"/api/v1/search", "q=x&limit=0", "limit"},
		{"/api/v1/search", "q=x&limit=1000000000", "limit"},
		{"/api/v1/search", "q=x&cursor=x", "cursor"},
		{"/api/v1/search", "q=x&archived=true", "archived"},
		{"/api/v1/profile/facts", "status=maybe", "status"},
		{"/api/v1/profile/facts", "status=Confirmed", "status"},
		{"/api/v1/profile/facts", "status=", "status"},
		{"/api/v1/profile/facts", "status=proposed&status=confirmed", "status"},
		{"/api/v1/profile/facts", "kind=secret", "kind"},
		{"/api/v1/profile/facts", "kind=%ff", "kind"},
		{"/api/v1/profile/facts", "experience=x", "experience"},
		{"/api/v1/profile/facts", "experience=%00", "experience"},
		{"/api/v1/profile/facts", "limit=0", "limit"},
		{"/api/v1/profile/facts", "limit=201", "limit"},
		{"/api/v1/profile/facts", "cursor=x", "cursor"},
		{"/api/v1/profile/facts", "verify=true", "verify"},
		{"/api/v1/coverage", "experience=x", "experience"},
		{"/api/v1/agenda", "limit=0", "limit"},
		{"/api/v1/agenda", "limit=51", "limit"},
		{"/api/v1/agenda", "limit=ten", "limit"},
		{"/api/v1/agenda", "limit=99999999999999999999", "limit"},
		{"/api/v1/agenda", "cursor=x", "cursor"},
	} {
		t.Run(c.path[len("/api/v1"):]+"?"+c.query, func(t *testing.T) {
			t.Parallel()
			checkRefused(t, e.raw("GET", c.path+"?"+c.query, ""), invalid(c.field))
		})
	}
}

// TestPath_UnknownForeignAndMalformedAreTheSame shows that no id tells whether it exists.
func TestPath_UnknownForeignAndMalformedAreTheSame(t *testing.T) {
	t.Parallel()
	e := setup(t)
	own := e.conversation()
	_, token := e.newUser("Eve", "eve@example.org")
	eve := e.signIn(token)
	foreign, err := eve.CreateConversation(t.Context(), interview.ConversationInput{})
	if err != nil {
		t.Fatal(err)
	}
	input := interview.TurnInput{ID: interview.NewID(), Content: "secret"}
	for _, err := range eve.Send(t.Context(), foreign.ID, input) {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, route := range []struct{ method, path, body string }{
		{"GET", "", ""},
		{"PATCH", "", `{"pinned":true}`},
		{"DELETE", "", ""},
		{"GET", "/export", ""},
		{"GET", "/export?format=json", ""},
		{"POST", "/fork", `{"messageId":"` + input.ID + `"}`},
		{"GET", "/messages", ""},
		{"POST", "/messages", `{"content":"x"}`},
		{"GET", "/messages/MESSAGE/events", ""},
		{"POST", "/messages/MESSAGE/cancel", ""},
		{"POST", "/messages/MESSAGE/retry", ""},
	} {
		bodies := map[string]int{}
		for _, conversation := range []string{foreign.ID, interview.NewID(), "x", "%ff", "%00", strings.Repeat("0", 5000), "..%2f.."} {
			for _, message := range []string{input.ID, interview.NewID(), "x"} {
				path := fmt.Sprintf("/api/v1/conversations/%s%s", conversation, strings.ReplaceAll(route.path, "MESSAGE", message))
				got := e.raw(route.method, path, route.body)
				if conversation != "..%2f.." { // a path of its own, and not one of ours
					bodies[got.body]++
				}
				checkRefused(t, got, refused{interview.CodeNotFound, ""})
			}
		}
		if len(bodies) != 1 {
			t.Errorf("%s %s: answers differ: %v", route.method, route.path, bodies)
		}
	}
	// In one's own conversation the message is what is not found.
	for _, message := range []string{input.ID, interview.NewID(), "x"} {
		for _, route := range []struct{ method, last string }{{"GET", "events"}, {"POST", "cancel"}, {"POST", "retry"}} {
			got := e.raw(route.method, "/api/v1/conversations/"+own+"/messages/"+message+"/"+route.last, "")
			checkRefused(t, got, refused{interview.CodeNotFound, ""})
		}
	}
	view, err := eve.GetConversation(t.Context(), foreign.ID, 0)
	if err != nil || view.Conversation.Pinned || len(view.Conversation.Messages) != 3 {
		t.Errorf("the other's conversation is now %+v, %v", view.Conversation, err)
	}
}

func TestAuth_OnlyOneGoodBearerTokenSignsIn(t *testing.T) {
	t.Parallel()
	e := setup(t)
	for _, header := range []string{
		"", "Bearer", "Bearer ", "Basic " + e.token, e.token, "Bearer" + e.token, "Bearer x", "Bearer " + e.token + "x",
		"Bearer " + strings.ToLower(e.token) + strings.ToUpper(e.token), "Bearer " + e.token + " x", "Bearer " + e.token + ", Bearer x",
		"Bearer " + strings.Repeat("x", 5000), "Bearer \xff", "Token " + e.token,
	} {
		got := e.raw("GET", "/api/v1/me", "", "Authorization", header)
		checkRefused(t, got, refused{interview.CodeUnauthenticated, ""})
		if got.header.Get("WWW-Authenticate") != "Bearer" {
			t.Errorf("%q: WWW-Authenticate is %q", header, got.header.Get("WWW-Authenticate"))
		}
	}
	// The check comes before everything else that could tell something.
	for _, path := range []string{"/api/v1/conversations?limit=0", "/api/v1/conversations/" + e.conversation()} {
		checkRefused(t, e.raw("GET", path, "", "Authorization", ""), refused{interview.CodeUnauthenticated, ""})
	}
	req, err := http.NewRequestWithContext(t.Context(), "GET", e.url+"/api/v1/me", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header["Authorization"] = []string{"Bearer " + e.token, "Bearer " + e.token}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("two headers: %s", resp.Status)
	}
}
