package openai_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"go.uber.org/goleak"

	"github.com/betterprofile/betterprofile/agent/openai"
	"github.com/betterprofile/betterprofile/agent/openai/openaitest"
	"github.com/betterprofile/betterprofile/interview"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// secret is the key of all tests: it must never be seen.
const secret = "sk-test-1234567890"

// question is what the user says in all tests: no error may hold it.
const question = "I am a nurse and I rebuilt our handover."

// asked is the request for a reply to question.
func asked() interview.ReplyRequest {
	return interview.ReplyRequest{
		UserID: "user-4711", Message: interview.Message{Role: interview.RoleUser, Content: question},
		Recent: []interview.Message{{Role: interview.RoleAssistant, Content: "What do you do?"}},
	}
}

// options reach the server.
func options(server *openaitest.Server) openai.Options {
	return openai.Options{
		APIKey: secret, BaseURL: server.URL(), Model: "gpt-4o-mini", HTTPClient: server.HTTPClient(), Jitter: func() float64 { return 0 },
	}
}

func newEngine(t testing.TB, opts openai.Options) *openai.Engine {
	t.Helper()
	e, err := openai.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// setup is an engine and its endpoint on loopback.
func setup(t testing.TB, opts ...openaitest.Option) (*openai.Engine, *openaitest.Server) {
	t.Helper()
	server := openaitest.New(t, opts...)
	return newEngine(t, options(server)), server
}

// bubble runs the test with a clock that jumps, on an endpoint reached by pipes in memory.
func bubble(t *testing.T, f func(t *testing.T, opts openai.Options, server *openaitest.Server), opts ...openaitest.Option) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		server := openaitest.New(t, append(opts, openaitest.InMemory())...)
		f(t, options(server), server)
	})
}

// heard gathers what was emitted.
type heard struct {
	deltas []string
}

func (h *heard) emit(d interview.Delta) error {
	if d.Replace {
		return errors.New("a model never replaces")
	}
	h.deltas = append(h.deltas, d.Text)
	return nil
}

func (h *heard) text() string { return strings.Join(h.deltas, "") }

// fails asks for a reply and returns what was heard of it and its error, which has to be one for people, without secrets.
func fails(t *testing.T, e *openai.Engine, ctx context.Context) (string, *interview.Error) {
	t.Helper()
	var h heard
	_, err := e.Reply(ctx, asked(), h.emit)
	failed, ok := errors.AsType[*interview.Error](err)
	if !ok {
		t.Fatalf("err = %v, want an *interview.Error", err)
	}
	checkError(t, failed)
	return h.text(), failed
}

// checkError checks what holds for every error: whole printable sentences, no secrets, a reason that goes with the code.
func checkError(t *testing.T, err *interview.Error) {
	t.Helper()
	all := err.Error()
	for _, never := range []string{secret, question, "nurse", "Bearer", "<html", "Incorrect API key provided"} {
		if strings.Contains(all, never) {
			t.Errorf("the error gives away %q: %s", never, all)
		}
	}
	if !strings.HasSuffix(err.Message, ".") && !strings.HasSuffix(err.Message, "?).") || strings.ContainsFunc(err.Message, isControl) {
		t.Errorf("message %q is not a printable sentence", err.Message)
	}
	if hasReason := err.Details.Reason != ""; hasReason != (err.Code == interview.CodeModelUnavailable) {
		t.Errorf("code %s with reason %q", err.Code, err.Details.Reason)
	}
}

func isControl(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e }

// transport answers requests without a server.
type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// canned is a client whose every request is answered with this.
func canned(contentType string, body func() io.Reader) *http.Client {
	return &http.Client{Transport: transport(func(*http.Request) (*http.Response, error) {
		return &http.Response{
			StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {contentType}}, Body: io.NopCloser(body()),
		}, nil
	})}
}
