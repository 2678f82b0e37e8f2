package quality

import (
	"regexp"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

var (
	htmlPattern = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile("</?[A-Za-z][^<>\n]*>|<!|&(?:[a-z]{2,8}|#\\d+);|\\{\\{?[a-z.]+\\}?\\}")
	})
	markdownPattern = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile("(?m)\\*\\*[^*\n]+\\*\\*|__[^_\n]+__|(?:^|\\s)[*_][^\\s*_][^*_\n]*[*_](?:\\W|$)|`[^`\n]+`|```|^\\s*#{1,6}\\s|^\\s*>\\s|\\[[^\\]\n]+\\]\\([^)\n]+\\)|^\\s*\\|.*\\|")
	})
)

// markup checks a reply, its quotations hidden: first for what could be more than text, then for what is only not plain. A recap may be a list.
func (f *faults) markup(bare string, c Context) {
	if strings.ContainsAny(bare, "<&{") {
		if part := htmlPattern().FindString(bare); part != "" {
			f.add(KindMarkup, "%q", part)
			return
		}
	}
	if strings.ContainsAny(bare, "*_`#>[|") {
		if part := markdownPattern().FindString(bare); part != "" {
			f.soft(KindMarkup, "%q", strings.TrimSpace(part))
			return
		}
	}
	if part := listItem(bare); part != "" && !c.Recap && c.Act != "summary" {
		f.soft(KindMarkup, "a list: %q", part)
		return
	}
	if i := strings.IndexFunc(bare, emoji); i >= 0 {
		f.soft(KindMarkup, "emoji: %q", string([]rune(bare[i:])[0]))
	}
}

// listItem returns what the first item of a list begins with: a dash, a bullet or a number.
func listItem(text string) string {
	for line := range strings.Lines(text) {
		head := strings.TrimLeft(line, " \t\r")
		mark := head[:len(head)-len(strings.TrimLeft(head, "0123456789"))]
		if r, size := utf8.DecodeRuneInString(head); mark == "" && strings.ContainsRune("-*•–+", r) {
			mark = head[:size]
		} else if n := len(mark); n >= 1 && n <= 2 && n < len(head) && (head[n] == '.' || head[n] == ')') {
			mark = head[:n+1]
		} else {
			continue
		}
		if next, _ := utf8.DecodeRuneInString(head[len(mark):]); unicode.IsSpace(next) {
			return mark
		}
	}
	return ""
}

// emoji reports whether r is a picture.
func emoji(r rune) bool {
	return r >= 0x1F000 && r <= 0x1FAFF || r >= 0x2600 && r <= 0x27BF && unicode.Is(unicode.So, r) || r == 0xFE0F
}
