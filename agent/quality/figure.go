package quality

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/betterprofile/betterprofile/agent/planner"
)

// figure is a number in a text, with the values that it may have: "1.400" is read in two ways.
type figure struct {
	text   string
	values []float64
}

// figures returns the numbers of a text: in digits, and with words those that are written out in English as well. Ordinals, names with a
// digit ("S3") and idioms ("one or two", "the two of them") are none. In a text to compare with, every part of a number counts as well.
func figures(text string, words, source bool) []figure {
	var list []figure
	if hasDigit(text) {
		list = inDigits(text, source)
	}
	if words && hasNumberWord(text) {
		list = append(list, written(text, source)...)
	}
	return list
}

// hasDigit reports whether a digit of any script is in a text.
func hasDigit(text string) bool {
	for i := range len(text) {
		switch b := text[i]; {
		case b >= '0' && b <= '9':
			return true
		case b >= utf8.RuneSelf:
			return strings.ContainsFunc(text[i:], unicode.IsDigit)
		}
	}
	return false
}

// inDigits returns the numbers in digits.
func inDigits(text string, source bool) []figure {
	var list []figure
	for from := 0; from < len(text); {
		size := strings.IndexFunc(text[from:], parts)
		if size < 0 {
			size = len(text) - from
		}
		field := text[from : from+size]
		if hasDigit(field) {
			list = append(list, fieldFigures(field, text[from+size:], source)...)
		}
		from += size
		if from < len(text) {
			_, size := utf8.DecodeRuneInString(text[from:])
			from += size
		}
	}
	return list
}

// parts reports whether r stands between numbers.
func parts(r rune) bool {
	if r < utf8.RuneSelf {
		switch r {
		case ' ', '\n', '\t', '\r', '\v', '\f', ':', '/', '(', ')', '[', ']', '{', '}', '"', '*', '_', '|', '<', '>', '=', '~':
			return true
		}
		return false
	}
	return unicode.IsSpace(r) || strings.ContainsRune("–—“”„«»…", r)
}

// fieldFigures returns the numbers of a piece of text, with what comes after it.
func fieldFigures(field, after string, source bool) []figure {
	pieces := []string{field}
	first, _ := utf8.DecodeRuneInString(field)
	if strings.Contains(field, "-") || !unicode.IsDigit(first) {
		pieces = strings.Split(field, "-")
	}
	var list []figure
	for _, piece := range pieces {
		if f, ok := digits(piece); ok {
			list = append(list, f.scaled(after, source))
		}
	}
	return list
}

// scaled gives a figure that a word such as "thousand" follows its full value.
func (f figure) scaled(after string, source bool) figure {
	i := strings.IndexFunc(after, unicode.IsSpace) // what belongs to the word of the figure
	if i < 0 {
		return f
	}
	next := strings.TrimLeftFunc(after[i:], unicode.IsSpace)
	if end := strings.IndexFunc(next, unicode.IsSpace); end >= 0 {
		next = next[:end]
	}
	const longest = 12
	if len(next) > longest {
		return f
	}
	scale := scales(strings.ToLower(strings.Trim(next, ".,;!?”)")))
	if scale <= 1 {
		return f
	}
	var values []float64
	for _, v := range f.values {
		values = append(values, v*scale)
	}
	if source {
		values = append(values, f.values...)
	}
	return figure{f.text, values}
}

// digits reads a number in digits from the beginning of a word.
func digits(word string) (figure, bool) {
	word = strings.TrimLeft(word, "+-−±≈<>€£$¥'‘’`,.!?;#&@%^")
	number, rest := "", ""
	for i, r := range word {
		switch v := digitValue(r); {
		case v >= 0:
			number += strconv.Itoa(v)
		case (r == '.' || r == ',' || r == '\'' || r == '’' || r == '٫' || r == '٬') && number != "":
			number += string(r)
		default:
			rest = word[i:]
		}
		if rest != "" {
			break
		}
	}
	number = strings.TrimRight(number, ".,'’٫٬")
	if number == "" || ordinal(rest) {
		return figure{}, false
	}
	return figure{word, readings(number, rest)}, true
}

func ordinal(rest string) bool {
	rest = strings.ToLower(strings.TrimRight(rest, ".,;!?'’”)"))
	return rest == "st" || rest == "nd" || rest == "rd" || rest == "th"
}

// digitValue is the value of a decimal digit of any script, or -1.
func digitValue(r rune) int {
	if r >= '0' && r <= '9' {
		return int(r - '0')
	}
	if !unicode.IsDigit(r) {
		return -1
	}
	v := 0
	for v < 9 && unicode.IsDigit(r-rune(v)-1) {
		v++
	}
	return v
}

// readings returns the values that digits with separators may have, times the factor that letters after them say ("31k").
func readings(number, rest string) []float64 {
	var list []float64
	add := func(s string) {
		if v, err := strconv.ParseFloat(s, 64); err == nil && !slices.Contains(list, v) {
			list = append(list, v)
		}
	}
	parts := strings.FieldsFunc(number, func(r rune) bool { return !unicode.IsDigit(r) })
	last := parts[len(parts)-1]
	add(strings.Join(parts[:max(1, len(parts)-1)], "") + map[bool]string{true: "." + last, false: ""}[len(parts) > 1])
	if len(parts) > 1 && len(last) == 3 {
		list = nil
		add(strings.Join(parts, ""))
		if len(parts) == 2 && !strings.Contains(number, ",") {
			add(parts[0] + "." + last)
		}
	}
	factor := 1.0
	switch unit := strings.ToLower(strings.TrimRight(rest, ".,;!?'’”)")); unit {
	case "k":
		factor = 1e3
	case "m", "mn", "mio":
		factor = 1e6
	case "bn", "b":
		factor = 1e9
	}
	if factor != 1 {
		for _, v := range slices.Clone(list) {
			list = append(list, v*factor)
		}
	}
	return list
}

func scales(w string) float64 {
	switch w {
	case "hundred", "hundreds":
		return 100
	case "thousand", "thousands":
		return 1e3
	case "million", "millions":
		return 1e6
	case "billion", "billions":
		return 1e9
	case "dozen", "dozens":
		return 12
	}
	return 0
}

// unit is the value of a number word up to ninety, or -1.
func unit(w string) float64 {
	if v, ok := units()[w]; ok {
		return v
	}
	return -1
}

var units = sync.OnceValue(func() map[string]float64 {
	values := map[string]float64{}
	for i, w := range strings.Fields(`zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
		eighteen nineteen`) {
		values[w] = float64(i)
	}
	for i, w := range strings.Fields("twenty thirty forty fifty sixty seventy eighty ninety") {
		values[w] = float64(20 + 10*i)
	}
	return values
})

// hasNumberWord reports whether a text may have a number that is written out in English.
func hasNumberWord(text string) bool {
	for w := range planner.EachWord(text) {
		for {
			part, rest, more := strings.Cut(w, "-")
			if numberWord(part) {
				return true
			}
			if !more {
				break
			}
			w = rest
		}
	}
	return false
}

// numberWord reports whether a word is a part of a number.
func numberWord(w string) bool {
	const shortest, longest = 3, 9 // one, seventeen
	if len(w) < shortest || len(w) > longest {
		return false
	}
	switch w[0] | 0x20 {
	case 'z', 'o', 't', 'f', 's', 'e', 'n', 'h', 'm', 'b', 'd':
	default:
		return false
	}
	w = strings.ToLower(w)
	_, found := units()[w]
	return found || scales(w) > 0 || w == "half" || w == "halved" || w == "doubled" || w == "twice" || w == "tripled"
}

// written returns the numbers written out in English.
func written(text string, source bool) []figure {
	words := planner.Words(strings.ReplaceAll(strings.ToLower(text), "-", " "))
	var list []figure
	for i := 0; i < len(words); {
		if !numberWord(words[i]) {
			i++
			continue
		}
		if i > 0 && scales(words[i]) > 0 && digitValue([]rune(words[i-1])[0]) >= 0 {
			i++ // "2 million" was read as digits
			continue
		}
		value, n := numberAt(words, i)
		if n == 0 {
			value, n = fraction(words, i)
		}
		if n == 0 {
			i++
			continue
		}
		if source || !idiom(words, i, n) {
			list = append(list, figure{strings.Join(words[i:i+n], " "), []float64{value}})
		}
		for j := i; source && j < i+n; j++ {
			list = append(list, figure{words[j], []float64{max(unit(words[j]), scales(words[j]))}})
		}
		i += n
	}
	return list
}

// numberAt reads a number of several words; n is how many they are.
func numberAt(words []string, i int) (value float64, n int) {
	total, part := 0.0, -1.0
	for j := i; j < len(words); j++ {
		u, s := unit(words[j]), scales(words[j])
		switch {
		case u >= 0 && (part < 0 || u < 10 && part >= 20 && math.Mod(part, 10) == 0 || math.Mod(part, 100) == 0 && part > 0):
			part = max(part, 0) + u
		case s == 100 || s == 12:
			part = max(part, 1) * s
		case s > 0:
			total, part = total+max(part, 1)*s, 0
		case words[j] == "and" && n > 0 && j+1 < len(words) && unit(words[j+1]) >= 0 && scales(words[j-1]) > 0:
			continue
		default:
			return total + max(part, 0), n
		}
		n = j - i + 1
	}
	return total + max(part, 0), n
}

func fraction(words []string, i int) (float64, int) {
	switch words[i] {
	case "half", "halved":
		return 0.5, 1
	case "doubled", "twice", "tripled":
		return 2, 1
	}
	return 0, 0
}

// idiom reports whether a number word at i says no amount.
func idiom(words []string, i, n int) bool {
	if n > 1 {
		return false
	}
	word, before, after := words[i], " ", " "
	if i > 0 {
		before = words[i-1]
	}
	if i+1 < len(words) {
		after = words[i+1]
	}
	switch {
	case word == "one" || word == "zero" || word == "twice":
		return true
	case word == "two":
		return slices.Contains([]string{"the", "these", "those", "or", "other", "between", "your"}, before) || after == "of"
	case word == "half":
		return slices.Contains([]string{"first", "second", "other", "better"}, before) || after == "way"
	case word == "hundred":
		return after == "percent"
	}
	return false
}

// invented returns the figures of a reply that occur in none of the sources. A span of time that an ask looks back or ahead over ("the last
// two years") is no claim.
func invented(reply string, english bool, asks []Ask, sources []string) []string {
	if !hasDigit(reply) && !(english && hasNumberWord(reply)) {
		return nil
	}
	list := figures(withoutSpans(reply, english, asks), english, false)
	for _, s := range sources {
		if len(list) == 0 {
			return nil
		}
		known := values(figures(s, true, true))
		list = slices.DeleteFunc(list, func(f figure) bool {
			return slices.ContainsFunc(f.values, func(v float64) bool { return known[v] })
		})
	}
	var texts []string
	for _, f := range list {
		texts = append(texts, f.text)
	}
	return texts
}

// values are all that figures may be.
func values(list []figure) map[float64]bool {
	known := make(map[float64]bool, len(list))
	for _, f := range list {
		for _, v := range f.values {
			known[v] = true
		}
	}
	return known
}

// withoutSpans returns a reply without the spans of time in its asks, and without the numbers of its list.
func withoutSpans(reply string, english bool, asks []Ask) string {
	whole := reply
	lines := strings.Split(reply, "\n")
	for i, line := range lines {
		head, rest, found := strings.Cut(strings.TrimSpace(line), " ")
		if found && strings.TrimRight(head, ".)") != head && len(head) <= 4 && unicode.IsDigit(rune(head[0])) {
			lines[i] = rest
		}
	}
	reply = strings.Join(lines, "\n")
	if !english {
		return reply
	}
	if reply != whole {
		asks = Asks(reply)
	}
	for _, ask := range slices.Backward(asks) {
		words := strings.Fields(ask.Text)
		for i := 1; i+1 < len(words); i++ {
			lead := strings.ToLower(words[i-1])
			if slices.Contains([]string{"last", "past", "next", "in", "first", "coming"}, lead) && unit(strings.ToLower(words[i])) > 0 && timeUnit(words[i+1]) {
				words[i] = "some"
			}
		}
		reply = reply[:ask.Start] + strings.Join(words, " ") + reply[ask.End:]
	}
	return reply
}

func timeUnit(w string) bool {
	switch strings.TrimSuffix(strings.ToLower(strings.Trim(w, ".,;?!")), "s") {
	case "year", "month", "week", "day", "hour":
		return true
	}
	return false
}

// AsksFigure reports whether an English ask is about figures.
func AsksFigure(ask string) bool {
	line := " " + strings.Join(planner.Words(plain(ask)), " ") + " "
	for _, part := range []string{
		"how many", "how much", "number", "numbers", "figure", "figures", "percent", "percentage", "how often", "how large", "how big", "how fast",
		"rough guess", "measure", "measured", "metric", "metrics", "kpi", "roughly how", "about how", "how long did", "by how", "in money", "put a value",
	} {
		if strings.Contains(line, " "+part+" ") {
			return true
		}
	}
	return false
}
