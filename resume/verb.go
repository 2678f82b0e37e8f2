package resume

import (
	"slices"
	"strings"
	"sync"
)

// irregular are verbs with their past form. Regular ones, and those whose past form only adds -ed, are not in it.
const irregular = `beat beat, become became, begin began, bend bent, bind bound, bite bit, blow blew, break broke, bring brought, build built, burn burnt,
buy bought, cast cast, catch caught, choose chose, come came, cost cost, cut cut, deal dealt, dig dug, do did, draw drew, drink drank, drive drove, eat ate,
fall fell, feed fed, feel felt, fight fought, find found, fly flew, forecast forecast, forgive forgave, freeze froze, get got, give gave, go went, grind ground,
grow grew, hang hung, have had, hear heard, hide hid, hit hit, hold held, keep kept, know knew, lay laid, lead led, learn learnt, leave left, lend lent, let let,
light lit, lose lost, make made, mean meant, meet met, offset offset, oversee oversaw, overcome overcame, pay paid, put put, quit quit, read read, rebuild rebuilt,
redraw redrew, redo redid, remake remade, rerun reran, reset reset, rethink rethought, retell retold, rewrite rewrote, ride rode, ring rang, rise rose, run ran,
say said, see saw, seek sought, sell sold, send sent, set set, sew sewed, shake shook, shoot shot, show showed, shut shut, sing sang, sink sank, sit sat, sleep slept,
slide slid, sow sowed, speak spoke, spend spent, spin spun, split split, spread spread, stand stood, steal stole, stick stuck, strike struck, string strung,
sweep swept, swim swam, swing swung, take took, teach taught, tear tore, tell told, think thought, throw threw, undertake undertook, understand understood,
undo undid, uphold upheld, wake woke, wear wore, weave wove, win won, wind wound, withdraw withdrew, write wrote`

// tenses are the irregular verbs by each of their forms.
type tenses struct {
	base map[string]string // by past form
	past map[string]string // by -ing form
}

var verbs = sync.OnceValue(func() tenses {
	t := tenses{base: map[string]string{}, past: map[string]string{}}
	for pair := range strings.SplitSeq(irregular, ",") {
		base, past, _ := strings.Cut(strings.TrimSpace(pair), " ")
		t.base[past] = base
		t.past[ingOf(base)] = past
	}
	return t
})

// notPast are words that end like a past form and are none.
func notPast(word string) bool {
	return slices.Contains([]string{
		"red", "bed", "shed", "hundred", "sacred", "kindred", "need", "seed", "speed", "weed", "breed", "indeed", "exceed", "succeed", "proceed", "feed", "deed",
		"wicked", "naked", "rugged", "embed", "sled", "wed", "biped", "infrared", "unified", "so-called", "skilled", "unskilled", "experienced", "used", "supposed",
	}, word)
}

// isPast reports whether a word in lower case is a verb in the past tense.
func isPast(word string) bool {
	if _, ok := verbs().base[word]; ok {
		return true
	}
	return len(word) > 3 && strings.HasSuffix(word, "ed") && !notPast(word)
}

// ing returns the -ing form of a verb in the past tense: "redesigned", "redesigning". False when it is not known.
func ing(past string) (string, bool) {
	if base, ok := verbs().base[past]; ok {
		return ingOf(base), true
	}
	stem := strings.TrimSuffix(past, "ed")
	switch {
	case !isPast(past), len(stem) < 2:
		return "", false
	case strings.HasSuffix(stem, "i"):
		return strings.TrimSuffix(stem, "i") + "ying", true
	case past == "agreed" || past == "freed" || past == "guaranteed" || past == "refereed" || past == "disagreed":
		return stem + "eing", true
	}
	return stem + "ing", true
}

// ingOf returns the -ing form of an irregular verb.
func ingOf(base string) string {
	vowel := func(b byte) bool { return strings.IndexByte("aeiou", b) >= 0 }
	n := len(base)
	switch {
	case base == "lie":
		return "lying"
	case base == "beat", base == "eat", strings.HasSuffix(base, "ee"), base == "ring", base == "forecast", base == "cast":
		return base + "ing"
	case base[n-1] == 'e':
		return base[:n-1] + "ing"
	case n > 2 && base != "overcome" && !vowel(base[n-1]) && strings.IndexByte("wxy", base[n-1]) < 0 && vowel(base[n-2]) && !vowel(base[n-3]) &&
		!strings.HasSuffix(base, "en") && base != "open":
		return base + base[n-1:] + "ing" // "cutting", "quitting" has its own vowel before
	case base == "quit":
		return "quitting"
	}
	return base + "ing"
}

// pastOf returns the past form of a verb in its -ing form. False when it is none, or hardly a verb: "during", "morning".
func pastOf(word string) (string, bool) {
	if past, ok := verbs().past[word]; ok {
		return past, true
	}
	stem, ok := strings.CutSuffix(word, "ing")
	switch {
	case !ok, len(stem) < 3, slices.Contains([]string{"dur", "morn", "even", "everyth", "someth", "noth", "anyth", "build", "ceil", "accord", "includ", "regard"}, stem),
		!strings.ContainsAny(stem, "aeiouy"):
		return "", false
	case strings.HasSuffix(stem, "y") && !strings.ContainsAny(stem[len(stem)-2:len(stem)-1], "aeou"):
		return strings.TrimSuffix(stem, "y") + "ied", true
	case strings.HasSuffix(stem, "e"): // "agreeing"
		return stem + "d", true
	}
	return stem + "ed", true
}
