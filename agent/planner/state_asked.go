package planner

import (
	"encoding/base64"
	"math/bits"
	"slices"
	"strconv"
	"strings"
)

func itoa(n int) string { return strconv.Itoa(n) }

// marks says how a question of the bank was asked, as text: letters for the wordings that were used, whatever the experience, and
// then the numbers of the experiences about which it was asked, each after a comma; 0 is for none.
type marks string

const (
	markPlain  = 'p'
	markEasier = 'e'
	markQuoted = 'a'
	markLeft   = 'l' // it was skipped or not answered
)

func (m marks) has(mark rune) bool {
	head, _, _ := strings.Cut(string(m), ",")
	return strings.ContainsRune(head, mark)
}

// about reports whether the question was asked about the experience.
func (m marks) about(exp int) bool {
	_, list, found := strings.Cut(string(m), ",")
	if !found {
		return false
	}
	want := itoa(exp)
	for n := range strings.SplitSeq(list, ",") {
		if n == want {
			return true
		}
	}
	return false
}

// with adds a letter.
func (m marks) with(mark rune) marks {
	if m.has(mark) {
		return m
	}
	head, list, found := strings.Cut(string(m), ",")
	head += string(mark)
	if found {
		head += "," + list
	}
	return marks(head)
}

// withExp adds an experience.
func (m marks) withExp(exp int) marks {
	if m.about(exp) {
		return m
	}
	return m + marks(","+itoa(exp))
}

// without leaves an experience out.
func (m marks) without(exp int) string {
	parts := strings.Split(string(m), ",")
	rest := slices.DeleteFunc(parts[1:], func(n string) bool { return n == itoa(exp) })
	return strings.Join(append(parts[:1:1], rest...), ",")
}

// stemLog is the sets of stems of the newest questions, each stem as a sum of 16 bits: enough to tell questions apart, and short.
type stemLog struct {
	sets [][]uint16
}

func (l stemLog) clone() stemLog { return stemLog{slices.Clone(l.sets)} }

// IsZero reports whether nothing is in it.
func (l stemLog) IsZero() bool { return len(l.sets) == 0 }

// MarshalText writes all sets as one text: the number of stems as a byte, the stems as two bytes each, in base64.
func (l stemLog) MarshalText() ([]byte, error) { return l.appendText(nil), nil }

// UnmarshalText reads what MarshalText wrote. Of a text that is cut only whole sets are read.
func (l *stemLog) UnmarshalText(text []byte) error {
	raw := make([]byte, base64.RawStdEncoding.DecodedLen(len(text)))
	n, err := base64.RawStdEncoding.Decode(raw, text)
	if err != nil {
		return err
	}
	raw = raw[:n]
	values := make([]uint16, 0, n/2)
	for len(raw) > 0 && len(raw) > 2*int(raw[0]) {
		size := int(raw[0])
		from := len(values)
		for i := range size {
			values = append(values, uint16(raw[1+2*i])<<8|uint16(raw[2+2*i]))
		}
		l.sets = append(l.sets, values[from:len(values):len(values)])
		raw = raw[1+2*size:]
	}
	return nil
}

// maxStems is of how many stems of a question the sums are kept.
const maxStems = 40

// sums returns the stems of a question as sorted sums.
func sums(text string) []uint16 {
	stems := Stems(text)
	set := make([]uint16, 0, len(stems))
	for _, s := range stems {
		set = append(set, sum16(s))
	}
	slices.Sort(set)
	set = slices.Compact(set)
	return set[:min(len(set), maxStems)]
}

func sum16(s string) uint16 {
	v := sum32(s)
	return uint16(v>>16) ^ uint16(v)
}

// sum32 is the FNV-1a hash, as package hash/fnv makes it of bytes.
func sum32(s string) uint32 {
	const offset, prime = 2166136261, 16777619
	sum := uint32(offset)
	for i := range len(s) {
		sum = (sum ^ uint32(s[i])) * prime
	}
	return sum
}

// add notes a question.
func (l *stemLog) add(text string) {
	if set := sums(text); len(set) > 0 {
		l.sets = keepLast(append(l.sets, set), maxHeard)
	}
}

// has reports whether a question that comes to the same is in it.
func (l stemLog) has(set []uint16) bool {
	for _, s := range slices.Backward(l.sets) {
		if sameSums(s, set) {
			return true
		}
	}
	return false
}

// WasAsked reports whether a question that comes to the same is among the newest of the conversation, a few more than [Hints] tells.
func (st *State) WasAsked(question string) bool {
	const newest = maxRecent + 5
	sets := st.Heard.sets
	return stemLog{sets[max(0, len(sets)-newest):]}.has(sums(question))
}

// mostAlone is that one in so many sums of two sets has no match when their overlap is SameQuestion, three quarters.
const mostAlone = 7

// signOf sums up a set of sums in one bit for each, which several may share.
func signOf(set []uint16) uint64 {
	sign := uint64(0)
	for _, sum := range set {
		sign |= 1 << (sum % 64)
	}
	return sign
}

// apart reports whether two sets with these signs, and so many sums together, cannot be the same by [sameSums]: each bit that only one has stands for a sum
// without a match, at least.
func apart(a, b uint64, all int) bool { return mostAlone*bits.OnesCount64(a^b) > all }

// sameSums is Overlap on sums, compared with SameQuestion.
func sameSums(a, b []uint16) bool {
	all, alone := len(a)+len(b), 0
	i, j := 0, 0
	for i < len(a) && j < len(b) && mostAlone*alone <= all {
		switch {
		case a[i] == b[j]:
			i++
			j++
		case a[i] < b[j]:
			i++
			alone++
		default:
			j++
			alone++
		}
	}
	alone += len(a) - i + len(b) - j
	return all > 0 && mostAlone*alone <= all
}
