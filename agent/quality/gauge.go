package quality

import "math"

// A Gauge is one figure of the report, with the aims for it. Min tells that the aim is the least that is good, not the most.
type Gauge struct {
	Name    string
	Value   func(Tally) float64
	BuiltIn float64 // the aim for the built-in engine
	Model   float64 // the aim for a model
	Min     bool
}

// Met reports whether a value meets an aim, up to rounding. NaN, for a figure that the conversations were too short for, does.
func (g Gauge) Met(value, aim float64) bool {
	const rounding = 1e-9
	switch {
	case math.IsNaN(value):
		return true
	case g.Min:
		return value >= aim-rounding
	}
	return value <= aim+rounding
}

// Gauges are all figures that can be had from conversations alone, in the order of the report.
func Gauges() []Gauge {
	per := func(part, whole func(Tally) int) func(Tally) float64 {
		return func(t Tally) float64 { return ratio(part(t), whole(t)) }
	}
	asks := func(t Tally) int { return t.Asks }
	plain := func(t Tally) int { return t.Plain }
	replies := func(t Tally) int { return t.Replies }
	return []Gauge{
		{"repeated questions", per(func(t Tally) int { return t.Repeated }, asks), 0, 0.02, false},
		{"double-barrelled", per(func(t Tally) int { return t.Double }, replies), 0.02, 0.05, false},
		{"leading", per(func(t Tally) int { return t.Leading }, asks), 0, 0.02, false},
		{"closed", per(func(t Tally) int { return t.Closed }, asks), 0.05, 0.15, false},
		{"suggesting", per(func(t Tally) int { return t.Suggesting }, asks), 0.05, 0.10, false},
		{"words per question", per(func(t Tally) int { return t.AskWords }, asks), 14, 18, false},
		{"questions over 28 words", per(func(t Tally) int { return t.LongAsks }, asks), 0, 0.05, false},
		{"words per reply", per(func(t Tally) int { return t.ReplyWords }, plain), 30, 45, false},
		{"replies over 75 words", per(func(t Tally) int { return t.LongReplies }, plain), 0, 0.05, false},
		{"anchored replies", per(func(t Tally) int { return t.Anchored }, func(t Tally) int { return t.Anchorable }), 0.80, 0.75, true},
		{"ragged quotations", per(func(t Tally) int { return t.Ragged }, func(t Tally) int { return t.Quotations }), 0.03, 0.03, false},
		{"invented figures", func(t Tally) float64 { return float64(t.Figures) }, 0, 0, false},
		{"invented quotations", func(t Tally) float64 { return float64(t.FalseQuotations) }, 0, 0, false},
		{"sensitive questions", func(t Tally) float64 { return float64(t.Sensitive) }, 0, 0, false},
		{"facets told after 8 turns", func(t Tally) float64 { return mean(t.Covered8, t.Long8) }, 0.45, 0.45, true},
		{"facets told after 16 turns", func(t Tally) float64 { return mean(t.Covered16, t.Long16) }, 0.75, 0.75, true},
		{"share of the talk", per(func(t Tally) int { return t.ReplyWords }, func(t Tally) int { return t.ReplyWords + t.UserWords }), 0.55, 0.60, false},
		{"same beginning", per(func(t Tally) int { return t.SameOpening }, func(t Tally) int { return t.Openings }), 0.15, 0.15, false},
		{"needless jumps per turn", per(func(t Tally) int { return t.Jumps }, func(t Tally) int { return t.Turns }), 0.10, 0.15, false},
	}
}

func ratio(part, whole int) float64 { return mean(float64(part), whole) }

// mean is NaN for nothing.
func mean(sum float64, n int) float64 { return sum / float64(n) }
