package quality

import (
	"hash/maphash"
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
	for _, sum := range in.sums(planner.Words(strings.ToLower(text))) {
		in.grams[sum] = struct{}{}
	}
	return in
}

// sums returns a sum for each run of echoWords words.
func (in *Instruction) sums(words []string) []uint64 {
	const base = 0x9e3779b97f4a7c15 // odd, so that no word loses its weight
	power := uint64(1)
	for range echoWords {
		power *= base
	}
	each := make([]uint64, len(words))
	list := make([]uint64, 0, len(words))
	sum := uint64(0)
	for i, w := range words {
		each[i] = maphash.String(in.seed, w)
		sum = sum*base + each[i]
		if i >= echoWords {
			sum -= each[i-echoWords] * power
		}
		if i >= echoWords-1 {
			list = append(list, sum)
		}
	}
	return list
}

func (f *faults) echo(reply string, in *Instruction) {
	if in == nil {
		return
	}
	words := planner.Words(strings.ToLower(reply))
	for i, sum := range in.sums(words) {
		if _, found := in.grams[sum]; found {
			f.add(KindEcho, "%q is of the instruction", strings.Join(words[i:i+echoWords], " "))
			return
		}
	}
}
