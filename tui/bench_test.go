package tui

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"github.com/betterprofile/betterprofile/interview"
)

// benchModel is a model with an open conversation, on a window of 140x40.
func benchModel(b *testing.B, messages []interview.Message) *model {
	b.Helper()
	ctx, cancel := context.WithCancel(b.Context())
	b.Cleanup(cancel)
	m := newModel(ctx, Options{Server: newFakeServer(noon())}, noon)
	m.Update(tea.WindowSizeMsg{Width: 140, Height: 40})
	m.Update(listMsg{page: list()})
	m.Update(openedMsg{gen: m.conv.gen, view: interview.ConversationView{Conversation: interview.Conversation{ID: "c1", Messages: messages}}})
	return m
}

// reply is Markdown of about n bytes, in paragraphs, lists and code.
func reply(n int) string {
	var b strings.Builder
	for i := 0; b.Len() < n; i++ {
		switch i % 4 {
		case 0, 1:
			b.WriteString(strings.Repeat("Some **plain** words that make a paragraph of the reply. ", 6))
		case 2:
			b.WriteString("- one thing\n- another `thing`\n- a third thing")
		case 3:
			b.WriteString("```go\nfunc main() {\n\tprintln(\"hello\")\n}\n```")
		}
		b.WriteString("\n\n")
	}
	return b.String()[:n]
}

// BenchmarkStream_Token is the cost of one more token of 5 bytes in a reply that is 20 KB long at the end: Update and View for each,
// and a layout for every tenth, which is 20 a second at 200 tokens a second. The last case lays out with every token, in one paragraph without end.
func BenchmarkStream_Token(b *testing.B) {
	for _, bench := range []struct {
		name  string
		text  string
		every int
	}{
		{"1KB", reply(1 << 10), 10},
		{"20KB", reply(20 << 10), 10},
		{"100KB", reply(100 << 10), 10},
		{"20KB-each", reply(20 << 10), 1},
		{"20KB-one-paragraph", strings.Repeat("words ", 20<<10/6), 10},
	} {
		b.Run(bench.name, func(b *testing.B) {
			m := benchModel(b, talk())
			tokens := len(bench.text) / 5
			n := tokens
			turn := 0
			for b.Loop() {
				if n == tokens {
					m.Update(eventsMsg{turn: turn, events: []interview.Event{{Kind: interview.EventCancelled}}})
					m.history.show(talk(), "")
					m.composer.setValue("go")
					m.Update(press("enter"))
					turn, n = m.turn.id, 0
				}
				m.Update(eventsMsg{turn: turn, next: make(chan streamItem), events: []interview.Event{
					{Kind: interview.EventDelta, Text: bench.text[5*n : 5*n+5]},
				}})
				if n%bench.every == 0 {
					m.Update(layoutMsg{turn})
				}
				m.View()
				n++
			}
		})
	}
}

func BenchmarkView_20000Messages(b *testing.B) {
	m := benchModel(b, many(0, 20_000))
	b.Run("bottom", func(b *testing.B) {
		for b.Loop() {
			m.Update(press("left"))
			m.View()
		}
	})
	b.Run("scrolling", func(b *testing.B) {
		for b.Loop() {
			m.Update(press("pgup"))
			m.View()
		}
	})
	b.Run("prepend", func(b *testing.B) {
		page := many(0, 50)
		for b.Loop() {
			m.history.prepend(page, "more")
			m.history.entries = m.history.entries[50:]
			m.history.top.entry -= 50
		}
	})
}

// BenchmarkMemory_Scrolling20000Messages scrolls from the newest of 20,000 messages of 1 KB to the oldest and back, and prints what the heap
// holds besides the messages themselves: once they are shown, and at most while scrolling.
func BenchmarkMemory_Scrolling20000Messages(b *testing.B) {
	messages := many(0, 20_000)
	for i := range messages {
		messages[i].Content += "\n\n" + reply(1<<10)
	}
	before := heap()
	for b.Loop() {
		m := benchModel(b, messages)
		m.View()
		shown := heap()
		most := shown
		for i, key := range []string{"pgup", "pgdown"} {
			for range 4 {
				for range 5000 {
					m.Update(press(key))
					m.View()
				}
				most = max(most, heap())
			}
			if atEnd := m.history.follow; atEnd != (i == 1) || i == 0 && m.history.top.entry > 0 {
				b.Fatalf("stopped at %+v", m.history.top)
			}
		}
		b.ReportMetric(float64(shown-before), "B-shown")
		b.ReportMetric(float64(most-before), "B-most")
	}
}

// heap is how many bytes are in use.
func heap() int64 {
	var s runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&s)
	return int64(s.HeapAlloc)
}

// BenchmarkOpen is what it costs to show a conversation's first page, whatever its length.
func BenchmarkOpen(b *testing.B) {
	for _, n := range []int{1, 50} {
		b.Run(fmt.Sprint(n, "-messages"), func(b *testing.B) {
			for b.Loop() {
				benchModel(b, many(0, n)).View()
			}
		})
	}
}

func BenchmarkMarkdown_20KB(b *testing.B) {
	md, theme, text := newMarkdown(), newStyles(true, cells{}), reply(20<<10)
	for b.Loop() {
		md.render(theme, text, 88)
	}
}

// BenchmarkType_Key is the cost of a key while the composer holds n bytes in one line, and of a paste of as much.
func BenchmarkType_Key(b *testing.B) {
	for _, n := range []int{0, 2 << 10, 100 << 10} {
		m := benchModel(b, talk())
		m.Update(tea.PasteMsg{Content: strings.Repeat("words ", n/6)})
		b.Run(fmt.Sprintf("%dKB", n>>10), func(b *testing.B) {
			for b.Loop() {
				m.Update(press("x"))
				m.View()
				m.Update(press("backspace"))
				m.View()
			}
		})
	}
}
