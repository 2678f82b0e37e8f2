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
		if text, ok := v.(string); ok && inert(text) {
			return `"` + text + `"`, nil
		}
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
	const usual = 4 << 10
	var b strings.Builder
	b.Grow(usual)
	if err := templates().ExecuteTemplate(&b, name+".tmpl", data); err != nil {
		panic(fmt.Sprintf("prompt %s: %v", name, err)) // embedded files and our own types; the tests render each
	}
	return strings.TrimSpace(b.String())
}
