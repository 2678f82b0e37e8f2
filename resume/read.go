package resume

import (
	"strconv"
	"strings"
	"time"
)

// orgOf is the organisation that a fact names.
func orgOf(f fact) string {
	if org := f.said("org"); org != "" {
		return org
	}
	return cut(bare(f.text), "at ", "for ", "with ", "joined ", "I work at ", "I work for ", "I worked at ", "I worked for ", "works at ", "worked at ", "worked for ")
}

// roleOf is the role that a fact names.
func roleOf(f fact) string {
	if role := f.said("role"); role != "" {
		return role
	}
	text := bare(f.text)
	for _, lead := range []string{
		"I am ", "I'm ", "I’m ", "I was ", "I have been ", "I've been ", "I’ve been ", "I work as ", "I worked as ", "I became ", "I got promoted to ", "I was promoted to ",
		"we were ", "working as ", "work as ", "worked as ", "works as ", "became ", "promoted to ", "as ", "my title is ", "title is ",
	} {
		if rest := cut(text, lead); rest != text {
			text = rest
			break
		}
	}
	text = cut(text, "now ", "currently ")
	return cut(text, "a ", "an ", "the ")
}

// spanOf reads the start or the end from a fact of the time that something took, as a date.
func spanOf(which string) func(fact) string {
	return func(f fact) string {
		text, ok := f.value[which].(string)
		if !ok {
			number, _ := f.value[which].(float64)
			text = strconv.FormatFloat(number, 'f', -1, 64)
		}
		if month, _ := f.value["month"].(string); len(text) == 4 && len(month) >= 3 {
			if t, err := time.Parse("Jan 2006", capitalised(strings.ToLower(month[:3]))+" "+text); err == nil {
				return date(t.Format("2006-01"))
			}
		}
		return date(text)
	}
}

// cut takes the first of the words that the text begins with off it, in any case.
func cut(text string, leads ...string) string {
	for _, lead := range leads {
		if len(text) > len(lead) && strings.EqualFold(text[:len(lead)], lead) {
			return text[len(lead):]
		}
	}
	return text
}

// year returns the last year that stands in a text, as a date, or nothing.
func year(text string) string {
	found := ""
	for _, w := range strings.FieldsFunc(text, func(r rune) bool { return r < '0' || r > '9' }) {
		if n, err := strconv.Atoi(w); err == nil && len(w) == 4 && n >= 1940 && n < 2100 {
			found = w
		}
	}
	return found
}

// named returns the first words from a place on that are written like a name: capitals, with "of", "the" and the like between them.
func named(words []string) string {
	var list []string
	kept := 0
	for _, w := range words {
		c := core(w)
		switch {
		case c != "" && (c[0] >= 'A' && c[0] <= 'Z' || c[0] >= 0x80) && c != "I":
			list = append(list, strings.Trim(w, `,;:.!?()"“”`))
			kept = len(list)
		case (w == "of" || w == "and" || w == "&" || w == "for" || w == "in" || w == "the" || w == "de") && len(list) > 0:
			list = append(list, w)
		case w == "the" && len(list) == 0:
			continue
		default:
			return strings.Join(list[:kept], " ")
		}
		if strings.ContainsAny(w[len(w)-1:], ",;:.!?)") {
			break
		}
	}
	return strings.Join(list[:kept], " ")
}

// after returns the name that follows the first of the cues in a text, or nothing.
func after(text string, cues ...string) string {
	words := strings.Fields(text)
	for i, w := range words {
		for _, cue := range cues {
			if strings.EqualFold(w, cue) {
				if name := named(words[i+1:]); name != "" && !calendar(name) {
					return name
				}
			}
		}
	}
	return ""
}
