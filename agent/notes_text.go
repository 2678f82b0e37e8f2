package agent

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"
)

// text writes the notes as prompts/notes.tmpl does, which shows them as a whole and is what a test compares this with; a template takes ten times as
// long, in every turn. Every value that somebody wrote is JSON-encoded, so that it cannot close the tag or pose as an instruction.
func (n notes) text() string {
	w := notesWriter{}
	w.b.Grow(n.size())
	w.plain("<notes>\ntoday: ", n.Today, "; conversation ", strconv.Itoa(n.Conversation), " with this person; exchanges so far: ",
		strconv.Itoa(n.Exchanges), "; their language: ", n.Language, "\nprofile so far:\n")
	for _, line := range n.Profile {
		w.plain("- ")
		w.json(line.Text)
		w.plain(" [", line.Standing, "]\n")
	}
	if len(n.Profile) == 0 {
		w.plain("- nothing yet\n")
	}
	w.line("earlier in this conversation: ", n.Summary)
	w.line("last conversation: ", n.LastTime)
	for _, text := range n.Older {
		w.plain("once said, and it may belong here: ")
		w.json(text)
		w.plain("\n")
	}
	w.list("open threads (they mentioned it, nobody asked yet; oldest first):\n", n.Threads)
	w.list("questions already asked (do not ask these again in any wording):\n", n.Asked)
	if n.Coverage != "" {
		w.plain("coverage of the current subject")
		if n.Subject != "" {
			w.plain(" (")
			w.json(n.Subject)
			w.plain(")")
		}
		w.line(": ", n.Coverage)
	}
	w.line("what their message does, in the planner's view: ", n.Act)
	w.line("most valuable next, in the planner's view: ", n.Hint)
	w.limits(n)
	w.plain("</notes>")
	return strings.Clone(w.b.String()) // as large as it is: it is kept until the model has replied
}

// size is about how many bytes text makes: the texts, with what is around them.
func (n notes) size() int {
	const fixed, around = 800, 12
	size := fixed + len(n.Subject) + len(n.Coverage) + len(n.Summary) + len(n.LastTime) + len(n.Hint)
	for _, line := range n.Profile {
		size += len(line.Text) + len(line.Standing) + around
	}
	for _, texts := range [...][]string{n.Older, n.Threads, n.Asked, n.Refused} {
		for _, text := range texts {
			size += len(text) + around
		}
	}
	return size
}

func (w *notesWriter) limits(n notes) {
	if n.Offer {
		w.plain("they have answered for a while: say in a few words that they can stop here whenever they like\n")
	}
	if n.Distress {
		w.plain("limit: they were distressed recently: no figures and no achievements for two replies\n")
	}
	if n.Terse {
		w.plain("limit: they answer briefly: small concrete questions\n")
	}
	if len(n.Refused) > 0 {
		list, _ := json.Marshal(n.Refused) // strings cannot fail
		w.plain("limit: do not touch ", string(list), "\n")
	}
}

type notesWriter struct{ b strings.Builder }

func (w *notesWriter) plain(texts ...string) {
	for _, text := range texts {
		w.b.WriteString(text)
	}
}

// line writes what comes before a text and the text, unless it is empty.
func (w *notesWriter) line(before, text string) {
	if text == "" {
		return
	}
	w.plain(before)
	w.json(text)
	w.plain("\n")
}

func (w *notesWriter) list(head string, texts []string) {
	if len(texts) == 0 {
		return
	}
	w.plain(head)
	for _, text := range texts {
		w.plain("- ")
		w.json(text)
		w.plain("\n")
	}
}

// json writes a text as JSON, with <, > and & escaped.
func (w *notesWriter) json(text string) {
	if inert(text) {
		w.plain(`"`, text, `"`)
		return
	}
	encoded, _ := json.Marshal(text) // a string cannot fail
	w.b.Write(encoded)
}

// inert reports whether encoding/json would write a text as it is.
func inert(text string) bool {
	ascii := true
	for i := range len(text) {
		switch b := text[i]; {
		case b < ' ' || b == '"' || b == '\\' || b == '<' || b == '>' || b == '&':
			return false
		case b >= utf8.RuneSelf:
			ascii = false
		}
	}
	return ascii || utf8.ValidString(text) && !strings.ContainsAny(text, "\u2028\u2029")
}
