package resume

import "strings"

// Markdown renders a résumé as CommonMark. What the user said is escaped: it shows as it is.
func (r Resume) Markdown() string {
	p := layout(r)
	var b strings.Builder
	b.WriteString("# " + escape(p.Name) + "\n")
	if p.Label != "" {
		b.WriteString("\n**" + escape(p.Label) + "**\n")
	}
	if len(p.Contact) > 0 {
		b.WriteString("\n" + strings.Join(texts(p.Contact, escape), " · ") + "\n")
	}
	for _, s := range p.Sections {
		b.WriteString("\n## " + s.Title + "\n")
		if s.Text != "" {
			b.WriteString("\n" + escape(s.Text) + "\n")
		}
		writeList(&b, s.Lines)
		for _, e := range s.Entries {
			b.WriteString("\n### " + escape(joined(", ", e.Title, e.Dates)) + "\n")
			if e.Summary != "" {
				b.WriteString("\n" + escape(e.Summary) + "\n")
			}
			writeList(&b, e.Lines)
		}
	}
	return b.String()
}

func writeList(b *strings.Builder, lines []string) {
	if len(lines) > 0 {
		b.WriteString("\n")
	}
	for _, line := range lines {
		b.WriteString("- " + escape(line) + "\n")
	}
}

func texts(list []contact, shown func(string) string) []string {
	var all []string
	for _, c := range list {
		all = append(all, shown(c.Text))
	}
	return all
}

// escape makes plain text Markdown that shows as it is: every mark that has a meaning anywhere in a line is escaped, and at the beginning of one those of lists,
// headings and rules too.
func escape(text string) string {
	var b strings.Builder
	for i, r := range text {
		if strings.ContainsRune("\\`*_[]<>#|~&$^=", r) || r == '!' && i+1 < len(text) && text[i+1] == '[' || i == 0 && (r == '-' || r == '+' || r == ':') {
			b.WriteByte('\\')
		}
		if (r == '.' || r == ')') && i > 0 && strings.Trim(text[:i], "0123456789") == "" { // "1. " would begin a list
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}
