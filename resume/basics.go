package resume

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"github.com/betterprofile/betterprofile/interview"
)

// identify writes who the résumé is of: the account, and what was said to be reached by.
func (b *builder) identify(user interview.User) {
	basics := &b.r.Basics
	if local := interview.LocalUser(); user.ID != local.ID {
		basics.Name, basics.Email = clean(user.Name), email(clean(user.Email))
	}
	basics.Name = cmp.Or(basics.Name, NoName)
	for _, f := range slices.Concat(b.of("contact"), b.of("link")) {
		b.contact(f)
	}
	b.label()
}

// label is the newest current role.
func (b *builder) label() {
	for _, p := range b.posts {
		if p.current && p.Kind == interview.KindWork && p.role.text != "" {
			b.r.Basics.Label = p.role.text
			b.cite("basics.label", p.role.text, p.role.ids...)
			return
		}
	}
	for _, f := range slices.Backward(b.of("role")) {
		if f.ExperienceID == "" {
			b.r.Basics.Label = capitalised(roleOf(f))
			b.cite("basics.label", b.r.Basics.Label, f.ID)
			return
		}
	}
}

// contact takes from a fact whatever the user can be reached by.
func (b *builder) contact(f fact) {
	basics := &b.r.Basics
	if city := f.said("city"); city != "" {
		basics.Location.City = city
		b.cite("basics.location.city", city, f.ID)
	}
	for _, w := range strings.Fields(f.text) {
		w = strings.Trim(w, `.,;:!?()"“”<>`)
		switch address := email(w); {
		case address != "":
			basics.Email = address
			b.cite("basics.email", address, f.ID)
		case strings.Contains(w, "://") || strings.HasPrefix(w, "www.") || strings.Contains(w, ".com/") || strings.Contains(w, ".org/") || f.Kind == "link":
			b.address(f, w)
		}
	}
	if phone := phoneIn(f.text); phone != "" && f.Kind == "contact" {
		basics.Phone = phone
		b.cite("basics.phone", phone, f.ID)
	}
}

// address takes a web address: as a profile on a site that has such, else as the user's own.
func (b *builder) address(f fact, text string) {
	basics := &b.r.Basics
	address := link(text)
	if address == "" || !strings.Contains(text, ".") {
		return
	}
	u, err := url.Parse(address)
	if err != nil || slices.ContainsFunc(basics.Profiles, func(p Site) bool { return p.URL == address }) {
		return
	}
	host := strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.")
	for _, site := range []struct{ host, network string }{
		{"github.com", "GitHub"},
		{"gitlab.com", "GitLab"},
		{"linkedin.com", "LinkedIn"},
		{"orcid.org", "ORCID"},
		{"xing.com", "XING"},
		{"behance.net", "Behance"},
		{"stackoverflow.com", "Stack Overflow"},
	} {
		if host != site.host && !strings.HasSuffix(host, "."+site.host) {
			continue
		}
		path := strings.Split(strings.Trim(u.Path, "/"), "/")
		b.cite(at("basics.profiles", len(basics.Profiles), "url"), address, f.ID)
		basics.Profiles = append(basics.Profiles, Site{Network: site.network, Username: clean(path[len(path)-1]), URL: address})
		return
	}
	if basics.URL == "" {
		basics.URL = address
		b.cite("basics.url", address, f.ID)
	}
}

// phoneIn returns the first thing in a text that looks like the number of a telephone.
func phoneIn(text string) string {
	from, digits := -1, 0
	for i, r := range text + "\n" {
		switch {
		case r >= '0' && r <= '9':
			if from < 0 {
				from = i
			}
			digits++
		case (r == '+' || r == '(') && from < 0:
			from, digits = i, 0
		case from >= 0 && strings.ContainsRune(" ()-./", r):
		default:
			if from >= 0 && digits >= 7 && digits <= 15 {
				return strings.TrimRight(text[from:i], " (-./")
			}
			from, digits = -1, 0
		}
	}
	return ""
}

// summarise writes two or three sentences: what the user is and since when, the strongest confirmed result, and where they want to go, or else what counts for them.
func (b *builder) summarise() {
	var sentences, ids []string
	add := func(text string, from ...string) {
		if text = sentence(capitalised(text)); text != "" {
			sentences, ids = append(sentences, text), append(ids, from...)
		}
	}
	if len(b.r.Work) > 0 {
		sources := b.r.Meta.Sources
		add(positionLine(b.r.Work[0]), slices.Concat(sources["work.0.position"], sources["work.0.name"], sources["work.0.startDate"], sources["work.0.endDate"])...)
	}
	if line, from := b.strongest(); line != "" {
		add(line, from...)
	}
	if f, text, ok := b.wish(); ok {
		add(text, f.ID)
	}
	b.r.Basics.Summary = strings.Join(sentences, " ")
	b.cite("basics.summary", b.r.Basics.Summary, ids...)
}

// positionLine says what a job is: "Nurse at Riverside Hospital since 2019". It is empty for a job without a role and a name.
func positionLine(w Work) string {
	line := w.Position
	if w.Name != "" {
		line = joined(" ", line, "at "+w.Name)
	}
	if line == "" {
		return ""
	}
	switch {
	case w.StartDate == "":
	case w.Current:
		line += " since " + shownDate(w.StartDate)
	case w.EndDate != "":
		line += ", " + shownDate(w.StartDate) + " to " + shownDate(w.EndDate)
	}
	return line
}

// strongest returns the first line of a job or project that a figure proves and whose facts are all confirmed.
func (b *builder) strongest() (string, []string) {
	sure := map[string]bool{}
	for _, f := range b.facts {
		sure[f.ID] = f.confirmed()
	}
	confirmed := func(ids []string) bool {
		return len(ids) > 0 && !slices.ContainsFunc(ids, func(id string) bool { return !sure[id] })
	}
	lines := func(section string, n int, highlights []string) (string, []string) {
		for i, h := range highlights {
			path := at(section, n, "highlights") + "." + itoa(i)
			if !slices.Contains(b.r.Meta.NeedsMetric, path) && confirmed(b.r.Meta.Sources[path]) {
				return h, b.r.Meta.Sources[path]
			}
		}
		return "", nil
	}
	for i, w := range b.r.Work {
		if line, ids := lines("work", i, w.Highlights); line != "" {
			return line, ids
		}
	}
	for i, p := range b.r.Projects {
		if line, ids := lines("projects", i, p.Highlights); line != "" {
			return line, ids
		}
	}
	return "", nil
}

// wish is the newest goal, else the newest value, as a sentence.
func (b *builder) wish() (fact, string, bool) {
	for _, f := range slices.Backward(b.of("goal")) {
		text, ok := b.names.without(bare(f.text))
		if !ok || len(strings.Fields(text)) > maxWords {
			continue
		}
		text = strings.ReplaceAll(text, "’", "'")
		text = cut(text, "And ", "One day ", "Eventually ", "In the end ", "Some day ", "Someday ", "Long term, ")
		rest := cut(text, "I would really like to ", "I'd really like to ", "I would like to ", "I'd like to ", "I would love to ", "I'd love to ", "I want to ", "I hope to ", "I plan to ", "I aim to ", "want to ")
		if rest != text {
			return f, "Looking to " + rest, true
		}
		if !spoken(text) {
			return f, "Next step: " + text, true
		}
	}
	for _, f := range slices.Backward(b.of("value")) {
		text, ok := b.names.without(bare(f.text))
		if ok && !spoken(text) && len(strings.Fields(text)) <= maxWords {
			return f, "What counts: " + text, true
		}
	}
	return fact{}, "", false
}
