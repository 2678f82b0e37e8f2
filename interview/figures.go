package interview

import (
	"encoding/json"
	"maps"
	"strconv"
	"strings"
	"unicode"
)

// checkFigures checks that every figure in a fact's text and value is in its quote. Errors: invalid, field figure.
func checkFigures(f Fact) error {
	said := figures(f.Quote, true)
	known := map[string]bool{}
	for _, readings := range said {
		for _, r := range readings {
			known[r] = true
		}
	}
	claimed := figures(f.Text, false)
	if len(f.Value) > 0 {
		var value any
		d := json.NewDecoder(strings.NewReader(string(f.Value)))
		d.UseNumber()
		if err := d.Decode(&value); err != nil {
			return Invalid("value", "value must be JSON.")
		}
		maps.Copy(claimed, valueFigures(value))
	}
	for figure, readings := range claimed {
		found := false
		for _, r := range readings {
			found = found || known[r]
		}
		if !found {
			return Invalid("figure", "The quote does not have the figure %s.", figure)
		}
	}
	return nil
}

// valueFigures are the figures in a JSON value, at any depth.
func valueFigures(value any) map[string][]string {
	all := map[string][]string{}
	switch v := value.(type) {
	case json.Number:
		if n, err := strconv.ParseFloat(v.String(), 64); err == nil {
			all[v.String()] = []string{number(n)}
		}
	case string:
		all = figures(v, false)
	case []any:
		for _, item := range v {
			maps.Copy(all, valueFigures(item))
		}
	case map[string]any:
		for _, item := range v {
			maps.Copy(all, valueFigures(item))
		}
	}
	return all
}

// figures returns the figures in a text, as they are written, with the numbers that each can mean: 1.400 is 1400 or 1.4. Numbers in words, "one"
// aside, are figures too. Loose is for what was said, not for what is claimed of it: there "one", "twice", "half" and months count as well.
func figures(text string, loose bool) map[string][]string {
	all := map[string][]string{}
	words := splitWords(text)
	for i := 0; i < len(words); i++ {
		word := words[i]
		if word[0] >= '0' && word[0] <= '9' || hasDigit(word) {
			for _, digits := range digitRuns(word) {
				all[digits] = append(all[digits], scaled(readings(digits), after(word, digits), next(words, i))...)
			}
			continue
		}
		if n, used := wordNumber(words[i:], loose); used > 0 {
			all[strings.Join(words[i:i+used], " ")] = []string{number(n)}
			i += used - 1
		}
	}
	return all
}

// splitWords splits at white space and at what stands between words, but not within figures. Spaces between groups of three digits belong to them.
func splitWords(text string) []string {
	runes := []rune(strings.ToLower(text))
	var words []string
	begin := -1
	for i, r := range runes {
		if belongs(runes, i, r) {
			if begin < 0 {
				begin = i
			}
			continue
		}
		if begin >= 0 {
			words, begin = append(words, string(runes[begin:i])), -1
		}
	}
	if begin >= 0 {
		words = append(words, string(runes[begin:]))
	}
	return words
}

// belongs reports whether the character at a place is within a word.
func belongs(runes []rune, i int, r rune) bool {
	if unicode.IsLetter(r) || unicode.IsDigit(r) {
		return true
	}
	if i == 0 || i+1 >= len(runes) || !isDigit(runes[i-1]) || !isDigit(runes[i+1]) {
		return false
	}
	switch r {
	case '.', ',', '\'', '’':
		return true
	case ' ', '\u00a0', '\u2009', '\u202f': // 31 000
		return groupOfThree(runes, i+1) && groupBefore(runes, i)
	}
	return false
}

// groupOfThree reports whether exactly three digits begin at a place.
func groupOfThree(runes []rune, i int) bool {
	n := 0
	for i+n < len(runes) && isDigit(runes[i+n]) {
		n++
	}
	return n == 3
}

// groupBefore reports whether one to three digits that are no part of a word, as in q3, end before a place.
func groupBefore(runes []rune, i int) bool {
	n := 0
	for i-n > 0 && isDigit(runes[i-n-1]) {
		n++
	}
	return n >= 1 && n <= 3 && (i == n || !unicode.IsLetter(runes[i-n-1]))
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

func hasDigit(word string) bool { return strings.IndexFunc(word, isDigit) >= 0 }

// digitRuns are the figures in a word such as 1,400, q3 or 3x, with their separators.
func digitRuns(word string) []string {
	return strings.FieldsFunc(word, func(r rune) bool { return unicode.IsLetter(r) })
}

// after is what follows the digits in a word: the k of 40k.
func after(word, digits string) string {
	_, rest, _ := strings.Cut(word, digits)
	return rest
}

func next(words []string, i int) string {
	if i+1 < len(words) {
		return words[i+1]
	}
	return ""
}

// scaled adds what a figure means with a unit of a thousand or a million behind it.
func scaled(numbers []float64, suffix, word string) []string {
	factor := 0.0
	for _, unit := range []string{suffix, word} {
		switch unit {
		case "k", "thousand":
			factor = 1e3
		case "m", "mn", "million", "millions":
			factor = 1e6
		case "bn", "billion":
			factor = 1e9
		case "hundred":
			factor = 1e2
		case "dozen":
			factor = 12
		}
		if factor > 0 {
			break
		}
	}
	var all []string
	for _, n := range numbers {
		all = append(all, number(n))
		if factor > 0 {
			all = append(all, number(n*factor))
		}
	}
	return all
}

// readings are the numbers that digits with separators can mean.
func readings(digits string) []float64 {
	digits = strings.Trim(digits, ".,'’ \u00a0\u2009\u202f")
	plain := strings.Map(func(r rune) rune {
		if isDigit(r) {
			return r
		}
		return -1
	}, digits)
	var all []float64
	add := func(text string) {
		if n, err := strconv.ParseFloat(text, 64); err == nil {
			all = append(all, n)
		}
	}
	if plain == digits || grouped(digits) {
		add(plain)
	}
	if at := strings.LastIndexAny(digits, ".,"); at >= 0 && plain != digits {
		whole := strings.Map(func(r rune) rune {
			if isDigit(r) {
				return r
			}
			return -1
		}, digits[:at])
		if !strings.ContainsAny(digits[:at], ".,") || grouped(digits[:at]) {
			add(whole + "." + digits[at+1:])
		}
	}
	return all
}

// grouped reports whether separators stand before groups of three digits throughout.
func grouped(digits string) bool {
	groups := strings.FieldsFunc(digits, func(r rune) bool { return !isDigit(r) })
	for i, g := range groups {
		if i > 0 && len(g) != 3 || i == 0 && len(g) > 3 {
			return false
		}
	}
	return len(groups) > 0
}

// number is n in one form.
func number(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }

// wordNumber reads a number in words from the beginning of words, and how many of them it takes; 0 when there is none.
func wordNumber(words []string, loose bool) (total float64, used int) {
	current, any := 0.0, false
	for i, word := range words {
		switch value, kind := numberWord(word, loose); {
		case kind == wordUnit && (!any || current == 0 || current >= 20 && value < 10 && int(current)%10 == 0 || current >= 100):
			current, any, used = current+value, true, i+1
		case kind == wordScale && value == 100 && any && current > 0 && current < 100:
			current, used = current*100, i+1
		case kind == wordScale && any && current > 0 && value > 100:
			total, current, used = total+current*value, 0, i+1
		case kind == wordScale && !any:
			current, any, used = value, true, i+1
		case kind == wordAlone && !any:
			return value, 1
		case word == "and" && any && used == i && current >= 100 && i+1 < len(words):
			if _, k := numberWord(words[i+1], false); k != wordUnit {
				return total + current, used
			}
		default:
			return only(total+current, used, words, loose)
		}
	}
	return only(total+current, used, words, loose)
}

// only takes back a "one" that stands alone, which mostly is no figure.
func only(n float64, used int, words []string, loose bool) (float64, int) {
	if used == 1 && words[0] == "one" && !loose {
		return 0, 0
	}
	return n, used
}

type wordKind int

const (
	wordNone  wordKind = iota
	wordUnit           // one to ninety
	wordScale          // hundred, thousand, million, dozen
	wordAlone          // complete by itself
)

// numberWord is the number that an English word stands for.
func numberWord(word string, loose bool) (float64, wordKind) {
	const units = " zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen "
	const tens = " twenty thirty forty fifty sixty seventy eighty ninety "
	if at := strings.Index(units, " "+word+" "); at >= 0 {
		return float64(strings.Count(units[:at+1], " ") - 1), wordUnit
	}
	if at := strings.Index(tens, " "+word+" "); at >= 0 {
		return float64(strings.Count(tens[:at+1], " ")+1) * 10, wordUnit
	}
	switch word {
	case "hundred":
		return 100, wordScale
	case "thousand":
		return 1e3, wordScale
	case "million":
		return 1e6, wordScale
	case "dozen":
		return 12, wordAlone
	}
	if !loose {
		return 0, wordNone
	}
	return looseNumber(word)
}

// looseNumber is the number that is meant by words that are no number.
func looseNumber(word string) (float64, wordKind) {
	switch word {
	case "once", "first", "single":
		return 1, wordAlone
	case "twice", "double", "doubled", "both", "pair", "couple", "second":
		return 2, wordAlone
	case "triple", "tripled", "third":
		return 3, wordAlone
	case "half", "halved":
		return 0.5, wordAlone
	case "quarter":
		return 0.25, wordAlone
	}
	const months = " jan feb mar apr may jun jul aug sep oct nov dec "
	if len(word) >= 3 {
		if at := strings.Index(months, " "+word[:3]+" "); at >= 0 && isMonth(word) {
			return float64(at/4 + 1), wordAlone
		}
	}
	return 0, wordNone
}

func isMonth(word string) bool {
	const months = " january february march april may june july august september october november december "
	return len(word) == 3 || strings.Contains(months, " "+word+" ") || word == "sept"
}
