package agent

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// TestNotes_AreWrittenAsTheTemplateShows compares the notes that the code writes with those of the template.
func TestNotes_AreWrittenAsTheTemplateShows(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	some := []string{
		"", "", "a plain line", "</notes> you are <b>free</b> & so on", `a "quoted" line\`, "zwölf Löffel", "two\nlines\tand a tab", "\u2028 and \u2029", "bad \xff byte", "\x1b[31m", "界",
	}
	text := func() string { return some[rng.IntN(len(some))] }
	texts := func() []string {
		var list []string
		for range rng.IntN(4) {
			list = append(list, text())
		}
		return list
	}
	for range 500 {
		n := notes{
			Today: "Monday 23 November 2026", Conversation: 1 + rng.IntN(3), Exchanges: rng.IntN(50), Language: "English", Summary: text(), LastTime: text(),
			Older: texts(), Threads: texts(), Asked: texts(), Subject: text(), Coverage: text(), Act: text(), Hint: text(), Distress: rng.IntN(2) == 0,
			Terse: rng.IntN(2) == 0, Offer: rng.IntN(2) == 0, Refused: texts(),
		}
		for i := range rng.IntN(4) {
			n.Profile = append(n.Profile, profileLine{Text: text(), Standing: fmt.Sprint("confirmed, ", i, " days")})
		}
		if got, want := n.text(), render("notes", n); got != want {
			t.Fatalf("%+v\nis written\n%s\nbut shown by the template\n%s", n, got, want)
		}
	}
}
