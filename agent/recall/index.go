package recall

import (
	"cmp"
	"iter"
	"math"
	"slices"

	"github.com/betterprofile/betterprofile/interview"
)

// The parameters of BM25, at their usual values (Robertson and Zaragoza, 2009).
const (
	k1 = 1.2
	b  = 0.75
)

// A stem that more than one in commonShare documents have says little; among fewer than fewDocuments none is common.
const (
	commonShare  = 4
	fewDocuments = 12
)

// document is an experience, a fact or an episode. Exactly one pointer is set.
type document struct {
	experience *interview.Experience
	fact       *interview.Fact
	episode    *interview.Episode
	terms      []term
	length     int
	dead       bool
}

// term is a stem, by its number, and how often it occurs.
type term struct {
	stem  int32
	count int32
}

type posting struct {
	document int32
	count    int32
}

// stem is where a stem occurs.
type stem struct {
	postings  []posting
	frequency int // of living documents with it
}

// index is an inverted index of one user's memory.
type index struct {
	version   interview.MemoryVersion
	numbers   map[string]int32 // of the stems
	stems     []stem
	documents []document // in the order in which they came
	living    int
	length    int // of all living documents

	// What was taken in, in the order of the Memory, with the number of its document.
	experiences part[interview.Experience]
	facts       part[interview.Fact]
	episodes    part[interview.Episode]
	factsOf     map[string][]int // documents of the facts of an experience, or from a message, by its id
}

func newIndex() *index {
	return &index{numbers: map[string]int32{}, factsOf: map[string][]int{}}
}

// newer reports whether the index knows of a later state than v: then it is good enough.
func (x *index) newer(v interview.MemoryVersion) bool {
	if x.version.Epoch != v.Epoch {
		return x.version.Epoch > v.Epoch
	}
	return x.version.Number > v.Number
}

// part is what the index holds of one list of a Memory. Rows that stay the same are the same pointers in the next Memory.
type part[T any] struct {
	rows []*T
	docs []int
}

// aligned reports whether the rows known before are at the same places in the new list, though some may have changed.
func (p *part[T]) aligned(rows []*T, id func(*T) string) bool {
	if len(rows) < len(p.rows) {
		return false
	}
	for i, old := range p.rows {
		if rows[i] != old && id(rows[i]) != id(old) {
			return false
		}
	}
	return true
}

// take takes in what is new or changed; add makes the document, drop ends one.
func (p *part[T]) take(rows []*T, add func(*T) int, drop func(int)) {
	for i, row := range rows {
		switch {
		case i >= len(p.rows):
			p.rows, p.docs = append(p.rows, row), append(p.docs, add(row))
		case p.rows[i] != row:
			drop(p.docs[i])
			p.rows[i], p.docs[i] = row, add(row)
		}
	}
}

// update brings the index up to date with m: what stayed the same costs one comparison.
func (x *index) update(m *interview.Memory) {
	facts, episodes := newest(m.Facts), newest(m.Episodes)
	if !x.experiences.aligned(m.Experiences, experienceID) || !x.facts.aligned(facts, factID) ||
		!x.episodes.aligned(episodes, episodeID) || len(x.documents) > 2*x.living+1000 {
		*x = *newIndex()
	}
	x.version = m.Version
	x.experiences.take(m.Experiences, func(e *interview.Experience) int {
		return x.add(document{experience: e}, e.Label+" "+e.Org+" "+e.Role)
	}, x.drop)
	x.facts.take(facts, x.addFact, x.drop)
	x.episodes.take(episodes, func(e *interview.Episode) int { return x.add(document{episode: e}, e.Text) }, x.drop)
}

func experienceID(e *interview.Experience) string { return e.ID }
func factID(f *interview.Fact) string             { return f.ID }
func episodeID(e *interview.Episode) string       { return e.ID }

// newest returns the newest rows, as many as are indexed, in steps, so that their places do not move with each new one.
func newest[T any](rows []*T) []*T {
	over := len(rows) - maxDocuments
	if over <= 0 {
		return rows
	}
	const step = maxDocuments / 10
	return rows[(over+step-1)/step*step:]
}

func (x *index) addFact(f *interview.Fact) int {
	text := ""
	switch {
	case !f.Current(): // nothing to find
	case f.Text == f.Quote: // as the rules put down most of what they find; each stem counts once
		text = f.Text + " " + string(f.Kind)
	default:
		text = f.Text + " " + f.Quote + " " + string(f.Kind)
	}
	n := x.add(document{fact: f}, text)
	for _, id := range []string{f.ExperienceID, message(f)} {
		if id != "" {
			x.factsOf[id] = append(x.factsOf[id], n)
		}
	}
	return n
}

// message is the message that a fact comes from first.
func message(f *interview.Fact) string {
	if len(f.Sources) == 0 {
		return ""
	}
	return f.Sources[0].MessageID
}

func (x *index) add(d document, text string) int {
	n := len(x.documents)
	stems := Stems(text)
	d.terms, d.length = make([]term, 0, len(stems)), len(stems)
	for s, times := range counted(stems) {
		number, known := x.numbers[s]
		if !known {
			number = int32(len(x.stems))
			x.numbers[s] = number
			x.stems = append(x.stems, stem{})
		}
		d.terms = append(d.terms, term{number, times})
		x.stems[number].postings = append(x.stems[number].postings, posting{document: int32(n), count: times})
		x.stems[number].frequency++
	}
	x.documents = append(x.documents, d)
	x.living++
	x.length += d.length
	return n
}

// drop ends a document. Its postings stay until the index is made anew.
func (x *index) drop(n int) {
	d := &x.documents[n]
	for _, t := range d.terms {
		x.stems[t.stem].frequency--
	}
	x.living--
	x.length -= d.length
	d.dead, d.terms = true, nil
}

// counted goes through the stems of a sorted list, each once, with how often it is in it.
func counted(stems []string) iter.Seq2[string, int32] {
	return func(yield func(string, int32) bool) {
		for from := 0; from < len(stems); {
			to := from + 1
			for to < len(stems) && stems[to] == stems[from] {
				to++
			}
			if !yield(stems[from], int32(to-from)) {
				return
			}
			from = to
		}
	}
}

// hit is a document that shares words with the question.
type hit struct {
	score       float64
	document    int32
	distinctive int32 // so many stems that are not common
}

// search scores the documents that share a stem with the text. A common stem alone finds nothing.
func (x *index) search(text string) []hit {
	if x.living == 0 {
		return nil
	}
	average := max(float64(x.length)/float64(x.living), 1)
	found := hits{at: map[int32]int32{}}
	for s := range counted(Stems(text)) {
		number, known := x.numbers[s]
		if !known || x.stems[number].frequency == 0 {
			continue
		}
		frequency := x.stems[number].frequency
		common := x.living >= fewDocuments && frequency*commonShare > x.living
		if common && x.living > fewDocuments*commonShare {
			continue
		}
		x.scoreStem(&x.stems[number], common, average, &found)
	}
	hits := slices.DeleteFunc(found.list, func(h hit) bool { return h.distinctive == 0 })
	slices.SortFunc(hits, func(a, b hit) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(b.document, a.document)) // the newer one of equals
	})
	return hits
}

// hits are what was found so far, each document once.
type hits struct {
	list []hit
	at   map[int32]int32 // the places in the list, by document
}

// of returns the hit of a document. The next call may move it.
func (f *hits) of(document int32) *hit {
	i, ok := f.at[document]
	if !ok {
		i = int32(len(f.list))
		f.at[document] = i
		f.list = append(f.list, hit{document: document})
	}
	return &f.list[i]
}

func (x *index) scoreStem(s *stem, common bool, average float64, found *hits) {
	frequency := float64(s.frequency)
	weight := math.Log(1 + (float64(x.living)-frequency+0.5)/(frequency+0.5))
	for _, p := range s.postings {
		d := &x.documents[p.document]
		if d.dead {
			continue
		}
		h := found.of(p.document)
		n := float64(p.count)
		h.score += weight * n * (k1 + 1) / (n + k1*(1-b+b*float64(d.length)/average))
		if !common {
			h.distinctive++
		}
	}
}

// searchFacts returns the facts that match with those that were said with them, then those of the experiences that match.
func (x *index) searchFacts(text string, n int) []*interview.Fact {
	hits := x.search(text)
	if len(hits) == 0 {
		return nil
	}
	found := make([]*interview.Fact, 0, min(n, len(x.documents)))
	taken := map[int]bool{}
	take := func(document int) {
		d := x.documents[document]
		if len(found) < n && !taken[document] && !d.dead && d.fact.Current() {
			taken[document] = true
			found = append(found, d.fact)
		}
	}
	for _, h := range hits {
		f := x.documents[h.document].fact
		if f == nil || len(found) == n {
			continue
		}
		take(int(h.document))
		for _, document := range x.factsOf[message(f)] {
			take(document)
		}
	}
	for _, h := range hits {
		if e := x.documents[h.document].experience; e != nil {
			for _, document := range slices.Backward(x.factsOf[e.ID]) {
				if take(document); len(found) == n {
					break
				}
			}
		}
	}
	return found
}

// minShared is how many distinctive stems an episode shares with the text.
const minShared = 2

func (x *index) searchEpisodes(text string, n int, skip func(*interview.Episode) bool) []*interview.Episode {
	var found []*interview.Episode
	for _, h := range x.search(text) {
		e := x.documents[h.document].episode
		if e == nil || h.distinctive < minShared || skip != nil && skip(e) {
			continue
		}
		if found = append(found, e); len(found) == n {
			break
		}
	}
	return found
}
