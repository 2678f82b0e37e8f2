package eval

import (
	"slices"
	"strings"

	"github.com/betterprofile/betterprofile/agent/quality"
	"github.com/betterprofile/betterprofile/interview"
)

// interviewee is a persona in a talk.
type interviewee struct {
	persona Persona
	told    []string // ids of blocks
	fillers int
	turn    int
}

// answer is what an interviewee says. Facets are those it tells of; Evasive tells that it answers nothing.
type answer struct {
	text    string
	facets  []string
	evasive bool
}

// next answers a reply of the interviewer, or the opening.
func (p *interviewee) next(reply interview.Reply) answer {
	p.turn++
	if p.turn == 1 {
		return answer{text: p.persona.Opener, evasive: true}
	}
	if line, ok := p.persona.Turns[p.turn]; ok {
		return answer{text: line, evasive: true}
	}
	if reply.Metadata.Slot == "recap" || reply.Metadata.Question == "recap" {
		return answer{text: "Yes, that's right.", evasive: true}
	}
	topics := topicsOf(reply)
	for _, topic := range topics {
		for _, b := range p.persona.Blocks {
			if p.ready(b) && slices.Contains(b.Facets, topic) && (topics[0] == "metric" || !slices.Equal(b.Facets, []string{"metric"})) {
				p.told = append(p.told, b.ID)
				return answer{text: b.Say, facets: facetsOf(b)}
			}
		}
	}
	p.fillers++
	return answer{text: p.persona.Filler[(p.fillers-1)%len(p.persona.Filler)], evasive: true}
}

// ready reports whether a block was not told, and all before it were.
func (p *interviewee) ready(b Block) bool {
	missing := func(id string) bool { return !slices.Contains(p.told, id) }
	return missing(b.ID) && !slices.ContainsFunc(b.Requires, missing)
}

func facetsOf(b Block) []string {
	var list []string
	for _, facet := range b.Facets {
		if facet == "deal" {
			facet = "action"
		}
		if slices.Contains(quality.Facets(), facet) {
			list = append(list, facet)
		}
	}
	return list
}

// topicsOf is what a reply asks about, most particular first: what its metadata says, else what its words do. Empty when it asks nothing.
func topicsOf(reply interview.Reply) []string {
	meta := reply.Metadata
	if meta.Facet == "" {
		return topicsOfWords(reply.Content)
	}
	var list []string
	if quality.FacetOf(meta) == "metric" {
		list = append(list, "metric")
	}
	if meta.Slot != "" {
		list = append(list, meta.Slot)
	}
	switch meta.Facet {
	case "opening", "returning":
		list = append(list, "recent")
	case "extras":
		if meta.Slot == "another" || meta.Slot == "thread" {
			list = append(list, "earlier")
		}
	}
	return append(list, meta.Facet)
}

// topicsOfWords looks for words that give away what is asked.
func topicsOfWords(content string) []string {
	asks := quality.Asks(content)
	if len(asks) == 0 {
		return nil
	}
	text := strings.ToLower(asks[0].Text)
	if quality.AsksFigure(text) {
		return []string{"metric", "result"}
	}
	for _, cue := range []struct{ topic, words string }{
		{"challenge", "difficult|obstacle|in the way|challeng|trickiest|went wrong|problem|struggl"},
		{"learning", "learn|differently|lesson|advice|take away"},
		{"education", "training|studied|studies|degree|course|education|qualification"},
		{"skills", "good at|skill|strength|colleagues come|known for"},
		{"goals", "next step|goal|future|years from now|would you like to do|looking for"},
		{"values", "matters|important to you|good day|value|motivat"},
		{"earlier", "before that job|previous|earlier job|before this job"},
		{"result", "result|came of|different afterwards|outcome|achiev|proud|changed"},
		{"tools", "tools|software|systems"},
		{"team", "who else|the team|with you|colleagues"},
		{"responsibility", "responsib|your role|yours to|in charge|your part"},
		{"action", "went about|steps|how did you|walk me|first thing you did"},
		{"context", "before|what led|company|background|situation"},
		{"recent", "lately|recent|working on|yourself"},
	} {
		for word := range strings.SplitSeq(cue.words, "|") {
			if strings.Contains(text, word) {
				return []string{cue.topic}
			}
		}
	}
	return nil
}
