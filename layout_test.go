// Package betterprofile_test checks what the whole repository keeps to: the direction of imports, who may use which
// library, and a few habits that no linter knows. docs/architecture.md has the picture.
package betterprofile_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

const module = "github.com/betterprofile/betterprofile"

// serverLayers are what the terminal program may use only to run a server in its own process.
var serverLayers = []string{"storage", "agent", "api"}

// imports says for each package what of ours it may import besides its own sub-packages. A package of two parts is
// looked up before its first part; "*" is everything.
var imports = map[string][]string{
	"interview":         {},
	"sse":               {},
	"printable":         {},
	"resume":            {"interview"},
	"storage":           {"interview"},
	"agent":             {"interview", "sse"},
	"api":               {"interview", "sse", "resume"},
	"client":            {"interview", "sse"},
	"tui":               {"interview", "printable"},
	"cmd/betterprofile": {"interview", "client", "tui", "printable", "resume", "sse", "storage", "agent", "api", "cmd/setup"},
	"cmd/server":        {"interview", "storage", "agent", "api", "printable", "resume", "sse", "cmd/setup"},
	"cmd/setup":         {"interview", "storage", "agent", "api"},
	"bench":             {"*"},
}

// libraries says which packages may import a library, and what the others do instead.
var libraries = []struct {
	prefix  string
	owners  []string
	instead string
}{
	{"github.com/gin-gonic/", []string{"api", "cmd/server", "bench"}, "keep HTTP handlers in package api"},
	{"charm.land/", []string{"tui", "cmd/betterprofile"}, "keep what draws in package tui"},
	{"github.com/spf13/", []string{"cmd"}, "keep flags in cmd and pass values on"},
	{"github.com/lib/pq", []string{"storage", "bench"}, "add a method to interview.Store and write its SQL in storage"},
	{"modernc.org/sqlite", []string{"storage", "bench"}, "add a method to interview.Store and write its SQL in storage"},
	{"github.com/jmoiron/sqlx", []string{"storage", "bench"}, "add a method to interview.Store and write its SQL in storage"},
	{"github.com/pressly/goose", []string{"storage", "bench"}, "add a migration to storage/migrations"},
	{"github.com/sashabaranov/go-openai", []string{"agent", "bench"}, "use agent.Engine"},
	{"github.com/tmaxmax/go-sse", []string{"sse", "bench"}, "use package sse"},
}

func TestLayout(t *testing.T) {
	t.Parallel()
	sources, problems := parseAll(os.DirFS("."))
	if !slices.ContainsFunc(sources, func(s source) bool { return s.dir == "interview" }) {
		t.Fatal("no source of package interview was found: the check looks in the wrong place")
	}
	for _, problem := range append(problems, check(sources)...) {
		t.Error(problem)
	}
}

// source is one Go file. Dir is its folder from the root, with slashes, "." for the root.
type source struct {
	path, dir string
	strict    bool // neither an external test (package x_test) nor a program's test, which may wire anything
	test      bool
	parsed    *ast.File
}

// parseAll parses the Go files of this module, whatever their build tags.
func parseAll(tree fs.FS) ([]source, []string) {
	var sources []source
	var problems []string
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if skipped(tree, name) {
				return fs.SkipDir
			}
			return nil
		}
		if path.Ext(name) != ".go" {
			return nil
		}
		text, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.SkipObjectResolution)
		if err != nil {
			problems = append(problems, err.Error())
			return nil
		}
		test := strings.HasSuffix(name, "_test.go")
		external := test && strings.HasSuffix(file.Name.Name, "_test")
		wiring := external || (test && file.Name.Name == "main")
		sources = append(sources, source{name, path.Dir(name), !wiring, test, file})
		return nil
	})
	if err != nil {
		problems = append(problems, err.Error())
	}
	return sources, problems
}

// skipped reports whether a folder holds no source of this module: the rules are those of the go command.
func skipped(tree fs.FS, dir string) bool {
	if dir == "." {
		return false
	}
	base := path.Base(dir)
	if base == "testdata" || base == "vendor" || base[0] == '.' || base[0] == '_' {
		return true
	}
	_, err := fs.Stat(tree, path.Join(dir, "go.mod"))
	return err == nil
}

// check returns one line for each thing that is wrong, with what to do about it.
func check(sources []source) []string {
	var problems []string
	for _, s := range sources {
		report := func(format string, args ...any) {
			problems = append(problems, s.path+": "+fmt.Sprintf(format, args...))
		}
		if _, known := allowedFor(s.dir); !known && !(s.dir == "." && s.test) {
			report("package %s is not in the layout: add it to the table imports in layout_test.go and to docs/architecture.md", s.dir)
			continue
		}
		for _, spec := range s.parsed.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				report("%v", err)
				continue
			}
			if ours, found := strings.CutPrefix(imported, module+"/"); found {
				checkOurs(s, ours, report)
			} else {
				checkLibrary(s, imported, report)
			}
		}
		checkHabits(s, report)
	}
	return problems
}

// allowedFor returns what of ours a folder's package may import; known is false for a package nobody planned.
func allowedFor(dir string) (allowed []string, known bool) {
	parts := strings.SplitN(dir, "/", 3)
	if len(parts) > 1 {
		if allowed, known = imports[parts[0]+"/"+parts[1]]; known {
			return allowed, true
		}
	}
	allowed, known = imports[parts[0]]
	return allowed, known
}

func checkOurs(s source, imported string, report func(string, ...any)) {
	if forTests(imported) && !s.test && !forTests(s.dir) && !within(s.dir, "bench") {
		report("imports %s, which is for tests: move what the program needs out of it", imported)
		return
	}
	if !s.strict || forTests(s.dir) || forTests(imported) {
		return
	}
	if s.dir == "cmd/betterprofile" && !strings.HasPrefix(path.Base(s.path), "local") && !s.test && withinAny(imported, serverLayers) {
		report("imports %s, a layer of the server: only the files local*.go, which start one, may; speak to it by package client", imported)
		return
	}
	allowed, _ := allowedFor(s.dir)
	own, _, _ := strings.Cut(s.dir, "/")
	if slices.Contains(allowed, "*") || withinAny(imported, allowed) || own != "cmd" && within(imported, own) {
		return
	}
	advice := "layers know only interview and each other not at all: let cmd pass in what is needed, behind an interface of the caller"
	switch {
	case len(allowed) == 0:
		advice = "it is a leaf and imports nothing of ours: move what needs " + imported + " up into a layer"
	case own == "cmd":
		advice = "it has no use for that package; see the picture in docs/architecture.md"
	}
	report("package %s imports %s: %s", s.dir, imported, advice)
}

func checkLibrary(s source, imported string, report func(string, ...any)) {
	if !s.strict || forTests(s.dir) {
		return
	}
	standard := !strings.Contains(strings.Split(imported, "/")[0], ".")
	if within(s.dir, "interview") && !standard {
		report("package interview imports %s: it uses the standard library only; the adapter belongs in a layer", imported)
		return
	}
	if s.dir == "sse" && !standard && !s.test && imported != "github.com/tmaxmax/go-sse" {
		report("package sse imports %s: it uses the standard library and go-sse only", imported)
		return
	}
	for _, library := range libraries {
		if strings.HasPrefix(imported, library.prefix) && !withinAny(s.dir, library.owners) {
			report("imports %s, which belongs to %s: %s", imported, strings.Join(library.owners, ", "), library.instead)
		}
	}
}

// checkHabits looks at what the file does: no init functions, no environment outside the programs, no gin binding.
func checkHabits(s source, report func(string, ...any)) {
	for _, declaration := range s.parsed.Decls {
		if f, ok := declaration.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
			report("has an init function: build the value where it is needed, by sync.OnceValue if it costs")
		}
	}
	readsEnvironment := s.test || forTests(s.dir) || withinAny(s.dir, []string{"cmd", "bench"})
	osName, usesGin := localNames(s.parsed)
	ast.Inspect(s.parsed, func(node ast.Node) bool {
		selector, ok := node.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		name := selector.Sel.Name
		qualifier, _ := selector.X.(*ast.Ident)
		environment := slices.Contains([]string{"Getenv", "LookupEnv", "Environ", "ExpandEnv"}, name)
		if environment && !readsEnvironment && qualifier != nil && osName != "" && qualifier.Name == osName {
			report("calls os.%s: read the setting in cmd and pass it on as an argument", name)
		}
		if usesGin && (strings.HasPrefix(name, "ShouldBind") || strings.HasPrefix(name, "MustBind") || strings.HasPrefix(name, "Bind")) {
			report("calls gin's %s: decode with encoding/json and check with Validate, so that errors are ours and 6 MB stay out", name)
		}
		return true
	})
}

// localNames returns the name by which the file calls package os, "" if it does not, and whether it uses gin.
func localNames(file *ast.File) (osName string, usesGin bool) {
	for _, spec := range file.Imports {
		switch imported, _ := strconv.Unquote(spec.Path.Value); {
		case imported == "os" && spec.Name != nil:
			osName = spec.Name.Name
		case imported == "os":
			osName = "os"
		case strings.HasPrefix(imported, "github.com/gin-gonic/gin"):
			usesGin = true
		}
	}
	return osName, usesGin
}

// forTests reports whether a package is support for tests: storage/storagetest, agent/openai/openaitest and the like.
func forTests(dir string) bool { return strings.HasSuffix(dir, "test") }

func within(dir, parent string) bool { return dir == parent || strings.HasPrefix(dir, parent+"/") }

func withinAny(dir string, parents []string) bool {
	return slices.ContainsFunc(parents, func(parent string) bool { return within(dir, parent) })
}

// TestLayout_CheckFindsEachViolation feeds the check small made-up files, so that it is known to be able to fail.
func TestLayout_CheckFindsEachViolation(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		path, text string
		want       string // part of the one message; "" for none
	}{
		{"interview/turn.go", `package interview; import "strings"`, ""},
		{"interview/turn.go", `package interview; import "github.com/google/uuid"`, "standard library only"},
		{"interview/turn.go", `package interview; import "MODULE/storage"`, "it is a leaf"},
		{"interview/turn_test.go", `package interview_test; import "MODULE/storage"`, ""},
		{"interview/inside_test.go", `package interview; import "MODULE/storage"`, "it is a leaf"},
		{"sse/sse.go", `package sse; import "github.com/tmaxmax/go-sse"`, ""},
		{"sse/sse.go", `package sse; import "github.com/google/uuid"`, "go-sse only"},
		{"printable/printable.go", `package printable; import "MODULE/interview"`, "it is a leaf"},
		{"resume/resume.go", `package resume; import "MODULE/interview"`, ""},
		{"resume/resume.go", `package resume; import "MODULE/printable"`, "layers know only interview"},
		{"storage/db.go", `package storage; import ("MODULE/interview"; _ "github.com/lib/pq")`, ""},
		{"storage/db.go", `package storage; import "MODULE/api"`, "layers know only interview"},
		{"storage/db.go", `package storage; import "MODULE/sse"`, "layers know only interview"},
		{"api/turn.go", `package api; import ("MODULE/sse"; "MODULE/resume"; "MODULE/interview")`, ""},
		{"api/turn.go", `package api; import "MODULE/client"`, "layers know only interview"},
		{"api/turn.go", `package api; import "MODULE/agent/openai"`, "layers know only interview"},
		{"api/turn_test.go", `package api_test; import ("MODULE/client"; "MODULE/storage/storagetest")`, ""},
		{"api/inside_test.go", `package api; import "MODULE/storage/storagetest"`, ""},
		{"api/turn.go", `package api; import "MODULE/storage/storagetest"`, "which is for tests"},
		{"api/turn.go", `package api; import "github.com/jmoiron/sqlx"`, "belongs to storage"},
		{"api/turn.go", `package api; import "github.com/gin-gonic/gin"; func f(c *gin.Context) { c.ShouldBindJSON(nil) }`, "gin's ShouldBindJSON"},
		{"client/client.go", `package client; import "github.com/gin-gonic/gin"`, "belongs to api"},
		{"client/client.go", `package client; import "github.com/spf13/cobra"`, "belongs to cmd"},
		{"client/client.go", `package client; import "MODULE/printable"`, "layers know only interview"},
		{"agent/interviewer.go", `package agent; import ("MODULE/agent/planner"; "MODULE/interview"; "MODULE/sse")`, ""},
		{"agent/openai/engine.go", `package openai; import ("MODULE/agent"; "MODULE/agent/quality")`, ""},
		{"agent/openai/engine.go", `package openai; import "MODULE/storage"`, "layers know only interview"},
		{"agent/openai/openaitest/server.go", `package openaitest; import ("MODULE/api"; "testing")`, ""},
		{"tui/view.go", `package tui; import ("MODULE/printable"; "charm.land/lipgloss/v2")`, ""},
		{"tui/view.go", `package tui; import "MODULE/client"`, "layers know only interview"},
		{"client/view.go", `package client; import "charm.land/lipgloss/v2"`, "belongs to tui"},
		{"cmd/betterprofile/local.go", `package main; import ("MODULE/storage"; "MODULE/api"; "MODULE/agent/builtin")`, ""},
		{"cmd/betterprofile/ask.go", `package main; import ("MODULE/client"; "MODULE/tui")`, ""},
		{"cmd/betterprofile/ask.go", `package main; import "MODULE/storage"`, "only the files local"},
		{"cmd/betterprofile/ask.go", `package main; import "MODULE/agent/builtin"`, "only the files local"},
		{"cmd/betterprofile/doctor.go", `package main; import "MODULE/cmd/setup"`, ""},
		{"cmd/setup/server.go", `package setup; import ("MODULE/storage"; "MODULE/api"; "MODULE/agent/builtin")`, ""},
		{"cmd/setup/server.go", `package setup; import "MODULE/tui"`, "no use for that package"},
		{"cmd/betterprofile/ask.go", `package main; import "MODULE/bench"`, "no use for that package"},
		{"cmd/server/serve.go", `package main; import ("MODULE/storage"; "MODULE/api"; "MODULE/agent")`, ""},
		{"cmd/server/serve.go", `package main; import "MODULE/tui"`, "no use for that package"},
		{"cmd/server/serve.go", `package main; import "MODULE/client"`, "no use for that package"},
		{"cmd/server/serve.go", `package main; import "os"; var x = os.Getenv("HOME")`, ""},
		{"cmd/other/main.go", `package main`, "is not in the layout"},
		{"util/strings.go", `package util`, "is not in the layout"},
		{"main.go", `package betterprofile`, "is not in the layout"},
		{"bench/turns/main.go", `package main; import ("MODULE/api"; "MODULE/storage/storagetest"; "github.com/lib/pq")`, ""},
		{"agent/key.go", `package agent; import "os"; var x = os.Getenv("KEY")`, "calls os.Getenv"},
		{"agent/key.go", `package agent; import system "os"; var x, _ = system.LookupEnv("KEY")`, "calls os.LookupEnv"},
		{"agent/key.go", `package agent; func f(os fake) { os.Getenv("KEY") }; type fake struct{}`, ""},
		{"agent/key_test.go", `package agent_test; import "os"; var x = os.Environ()`, ""},
		{"storage/storagetest/cluster.go", `package storagetest; import "os"; var x = os.Getenv("KEY")`, ""},
		{"tui/keys.go", `package tui; func init() {}`, "has an init function"},
		{"tui/keys.go", `package tui; type model struct{}; func (model) init() {}`, ""},
		{"tui/broken.go", `package`, "expected 'IDENT'"},
		{"tools/lint/main.go", `package main; func init() {}`, ""}, // another module
		{"api/testdata/bad.go", `package bad; func init() {}`, ""},
	} {
		tree := fstest.MapFS{
			c.path:         {Data: []byte(strings.ReplaceAll(c.text, "MODULE", module))},
			"tools/go.mod": {},
		}
		sources, problems := parseAll(tree)
		problems = append(problems, check(sources)...)
		switch {
		case c.want == "" && len(problems) > 0:
			t.Errorf("%s\n%s\nis lawful, but the check says %q", c.path, c.text, problems)
		case c.want != "" && (len(problems) != 1 || !strings.Contains(problems[0], c.want)):
			t.Errorf("%s\n%s\nwant one message with %q, got %q", c.path, c.text, c.want, problems)
		}
	}
}
