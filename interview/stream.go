package interview

import (
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// firstText is how much room a reply has from the start, in bytes: most need no more.
const firstText = 512

// stream is a reply on its way: written by the turn's runner, read by any number of followers, each at its own pace. It keeps the whole
// text of the current attempt, so that a reader can begin anywhere.
type stream struct {
	mu      sync.Mutex
	attempt int
	text    strings.Builder // append-only, so that its String stays valid without copying
	runes   int
	end     *Event // the last event, once there is one
	cut     bool   // over without a last event: the server let go of the turn
	readers []*listener
	direct  *listener // the one of them that new text is shown to by whoever appends it; nil for none
	saved   saved
}

// listener is told of changes.
type listener struct {
	changed chan struct{}   // gets a value after a change, one for any number of them
	show    func(*listener) // shows it what there is
}

// saved is what the database knows of the stream.
type saved struct {
	attempt, length int
}

// view is a reply as one look at it finds it.
type view struct {
	attempt int
	text    string
	end     *Event
	cut     bool
}

func newStream(attempt int) *stream {
	return &stream{attempt: attempt, saved: saved{attempt: attempt}}
}

// append adds a piece of text, made storable, and shows it to the direct listener. It adds no more than brings the text to limit characters and reports whether
// everything went in.
func (s *stream) append(text string, limit int) bool {
	whole, direct := s.add(text, limit)
	if direct != nil {
		direct.show(direct)
	}
	return whole
}

// add is append before the text is shown.
func (s *stream) add(text string, limit int) (whole bool, direct *listener) {
	text = storable(text)
	s.mu.Lock()
	defer s.mu.Unlock()
	n := utf8.RuneCountInString(text)
	whole = s.runes+n <= limit
	if !whole {
		n = limit - s.runes
		text = FirstRunes(text, n)
	}
	if s.text.Len() == 0 {
		s.text.Grow(max(len(text), firstText))
	}
	s.text.WriteString(text)
	s.runes += n
	s.wake(s.direct)
	return whole, s.direct
}

// replaced is the stream as replace would make it.
func (s *stream) replaced(messageID, text string) TurnProgress {
	s.mu.Lock()
	defer s.mu.Unlock()
	return TurnProgress{MessageID: messageID, Attempt: s.attempt + 1, Partial: storable(text)}
}

// replace makes p, which the database has, the reply so far. What readers hold is void, so the attempt went up by one.
func (s *stream) replace(p TurnProgress) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.attempt, s.saved = p.Attempt, saved{p.Attempt, len(p.Partial)}
	s.text.Reset() // which leaves the views what they have
	s.text.WriteString(p.Partial)
	s.runes = utf8.RuneCountInString(p.Partial)
	s.wake(nil)
}

// rest is what content has after the text, and whether it begins with the text. What it is to be is storable.
func (s *stream) rest(content string) (string, bool) {
	return strings.CutPrefix(storable(content), s.view().text)
}

// finish ends the stream with its last event; cutOff ends it without one. Only the first of them counts.
func (s *stream) finish(end Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.end == nil && !s.cut {
		s.end = &end
		s.wake(nil)
	}
}

func (s *stream) cutOff() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cut = s.end == nil
	s.wake(nil)
}

// view returns the reply as it stands.
func (s *stream) view() view {
	s.mu.Lock()
	defer s.mu.Unlock()
	return view{attempt: s.attempt, text: s.text.String(), end: s.end, cut: s.cut}
}

// progress returns the reply for a checkpoint, and whether it is news to the database.
func (s *stream) progress(messageID string) (TurnProgress, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return TurnProgress{MessageID: messageID, Attempt: s.attempt, Partial: s.text.String()}, s.saved != saved{s.attempt, s.text.Len()}
}

// checkpointed notes that the database has p.
func (s *stream) checkpointed(p TurnProgress) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.saved = saved{p.Attempt, len(p.Partial)}
}

// subscribe returns a listener. With show it is the direct one, unless there is one already.
func (s *stream) subscribe(show func(*listener)) *listener {
	l := &listener{changed: make(chan struct{}, 1), show: show}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.readers = append(s.readers, l)
	if show != nil && s.direct == nil {
		s.direct = l
	}
	return l
}

func (s *stream) unsubscribe(l *listener) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.readers = slices.DeleteFunc(s.readers, func(other *listener) bool { return other == l })
	s.notDirect(l)
}

// indirect tells a listener that was direct of changes from now on, of this one first.
func (s *stream) indirect(l *listener) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.notDirect(l)
	l.wake()
}

func (s *stream) notDirect(l *listener) {
	if s.direct == l {
		s.direct = nil
	}
}

// wake tells all listeners but one that something changed; s.mu is held.
func (s *stream) wake(but *listener) {
	for _, l := range s.readers {
		if l != but {
			l.wake()
		}
	}
}

func (l *listener) wake() {
	select {
	case l.changed <- struct{}{}:
	default:
	}
}

// storable returns text as every database keeps it: valid UTF-8 without NUL.
func storable(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	return strings.ReplaceAll(text, "\x00", "")
}
