package planner

import (
	"maps"
	"slices"
	"strings"
	"sync"
)

// The lists of the lexicon that are not acts. The acts and the languages follow, numbered in the order of their names.
const (
	inDistress class = iota
	inDistressNot
	inSelfDoubt
	inGood
	inBad
	inResult
	inChallenge
	inLearning
	inEducation
	inSkills
	inGoals
	inValues
	inAction
	inActionPresent
	inMaking
	inLosing
	inRole
	inRoleModifier
	inOrgSuffix
	inOrgNoun
	inCollab
	inTech
	inTechAmbiguous
	inUnit
	inNumberWord
	inDull
	inSensitive
	inHealth
	inHealthSelf
	inHealthWork
	inMonth
	inWeekday
	inSeason
	inLanguageName
	inTeamPeople
	inTeamCue
	inChange
	inPreposition
	inFunction
	inNegation
	inHedge
	inThread
	inAudience       // seven of them
	inEnglish  class = inAudience + 7
	inActs     class = inEnglish + 1
)

// reader is the lexicon, ready for reading.
type reader struct {
	matcher
	lex       *Lexicon
	acts      map[string]class
	audiences []string // in the order of their classes
	languages []speech
	reduced   map[string]classes // acts by a whole term of theirs, reduced
	note      classes            // classes whose single words are hits too
	votes     classes            // classes that vote for a language
	aboutTalk classes            // acts that are about the talk itself
}

// speech is a language of the lexicon, ready to be told.
type speech struct {
	code          string
	words, strong class
	signs         []string
}

// lists returns the compiled lexicon.
var lists = sync.OnceValue(func() *reader {
	r := &reader{lex: Lexicons(), acts: map[string]class{}, reduced: map[string]classes{}}
	next := r.addActs(inActs)
	next = r.addLanguages(next)
	for _, name := range []string{"repeat", "define", "help", "identity", "refuse", "confidential", "private", "forget", "askback", "why", "howlong"} {
		r.aboutTalk.add(r.acts[name])
	}
	r.addWords()
	for c := inDistress; c <= inSelfDoubt; c++ {
		r.note.add(c)
	}
	for _, c := range []class{inSensitive, inHealthSelf, inCollab, inThread, inTeamCue, inTech, inTechAmbiguous, inHedge} {
		r.note.add(c)
	}
	if int(next) > 64*len(classes{}) {
		panic("planner: too many lists")
	}
	return r
})

// addActs numbers the acts from first and returns the number after the last.
func (r *reader) addActs(first class) class {
	for _, name := range slices.Sorted(maps.Keys(r.lex.Acts)) {
		r.acts[name] = first
		r.note.add(first)
		r.addAct(first, r.lex.Acts[name])
		first++
	}
	r.add(r.acts["crisis"], r.lex.Acts["crisis_other"]...)
	return first
}

// addAct puts terms on the list of an act, also as what a whole message may be.
func (r *reader) addAct(c class, terms []string) {
	r.add(c, terms...)
	for _, term := range terms {
		s := scan(strings.ToLower(term))
		key := reduced(s.tokens)
		set := r.reduced[key]
		set.add(c)
		r.reduced[key] = set
	}
}

func (r *reader) addLanguages(next class) class {
	for _, code := range slices.Sorted(maps.Keys(r.lex.Languages)) {
		l := r.lex.Languages[code]
		s := speech{code: code, words: next, strong: next + 1}
		next += 2
		r.add(s.words, l.Words...)
		for _, term := range l.Strong {
			if strings.ContainsAny(term, "¿¡") {
				s.signs = append(s.signs, term)
				continue
			}
			r.add(s.strong, term)
		}
		r.languages = append(r.languages, s)
		r.votes.add(s.words)
		r.votes.add(s.strong)
		r.addAct(r.acts["crisis"], l.Crisis)
		r.addAct(r.acts["stop"], l.Stop)
		r.addAct(r.acts["skip"], l.Skip)
		r.addAct(r.acts["summary"], l.Summary)
		r.add(inDistress, l.Distress...)
	}
	r.add(inEnglish, r.lex.English...)
	r.votes.add(inEnglish)
	return next
}

func (r *reader) addWords() {
	l := r.lex
	for c, list := range map[class][]string{
		inDistress: l.Distress, inDistressNot: l.DistressNot, inSelfDoubt: l.SelfDoubt, inGood: l.FeelingsGood, inBad: l.FeelingsBad,
		inResult: l.Cues["result"], inChallenge: l.Cues["challenge"], inLearning: l.Cues["learning"], inEducation: l.Cues["education"],
		inSkills: l.Cues["skills"], inGoals: l.Cues["goals"], inValues: l.Cues["values"], inAction: l.ActionVerbs,
		inActionPresent: l.ActionVerbsPresent, inMaking: l.MakingVerbs, inLosing: l.LosingVerbs, inRole: l.RoleNouns,
		inRoleModifier: l.RoleModifiers, inOrgSuffix: l.OrgSuffixes, inOrgNoun: l.OrgNouns, inCollab: l.CollabCues, inTech: l.Tech,
		inTechAmbiguous: l.TechAmbiguous, inUnit: l.Units, inNumberWord: slices.Collect(maps.Keys(l.NumberWords)), inDull: l.Dull,
		inSensitive: l.Sensitive.Always, inHealth: l.Sensitive.Health, inHealthSelf: l.Sensitive.HealthSelf,
		inHealthWork: l.Sensitive.HealthWork, inMonth: l.Months, inWeekday: l.Weekdays, inSeason: l.Seasons,
		inLanguageName: l.LanguageNames, inTeamPeople: l.TeamPeople, inTeamCue: l.TeamCues, inChange: l.ChangeVerbs,
		inPreposition: l.Prepositions, inFunction: l.Function, inNegation: l.Negations, inHedge: l.Hedges, inThread: l.Threads,
	} {
		r.add(c, list...)
	}
	for _, name := range slices.Sorted(maps.Keys(l.Audiences)) {
		r.add(inAudience+class(len(r.audiences)), l.Audiences[name]...)
		r.note.add(inAudience + class(len(r.audiences)))
		r.audiences = append(r.audiences, name)
	}
}
