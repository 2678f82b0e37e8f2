package logtest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

func TestFound_WhatWasSaidAndWasLogged(t *testing.T) {
	t.Parallel()
	w := &Watch{secrets: map[string]bool{}}
	var other strings.Builder
	log := w.Logger(nil)
	handler := w.Handler(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		http.SetCookie(out, &http.Cookie{Name: "session", Value: "answered-token.signature"})
		other.WriteString(r.URL.Path)
	}))
	const id = "0192f0c1-2345-7abc-8def-0123456789ab"
	r := httptest.NewRequestWithContext(t.Context(), "POST", "/x?q=a%20question", strings.NewReader(`{"a":[{"content":"I \"lead\" a ward"}],"newPassword":"secret-password","id":"`+id+`"}`))
	r.Header.Set("Authorization", "Bearer bearer-token")
	handler.ServeHTTP(httptest.NewRecorder(), r)
	form := httptest.NewRequestWithContext(t.Context(), "POST", "/x", strings.NewReader("password=form-password"))
	handler.ServeHTTP(httptest.NewRecorder(), form)
	log.Info("all is well", "id", id)
	if found := w.Found(); found != nil || other.String() != "/x/x" {
		t.Fatalf("%q is found, %q", found, other.String())
	}
	want := []string{`I "lead" a ward`, "a question", "answered-token", "bearer-token", "form-password", "secret-password"}
	for _, secret := range want {
		log.Error("failed", "text", "it is "+secret+", look")
	}
	found := w.Found()
	if slices.Sort(found); !slices.Equal(found, want) {
		t.Errorf("%q is found, not %q", found, want)
	}
}
