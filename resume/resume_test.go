package resume_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/resume"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestResume_RendersAsItAlwaysDid(t *testing.T) {
	t.Parallel()
	r := build(nurse())
	document, err := r.JSON()
	if err != nil {
		t.Fatal(err)
	}
	page, err := r.HTML()
	if err != nil {
		t.Fatal(err)
	}
	for name, got := range map[string]string{"nurse.json": string(document), "nurse.md": r.Markdown(), "nurse.txt": r.Text(), "nurse.html": page} {
		file := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
		}
	}
	var back resume.Resume
	if err := json.Unmarshal(document, &back); err != nil {
		t.Fatal(err)
	}
	if again, err := back.JSON(); err != nil || !bytes.Equal(again, document) {
		t.Errorf("read and written again it is another: %s %v", again, err)
	}
}

// schema is that of JSON Resume 1.0.0, with the formats of its texts checked.
func schema(t testing.TB) *jsonschema.Schema {
	t.Helper()
	text, err := os.ReadFile("testdata/schema.json")
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("schema.json", document); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// invalid holds a document against the schema.
func invalid(s *jsonschema.Schema, document []byte) error {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(document))
	if err != nil {
		return err
	}
	return s.Validate(value)
}

// TestSchema_JudgesAsTheRealValidators shows that the check behind the other tests notices what real validators do.
func TestSchema_JudgesAsTheRealValidators(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/cases.json")
	if err != nil {
		t.Fatal(err)
	}
	var recorded struct {
		Cases []struct {
			Name  string
			Doc   json.RawMessage
			Valid bool
		}
	}
	if err := json.Unmarshal(text, &recorded); err != nil || len(recorded.Cases) == 0 {
		t.Fatal(len(recorded.Cases), err)
	}
	s := schema(t)
	for _, c := range recorded.Cases {
		if err := invalid(s, c.Doc); (err == nil) != c.Valid {
			t.Errorf("%s: %v, want valid: %v", c.Name, err, c.Valid)
		}
	}
}

func TestBuild_OfNothingIsAResumeAllTheSame(t *testing.T) {
	t.Parallel()
	s := schema(t)
	for name, r := range map[string]resume.Resume{
		"nil memory": resume.Build(ada(), nil, minute(5)), "local user": resume.Build(interview.LocalUser(), &interview.Memory{}, minute(5)),
		"no name": resume.Build(interview.User{ID: "u", Email: "nobody"}, nil, minute(5)),
	} {
		document, err := r.JSON()
		if err != nil || invalid(s, document) != nil {
			t.Errorf("%s: %s %v %v", name, document, err, invalid(s, document))
		}
		if !bytes.Contains(document, []byte(`"location": {}`)) || !bytes.Contains(document, []byte(`"work": []`)) || r.Meta.LastModified == "" {
			t.Errorf("%s: %s", name, document)
		}
		if want := map[string]string{"nil memory": "Ada Bright"}[name]; r.Basics.Name != want && r.Basics.Name != resume.NoName {
			t.Errorf("%s: the name is %q", name, r.Basics.Name)
		}
	}
	local := resume.Build(interview.LocalUser(), nil, minute(5))
	if local.Basics.Email != "" || local.Named(" <b>Ada</b>\n").Basics.Name != "Ada" || local.Named("\x1b").Basics.Name != resume.NoName {
		t.Errorf("%+v", local.Basics)
	}
}

func TestBuild_TakenBackFactsAreOut(t *testing.T) {
	t.Parallel()
	tell := newTeller()
	tell.experience(interview.Experience{ID: "a", Kind: interview.KindWork, Org: "Acme", Role: "welder", Start: "2012", Current: true})
	tell.says("I'm a welder at Acme since 2012, I welded 900 frames and led a team of 28.")
	tell.fact("a", "role", "role", "I'm a welder", status(interview.FactSuperseded))
	tell.fact("a", "org", "org", "Acme", status(interview.FactRejected))
	tell.fact("a", "span", "span.start", "since 2012", value(`{"start":"2012"}`), status(interview.FactRejected))
	tell.fact("a", "metric", "metric.frames", "I welded 900 frames", status(interview.FactRejected))
	tell.fact("a", "team", "team.size", "team of 28", status(interview.FactSuperseded))
	tell.says("Sorry, I'm a shift lead, and we are a team of 26.")
	tell.fact("a", "role", "role", "I'm a shift lead", confirmed, func(f *interview.Fact) { f.Supersedes = tell.Facts[0].ID })
	tell.fact("a", "team", "team.size", "team of 26", confirmed)
	r := build(tell.Memory)
	document, err := r.JSON()
	if err != nil {
		t.Fatal(err)
	}
	for _, gone := range []string{"elder", "Acme", "2012", "900", "28"} {
		if strings.Contains(string(document), gone) {
			t.Errorf("%q is in %s", gone, document)
		}
	}
	if len(r.Work) != 1 || r.Work[0].Position != "Shift lead" || r.Basics.Label != "Shift lead" || r.Work[0].Summary != "Team of 26." {
		t.Errorf("%s", document)
	}
}

func TestBuild_OfContradictionsTheConfirmedOrElseTheNewer(t *testing.T) {
	t.Parallel()
	for _, firstConfirmed := range []bool{false, true} {
		tell := newTeller()
		tell.experience(interview.Experience{ID: "a", Kind: interview.KindWork, Org: "Acme"})
		tell.says("We are a team of 12.")
		old := tell.fact("a", "team", "team.size", "team of 12", status(interview.FactConflict))
		tell.says("We are a team of 14.")
		now := tell.fact("a", "team", "team.size", "team of 14", status(interview.FactConflict))
		want := "Team of 14."
		if firstConfirmed {
			old.Status, want = interview.FactConfirmed, "Team of 12."
		}
		if r := build(tell.Memory); r.Work[0].Summary != want {
			t.Errorf("%+v, want %q", r.Work[0], want)
		}
		p := resume.View(tell.Memory, interview.CoverageReport{})
		facts := p.Experiences[0].Facts
		if facts[0].Used != firstConfirmed || facts[1].Used == firstConfirmed || !slices.Equal(facts[0].Conflicts, []string{now.ID}) || !slices.Equal(facts[1].Conflicts, []string{old.ID}) {
			t.Errorf("%+v", facts)
		}
	}
}

func TestBuild_WhatNoLongerHoldsIsOut(t *testing.T) {
	t.Parallel()
	tell := newTeller()
	tell.experience(interview.Experience{ID: "a", Kind: interview.KindWork, Org: "Acme"})
	tell.says("We are a team of 12.")
	tell.fact("a", "team", "team.size", "team of 12", func(f *interview.Fact) { f.ValidTo = "2026-10" })
	tell.says("We are 14 nurses.")
	tell.fact("a", "team", "team.size", "14 nurses", func(f *interview.Fact) { f.ValidFrom = "2026-10" })
	if r := build(tell.Memory); r.Work[0].Summary != "Team: 14 nurses." {
		t.Errorf("%+v", r.Work[0])
	}
	if facts := resume.View(tell.Memory, interview.CoverageReport{}).Experiences[0].Facts; len(facts) != 2 || facts[0].Used || !facts[1].Used || facts[0].Conflicts != nil {
		t.Errorf("%+v", facts)
	}
}

func TestBuild_ANewRoleTakesThePlaceOfTheOldOne(t *testing.T) {
	t.Parallel()
	tell := newTeller()
	tell.experience(interview.Experience{ID: "a", Kind: interview.KindWork, Org: "Acme", Role: "welder", Current: true})
	tell.says("I'm a welder.")
	old := tell.fact("a", "role", "role", "I'm a welder", value(`{"role":"welder"}`))
	if r := build(tell.Memory); r.Work[0].Position != "Welder" || !slices.Equal(r.Meta.Sources["work.0.position"], []string{old.ID}) {
		t.Errorf("%+v", r)
	}
	old.ValidTo = "2026-10"
	tell.says("I'm a shift lead now.")
	now := tell.fact("a", "role", "role", "I'm a shift lead now", value(`{"role":"shift lead"}`))
	if r := build(tell.Memory); r.Work[0].Position != "Shift lead" || !slices.Equal(r.Meta.Sources["work.0.position"], []string{now.ID}) {
		t.Errorf("%+v", r)
	}
}

func TestBuild_JobsAreNewestFirstAndOldOnesShort(t *testing.T) {
	t.Parallel()
	tell := newTeller()
	years := map[string][2]string{"a": {"2001", "2009"}, "b": {"2024", ""}, "c": {"2020", "2023"}, "d": {"2015", "2018"}, "e": {"2012-02-30", "2014"}, "f": {"2018", "2011"}, "g": {}}
	for _, id := range []string{"a", "b", "c", "d", "e", "f", "g"} {
		tell.experience(interview.Experience{ID: id, Kind: interview.KindWork, Org: "Org " + id, Start: years[id][0], End: years[id][1], Current: id == "b"})
		for _, what := range []string{"boxes", "frames", "doors", "chairs", "tables", "lamps", "stairs"} {
			tell.says("I built " + what + " for " + id)
			tell.fact(id, "action", "action."+what, "built "+what)
		}
	}
	r := build(tell.Memory)
	var got []string
	for _, w := range r.Work {
		got = append(got, w.Name[4:]+" "+w.StartDate+"-"+w.EndDate+" "+strings.Repeat("*", len(w.Highlights)))
	}
	want := []string{"b 2024- ******", "c 2020-2023 ******", "f 2018- ******", "d 2015-2018 ***", "e -2014 ***", "a 2001-2009 ", "g - ***"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestBuild_BlankExperiencesAreOut(t *testing.T) {
	t.Parallel()
	for _, kind := range []interview.ExperienceKind{interview.KindWork, interview.KindProject, interview.KindEducation, interview.KindVolunteer} {
		tell := newTeller()
		tell.experience(interview.Experience{ID: "a", Kind: kind, Current: true, Start: "2019"})
		r := build(tell.Memory)
		if len(r.Work)+len(r.Projects)+len(r.Education)+len(r.Volunteer) != 0 || len(resume.View(tell.Memory, interview.CoverageReport{}).Experiences) != 0 {
			t.Errorf("%s: %+v", kind, r)
		}
	}
}

func TestBuild_TagsAndControlCharactersAreOut(t *testing.T) {
	t.Parallel()
	tell := newTeller()
	said := "built <<b>script>alert(1)</script> \x1b[31m a\u202e*sheet* for 3 < 4 & <!-- wards\x00 </p"
	tell.experience(interview.Experience{ID: "a", Kind: interview.KindWork, Org: "Ac<b>me</b>\n\tLtd", Role: "<img src=x onerror=alert(1)>", Label: "x", Start: "yesterday"})
	tell.says(said)
	tell.fact("a", "action", "action.a", said)
	tell.says("javascript:alert(1) http://user:pass@example.org http://exa mple.org")
	tell.fact("", "link", "link.a", "javascript:alert(1)")
	tell.fact("", "link", "link.b", "http://user:pass@example.org")
	r := build(tell.Memory)
	if w := r.Work[0]; w.Name != "Acme Ltd" || w.Position != "" || w.StartDate != "" || !slices.Equal(w.Highlights, []string{"Built alert(1) [31m a*sheet* for 3 < 4 & !-- wards /p"}) {
		t.Errorf("%+v", w)
	}
	document, err := r.JSON()
	page, err2 := r.HTML()
	if err != nil || err2 != nil {
		t.Fatal(err, err2)
	}
	for _, bad := range []string{"<script", "<img", "onerror=", "javascript:", "\x1b", "\u202e", "user:pass"} {
		for _, text := range []string{string(document), r.Markdown(), r.Text(), page} {
			if strings.Contains(text, bad) {
				t.Errorf("%q is in %s", bad, text)
			}
		}
	}
}

func TestBuild_LeavesOutAnAddressThatWasMadeUp(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"ada@example.org": "ada@example.org", "kx3vq@users.invalid": "", "kx3vq@Users.INVALID": "", "ada@localhost": "", "ada@home.test": "", "": "",
	} {
		user := ada()
		user.Email = address
		r := resume.Build(user, newTeller().Memory, minute(9))
		if document, err := r.JSON(); err != nil || r.Basics.Email != want || want == "" && bytes.Contains(document, []byte("@")) {
			t.Errorf("%q became %q (%v): %s", address, r.Basics.Email, err, document)
		}
	}
}
