package interview

import (
	"fmt"
	"testing"
)

func TestTalks_AreForTheirUserAndOnce(t *testing.T) {
	t.Parallel()
	talks := newTalks()
	kept := &talk{userID: "ada"}
	talks.put("a", kept)
	if talks.take("eve", "a") != nil || talks.take("ada", "b") != nil {
		t.Error("somebody else's, or another one")
	}
	if talks.take("ada", "a") != kept || talks.take("ada", "a") != nil {
		t.Error("want it, once")
	}
	talks.put("a", kept)
	talks.put("b", &talk{userID: "eve"})
	talks.drop("ada")
	if talks.take("ada", "a") != nil || talks.take("eve", "b") == nil {
		t.Error("want those of the other user alone")
	}
}

// A conversation that goes on by itself does not push out those that wait.
func TestTalks_CountOnlyWhatIsKept(t *testing.T) {
	t.Parallel()
	talks := newTalks()
	talks.put("waits", &talk{userID: "ada"})
	for range 100 {
		talks.put("goes on", &talk{userID: "eve", state: make([]byte, maxTalks/20)})
		talks.put("goes on", &talk{userID: "eve", state: make([]byte, maxTalks/10)})
		talks.take("eve", "goes on")
		talks.put("ends", &talk{userID: "eve", state: make([]byte, maxTalks/20)})
		talks.drop("eve")
	}
	if talks.size != 0 || talks.fresh["waits"] == nil {
		t.Errorf("%d bytes, waiting: %v", talks.size, talks.fresh["waits"])
	}
}

func TestTalks_StaySmall(t *testing.T) {
	t.Parallel()
	talks := newTalks()
	const each = maxTalks / 20
	for i := range 100 {
		talks.put(fmt.Sprint(i%30), &talk{userID: "ada", state: make([]byte, each/2), recent: []Message{{Content: string(make([]byte, each/2))}}})
		if n := len(talks.fresh) + len(talks.older); n > maxTalks/each {
			t.Fatalf("%d conversations are kept", n)
		}
	}
	if n := len(talks.fresh) + len(talks.older); n < maxTalks/each/2 {
		t.Errorf("only %d conversations are kept", n)
	}
	kept := len(talks.fresh) + len(talks.older)
	if talks.put("large", &talk{userID: "ada", state: make([]byte, maxTalks/2+1)}); len(talks.fresh)+len(talks.older) != kept {
		t.Error("one takes the place of others")
	}
	if talks.take("ada", "9") == nil || talks.take("ada", "12") != nil { // the last one and one of long ago
		t.Error("want the newest")
	}
}
