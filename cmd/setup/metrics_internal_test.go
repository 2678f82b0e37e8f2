package setup

import (
	"fmt"
	"maps"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/betterprofile/betterprofile/agent"
)

func TestTrouble_AddsWhatAgentAndServiceRejected(t *testing.T) {
	t.Parallel()
	stats := agent.Stats{Rejected: map[string]int{"quote": 2, "json": 1, "title": 4}, Fallbacks: map[string]int{"lint": 3}}
	tr := newTrouble(func() agent.Stats { return stats })
	tr.reject("quote")
	tr.reject("negation")
	registry := prometheus.NewPedanticRegistry()
	if err := registry.Register(tr); err != nil {
		t.Fatal(err)
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			label := m.GetLabel()[0]
			got[fmt.Sprintf("%s %s=%s", f.GetName(), label.GetName(), label.GetValue())] = m.GetCounter().GetValue()
		}
	}
	want := map[string]float64{
		"betterprofile_fallbacks_total reason=lint":              3,
		"betterprofile_facts_rejected_total reason=json":         1,
		"betterprofile_facts_rejected_total reason=negation":     1,
		"betterprofile_facts_rejected_total reason=quote":        3,
		"betterprofile_texts_rejected_total kind=summary":        0,
		"betterprofile_texts_rejected_total kind=title":          4,
		"betterprofile_background_tokens_total direction=input":  0,
		"betterprofile_background_tokens_total direction=output": 0,
	}
	if !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
