package resume

import (
	"slices"
	"strconv"
	"strings"

	"github.com/betterprofile/betterprofile/interview"
)

func itoa(n int) string { return strconv.Itoa(n) }

// addEducation adds the courses of study: experiences of that kind, then what else was said of studies.
func (b *builder) addEducation() {
	for _, p := range b.posts {
		if p.Kind != interview.KindEducation {
			continue
		}
		n := len(b.r.Education)
		e := Education{Institution: p.org.text, Area: p.role.text, StartDate: p.start.text, EndDate: p.end.text}
		if e.Institution == "" && e.Area == "" {
			e.Area = capitalised(p.label)
		}
		b.citePost("education", n, "institution", "area", p)
		for _, f := range p.facts {
			if text, ok := b.names.without(bare(f.text)); ok && f.Kind == "education" {
				b.cite(at("education", n, "courses."+itoa(len(e.Courses))), text, f.ID)
				e.Courses = append(e.Courses, capitalised(text))
			}
		}
		b.r.Education = append(b.r.Education, e)
	}
	for _, f := range b.of("education") {
		if p := b.m.Experience(f.ExperienceID); p != nil && p.Kind == interview.KindEducation {
			continue
		}
		if text, ok := b.names.without(bare(f.text)); ok {
			b.addStudy(f, text)
		}
	}
}

// addStudy adds what one statement says of a course of study: "I studied nursing at the University of Leeds and got my BSc in 2019".
func (b *builder) addStudy(f fact, text string) {
	n := len(b.r.Education)
	e := Education{Institution: after(text, "at", "from"), Area: areaOf(text), StudyType: degreeOf(text), EndDate: year(text)}
	if e.Area == "" && (e.StudyType == "" || e.Institution == "") {
		line, _ := lead(text, true, f.Kind)
		e.StudyType = capitalised(cut(line, "I have a ", "I have an ", "I have my ", "I have ", "I did a ", "I did an ", "I did my ", "I did ", "got my ", "got a ", "my ", "a ", "an "))
	}
	for name, value := range map[string]string{"institution": e.Institution, "area": e.Area, "studyType": e.StudyType, "endDate": e.EndDate} {
		b.cite(at("education", n, name), value, f.ID)
	}
	b.r.Education = append(b.r.Education, e)
}

// areaOf is what was studied: the words between "studied", "degree in" or the like and what comes after them.
func areaOf(text string) string {
	words := strings.Fields(text)
	for i, w := range words {
		low := strings.ToLower(core(w))
		from := i + 1
		switch {
		case low == "studied" || low == "studying":
		case low == "in" && i > 0 && (degree(core(words[i-1])) || slices.Contains([]string{"degree", "diploma", "bachelor's", "master's", "bachelor", "master", "doctorate", "apprenticeship"}, strings.ToLower(core(words[i-1])))):
		default:
			continue
		}
		to := from
		for to < len(words) && !slices.Contains([]string{"at", "from", "and", "in", "by", "for", "with", "but", "then", "until", "while", "on", "because"}, strings.ToLower(core(words[to]))) {
			to++
			if strings.ContainsAny(words[to-1][len(words[to-1])-1:], ",;:.") {
				break
			}
		}
		if area := bare(strings.Join(words[from:to], " ")); area != "" && year(area) == "" {
			return capitalised(area)
		}
	}
	return ""
}

func degree(word string) bool {
	return slices.Contains([]string{
		"BSc", "BA", "BEng", "LLB", "MSc", "MA", "MEng", "MBA", "PhD", "MPhil", "LLM", "PGCE", "NVQ", "HND", "HNC", "BTEC", "DPhil", "BEd", "MEd", "MD", "B.Sc", "M.Sc", "Ph.D", "B.A", "M.A",
	}, word)
}

// degreeOf is the degree that a text names.
func degreeOf(text string) string {
	for _, w := range strings.Fields(text) {
		if c := core(w); degree(c) {
			return c
		}
	}
	for _, name := range []string{"bachelor's degree", "master's degree", "bachelor's", "master's", "bachelor", "doctorate", "diploma", "apprenticeship", "degree"} {
		if i := strings.Index(strings.ToLower(text), name); i >= 0 && i+len(name) <= len(text) {
			return capitalised(text[i : i+len(name)])
		}
	}
	return ""
}

func (b *builder) addCertificates() {
	for _, f := range b.of("certificate") {
		text, ok := b.names.without(bare(f.text))
		if !ok {
			continue
		}
		line, _ := lead(text, true, f.Kind)
		line = cut(line, "I have a ", "I have an ", "I have my ", "I have the ", "I have ", "I hold a ", "I hold an ", "I hold the ", "I hold ", "got my ", "got a ", "got the ", "I'm a ", "I am a ", "I'm ", "I am ", "my ", "a ", "an ", "the ")
		n := len(b.r.Certificates)
		b.r.Certificates = append(b.r.Certificates, Certificate{Name: capitalised(line), Date: year(text)})
		b.cite(at("certificates", n, "name"), line, f.ID)
		b.cite(at("certificates", n, "date"), year(text), f.ID)
	}
}

// addAwards adds recognition that has a name.
func (b *builder) addAwards() {
	for _, f := range b.of("recognition") {
		title, ok := awardOf(f.text)
		text, named := b.names.without(bare(f.text))
		if !ok || !named {
			continue
		}
		n := len(b.r.Awards)
		line, _ := lead(text, true, f.Kind)
		b.r.Awards = append(b.r.Awards, Award{Title: title, Date: year(text), Summary: sentence(capitalised(line))})
		b.cite(at("awards", n, "title"), title, f.ID)
		b.cite(at("awards", n, "date"), year(text), f.ID)
		b.cite(at("awards", n, "summary"), line, f.ID)
	}
}

// awardOf is the name of an award in a text: words in capitals with "Award", "Prize" or "Medal" among them.
func awardOf(text string) (string, bool) {
	words := strings.Fields(text)
	for i, w := range words {
		name := named(words[i:])
		if w == "the" || core(w) == "" || name == "" || !strings.HasPrefix(name, core(w)[:1]) || i == 0 && !strings.Contains(name, " ") {
			continue
		}
		for _, kind := range []string{"Award", "Prize", "Medal", "Trophy", "Scholarship"} {
			if strings.Contains(name, kind) && strings.Contains(name, " ") {
				return name, true
			}
		}
	}
	return "", false
}

func (b *builder) addPublications() {
	for _, f := range b.of("publication") {
		text, ok := b.names.without(bare(f.text))
		if !ok {
			continue
		}
		line, _ := lead(text, true, f.Kind)
		line = cut(line, "published ", "wrote ", "co-wrote ", "co-authored ", "authored ", "presented ")
		n := len(b.r.Publications)
		b.r.Publications = append(b.r.Publications, Publication{Name: capitalised(cut(line, "a ", "an ", "the ", "my ")), ReleaseDate: year(text)})
		b.cite(at("publications", n, "name"), line, f.ID)
		b.cite(at("publications", n, "releaseDate"), year(text), f.ID)
	}
}

func (b *builder) addLanguages() {
	var seen []string
	for _, f := range b.of("language") {
		name := f.said("language")
		if name == "" {
			name = cut(bare(f.text), "I speak ", "I also speak ", "fluent ", "native ", "some ", "basic ")
		}
		if slices.Contains(seen, fold(name)) {
			continue
		}
		seen = append(seen, fold(name))
		n := len(b.r.Languages)
		b.r.Languages = append(b.r.Languages, Language{Language: capitalised(name), Fluency: fluencyOf(f)})
		b.cite(at("languages", n, "language"), name, f.ID)
		b.cite(at("languages", n, "fluency"), fluencyOf(f), f.ID)
	}
}

// fluencyOf is how well a language is spoken, in the word used for it.
func fluencyOf(f fact) string {
	if s := f.said("fluency"); s != "" {
		return s
	}
	low := " " + strings.ToLower(f.text+" "+clean(f.Quote)) + " "
	for _, w := range []string{"native", "bilingual", "fluent", "conversational", "intermediate", "basic", "a little"} {
		if strings.Contains(low, " "+w+" ") {
			return capitalised(w)
		}
	}
	return ""
}
