package client_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/betterprofile/betterprofile/client"
	"github.com/betterprofile/betterprofile/interview"
)

// exported makes a conversation with a turn and returns everything as a file.
func (e *env) exported() string {
	e.t.Helper()
	for _, err := range e.Send(e.t.Context(), e.conversation(), interview.TurnInput{Content: "Größe"}) {
		if err != nil {
			e.t.Fatal(err)
		}
	}
	body, err := e.Export(e.t.Context())
	if err != nil {
		e.t.Fatal(err)
	}
	file, err := io.ReadAll(body)
	if err != nil || body.Close() != nil {
		e.t.Fatal(err)
	}
	return string(file)
}

func TestExport_CutAnywhereIsAnError(t *testing.T) {
	t.Parallel()
	e := setup(t)
	file := e.exported()
	for _, n := range []int{1, 50, len(file) - 1} {
		e.trouble.expect(cutAt(n))
		body, err := e.Export(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		part, err := io.ReadAll(body)
		if interview.ErrorCode(err) != interview.CodeUnavailable || len(part) != n {
			t.Errorf("cut at %d: %d bytes, %v", n, len(part), err)
		}
		_ = body.Close()
	}
}

func TestExport_SilenceIsAnError(t *testing.T) {
	t.Parallel()
	e := setup(t, func(o *client.Options) { o.Silence = 50 * time.Millisecond; o.Tries = 1 })
	mute := func(begin bool) func(http.Handler) http.Handler {
		return func(http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if begin {
					w.Header().Set("Content-Type", interview.ExportType)
					_ = http.NewResponseController(w).Flush()
				}
				<-r.Context().Done()
			})
		}
	}
	e.trouble.expect(mute(false), mute(true))
	if _, err := e.Export(t.Context()); interview.ErrorCode(err) != interview.CodeUnavailable {
		t.Errorf("before it begins: %v", err)
	}
	body, err := e.Export(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(body); interview.ErrorCode(err) != interview.CodeUnavailable {
		t.Errorf("on the way: %v", err)
	}
	_ = body.Close()
}

func TestExport_EndsWithItsContext(t *testing.T) {
	t.Parallel()
	e := setup(t)
	e.exported()
	ctx, cancel := context.WithCancel(t.Context())
	wait := func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", interview.ExportType)
			_ = http.NewResponseController(w).Flush()
			cancel()
			<-r.Context().Done()
		})
	}
	e.trouble.expect(wait)
	body, err := e.Export(ctx)
	if err == nil {
		_, err = io.ReadAll(body)
		_ = body.Close()
	}
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	page := answer(200, "<html>", "Content-Type", "text/html")
	e.trouble.expect(page, page, page, page)
	if _, err := e.Export(t.Context()); interview.ErrorCode(err) != interview.CodeUnavailable {
		t.Errorf("a page: %v", err)
	}
}

func TestImport_IsSentOnce(t *testing.T) {
	t.Parallel()
	e := setup(t)
	file := e.exported()
	e.trouble.expect(drop)
	if _, err := e.Import(t.Context(), strings.NewReader(file)); interview.ErrorCode(err) != interview.CodeUnavailable || len(e.trouble.requests()) != 1 {
		t.Errorf("%v after %q", err, e.trouble.requests())
	}
	e.trouble.expect(answer(200, "<html>"))
	if _, err := e.Import(t.Context(), strings.NewReader(file)); interview.ErrorCode(err) != interview.CodeUnavailable {
		t.Errorf("a page: %v", err)
	}
	if got, err := e.Import(t.Context(), strings.NewReader(file)); err != nil || got != (interview.ImportResult{Skipped: 1}) {
		t.Errorf("%+v %v", got, err)
	}
}

func TestImport_GivesTheReadersError(t *testing.T) {
	t.Parallel()
	e := setup(t)
	file, broken := e.exported(), errors.New("broken")
	_, err := e.Import(t.Context(), io.MultiReader(strings.NewReader(file[:200]), failing{broken}))
	if !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// TestImport_RefusedEarlyHasTheServersError is about a file whose first line is wrong, and that is much longer than what the connection holds.
func TestImport_RefusedEarlyHasTheServersError(t *testing.T) {
	t.Parallel()
	e := setup(t)
	_, err := e.Import(t.Context(), io.MultiReader(strings.NewReader("no export\n"), io.LimitReader(endless{}, 64<<20)))
	if got := interview.AsError(err); got == nil || got.Code != interview.CodeInvalid || got.Details.Line != 1 {
		t.Errorf("%v", err)
	}
}

// endless is a reader of spaces.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}
