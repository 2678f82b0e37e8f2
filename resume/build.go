package resume

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/betterprofile/betterprofile/interview"
)

// Build makes the résumé of a user from what is known of them; m is nil when nothing is, and is not changed. Now decides what is long ago. The local user of
// [interview.LocalUser] has neither name nor address: then the name is NoName.
func Build(user interview.User, m *interview.Memory, now interview.Time) Resume {
	if m == nil {
		m = &interview.Memory{}
	}
	b := newBuilder(m, now)
	b.identify(user)
	b.addWork()
	b.addProjects()
	b.addVolunteering()
	b.addEducation()
	b.addCertificates()
	b.addAwards()
	b.addPublications()
	b.addSkills()
	b.addLanguages()
	b.summarise()
	last := modified(m)
	if last.IsZero() {
		last = cmp.Or(user.CreatedAt, now)
	}
	b.r.Meta.LastModified = last.UTC().Format("2006-01-02T15:04:05")
	return b.r
}

// builder makes one résumé.
type builder struct {
	m     *interview.Memory
	now   interview.Time
	facts []fact // that may be written, in the order said
	posts []post // what is not blank, the newest first
	names names
	told  map[string][]fact // facts that stand elsewhere than in the lines of a post, by the message that they are from
	r     Resume
}

func newBuilder(m *interview.Memory, now interview.Time) *builder {
	b := &builder{m: m, now: now, facts: usable(m), r: empty()}
	orgs := make([]string, 0, len(m.Experiences))
	for _, e := range m.Experiences {
		orgs = append(orgs, e.Org)
	}
	b.names = newNames(b.facts, orgs)
	b.told = apart(b.facts)
	for _, e := range m.Experiences {
		if p, ok := b.post(e); ok {
			b.posts = append(b.posts, p)
		}
	}
	slices.SortStableFunc(b.posts, newest)
	return b
}

// cite notes what a text was made from, if there is one.
func (b *builder) cite(path, text string, ids ...string) {
	if text != "" && len(ids) > 0 {
		b.r.Meta.Sources[path] = slices.Compact(ids)
	}
}

// at is the path of something in the n-th entry of a section.
func at(section string, n int, name string) string {
	return section + "." + strconv.Itoa(n) + "." + name
}

// of returns the facts of a kind, each of those that say the same once.
func (b *builder) of(kind interview.FactKind) []fact {
	var list []fact
	seen := map[string]bool{}
	for _, f := range b.facts {
		if f.Kind != kind {
			continue
		}
		if said := fold(bare(f.text)); !seen[said] {
			seen[said] = true
			list = append(list, f)
		}
	}
	return list
}

// post is an experience ready to be written.
type post struct {
	*interview.Experience
	org, role, start, end field
	current               bool
	label                 string
	facts                 []fact // its own
}

// post reads an experience; false for one of which nothing can be told.
func (b *builder) post(e *interview.Experience) (post, bool) {
	p := post{Experience: e, label: clean(e.Label)}
	for _, f := range b.facts {
		if f.ExperienceID == e.ID {
			p.facts = append(p.facts, f)
		}
	}
	p.org = choose(e.Org, b.m, p.facts, e.ID, "org", orgOf)
	p.role = choose(e.Role, b.m, p.facts, e.ID, "role", roleOf)
	p.role.text = capitalised(p.role.text)
	p.start = choose(date(e.Start), b.m, p.facts, e.ID, "span", spanOf("start"))
	p.end = choose(date(e.End), b.m, p.facts, e.ID, "span", spanOf("end"))
	p.current = e.Current && p.end.text == ""
	if p.end.text != "" && p.start.text != "" && p.end.text[:4] < p.start.text[:4] {
		p.end = field{}
	}
	return p, p.org.text != "" || p.role.text != "" || p.label != "" || len(p.facts) > 0
}

// newest orders posts: those that go on, then by their last year, those without one at the end, in the order told where nothing else decides.
func newest(a, b post) int {
	last := func(p post) string { return cmp.Or(p.end.text, p.start.text) }
	goesOn := func(p post) int {
		if p.current {
			return 1
		}
		return 0
	}
	return cmp.Or(
		cmp.Compare(goesOn(b), goesOn(a)), cmp.Compare(last(b), last(a)), cmp.Compare(b.start.text, a.start.text),
		cmp.Compare(a.Position, b.Position), a.CreatedAt.Compare(b.CreatedAt.Time), cmp.Compare(a.ID, b.ID),
	)
}

// citePost notes what the fields of a post were made from, by the names that its section has for them.
func (b *builder) citePost(section string, n int, org, role string, p post) {
	b.cite(at(section, n, org), p.org.text, p.org.ids...)
	b.cite(at(section, n, role), p.role.text, p.role.ids...)
	b.cite(at(section, n, "startDate"), p.start.text, p.start.ids...)
	b.cite(at(section, n, "endDate"), p.end.text, p.end.ids...)
}
