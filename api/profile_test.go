package api_test

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/betterprofile/betterprofile/interview"
)

// tells makes the agent learn from a message that holds its quote each of the facts.
func tells(facts ...interview.Fact) func(*options) {
	return func(o *options) {
		o.agent.reply = func(_ context.Context, in interview.ReplyRequest, emit func(interview.Delta) error) (interview.Reply, error) {
			reply, err := say(emit, "Not", "ed.")
			for _, f := range facts {
				start := strings.Index(in.Message.Content, f.Quote)
				if start < 0 {
					continue
				}
				f.ID = interview.DerivedID(in.Message.ID + f.Key + f.Quote)
				f.Sources = []interview.Source{{MessageID: in.Message.ID, Start: start, End: start + len(f.Quote)}}
				f.Text, f.Confidence, f.Engine, f.CreatedAt, f.UpdatedAt = f.Quote, 0.9, "builtin", in.Now, in.Now
				if f.Status == "" {
					f.Status = interview.FactProposed
				}
				if f.ExperienceID != "" {
					reply.Learned.Experiences = []interview.Experience{{ID: f.ExperienceID, Kind: interview.KindWork, Org: "Ward 3", CreatedAt: in.Now, UpdatedAt: in.Now}}
				}
				reply.Learned.Facts = append(reply.Learned.Facts, f)
			}
			return reply, err
		}
	}
}

// career is what most of these tests are about: a nurse who first says 12, then 14.
func career() (experience string, learned func(*options)) {
	experience = interview.DerivedID("ward")
	return experience, tells(
		interview.Fact{Kind: "role", Key: "role", Quote: "I am a nurse", ExperienceID: experience},
		interview.Fact{Kind: "team", Key: "team.size", Quote: "12 nurses", ExperienceID: experience},
		interview.Fact{Kind: "team", Key: "team.size", Quote: "14 nurses", ExperienceID: experience, Status: interview.FactConflict},
		interview.Fact{Kind: "goal", Key: "goal", Quote: "lead a ward", Value: json.RawMessage(`{"role":"lead"}`)},
	)
}

func (e *env) facts(q interview.FactQuery) []string {
	e.t.Helper()
	var all []string
	for f, err := range e.Facts(e.t.Context(), q) {
		if err != nil {
			e.t.Fatal(err)
		}
		all = append(all, f.Quote+" "+string(f.Status))
	}
	return all
}

// factID is the id of the fact with the quote.
func (e *env) factID(quote string) string {
	e.t.Helper()
	for f, err := range e.Facts(e.t.Context(), interview.FactQuery{}) {
		if err != nil {
			e.t.Fatal(err)
		}
		if f.Quote == quote {
			return f.ID
		}
	}
	e.t.Fatalf("there is no fact %q", quote)
	return ""
}

func TestFacts_AreListedFilteredAndPaged(t *testing.T) {
	t.Parallel()
	ward, learned := career()
	e := setup(t, learned)
	if got := e.raw("GET", "/api/v1/profile/facts", ""); got.body != `{"facts":[],"nextCursor":null}` {
		t.Errorf("before anything: %s", got.body)
	}
	c := e.conversation()
	message := e.answered(c, "Oh, I am a nurse – and we are 12 nurses.")
	e.answered(c, "One day I want to lead a ward.")
	for _, test := range []struct {
		q    interview.FactQuery
		want string
	}{
		{interview.FactQuery{}, "I am a nurse proposed|12 nurses proposed|lead a ward proposed"},
		{interview.FactQuery{Kind: "team"}, "12 nurses proposed"},
		{interview.FactQuery{ExperienceID: strings.ToUpper(ward), Kind: "goal"}, ""},
		{interview.FactQuery{Status: interview.FactProposed, ExperienceID: ward, Limit: 1}, "I am a nurse proposed|12 nurses proposed"},
		{interview.FactQuery{Status: interview.FactRejected}, ""},
		{interview.FactQuery{Limit: 2}, "I am a nurse proposed|12 nurses proposed|lead a ward proposed"},
	} {
		got, want := e.facts(test.q), strings.Split(test.want, "|")
		if test.want == "" {
			want = nil
		}
		slices.Sort(got) // facts of one message have one time
		if slices.Sort(want); !slices.Equal(got, want) {
			t.Errorf("%+v: %q, want %q", test.q, got, want)
		}
	}
	if got := e.raw("GET", "/api/v1/me/export", "").body; strings.Count(got, `{"type":"fact"`) != 3 || !strings.Contains(got, `"facts":3`) {
		t.Errorf("exported: %s", got)
	}
	page, err := e.ListFacts(t.Context(), interview.FactQuery{Kind: "role", Limit: 1})
	if err != nil || len(page.Facts) != 1 {
		t.Fatalf("%+v %v", page, err)
	}
	f := page.Facts[0]
	if s := f.Sources[0]; s.MessageID != message || s.Start != 4 || s.End != 16 || f.ExperienceID != ward || f.Engine != "builtin" {
		t.Errorf("%+v", f)
	}
}

func TestFact_ConfirmedTakesThePlaceOfWhatContradictsIt(t *testing.T) {
	t.Parallel()
	_, learned := career()
	e := setup(t, learned)
	c := e.conversation()
	e.answered(c, "We are 12 nurses.")
	e.answered(c, "We are 14 nurses.")
	confirmed, rejected := interview.FactConfirmed, interview.FactRejected
	f, err := e.UpdateFact(t.Context(), strings.ToUpper(e.factID("14 nurses")), interview.FactPatch{Status: &confirmed})
	if err != nil || f.Status != confirmed || f.Supersedes != e.factID("12 nurses") {
		t.Errorf("%+v %v", f, err)
	}
	if got := e.facts(interview.FactQuery{}); !slices.Equal(got, []string{"12 nurses superseded", "14 nurses confirmed"}) {
		t.Errorf("%q", got)
	}
	before := e.raw("GET", "/api/v1/profile/facts", "").header.Get("ETag")
	if f, err = e.UpdateFact(t.Context(), f.ID, interview.FactPatch{Status: &rejected}); err != nil || f.Status != rejected {
		t.Errorf("%+v %v", f, err)
	}
	if got := e.raw("GET", "/api/v1/profile/facts", "", "If-None-Match", before); got.status != http.StatusOK {
		t.Errorf("after a change: %d", got.status)
	}
}

// TestProfile_IsNobodyElses shows that no id tells whether it exists, and that nothing of another's can be seen, changed or removed.
func TestProfile_IsNobodyElses(t *testing.T) {
	t.Parallel()
	_, learned := career()
	e := setup(t, learned)
	message := e.answered(e.conversation(), "I am a nurse of 12 nurses.")
	fact := e.factID("12 nurses")
	want := e.facts(interview.FactQuery{})
	_, token := e.newUser("Eve", "eve@example.org")
	as := []string{"Authorization", "Bearer " + token}
	bodies := map[string]int{}
	for _, id := range []string{fact, strings.ToUpper(fact), interview.NewID(), "x", "%ff", "%00", strings.Repeat("0", 5000)} {
		got := e.raw("PATCH", "/api/v1/profile/facts/"+id, `{"status":"rejected"}`, as...)
		checkRefused(t, got, refused{interview.CodeNotFound, ""})
		bodies[got.body]++
	}
	for _, id := range []string{message, interview.NewID()} {
		for _, dry := range []string{"true", "false"} {
			got := e.raw("POST", "/api/v1/forget", `{"messageIds":["`+id+`"],"dryRun":`+dry+`}`, as...)
			checkRefused(t, got, refused{interview.CodeNotFound, ""})
			bodies[got.body]++
		}
	}
	if len(bodies) != 2 {
		t.Errorf("answers differ: %v", bodies)
	}
	eve := e.signIn(token)
	report, err := eve.Forget(t.Context(), interview.ForgetInput{Matching: "nurse"})
	if err != nil || !report.Empty() {
		t.Errorf("%+v %v", report, err)
	}
	for _, path := range []string{"/api/v1/profile/facts", "/api/v1/coverage", "/api/v1/agenda"} {
		if got := e.raw("GET", path, "", as...); got.status != http.StatusOK || strings.Contains(got.body, "nurse") || strings.Contains(got.body, "Ward") {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
	if got := e.facts(interview.FactQuery{}); !slices.Equal(got, want) {
		t.Errorf("the other's facts are now %q, were %q", got, want)
	}
}

func TestCoverageAndAgenda_AreTheAgentsOwn(t *testing.T) {
	t.Parallel()
	ward, learned := career()
	e := setup(t, learned)
	c := e.conversation()
	e.answered(c, "I am a nurse.")
	report, err := e.Coverage(t.Context())
	if err != nil || len(report.Experiences) != 1 || report.Experiences[0].ID != ward || report.Experiences[0].Label != "Ward 3" || report.Personal == nil {
		t.Errorf("%+v %v", report, err)
	}
	for limit, want := range map[int]int{0: 5, 1: 1, 50: 50} {
		items, err := e.Agenda(t.Context(), limit)
		if err != nil || len(items) != want || !strings.Contains(items[0].Question, c) {
			t.Errorf("%d: %d items, %v", limit, len(items), err)
		}
	}
}

func TestForget_SaysWhatItWouldRemoveThenRemovesIt(t *testing.T) {
	t.Parallel()
	_, learned := career()
	e := setup(t, learned)
	c := e.conversation()
	nurse := e.answered(c, "I am a nurse.")
	e.answered(c, "We are 12 nurses.")
	would, err := e.Forget(t.Context(), interview.ForgetInput{MessageIDs: []string{strings.ToUpper(nurse), nurse}, DryRun: true})
	if err != nil || !would.DryRun || would.Messages != 1 || would.Facts != 1 || !slices.Equal(would.MessageIDs, []string{nurse}) {
		t.Errorf("%+v %v", would, err)
	}
	if got := e.facts(interview.FactQuery{}); len(got) != 2 {
		t.Errorf("a dry run has left %q", got)
	}
	did, err := e.Forget(t.Context(), interview.ForgetInput{Matching: "NURSE"})
	if err != nil || did.DryRun || did.Messages != 2 || did.Facts != 2 {
		t.Errorf("%+v %v", did, err)
	}
	if got := e.raw("GET", "/api/v1/me/export", "").body; strings.Contains(got, "nurse") || strings.Count(got, interview.ForgottenText) < 2 {
		t.Errorf("left: %s", got)
	}
	again := e.raw("POST", "/api/v1/forget", `{"matching":"nurse"}`)
	if want := `{"messages":0,"replies":0,"previousTexts":0,"facts":0,`; again.status != http.StatusOK || !strings.HasPrefix(again.body, want) ||
		!strings.Contains(again.body, `"messageIds":[]`) {
		t.Errorf("again: %d %s", again.status, again.body)
	}
}

func TestForget_IsRefusedWhileATurnRuns(t *testing.T) {
	t.Parallel()
	g := newGate("Not", "ed.")
	e := setup(t, func(o *options) { o.agent.reply = g.reply })
	c, in := e.conversation(), interview.TurnInput{ID: interview.NewID(), Content: "I am a nurse."}
	ended := make(chan turn, 1)
	started := make(chan struct{})
	go func() {
		ended <- follow(func(yield func(interview.Event, error) bool) {
			for ev, err := range e.Send(t.Context(), c, in) {
				if ev.Kind == interview.EventStarted {
					close(started)
				}
				if !yield(ev, err) {
					return
				}
			}
		})
	}()
	<-started
	got := e.raw("POST", "/api/v1/forget", `{"matching":"nurse"}`)
	checkRefused(t, got, refused{interview.CodeTurnInProgress, ""})
	g.pass(3)
	(<-ended).check(t, "started delta completed", "Noted.")
	if report, err := e.Forget(t.Context(), interview.ForgetInput{Matching: "nurse"}); err != nil || report.Messages != 1 {
		t.Errorf("%+v %v", report, err)
	}
}
