package openai_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/betterprofile/betterprofile/agent/openai"
	"github.com/betterprofile/betterprofile/agent/openai/openaitest"
	"github.com/betterprofile/betterprofile/interview"
)

// always makes the endpoint answer every request so.
func always(r openaitest.Reply) openaitest.Option {
	return openaitest.Default(func(openaitest.Request) openaitest.Reply { return r })
}

func TestReply_FailuresSayWhatToDo(t *testing.T) {
	t.Parallel()
	page := "<html><body>" + question + "</body></html>"
	for name, c := range map[string]struct {
		reply    openaitest.Reply
		reason   string // or the code, for one that is not model_unavailable
		message  string
		requests int
	}{
		"400":           {openaitest.Fail(400), interview.ReasonRefused, "refused the request (HTTP 400)", 1},
		"401":           {openaitest.Fail(401), interview.ReasonBadKey, "refused the API key. Check OPENAI_API_KEY.", 1},
		"401 HTML":      {openaitest.Reply{Status: 401, ContentType: "text/html", Body: page}, interview.ReasonBadKey, "refused the API key", 1},
		"402":           {openaitest.Fail(402), interview.ReasonQuota, "out of credit", 1},
		"403":           {openaitest.Fail(403), interview.ReasonBadKey, `does not let this API key use the model "gpt-4o-mini"`, 1},
		"404":           {openaitest.Fail(404), interview.ReasonNoSuchModel, `There is no model named "gpt-4o-mini" at`, 1},
		"404 of Ollama": {openaitest.Reply{Status: 404, Type: "api_error", Message: `model "x" not found, try pulling it first`}, interview.ReasonNoSuchModel, "Set BETTERPROFILE_MODEL.", 1},
		"404 text":      {openaitest.Reply{Status: 404, ContentType: "text/plain", Body: "404 page not found"}, interview.ReasonBadResponse, "OPENAI_BASE_URL; it usually ends in /v1", 1},
		"404 URL":       {openaitest.Reply{Status: 404, Message: "Invalid URL (POST /chat/completions)"}, interview.ReasonBadResponse, "no chat API", 1},
		"400 no model":  {openaitest.Reply{Status: 400, Message: "x is not a valid model ID"}, interview.ReasonNoSuchModel, "Set BETTERPROFILE_MODEL.", 1},
		"error text":    {openaitest.Reply{Status: 404, Body: `{"error":"model 'x' not found"}`}, interview.ReasonNoSuchModel, "Set BETTERPROFILE_MODEL.", 1},
		"405":           {openaitest.Fail(405), interview.ReasonBadResponse, "no chat API", 1},
		"408":           {openaitest.Fail(408), "model_timeout", "gave up waiting", 3},
		"409":           {openaitest.Fail(409), interview.ReasonServerError, "HTTP 409", 3},
		"413":           {openaitest.Fail(413), interview.ReasonRefused, "too long", 1},
		"422 echo":      {openaitest.Reply{Status: 422, Message: "bad input: " + question}, interview.ReasonRefused, "refused the request", 1},
		"429":           {openaitest.Fail(429), interview.ReasonQuota, "too many requests. Try again in a moment.", 3},
		"429 billing": {
			openaitest.Reply{Status: 429, Code: "rate_limit_exceeded", Message: "Rate limit reached. Add a payment method at /account/billing."},
			interview.ReasonQuota, "too many requests", 3,
		},
		"quota": {
			openaitest.Reply{Status: 429, Code: "insufficient_quota", Type: "insufficient_quota", Message: "x"},
			interview.ReasonQuota, "out of credit", 1,
		},
		"too long": {
			openaitest.Reply{Status: 400, Code: "context_length_exceeded", Message: "x"},
			interview.ReasonRefused, "too long for the model", 1,
		},
		"400 filter":  {openaitest.Reply{Status: 400, Code: "content_filter", Message: question}, interview.ReasonRefused, "content filter", 1},
		"500":         {openaitest.Fail(500), interview.ReasonServerError, "trouble of its own (HTTP 500)", 3},
		"502 HTML":    {openaitest.Reply{Status: 502, ContentType: "text/html", Body: page}, interview.ReasonServerError, "HTTP 502", 3},
		"503":         {openaitest.Fail(503), interview.ReasonServerError, "HTTP 503", 3},
		"204":         {openaitest.Reply{Status: 204}, interview.ReasonBadResponse, "HTTP 204", 1},
		"redirect":    {openaitest.Reply{Status: 301, Body: page}, interview.ReasonBadResponse, "HTTP 301 instead of a reply", 1},
		"200 HTML":    {openaitest.Reply{Status: 200, ContentType: "text/html; charset=utf-8", Body: page}, interview.ReasonBadResponse, "not as a model does", 1},
		"200 text":    {openaitest.Reply{Status: 200, ContentType: "text/plain", Body: page}, interview.ReasonBadResponse, "not as a model does", 1},
		"200 error":   {openaitest.Reply{Status: 200, Body: `{"error":{"message":"no","code":401}}`}, interview.ReasonBadKey, "Check OPENAI_API_KEY", 1},
		"200 no JSON": {openaitest.Reply{Status: 200, Body: `{"choices":[{`}, interview.ReasonBadResponse, "not a reply", 1},
		"empty":       {openaitest.Reply{}, interview.ReasonBadResponse, "empty reply", 1},
		"blank":       {openaitest.Say(" \n "), interview.ReasonBadResponse, "empty reply", 1},
		"empty whole": {openaitest.Reply{Style: openaitest.Style{Whole: true}}, interview.ReasonBadResponse, "empty reply", 1},
		"filter":      {openaitest.Reply{Finish: "content_filter"}, interview.ReasonRefused, "content filter", 1},
		"malformed":   {openaitest.Reply{Text: "x", Fault: openaitest.Malformed}, interview.ReasonBadResponse, "not a reply", 1},
		"shape":       {openaitest.Reply{Text: "x", Fault: openaitest.WrongShape}, interview.ReasonBadResponse, "not a reply", 1},
		"error":       {openaitest.Reply{Text: "x", Fault: openaitest.MidError, Message: "boom"}, interview.ReasonServerError, "instead of a reply", 3},
		"error 429":   {openaitest.Reply{Text: "x", Fault: openaitest.MidError, Code: "429", Message: "slow"}, interview.ReasonQuota, "too many", 3},
		"cut":         {openaitest.Reply{Text: "x", Fault: openaitest.Cut}, interview.ReasonCut, "ended before the reply was complete", 3},
		"unfinished":  {openaitest.Reply{Text: "x", Fault: openaitest.Unfinished}, interview.ReasonCut, "Send the message again.", 3},
		"silent":      {openaitest.Reply{Text: "x", Fault: openaitest.Stall}, "model_timeout", "did not begin to answer within 10 seconds", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T, opts openai.Options, server *openaitest.Server) {
				text, err := fails(t, newEngine(t, opts), t.Context())
				if err.Details.Reason != c.reason && string(err.Code) != c.reason {
					t.Errorf("%s %q, want %s", err.Code, err.Details.Reason, c.reason)
				}
				if !strings.Contains(err.Message, c.message) {
					t.Errorf("message %q, want %q in it", err.Message, c.message)
				}
				if n := len(server.Requests()); n != c.requests || text != "" {
					t.Errorf("%d requests, want %d; emitted %q", n, c.requests, text)
				}
			}, always(c.reply))
		})
	}
}

func TestReply_InMidStreamWhatWasSaidStandsAndNothingIsRepeated(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		reply  openaitest.Reply
		reason string
	}{
		"cut":              {openaitest.Reply{Fault: openaitest.Cut}, interview.ReasonCut},
		"unfinished":       {openaitest.Reply{Fault: openaitest.Unfinished}, interview.ReasonCut},
		"unfinished, done": {openaitest.Reply{Fault: openaitest.Unfinished}, interview.ReasonCut},
		"malformed":        {openaitest.Reply{Fault: openaitest.Malformed}, interview.ReasonBadResponse},
		"shape":            {openaitest.Reply{Fault: openaitest.WrongShape}, interview.ReasonBadResponse},
		"error":            {openaitest.Reply{Fault: openaitest.MidError}, interview.ReasonServerError},
		"error 503":        {openaitest.Reply{Fault: openaitest.MidError, Code: "503", Message: "x"}, interview.ReasonServerError},
		"rate limit":       {openaitest.Reply{Fault: openaitest.MidError, Code: "rate_limit_exceeded"}, interview.ReasonQuota},
		"stall":            {openaitest.Reply{Fault: openaitest.Stall}, "model_timeout"},
		"error, CRLF":      {openaitest.Reply{Fault: openaitest.MidError, Style: openaitest.Style{CRLF: true, NoSpace: true}}, interview.ReasonServerError},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.reply.Text, c.reply.At = "One two three four five", 3
			bubble(t, func(t *testing.T, opts openai.Options, server *openaitest.Server) {
				text, err := fails(t, newEngine(t, opts), t.Context())
				if err.Details.Reason != c.reason && string(err.Code) != c.reason || text != "One two three " {
					t.Errorf("%s %q after %q, want %s", err.Code, err.Details.Reason, text, c.reason)
				}
				if n := len(server.Requests()); n != 1 {
					t.Errorf("%d requests, want 1", n)
				}
			}, always(c.reply))
		})
	}
}

// TestReply_ForeignStreamsThatFail has streams that the fake endpoint does not write.
func TestReply_ForeignStreamsThatFail(t *testing.T) {
	t.Parallel()
	said := "data: {\"choices\":[{\"delta\":{\"content\":\"Hm\"}}]}\n\n"
	for name, c := range map[string]struct{ body, reason string }{
		"[DONE] without a finish":   {said + "data: [DONE]\n\n", interview.ReasonCut},
		"error with spaces":         {said + "data: { \"error\" : { \"message\": \"x\" } }\n\n", interview.ReasonServerError},
		"error as a text":           {said + "data: {\"error\":\"overloaded\"}\n\n", interview.ReasonServerError},
		"error event":               {said + "event: error\ndata: {\"error\":{\"type\":\"overloaded_error\"}}\n\n", interview.ReasonServerError},
		"finish reason error":       {said + "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"error\"}]}\n\n", interview.ReasonServerError},
		"content filter":            {said + "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"content_filter\"}]}\n\n", interview.ReasonRefused},
		"refusal":                   {"data: {\"choices\":[{\"delta\":{\"refusal\":\"No.\"},\"finish_reason\":\"stop\"}]}\n\n", interview.ReasonRefused},
		"a number as content":       {said + "data: {\"choices\":[{\"delta\":{\"content\":7}}]}\n\n", interview.ReasonBadResponse},
		"half an escape":            {said + "data: {\"choices\":[{\"delta\":{\"content\":\"\\ud8\"}}]}\n\n", interview.ReasonBadResponse},
		"an event over the limit":   {said + "data: {\"x\":\"" + strings.Repeat("x", 2<<20) + "\"}\n\n", interview.ReasonBadResponse},
		"the last blank line lacks": {said + "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n", interview.ReasonCut},
		"nothing":                   {"", interview.ReasonCut},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := newEngine(t, openai.Options{
				HTTPClient: canned("text/event-stream", func() io.Reader { return strings.NewReader(c.body) }), MaxRetries: -1,
			})
			if _, err := fails(t, e, t.Context()); err.Details.Reason != c.reason {
				t.Errorf("%v, want %s", err, c.reason)
			}
		})
	}
}

func TestReply_AfterTheEndOfTheReplyNothingMatters(t *testing.T) {
	t.Parallel()
	const whole = "data: {\"choices\":[{\"delta\":{\"content\":\"Hm?\"},\"finish_reason\":\"stop\"}]}\n\n"
	for name, c := range map[string]struct {
		rest io.Reader
		took time.Duration
	}{"cut": {brokenReader{}, 0}, "end": {strings.NewReader(""), 0}, "stall": {nil, 2 * time.Second}} {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			client := &http.Client{Transport: transport(func(r *http.Request) (*http.Response, error) {
				if c.rest == nil { // nothing, until the request ends
					read, write := io.Pipe()
					context.AfterFunc(r.Context(), func() { _ = write.CloseWithError(r.Context().Err()) })
					c.rest = read
				}
				body := io.NopCloser(io.MultiReader(strings.NewReader(whole), c.rest))
				return &http.Response{StatusCode: http.StatusOK, Body: body, Header: http.Header{"Content-Type": {"text/event-stream"}}}, nil
			})}
			reply, err := newEngine(t, openai.Options{HTTPClient: client}).Reply(t.Context(), asked(), (&heard{}).emit)
			if took := time.Since(start); err != nil || reply.Content != "Hm?" || took != c.took {
				t.Errorf("%s: %+v, %v after %v", name, reply, err, took)
			}
		})
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestReply_NoConnection(t *testing.T) {
	t.Parallel()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = closed.Close()
	refused := fmt.Sprintf("http://%s", closed.Addr())
	dial := func(err error) *http.Client {
		return &http.Client{Transport: &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: err}
		}}}
	}
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	t.Cleanup(secure.Close)
	plain := openaitest.New(t)
	for name, c := range map[string]struct {
		url     string
		client  *http.Client
		message string
	}{
		"refused":   {refused + "/v1", nil, "Nothing answers at " + refused + ". Is it running? Check OPENAI_BASE_URL."},
		"no name":   {"https://u:pw@nowhere.example/v1?key=pw", dial(&net.DNSError{Err: "no such host", IsNotFound: true}), "The name in nowhere.example cannot be found. Check OPENAI_BASE_URL and the network."},
		"too far":   {"https://nowhere.example/v1", dial(context.DeadlineExceeded), "The model's endpoint nowhere.example cannot be reached. Check the network and OPENAI_BASE_URL."},
		"untrusted": {secure.URL, &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}, "No safe connection to " + secure.URL},
		"no TLS":    {strings.Replace(plain.URL(), "http:", "https:", 1), plain.HTTPClient(), "No safe connection to https://127.0.0.1"},
		"old TLS":   {"https://x.example", dial(tls.AlertError(70)), "No safe connection to x.example"},
	} {
		e := newEngine(t, openai.Options{APIKey: secret, BaseURL: c.url, HTTPClient: c.client, MaxRetries: -1})
		_, err := fails(t, e, t.Context())
		if err.Details.Reason != interview.ReasonUnreachable || !strings.HasPrefix(err.Message, c.message) {
			t.Errorf("%s: %s %q, want unreachable: %q", name, err.Details.Reason, err.Message, c.message)
		}
		if strings.Contains(err.Error(), "pw") {
			t.Errorf("%s: the error shows the URL: %v", name, err)
		}
	}
}

func TestReply_RedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	asks := 0
	e := newEngine(t, openai.Options{APIKey: secret, HTTPClient: &http.Client{
		Transport: transport(func(*http.Request) (*http.Response, error) {
			asks++
			header := http.Header{"Location": {"https://elsewhere.example/"}}
			return &http.Response{StatusCode: http.StatusTemporaryRedirect, Header: header, Body: http.NoBody}, nil
		}),
	}})
	if _, err := fails(t, e, t.Context()); err.Details.Reason != interview.ReasonBadResponse || asks != 1 {
		t.Errorf("%v after %d requests, want bad_response after 1", err, asks)
	}
}

func TestReply_MessagesArePrintable(t *testing.T) {
	t.Parallel()
	for _, status := range []int{401, 403, 404, 413, 429, 500} {
		server := openaitest.New(t, openaitest.Replies(openaitest.Reply{
			Status: status, Code: "\x1b[31m\u202e", Type: "\x1b]0;x\a", Message: "\x1b[31m does not exist",
		}))
		opts := options(server)
		opts.Model, opts.MaxRetries = "m\x1b[31m\u202e\u009bx\n", -1
		_, err := fails(t, newEngine(t, opts), t.Context())
		if strings.ContainsFunc(err.Error(), isControl) {
			t.Errorf("%d: %q", status, err.Error())
		}
	}
}

func TestReply_CancelledReturnsTheCause(t *testing.T) {
	t.Parallel()
	cause := errors.New("cancelled by the user")
	for name, reply := range map[string]openaitest.Reply{
		"before the first token": {Text: "One two", Fault: openaitest.Stall},
		"in mid-stream":          {Text: "One two", Fault: openaitest.Stall, At: 1},
		"while waiting to retry": {Status: 429, RetryAfter: "19"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T, opts openai.Options, server *openaitest.Server) {
				ctx, cancel := context.WithCancelCause(t.Context())
				time.AfterFunc(3*time.Second, func() { cancel(cause) })
				_, err := newEngine(t, opts).Reply(ctx, asked(), (&heard{}).emit)
				if err != cause || len(server.Requests()) != 1 { // the cause itself, not wrapped
					t.Errorf("err = %v after %d requests, want the cause after 1", err, len(server.Requests()))
				}
			}, always(reply))
		})
	}
	e, server := setup(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	if _, err := e.Reply(ctx, asked(), (&heard{}).emit); err != cause || len(server.Requests()) != 0 {
		t.Errorf("cancelled before: err = %v, %d requests", err, len(server.Requests()))
	}
}
