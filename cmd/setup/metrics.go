package setup

import (
	"maps"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/betterprofile/betterprofile/agent"
)

// trouble makes counters of what goes wrong where no request sees it: with the model, and with what is drawn from messages. Labels come from small
// fixed sets, never from a text.
type trouble struct {
	stats func() agent.Stats // of the interviewer

	mu       sync.Mutex
	rejected map[string]int // facts that the service refused, by rule

	fallbacks, modelErrors, faults, facts, texts, tokens *prometheus.Desc
}

func newTrouble(stats func() agent.Stats) *trouble {
	desc := func(name, label, help string) *prometheus.Desc {
		return prometheus.NewDesc("betterprofile_"+name, help, []string{label}, nil)
	}
	return &trouble{
		stats: stats, rejected: map[string]int{},
		fallbacks:   desc("fallbacks_total", "reason", "Turns that the built-in interviewer answered in place of the model, by why."),
		modelErrors: desc("model_errors_total", "reason", "Requests to the model that failed for good, by why."),
		faults:      desc("lint_failures_total", "rule", "Rules that replies of the model broke, whether they could be repaired or not."),
		facts:       desc("facts_rejected_total", "reason", "Facts drawn from messages that were not stored, by the rule that they broke."),
		texts:       desc("texts_rejected_total", "kind", "Titles and summaries of the model that were not kept."),
		tokens:      desc("background_tokens_total", "direction", "Tokens of what is not a reply: titles, summaries, extraction."),
	}
}

// reject counts a fact that the service refused.
func (t *trouble) reject(rule string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.rejected[rule]++
}

// Describe implements [prometheus.Collector].
func (t *trouble) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{t.fallbacks, t.modelErrors, t.faults, t.facts, t.texts, t.tokens} {
		to <- d
	}
}

// Collect implements [prometheus.Collector].
func (t *trouble) Collect(to chan<- prometheus.Metric) {
	stats := t.stats()
	facts, texts := t.refused(), map[string]int{"title": 0, "summary": 0}
	for reason, n := range stats.Rejected {
		if _, isText := texts[reason]; isText {
			texts[reason] = n
		} else {
			facts[reason] += n
		}
	}
	for desc, counts := range map[*prometheus.Desc]map[string]int{
		t.fallbacks: stats.Fallbacks, t.modelErrors: stats.ModelErrors, t.faults: stats.Faults, t.facts: facts, t.texts: texts,
		t.tokens: {"input": stats.Background.InputTokens, "output": stats.Background.OutputTokens},
	} {
		for label, n := range counts {
			to <- prometheus.MustNewConstMetric(desc, prometheus.CounterValue, float64(n), label)
		}
	}
}

// refused is a copy of what the service refused.
func (t *trouble) refused() map[string]int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return maps.Clone(t.rejected)
}
