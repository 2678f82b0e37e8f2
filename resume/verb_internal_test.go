package resume

import "testing"

func TestIng_OfWhatPeopleDo(t *testing.T) {
	t.Parallel()
	for past, want := range map[string]string{
		"redesigned": "redesigning", "moved": "moving", "stopped": "stopping", "carried": "carrying", "agreed": "agreeing", "cut": "cutting", "built": "building",
		"rewrote": "rewriting", "drew": "drawing", "ran": "running", "set": "setting", "led": "leading", "taught": "teaching", "put": "putting", "oversaw": "overseeing",
		"won": "winning", "made": "making", "kept": "keeping", "began": "beginning", "quit": "quitting", "catalogued": "cataloguing", "beat": "beating", "got": "getting",
		"swam": "swimming", "wrote": "writing", "swept": "sweeping", "split": "splitting", "studied": "studying", "became": "becoming", "overcame": "overcoming",
	} {
		if got, ok := ing(past); !ok || got != want {
			t.Errorf("%s: %q, want %q", past, got, want)
		}
	}
	for _, word := range []string{"need", "hundred", "red", "falls", "the", "ed", ""} {
		if got, ok := ing(word); ok {
			t.Errorf("%q became %q", word, got)
		}
	}
}

func TestPastOf_IsTheWayBack(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]string{
		"rewiring": "rewired", "planning": "planned", "running": "ran", "drawing": "drew", "studying": "studied", "cataloguing": "catalogued", "leading": "led",
		"building": "built", "agreeing": "agreed", "playing": "played", "cutting": "cut", "teaching": "taught",
	} {
		if got, ok := pastOf(word); !ok || got != want {
			t.Errorf("%s: %q, want %q", word, got, want)
		}
	}
	for _, word := range []string{"during", "morning", "thing", "ing", "cut", ""} {
		if got, ok := pastOf(word); ok {
			t.Errorf("%q became %q", word, got)
		}
	}
}
