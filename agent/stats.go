package agent

import (
	"maps"
	"sync"

	"github.com/betterprofile/betterprofile/agent/quality"
	"github.com/betterprofile/betterprofile/interview"
)

// Stats counts what went wrong since the start, by reason. The reasons are from small fixed sets.
type Stats struct {
	Fallbacks   map[string]int  // turns that the built-in interviewer answered in place of the model, by Metadata.Fallback
	ModelErrors map[string]int  // requests to the model that failed for good, by Details.Reason, or "model_timeout"
	Faults      map[string]int  // rules that replies of the model broke, by kind, repaired or not
	Rejected    map[string]int  // facts that were drawn from messages and did not hold, by reason
	Background  interview.Usage // tokens of what is not a reply: titles, summaries, extraction
}

// Stats returns the counts.
func (i *Interviewer) Stats() Stats {
	i.stats.mu.Lock()
	defer i.stats.mu.Unlock()
	s := i.stats.Stats
	s.Fallbacks, s.ModelErrors, s.Faults, s.Rejected = maps.Clone(s.Fallbacks), maps.Clone(s.ModelErrors), maps.Clone(s.Faults), maps.Clone(s.Rejected)
	return s
}

type stats struct {
	mu sync.Mutex
	Stats
}

func (s *stats) add(m *map[string]int, reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if *m == nil {
		*m = map[string]int{}
	}
	(*m)[reason]++
}

func (s *stats) fallback(why string)  { s.add(&s.Fallbacks, why) }
func (s *stats) reject(reason string) { s.add(&s.Rejected, reason) }

func (s *stats) modelError(err error) {
	failure := interview.AsError(err)
	reason := failure.Details.Reason
	if reason == "" {
		reason = string(failure.Code)
	}
	s.add(&s.ModelErrors, reason)
}

func (s *stats) faults(list []quality.Fault) {
	for _, f := range list {
		s.add(&s.Faults, string(f.Kind))
	}
}

func (s *stats) spend(u interview.Usage) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Background.InputTokens += u.InputTokens
	s.Background.OutputTokens += u.OutputTokens
}
