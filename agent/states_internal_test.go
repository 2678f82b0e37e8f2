package agent

import (
	"fmt"
	"testing"

	"github.com/betterprofile/betterprofile/agent/planner"
)

func TestStates_AreForTheVeryBytesAndOnce(t *testing.T) {
	t.Parallel()
	var s states
	st := planner.Fold(nil)
	s.put("a", []byte("one"), st)
	s.put("b", []byte("two"), st)
	if s.take("a", []byte("two")) != nil || s.take("c", nil) != nil {
		t.Error("other bytes gave a state")
	}
	if s.take("a", []byte("one")) != nil {
		t.Error("a state stays after other bytes were asked for")
	}
	if s.take("b", []byte("two")) != st || s.take("b", []byte("two")) != nil {
		t.Error("want the state, once")
	}
}

func TestStates_StaySmall(t *testing.T) {
	t.Parallel()
	var s states
	const each = 1 << 20
	for i := range 40 {
		s.put(fmt.Sprint(i%30), make([]byte, each), planner.Fold(nil))
	}
	s.put("large", make([]byte, maxStates+1), planner.Fold(nil))
	if len(s.byID) != maxStates/each || s.order.Len() != len(s.byID) || s.size != maxStates {
		t.Errorf("%d states of %d bytes", len(s.byID), s.size)
	}
	if s.take("9", make([]byte, each)) == nil || s.take("12", make([]byte, each)) != nil {
		t.Error("want the newest")
	}
}
