package agent

import "testing"

func TestLocate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ content, quote, want string }{
		{"We cut it from 55 to 25 minutes.", "cut it from 55 to 25 minutes", "cut it from 55 to 25 minutes"},
		{"We cut  it\nfrom 55", "cut it from 55", "cut  it\nfrom 55"},
		{"I LED the team", "“led the team”", "LED the team"},
		{"They said “no way” to me", `said "no way"`, "said “no way"},
		{"It’s ours", "it's ours", "It’s ours"},
		{"Cafe\u0301 Roma is mine", "café roma", "Cafe\u0301 Roma"},
		{"Café Roma is mine", "cafe\u0301 roma", "Café Roma"},
		{"私は病院で看護師をしています", "病院で看護師", "病院で看護師"},
		{"It is settled; I led it", "led", "led"},
		{"It is settled", "led", ""},
		{"I managed 12 people", "2 people", ""},
		{"I managed 12 people", "managed 13 people", ""},
		{"I managed", "", ""},
		{"I managed", " “” ", ""},
		{"", "x", ""},
		{"\xff\xfe I led it", "led it", "led it"},
	} {
		start, end, ok := locate(c.content, c.quote)
		if ok != (c.want != "") || ok && c.content[start:end] != c.want {
			t.Errorf("locate(%q, %q) = %q, %v; want %q", c.content, c.quote, c.content[start:end], ok, c.want)
		}
	}
}

func FuzzLocate(f *testing.F) {
	f.Add("We cut  it\nfrom “55”", "cut it")
	f.Add("Cafe\u0301 \xff", "é")
	f.Fuzz(func(t *testing.T, content, quote string) {
		start, end, ok := locate(content, quote)
		if ok && (start < 0 || end > len(content) || start >= end) {
			t.Fatalf("locate(%q, %q) = %d, %d", content, quote, start, end)
		}
		if ok && foldText(content[start:end]).text == "" {
			t.Errorf("locate(%q, %q) finds nothing but blanks", content, quote)
		}
	})
}

func TestNegated(t *testing.T) {
	t.Parallel()
	for before, want := range map[string]bool{
		"They did not ": true, "We never really ": true, "I didn't ": true, "They can’t ": true, "with no ": true, "": false,
		"No. I ": false, "I was not there when we ": false, "not at all, though I ": false,
	} {
		if got := negated(before+"trust it", len(before)); got != want {
			t.Errorf("negated(%q) = %v", before, got)
		}
	}
}
