package tui

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/betterprofile/betterprofile/interview"
)

// Cache keeps what was last read of a server, to be read while that is away. What is kept is a text of our own making. Calls come from
// several goroutines, not from the one that draws; failures are the implementation's to swallow.
type Cache interface {
	// Load returns what was last saved under a name, "" for nothing. Names are ids, or words of lower-case letters.
	Load(name string) string
	// Save keeps a text under a name, in place of what was there; "" means that there is nothing to keep any more.
	Save(name, text string)
	// Clear forgets about all that is kept.
	Clear()
}

// cachedList is the name of the first page of the list.
const cachedList = "list"

// prefetched is how many of the newest conversations are read ahead, to be there when the server is not.
const prefetched = 20

type (
	probeMsg struct{} // time to look whether the server is back
)

// keep puts a value into the cache.
func (c commands) keep(name string, v any) {
	if c.cache == nil {
		return
	}
	if b, err := json.Marshal(v); err == nil {
		c.cache.Save(name, string(b))
	}
}

// drop takes a value out of the cache, for good.
func (c commands) drop(name string) {
	if c.cache != nil {
		c.cache.Save(name, "")
	}
}

// kept finds a value in the cache, and reports whether it was there.
func (c commands) kept(name string, v any) bool {
	if c.cache == nil {
		return false
	}
	text := c.cache.Load(name)
	return text != "" && json.Unmarshal([]byte(text), v) == nil
}

// listOrCached keeps the first page of the list, or finds it while the server is away.
func (c commands) listOrCached(p interview.ConversationPage, err error) (interview.ConversationPage, bool) {
	switch {
	case err == nil:
		c.keep(cachedList, p)
	case away(err):
		cached := c.kept(cachedList, &p)
		p.NextCursor = ""
		return p, cached
	}
	return p, false
}

// openOrCached keeps a conversation, or finds it while the server is away. Older messages than those are not kept.
func (c commands) openOrCached(id string, v interview.ConversationView, err error) (interview.ConversationView, bool) {
	switch {
	case err == nil:
		c.keep(id, v)
	case away(err):
		cached := c.kept(id, &v)
		v.NextCursor = ""
		return v, cached
	}
	return v, false
}

// readAhead keeps the newest conversations that have changed since they were kept.
func (c commands) readAhead(ctx context.Context, list []interview.Conversation) tea.Cmd {
	return c.tasks.command(func() tea.Msg {
		for _, item := range list[:min(len(list), prefetched)] {
			var v interview.ConversationView
			if c.kept(item.ID, &v) && !v.Conversation.UpdatedAt.Before(item.UpdatedAt.Time) {
				continue
			}
			v, err := c.server.GetConversation(ctx, item.ID, pageSize)
			if err != nil {
				return nil
			}
			c.keep(item.ID, v)
		}
		return nil
	})
}

// readAhead keeps what may be read later without the server, once.
func (m *model) readAhead() tea.Cmd {
	if m.commands.cache == nil || m.ahead {
		return nil
	}
	m.ahead = true
	return m.commands.readAhead(m.ctx, append([]interview.Conversation(nil), m.list.items...))
}

// keepOpen keeps the open conversation as it stands, and the list with it.
func (m *model) keepOpen() tea.Cmd {
	if m.commands.cache == nil || !m.conv.open() {
		return nil
	}
	v := interview.ConversationView{Conversation: interview.Conversation{ID: m.conv.id, Title: m.conv.title, UpdatedAt: interview.At(m.now())}}
	for i := len(m.history.entries) - 1; i >= 0 && len(v.Conversation.Messages) < pageSize; i-- {
		if e := m.history.entries[i]; e.isMessage() && e.message.ID != "" && !e.waiting && !e.sending {
			v.Conversation.Messages = append(v.Conversation.Messages, e.message)
		}
	}
	slices.Reverse(v.Conversation.Messages)
	id, listed := m.conv.id, m.firstPage()
	return m.commands.tasks.command(func() tea.Msg {
		m.commands.keep(id, v)
		if listed != nil {
			m.commands.keep(cachedList, interview.ConversationPage{Conversations: listed})
		}
		return nil
	})
}

// firstPage is the first page of the list as it stands, nil when that is not known.
func (m *model) firstPage() []interview.Conversation {
	if m.list.archived || m.list.cached || !m.list.loaded {
		return nil
	}
	return append([]interview.Conversation{}, m.list.items[:min(len(m.list.items), pageSize)]...)
}

// lastKnown is said below a conversation that comes from the cache.
func lastKnown() *notice {
	return &notice{
		text: "The server is away. This is what was last read of the conversation.", hint: "What you write is sent when the server is back.", calm: true,
	}
}

// clearCache forgets about all that is kept: something of it was to be forgotten.
func (m *model) clearCache() tea.Cmd {
	if m.commands.cache == nil {
		return nil
	}
	keep := m.keepOpen()
	return m.commands.tasks.command(func() tea.Msg {
		m.commands.cache.Clear()
		return keep()
	})
}

// probe looks again for a server that is away, that has not said what replies, or that messages wait for, ever more rarely up to twice a minute.
func (m *model) probe() tea.Cmd {
	if m.probing || !m.offline && !m.unknown() && len(m.waiting) == 0 {
		return nil
	}
	m.probing = true
	wait := min(2*time.Second<<min(m.probes, 4), 30*time.Second)
	m.probes++
	return after(m.ctx, wait, probeMsg{})
}

// unknown reports whether the server has yet to say what replies, and can.
func (m *model) unknown() bool { return !m.known && !m.signedOut }

// probed asks the server for a sign of life.
func (m *model) probed() tea.Cmd {
	m.probing = false
	if m.offline || m.unknown() {
		return m.commands.me(m.ctx)
	}
	m.probes = 0
	return m.flush()
}

// back reads anew what came from the cache, and sends what waits.
func (m *model) back() tea.Cmd {
	m.probes = 0
	var cmds []tea.Cmd
	if m.list.cached || m.list.failed != "" {
		m.list.cached, m.list.loading = false, true
		cmds = append(cmds, m.commands.list(m.ctx, m.list.archived, ""))
	}
	if m.conv.cached && m.turn == nil {
		cmds = append(cmds, m.openConversation(m.conv.id))
	}
	if m.conv.unmade && m.untouched() {
		cmds = append(cmds, m.commands.create(m.conv.ctx, m.conv.gen, m.conv.id))
	}
	return tea.Batch(append(cmds, m.flush())...)
}
