package quality

import (
	"hash/maphash"
	"iter"
	"strings"

	"github.com/betterprofile/betterprofile/agent/planner"
)

// echoWords is how many words in a row must not come from the instruction.
const echoWords = 8

// Instruction is what a model was told, ready to be recognised when it recites it. It does not change.
type Instruction struct {
	seed  maphash.Seed
	grams map[uint64]struct{} // sums of all runs of echoWords words
}

// NewInstruction prepares an instruction.
func NewInstruction(text string) *Instruction {
	in := &Instruction{seed: maphash.MakeSeed(), grams: map[uint64]struct{}{}}
	for _, sum := range in.sums(strings.ToLower(text)) {
		in.grams[sum] = struct{}{}
	}
	return in
}

// sums goes through the runs of echoWords words of a text, each by the number of its first word and its sum.
func (in *Instruction) sums(text string) iter.Seq2[int, uint64] {
	const base = 0x9e3779b97f4a7c15 // odd, so that no word loses its weight
	power := uint64(1)
	for range echoWords {
		power *= base
	}
	return func(yield func(int, uint64) bool) {
		var run [echoWords]uint64 // the words of the run, in turns
		sum, n := uint64(0), 0
		for w := range planner.EachWord(text) {
			word := maphash.String(in.seed, w)
			sum = sum*base + word - run[n%echoWords]*power // nothing before the first run is full
			run[n%echoWords] = word
			if n++; n >= echoWords && !yield(n-echoWords, sum) {
				return
			}
		}
	}
}

func (f *faults) echo(reply string, in *Instruction) {
	if in == nil {
		return
	}
	lower := strings.ToLower(reply)
	for i, sum := range in.sums(lower) {
		if _, found := in.grams[sum]; found {
			f.add(KindEcho, "%q is of the instruction", strings.Join(planner.Words(lower)[i:i+echoWords], " "))
			return
		}
	}
}
