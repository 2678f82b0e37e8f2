// Package logtest looks in the logs of tests for what must never be there: tokens, passwords and what people wrote.
package logtest

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/betterprofile/betterprofile/interview"
)

// shortest is the length from which on a secret is looked for: what is shorter may be anything.
const shortest = 8

// Watch is the log of a server, and what was said to it and by it that is nobody else's business.
type Watch struct {
	mu      sync.Mutex
	log     bytes.Buffer
	secrets map[string]bool
}

// New makes a Watch that fails the test at its end when a secret is in the log.
func New(t testing.TB) *Watch {
	t.Helper()
	w := &Watch{secrets: map[string]bool{}}
	t.Cleanup(func() {
		for _, secret := range w.Found() {
			t.Errorf("the log has %q", secret)
		}
	})
	return w
}

// Write takes a line of the log.
func (w *Watch) Write(line []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.log.Write(line)
}

// Logger makes a log that is watched; what it is told goes to next too, if there is one.
func (w *Watch) Logger(next *slog.Logger) *slog.Logger {
	var watched slog.Handler = slog.NewJSONHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug})
	if next != nil {
		watched = slog.NewMultiHandler(watched, next.Handler())
	}
	return slog.New(watched)
}

// Handler notes the secrets of all requests to next and of its answers' headers.
func (w *Watch) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		body := &bytes.Buffer{}
		r.Body = struct {
			io.Reader
			io.Closer
		}{io.TeeReader(r.Body, body), r.Body}
		defer func() {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.noteHeader(r.Header, out.Header())
			w.noteValues(r.URL.Query())
			w.noteBody(body.Bytes())
		}()
		next.ServeHTTP(out, r)
	})
}

// Found returns the secrets that are in the log.
func (w *Watch) Found() (all []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for secret := range w.secrets {
		escaped, _ := json.Marshal(secret) // of a string, which cannot fail
		if text := bytes.Trim(escaped, `"`); bytes.Contains(w.log.Bytes(), text) || bytes.Contains(w.log.Bytes(), []byte(secret)) {
			all = append(all, secret)
		}
	}
	return all
}

// note keeps a secret. An id is none.
func (w *Watch) note(secret string) {
	if _, id := interview.ParseID(secret); len(secret) >= shortest && !id {
		w.secrets[secret] = true
	}
}

// noteHeader keeps the tokens of a request and its answer; of cookies also the part that is not their signature.
func (w *Watch) noteHeader(request, answer http.Header) {
	for _, value := range request.Values("Authorization") {
		_, token, _ := strings.Cut(value, " ")
		w.note(strings.TrimSpace(token))
	}
	w.note(answer.Get("Set-Auth-Token"))
	cookies := (&http.Request{Header: request}).Cookies()
	for _, cookie := range append(cookies, (&http.Response{Header: answer}).Cookies()...) {
		value, _ := url.QueryUnescape(cookie.Value)
		token, _, _ := strings.Cut(value, ".")
		w.note(token)
	}
}

func (w *Watch) noteValues(values url.Values) {
	for _, all := range values {
		for _, value := range all {
			w.note(value)
		}
	}
}

// noteBody keeps what people wrote, and passwords and tokens.
func (w *Watch) noteBody(body []byte) {
	var value any
	if json.Unmarshal(body, &value) == nil {
		w.noteJSON("", value)
	} else if form, err := url.ParseQuery(string(body)); err == nil && bytes.Contains(body, []byte("=")) {
		w.noteValues(form)
	}
}

// noteJSON keeps texts of several words, and all of names that are for secrets.
func (w *Watch) noteJSON(name string, value any) {
	switch value := value.(type) {
	case string:
		name = strings.ToLower(name)
		if strings.Contains(value, " ") || strings.Contains(name, "password") || strings.Contains(name, "token") {
			w.note(value)
		}
	case []any:
		for _, v := range value {
			w.noteJSON(name, v)
		}
	case map[string]any:
		for key, v := range value {
			w.noteJSON(key, v)
		}
	}
}
