package quality

import (
	"regexp"
	"strings"
	"sync"
	"unicode"
)

var (
	markupPattern = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile("(?m)\\*\\*[^*\n]+\\*\\*|__[^_\n]+__|(?:^|\\s)[*_][^\\s*_][^*_\n]*[*_](?:\\W|$)|`[^`\n]+`|```|^\\s*#{1,6}\\s|^\\s*>\\s|\\[[^\\]\n]+\\]\\([^)\n]+\\)|^\\s*\\|.*\\||</?[A-Za-z][^<>\n]*>|&(?:[a-z]{2,8}|#\\d+);|\\{\\{?[a-z.]+\\}?\\}")
	})
	listPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?m)^\s*(?:[-*•–+]|\d{1,2}[.)])\s`) })
)

// markup checks a reply, its quotations hidden. A recap may be a list.
func (f *faults) markup(bare string, c Context) {
	if part := markupIn(bare); part != "" {
		f.add(KindMarkup, "%q", strings.TrimSpace(part))
		return
	}
	if part := listPattern().FindString(bare); part != "" && !c.Recap && c.Act != "summary" {
		f.add(KindMarkup, "a list: %q", strings.TrimSpace(part))
		return
	}
	if i := strings.IndexFunc(bare, emoji); i >= 0 {
		f.add(KindMarkup, "emoji: %q", string([]rune(bare[i:])[0]))
	}
}

// markupIn returns the first markup of a text.
func markupIn(text string) string {
	if !strings.ContainsAny(text, "*_`#><[|&{") {
		return ""
	}
	return markupPattern().FindString(text)
}

// emoji reports whether r is a picture.
func emoji(r rune) bool {
	return r >= 0x1F000 && r <= 0x1FAFF || r >= 0x2600 && r <= 0x27BF && unicode.Is(unicode.So, r) || r == 0xFE0F
}
