package resume

import (
	"slices"
	"strings"

	"github.com/betterprofile/betterprofile/interview"
)

const (
	manyLines  = 6   // of each of the newest jobs
	fewLines   = 3   // of the older ones
	newestJobs = 3   // how many have many lines
	longAgo    = 15  // years after which a job has no lines at all
	manyFacts  = 300 // of a post, from which its lines are made
)

// addWork adds the jobs. Facts that belong to no experience and tell of work are not lost: they are in the profile, but no job can claim them.
func (b *builder) addWork() {
	jobs := 0
	for _, p := range b.posts {
		if p.Kind != interview.KindWork && knownKind(p.Kind) {
			continue
		}
		n := len(b.r.Work)
		w := Work{
			Name: p.org.text, Position: p.role.text, StartDate: p.start.text, EndDate: p.end.text, Highlights: []string{}, Current: p.current,
		}
		if w.Name == "" && w.Position == "" {
			w.Label = capitalised(p.label)
		}
		w.Summary = b.context(p, at("work", n, "summary"))
		lines := manyLines
		if jobs >= newestJobs {
			lines = fewLines
		}
		b.r.Work = append(b.r.Work, w)
		b.r.Work[n].Highlights = b.highlights(p, "work", n, lines)
		if w.Name == "" && w.Position == "" && w.Label == "" && w.Summary == "" && len(b.r.Work[n].Highlights) == 0 {
			b.r.Work = b.r.Work[:n] // its facts say nothing by themselves
			continue
		}
		b.citePost("work", n, "name", "position", p)
		jobs++
	}
}

func knownKind(kind interview.ExperienceKind) bool {
	return kind == interview.KindProject || kind == interview.KindEducation || kind == interview.KindVolunteer
}

// highlights returns the lines of a post, at most so many, none when it is long ago, and notes where they come from.
func (b *builder) highlights(p post, section string, n, most int) []string {
	lines := []string{}
	last := yearOf(p.end.text)
	if last == 0 {
		last = yearOf(p.start.text)
	}
	if !p.current && last > 0 && last < b.now.Year()-longAgo {
		return lines
	}
	for _, l := range bullets(weighty(p.facts, manyFacts), p.current, b.names, b.told) {
		if len(lines) == most {
			break
		}
		path := at(section, n, "highlights") + "." + itoa(len(lines))
		lines = append(lines, l.text)
		b.cite(path, l.text, l.ids()...)
		if !l.metric {
			b.r.Meta.NeedsMetric = append(b.r.Meta.NeedsMetric, path)
		}
	}
	return lines
}

// apart returns the facts that stand elsewhere in the résumé than in the lines of a post, by message.
func apart(facts []fact) map[string][]fact {
	told := map[string][]fact{}
	for _, f := range facts {
		message := f.source().MessageID
		switch f.Kind {
		case "team", "budget", "span", "education", "certificate", "publication", "volunteer", "goal", "value", "skill", "contact", "link":
			told[message] = append(told[message], f)
		case "recognition":
			if _, ok := awardOf(f.text); ok {
				told[message] = append(told[message], f)
			}
		}
	}
	return told
}

// weighty returns at most so many facts, in their order: confirmed ones and the newest.
func weighty(facts []fact, most int) []fact {
	if len(facts) <= most {
		return facts
	}
	best := slices.Clone(facts)
	slices.SortFunc(best, func(a, b fact) int { return better(b.Fact, a.Fact) })
	kept := map[string]bool{}
	for _, f := range best[:most] {
		kept[f.ID] = true
	}
	return slices.DeleteFunc(slices.Clone(facts), func(f fact) bool { return !kept[f.ID] })
}

// context is a line that makes the rest of a post understandable: how large the team and the budget were, how long it went on when there are no dates.
func (b *builder) context(p post, path string) string {
	var parts, ids []string
	for _, f := range setting(p) {
		text, ok := b.names.without(bare(f.text))
		if !ok {
			continue
		}
		switch f.Kind {
		case "team":
			text = labelled("Team", text, "team", "crew", "squad", "group", "department", "shift", "unit", "brigade", "staff")
		case "budget":
			text = labelled("Budget", text, "budget", "turnover")
		}
		parts, ids = append(parts, text), append(ids, f.ID)
	}
	if len(parts) == 0 {
		return ""
	}
	line := sentence(capitalised(strings.Join(parts, "; ")))
	b.cite(path, line, ids...)
	return line
}

// setting returns what is best known of a post's team, its budget and, when it has no dates, its length.
func setting(p post) []fact {
	var list []fact
	for _, kind := range []interview.FactKind{"team", "budget", "span"} {
		var best *fact
		for i := range p.facts {
			f := &p.facts[i]
			undated := f.Key == "span.length" && p.start.text == "" && p.end.text == ""
			if f.Kind == kind && (kind != "span" || undated) && (best == nil || better(f.Fact, best.Fact) > 0) {
				best = f
			}
		}
		if best != nil {
			list = append(list, *best)
		}
	}
	return list
}

// labelled puts a label before a text that does not begin with one of the words.
func labelled(label, text string, words ...string) string {
	text = cut(text, "we are a ", "we are ", "we were a ", "we were ", "a ", "an ", "the ", "I lead a ", "I lead ", "I led a ", "I led ", "I manage a ", "I managed a ", "I manage ", "I managed ")
	first, _, _ := strings.Cut(strings.ToLower(text), " ")
	for _, w := range words {
		if first == w {
			return text
		}
	}
	return label + ": " + text
}

func (b *builder) addProjects() {
	for _, p := range b.posts {
		if p.Kind != interview.KindProject {
			continue
		}
		n := len(b.r.Projects)
		pr := Project{Name: capitalised(p.label), Entity: p.org.text, StartDate: p.start.text, EndDate: p.end.text, Highlights: []string{}, Current: p.current}
		if pr.Name == "" {
			pr.Name = p.org.text
		}
		if p.role.text != "" {
			pr.Roles = []string{p.role.text}
			b.cite(at("projects", n, "roles.0"), p.role.text, p.role.ids...)
		}
		for _, f := range p.facts {
			if tool := toolOf(f); f.Kind == "tool" && tool != "" {
				b.cite(at("projects", n, "keywords."+itoa(len(pr.Keywords))), tool, f.ID)
				pr.Keywords = append(pr.Keywords, tool)
			}
		}
		pr.Description = b.context(p, at("projects", n, "description"))
		pr.Highlights = b.highlights(p, "projects", n, manyLines)
		b.citePost("projects", n, "entity", "roles", post{Experience: p.Experience, org: p.org, start: p.start, end: p.end})
		b.r.Projects = append(b.r.Projects, pr)
	}
}

func (b *builder) addVolunteering() {
	for _, p := range b.posts {
		if p.Kind != interview.KindVolunteer {
			continue
		}
		n := len(b.r.Volunteer)
		v := Volunteer{Organization: p.org.text, Position: p.role.text, StartDate: p.start.text, EndDate: p.end.text, Current: p.current}
		if v.Organization == "" && v.Position == "" {
			v.Position = capitalised(p.label)
		}
		v.Summary = b.context(p, at("volunteer", n, "summary"))
		v.Highlights = b.highlights(p, "volunteer", n, manyLines)
		b.citePost("volunteer", n, "organization", "position", p)
		b.r.Volunteer = append(b.r.Volunteer, v)
	}
	for _, f := range b.of("volunteer") {
		if e := b.m.Experience(f.ExperienceID); e != nil && e.Kind == interview.KindVolunteer {
			continue // told there
		}
		text, ok := b.names.without(f.text)
		if !ok {
			continue
		}
		n := len(b.r.Volunteer)
		line, _ := lead(bare(text), true, f.Kind)
		line, org := cut(line, "I "), after(line, "at", "for", "with")
		b.r.Volunteer = append(b.r.Volunteer, Volunteer{Organization: org, Highlights: []string{capitalised(line)}})
		b.cite(at("volunteer", n, "organization"), org, f.ID)
		b.cite(at("volunteer", n, "highlights.0"), line, f.ID)
	}
}
