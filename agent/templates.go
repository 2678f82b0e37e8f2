package agent

import (
	"embed"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"text/template"

	"github.com/betterprofile/betterprofile/agent/quality"
)

//go:embed prompts/*.tmpl prompts/extract.json
var prompts embed.FS

// templates are all prompts. Their function json writes a value as JSON with <, > and & escaped, so that no text can close a tag.
var templates = sync.OnceValue(func() *template.Template {
	functions := template.FuncMap{"json": func(v any) (string, error) {
		b, err := json.Marshal(v)
		return string(b), err
	}}
	return template.Must(template.New("prompts").Funcs(functions).ParseFS(prompts, "prompts/*.tmpl"))
})

// instruction is the system text: the persona and its rules, the same bytes each time.
var instruction = sync.OnceValue(func() string { return render("interviewer", nil) })

// recitable is the instruction as replies are checked against it.
var recitable = sync.OnceValue(func() *quality.Instruction { return quality.NewInstruction(instruction()) })

// render fills in a prompt.
func render(name string, data any) string {
	var b strings.Builder
	if err := templates().ExecuteTemplate(&b, name+".tmpl", data); err != nil {
		panic(fmt.Sprintf("prompt %s: %v", name, err)) // embedded files and our own types; the tests render each
	}
	return strings.TrimSpace(b.String())
}

// renderTalk is render with messages after it, one in a line: its role and its content as JSON. A template would take ten times as long for them.
func renderTalk(name string, data any, messages []Message) string {
	head := render(name, data)
	w := notesWriter{}
	size := len(head)
	for _, m := range messages {
		size += len(m.Role) + len(m.Content) + len("\n: \"\"")
	}
	w.b.Grow(size)
	w.plain(head)
	for _, m := range messages {
		w.plain("\n", m.Role, ": ")
		w.json(m.Content)
	}
	return w.b.String()
}
