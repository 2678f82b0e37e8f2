package resume

import (
	"net/mail"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// clean makes text fit for any theme: one line, valid UTF-8, no control or invisible characters, no tags. Themes print HTML as it is, so nothing
// that a browser could take for the beginning of a tag is left: '<' with a letter, '/', '!' or '?' after it.
func clean(text string) string {
	text = strings.ToValidUTF8(text, "")
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case r == utf8.RuneError, unicode.IsControl(r), unicode.Is(unicode.Co, r), unicode.Is(unicode.Cf, r) && r != '\u200d' && r != '\u200c':
			return -1
		}
		return r
	}, text)
	for {
		less := removeTag(text)
		if less == text {
			break
		}
		text = less // what is left may have come together to another one
	}
	return strings.Join(strings.Fields(strings.TrimRight(text, "< ")), " ")
}

// removeTag takes the last tag out: up to its end, or only its '<' when it has none.
func removeTag(text string) string {
	for i := len(text) - 2; i >= 0; i-- {
		if text[i] != '<' || !opensTag(text[i+1]) {
			continue
		}
		if end := strings.IndexByte(text[i:], '>'); end > 0 {
			return text[:i] + text[i+end+1:]
		}
		return text[:i] + text[i+1:]
	}
	return text
}

func opensTag(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b == '/' || b == '!' || b == '?'
}

// date returns a date of the form YYYY, YYYY-MM or YYYY-MM-DD that there is in a calendar, or nothing.
func date(s string) string {
	for _, layout := range []string{"2006", "2006-01", time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil && t.Year() >= 1000 && t.Year() < 3000 {
			return s
		}
	}
	return ""
}

// yearOf returns the year of a date, 0 without one.
func yearOf(s string) int {
	if t, err := time.Parse("2006", s[:min(len(s), 4)]); err == nil {
		return t.Year()
	}
	return 0
}

// email returns an address of plain form that mail can reach, or nothing.
func email(s string) string {
	at, err := mail.ParseAddress(s)
	if err != nil || at.Address != s || len(s) > 254 || strings.ContainsFunc(s, odd) {
		return ""
	}
	local, domain, _ := strings.Cut(s, "@")
	if !strings.Contains(domain, ".") || reserved(domain) || strings.ContainsAny(local, `"<>()[]\,;:`) || strings.ContainsAny(domain, "[]_") || len(local) > 64 {
		return ""
	}
	return s
}

// reserved reports whether a name can never be one of the Internet (RFC 2606, section 2), as that of an account that was made without an address.
func reserved(domain string) bool {
	switch strings.ToLower(domain[strings.LastIndexByte(domain, '.')+1:]) {
	case "invalid", "test", "example", "localhost":
		return true
	}
	return false
}

// link returns a web address with its scheme, or nothing: "example.org" gets "https://".
func link(s string) string {
	if !strings.Contains(s, "://") {
		s = "https://" + s
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || !strings.Contains(strings.Trim(u.Hostname(), "."), ".") ||
		strings.ContainsFunc(s, odd) || strings.ContainsAny(s, "\"<>\\^`{|}") {
		return ""
	}
	return u.String()
}

// odd knows what an address of plain form does not have.
func odd(r rune) bool { return r <= ' ' || r >= 0x7f }

// fold makes texts that say the same equal.
func fold(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

// capitalised returns text with its first letter in upper case, unless its first word is written in a way of its own: "iOS".
func capitalised(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	word, _, _ := strings.Cut(text[size:], " ")
	if size == 0 || strings.ContainsFunc(word, unicode.IsUpper) {
		return text
	}
	return string(unicode.ToUpper(first)) + text[size:]
}

// sentence ends text with a stop.
func sentence(text string) string {
	text = strings.TrimRight(text, " ,;:")
	if text == "" || strings.HasSuffix(text, ".") || strings.HasSuffix(text, "!") || strings.HasSuffix(text, "?") {
		return text
	}
	return text + "."
}

// bare takes the marks off the ends of a statement.
func bare(text string) string { return strings.Trim(text, " \t.,;:!–—-\"“”") }
