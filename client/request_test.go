package client_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/betterprofile/betterprofile/client"
	"github.com/betterprofile/betterprofile/interview"
)

func TestNew_ChecksTheAddress(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"https://profile.example":         "https://profile.example",
		"https://profile.example/":        "https://profile.example",
		"https://profile.example:8443/a/": "https://profile.example:8443/a",
		"http://127.0.0.1:8080":           "http://127.0.0.1:8080",
		"http://127.8.9.1":                "http://127.8.9.1",
		"http://localhost:1":              "http://localhost:1",
		"http://[::1]:8080":               "http://[::1]:8080",
		"http://[::ffff:127.0.0.1]":       "http://[::ffff:127.0.0.1]",
		"http://profile.example":          "",
		"http://localhost.example":        "",
		"http://127.0.0.1.example":        "",
		"http://10.0.0.1":                 "",
		"http://[fe80::1]":                "",
		"http://0.0.0.0":                  "",
		"profile.example":                 "",
		"ftp://profile.example":           "",
		"https://":                        "",
		"":                                "",
		"https://ada:pw@profile.example":  "",
		"https://profile.example?x=1":     "",
		"https://profile.example?":        "",
		"https://profile.example#x":       "",
		"https://profile.example\n":       "",
	} {
		c, err := client.New(address, "token", client.Options{})
		switch {
		case want == "" && (interview.ErrorCode(err) != interview.CodeInvalid || interview.AsError(err).Details.Field != "server"):
			t.Errorf("%q: %v", address, err)
		case want != "" && (err != nil || c.BaseURL() != want):
			t.Errorf("%q: %v", address, err)
		}
	}
	if _, err := client.New("http://profile.example", "", client.Options{Insecure: true}); err != nil {
		t.Error(err)
	}
	for _, token := range []string{"a b", "a\n", "a\r\nX: y", "ü", "\x00"} {
		_, err := client.New("https://profile.example", token, client.Options{})
		if e := interview.AsError(err); e == nil || e.Details.Field != "token" || strings.Contains(e.Message, token) {
			t.Errorf("%q: %v", token, err)
		}
	}
}

func TestRequest_UnreachableServer(t *testing.T) {
	t.Parallel()
	e := setup(t)
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	c := e.newClient(closed.URL)
	_, err := c.Me(t.Context())
	want := "Cannot reach " + closed.URL + ": connection refused. Is the server running?"
	if e := interview.AsError(err); e == nil || e.Code != interview.CodeUnavailable || e.Message != want {
		t.Errorf("%v", err)
	}
	if got := e.sleeps.take(); !slices.Equal(got, []time.Duration{125 * time.Millisecond, 250 * time.Millisecond, 500 * time.Millisecond}) {
		t.Errorf("waited %v", got)
	}
	if err := c.Ready(t.Context()); interview.ErrorCode(err) != interview.CodeUnavailable || len(e.sleeps.take()) != 0 {
		t.Errorf("ready waited, or: %v", err)
	}
	events := 0
	for _, err := range c.Send(t.Context(), interview.NewID(), interview.TurnInput{Content: "x"}) {
		events++
		if interview.ErrorCode(err) != interview.CodeUnavailable {
			t.Errorf("%v", err)
		}
	}
	if events != 1 || len(e.sleeps.take()) != 3 {
		t.Errorf("%d events", events)
	}
}

func TestRequest_SafeOnesAreRepeated(t *testing.T) {
	t.Parallel()
	unavailable := answer(503, `{"error":{"code":"unavailable","message":"Later."}}`, "Retry-After", "2")
	limited := answer(429, `{"error":{"code":"rate_limited","message":"Slow down.","details":{"retryAfterSeconds":3}}}`)
	page := answer(502, "<html><b>Bad Gateway</b>", "Content-Type", "text/html")
	e := setup(t, func(o *client.Options) { // net/http repeats a GET itself when a connection that it kept is cut
		o.HTTPClient = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	})
	id, first := e.conversation(), interview.NewID()
	for _, err := range e.Send(t.Context(), id, interview.TurnInput{ID: first, Content: "x"}) {
		if err != nil {
			t.Fatal(err)
		}
	}
	calls := map[string]func(context.Context) error{
		"list": func(ctx context.Context) error {
			_, err := e.ListConversations(ctx, interview.ConversationQuery{})
			return err
		},
		"get": func(ctx context.Context) error {
			_, err := e.GetConversation(ctx, id, 10)
			return err
		},
		"create": func(ctx context.Context) error {
			_, err := e.CreateConversation(ctx, interview.ConversationInput{})
			return err
		},
		"messages": func(ctx context.Context) error {
			_, err := e.ListMessages(ctx, id, interview.MessageQuery{})
			return err
		},
		"search": func(ctx context.Context) error {
			_, err := e.Search(ctx, interview.SearchQuery{Text: "x"})
			return err
		},
		"fork": func(ctx context.Context) error {
			_, err := e.Fork(ctx, id, interview.ForkInput{MessageID: first})
			return err
		},
		"export": func(ctx context.Context) error {
			body, err := e.Export(ctx)
			if err == nil {
				err = body.Close()
			}
			return err
		},
		"export of one": func(ctx context.Context) error {
			body, err := e.ExportConversation(ctx, id, "json")
			if err == nil {
				err = body.Close()
			}
			return err
		},
		"facts": func(ctx context.Context) error {
			for _, err := range e.Facts(ctx, interview.FactQuery{Kind: "role"}) {
				return err
			}
			return nil
		},
		"coverage": func(ctx context.Context) error {
			_, err := e.Coverage(ctx)
			return err
		},
		"agenda": func(ctx context.Context) error {
			_, err := e.Agenda(ctx, 3)
			return err
		},
		"dry forgetting": func(ctx context.Context) error {
			_, err := e.Forget(ctx, interview.ForgetInput{Matching: "x", DryRun: true})
			return err
		},
		"send": func(ctx context.Context) error {
			for _, err := range e.Send(ctx, id, interview.TurnInput{Content: "x"}) {
				if err != nil {
					return err
				}
			}
			return nil
		},
	}
	for name, call := range calls {
		e.sleeps.take()
		e.trouble.expect(drop, unavailable, limited)
		if err := call(t.Context()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := e.sleeps.take(); !slices.Equal(got, []time.Duration{125 * time.Millisecond, 2 * time.Second, 3 * time.Second}) {
			t.Errorf("%s: waited %v", name, got)
		}
		e.trouble.expect(page, lose, page, page)
		err := call(t.Context())
		if e := interview.AsError(err); e == nil || e.Code != interview.CodeUnavailable || strings.Contains(e.Message, "<") ||
			!strings.Contains(e.Message, "502 Bad Gateway") {
			t.Errorf("%s: %v", name, err)
		}
		if got := len(e.trouble.requests()); got != 4 {
			t.Errorf("%s: %d tries", name, got)
		}
	}
}

func TestRequest_OthersAreNot(t *testing.T) {
	t.Parallel()
	e := setup(t)
	id := e.conversation()
	yes, confirmed := true, interview.FactConfirmed
	for name, call := range map[string]func() error{
		"fact": func() error {
			_, err := e.UpdateFact(t.Context(), interview.NewID(), interview.FactPatch{Status: &confirmed})
			return err
		},
		"forget": func() error {
			_, err := e.Forget(t.Context(), interview.ForgetInput{Matching: "x"})
			return err
		},
		"patch": func() error {
			_, err := e.UpdateConversation(t.Context(), id, interview.ConversationPatch{Pinned: &yes})
			return err
		},
		"cancel": func() error {
			_, err := e.Cancel(t.Context(), id, interview.NewID())
			return err
		},
		"retry": func() error {
			for _, err := range e.Retry(t.Context(), id, interview.NewID()) {
				return err
			}
			return nil
		},
	} {
		e.trouble.expect(drop)
		if err := call(); interview.ErrorCode(err) != interview.CodeUnavailable {
			t.Errorf("%s: %v", name, err)
		}
		if got := e.trouble.requests(); len(got) != 1 {
			t.Errorf("%s: %q", name, got)
		}
	}
	for _, code := range []interview.Code{
		interview.CodeInvalid, interview.CodeNotFound, interview.CodeInternal, interview.CodeModelUnavailable, interview.CodeModelTimeout,
		interview.CodeInterrupted, interview.CodeUnauthenticated,
	} {
		e.trouble.expect(answer(code.HTTPStatus(), `{"error":{"code":"`+string(code)+`","message":"No."}}`))
		if _, err := e.Me(t.Context()); interview.ErrorCode(err) != code {
			t.Errorf("%v", err)
		}
		if got := e.trouble.requests(); len(got) != 1 {
			t.Errorf("%s: %q", code, got)
		}
	}
}

func TestRequest_DeleteWhoseAnswerWasLost(t *testing.T) {
	t.Parallel()
	e := setup(t)
	id := e.conversation()
	e.trouble.expect(lose)
	if err := e.DeleteConversation(t.Context(), id); err != nil {
		t.Error(err)
	}
	if err := e.DeleteConversation(t.Context(), id); interview.ErrorCode(err) != interview.CodeNotFound {
		t.Errorf("of what there is not: %v", err)
	}
}

func TestRequest_StopsWhenItWouldTakeTooLong(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	e := setup(t, func(o *client.Options) {
		o.Tries = 100
		o.Now = func() time.Time { return now }
		o.Sleep = func(_ context.Context, d time.Duration) error {
			now = now.Add(d)
			return nil
		}
	})
	began := now
	e.trouble.mu.Lock()
	e.trouble.every = drop
	e.trouble.mu.Unlock()
	if _, err := e.Me(t.Context()); interview.ErrorCode(err) != interview.CodeUnavailable {
		t.Errorf("%v", err)
	}
	if took := now.Sub(began); took < 5*time.Second || took > 10*time.Second {
		t.Errorf("gave up after %s", took)
	}
	began = now
	e.trouble.expect(answer(429, `{"error":{"code":"rate_limited","message":"Slow down.","details":{"retryAfterSeconds":60}}}`))
	_, err := e.Me(t.Context())
	if e := interview.AsError(err); e == nil || e.Code != interview.CodeRateLimited || e.Details.RetryAfterSeconds != 60 || now != began {
		t.Errorf("%v after %s", err, now.Sub(began))
	}
}

func TestRequest_EndsWithItsContext(t *testing.T) {
	t.Parallel()
	e := setup(t)
	ctx, cancel := context.WithCancel(t.Context())
	e.trouble.expect(func(http.Handler) http.Handler {
		return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			cancel()
			<-r.Context().Done()
		})
	})
	if _, err := e.Me(ctx); !errors.Is(err, context.Canceled) || len(e.trouble.requests()) != 1 {
		t.Errorf("%v", err)
	}
	if _, err := e.Me(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	for _, err := range e.Events(ctx, "x", "y", nil) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
	}
}

func TestRequest_TimesOut(t *testing.T) {
	t.Parallel()
	e := setup(t, func(o *client.Options) { o.Timeout, o.Tries = 20*time.Millisecond, 2 })
	wait := func(http.Handler) http.Handler {
		return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	}
	e.trouble.expect(wait, wait)
	_, err := e.Me(t.Context())
	if e := interview.AsError(err); e == nil || e.Code != interview.CodeUnavailable || !strings.HasSuffix(e.Message, "no answer within 20ms.") {
		t.Errorf("%v", err)
	}
	if got := e.trouble.requests(); len(got) != 2 {
		t.Errorf("%q", got)
	}
}

func TestError_OfWhatIsNotOurs(t *testing.T) {
	t.Parallel()
	e := setup(t, func(o *client.Options) { o.Tries = 1 })
	for _, c := range []struct {
		status int
		body   string
		header []string
		want   interview.Code
	}{
		{400, "<h1>no</h1>", nil, interview.CodeInvalid},
		{401, "", nil, interview.CodeUnauthenticated},
		{403, "<html>", nil, interview.CodeForbidden},
		{404, "<html>", nil, interview.CodeNotFound},
		{405, "", nil, interview.CodeMethodNotAllowed},
		{409, "", nil, interview.CodeConflict},
		{413, "<html>", nil, interview.CodeTooLarge},
		{418, "<html>", nil, interview.CodeInvalid},
		{429, "", []string{"Retry-After", "7"}, interview.CodeRateLimited},
		{500, "oops", nil, interview.CodeInternal},
		{502, "<html>", nil, interview.CodeUnavailable},
		{503, "", nil, interview.CodeUnavailable},
		{504, `{"message":"x"}`, nil, interview.CodeUnavailable},
		{599, "", nil, interview.CodeInternal},
		{503, `{"error":{"code":"from_the_future","message":"New."}}`, nil, interview.CodeUnavailable},
		{502, `{"error":"text"}`, nil, interview.CodeUnavailable},
		{502, `{"error":{"code":"model_unavailable","message":"No."}}`, nil, interview.CodeModelUnavailable},
		{200, "<html>Sign in to the hotel's network</html>", nil, interview.CodeUnavailable},
		{200, "", nil, interview.CodeUnavailable},
		{200, "[]", nil, interview.CodeUnavailable},
		{302, "", []string{"Location", "https://elsewhere.example/x?token=1"}, interview.CodeInvalid},
		{302, "", nil, interview.CodeInvalid},
	} {
		e.trouble.expect(answer(c.status, c.body, c.header...))
		_, err := e.Me(t.Context())
		got := interview.AsError(err)
		if got == nil || got.Code != c.want || got.Message == "" || strings.ContainsAny(got.Message, "<>") {
			t.Errorf("%d %q: %v", c.status, c.body, err)
		}
		if c.status == 429 && got.Details.RetryAfterSeconds != 7 {
			t.Errorf("%+v", got)
		}
	}
}

func TestRequest_FollowsNoRedirects(t *testing.T) {
	t.Parallel()
	reached := make(chan *http.Request, 10)
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { reached <- r }))
	t.Cleanup(other.Close)
	e := setup(t)
	for _, status := range []int{301, 302, 303, 307, 308} {
		e.trouble.expect(answer(status, "", "Location", other.URL+"/api/v1/me"), answer(status, "", "Location", other.URL))
		_, err := e.Me(t.Context())
		if got := interview.AsError(err); got == nil || !strings.Contains(got.Message, "sends us on to "+other.URL+".") {
			t.Errorf("%d: %v", status, err)
		}
		for _, err := range e.Send(t.Context(), interview.NewID(), interview.TurnInput{Content: "x"}) {
			if err == nil {
				t.Error("an event came of a redirect")
			}
		}
	}
	if len(reached) != 0 {
		t.Errorf("followed to %v", (<-reached).Header)
	}
}

func TestRequest_ChecksInputBeforeSending(t *testing.T) {
	t.Parallel()
	e := setup(t)
	e.trouble.expect()
	var errs []error
	_, err := e.CreateConversation(t.Context(), interview.ConversationInput{Title: "\xff"})
	errs = append(errs, err)
	bad := "a\nb"
	_, err = e.UpdateConversation(t.Context(), interview.NewID(), interview.ConversationPatch{Title: &bad})
	errs = append(errs, err)
	_, err = e.ListConversations(t.Context(), interview.ConversationQuery{Limit: 201})
	errs = append(errs, err)
	_, err = e.ListMessages(t.Context(), interview.NewID(), interview.MessageQuery{Cursor: "x"})
	errs = append(errs, err)
	for _, err := range e.Send(t.Context(), interview.NewID(), interview.TurnInput{Content: "\xff"}) {
		errs = append(errs, err)
	}
	_, err = e.Search(t.Context(), interview.SearchQuery{Text: "-"})
	errs = append(errs, err)
	_, err = e.Fork(t.Context(), interview.NewID(), interview.ForkInput{MessageID: "x"})
	errs = append(errs, err)
	_, err = e.ExportConversation(t.Context(), interview.NewID(), "pdf")
	errs = append(errs, err)
	_, err = e.ListFacts(t.Context(), interview.FactQuery{Status: "maybe"})
	errs = append(errs, err)
	superseded := interview.FactSuperseded
	_, err = e.UpdateFact(t.Context(), interview.NewID(), interview.FactPatch{Status: &superseded})
	errs = append(errs, err)
	_, err = e.Forget(t.Context(), interview.ForgetInput{MessageIDs: []string{"x"}})
	errs = append(errs, err)
	for i, err := range errs {
		if interview.ErrorCode(err) != interview.CodeInvalid {
			t.Errorf("%d: %v", i, err)
		}
	}
	if got := e.trouble.requests(); len(errs) != 11 || len(got) != 0 {
		t.Errorf("%d errors, requests %q", len(errs), got)
	}
	// Ids are parts of a path, whatever they hold.
	if _, err := e.GetConversation(t.Context(), "../me?x=1#", 0); interview.ErrorCode(err) != interview.CodeNotFound {
		t.Errorf("%v", err)
	}
}

func TestRequest_IgnoresUnknownFieldsOfAnswers(t *testing.T) {
	t.Parallel()
	e := setup(t)
	e.trouble.expect(answer(200, `{"user":{"id":"u","avatar":"x"},"engine":{"name":"builtin"},"quota":{"left":1}}`))
	if me, err := e.Me(t.Context()); err != nil || me.User.ID != "u" {
		t.Errorf("%+v %v", me, err)
	}
}
