package resume_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"regexp"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"pgregory.net/rapid"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/resume"
)

// words are what random statements are made of: what the rules look for, and what breaks things.
func words() []string {
	return strings.Fields(`I we I'd I've also redesigned cut built rewiring look after responsible for team of 26 from 40 to minutes by with and , Anna Dr Chen my boss
		the a at University BSc in studied 2019 1899 99999 Award Nightingale Excel like become not but never because <b> </b> <script>alert(1)</script> <img < > & &lt; "
		' ' * _ ` + "`" + ` # - + 1. [x](http://x.example) ![i] | ~~ \ \* $x$ == ^ : {a} http://example.org example.org/a?b=c a@b.org <a@b.org> +44 7911 123456 github.com/x
		é 漢字 👩‍💻 ` + "\u202e\u200b\x1b[31m\x00\u2028 \ufffd \xff \u00a0")
}

func randomText(t *rapid.T, label string) string {
	if rapid.IntRange(0, 9).Draw(t, label+" wild") == 0 {
		return rapid.String().Draw(t, label)
	}
	return strings.Join(rapid.SliceOfN(rapid.SampledFrom(words()), 0, 12).Draw(t, label), " ")
}

func randomDate(t *rapid.T, label string) string {
	return rapid.SampledFrom([]string{"", "2019", "2019-03", "2019-03-31", "2019-02-31", "2019-13", "1899", "0000", "999", "present", "Present", "2030", " 2019"}).Draw(t, label)
}

func randomMemory(t *rapid.T) *interview.Memory {
	m := &interview.Memory{UserID: "u1"}
	kinds := []interview.ExperienceKind{interview.KindWork, interview.KindProject, interview.KindEducation, interview.KindVolunteer, "hobby"}
	for i := range rapid.IntRange(0, 5).Draw(t, "experiences") {
		e := &interview.Experience{
			ID: fmt.Sprint("e", i), Kind: rapid.SampledFrom(kinds).Draw(t, "kind"), Org: randomText(t, "org"), Role: randomText(t, "role"), Start: randomDate(t, "start"),
			End: randomDate(t, "end"), Current: rapid.Bool().Draw(t, "current"), Label: randomText(t, "label"), Position: i, CreatedAt: minute(i), UpdatedAt: minute(i),
		}
		m.Experiences = append(m.Experiences, e)
	}
	for i := range rapid.IntRange(0, 25).Draw(t, "facts") {
		text := randomText(t, "text")
		f := &interview.Fact{
			ID: fmt.Sprint("f", i), Kind: rapid.SampledFrom(interview.FactKinds()).Draw(t, "fact kind"), Key: fmt.Sprint("k", rapid.IntRange(0, 4).Draw(t, "key")), Text: text, Quote: text,
			ExperienceID: rapid.SampledFrom([]string{"", "e0", "e1", "e2", "gone"}).Draw(t, "of"),
			Status: rapid.SampledFrom([]interview.FactStatus{
				interview.FactProposed, interview.FactConfirmed, interview.FactSuperseded, interview.FactConflict, interview.FactRejected,
			}).Draw(t, "status"),
			CreatedAt: minute(i), UpdatedAt: minute(i),
		}
		if rapid.Bool().Draw(t, "value") {
			name := rapid.SampledFrom([]string{"org", "role", "start", "end", "tool", "language", "city", "fluency", "month"}).Draw(t, "value name")
			f.Value, _ = json.Marshal(map[string]any{name: rapid.OneOf(rapid.Just("2019"), rapid.Custom(func(t *rapid.T) string { return randomText(t, "said") })).Draw(t, "said")})
		}
		if n := rapid.IntRange(0, 3).Draw(t, "message"); n > 0 {
			f.Sources = []interview.Source{{MessageID: fmt.Sprint("m", n), Start: 10 * i, End: 10*i + 5}}
		}
		m.Facts = append(m.Facts, f)
	}
	return m
}

// TestBuild_OfAnyMemoryIsValid holds résumés of random memories against the schema and against what themes need.
func TestBuild_OfAnyMemoryIsValid(t *testing.T) {
	t.Parallel()
	s := schema(t)
	rapid.Check(t, func(t *rapid.T) {
		m := randomMemory(t)
		user := interview.User{ID: "u1", Name: randomText(t, "name"), Email: randomText(t, "email")}
		r := resume.Build(user, m, minute(59))
		document, err := r.JSON()
		if err != nil {
			t.Fatal(err)
		}
		if err := invalid(s, document); err != nil {
			t.Fatalf("%v in %s", err, document)
		}
		again, err := resume.Build(user, m, minute(59)).JSON()
		if err != nil || !bytes.Equal(again, document) {
			t.Fatalf("made again it is another: %s\n%s", document, again)
		}
		var value map[string]any
		if err := json.Unmarshal(document, &value); err != nil {
			t.Fatal(err)
		}
		checkTexts(t, "", value)
		for path, ids := range r.Meta.Sources {
			if text, ok := find(value, strings.Split(path, ".")).(string); !ok || text == "" {
				t.Fatalf("%s names no text of %s", path, document)
			}
			for _, id := range ids {
				if f := m.Fact(id); f == nil || !f.Current() {
					t.Fatalf("%s comes from %+v", path, f)
				}
			}
		}
		checkLines(t, r)
		checkRenderings(t, r)
	})
}

// checkTexts fails for null, for empty text, and for text that is not plain.
func checkTexts(t *rapid.T, path string, value any) {
	switch v := value.(type) {
	case nil:
		t.Fatalf("%s is null", path)
	case map[string]any:
		for name, inner := range v {
			checkTexts(t, path+"."+name, inner)
		}
	case []any:
		for i, inner := range v {
			checkTexts(t, fmt.Sprint(path, ".", i), inner)
		}
	case string:
		if strings.TrimSpace(v) == "" || tagOrControl().MatchString(v) {
			t.Fatalf("%s is %q", path, v)
		}
	}
}

func tagOrControl() *regexp.Regexp {
	return regexp.MustCompile(`<[A-Za-z/!?]|[\x00-\x1f\x7f-\x9f\x{202a}-\x{202e}\x{2066}-\x{2069}\x{200b}]`)
}

// find walks down a dotted path.
func find(value any, path []string) any {
	for _, name := range path {
		switch v := value.(type) {
		case map[string]any:
			value = v[name]
		case []any:
			var i int
			if _, err := fmt.Sscan(name, &i); err != nil || i >= len(v) {
				return nil
			}
			value = v[i]
		}
	}
	return value
}

// checkLines fails for a highlight that is too long or comes from nowhere.
func checkLines(t *rapid.T, r resume.Resume) {
	for i, w := range r.Work {
		for k, line := range w.Highlights {
			if len(strings.Fields(line)) > 28 || len(w.Highlights) > 6 || len(r.Meta.Sources[fmt.Sprintf("work.%d.highlights.%d", i, k)]) == 0 {
				t.Fatalf("%d words, %d lines: %q", len(strings.Fields(line)), len(w.Highlights), line)
			}
		}
	}
}

// checkRenderings fails when a rendering shows other text than the résumé has, or anything that works.
func checkRenderings(t *rapid.T, r resume.Resume) {
	var rendered bytes.Buffer
	if err := goldmark.Convert([]byte(r.Markdown()), &rendered); err != nil {
		t.Fatal(err)
	}
	page, err := r.HTML()
	if err != nil {
		t.Fatal(err)
	}
	ours := regexp.MustCompile(`</?(h1|h2|h3|p|ul|li|strong)>`)
	left := ours.ReplaceAllString(rendered.String(), "")
	if tag := regexp.MustCompile(`<[^ ]`).FindString(left); tag != "" {
		t.Fatalf("Markdown of %q made %s in %s", r.Markdown(), tag, rendered.String())
	}
	shown, paged, plain := html.UnescapeString(left), html.UnescapeString(page), r.Text()
	for _, w := range r.Work {
		for _, line := range append([]string{w.Name, w.Position, w.Summary}, w.Highlights...) {
			if !strings.Contains(shown, line) || !strings.Contains(paged, line) || !strings.Contains(plain, line) {
				t.Fatalf("%q is not in %s\n%s\n%s", line, shown, paged, plain)
			}
		}
	}
	if strings.Contains(strings.ToLower(page), "<script") || strings.Contains(page, "javascript:") && !strings.Contains(plain, "javascript:") {
		t.Fatal(page)
	}
}
