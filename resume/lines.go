package resume

import (
	"slices"
	"strings"
	"time"
)

// page is a résumé as all renderings show it: the same headings and lines in the same order, as plain text.
type page struct {
	Name     string
	Label    string
	Contact  []contact
	Sections []section
}

// contact is a way to reach the user; Link is empty for one that cannot be followed.
type contact struct{ Text, Link string }

// section is a part of a page. It has entries or lines.
type section struct {
	Title   string
	Text    string // a paragraph
	Entries []entry
	Lines   []string
}

// entry is a job, a project, a course of study.
type entry struct {
	Title   string // role and organisation
	Dates   string
	Summary string
	Lines   []string
}

// layout arranges a résumé. Sections without anything in them are left out.
func layout(r Resume) page {
	p := page{Name: r.Basics.Name, Label: r.Basics.Label, Contact: contacts(r.Basics)}
	add := func(s section) {
		if s.Text != "" || len(s.Entries) > 0 || len(s.Lines) > 0 {
			p.Sections = append(p.Sections, s)
		}
	}
	add(section{Title: "Summary", Text: r.Basics.Summary})
	add(section{Title: "Experience", Entries: jobs(r.Work)})
	add(section{Title: "Projects", Entries: projects(r.Projects)})
	add(section{Title: "Volunteering", Entries: posts(r.Volunteer)})
	add(section{Title: "Education and certificates", Lines: studies(r)})
	add(section{Title: "Awards", Lines: awards(r.Awards)})
	add(section{Title: "Publications", Lines: publications(r.Publications)})
	add(section{Title: "Skills", Lines: skills(r.Skills)})
	add(section{Title: "Languages", Lines: languages(r.Languages)})
	return p
}

func contacts(b Basics) []contact {
	var list []contact
	add := func(text, link string) {
		if text != "" {
			list = append(list, contact{text, link})
		}
	}
	add(b.Location.City, "")
	add(b.Email, "mailto:"+b.Email)
	add(b.Phone, "")
	add(b.URL, b.URL)
	for _, p := range b.Profiles {
		add(p.URL, p.URL)
	}
	return list
}

func jobs(list []Work) []entry {
	var entries []entry
	for _, w := range list {
		entries = append(entries, entry{
			Title: joined(" — ", first(w.Position, w.Label), w.Name), Dates: dates(w.StartDate, w.EndDate, w.Current), Summary: w.Summary, Lines: w.Highlights,
		}.titled("Work"))
	}
	return entries
}

func projects(list []Project) []entry {
	var entries []entry
	for _, p := range list {
		lines := slices.Clone(p.Highlights)
		if len(p.Keywords) > 0 {
			lines = append(lines, "Tools: "+strings.Join(p.Keywords, ", "))
		}
		entity := p.Entity
		if entity == p.Name {
			entity = ""
		}
		entries = append(entries, entry{
			Title: joined(" — ", p.Name, strings.Join(p.Roles, ", "), entity), Dates: dates(p.StartDate, p.EndDate, p.Current), Summary: p.Description, Lines: lines,
		}.titled("Project"))
	}
	return entries
}

func posts(list []Volunteer) []entry {
	var entries []entry
	for _, v := range list {
		entries = append(entries, entry{
			Title: joined(" — ", v.Position, v.Organization), Dates: dates(v.StartDate, v.EndDate, v.Current), Summary: v.Summary, Lines: v.Highlights,
		}.titled("Volunteer"))
	}
	return entries
}

// titled gives an entry without a title that of its kind.
func (e entry) titled(kind string) entry {
	e.Title = first(e.Title, kind)
	return e
}

func studies(r Resume) []string {
	var lines []string
	for _, e := range r.Education {
		when := shownDate(e.EndDate)
		if e.StartDate != "" {
			when = dates(e.StartDate, e.EndDate, false)
		}
		line := joined(", ", joined(" in ", e.StudyType, e.Area), e.Institution, when)
		lines = append(lines, joined(": ", line, strings.Join(e.Courses, "; ")))
	}
	for _, c := range r.Certificates {
		lines = append(lines, withYear(c.Name, c.Date))
	}
	return lines
}

func awards(list []Award) []string {
	var lines []string
	for _, a := range list {
		lines = append(lines, joined(": ", withYear(a.Title, a.Date), a.Summary))
	}
	return lines
}

func publications(list []Publication) []string {
	var lines []string
	for _, p := range list {
		lines = append(lines, withYear(p.Name, p.ReleaseDate))
	}
	return lines
}

func skills(list []Skill) []string {
	var lines []string
	for _, s := range list {
		lines = append(lines, joined(": ", s.Name, strings.Join(s.Keywords, ", ")))
	}
	return lines
}

func languages(list []Language) []string {
	var lines []string
	for _, l := range list {
		line := l.Language
		if l.Fluency != "" {
			line += " (" + l.Fluency + ")"
		}
		lines = append(lines, line)
	}
	return lines
}

// withYear puts a year after a text that does not have it.
func withYear(text, date string) string {
	if len(date) < 4 || strings.Contains(text, date[:4]) {
		return text
	}
	return text + ", " + shownDate(date)
}

// dates is a span of time for people.
func dates(start, end string, current bool) string {
	switch {
	case start != "" && end != "" && start != end:
		return shownDate(start) + " – " + shownDate(end)
	case start != "" && current:
		return "since " + shownDate(start)
	case end != "" && start == "":
		return "until " + shownDate(end)
	}
	return shownDate(start)
}

// shownDate is a date for people: "2019", "March 2019", "1 March 2019".
func shownDate(s string) string {
	for layout, shown := range map[string]string{"2006-01": "January 2006", time.DateOnly: "2 January 2006"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.Format(shown)
		}
	}
	return s
}

func joined(separator string, parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), separator)
}

func first(parts ...string) string {
	for _, p := range parts {
		if p != "" {
			return p
		}
	}
	return ""
}
