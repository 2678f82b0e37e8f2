package api_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/resume"
)

// profile reads the user's profile.
func (e *env) profile() resume.Profile {
	e.t.Helper()
	raw, err := e.Profile(e.t.Context())
	if err != nil {
		e.t.Fatal(err)
	}
	var p resume.Profile
	if err := json.Unmarshal(raw, &p); err != nil {
		e.t.Fatal(err)
	}
	return p
}

func (e *env) resume(format string) string {
	e.t.Helper()
	body, err := e.Resume(e.t.Context(), format)
	if err != nil {
		e.t.Fatal(err)
	}
	defer body.Close()
	text, err := io.ReadAll(body)
	if err != nil {
		e.t.Fatal(err)
	}
	return string(text)
}

func TestProfile_ShowsFactsWithTheirWordsAndMarksContradictions(t *testing.T) {
	t.Parallel()
	ward, learned := career()
	e := setup(t, learned)
	if p := e.profile(); p.UpdatedAt != nil || len(p.Experiences) != 0 || len(p.Personal) != 0 || p.Coverage.Slots != 0 {
		t.Errorf("before anything: %+v", p)
	}
	c := e.conversation()
	message := e.answered(c, "Oh, I am a nurse – and we are 12 nurses.")
	e.answered(c, "We are 14 nurses, and I want to lead a ward.")
	p := e.profile()
	if p.UpdatedAt == nil || len(p.Experiences) != 1 || p.Experiences[0].ID != ward || len(p.Personal) != 1 || p.Personal[0].Text != "lead a ward" {
		t.Fatalf("%+v", p)
	}
	x := p.Experiences[0]
	if x.Org != "Ward 3" || x.Coverage.Slots != 2 || x.Coverage.Told != 1 || x.Coverage.State[interview.CoverageEmpty] != 1 || len(x.Facts) != 3 {
		t.Errorf("%+v", x)
	}
	old, now := x.Facts[1], x.Facts[2]
	if old.Text != "12 nurses" || old.Used || len(old.Conflicts) != 1 || old.Conflicts[0] != now.ID || !now.Used || now.Status != interview.FactConflict {
		t.Errorf("%+v\n%+v", old, now)
	}
	if s := old.Sources[0]; s.MessageID != message || s.Quote != "12 nurses" || s.At.IsZero() {
		t.Errorf("%+v", s)
	}
	rejected := interview.FactRejected
	if _, err := e.UpdateFact(t.Context(), now.ID, interview.FactPatch{Status: &rejected}); err != nil {
		t.Fatal(err)
	}
	if facts := e.profile().Experiences[0].Facts; len(facts) != 2 || !facts[1].Used || facts[1].Conflicts != nil {
		t.Errorf("after one was rejected: %+v", facts)
	}
}

func TestResume_IsServedInEachFormat(t *testing.T) {
	t.Parallel()
	_, learned := career()
	e := setup(t, learned)
	e.answered(e.conversation(), "I am a nurse, we are 12 nurses, and I want to lead a ward <script>alert(1)</script>.")
	for path, want := range map[string][2]string{
		"resume.json": {"application/json; charset=utf-8", `"name": "Ward 3"`},
		"resume.md":   {"text/markdown; charset=utf-8", "### Nurse — Ward 3"},
		"resume.html": {"text/html; charset=utf-8", "<h3>Nurse — Ward 3</h3>"},
	} {
		got := e.raw("GET", "/api/v1/profile/"+path, "")
		if got.status != http.StatusOK || got.header.Get("Content-Type") != want[0] || !strings.Contains(got.body, want[1]) {
			t.Errorf("%s: %d %v %s", path, got.status, got.header, got.body)
		}
		tag := got.header.Get("ETag")
		if again := e.raw("GET", "/api/v1/profile/"+path, "", "If-None-Match", tag); again.status != http.StatusNotModified || again.body != "" || tag == "" {
			t.Errorf("%s again: %d %q", path, again.status, again.body)
		}
		if strings.Contains(strings.ToLower(got.body), "<script") {
			t.Errorf("%s: %s", path, got.body)
		}
	}
	csp := e.raw("GET", "/api/v1/profile/resume.html", "").header.Values("Content-Security-Policy")
	if len(csp) != 1 || csp[0] != resume.HTMLPolicy() || strings.Contains(csp[0], "unsafe") {
		t.Errorf("policy %q", csp)
	}
	if head := e.raw("HEAD", "/api/v1/profile/resume.html", ""); head.status != http.StatusOK || head.body != "" {
		t.Errorf("HEAD: %d %q", head.status, head.body)
	}
	for format, want := range map[string]string{"json": `"version": "v1.0.0"`, "markdown": "# ", "html": "<!DOCTYPE html>"} {
		if text := e.resume(format); !strings.Contains(text, want) {
			t.Errorf("%s: %s", format, text)
		}
	}
	if _, err := e.Resume(t.Context(), "pdf"); interview.ErrorCode(err) != interview.CodeInvalid {
		t.Errorf("pdf: %v", err)
	}
}

func TestResume_IsNobodyElses(t *testing.T) {
	t.Parallel()
	_, learned := career()
	e := setup(t, learned)
	e.answered(e.conversation(), "I am a nurse, we are 12 nurses, and I want to lead a ward.")
	_, token := e.newUser("Eve", "eve@example.org")
	for _, path := range []string{"", "/resume.json", "/resume.md", "/resume.html"} {
		got := e.raw("GET", "/api/v1/profile"+path, "", "Authorization", "Bearer "+token)
		if got.status != http.StatusOK || strings.Contains(got.body, "urse") || strings.Contains(got.body, "Ward") || path != "" && !strings.Contains(got.body, "Eve") {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
		checkRefused(t, e.raw("GET", "/api/v1/profile"+path, "", "Authorization", ""), refused{interview.CodeUnauthenticated, ""})
		checkRefused(t, e.raw("GET", "/api/v1/profile"+path+"?user=ada", ""), refused{interview.CodeInvalid, "user"})
	}
}
