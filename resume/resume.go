// Package resume makes a résumé of what is known of a user: JSON Resume 1.0.0 (https://jsonresume.org/schema), and from that Markdown, plain text
// and HTML. All of it is pure functions: the same memory at the same time is the same résumé, byte for byte.
//
// Nothing is written that the user did not say. A line is the words of one fact, or of a few joined by a mark or "by"; the map of sources says of
// which. Facts that are superseded or rejected are left out, of facts that contradict each other the confirmed one is taken, else the newer, and
// the names of other people are left out.
package resume

import (
	"encoding/json"

	"github.com/betterprofile/betterprofile/interview"
)

// Resume is a JSON Resume document that passes the schema and that every common theme renders: no null, no empty text, all sections there,
// text without tags and control characters.
type Resume struct {
	Schema       string        `json:"$schema"`
	Basics       Basics        `json:"basics"`
	Work         []Work        `json:"work"` // the newest first
	Volunteer    []Volunteer   `json:"volunteer"`
	Education    []Education   `json:"education"`
	Awards       []Award       `json:"awards"`
	Certificates []Certificate `json:"certificates"`
	Publications []Publication `json:"publications"`
	Skills       []Skill       `json:"skills"`
	Languages    []Language    `json:"languages"`
	Interests    []struct{}    `json:"interests"`  // always empty: they are not asked about
	References   []struct{}    `json:"references"` // always empty: they are other people's words
	Projects     []Project     `json:"projects"`
	Meta         Meta          `json:"meta"`
}

// Basics is who the résumé is of. Name is never empty.
type Basics struct {
	Name     string   `json:"name"`
	Label    string   `json:"label,omitempty"` // the newest current role
	Email    string   `json:"email,omitempty"`
	Phone    string   `json:"phone,omitempty"`
	URL      string   `json:"url,omitempty"`
	Summary  string   `json:"summary,omitempty"` // at most three sentences
	Location Location `json:"location"`          // themes fail without it
	Profiles []Site   `json:"profiles"`          // the same
}

// Location is where the user lives, as far as they said so.
type Location struct {
	City string `json:"city,omitempty"`
}

// Site is an account on another site: a profile in the words of JSON Resume.
type Site struct {
	Network  string `json:"network"`
	Username string `json:"username,omitempty"`
	URL      string `json:"url"`
}

// Work is a job. One that goes on has no EndDate.
type Work struct {
	Name       string   `json:"name,omitempty"`
	Position   string   `json:"position,omitempty"`
	StartDate  string   `json:"startDate,omitempty"` // YYYY, YYYY-MM or YYYY-MM-DD
	EndDate    string   `json:"endDate,omitempty"`   // the same
	Summary    string   `json:"summary,omitempty"`
	Highlights []string `json:"highlights"`
	Current    bool     `json:"x-current,omitempty"` // it goes on: the schema cannot tell that from an end that is not known
	Label      string   `json:"x-label,omitempty"`   // what the user calls it, when it has neither a name nor a position
}

// Volunteer is an unpaid post.
type Volunteer struct {
	Organization string   `json:"organization,omitempty"`
	Position     string   `json:"position,omitempty"`
	StartDate    string   `json:"startDate,omitempty"`
	EndDate      string   `json:"endDate,omitempty"`
	Summary      string   `json:"summary,omitempty"`
	Highlights   []string `json:"highlights"`
	Current      bool     `json:"x-current,omitempty"`
}

// Project is a piece of work that stands on its own.
type Project struct {
	Name        string   `json:"name,omitempty"`
	Description string   `json:"description,omitempty"`
	Highlights  []string `json:"highlights"`
	Keywords    []string `json:"keywords,omitempty"` // tools
	StartDate   string   `json:"startDate,omitempty"`
	EndDate     string   `json:"endDate,omitempty"`
	Roles       []string `json:"roles,omitempty"`
	Entity      string   `json:"entity,omitempty"`
	Current     bool     `json:"x-current,omitempty"`
}

// Education is a course of study.
type Education struct {
	Institution string   `json:"institution,omitempty"`
	Area        string   `json:"area,omitempty"`
	StudyType   string   `json:"studyType,omitempty"`
	StartDate   string   `json:"startDate,omitempty"`
	EndDate     string   `json:"endDate,omitempty"`
	Courses     []string `json:"courses,omitempty"`
}

// Award is recognition that has a name.
type Award struct {
	Title   string `json:"title"`
	Date    string `json:"date,omitempty"`
	Summary string `json:"summary,omitempty"`
}

// Certificate is a certificate or a licence.
type Certificate struct {
	Name string `json:"name"`
	Date string `json:"date,omitempty"`
}

// Publication is something published.
type Publication struct {
	Name        string `json:"name"`
	ReleaseDate string `json:"releaseDate,omitempty"`
}

// Skill is a family of tools with its tools as keywords, or something the user is relied on for, in their own phrase.
type Skill struct {
	Name     string   `json:"name"`
	Keywords []string `json:"keywords,omitempty"`
}

// Language is a language that the user speaks.
type Language struct {
	Language string `json:"language"`
	Fluency  string `json:"fluency,omitempty"`
}

// Meta is about the document.
type Meta struct {
	Version      string `json:"version"`
	LastModified string `json:"lastModified,omitempty"` // of what it was made from: YYYY-MM-DDThh:mm:ss in UTC

	// Sources has for each line the ids of the facts it was made from, under its dotted path: "work.0.highlights.2". What comes from the account
	// or from an experience itself has none.
	Sources map[string][]string `json:"x-better-profile"`

	// NeedsMetric has the paths of the highlights that no figure proves.
	NeedsMetric []string `json:"x-needs-metric,omitempty"`
}

// schemaURL is the schema of version 1.0.0.
const schemaURL = "https://raw.githubusercontent.com/jsonresume/resume-schema/v1.0.0/schema.json"

// empty is a résumé with all its sections, and nothing in them.
func empty() Resume {
	return Resume{
		Schema: schemaURL,
		Basics: Basics{Profiles: []Site{}},
		Work:   []Work{}, Volunteer: []Volunteer{}, Education: []Education{}, Awards: []Award{}, Certificates: []Certificate{},
		Publications: []Publication{}, Skills: []Skill{}, Languages: []Language{}, Interests: []struct{}{}, References: []struct{}{}, Projects: []Project{},
		Meta: Meta{Version: "v1.0.0", Sources: map[string][]string{}},
	}
}

// JSON returns the document for people to read: indented, with a line end. It fails for nothing that Build makes.
func (r Resume) JSON() ([]byte, error) {
	b, err := json.MarshalIndent(r, "", "  ")
	return append(b, '\n'), err
}

// Named returns the résumé with another name, cleaned like all its text. A name that shows nothing changes nothing.
func (r Resume) Named(name string) Resume {
	if name = clean(name); name != "" {
		r.Basics.Name = name
	}
	return r
}

// NoName stands in the place of a name that is not known.
const NoName = "Your Name"

// modified is when anything of a memory changed last; zero when nothing is known.
func modified(m *interview.Memory) interview.Time {
	var last interview.Time
	for _, e := range m.Experiences {
		if e.UpdatedAt.After(last.Time) {
			last = e.UpdatedAt
		}
	}
	for _, f := range m.Facts {
		if f.UpdatedAt.After(last.Time) {
			last = f.UpdatedAt
		}
	}
	return last
}
