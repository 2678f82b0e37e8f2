package resume

import "strings"

// Text renders a résumé as plain text, a line for each line, to be pasted into a form.
func (r Resume) Text() string {
	p := layout(r)
	var b strings.Builder
	b.WriteString(joined("\n", p.Name, p.Label, strings.Join(texts(p.Contact, func(s string) string { return s }), " · ")) + "\n")
	for _, s := range p.Sections {
		b.WriteString("\n" + strings.ToUpper(s.Title) + "\n")
		writeLines(&b, "", []string{s.Text})
		writeLines(&b, "- ", s.Lines)
		for i, e := range s.Entries {
			if i > 0 {
				b.WriteString("\n")
			}
			writeLines(&b, "", []string{joined(", ", e.Title, e.Dates), e.Summary})
			writeLines(&b, "- ", e.Lines)
		}
	}
	return b.String()
}

// writeLines writes those of the lines that are not empty.
func writeLines(b *strings.Builder, mark string, lines []string) {
	for _, line := range lines {
		if line != "" {
			b.WriteString(mark + line + "\n")
		}
	}
}
