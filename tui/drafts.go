package tui

import (
	"encoding/json"
	"maps"
	"sync"

	"github.com/betterprofile/betterprofile/interview"
)

// draft is what is written in a conversation and not stored by the server: the next message, one that was sent but not acknowledged, and
// an earlier one being edited. What was sent keeps its id, so that sending it again cannot double it.
type draft struct {
	Text    string               `json:"text,omitempty"`
	Sending *interview.TurnInput `json:"sending,omitempty"`
	Resend  *interview.TurnInput `json:"resend,omitempty"` // one that came back into Text: sent as it was, it keeps its id
	Edit    *interview.ForkInput `json:"edit,omitempty"`   // an earlier message being edited: what was made of it
}

// noConversation is the id under which a text is kept that was written while no conversation was open.
const noConversation = ""

// encode is the text that Drafts keep.
func (d draft) encode() string {
	if d == (draft{}) {
		return ""
	}
	b, err := json.Marshal(d)
	if err != nil {
		return "" // a struct of strings cannot fail
	}
	return string(b)
}

// decodeDraft reads what encode wrote; any other text is taken as what was written.
func decodeDraft(s string) draft {
	var d draft
	if err := json.Unmarshal([]byte(s), &d); err != nil {
		return draft{Text: s}
	}
	return d
}

// draftBox stands between the program and Drafts: it remembers what changed and writes it one call at a time, newest last.
type draftBox struct {
	store Drafts // nil: nothing is kept beyond the program

	saving  sync.Mutex // held while store is called
	mu      sync.Mutex // guards the rest
	now     map[string]draft
	changed map[string]bool
	kept    map[string]string // as the store has it, as far as we know: another program may be writing there, too
}

// newDraftBox is a box in front of a store, which may be nil.
func newDraftBox(store Drafts) *draftBox {
	return &draftBox{store: store, now: map[string]draft{}, changed: map[string]bool{}, kept: map[string]string{}}
}

// load returns the draft of a conversation, from the store when the program has not seen it yet.
func (b *draftBox) load(conversationID string) draft {
	b.mu.Lock()
	d, known := b.now[conversationID]
	b.mu.Unlock()
	if known || b.store == nil {
		return d
	}
	b.saving.Lock()
	defer b.saving.Unlock()
	text := b.store.Load(conversationID)
	d = decodeDraft(text)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.kept[conversationID] = d.encode()
	return d
}

// set notes a draft and reports whether there is something new to save.
func (b *draftBox) set(conversationID string, d draft) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now[conversationID] = d
	kept, known := b.kept[conversationID]
	if known && kept == d.encode() { // what another program has put there since stays
		delete(b.changed, conversationID)
	} else {
		b.changed[conversationID] = true
	}
	return b.store != nil
}

// get returns the draft as last set.
func (b *draftBox) get(conversationID string) draft {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now[conversationID]
}

// save writes what changed since the last time.
func (b *draftBox) save() {
	if b.store == nil {
		return
	}
	b.saving.Lock()
	defer b.saving.Unlock()
	b.mu.Lock()
	todo := map[string]draft{}
	for id := range maps.Keys(b.changed) {
		todo[id] = b.now[id]
		b.kept[id] = b.now[id].encode()
	}
	clear(b.changed)
	b.mu.Unlock()
	for id, d := range todo {
		b.store.Save(id, d.encode())
	}
}
